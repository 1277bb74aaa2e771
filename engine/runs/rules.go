package runs

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// rules are the failures that people meet most (anchored in the issues of the tools that they use). The names of
// metrics are those that all recipes of policies and reward models have. Add one here, and to the test two curves:
// one that has it and one that does not.
var rules = []rule{
	{
		name: "loss not finite", find: lossNotFinite,
		why:  "An update was too large, or the loss takes the logarithm of 0 or the exponential of something large.",
		next: "Lower lr, set clip = 1.0 in the trainer, and look at the last lines of the loss that use log or exp; resume from the checkpoint before.",
		same: []string{"not finite"},
	},
	{
		name: "nothing is learned", find: nothingLearned,
		why:  "The loss mask is empty, so that no token is learned from, or all answers to a prompt score the same, so that every advantage is 0.",
		next: "Look at the coloured mask in the invariant “loss mask” and at the table of samples; raise max_tokens if prompts fill it, or temperature and the number of answers if all score the same.",
		same: []string{"nothing can be learned"},
	},
	{
		name: "KL negative", find: klNegative,
		why:  "An average of log π − log π_ref over a policy's own samples is below 0 only by chance: the samples do not come from the distribution whose log-probabilities are compared. Usual causes are top_p, top_k or another temperature in sampling, or tokens after the end that count.",
		next: "Sample with top_p = 1, and give sample(…) and logp(…) the same temperature; take more answers a step to measure it better.",
		same: []string{"kl", "negative"},
	},
	{
		name: "KL explodes", find: klExplodes,
		why:  "The policy has left what it started from. Policies at 50 to 85 nats an answer win fewer than one in five comparisons (Huang et al. 2024), while the reward model still praises them.",
		next: "Raise beta or lower lr, and go on from a checkpoint before it.",
		same: []string{"kl", "above"},
	},
	{
		name: "entropy collapses", find: entropyCollapses,
		why:  "The policy has become sure of few answers. It explores no more, so the reward stands still, and samples look alike.",
		next: "Raise beta or the temperature, lower lr, or stop at a checkpoint before it.",
		same: []string{"entropy"},
	},
	{
		name: "length drifts", find: lengthDrifts,
		why:  "Reward models learn from people who often prefer longer answers; or a penalty for answers that do not end teaches to be brief.",
		next: "Compare with “the longer one wins” and look at the length-controlled win rate; ask people about pairs of similar length.",
		same: []string{"long"},
	},
	{
		name: "no end of text", find: noEnd,
		why:  "The answers are cut off. The end token may not be among what was learned from, or be the padding token, or max_tokens is short of what the policy writes.",
		next: "Raise max_tokens, and look whether the invariant “loss mask” shows an end token among what is learned from.",
		same: []string{"no answer ended"},
	},
	{
		name: "reward without gain", find: rewardWithoutGain,
		why:  "The policy found what the reward model mistakes for good (over-optimisation, Gao et al. 2022): what it is trained against rises, what it is not trained against does not.",
		next: "Stop at the checkpoint where the other was highest, raise beta, and have people compare answers of the policy as it is now.",
		same: []string{"reward rises"},
	},
	{
		name: "gradient spikes", find: gradientSpikes,
		why:  "One batch pulled many times as hard as those before: an odd example, a rare long text, or a step that went too far.",
		next: "Set clip = 1.0 in the trainer if it is not, lower lr, and look at the samples of that step.",
		same: []string{"gradient"},
	},
	{
		name: "reward model at 50 %", find: atChance,
		why:  "It agrees with people as often as a coin. The labels may contradict each other or stand on the wrong side, the answers may be cut off before they differ, or there are too few comparisons: below some 2,000 all small models are near chance (Gao et al. 2022).",
		next: "Look at some rows of the data; raise max_tokens, lr or epochs; start from the carried reward model; ask for more labels.",
		same: []string{"chance"},
	},
	{
		name: "chosen log-probability falls", find: chosenFalls,
		why:  "DPO only widens the margin: both answers become less likely, the rejected one faster. That is known and not bad by itself, but the weight goes to answers that nobody has seen.",
		next: "Judge by the win rate and by samples, not by the margin; lower lr or raise beta, or add the likelihood of the chosen answers to the loss.",
		same: []string{"chosen"},
	},
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func lossNotFinite(c curves) (int, string, bool) {
	if v, is := c.firstView("loss", 1, func(v view) bool { return !finite(v.mean) }); is {
		return v.first, fmt.Sprintf("The loss was %v at step %d.", v.mean, v.first), true
	}
	if c.run.Status == Failed && strings.Contains(c.run.Error, "not a finite number") {
		step := 0
		for _, s := range c.of {
			step = max(step, s.Steps[len(s.Steps)-1]+1)
		}
		return step, fmt.Sprintf("The run ended at step %d because a loss or gradient was not finite.", step), true
	}
	return 0, "", false
}

func nothingLearned(c curves) (int, string, bool) {
	zero := func(x float64) bool { return x == 0 }
	v, is := c.firstView("grad_norm", 3, func(v view) bool { return every(v.values, zero) })
	return v.first, fmt.Sprintf("The gradient was exactly 0 %s.", v.steps()), is
}

func klNegative(c curves) (int, string, bool) {
	const nats, steps = -0.5, 5
	v, is := c.firstView("kl", steps, func(v view) bool {
		return v.mean < nats && every(v.values, func(x float64) bool { return x < 0 })
	})
	return v.first, fmt.Sprintf("The KL from the reference was %s nats an answer %s.", formatNumber(v.mean), v.steps()), is
}

func klExplodes(c curves) (int, string, bool) {
	const nats, steps = 50, 3
	v, is := c.firstView("kl", steps, func(v view) bool { return every(v.values, func(x float64) bool { return x > nats }) })
	return v.first, fmt.Sprintf("The KL from the reference was %s nats an answer %s.", formatNumber(v.mean), v.steps()), is
}

// drift is the first view of some values whose mean is out of bounds, as a multiple of the first ones' mean.
func (c curves) drift(name string, low, high float64) (from, to view, is bool) {
	const steps = 5
	s := c.of[name]
	if len(s.Values) < 2*steps {
		return from, to, false
	}
	from = s.at(0, steps)
	to, is = c.firstView(name, steps, func(v view) bool {
		return v.first > from.last && from.mean > 0 && (v.mean < low*from.mean || v.mean > high*from.mean)
	})
	return from, to, is
}

func entropyCollapses(c curves) (int, string, bool) {
	from, to, is := c.drift("entropy", 0.25, math.Inf(1))
	return to.first, fmt.Sprintf("The entropy of a token fell from %s nats %s to %s %s.", formatNumber(from.mean), from.steps(), formatNumber(to.mean), to.steps()), is
}

func lengthDrifts(c curves) (int, string, bool) {
	from, to, is := c.drift("length", 0.5, 1.5)
	return to.first, fmt.Sprintf("Answers went from %s tokens %s to %s %s.", formatNumber(from.mean), from.steps(), formatNumber(to.mean), to.steps()), is
}

func noEnd(c curves) (int, string, bool) {
	const share, steps = 0.02, 3
	v, is := c.firstView("ended", steps, func(v view) bool { return every(v.values, func(x float64) bool { return x <= share }) })
	return v.first, fmt.Sprintf("%s %% of answers ended by themselves %s.", formatNumber(100*v.mean), v.steps()), is
}

// judges are metrics that a policy is not trained on.
var judges = []string{"gold", "win_rate", "held_out_reward"}

func rewardWithoutGain(c curves) (int, string, bool) {
	const parts = 4
	early, late, is := c.ends("reward", parts)
	by, se := change(early, late)
	if !is || by <= 2*se || by <= 0 {
		return 0, "", false
	}
	for _, name := range judges {
		before, after, is := c.ends(name, parts)
		if !is {
			continue
		}
		gain, noise := change(before, after)
		if gain > noise {
			continue
		}
		return after.first, fmt.Sprintf("From steps %d to %d until steps %d to %d the reward rose by %s (standard error %s), and %s changed by %s (%s).",
			early.first, early.last, late.first, late.last, formatNumber(by), formatNumber(se), name, formatNumber(gain), formatNumber(noise)), true
	}
	return 0, "", false
}

func gradientSpikes(c curves) (int, string, bool) {
	const before, least, times = 20, 10, 10.0
	s := c.of["grad_norm"]
	for i := least; i < len(s.Values); i++ {
		usual := slices.Sorted(slices.Values(s.Values[max(0, i-before):i]))
		median := usual[len(usual)/2]
		if median > 0 && s.Values[i] > times*median && finite(s.Values[i]) {
			return s.Steps[i], fmt.Sprintf("The norm of the gradient was %s at step %d, and %s in the middle of the %d steps before.",
				formatNumber(s.Values[i]), s.Steps[i], formatNumber(median), len(usual)), true
		}
	}
	return 0, "", false
}

func atChance(c curves) (int, string, bool) {
	const parts, share = 3, 0.55
	if _, isPolicy := c.of["kl"]; isPolicy {
		return 0, "", false
	}
	_, late, is := c.ends("accuracy", parts)
	return late.first, fmt.Sprintf("It was right about %s %% of comparisons %s.", formatNumber(100*late.mean), late.steps()), is && late.mean < share
}

func chosenFalls(c curves) (int, string, bool) {
	const parts, nats = 5, 1
	early, late, is := c.ends("chosen_logp", parts)
	by, se := change(early, late)
	return late.first, fmt.Sprintf("The log-probability of the chosen answers fell from %s nats %s to %s %s.",
		formatNumber(early.mean), early.steps(), formatNumber(late.mean), late.steps()), is && by < -2*se && by < -nats
}
