package web

import (
	"encoding/json"
	"fmt"

	"workbench/engine/runs"
	"workbench/tasks/flow"
)

func (s *Server) getInstance(c *call) error { return s.replyStory(c, nil) }

// replyStory answers with an instance as it is, after what was done to it.
func (s *Server) replyStory(c *call, done error) error {
	if done != nil {
		return done
	}
	story, err := s.story(c.name("id"))
	if err != nil {
		return err
	}
	return c.reply(story)
}

func (s *Server) reopenInstance(c *call) error {
	var in Reopen
	if err := c.read(&in); err != nil {
		return err
	}
	return s.replyStory(c, s.o.Flows.Reopen(c.r.Context(), c.who.ID, c.name("id"), in.Call))
}

func (s *Server) retryInstance(c *call) error {
	return s.replyStory(c, s.o.Flows.Retry(c.r.Context(), c.who.ID, c.name("id")))
}

func (s *Server) signalInstance(c *call) error {
	var in Signal
	if err := c.read(&in); err != nil {
		return err
	}
	// As scripts have numbers: a whole one is an int.
	raw, err := json.Marshal(in.Value)
	if err != nil {
		return err
	}
	value, err := runs.DecodeValue(raw)
	if err != nil {
		return Fail(Invalid, "The signal's value can't be read: %v.", err)
	}
	return s.replyStory(c, s.o.Flows.Signal(c.r.Context(), c.who.ID, c.name("id"), in.Name, value))
}

// story is everything that happened in an instance, with the people in it by name.
func (s *Server) story(id string) (Story, error) {
	told, err := s.o.Flows.Story(id)
	if err != nil {
		return Story{}, err
	}
	i := told.Instance
	story := Story{
		InstanceSummary: s.instanceSummary(i), Flow: i.Flow, FlowName: s.names.flow(s.o.Store, i.Flow),
		Parent: i.Parent, Created: i.Created,
	}
	if story.Args, err = decoded(i.Args); err != nil {
		return story, fmt.Errorf("instance %s: %w", id, err)
	}
	if story.Result, err = decoded(i.Result); err != nil {
		return story, fmt.Errorf("instance %s: %w", id, err)
	}
	for _, call := range told.Calls {
		one, err := s.storyCall(call)
		if err != nil {
			return story, fmt.Errorf("call %d of instance %s: %w", call.Number, id, err)
		}
		if one.Status == "waiting" && one.Form != nil {
			story.Waiting = fmt.Sprintf("for %s to %q", count(max(one.Wanted-valid(one.Answers), 0), "answer", "answers"), one.Form.Title)
		}
		story.Calls = append(story.Calls, one)
	}
	return story, nil
}

// valid counts the answers that were not taken back and not late.
func valid(answers []StoryAnswer) (n int) {
	for _, a := range answers {
		if !a.Undone && !a.Late {
			n++
		}
	}
	return n
}

func count(n int, one, several string) string {
	if n == 1 {
		return "one " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// decoded reads a value of a script; nothing is null.
func decoded(raw json.RawMessage) (any, error) {
	if raw == nil {
		return nil, nil
	}
	return runs.DecodeValue(raw)
}

func (s *Server) storyCall(c flow.Call) (StoryCall, error) {
	out := StoryCall{
		Call: c.Number, Primitive: c.Primitive, Status: c.Status, Error: c.Error, Cites: c.Cites,
		Child: c.Child, Task: c.Task, Wanted: c.Wanted, Began: c.Began,
	}
	if !c.Ended.IsZero() {
		out.Ended = &c.Ended
	}
	cites, err := citesOf(c)
	if err == nil {
		out.Cites, err = s.o.Store.NameCites(cites)
	}
	if err != nil {
		return out, err
	}
	if out.Args, err = decoded(c.Args); err != nil {
		return out, err
	}
	if out.Result, err = decoded(c.Result); err != nil {
		return out, err
	}
	if out.Recorded, err = recorded(c); err != nil {
		return out, err
	}
	if c.Task == "" {
		return out, nil
	}
	if c.Form != "" {
		f, err := s.names.form(s.o.Store, c.Form)
		if err != nil {
			return out, err
		}
		out.Form = &f
	}
	if out.Answers, err = s.storyAnswers(c.Task); err != nil {
		return out, err
	}
	for _, person := range s.o.Desk.Leased(c.Task) {
		out.Leased = append(out.Leased, s.personName(person))
	}
	return out, nil
}

// citesOf is what a call cites: its result, or of a row what the script says.
func citesOf(c flow.Call) ([]string, error) {
	if c.Primitive != "record" || c.Args == nil {
		return c.Cites, nil
	}
	var args struct {
		Of []string `json:"of"`
	}
	err := json.Unmarshal(c.Args, &args)
	return args.Of, err
}

// recorded is, of a divergence, what the record says was called.
func recorded(c flow.Call) (any, error) {
	if c.Was == "" && c.Recorded == nil {
		return nil, nil //nolint:nilnil // there is nothing to show
	}
	args, err := decoded(c.Recorded)
	return map[string]any{"primitive": c.Was, "args": args}, err
}

// storyAnswers are all answers to a task, also those that don't count, with who gave them.
func (s *Server) storyAnswers(task string) ([]StoryAnswer, error) {
	kept, err := s.o.Store.Answers(task)
	if err != nil {
		return nil, err
	}
	var all []StoryAnswer
	for _, a := range kept {
		past, err := s.o.Desk.Answer(a.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, StoryAnswer{
			ID: a.ID, Person: s.personName(a.Person), Values: a.Values, Seconds: a.Seconds, Time: a.Time,
			Late: a.Late, Undone: past.Undone,
		})
	}
	return all, nil
}

// getAnswer is one answer with what was asked.
func (s *Server) getAnswer(c *call) error {
	past, err := s.o.Desk.Answer(c.name("id"))
	if err != nil {
		return err
	}
	a := past.Answer
	task, err := s.o.Store.Task(a.Task)
	if err != nil {
		return err
	}
	f, err := s.names.form(s.o.Store, a.Form)
	if err != nil {
		return err
	}
	return c.reply(AnswerDetail{
		StoryAnswer: StoryAnswer{
			ID: a.ID, Person: s.personName(a.Person), Values: a.Values, Seconds: a.Seconds, Time: a.Time,
			Late: a.Late, Undone: past.Undone,
		},
		Task: task.ID, Instance: task.Instance, Flow: task.Flow, FlowName: s.names.flow(s.o.Store, task.Flow),
		Form: f, Item: task.Item,
	})
}
