package form

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// everything is a form with every kind of part and of question.
func everything() Form {
	return Form{
		Title: "Answer from the passage",
		Guide: "Quote what you rely on.",
		Show:  []Part{{"passage", []string{"text"}}, {"text", []string{"question"}}, {"pair", []string{"left", "right"}}},
		Ask: []Field{
			{Name: "best", Kind: "choice", Options: []string{"left", "right", "neither"}},
			{Name: "flaws", Kind: "choice", Options: []string{"wrong", "rude", "empty"}, Several: true, Optional: true},
			{Name: "preference", Kind: "scale", Points: 9, Left: "left much better", Right: "right much better"},
			{Name: "why", Kind: "longtext", MinWords: 2, MaxWords: 5},
			{Name: "evidence", Kind: "quote", Of: "text", MaxChars: 8},
			{Name: "more", Kind: "quote", Of: "text", Several: true, Optional: true},
		},
	}
}

func about() Item {
	return Item{"text": "Grüße, 世界! 👋🏽 The end.", "question": "Who?", "left": "You.", "right": "Me.", "id": 7}
}

const good = `{"best": "left", "preference": 3, "why": "it is so", "evidence": {"start": 7, "end": 9, "text": "世界"}}`

func TestEverythingStands(t *testing.T) {
	f := everything()
	if err := errors.Join(f.Check(), f.Fits(about())); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, a := range f.Ask {
		kinds[a.Kind] = true
	}
	for _, k := range Fields() {
		if !kinds[k] {
			t.Errorf("the form of these tests has no %s", k)
		}
	}
	got, err := f.Read(about(), []byte(good))
	want := Answer{"best": "left", "preference": 3, "why": "it is so", "evidence": Quote{7, 9, "世界"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("answer: got %v, %v, want %v", got, err, want)
	}
}

// What was read and is written again reads the same.
func TestAnswersRoundTrip(t *testing.T) {
	f := everything()
	raw := strings.TrimSuffix(good, "}") + `, "flaws": ["rude", "wrong"], "more": [{"start": 11, "end": 13, "text": "👋🏽"}, {"start": 0, "end": 5, "text": "Grüße"}]}`
	first, err := f.Read(about(), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Read(about(), again)
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("got %v, %v, want %v", second, err, first)
	}
}

func TestWrongAnswersAreRefusedByField(t *testing.T) {
	for _, c := range []struct{ change, field, says string }{
		{`"best": "middle"`, "best", `"middle" is not one of the options`},
		{`"best": 1`, "best", "want one of the options"},
		{`"best": null`, "best", "an answer is needed"},
		{`"best": ""`, "best", "an answer is needed"},
		{`"flaws": ["rude", "rude"]`, "flaws", "chosen twice"},
		{`"flaws": "rude"`, "flaws", "want a list"},
		{`"flaws": [""]`, "flaws", "not one of the options"},
		{`"preference": 10`, "preference", "10 is not on the scale from 1 to 9"},
		{`"preference": 0`, "preference", "0 is not on the scale"},
		{`"preference": 4.5`, "preference", "want a whole number"},
		{`"preference": "4"`, "preference", "want a whole number"},
		{`"why": "so"`, "why", "1 words; at least 2"},
		{`"why": "one two three four five six"`, "why", "6 words; at most 5"},
		{`"why": "  "`, "why", "an answer is needed"},
		{`"why": "a \u0000 b"`, "why", "NUL"},
		{`"evidence": {"start": 7, "end": 9, "text": "世"}`, "evidence", `stands "世界"; select it again`},
		{`"evidence": {"start": 8, "end": 10, "text": "世界"}`, "evidence", "select it again"}, // UTF-8 shifted by one
		{`"evidence": {"start": 0, "end": 9, "text": "Grüße, 世界"}`, "evidence", "9 characters; at most 8"},
		{`"evidence": {"start": 5, "end": 5, "text": ""}`, "evidence", "does not lie in the text"},
		{`"evidence": {"start": -1, "end": 2, "text": "Gr"}`, "evidence", "does not lie in the text"},
		{`"evidence": {"start": 20, "end": 200, "text": "end."}`, "evidence", "does not lie in the text"},
		{`"evidence": {"start": 7, "end": 9, "text": "世界", "by": "me"}`, "evidence", "want a quote"},
		{`"surprise": 1`, "surprise", "the form does not ask this"},
	} {
		var values, change map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal([]byte(good), &values), json.Unmarshal([]byte("{"+c.change+"}"), &change)); err != nil {
			t.Fatal(err)
		}
		for name, v := range change {
			values[name] = v
		}
		raw, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		got, err := everything().Read(about(), raw)
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Field != c.field || !strings.Contains(problems[0].Says, c.says) {
			t.Errorf("%s: got %v, %v, want a problem of %s that says %q", c.change, got, err, c.field, c.says)
		}
	}
}

func TestAllProblemsAreSaidAtOnce(t *testing.T) {
	_, err := everything().Read(about(), []byte(`{"preference": 99}`))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Errorf("got %v, want problems of best, preference, why and evidence", err)
	}
	for _, raw := range []string{``, `[]`, `"left"`, `{"best": "left"`} {
		if _, err := everything().Read(about(), []byte(raw)); err == nil || errors.As(err, &problems) {
			t.Errorf("%s: got %v, want an error that it is no object", raw, err)
		}
	}
}

func TestFormsThatCannotBeAnsweredAreRefused(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(f *Form)
	}{
		{"no title", func(f *Form) { f.Title = "" }},
		{"asks nothing", func(f *Form) { f.Ask = nil }},
		{`no part called "video"`, func(f *Form) { f.Show[0].Kind = "video" }},
		{"pair shows 2 fields", func(f *Form) { f.Show[2].Fields = []string{"left"} }},
		{`no kind of question called "essay"`, func(f *Form) { f.Ask[0].Kind = "essay" }},
		{"is taken", func(f *Form) { f.Ask[1].Name = "best" }},
		{"is no name", func(f *Form) { f.Ask[0].Name = "the best" }},
		{"2 to 100 options, not 1", func(f *Form) { f.Ask[0].Options = []string{"left"} }},
		{"stands there twice", func(f *Form) { f.Ask[0].Options = []string{"left", "left"} }},
		{"an option is empty", func(f *Form) { f.Ask[0].Options = []string{"left", ""} }},
		{"2 to 101 points", func(f *Form) { f.Ask[2].Points = 1 }},
		{"can't be written", func(f *Form) { f.Ask[3].MinWords = 9 }},
		{"does not show title", func(f *Form) { f.Ask[4].Of = "title" }},
		{"name it with of", func(f *Form) { f.Ask[4].Of = "" }},
		{`not its own: {"name":"","kind":"","points":5}`, func(f *Form) { f.Ask[0].Points = 5 }},
		{"not its own", func(f *Form) { f.Ask[2].Options = []string{"a", "b"} }},
	} {
		f := everything()
		c.change(&f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want an error that says %q", err, c.says)
		}
	}
}

func TestItemsThatDoNotFitAreRefused(t *testing.T) {
	item := about()
	delete(item, "left")
	item["text"] = 5
	err := everything().Fits(item)
	if err == nil || !strings.Contains(err.Error(), "no field left") || !strings.Contains(err.Error(), "text is no text (int)") {
		t.Errorf("got %v, want an error about left and text", err)
	}
}

// A version is the content's: it is written here, since forms that people were given must be found again.
func TestTheVersionIsTheContent(t *testing.T) {
	const want = "65ba6ee86789"
	f, g := everything(), everything()
	if f.Version() != g.Version() || len(f.Version()) != 64 {
		t.Errorf("versions of equal forms: %s and %s", f.Version(), g.Version())
	}
	g.Ask[2].Right = "right better"
	if f.Version() == g.Version() {
		t.Error("another wording has the same version")
	}
	if got := (Form{Title: "T", Show: []Part{{"text", []string{"q"}}}, Ask: []Field{{Name: "a", Kind: "scale", Points: 9}}}).Version(); !strings.HasPrefix(got, want) {
		t.Errorf("version: got %.12s…, want %s…; a change of the encoding orphans what was answered", got, want)
	}
}

// FuzzRead reads whatever browsers send: it never panics, and what it takes can be read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"flaws": ["rude"], "more": [{"start": 0, "end": 1, "text": "G"}]}`))
	form, item := everything(), about()
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := form.Read(item, raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := form.Read(item, again)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("%s was taken as %v and then as %v (%v)", raw, first, second, err)
		}
	})
}

// Examples are answers: of every kind of question, whatever is drawn.
func TestExamplesAreTaken(t *testing.T) {
	f, item := everything(), about()
	for seed := range uint64(300) {
		example, err := f.Example(item, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Read(item, raw); err != nil || !reflect.DeepEqual(got, example) {
			t.Fatalf("seed %d: %s was read as %v (%v)", seed, raw, got, err)
		}
	}
	item["text"] = ""
	if _, err := f.Example(item, rand.New(rand.NewPCG(1, 0))); err == nil || !strings.Contains(err.Error(), "evidence: the text to quote is empty") {
		t.Errorf("nothing to quote: got %v", err)
	}
}
