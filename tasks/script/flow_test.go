package script

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/tasks/flow"
)

// replay takes the place of the durable runtime: calls return what the test says, through the encoding
// that histories have, and are written down.
type replay struct {
	t       *testing.T
	id      string
	answers flow.Answers
	signal  flow.Value
	log     []string // each call with its arguments
	asked   []flow.Ask
	program *program
	args    []flow.Value // of what was spawned
}

func (r *replay) note(primitive string, args any) {
	r.t.Helper()
	data, err := runs.EncodeValue(args)
	if err != nil {
		r.t.Errorf("%s: the arguments have no form: %v", primitive, err)
	}
	r.log = append(r.log, primitive+" "+string(data))
}

// through is what a history gives back.
func (r *replay) through(v flow.Value) flow.Value {
	r.t.Helper()
	data, err := runs.EncodeValue(v)
	if err != nil {
		r.t.Fatal(err)
	}
	if v, err = runs.DecodeValue(data); err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *replay) ID() string { return r.id }
func (r *replay) Do(primitive string, args flow.Value, work flow.Work) (flow.Value, error) {
	r.note(primitive, args)
	v, cites, err := work(r.t.Context())
	if err != nil {
		return nil, err
	}
	r.log = append(r.log, "cites "+strings.Join(cites, " "))
	return r.through(v), nil
}

func (r *replay) DoOr(primitive string, args, otherwise flow.Value, work flow.Work) (flow.Value, error) {
	if v, err := r.Do(primitive, args, work); err == nil {
		return v, nil
	}
	return r.through(otherwise), nil
}

func (r *replay) Ask(a flow.Ask) (flow.Answers, error) {
	r.asked = append(r.asked, a)
	return r.answers, nil
}

func (r *replay) Spawn(function string, args flow.Value) (flow.Handle, error) {
	r.note("spawn "+function, args)
	v, err := r.program.run(r.t.Context(), r, function, r.through(args))
	r.args = append(r.args, r.through(v))
	return flow.Handle{ID: fmt.Sprint(len(r.args) - 1)}, err
}
func (r *replay) Together(handles []flow.Handle) ([]flow.Value, error) { return r.args, nil }
func (r *replay) First(handles []flow.Handle) (int, flow.Value, error) { return 1, r.args[1], nil }
func (r *replay) Record(dataset string, value flow.Value, of []string) (string, error) {
	r.note("record "+dataset+" "+strings.Join(of, ","), value)
	return "row1", nil
}
func (r *replay) Sleep(d time.Duration) error            { r.note("sleep", d.String()); return nil }
func (r *replay) Until(t time.Time) error                { r.note("until", t.UTC().Format(time.RFC3339)); return nil }
func (r *replay) Signal(name string) (flow.Value, error) { return r.signal, nil }
func (r *replay) Now() (time.Time, error)                { return time.Unix(1_800_000_000, 5e8), nil }
func (r *replay) Random() (float64, error)               { return 0.25, nil }

// models of tests say who was asked and with what seed.
type echoModels struct{ fail error }

func (m echoModels) Generate(_ context.Context, g Generate) ([]Sampled, string, error) {
	out := make([]Sampled, g.N)
	for i := range out {
		out[i] = Sampled{Tokens: []int{7, 8}, LogProbs: []float32{-0.5, -1}, Text: fmt.Sprintf("%s#%d", g.Prompt[len(g.Prompt)-1].Content, i), Reason: "eos"}
	}
	return out, "abc", m.fail
}

func (m echoModels) Score(_ context.Context, model string, prompt []tokenizer.Message, response string) ([]float64, string, error) {
	if model == "ensemble" {
		return []float64{1, 2}, "abc", nil
	}
	return []float64{0.5}, "abc", nil
}

func (m echoModels) LogP(context.Context, string, []tokenizer.Message, string) (float64, string, error) {
	return -3, "abc", nil
}

// Start tells its key and its settings.
func (echoModels) Start(_ context.Context, key, recipe string, params map[string]any) (FlowRun, error) {
	return FlowRun{ID: "r1", Result: map[string]any{"recipe": recipe, "params": params}, Models: []string{"m"}}, nil
}

const flowHead = `policy = param.model("embedded", "who answers")
def twice(x, ys):
    return [x, ys, 2]
kept = state(n = 0, seen = [])
better = form("Which?", show = [text("prompt")], ask = [scale("preference", 9), longtext("why", optional = True), choice("flaws", ["a", "b"], several = True, optional = True)])
`

// perform executes a body of flow(item) against what a test says.
func perform(t *testing.T, body string, r *replay) (flow.Value, error) {
	t.Helper()
	s, err := Parse("test.star", flowHead+"def flow(item):\n    "+strings.ReplaceAll(body, "\n", "\n    ")+"\n")
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &replay{}
	}
	r.t, r.id = t, "F.1"
	if r.program, err = s.openFlow(FlowHost{Models: echoModels{}, Runs: echoModels{}}, nil); err != nil {
		return nil, err
	}
	budget := uint64(1_000_000)
	r.program.budget = &budget
	return r.program.run(t.Context(), r, flow.Root, map[string]any{"prompt": "Hi", "n": int64(3)})
}

// Each step asks the runtime for what its arguments say, and gives the script what came back.
func TestSteps(t *testing.T) {
	one := flow.Answers{Task: "F.1:1", List: []flow.Answer{{ID: "a1", Task: "F.1:1", Person: "ann", Seconds: 9, Values: map[string]any{"preference": int64(7)}}}}
	none := flow.Answers{Task: "F.1:1", Missing: 1}
	two := flow.Answers{Task: "F.1:1", List: []flow.Answer{one.List[0], {ID: "a2", Task: "F.1:1", Person: "bob", Values: map[string]any{"preference": int64(2), "why": "so", "flaws": []any{"b"}}}}}
	for _, c := range []struct {
		body    string
		answers flow.Answers
		want    string   // what flow(item) returns, as records are written
		log     []string // the calls, where they matter
	}{
		{"return item.prompt + str(item.n)", none, `"Hi3"`, nil},
		{"a = ask(better, item)\nreturn [a.preference, a.why, a.flaws, a.person, a.seconds, a.id, a.missing, len(a), a[0].preference]", one, `[7,null,[],"ann",9.0,"a1",0,1,7]`, nil},
		{"a = ask(better, item, people = 2)\nreturn [[x.preference for x in a], a[1].why, a[1].flaws, bool(a)]", two, `[[7,2],"so",["b"],true]`, nil},
		{"a = ask(better, item, within = \"2h\")\nreturn [a.missing, bool(a), len(a)]", none, `[1,false,0]`, nil},
		{"a = ask(better, item)\nreturn item | a[0] | {\"x\": 1}", one, `{"flaws":[],"n":3,"preference":7,"prompt":"Hi","why":null,"x":1}`, nil},
		{
			"a = ask(better, item)\nreturn record(\"d\", {\"a\": a, \"n\": item.n}, of = [a, \"x\", {\"id\": \"y\"} | item])", one, `"row1"`,
			[]string{`record d a1,x,y {"a":{"flaws":[],"id":"a1","person":"ann","preference":7,"seconds":9.0,"task":"F.1:1","why":null},"n":3}`},
		},
		{"a = ask(better, item, people = 2)\nrecord(\"d\", {\"a\": a}, of = a)", two, `null`, []string{`record d a1,a2 {"a":[{"flaws":[],"id":"a1","person":"ann","preference":7,"seconds":9.0,"task":"F.1:1","why":null},{"flaws":["b"],"id":"a2","person":"bob","preference":2,"seconds":0.0,"task":"F.1:1","why":"so"}]}`}},
		{
			"g = generate(policy, prompt = item.prompt, seed = 4)\nreturn [g.text, g.logp, g.tokens, g.ended, g.id, g.seed, g.model]", none, `["Hi#0",-1.5,[7,8],true,"/1",4,"embedded"]`,
			[]string{`generate {"max_tokens":128,"messages":[{"content":"Hi","role":"user"}],"model":"embedded","n":1,"seed":4,"stop":[],"temperature":1.0,"top_p":1.0}`, "cites model:abc"},
		},
		{"return [g.text for g in generate(\"other\", messages = [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"U\"}], n = 2, stop = [\"x\"])]", none, `["U#0","U#1"]`, nil},
		{"return [score(\"reward\", prompt = \"p\", response = \"r\"), score(\"ensemble\", prompt = \"p\", response = \"r\"), logp(policy, prompt = \"p\", response = \"r\")]", none, `[0.5,[1.0,2.0],-3.0]`, nil},
		{"s = start(\"sft\", base = policy, lr = 0.1)\nreturn [s.run, s.result.params.lr, s.models]", none, `["r1",0.1,["m"]]`, []string{`start {"params":{"base":"embedded","lr":0.1},"recipe":"sft"}`, "cites run:r1"}},
		{"return together([spawn(twice, 1, (2, {\"a\": 3})), spawn(twice, \"x\", None)])", none, `[[1,[2,{"a":3}],2],["x",null,2]]`, []string{`spawn twice [1,[2,{"a":3}]]`, `spawn twice ["x",null]`}},
		{"place, v = first([spawn(twice, 1, 2), spawn(twice, 3, 4)])\nreturn [place, v]", none, `[1,[3,4,2]]`, nil},
		{
			"a = ask(better, item)\nb = together([spawn(twice, a, a[0])])[0]\nreturn [b[0].preference, b[0].missing, b[1].person, type(b[0]), b[0]]", one,
			`[7,0,"ann","answers",{"$answers":{"list":[{"$answer":{"id":"a1","person":"ann","seconds":9.0,"task":"F.1:1","values":{"flaws":[],"preference":7,"why":null}}}],"missing":0,"task":"F.1:1","wanted":1}}]`, nil,
		},
		{
			"sleep(1.5)\nsleep(\"2h\")\ndeadline(now() + 0.5)\ndeadline(\"2026-01-02T03:04:05+01:00\")\nreturn random()", none, `0.25`,
			[]string{`sleep "1.5s"`, `sleep "2h0m0s"`, `until "2027-01-15T08:00:01Z"`, `until "2026-01-02T02:04:05Z"`},
		},
		{"return signal(\"go\").by", none, `"me"`, nil},
	} {
		r := &replay{answers: c.answers, signal: map[string]any{"by": "me"}}
		got, err := perform(t, c.body, r)
		if err != nil {
			t.Errorf("%s:\n%v", c.body, err)
			continue
		}
		data, err := runs.EncodeValue(got)
		if err != nil || string(data) != c.want {
			t.Errorf("%s\ngot  %s (%v)\nwant %s", c.body, data, err, c.want)
		}
		if c.log != nil && !slices.Equal(r.log, c.log) {
			t.Errorf("%s: calls\ngot  %q\nwant %q", c.body, r.log, c.log)
		}
	}
}

// What a question is asked of whom stands in what the runtime is given.
func TestAskSaysWho(t *testing.T) {
	r := &replay{answers: flow.Answers{Task: "F.1:1", List: []flow.Answer{{ID: "a1", Task: "F.1:1", Person: "ann", Values: map[string]any{"preference": int64(7)}}}}}
	_, err := perform(t, `a = ask(better, item)
ask(better, item, people = 2, pool = "judges", person = a, unlike = [a, a[0], "01ABC", [record("d", {"x": 1})+":5"]], after = [a, "id"], within = 90, gold = {"preference": 9})
ask(better, item, person = a[0].person, unlike = a)`, r)
	if err != nil {
		t.Fatal(err)
	}
	got := r.asked[1]
	got.Form, got.Item = r.asked[0].Form, nil
	want := flow.Ask{Form: r.asked[0].Form, People: 2, Pool: "judges", Person: "ann", Unlike: []string{"F.1:1", "F.1:1", "person:01ABC", "row1:5"}, After: []string{"a1", "id"}, Within: 90 * time.Second, Gold: map[string]any{"preference": int64(9)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("asked\ngot  %+v\nwant %+v", got, want)
	}
	if got := r.asked[2]; got.Person != "ann" || !slices.Equal(got.Unlike, []string{"F.1:1"}) || got.People != 1 {
		t.Errorf("asked %+v", got)
	}
}

// Mistakes in a flow are reported at their line, with what to do.
func TestMistakesInFlowsAreReportedAtTheirLine(t *testing.T) {
	for _, c := range []struct {
		body string
		line int // of the body; 0: any
		says []string
	}{
		{"ask(better, {})", 1, []string{"no field prompt", "the form shows it"}},
		{"ask(better, 5)", 1, []string{"the item is a int"}},
		{"ask(better, item, people = 0)", 1, []string{"people is 0"}},
		{"ask(better, item, within = \"soon\")", 1, []string{`"90s", "15m"`}},
		{"ask(better, item, gold = {\"wy\": 1})", 1, []string{"gold names wy"}},
		{"ask(better, item, unlike = 5)", 1, []string{"unlike is a int"}},
		{"x = 1\nreturn ask(better, item).preference", 2, []string{"nobody answered in time"}},
		{"return ask(better, item, people = 2).preference", 1, []string{"[a.preference for a in answers]"}},
		{"return generate(policy)", 1, []string{"there is no prompt"}},
		{"return generate(policy, prompt = \"a\", messages = [])", 1, []string{"give one of them"}},
		{"return generate(policy, prompt = \"a\", n = 0)", 1, []string{"n is 0"}},
		{"return generate(policy, prompt = \"a\", temperature = -1)", 1, []string{"temperature is -1"}},
		{"return generate(policy, prompt = \"a\", seed = \"x\")", 1, []string{"seed is"}},
		{"return generate(5, prompt = \"a\")", 1, []string{"param.model"}},
		{"spawn(lambda x: x, 1)", 1, []string{"top level"}},
		{"def inner(x):\n    return x\nspawn(inner, 1)", 3, []string{"cannot find inner again", "top level"}},
		{"spawn(twice(1, 2))", 1, []string{"got a list", "without calling it"}},
		{"spawn(twice, 1)", 1, []string{"given 1 arguments, and needs 2"}},
		{"spawn(twice, 1, policy)", 1, []string{"argument 2 of twice", "a model cannot be kept"}},
		{"together([twice])", 1, []string{"list of handles"}},
		{"first([])", 1, []string{"nothing to wait for"}},
		{"record(\"a/b\", {})", 1, []string{"a/b"}},
		{"record(\"d\", 5)", 1, []string{"a row is a dictionary"}},
		{"record(\"d\", {}, of = [item])", 1, []string{"a row without an id"}},
		{"deadline(\"tomorrow\")", 1, []string{"no moment"}},
		{"sleep(-1)", 1, []string{"want 0 seconds"}},
		{"dataset([{\"x\": 1}])", 1, []string{"as flow(item)"}},
		{"policy.sample([\"a\"])", 1, []string{"belongs to run()", "start(recipe"}},
		{"log(x = 1)", 1, []string{"record(dataset, row)"}},
		{"start(\"sft\", lr = [1])", 1, []string{"a setting is a number"}},
		{"return generate(policy, prompt = item.promt)", 1, []string{"no field promt", "did you mean prompt?"}},
		{"x = []\nx.append(x)\nrecord(\"d\", {\"x\": x})", 3, []string{"nested more than 100 deep"}},
		{"record(\"d\", {\"x\": \"y\" * 20000000})", 1, []string{"more than 16 MB"}},
		{"while True:\n    pass", 0, []string{"too many steps", "loop without an end"}},
		{"def f(n):\n    return f(n + 1)\nf(0)", 2, []string{"functions call each other more than 1000 deep", "recursion without an end"}},
		{"kept.n = 1", 1, []string{"no state beside its history"}},
		{"kept.seen.append(1)", 1, []string{"frozen"}},
		{"guide(better, \"x\")", 1, []string{"top level"}},
		{"form(\"t\", show = [], ask = [scale(\"a\", 1)])", 1, []string{"2 to 101 points"}},
	} {
		r := &replay{answers: flow.Answers{Task: "F.1:1", Missing: 1}}
		_, err := perform(t, c.body, r)
		var at *ScriptError
		if want := strings.Count(flowHead, "\n") + 1 + c.line; !errors.As(err, &at) || c.line > 0 && at.Line != want {
			t.Errorf("%s: want an error in line %d, got\n%v", c.body, want, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q in\n%v", c.body, want, err)
			}
		}
	}
}

// Instances share the top level and nothing else: many at a time do what one alone does.
func TestInstancesDoNotMeet(t *testing.T) {
	s := parse(t, flowHead+`names = {"a": [1, 2]}
def child(x, n):
    return [x, n, names["a"], policy.name]
def flow(item):
    total = [item.n]
    for i in range(50):
        total.append(total[-1] + mean([1, 2, 3]))
    got = generate(policy, messages = turns(item.prompt), n = 2)
    return {"total": total, "text": [g.text for g in got], "again": together([spawn(child, item, total)])}
`)
	p, err := s.openFlow(FlowHost{Models: echoModels{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := func(n int) (string, error) {
		r := &replay{t: t, id: fmt.Sprint("F.", n), program: p}
		v, err := p.run(t.Context(), r, flow.Root, map[string]any{"prompt": fmt.Sprint("p", n), "n": int64(n)})
		if err != nil {
			return "", err
		}
		data, err := runs.EncodeValue(v)
		return string(data), err
	}
	var all sync.WaitGroup
	got := make([]string, 64)
	errs := make([]error, len(got))
	for i := range got {
		all.Go(func() { got[i], errs[i] = one(i) })
	}
	all.Wait()
	for i := range got {
		if want, err := one(i); err != nil || errs[i] != nil || got[i] != want {
			t.Errorf("instance %d: got %s (%v), alone %s (%v)", i, got[i], errs[i], want, err)
		}
	}
}

// What a flow draws depends on the flow's seed and on the call, and on nothing else.
func TestSeedsOfCalls(t *testing.T) {
	a, b := &program{host: FlowHost{Seed: 1}}, &program{host: FlowHost{Seed: 2}}
	if a.seedOf("F.1:3") != (&program{host: FlowHost{Seed: 1}}).seedOf("F.1:3") {
		t.Error("the same call has two seeds")
	}
	seen := map[uint64]bool{}
	for _, seed := range []uint64{a.seedOf("F.1:3"), b.seedOf("F.1:3"), a.seedOf("F.1:4"), a.seedOf("F.1:3~2")} {
		if seen[seed] || int64(seed) < 0 {
			t.Errorf("seed %d is taken, or negative for a script", seed)
		}
		seen[seed] = true
	}
}
