package app

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// TestIndexNamesItsFiles holds that what the document names is carried, and that it runs nothing that
// stands in the document itself: the policy of the server forbids that.
func TestIndexNamesItsFiles(t *testing.T) {
	index, err := Index()
	if errors.Is(err, ErrNotBuilt) {
		t.Skip("the page was not built: make build")
	}
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:src|href)="/app/([^"]+)"`).FindAllStringSubmatch(string(index), -1)
	if len(named) != 4 {
		t.Errorf("the document names %d files, want a style, an icon and two scripts: %s", len(named), index)
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
