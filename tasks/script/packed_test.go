package script

import (
	"strings"
	"testing"

	"workbench/engine/enginetest"
)

// TestPackedTextsKeepTheirLogProbs packs texts of different lengths, once and twice, and compares what models say
// of each token.
func TestPackedTextsKeepTheirLogProbs(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `base = param.model("embedded")
policy = base.adapter(rank = 2).with_head("scalar")
def run():
    rows = dataset([{"prompt": "p" * i, "response": "r" * (7 - i)} for i in range(1, 7)])
    for b in rows.tokens(policy, template = "plain").batches(6):
        packed = b.with_columns(own = policy.logp(b), read = policy.value(b), flat = [1.0] * len(b)).packed(24)
        print(len(b), len(packed) < 6, len(packed.packed(48)) < len(packed))
        for p in (packed, packed.packed(48)):
            print(sum(p.tokens.mask) == sum(b.tokens.mask), largest(abs(policy.logp(p) - p.own)) < 1e-3, largest(abs(policy.value(p) - p.read)) < 1e-3, hasattr(p, "flat"))
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	want := "6 True True\nTrue True True False\nTrue True True False"
	if got := strings.Join(w.says, "\n"); got != want {
		t.Errorf("packed texts:\n got %s\nwant %s", got, want)
	}
}

// TestAnswersShareTheirQuestion trains on answers to one prompt that begin alike, apart and sharing it.
func TestAnswersShareTheirQuestion(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `base = param.model("embedded")
policy = base.adapter(rank = 2, seed = 1)
def loss(b):
    return -sum(b.weight * policy.logp(b.tokens, temperature = 0.7))
def run():
    rows = dataset([{"prompt": "question %d" % (i // 4), "response": "ab" * (i % 4)} for i in range(8)])
    for b in rows.tokens(policy).batches(8):
        b = b.with_columns(own = policy.logp(b), weight = b.tokens.mask * array([1.0 + i for i in range(8)]))
        p = b.packed(96, share = True)
        print(sum(b.tokens.lengths) > 1.5 * sum(p.tokens.lengths), sum(p.tokens.mask) == sum(b.tokens.mask), largest(abs(policy.logp(p) - p.own) * p.tokens.mask) < 1e-4)
        apart    = trainer(loss, of = [policy], optimizer = adamw(1e-9))(b)
        together = trainer(loss, of = [policy], optimizer = adamw(1e-9))(p)
        print([abs(apart[name] - together[name]) < 1e-3 for name in ("loss", "grad_norm")], apart["grad_norm"] > 1)
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	says := strings.Join(w.says, "\n")
	for _, want := range []string{"True True True", "[True, True] True"} {
		if !strings.Contains(says, want) {
			t.Errorf("want %q in\n%s", want, says)
		}
	}
}

func TestPackedTextsHaveNoReward(t *testing.T) {
	enginetest.Runtime(t)
	for _, use := range []string{
		"judge.reward(b)",
		"trainer(lambda b: mean(judge.reward(b.tokens)), of = [judge], optimizer = adamw(1e-3)).step(b)",
	} {
		s := parse(t, `base = param.model("embedded")
judge = base.with_head("scalar")
def run():
    rows = dataset([{"prompt": "p", "response": "r"}, {"prompt": "q", "response": "s"}])
    for whole in rows.tokens(judge).batches(2):
        b = whole.packed(64)
        `+use+"\n")
		w := newWorld(t, s)
		_, err := s.Run(t.Context(), w.Host, nil)
		if err == nil || !strings.Contains(err.Error(), "packed") {
			t.Errorf("%s: got %v, want an error that says packed", use, err)
		}
	}
}
