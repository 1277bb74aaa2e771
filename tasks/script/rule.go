package script

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"go.starlark.net/starlark"
)

// Rule is how a simulated annotator answers: a script that defines answer(task). It is called with what an
// annotator sees, and returns a dict of the form's fields, or None to skip the task:
//
//	def answer(task):
//	    longer = len(task.item.left) > len(task.item.right)
//	    return {"preference": 2 if longer else 8}
//
// Besides the language itself a rule has random(), a number from 0 up to 1 that depends on the seed, the
// task and how often it was called for it: the same rule gives the same task the same answer, in any order.
type Rule struct {
	script *Script
	answer starlark.Callable
	seed   int64
	draws  *rand.Rand // of the task being answered
}

// RuleTask is what a rule is asked about.
type RuleTask struct {
	ID   string         // of the task
	Flow string         // its name
	Form string         // the title
	Item map[string]any // the fields that the form shows
}

// maxRule is how many steps a rule has for one answer.
const maxRule = 20_000_000

// ParseRule reads a rule. Errors are [*ScriptError]s.
func ParseRule(name, text string, seed int64) (*Rule, error) {
	r := &Rule{script: &Script{Name: name, Text: text, lines: strings.Split(text, "\n")}, seed: seed}
	s := r.script
	if len(text) > maxSource {
		return nil, &ScriptError{File: name, What: fmt.Sprintf("the rule is %d bytes long, at most %d are taken", len(text), maxSource)}
	}
	file, err := dialect().Parse(name, text, 0)
	if err != nil {
		return nil, s.explain(err)
	}
	s.file = file
	s.describeDoc()
	given := starlark.StringDict{"random": starlark.NewBuiltin("random", r.random)}
	program, err := starlark.FileProgram(parseAgain(name, text), given.Has)
	if err != nil {
		return nil, s.explain(err)
	}
	r.begin("")
	thread, end := r.thread(context.Background())
	defer end()
	globals, err := program.Init(thread, given)
	if err != nil {
		return nil, s.explain(err)
	}
	globals.Freeze() // nothing is carried from one answer to the next
	answer, ok := globals["answer"].(*starlark.Function)
	if !ok || answer.NumParams() != 1 {
		return nil, &ScriptError{File: name, What: "the rule has no answer(task)", Next: "define  def answer(task):  that returns a dict of the form's fields, or None to skip"}
	}
	r.answer = answer
	return r, nil
}

// Summary is the first line of the rule's docstring.
func (r *Rule) Summary() string { return r.script.Summary }

// SHA256 is the hash of the rule's text, in hex.
func (r *Rule) SHA256() string { return r.script.SHA256() }

// Answer gives the values of the form's fields; nil means that the task is skipped.
func (r *Rule) Answer(ctx context.Context, task RuleTask) (map[string]any, error) {
	item, err := toStarlark(task.Item)
	if err != nil {
		return nil, err
	}
	row := newRow(4)
	row.put("id", starlark.String(task.ID))
	row.put("flow", starlark.String(task.Flow))
	row.put("form", starlark.String(task.Form))
	row.put("item", item)
	r.begin(task.ID)
	thread, end := r.thread(ctx)
	defer end()
	given, err := starlark.Call(thread, r.answer, starlark.Tuple{row}, nil)
	if err != nil {
		return nil, r.script.explain(err)
	}
	if given == starlark.None {
		return nil, nil
	}
	values, err := crossing(given)
	if err != nil {
		return nil, fmt.Errorf("answer(task) of %s: %w", r.script.Name, err)
	}
	fields, ok := values.(map[string]any)
	if !ok {
		return nil, &ScriptError{File: r.script.Name, What: fmt.Sprintf("answer(task) returned a %s", given.Type()), Next: `return a dict of the form's fields, such as  {"preference": 7},  or None to skip`}
	}
	return fields, nil
}

// thread executes a rule until ctx ends; the caller calls end.
func (r *Rule) thread(ctx context.Context) (thread *starlark.Thread, end func() bool) {
	thread = &starlark.Thread{Name: r.script.Name, Print: func(*starlark.Thread, string) {}}
	guard(thread, maxRule)
	return thread, context.AfterFunc(ctx, func() { thread.Cancel(context.Cause(ctx).Error()) })
}

// begin starts the numbers of a task.
func (r *Rule) begin(task string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(task)) // a hash takes everything
	r.draws = rand.New(rand.NewPCG(uint64(r.seed), h.Sum64()))
}

func (r *Rule) random(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return starlark.Float(r.draws.Float64()), nil
}
