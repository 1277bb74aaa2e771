package cli

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStories has people work in a real browser, on the program as it is built. A day of work: a researcher imports
// data, starts flows and invites; annotators compare by keys across a kill of the server, and answer, quote and judge.
// The loop: what was compared is learned from, and the model that comes of it is asked by a program, voted on and
// traced. ui/app/test/day.mjs and ui/app/test/loop.mjs say what is done and looked at.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser for minutes; runs in make test")
	}
	app := filepath.Join("..", "app")
	for what, path := range map[string]string{
		"the page is not built; run make app":                 filepath.Join(app, "dist", "index.html"),
		"the page's packages are not installed; run make app": filepath.Join(app, "node_modules", "playwright-core"),
		"there is no Chromium; run make chromium":             chromium(),
	} {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	binary := filepath.Join(t.TempDir(), "workbench")
	if out, err := exec.Command("go", "build", "-o", binary, filepath.Join("..", "..")).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for story, pairs := range map[string]string{"day": "16", "loop": "28"} { // the fewest to learn from are 27; make soak takes 40 for both
		t.Run(story, func(t *testing.T) {
			told := exec.Command("node", filepath.Join(app, "test", story+".mjs"), binary)
			told.Env = append(os.Environ(), "WORKBENCH_PAIRS="+cmp.Or(os.Getenv("WORKBENCH_PAIRS"), pairs))
			out, err := told.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// chromium is the browser: the one that WORKBENCH_CHROMIUM names, or Debian's.
func chromium() string {
	if path := os.Getenv("WORKBENCH_CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}
