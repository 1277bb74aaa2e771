package cli

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
)

// harnessChoice is what the model local-completions of lm-evaluation-harness reads of a choice.
type harnessChoice struct {
	Index    int `json:"index"`
	LogProbs struct {
		Tokens []*float64           `json:"token_logprobs"`
		Top    []map[string]float64 `json:"top_logprobs"`
	} `json:"logprobs"`
	Text string `json:"text"`
}

// likelihood is what the harness makes of a choice (parse_logprobs): the sum over [ctxlen:-1], and whether each of these
// tokens was the likeliest, which it decides by comparing numbers for equality.
func (h harnessChoice) likelihood(t *testing.T, ctxlen int) (sum float64, greedy bool) {
	t.Helper()
	greedy = true
	for i := ctxlen; i < len(h.LogProbs.Tokens)-1; i++ {
		if h.LogProbs.Tokens[i] == nil || len(h.LogProbs.Top[i]) == 0 {
			t.Fatalf("choice %d: token %d of %d has no log-probability", h.Index, i, len(h.LogProbs.Tokens))
		}
		sum += *h.LogProbs.Tokens[i]
		likeliest := math.Inf(-1)
		for _, logp := range h.LogProbs.Top[i] {
			likeliest = max(likeliest, logp)
		}
		greedy = greedy && *h.LogProbs.Tokens[i] == likeliest
	}
	return sum, greedy
}

// harness sends prompts as lm-evaluation-harness 0.4.13 does for log-likelihoods, and gives the choices by index.
func (c *apiClient) harness(prompts any) []harnessChoice {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{
		"model": "tiny", "prompt": prompts, "temperature": 0, "max_tokens": 1, "logprobs": 1, "seed": 1234, "echo": true,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	var answer struct {
		Choices []harnessChoice `json:"choices"`
	}
	status, text := c.post("/v1/completions", string(body))
	if err := json.Unmarshal(text, &answer); err != nil || status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", body, status, text)
	}
	slices.SortFunc(answer.Choices, func(x, y harnessChoice) int { return x.Index - y.Index })
	return answer.Choices
}

// TestHarnessContract holds what lm-evaluation-harness computes from our answers: sums are the engine's own, for token
// ids and for texts; what the model itself says is greedy, and with one token changed it is not.
func TestHarnessContract(t *testing.T) {
	c := apiRoom(t)
	rng := rand.New(rand.NewPCG(5, 6))
	var prompts [][]int
	var texts []string
	for _, n := range []int{2, 3, 17, 64, 5, 90, 200, 1} {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(' ' + rng.IntN(90))
		}
		texts = append(texts, string(text))
		prompts = append(prompts, tokensOf(text))
	}
	byTokens, byText := c.harness(prompts), c.harness(texts)
	for i, ids := range prompts {
		if len(byTokens[i].LogProbs.Tokens) != len(ids)+1 || byTokens[i].LogProbs.Tokens[0] != nil || byTokens[i].Text[:len(ids)] != texts[i] {
			t.Fatalf("prompt %d of %d tokens: got %+v", i, len(ids), byTokens[i])
		}
		sum, _ := byTokens[i].likelihood(t, 1)
		same, _ := byText[i].likelihood(t, 1)
		if want := ownLogProb(t, []byte(texts[i])); math.Abs(sum-want) > 1e-4 || same != sum {
			t.Errorf("prompt %d: got %g by tokens and %g by text, the engine says %g", i, sum, same, want)
		}
	}
	t.Run("greedy", func(t *testing.T) {
		// What the model says, token by token, as the harness' last token shows it: one more at each request.
		said, begin := slices.Clone(prompts[3]), len(prompts[3])
		for range 6 {
			got := c.harness([][]int{said})[0]
			top := got.LogProbs.Top[len(said)]
			last := got.Text[len(said):]
			if len(last) != 1 || len(top) == 0 {
				t.Fatalf("the tiny model says %q, which is no byte; take other prompts", last)
			}
			said = append(said, int(last[0]))
		}
		if _, greedy := c.harness([][]int{said})[0].likelihood(t, begin); !greedy {
			t.Error("what the model says itself does not count as greedy")
		}
		said[begin+2] = 'A' + (said[begin+2]+1)%26
		if _, greedy := c.harness([][]int{said})[0].likelihood(t, begin); greedy {
			t.Error("with another token it counts as greedy")
		}
	})
}

// tokensOf are the tokens of the tiny model, which are bytes.
func tokensOf(text []byte) []int {
	ids := make([]int, len(text))
	for i, b := range text {
		ids[i] = int(b)
	}
	return ids
}
