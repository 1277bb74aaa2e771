#!/usr/bin/env python3
"""Win rates by statsmodels and scipy for the tests of engine/eval: make_fixtures.py > winrate.json

Needs numpy, scipy and statsmodels. robust is the cluster-robust variance without the correction of statsmodels, times
G/(G-1); ridge is the penalised fit by a general minimiser.
"""
import json, sys
import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats

rng = np.random.default_rng(11)


def case(n, groups, at, slope, ties):
    g = np.sort(rng.integers(0, groups, n))
    x = np.tanh(rng.normal(0.2, 1, n))
    p = 1 / (1 + np.exp(-(at + slope * x + rng.normal(0, 0.5, groups)[g])))
    y = (rng.random(n) < p).astype(float)
    y[rng.random(n) < ties] = 0.5
    X = np.column_stack([np.ones(n), x])
    fit = sm.GLM(y, X, family=sm.families.Binomial()).fit(cov_type="cluster", cov_kwds=dict(groups=g, use_correction=False), tol=1e-12)
    k = len(set(g))
    nll = lambda b: np.sum(np.logaddexp(0, X @ b) - y * (X @ b)) + b @ b / 18
    ridge = optimize.minimize(nll, [0, 0], method="BFGS", options=dict(gtol=1e-10)).x
    return dict(won=y.tolist(), x=x.tolist(), groups=[str(v) for v in g], at=fit.params[0], slope=fit.params[1],
                robust=fit.cov_params()[0, 0] * k / (k - 1), ridge=ridge.tolist(), t=stats.t.ppf(0.975, k - 1))


json.dump([case(60, 20, 0.8, 1.0, 0.1), case(200, 25, -0.3, 2.0, 0), case(24, 24, 0.0, 0.5, 0.2)], sys.stdout, indent=0)
