package llama

import (
	"errors"
	"fmt"
	"math"

	"workbench/models/graph"
)

// ErrConfig is wrapped by every complaint about a config.json.
var ErrConfig = errors.New("unusable llama config")

// Config holds the sizes of a model, from its config.json.
type Config struct {
	Width     int // hidden_size
	Layers    int // num_hidden_layers
	Heads     int // num_attention_heads
	KeyHeads  int // num_key_value_heads
	HeadDim   int // head_dim
	Inner     int // intermediate_size
	Vocab     int // vocab_size
	Positions int // max_position_embeddings, or the sliding window where that is shorter
	Theta     float64
	Eps       float64 // rms_norm_eps
	Tied      bool    // tie_word_embeddings
}

// limits keep an untrusted config from asking for absurd graphs.
var limits = map[string]int{"layers": 512, "width": 1 << 16, "vocab": 1 << 22}

// ParseConfig reads config.json. What this package cannot compute exactly is refused, not approximated.
func ParseConfig(raw map[string]any) (Config, error) {
	r := reader{raw: raw}
	c := Config{
		Width: r.integer("hidden_size", 0), Layers: r.integer("num_hidden_layers", 0),
		Heads: r.integer("num_attention_heads", 0), Inner: r.integer("intermediate_size", 0),
		Vocab: r.integer("vocab_size", 0), Positions: r.integer("max_position_embeddings", 2048),
		Theta: r.theta(), Eps: r.number("rms_norm_eps", 1e-6), Tied: r.boolean("tie_word_embeddings"),
	}
	c.KeyHeads = r.integer("num_key_value_heads", c.Heads)
	if c.Heads > 0 {
		c.HeadDim = r.integer("head_dim", c.Width/c.Heads)
	}
	if w := r.integer("sliding_window", c.Positions); w > 0 && w < c.Positions {
		c.Positions = w
	}
	r.only("hidden_act", "silu")
	r.absent("attention_bias", "mlp_bias", "rope_scaling")
	if r.err != nil {
		return Config{}, r.err
	}
	return c, c.check()
}

func (c Config) check() error {
	switch {
	case c.Layers < 1 || c.Layers > limits["layers"], c.Width < 1 || c.Width > limits["width"],
		c.Inner < 1 || c.Inner > 8*limits["width"], c.Vocab < 1 || c.Vocab > limits["vocab"], c.Positions < 1:
		return fmt.Errorf("%w: sizes out of range: %+v", ErrConfig, c)
	case c.Heads < 1 || c.KeyHeads < 1 || c.Heads%c.KeyHeads != 0:
		return fmt.Errorf("%w: %d heads can't share %d key heads evenly", ErrConfig, c.Heads, c.KeyHeads)
	case c.HeadDim < 2 || c.HeadDim%2 != 0 || c.HeadDim > limits["width"]:
		return fmt.Errorf("%w: head_dim is %d, want an even number", ErrConfig, c.HeadDim)
	case c.Theta <= 0 || c.Eps <= 0:
		return fmt.Errorf("%w: rope_theta %g and rms_norm_eps %g must be positive", ErrConfig, c.Theta, c.Eps)
	}
	return nil
}

// reader takes values out of a decoded config.json and keeps the first complaint.
type reader struct {
	raw map[string]any
	err error
}

func (r *reader) complain(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
}

func (r *reader) number(key string, otherwise float64) float64 {
	switch v := r.raw[key].(type) {
	case nil:
		return otherwise
	case float64:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	default:
		r.complain("%s is %v, want a number", key, v)
		return otherwise
	}
}

func (r *reader) integer(key string, otherwise int) int {
	v := r.number(key, float64(otherwise))
	if v != math.Trunc(v) || math.Abs(v) > 1<<40 {
		r.complain("%s is %v, want a whole number", key, v)
		return otherwise
	}
	return int(v)
}

func (r *reader) boolean(key string) bool {
	v, ok := r.raw[key].(bool)
	if !ok && r.raw[key] != nil {
		r.complain("%s is %v, want true or false", key, r.raw[key])
	}
	return v
}

// theta is rope_theta, which newer files put under rope_parameters.
func (r *reader) theta() float64 {
	nested, ok := r.raw["rope_parameters"].(map[string]any)
	if !ok {
		return r.number("rope_theta", 10000)
	}
	if kind, _ := nested["rope_type"].(string); kind != "" && kind != "default" {
		r.complain("rope_type %q is not supported, only the plain kind", kind)
	}
	inner := reader{raw: nested}
	theta := inner.number("rope_theta", r.number("rope_theta", 10000))
	if inner.err != nil {
		r.err = inner.err
	}
	return theta
}

func (r *reader) only(key, want string) {
	if v, ok := r.raw[key]; ok && v != nil && v != want {
		r.complain("%s is %v, only %q is supported", key, v, want)
	}
}

func (r *reader) absent(keys ...string) {
	for _, key := range keys {
		if v := r.raw[key]; v != nil && v != false {
			r.complain("%s is set (%v), which is not supported", key, v)
		}
	}
}

// rotations are the cosine and sine caches [position, dim/2] of the first n positions. Angles are
// rounded to float32 as PyTorch's are, so that logits agree far out too.
func (c Config) rotations(n int) (cos, sin graph.Array) {
	half := c.HeadDim / 2
	cs, sn := make([]float32, n*half), make([]float32, n*half)
	for i := range half {
		freq := float32(1 / math.Pow(c.Theta, float64(2*i)/float64(c.HeadDim)))
		for p := range n {
			angle := float64(float32(p) * freq)
			cs[p*half+i], sn[p*half+i] = float32(math.Cos(angle)), float32(math.Sin(angle))
		}
	}
	return graph.Floats(cs, n, half), graph.Floats(sn, n, half)
}
