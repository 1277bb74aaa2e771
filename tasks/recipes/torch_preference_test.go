package recipes_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestDPOEqualsPyTorch(t *testing.T) {
	w, f := newToy(t), readTorch(t)
	for kind, want := range map[string]map[string]any{"sigmoid": f.DPO.Sigmoid, "ipo": f.DPO.IPO} {
		got := w.instead("dpo", `def run():
    for b in pairs.tokens(policy, template = "plain", chosen = ("prompt", "chosen"), rejected = ("prompt", "rejected")).batches(8):
        return trainer(loss, of = [trained], optimizer = adamw(lr), backward = backward)(b)
`, map[string]string{
			"pairs": w.write("preferences", f.Preferences), "backward": "f32", "kind": kind,
			"beta": fmt.Sprint(f.DPO.Beta), "smoothing": fmt.Sprint(f.DPO.Smoothing),
		})
		near(t, kind, any(got), want, 2e-4)
	}
}

func TestRewardEqualsPyTorch(t *testing.T) {
	w, f := newToy(t), readTorch(t)
	compared, err := json.Marshal(f.Reward["compared"])
	if err != nil {
		t.Fatal(err)
	}
	got := w.instead("reward", `def run():
    step = trainer(loss, of = [reward], optimizer = adamw(lr), backward = backward)
    for b in pairs.tokens(reward, template = "plain").batches(8):
        scores = reward.reward(b.tokens)
        slope, nll, _ = slopes(scores, `+string(compared)+`)
        return {"scores": list(scores), "nll": nll, "grad_norm": step(b.with_columns(slope_0 = slope))["grad_norm"]}
`, map[string]string{"start": "reward", "rank": "4", "pairs": w.write("rows", f.Rows), "backward": "f32"})
	delete(f.Reward, "compared")
	near(t, "reward", any(got), f.Reward, 2e-4)
}
