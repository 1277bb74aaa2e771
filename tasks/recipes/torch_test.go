package recipes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strings"
	"testing"

	"workbench/engine/weights"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// torch is what PyTorch computed; see testdata/make_fixtures.py.
type torch struct {
	Settings   map[string]float64
	Rows       []map[string]any
	Lessons    map[string][][]float64
	PPO, RLOO  map[string]any
	Controller []struct{ KL, Beta float64 }

	Preferences []map[string]any
	DPO         struct {
		Beta, Smoothing float64
		Sigmoid, IPO    map[string]any
	}
	Reward map[string]any
}

func readTorch(t *testing.T) torch {
	t.Helper()
	data, err := os.ReadFile("testdata/rl.json")
	if err != nil {
		t.Fatal(err)
	}
	var f torch
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// noise is the fixture's: numbers from −½ to ½ that a name determines.
func noise(name string, out []float32, scale, middle float64) {
	crc := crc32.ChecksumIEEE([]byte(name))
	for i := range out {
		x := crc + uint32(i)*2654435761
		for range 2 {
			x = (x ^ x>>16) * 0x45d9f3b
		}
		x ^= x >> 16
		out[i] = float32(middle + scale*(float64(x)/(1<<32)-0.5))
	}
}

// noisy opens the fixture's models: the policy under embedded, the reward model under reward.
type noisy struct{}

func (noisy) Open(_ context.Context, name string) (*weights.Model, error) {
	m, err := script.StandIn(1)
	if err != nil {
		return nil, err
	}
	for _, n := range m.Base.Names() {
		b := m.Base.Get(n)
		scale, middle := 1.0, 0.0
		if len(b.Shape()) == 1 {
			scale, middle = 0.2, 1
		}
		noise(n, b.Float32(), scale, middle)
	}
	of := "policy."
	if name == "reward" {
		of = "value."
	}
	a, err := m.WithAdapter(4, 8, nil, 0)
	if err != nil {
		return nil, err
	}
	for _, n := range a.Adapter.Set.Names() {
		noise(of+n, a.Adapter.Set.Get(n).Float32(), 0.5, 0)
	}
	if name != "reward" {
		return a, nil
	}
	h, err := a.WithHead(1, true, 0)
	if err != nil {
		return nil, err
	}
	for _, n := range h.Head.Set.Names() {
		noise(of+n, h.Head.Set.Get(n).Float32(), 2, 0)
	}
	return h, nil
}

// instead runs a recipe's own functions: its text up to run(), and another run().
func (w *toy) instead(recipe, run string, params map[string]string) map[string]any {
	w.t.Helper()
	r, err := recipes.Find(recipe)
	if err != nil {
		w.t.Fatal(err)
	}
	head, _, ok := strings.Cut(r.Text, "\ndef run():\n")
	if !ok {
		w.t.Fatalf("recipe %s has no run()", recipe)
	}
	s, err := script.Parse(recipe, head+"\n"+run)
	if err != nil {
		w.t.Fatal(err)
	}
	w.models = noisy{}
	result, _, _ := w.runScript(s, params)
	return result
}

// near holds numbers against PyTorch's, relative to the larger of 1 and theirs.
func near(t *testing.T, what string, got, want any, tolerance float64) {
	t.Helper()
	switch want := want.(type) {
	case float64:
		g, ok := got.(float64)
		if d := math.Abs(g - want); !ok || !(d <= tolerance*math.Max(1, math.Abs(want))) {
			t.Errorf("%s: got %v, PyTorch %v", what, got, want)
		}
	case map[string]any:
		for name, v := range want {
			near(t, what+"."+name, got.(map[string]any)[name], v, tolerance)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s: got %v, PyTorch %v", what, got, want)
			return
		}
		for i, v := range want {
			near(t, fmt.Sprintf("%s[%d]", what, i), g[i], v, tolerance)
		}
	}
}

// asAny is a fixture's table as records have it.
func asAny(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (f torch) params(w *toy, names ...string) map[string]string {
	params := map[string]string{"prompts": w.write("rows", f.Rows), "backward": "f32"}
	for _, name := range names {
		params[name] = fmt.Sprint(f.Settings[name])
	}
	return params
}

func TestPPOEqualsPyTorch(t *testing.T) {
	w, f := newToy(t), readTorch(t)
	params := f.params(w, "temperature", "beta", "gamma", "lam", "clip_ratio", "clip_value", "value_share")
	params["target"], params["horizon"] = "6", "1000"
	var kls []string
	for _, c := range f.Controller {
		kls = append(kls, fmt.Sprint(c.KL))
	}
	got := w.instead("ppo", `def run():
    for b in prompts.tokens(policy, template = "plain").batches(8):
        data = lessons(b, b.logp - b.ref, b.old, b.score, beta)
        step = trainer(loss, of = [trained, value], optimizer = adamw(lr, eps = 1e-5), backward = backward)
        return {"lessons": {name: getattr(data, name) for name in ("advantage", "returns", "value_mask")}, "ppo": step(data.packed(64)),
                "beta": [adapted(beta, kl, 32) for kl in [`+strings.Join(kls, ", ")+`]]}
`, params)
	near(t, "lessons", got["lessons"], asAny(t, f.Lessons), 1e-5)
	near(t, "update", got["ppo"], map[string]any(f.PPO), 2e-4)
	for i, c := range f.Controller {
		near(t, fmt.Sprintf("beta after a KL of %g", c.KL), got["beta"].([]any)[i], c.Beta, 1e-12)
	}
}

func TestRLOOEqualsPyTorch(t *testing.T) {
	w, f := newToy(t), readTorch(t)
	params := f.params(w, "temperature")
	params["k"] = "2"
	got := w.instead("rloo", `def run():
    others = leave_one_out(array(`+fmt.Sprint(strings.Join(strings.Fields(fmt.Sprint(f.RLOO["rewards"])), ", "))+`))
    for b in prompts.tokens(policy, template = "plain").batches(8):
        step = trainer(loss, of = [trained], optimizer = adamw(lr), backward = backward)
        return {"advantage": others} | step(b.with_columns(advantage = b.weight / len(b) * b.tokens.mask).packed(64))
`, params)
	delete(f.RLOO, "rewards")
	near(t, "rloo", any(got), map[string]any(f.RLOO), 2e-4)
}
