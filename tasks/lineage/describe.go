package lineage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
)

// describe is what a node is, in few words, and what its record says. One that is not there is fs.ErrNotExist.
func (l *look) describe(n storage.Node) (title string, facts []Fact, err error) {
	switch n.Kind {
	case storage.FlowNode:
		return l.describeFlow(n)
	case storage.InstanceNode:
		return l.describeInstance(n)
	case storage.CallNode:
		return l.describeCall(n)
	case storage.TaskNode:
		return l.describeTask(n)
	case storage.AnswerNode:
		return l.describeAnswer(n)
	case storage.PersonNode:
		p, err := l.store.Person(n.ID)
		return cmp.Or(p.Name, n.ID), []Fact{{"role", p.Role}}, err
	case storage.SampleNode:
		return l.describeSample(n)
	case storage.CompletionNode:
		return l.describeCompletion(n)
	case storage.RowNode:
		return l.describeRow(n)
	case storage.DatasetNode:
		return l.describeDataset(n)
	case storage.RunNode:
		return l.describeRun(n)
	case storage.CheckpointNode:
		run, step := n.Cut()
		title, _, err := l.describeRun(storage.Node{Kind: storage.RunNode, ID: run})
		return "step " + step + " of " + title, nil, err
	case storage.ModelNode:
		return l.describeModel(n)
	}
	return n.ID, nil, nil
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func (l *look) describeFlow(n storage.Node) (string, []Fact, error) {
	f, err := l.store.Flow(n.ID)
	return cmp.Or(f.Name, f.Recipe, n.ID), []Fact{
		{"recipe", f.Recipe}, {"script", short(f.Script)}, {"items", strconv.Itoa(f.Items)}, {"status", f.Status}, {"seed", strconv.FormatInt(f.Seed, 10)}, {"started", when(f.Created)},
	}, err
}

func (l *look) describeInstance(n storage.Node) (string, []Fact, error) {
	v, err := l.store.Instance(n.ID)
	if err != nil {
		return "", nil, err
	}
	title := v.Function
	if v.Parent == "" {
		if _, item, is := strings.Cut(v.ID, "."); is {
			number, _ := strconv.Atoi(strings.SplitN(item, "~", 2)[0])
			title = fmt.Sprintf("item %d", number+1)
		}
	}
	return title, []Fact{{"status", v.Status}, {"given", clip(string(v.Args))}, {"begun", when(v.Created)}}, nil
}

func (l *look) describeCall(n storage.Node) (string, []Fact, error) {
	began, _, err := l.store.CallSteps(n)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("%s, call %d", began.Primitive, began.Call), argsOf(began), nil
}

// argsOf are what a call was made with, but for long texts that its node leads to.
func argsOf(began storage.Step) []Fact {
	v, err := runs.DecodeValue(began.Args)
	args, _ := v.(map[string]any)
	if err != nil {
		return nil
	}
	var facts []Fact
	for _, name := range slices.Sorted(maps.Keys(args)) {
		text := fmt.Sprint(args[name])
		if raw, err := runs.EncodeValue(args[name]); err == nil {
			text = string(raw)
		}
		facts = append(facts, Fact{name, clip(strings.Trim(text, `"`))})
	}
	return facts
}

func (l *look) describeTask(n storage.Node) (string, []Fact, error) {
	t, err := l.store.Task(n.ID)
	return t.Step, []Fact{{"form", short(t.Form)}, {"people", strconv.Itoa(t.People)}, {"asked", clip(string(t.Item))}, {"put", when(t.Created)}}, err
}

func (l *look) describeAnswer(n storage.Node) (string, []Fact, error) {
	a, err := l.answer(n.ID)
	if err != nil {
		return "", nil, err
	}
	who, _, err := l.describe(person(a.Person))
	if errors.Is(err, fs.ErrNotExist) {
		who, err = a.Person, nil
	}
	facts := []Fact{{"form", short(a.Form)}, {"values", clip(string(a.Values))}, {"seconds", strconv.FormatFloat(a.Seconds, 'f', 1, 64)}, {"time", when(a.Time)}}
	if a.Late {
		facts = append(facts, Fact{"late", "yes"})
	}
	return who + ": " + brief(a.Values), facts, err
}

func (l *look) describeSample(n storage.Node) (string, []Fact, error) {
	call, number := n.Cut()
	began, result, err := l.store.CallSteps(storage.Node{Kind: storage.CallNode, ID: call})
	if err != nil {
		return "", nil, err
	}
	facts := argsOf(began)
	if result == nil {
		return "sample " + number, facts, nil
	}
	v, err := runs.DecodeValue(result.Result)
	if err != nil {
		return "", nil, err
	}
	all, several := v.([]any)
	if !several {
		all = []any{v}
	}
	for _, one := range all {
		sample, _ := one.(map[string]any)
		if id, _ := sample["id"].(string); id != n.ID {
			continue
		}
		text, _ := sample["text"].(string)
		facts = append(facts, Fact{"seed", fmt.Sprint(sample["seed"])}, Fact{"log-probability", fmt.Sprint(sample["logp"])}, Fact{"ended", fmt.Sprint(sample["ended"])}, Fact{"text", clip(text)})
		return quoted(text), facts, nil
	}
	return "", nil, absent(n)
}

func (l *look) describeCompletion(n storage.Node) (string, []Fact, error) {
	c, err := l.store.Completion(n.ID)
	if err != nil {
		return "", nil, err
	}
	facts := []Fact{
		{"model", c.Model}, {"precision", c.Precision}, {"params", clip(string(c.Params))}, {"seed", strconv.FormatInt(c.Seed, 10)}, {"user", c.User}, {"asked", when(c.Time)},
	}
	for i, choice := range c.Choices {
		facts = append(facts, Fact{fmt.Sprintf("choice %d", i), clip(choice.Text)})
	}
	if len(c.Choices) == 0 {
		return "no text", facts, nil
	}
	return quoted(c.Choices[0].Text), facts, nil
}

func (l *look) describeRow(n storage.Node) (string, []Fact, error) {
	row, err := l.store.Row(n.Cut())
	if err != nil {
		return "", nil, err
	}
	facts := []Fact{{"dataset", row.Dataset}, {"value", clip(string(row.Value))}, {"recorded", when(row.Time)}}
	if row.Withdrawn {
		facts = append(facts, Fact{"withdrawn", "what it came from was re-opened"})
	}
	for _, of := range row.Of {
		if _, err := storage.ParseNode(of); err != nil {
			facts = append(facts, Fact{"cites", of})
		}
	}
	return brief(row.Value), facts, nil
}

func (l *look) describeDataset(n storage.Node) (string, []Fact, error) {
	name, sha256 := n.Cut()
	facts := []Fact{{"sha256", sha256}}
	d, err := l.store.Dataset(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		facts = append(facts, Fact{"kind", "a file"})
	case err != nil:
		return "", nil, err
	default:
		facts = append(facts, Fact{"kind", d.Kind}, Fact{"source", d.Source})
	}
	records := l.recordsOf(sha256)
	if records > 0 {
		return fmt.Sprintf("%s, %d records", name, records), facts, nil
	}
	return name, facts, nil
}

// recordsOf is how many records whoever read a content has found in it; 0 when nobody did.
func (l *look) recordsOf(sha256 string) int {
	all, _ := l.allRuns()
	for _, run := range all {
		for _, in := range run.Inputs {
			if in.SHA256 == sha256 {
				return in.Records
			}
		}
	}
	flows, _ := l.allFlows()
	for _, f := range flows {
		for _, in := range f.Inputs {
			if in.SHA256 == sha256 {
				return in.Records
			}
		}
	}
	return 0
}

func (l *look) describeRun(n storage.Node) (string, []Fact, error) {
	run, err := l.book.Run(n.ID)
	if err != nil {
		return "", nil, err
	}
	title := cmp.Or(run.Name, run.Script.Name)
	if run.Name != "" && run.Name != run.Script.Name {
		title += " (" + run.Script.Name + ")"
	}
	facts := []Fact{
		{"script", run.Script.Name + ", sha256 " + short(run.Script.SHA256)},
		{"status", string(run.Status)},
		{"seed", strconv.FormatInt(run.Seed, 10)},
		{"workbench", run.Versions.Binary},
		{"ONNX Runtime", run.Versions.Runtime},
		{"started", when(run.Started)},
	}
	inputs, err := l.inputs(run)
	for _, in := range inputs {
		if used, held := in.read.Used.Count(), in.read.HeldOut.Count(); used+held > 0 {
			facts = append(facts, Fact{in.Name, fmt.Sprintf("read %d of %d records, and %d that were held out", used, in.Records, held)})
		}
	}
	return title, facts, err
}

func (l *look) describeModel(n storage.Node) (string, []Fact, error) {
	all, err := l.allModels()
	if err != nil {
		return "", nil, err
	}
	var names []string
	facts := []Fact{{"digest", n.ID}}
	for _, m := range all {
		if m.Digest == n.ID {
			names = append(names, fmt.Sprintf("%s, version %d", m.Name, m.Version))
			facts = append(facts, Fact{"kind", string(m.Kind)}, Fact{"on", m.Base}, Fact{"path", m.Path}, Fact{"kept", when(m.Created)})
		}
	}
	if len(names) == 0 {
		name, err := l.calledBy(n)
		if err != nil || name == "" {
			return "model " + short(n.ID), facts, err
		}
		names = append(names, name)
	}
	return strings.Join(names, "; "), facts, nil
}

// called is what a model is called; empty for what is none.
func (l *look) called(n storage.Node) (string, error) {
	if n.Kind != storage.ModelNode {
		return "", nil
	}
	all, err := l.allModels()
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if m.Digest == n.ID {
			return m.Name, nil
		}
	}
	return l.calledBy(n)
}

// calledBy is what a model that is not in the register, such as the carried one, was called by what used it.
func (l *look) calledBy(n storage.Node) (string, error) {
	all, err := l.allRuns()
	if err != nil {
		return "", err
	}
	for _, run := range all {
		for _, in := range run.Inputs {
			if InputNode(in) == n {
				return in.Name, nil
			}
		}
	}
	name := ""
	err = l.store.EachCiting(n, func(by storage.Node) error {
		if by.Kind != storage.CallNode {
			return nil
		}
		began, _, err := l.store.CallSteps(by)
		if err != nil {
			return err
		}
		var args struct {
			Model  string `json:"model"`
			Reward string `json:"reward"`
		}
		if err := json.Unmarshal(began.Args, &args); err != nil {
			return err
		}
		name = cmp.Or(args.Model, args.Reward)
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return name, err
}

var errFound = errors.New("found")

const shortDigest = 12

func short(digest string) string { return digest[:min(len(digest), shortDigest)] }

// clip bounds what is shown of a value.
func clip(text string) string {
	const most = 2000
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}

func quoted(text string) string {
	const most = 60
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) > most {
		return "“" + string(letters[:most]) + "…”"
	}
	return "“" + string(letters) + "”"
}

// brief is a record in few words: its short values by name, or the beginning of its first text.
func brief(raw json.RawMessage) string {
	v, err := runs.DecodeValue(raw)
	fields, is := v.(map[string]any)
	if err != nil || !is {
		return quoted(string(raw))
	}
	const most = 3
	var parts []string
	text := ""
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch v := fields[name].(type) {
		case string:
			const shortText = 24
			if len(v) > shortText {
				text = cmp.Or(text, v)
			} else if v != "" {
				parts = append(parts, name+" "+v)
			}
		case int64, float64, bool:
			parts = append(parts, fmt.Sprintf("%s %v", name, v))
		}
	}
	if len(parts) > most {
		parts = parts[:most]
	}
	if text != "" {
		parts = append(parts, quoted(text))
	}
	return strings.Join(parts, ", ")
}
