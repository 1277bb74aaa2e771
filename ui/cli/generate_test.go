package cli

import (
	"math"
	"slices"
	"strings"
	"testing"

	"workbench/engine/generate"
)

func TestGenerate(t *testing.T) {
	r := newRoom(t)
	var one, again, other generated
	r.result("generate --model tiny --prompt abc --max-tokens 12 --seed 7 --logprobs", &one)
	r.result("generate --model tiny --prompt abc --max-tokens 12 --seed 7", &again)
	r.result("generate --model tiny --prompt abc --max-tokens 12 --seed 8", &other)
	if !slices.Equal(one.Tokens, again.Tokens) || slices.Equal(one.Tokens, other.Tokens) {
		t.Errorf("seeds 7, 7, 8 gave %v, %v, %v, want the first two equal and the third another", one.Tokens, again.Tokens, other.Tokens)
	}
	sum := 0.0
	for _, p := range one.LogProbs {
		sum += *p.LogProb
	}
	if len(one.LogProbs) != len(one.Tokens) || math.Abs(sum-one.LogProb) > 1e-9 || !(one.LogProb < 0) {
		t.Errorf("%d log-probabilities that add up to %g, of %d tokens with %g", len(one.LogProbs), sum, len(one.Tokens), one.LogProb)
	}
	if one.PromptTokens != 3 || one.NewTokens != 12 || one.End != "length" || !(one.PerSecond > 0) {
		t.Errorf("%+v, want 3 prompt tokens, 12 new ones, an end by length and a pace", one)
	}
}

func TestGenerateSeveral(t *testing.T) {
	r := newRoom(t)
	var several generated
	r.result("generate --model tiny --prompt abc --max-tokens 5 --n 3", &several)
	if len(several.Samples) != 3 || several.NewTokens != 15 || slices.Equal(several.Samples[0].Tokens, several.Samples[1].Tokens) {
		t.Errorf("%+v, want three different responses of 5 tokens", several)
	}
	text := r.must("generate --model tiny --prompt abc --max-tokens 5 --n 2")
	if !strings.Contains(text, "--- 1 of 2, ended by length") || !strings.Contains(text, "--- 2 of 2") {
		t.Errorf("for people: %q, want both responses under headings", text)
	}
}

// TestGenerateStreams: what is printed is the text, with chat templates and from stdin too.
func TestGenerateStreams(t *testing.T) {
	r := newRoom(t)
	r.stdin = "abc\n"
	var want generated
	for _, line := range []string{
		"generate --model tiny --prompt abc --max-tokens 9", "generate --model tiny --prompt - --max-tokens 9",
		"generate --model tiny --prompt abc --chat --system 'be brief' --max-tokens 9", "generate --model tiny:int8 --prompt abc --max-tokens 9",
	} {
		r.result(line, &want)
		if got := r.must(line); got != want.Text+"\n" {
			t.Errorf("%s printed %q, and --json says %q", line, got, want.Text)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	r := newRoom(t)
	r.refuse("generate", badInput, "needs --prompt")
	r.refuse("generate --prompt a --precision f16", badInput, `precision "f16": known are f32, int8 and int4`)
	r.refuse("generate --prompt a --model tiny:int8 --precision int4", badInput, "contradict each other")
	r.refuse("generate --prompt a --model tiny --top-p 2", badInput, "top-p 2", "next: workbench generate --help")
	r.refuse("generate --prompt a --model tiny --n 0", badInput, "--n is 0")
	r.refuse("generate --prompt a --model tiny --system b", badInput, "add --chat")
	r.refuse("generate --prompt a --model tiyn", notFound, `no model is called "tiyn"`, "known are embedded")
	r.refuse("generate --prompt a --model .", badInput, "neither a config.json nor a .gguf file")
	r.refuse("generate --model tiny --prompt "+strings.Repeat("a", 2048), badInput, "2048 tokens", "next: shorten it")
}

func TestPrecisionOf(t *testing.T) {
	for _, tt := range []struct {
		model, flag, name string
		want              generate.Precision
	}{
		{"embedded", "", "embedded", generate.Float32},
		{"embedded:int4", "", "embedded", generate.Int4},
		{"embedded", "int8", "embedded", generate.Int8},
		{"run:01ABC", "", "run:01ABC", generate.Float32},
		{"run:01ABC:int8", "int8", "run:01ABC", generate.Int8},
	} {
		name, got, err := precisionOf(tt.model, tt.flag)
		if err != nil || name != tt.name || got != tt.want {
			t.Errorf("model %s with --precision %q: %s in %s, %v, want %s in %s", tt.model, tt.flag, name, got, err, tt.name, tt.want)
		}
	}
}
