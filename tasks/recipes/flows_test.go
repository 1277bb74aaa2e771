package recipes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"workbench/storage"
	"workbench/tasks/form"
)

// People like kind answers; the rows say so, sides are balanced, and a reward model learns it from them.
func TestCompareAsksPeopleAndTrainsAReward(t *testing.T) {
	w := newToy(t)
	var prompts []map[string]any
	for i := range 200 {
		prompts = append(prompts, map[string]any{"prompt": fmt.Sprint("q", i), "group": fmt.Sprint("g", i/2)})
	}
	s := newShop(t, polite{})
	s.start("compare", map[string]string{"prompts": w.write("prompts", prompts)}, w)
	judge := func(_ string, _ storage.Task, _ form.Form, item map[string]any) form.Answer {
		left, right := kindness(item["left"].(string)), kindness(item["right"].(string))
		return form.Answer{"preference": 5 + 2*(right-left)}
	}
	s.work([]string{"ann", "bob", "cleo"}, 70, judge)
	s.close() // as if the process had ended, somewhere in the middle
	s.open(2)
	s.work([]string{"ann", "bob", "cleo"}, 0, judge)

	rows, of := s.rows("comparisons")
	if len(rows) < 150 || len(rows) != s.done {
		t.Fatalf("%d rows of %d answers to 200 prompts, of which a few have equal samples", len(rows), s.done)
	}
	left := 0
	seen := map[string]bool{}
	for i, row := range rows {
		a, b := kindness(row["a"].(string)), kindness(row["b"].(string))
		want := map[int]string{2: "a", -2: "b", 0: "tie"}[a-b]
		if row["label"] != want || row["strength"] != float64(max(a-b, b-a))/2 {
			t.Errorf("row %d: %q against %q has label %v and strength %v, want %s", i, row["a"], row["b"], row["label"], row["strength"], want)
		}
		if seen[row["prompt"].(string)] {
			t.Errorf("two rows of prompt %v", row["prompt"])
		}
		seen[row["prompt"].(string)] = true
		if row["left"] == "a" {
			left++
		}
		if len(of[i]) != 3 || !strings.HasSuffix(of[i][0], "/1") || !strings.HasSuffix(of[i][1], "/2") {
			t.Errorf("row %d cites %v, want two samples and an answer", i, of[i])
		}
	}
	if share := float64(left) / float64(len(rows)); share < 0.35 || share > 0.65 {
		t.Errorf("a stood left in %.2f of the rows, want about half", share)
	}
	result, _, _ := w.run("first", map[string]string{"pairs": w.write("comparisons", rows), "lr": "0.03"})
	if got := at(t, result, "value"); got < 0.8 {
		t.Errorf("the reward model agrees with people on %.2f of unseen pairs, want at least 0.8", got)
	}
}

// Three people answer and quote, one who saw nothing of it judges, whoever skips and whatever restarts.
func TestBookQuestionsGoesThroughToTheVerdict(t *testing.T) {
	w := newToy(t)
	var book []map[string]any
	for i := range 24 {
		book = append(book, map[string]any{"text": fmt.Sprintf("Paragraph %d says that Anna met %s. It was late, and nobody spoke.", i, []string{"Ben", "Carl", "Dora"}[i%3])})
	}
	s := newShop(t, polite{})
	s.start("book_questions", map[string]string{"books": w.write("book", book), "words": "52"}, w)
	people := []string{"ann", "bob", "cleo", "dan", "eve"}
	answer := func(person string, task storage.Task, f form.Form, item map[string]any) form.Answer {
		if f.Title == "Judge the digest" {
			return form.Answer{"accuracy": 1 + len(item["digest"].(string))%7, "coverage": 4}
		}
		if person == "eve" {
			return nil
		}
		text := []rune(item["text"].(string))
		return form.Answer{"answer": person + " says so", "evidence": form.Quote{Start: 3, End: 12, Text: string(text[3:12])}}
	}
	for restart := range byte(3) {
		s.work(people, 6, answer)
		s.close()
		s.open(2 + restart)
	}
	s.work(people, 0, answer)

	rows, _ := s.rows("book_questions")
	if len(rows) != 6 { // of 24 paragraphs of 13 words, 4 to a passage
		t.Fatalf("%d rows, want one for each of 6 passages", len(rows))
	}
	for i, row := range rows {
		var readers []string
		for _, a := range row["answers"].([]any) {
			said := a.(map[string]any)
			person := said["person"].(string)
			readers = append(readers, person)
			evidence := said["evidence"].(map[string]any)
			if said["answer"] != person+" says so" || !strings.Contains(row["text"].(string), evidence["text"].(string)) {
				t.Errorf("row %d: %v", i, said)
			}
		}
		judge := row["judge"].(string)
		if len(readers) != 3 || !distinct(readers) || slices.Contains(readers, judge) {
			t.Errorf("row %d: %v answered, %s judged", i, readers, judge)
		}
		if row["accuracy"] != int64(1+len(row["digest"].(string))%7) || row["coverage"] != int64(4) || row["question"] == "" {
			t.Errorf("row %d: %v", i, row)
		}
	}
	s.judgesSawNothing()
}

// judgesSawNothing holds that nobody was given both the question and the digest of an instance.
func (s *shop) judgesSawNothing() {
	s.t.Helper()
	saw := map[string]map[string][]string{} // by instance and form
	err := s.store.EachTask(s.flow, func(t storage.Task) error {
		if saw[t.Instance] == nil {
			saw[t.Instance] = map[string][]string{}
		}
		saw[t.Instance][t.Step] = append(saw[t.Instance][t.Step], s.saw[t.ID]...)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for instance, by := range saw {
		for _, judge := range by["Judge the digest"] {
			if slices.Contains(by["Answer from the passage"], judge) {
				s.t.Errorf("%s: %s was given the digest and had seen the question", instance, judge)
			}
		}
	}
}

// A sample that is dropped is drawn anew, and what people said about it gives way to what they say about
// the new one.
func TestASampleIsDrawnAnew(t *testing.T) {
	w := newToy(t)
	s := newShop(t, polite{})
	s.start("compare", map[string]string{"prompts": w.write("prompts", []map[string]any{{"prompt": "q"}})}, w)
	left := func(string, storage.Task, form.Form, map[string]any) form.Answer { return form.Answer{"preference": 1} }
	s.work([]string{"ann", "bob"}, 0, left)
	before, _ := s.rows("comparisons")
	var instance string
	if err := s.store.EachInstance(s.flow, "", func(i storage.Instance) error { instance = i.ID; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.runtime.Reopen(t.Context(), "rita", instance, 1); err != nil {
		t.Fatal(err)
	}
	s.work([]string{"ann", "bob"}, 0, left)
	after, of := s.rows("comparisons")
	if len(before) != 1 || len(after) != 1 || before[0]["a"] == after[0]["a"] && before[0]["b"] == after[0]["b"] || s.done != 2 {
		t.Errorf("rows before %v and after %v, with %d answers", before, after, s.done)
	}
	if len(of) != 1 || !strings.Contains(of[0][0], "~02/1") {
		t.Errorf("the new row cites %v", of)
	}
}
