package cli

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"workbench/engine/runs"
	"workbench/tasks/script"
)

// runView shows a run while it goes on: a bar on a terminal, lines elsewhere.
type runView struct {
	app   *app
	title string
	pace  *runs.Meter // of the loop
	bar   *progress   // nil before the loop begins
	step  int         // of the bar
	steps int         // there will be
}

func (a *app) watchRun(x experiment) *runView {
	title := "run"
	if x.script != nil {
		title = x.script.Name
	}
	return &runView{app: a, title: title}
}

// hear is told what happens in the run.
func (v *runView) hear(p script.Progress) {
	if p.Say != "" {
		v.clear()
		v.app.say("step %d: %s", p.Step, p.Say)
		return
	}
	if p.Steps == 0 || p.Saved {
		if p.Steps == 0 && len(p.Metrics) > 0 { // outside of the loop: an evaluation
			v.clear()
			v.app.say("%s", fewMetrics(p.Metrics))
		}
		return
	}
	if v.bar != nil && v.steps != p.Steps { // another computation
		v.bar.finish()
		v.bar = nil
	}
	v.steps = p.Steps
	if v.bar == nil {
		v.bar = v.app.progress(v.title, int64(p.Steps), "steps")
		v.bar.begin(int64(p.Step))
		v.step = p.Step
		v.pace = runs.NewMeter(v.app.now, p.Step+1, p.Steps) // the first step compiles; it says nothing about the pace
	} else {
		v.pace.Add(p.Step+1, int(p.Metrics["tokens"]))
	}
	v.bar.describe("%s", v.detail(p.Metrics))
	v.bar.add(int64(p.Step + 1 - v.step))
	v.step = p.Step + 1
}

// detail is the metrics of a step, the pace, and how long it will still take.
func (v *runView) detail(metrics map[string]float64) string {
	shown := maps.Clone(metrics)
	delete(shown, "tokens")
	text := runs.FormatMetrics(shown)
	now := v.pace.Read()
	if now.TokensPerSecond > 0 {
		text += fmt.Sprintf("  %.0f tokens/s", now.TokensPerSecond)
	}
	if now.Left > 0 {
		text += fmt.Sprintf("  %s left", now.Left.Round(time.Second))
	}
	return text
}

// clear makes room for a line of text where a bar is drawn.
func (v *runView) clear() {
	if v.bar != nil && v.bar.bar != nil {
		_ = v.bar.bar.Clear() // a bar that cannot be cleared is drawn over
	}
}

func (v *runView) finish() {
	if v.bar != nil {
		v.bar.finish()
	}
}

// fewMetrics writes the first metrics by name; evaluations have dozens, which the result shows.
func fewMetrics(metrics map[string]float64) string {
	const shown = 5
	names := slices.Sorted(maps.Keys(metrics))
	if len(names) <= shown {
		return runs.FormatMetrics(metrics)
	}
	few := map[string]float64{}
	for _, name := range names[:shown] {
		few[name] = metrics[name]
	}
	return fmt.Sprintf("%s  and %d more", runs.FormatMetrics(few), len(names)-shown)
}
