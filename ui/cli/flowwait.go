package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/ui/web"
)

func flowWaitCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "wait",
		Usage:     "wait for a flow to end, say what it does meanwhile, and show what came of it",
		ArgsUsage: "ID",
		Description: `Ends with the flow, or where somebody must decide: a step failed for good, or asks for something else than
is on record. Of a flow for one item, such as learn, it shows the steps as they come, and the result.`,
		Action: func(c *cli.Context) error {
			server, id, err := a.serverAndFlow(c)
			if err != nil {
				return err
			}
			w := flowWait{app: a, server: server, id: id}
			f, story, err := w.wait(c.Context)
			if err != nil {
				return err
			}
			a.named(f.ID)
			result := map[string]any{"flow": f.FlowSummary, "result": forJSON(story.Result)}
			return a.answer(result, func(out io.Writer) {
				writeFlow(out, f)
				writeResult(out, story.Result)
			})
		},
	}
}

// flowWait follows a flow.
type flowWait struct {
	app    *app
	server *client
	id     string
	told   map[string]bool // what was said
}

// flowPoll is how long it sleeps before it looks again.
const flowPoll = time.Second

// wait returns the flow when it ended, with the story of its one item; an empty one where there are several.
func (w *flowWait) wait(ctx context.Context) (f web.FlowDetail, story web.Story, err error) {
	w.told = map[string]bool{}
	for {
		f, story = web.FlowDetail{}, web.Story{} // what is gone from a map would stay in it
		if err = w.server.ask(ctx, "/api/flows/"+w.id, &f); err != nil {
			return f, story, err
		}
		if f.Items == 1 {
			if story, err = w.story(ctx); err != nil {
				return f, story, err
			}
			w.tell(story)
		} else {
			w.say("%d of %s done", f.Instances["done"], count(f.Items, "item"))
		}
		if stuck := f.Instances["parked"] + f.Instances["diverged"]; stuck > 0 && stuck+f.Instances["done"] == f.Items {
			return f, story, fail(unexpected, "flow %s stands still: %s", f.ID, story.Error).next("look at it, and let it try again: %s/flows/%s", w.server.to.URL, f.ID)
		}
		if f.Status == "done" || f.Status == "cancelled" {
			return f, story, nil
		}
		select {
		case <-ctx.Done():
			return f, story, ctx.Err()
		case <-time.After(flowPoll):
		}
	}
}

// story is that of the flow's one item, where it has begun.
func (w *flowWait) story(ctx context.Context) (story web.Story, err error) {
	var list web.InstanceList
	if err = w.server.ask(ctx, "/api/flows/"+w.id+"/instances", &list); err != nil || len(list.Instances) == 0 {
		return story, err
	}
	return story, w.server.ask(ctx, "/api/instances/"+list.Instances[0].ID, &story)
}

// tell says which steps began and ended.
func (w *flowWait) tell(story web.Story) {
	for _, c := range story.Calls {
		args, _ := c.Args.(map[string]any)
		what := c.Primitive
		if recipe, is := args["recipe"].(string); is {
			what += " " + recipe
		}
		w.say("%d: %s", c.Call, what)
		if c.Ended != nil {
			w.say("%d: %s: %s after %.0f s", c.Call, what, c.Status, c.Ended.Sub(c.Began).Seconds())
		}
	}
}

// say says something once.
func (w *flowWait) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !w.told[text] {
		w.told[text] = true
		w.app.say("%s", text)
	}
}
