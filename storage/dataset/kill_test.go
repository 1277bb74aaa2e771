package dataset

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"workbench/storage"
)

// TestKillInTheMiddleOfAnImport kills a process that imports, at various moments, and holds that a
// name is there with all of its data or not at all, and that nothing unfinished stays.
func TestKillInTheMiddleOfAnImport(t *testing.T) {
	if dir := os.Getenv("DATASET_TEST_KILL"); dir != "" {
		importUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	r, closeBoth := openRegister(t, dir)
	bring(t, r, "before", "b.jsonl", `{"a":0}`)
	closeBoth()
	for _, after := range []int{1, 2, 30, 200} {
		killAnImport(t, dir, after)
		r, closeBoth := openRegister(t, dir)
		for _, path := range tree(t, r) {
			if strings.HasPrefix(path, hidden) {
				t.Errorf("killed after %d lines: %s is still there", after, path)
			}
		}
		all, err := r.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			text := strings.TrimSuffix(export(t, r, Export{Name: d.Name, Format: JSONL}), "\n") // which checks the digest
			if n := strings.Count(text, "\n") + 1; n != d.Records || d.Name == "endless" {
				t.Errorf("killed after %d lines: %s has %d records and %d lines", after, d.Name, d.Records, n)
			}
		}
		if len(all) < 1 || all[0].Name != "before" {
			t.Errorf("killed after %d lines: the register has %v", after, all)
		}
		closeBoth()
	}
}

// killAnImport starts a process that imports, and kills it when it has said so many lines.
func killAnImport(t *testing.T, dir string, after int) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKillInTheMiddleOfAnImport$")
	command.Env = append(os.Environ(), "DATASET_TEST_KILL="+dir)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines++; lines == after {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := command.Wait(); err == nil || lines < after {
		t.Errorf("the importer said %d lines and ended by itself: %v", lines, err)
	}
}

// importUntilKilled imports small files over and over, and one without an end, saying a line at each
// step.
func importUntilKilled(t *testing.T, dir string) {
	store, err := storage.Open(dir, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRegister(store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		const line = `{"a":1}` + "\n"
		at := 0
		endless := readerFunc(func(p []byte) (int, error) {
			fmt.Fprintln(os.Stdout, "read")
			for i := range p {
				p[i] = line[(at+i)%len(line)]
			}
			at += len(p)
			return len(p), nil
		})
		_, err := r.Import(t.Context(), Import{Name: "endless", Source: "x.jsonl", From: io.Reader(endless)})
		fmt.Fprintln(os.Stdout, "the endless import ended:", err)
	}()
	for i := 0; ; i++ {
		text := strings.Repeat(fmt.Sprintf(`{"a":%d}`+"\n", i), 100)
		_, err := r.Import(t.Context(), Import{Name: "short", Source: "x.jsonl", From: strings.NewReader(text), Replace: true})
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprintln(os.Stdout, "imported", i)
	}
}
