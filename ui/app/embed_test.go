package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"workbench/tasks/form"
)

// TestAnswersOfThePageAreRead gives the server what the page's fields make of keys and selections
// (test/fields.test.ts holds that they do): every answer is taken, and comes out as it went in.
func TestAnswersOfThePageAreRead(t *testing.T) {
	text, err := os.ReadFile("fields/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var sample struct {
		Form   form.Form
		Item   form.Item
		Values json.RawMessage
	}
	if err := json.Unmarshal(text, &sample); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sample.Form.Check(), sample.Form.Fits(sample.Item)); err != nil {
		t.Fatal(err)
	}
	answer, err := sample.Form.Read(sample.Item, sample.Values)
	if err != nil {
		t.Fatalf("the page's answer was refused: %v", err)
	}
	again, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(again, &got), json.Unmarshal(sample.Values, &want)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read and written again: got %s, want %s", again, sample.Values)
	}
}

// TestIndexNamesItsFiles holds that what the document names is carried, and that it runs nothing that
// stands in the document itself: the policy of the server forbids that.
func TestIndexNamesItsFiles(t *testing.T) {
	index, err := fs.ReadFile(Files(), "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the page was not built: make build")
	}
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:src|href)="/app/([^"]+)"`).FindAllStringSubmatch(string(index), -1)
	if len(named) < 4 {
		t.Errorf("the document names %d files, want at least a style, an icon and two scripts: %s", len(named), index)
	}
	for _, name := range named {
		if _, err := fs.Stat(Files(), name[1]); err != nil {
			t.Errorf("the document names %s: %v", name[1], err)
		}
		if !regexp.MustCompile(`-[A-Z0-9]{8}\.`).MatchString(name[1]) {
			t.Errorf("%s has no hash in its name, and browsers would keep an old one for ever", name[1])
		}
	}
	for _, bad := range []string{"<style", "style=", "onload=", "<script>"} {
		if strings.Contains(string(index), bad) {
			t.Errorf("the document contains %s", bad)
		}
	}
}
