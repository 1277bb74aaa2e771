package script

import (
	"math"

	"workbench/engine/eval"
	"workbench/models/graph"
	"workbench/tasks/script/column"
)

// one makes the entry of a function of one operand.
func one(name, doc, example string, tensor func(*graph.Tensor) *graph.Tensor, host func(float64) float64) Primitive {
	return Primitive{name, name + "(x)", doc, show(example), unaryOp{tensor, host}.call}
}

// two makes the entry of a function of two operands.
func two(name, doc, example string, op pairOp) Primitive {
	return Primitive{name, name + "(x, y)", doc, show(example), op.call}
}

// show is a run() that prints an expression.
func show(expression string) string { return "def run():\n    print(" + expression + ")" }

func elementwiseFamily() Family {
	return Family{"Mathematics, element by element", "These work on symbolic tensors, on arrays and on numbers, and so do + - * /. Axes are matched by name: [batch] goes with [batch, seq]. Comparisons are functions, since == on a tensor would not ask it; they give 1 where they hold and 0 elsewhere.", []Primitive{
		one("exp", "eˣ.", "exp(0.0)", graph.Exp, math.Exp),
		one("sqrt", "The square root.", "sqrt(9.0)", graph.Sqrt, math.Sqrt),
		one("square", "x².", "square(3)", graph.Square, func(x float64) float64 { return x * x }),
		{"abs", "abs(x)", "The absolute value.", show("abs(-2.5), abs(-3)"), absolute},
		one("tanh", "The hyperbolic tangent.", "tanh(0.0)", graph.Tanh, math.Tanh),
		one("sigmoid", "1/(1 + e⁻ˣ).", "sigmoid(0.0)", graph.Sigmoid, column.Sigmoid),
		one("log_sigmoid", "log σ(x), without overflow: the log-likelihood of a comparison won by the margin x.", "log_sigmoid(0.0)", graph.LogSigmoid, column.LogSigmoid),
		one("softplus", "log(1 + eˣ), without overflow.", "softplus(0.0)", graph.Softplus, column.Softplus),
		two("maximum", "The larger of two, element by element.", "maximum([1, 5], 3)", maximumOp()),
		two("minimum", "The smaller of two, element by element.", "minimum([1, 5], 3)", minimumOp()),
		{"clip", "clip(x, low, high)", "x, but not below low nor above high; both may be numbers, arrays or tensors.", show("clip([1, 5, 9], 2, 8)"), clip},
		{"where", "where(condition, yes, no)", "yes where the condition is not 0, otherwise no.", show("where(greater([1, 5], 3), 10, 0)"), where},
		two("greater", "1 where x > y.", "greater([1, 5], 3)", comparison(graph.Greater, func(a, b float64) bool { return a > b })),
		two("greater_equal", "1 where x ≥ y.", "greater_equal([1, 3], 3)", comparison(graph.GreaterEqual, func(a, b float64) bool { return a >= b })),
		two("less", "1 where x < y.", "less([1, 5], 3)", comparison(graph.Less, func(a, b float64) bool { return a < b })),
		two("less_equal", "1 where x ≤ y.", "less_equal([3, 5], 3)", comparison(graph.LessEqual, func(a, b float64) bool { return a <= b })),
		two("equal", "1 where x = y.", "equal([3, 5], 3)", comparison(graph.Equal, func(a, b float64) bool { return a == b })),
		{"stop_gradient", "stop_gradient(x)", "x, through which no gradient flows back.", show("stop_gradient(2.0)"), stopGradient},
		{"zeros_like", "zeros_like(x)", "Zeros in the shape of x.", show("zeros_like([1, 2])"), zerosLikePrimitive},
	}}
}

func reductionFamily() Family {
	reduce := func(name, doc, example string, op reduction) Primitive {
		return Primitive{name, name + `(x, axis=)`, doc, show(example), op.call}
	}
	along := func(name, doc, example string, op alongOp) Primitive {
		return Primitive{name, name + `(x, axis=)`, doc, show(example), op.call}
	}
	return Family{"Mathematics over an axis", `An axis is named: "batch", "seq", "output". Without one a function takes everything together. In a loss, averages over examples are taken over the whole step, however it is split for memory.`, []Primitive{
		reduce("sum", "The sum.", "sum([1, 2, 3])", sumOp()),
		reduce("mean", "The mean.", "mean([1, 2, 3])", meanOp()),
		{"masked_mean", "masked_mean(x, mask)", "The mean of x weighted by the mask: where it is 0 nothing counts, but x must be a finite number there too; 0 where the mask is empty. Every marked token counts the same, whichever sequence it stands in.", show("masked_mean([1, 2, 9], [1, 1, 0])"), maskedMean},
		reduce("largest", "The largest. In a loss, not over examples.", "largest([1, 5, 3])", largestOp()),
		reduce("smallest", "The smallest. In a loss, not over examples.", "smallest([4, 1, 3])", smallestOp()),
		along("softmax", "eˣ / Σ eˣ along the last axis.", "softmax([0, 0])", alongOp{tensor: graph.Softmax, keep: softmaxRow}),
		along("log_softmax", "x − log Σ eˣ along the last axis.", "log_softmax([0, 0])", alongOp{tensor: graph.LogSoftmax, keep: logSoftmaxRow}),
		along("logsumexp", "log Σ eˣ along the last axis, without overflow.", "logsumexp([1000, 1000])", alongOp{tensor: graph.LogSumExp, drop: column.LogSumExp}),
		{"gather", "gather(x, at)", "One element of the last axis: at the same place everywhere for a number, at each position's own place for an array or tensor.", show("gather([10, 20, 30], [2, 0])"), gather},
	}}
}

func hostFamily() Family {
	reduce := func(name, doc, example string, f func([]float64) float64) Primitive {
		return Primitive{name, name + `(x, axis=)`, doc, show(example), reduction{host: f}.call}
	}
	return Family{"Arrays", "Functions of numbers on the host. An array has one number for each example, or a row of them; arithmetic goes element by element.", []Primitive{
		{"array", "array(numbers)", "An array of a list of numbers, or of a list of such lists.", show("array([1, 2, 3]) * 2"), arrayPrimitive},
		reduce("std", "√(Σ(x − mean)²/n), the population's standard deviation.", "std([1, 3])", column.Std),
		reduce("variance", "Σ(x − mean)²/n, the population's variance.", "variance([1, 3])", column.Variance),
		{"quantile", "quantile(x, q)", "The q-quantile, interpolated linearly between order statistics (definition 7 of Hyndman and Fan 1996).", show("quantile([1, 2, 3, 4], 0.5)"), quantilePrimitive},
		{"sort", "sort(x)", "The numbers in ascending order.", show("sort([3, 1, 2])"), sortPrimitive},
		{"findall", "findall(pattern, text)", "What a regular expression (RE2) matches in a text, in order; of a pattern with a group ( ) what that matched. A list of texts.", show(`findall(r"(\d+) apples", "3 apples and 4 pears")`), findall},
		{"order", "order(x)", "The places of the numbers in ascending order; equal numbers keep theirs.", show("order([3, 1, 2])"), orderPrimitive},
		{"whiten", "whiten(x, mask=, shift=True)", "(x − mean)/(deviation + 1e-8), both taken where the mask is not 0; shift = False keeps the mean.", show("whiten([1, 2, 3])"), whitenPrimitive},
		{
			"gae", "gae(rewards, values, mask, last, after=, gamma=1.0, lam=0.95, whiten_rewards=False)",
			"Generalised advantage estimation (Schulman et al. 2016) of sampled texts. rewards, values (as model.value gives them) and mask have a number for each token; the tokens that the mask marks are actions, each drawn in the state that the token before it ends, so the first token can't be one. last is what each text is given at its end: with its last action, or, where after is 1 (a text that ended by itself), in a state of its own behind it, whose value is learned too. With δ_t = r_t + gamma·V_{t+1} − V_t and V = 0 at the very end, advantage is Σ_l (gamma·lam)^l δ_{t+l}. Returns a batch: advantage, at the actions; returns (advantage + value), old_value and value_mask, at the states, one token earlier. whiten_rewards divides rewards by their deviation first and keeps their mean (Ziegler et al. 2019).",
			show("gae([[0, 0, -0.1]], [[0, 0.5, 0.4]], [[0, 1, 1]], last = [1], after = [1]).returns"), gaePrimitive,
		},
		{
			"best_of", "best_of(by, of=by)",
			"For samples of one prompt, what the best of k by one score is worth by another, for each k from 1 to their number: the unbiased estimate, the mean over all sets of k of them (Nakano et al. 2021, Gao et al. 2022). Samples of equal score are chosen among at random.",
			show("best_of([0.1, 0.9, 0.5])"), bestOfPrimitive,
		},
	}}
}

func statisticsFamily() Family {
	return Family{"Statistics", "How far a number can be trusted. by gives each example's group: examples of a group may depend on each other (the same prompt, the same topic), groups do not. With one group nothing can be said, and the bounds are nan.", []Primitive{
		{
			"share", "share(x, by=, level=0.95)",
			"The share of ones among numbers from 0 to 1 (accuracy; 0.5 is a tie), with Wilson's interval on the effective number of examples: n divided by the cluster-robust design effect. A row with value, low, high, n, groups.",
			show(`share([1, 1, 0, 1], by = ["p", "p", "q", "r"]).value`), intervalPrimitive(eval.Proportion, true),
		},
		{
			"average", "average(x, by=, level=0.95)",
			"The mean with a cluster-robust interval, by Student's t with one degree of freedom less than there are groups (Cameron and Miller 2015, CR1). A row with value, low, high, n, groups.",
			show("average([1.0, 2.0, 4.0]).low"), intervalPrimitive(eval.Mean, false),
		},
		{
			"calibration", "calibration(predicted, outcome, bins=10)",
			"Whether predicted probabilities mean what they say: ece (Σ n_b/n · |predicted − observed| over bins of equal width), brier, log_loss in nats, and the reliability table of rows low, high, n, predicted, observed.",
			show("calibration([0.9, 0.8, 0.2], [1, 1, 0], bins = 5).brier"), calibrationPrimitive,
		},
		{
			"agreement", "agreement(comparisons, margins, level=0.95)",
			"How well margins (positive where a is scored higher) agree with people on the comparisons that they decided: accuracy, longer_wins and shorter_wins as share(…) has them, gain_over_longer and gain_over_shorter as average(…) of paired differences, by_source, calibration of sigmoid(margin), and length_bias: how often model and people prefer the longer answer, the rank correlation of margin and difference in characters, and the accuracy where the longer and where the shorter one won. A margin of 0, or an equal length, counts half.",
			`def run():
    rows = comparisons(dataset([{"prompt": p, "a": "Yes.", "b": "No.", "label": "a"} for p in ("x", "y")]))
    print(agreement(rows, [0.7, -0.1]).accuracy.value)`, agreementPrimitive,
		},
		{
			"winrate", "winrate(won, ours, theirs, by=, level=0.95)",
			"How often our answers were preferred to theirs: won has 1, 0 or 0.5 for each pair of texts. A row of three intervals: rate, as share(…) has it; longest_wins, what the rate would be for a judge who prefers the longer text; and length_controlled, what it would be if both were equally long, by a logistic regression on the difference in length (Dubois et al. 2024): the log-odds of a win are θ + φ·tanh(difference/deviation), and the rate is that at no difference.",
			show(`winrate([1, 1, 0, 0.5], ["a long answer", "yes", "no", "so"], ["short", "well", "maybe", "as"]).length_controlled.value`), winratePrimitive,
		},
		{
			"told", "told(interval, none=0.5, level=0.95)",
			"What an interval of share(…), average(…) or winrate(…) tells of a difference from none: told (none lies outside), needed and words. needed is how many examples would tell the estimate from none four times out of five, were it the truth: n·((t + 0.84)·s/(value − none))², with the standard error s and Student's t of the interval (Cohen 1988); None where no effect was seen or more than 100,000 would be wanted.",
			show("told(share([1] * 24 + [0] * 16)).words"), toldPrimitive,
		},
		{"pearson", "pearson(x, y)", "The linear correlation; nan where one side does not vary.", show("pearson([1, 2, 3], [2, 4, 6])"), correlationPrimitive(eval.Pearson)},
		{"spearman", "spearman(x, y)", "The correlation of ranks; ties share their mean rank.", show("spearman([1, 2, 3], [1, 10, 100])"), correlationPrimitive(eval.Spearman)},
	}}
}
