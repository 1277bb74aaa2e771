package flow

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"workbench/storage"
)

// telling writes a story down, a line a call.
func telling(s Story) string {
	var lines []string
	for _, c := range s.Calls {
		line := fmt.Sprintf("%d %s %s", c.Number, c.Primitive, c.Status)
		add := func(name, value string) {
			if value != "" {
				line += " " + name + "=" + strings.ReplaceAll(value, s.Instance.Flow, "")
			}
		}
		add("result", string(c.Result))
		add("error", c.Error)
		add("child", c.Child)
		add("task", c.Task)
		add("by", c.By)
		if c.Wanted > 0 {
			add("wanted", fmt.Sprint(c.Wanted))
		}
		if c.Ended.IsZero() != (c.Status == waiting || c.Status == diverged) {
			line += " ended at a wrong time"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestStories tells histories that were made by hand.
func TestStories(t *testing.T) {
	called := func(call int, primitive string) storage.Step {
		s := storage.Step{Kind: kindCalled, Call: call, Primitive: primitive, Hash: "h", Args: []byte(`{}`)}
		if primitive == "ask" {
			s.Args = []byte(`{"form":"abc","people":2}`)
		}
		return s
	}
	result := func(call int, primitive, value string) storage.Step {
		return storage.Step{Kind: kindResult, Call: call, Primitive: primitive, Result: []byte(value)}
	}
	atOnce := func(call int, primitive, value string) storage.Step {
		s := result(call, primitive, value)
		s.Hash, s.Args = "h", []byte(`{}`)
		return s
	}
	reopened := storage.Step{Kind: kindReopened, Call: 1, By: "me"}
	for _, tt := range []struct {
		name  string
		steps []storage.Step
		want  string
	}{
		{"nothing yet", nil, ""},
		{
			"one of each",
			[]storage.Step{called(1, "ask"), result(1, "ask", `"yes"`), atOnce(2, "spawn", `"i.00002"`), called(3, "together")},
			`1 ask done result="yes" task=i:00001 wanted=2
2 spawn done result="i.00002" child=i.00002
3 together waiting`,
		},
		{
			"failed",
			[]storage.Step{called(1, "generate"), {Kind: kindFailed, Call: 1, Primitive: "generate", Error: "busy"}},
			`1 generate failed error=busy`,
		},
		{
			"failed before it was called",
			[]storage.Step{{Kind: kindFailed, Call: 1, Primitive: "generate", Error: "too large"}},
			`1 generate failed error=too large`,
		},
		{
			"failed and tried again",
			[]storage.Step{
				called(1, "generate"), {Kind: kindFailed, Call: 1, Error: "busy"}, {Kind: kindRetried, By: "me"},
			},
			`1 generate waiting by=me`,
		},
		{
			"re-opened",
			[]storage.Step{called(1, "ask"), result(1, "ask", `"yes"`), atOnce(2, "now", `"t"`), reopened},
			`1 ask dropped result="yes" task=i:00001 by=me wanted=2
2 now done result="t"`,
		},
		{
			"asked again, and shorter",
			[]storage.Step{
				called(1, "ask"), result(1, "ask", `"yes"`), atOnce(2, "now", `"t"`), reopened,
				called(1, "ask"), result(1, "ask", `"no"`),
				{Kind: kindEnded, Call: 1},
			},
			`1 ask dropped result="yes" task=i:00001 by=me wanted=2
2 now dropped result="t"
1 ask done result="no" task=i:00001~02 by=me wanted=2`,
		},
		{
			"taken back",
			[]storage.Step{called(1, "ask"), result(1, "ask", `"yes"`), {Kind: kindUndone, Call: 1}},
			`1 ask waiting task=i:00001 wanted=2`,
		},
		{
			"diverged",
			[]storage.Step{atOnce(1, "now", `"t"`), {Kind: kindDiverged, Call: 1, Primitive: "random", Error: "says"}},
			`1 now done result="t"
1 random diverged error=says`,
		},
		{
			"diverged, and decided",
			[]storage.Step{
				atOnce(1, "now", `"t"`), {Kind: kindDiverged, Call: 1, Primitive: "random", Error: "says"}, reopened, atOnce(1, "random", "0.5"),
			},
			`1 now dropped result="t" by=me
1 random dropped error=says by=me
1 random done result=0.5 by=me`,
		},
		{
			"cancelled",
			[]storage.Step{called(1, "ask"), {Kind: kindEnded, Error: "the flow was cancelled"}},
			`1 ask dropped error=the flow was cancelled task=i:00001 wanted=2`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n := range tt.steps {
				tt.steps[n].Instance, tt.steps[n].Seq = "i", n+1
				tt.steps[n].Time = (&clock{}).Now().AddDate(2026, 0, n)
			}
			if got := telling(tell(storage.Instance{ID: "i", Flow: "?"}, tt.steps)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestStoryOfAFlow reads the story of something that happened.
func TestStoryOfAFlow(t *testing.T) {
	w := newWorld(t)
	w.programs["it"] = script((&review{}).run)
	f := w.start("it", "item")
	id := root(f, 0)
	w.answerAll("yes", id, done)
	if err := w.r.Reopen(context.Background(), "me", id, 2); err != nil {
		t.Fatal(err)
	}
	w.answerAll("no", id, done)
	story, err := w.r.Story(id)
	if err != nil {
		t.Fatal(err)
	}
	rows := story.Calls[len(story.Calls)-1]
	want := fmt.Sprintf(`1 ask done result={"answers":[{"id":"answer 1 to %[1]s:00001","person":"person 1","seconds":3.0,"values":{"says":"yes"}}],"missing":0} task=%[1]s:00001 wanted=1
2 ask dropped result={"answers":[{"id":"answer 1 to %[1]s:00002","person":"person 1","seconds":3.0,"values":{"says":"yes"}}],"missing":0} task=%[1]s:00002 by=me wanted=1
3 generate done result="yes in .0000000:00003"
4 record dropped result=%[2]s
2 ask done result={"answers":[{"id":"answer 1 to %[1]s:00002~02","person":"person 1","seconds":3.0,"values":{"says":"no"}}],"missing":0} task=%[1]s:00002~02 by=me wanted=1
4 record done result=%[3]s`, strings.TrimPrefix(id, f.ID), story.Calls[3].Result, rows.Result)
	if got := telling(story); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := w.r.Story("nothing"); err == nil {
		t.Error("a story of nothing was told")
	}
}
