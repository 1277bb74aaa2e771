package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"workbench/embed"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/*.txt")

// TestGolden runs the scripts in testdata. A script is what a person would see:
//
//	# a comment
//	needs model                      the script is skipped by binaries that carry none (or runtime, reward)
//	write pairs.jsonl                makes a file in the script's own folder, from the lines with >
//	> {"prompt": "a", "response": "b"}
//	$ workbench score --input pairs.jsonl
//	< a line for stdin
//	a line of stdout
//	! a line of stderr
//	[exit 2]                         where the code is not 0
//
// What differs from run to run is shown as <id>, <dir> (the script's folder), <time>, <seconds> and <rate>.
func TestGolden(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("scripts in testdata: %v, %v", scripts, err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) { runGolden(t, script) })
	}
}

func runGolden(t *testing.T, script string) {
	script, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	g := &golden{t: t, lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
	for len(g.lines) > 0 {
		g.step()
	}
	got := strings.Join(g.out, "\n") + "\n"
	if *update {
		if err := os.WriteFile(script, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(text); got != want {
		t.Errorf("%s: the output is not what the script says (go test ./ui/cli -run Golden -update rewrites it)\ngot:\n%s\nwant:\n%s",
			filepath.Base(script), got, want)
	}
}

// golden is a script being run: the lines not yet read, and the script as it should be.
type golden struct {
	t     *testing.T
	lines []string
	out   []string
}

func (g *golden) step() {
	line := g.take()
	switch verb, rest, _ := strings.Cut(line, " "); {
	case line == "" || strings.HasPrefix(line, "#"):
	case verb == "needs":
		g.need(rest)
	case verb == "write":
		content := g.takePrefixed("> ")
		if err := os.WriteFile(rest, []byte(content), 0o644); err != nil {
			g.t.Fatal(err)
		}
	case strings.HasPrefix(line, "$ workbench"):
		g.run(line)
	default:
		g.t.Fatalf("%q is neither a comment, a command nor its output", line)
	}
}

// take reads one line and keeps it for the script as it should be.
func (g *golden) take() string {
	line := g.lines[0]
	g.lines = g.lines[1:]
	g.out = append(g.out, line)
	return line
}

// takePrefixed reads the lines that begin with prefix and returns them without it.
func (g *golden) takePrefixed(prefix string) string {
	var text strings.Builder
	for len(g.lines) > 0 && strings.HasPrefix(g.lines[0]+" ", prefix) {
		text.WriteString(strings.TrimPrefix(g.take()+" ", prefix))
		text.WriteString("\n")
	}
	return strings.ReplaceAll(text.String(), " \n", "\n")
}

func (g *golden) need(part string) {
	finds := map[string]func() (*embed.Part, error){"runtime": embed.Runtime, "model": embed.Model, "reward": embed.Reward}
	find, known := finds[part]
	if !known {
		g.t.Fatalf("needs %s: known are runtime, model and reward", part)
	}
	if _, err := find(); err != nil {
		g.t.Skipf("needs %s: %v", part, err)
	}
}

// run carries out one command and appends what it said, in place of what the script expected.
func (g *golden) run(command string) {
	words, err := splitWords(strings.TrimPrefix(command, "$ workbench"))
	if err != nil {
		g.t.Fatalf("%s: %v", command, err)
	}
	stdin := g.takePrefixed("< ")
	for len(g.lines) > 0 && g.lines[0] != "" && !strings.HasPrefix(g.lines[0], "$ ") && !strings.HasPrefix(g.lines[0], "#") {
		g.lines = g.lines[1:]
	}
	var stdout, stderr bytes.Buffer
	a := &app{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
		verbs: commands, getenv: goldenEnv, now: time.Now, id: "01J00000000000000000000000",
	}
	code := a.run(g.t.Context(), words)
	g.say("", stdout.String())
	g.say("! ", stderr.String())
	if code != ok {
		g.out = append(g.out, "[exit "+string(rune('0'+code))+"]")
	}
}

// goldenEnv is the environment of golden scripts: only what a test run needs to find things.
func goldenEnv(key string) string {
	if key == "HOME" {
		return "home"
	}
	return ""
}

var (
	ids     = regexp.MustCompile(`\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b`)
	seconds = regexp.MustCompile(`\b\d+(\.\d+)?m?s\b`)
	times   = regexp.MustCompile(`\b20\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?\b`)
	rates   = regexp.MustCompile(`\b\d+(\.\d+)? tokens/s`)
)

func (g *golden) say(prefix, text string) {
	if text == "" {
		return
	}
	dir, err := os.Getwd()
	if err != nil {
		g.t.Fatal(err)
	}
	text = strings.ReplaceAll(text, dir, "<dir>")
	text = times.ReplaceAllString(text, "<time>")
	text = rates.ReplaceAllString(text, "<rate> tokens/s")
	text = seconds.ReplaceAllString(ids.ReplaceAllString(text, "<id>"), "<seconds>")
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case line == "":
			line = "." // an empty line would end the output
		case prefix == "" && strings.ContainsAny(line[:1], "#$"):
			line = "| " + line // and so would a comment or a command
		}
		g.out = append(g.out, strings.TrimRight(prefix+line, " "))
	}
}
