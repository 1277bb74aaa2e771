package storage

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// TestKill kills a process that writes, at random moments, and looks for everything that it had
// said was written. Kill -9 does not empty the page cache, so this shows that acknowledged records
// have left the process; that they reach the disk is SyncWrites' part.
func TestKill(t *testing.T) {
	if dir := os.Getenv("STORAGE_TEST_KILL"); dir != "" {
		writeUntilKilled(t, dir, os.Getenv("STORAGE_TEST_ROUND"))
		return
	}
	dir, random := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	var acknowledged []string
	for round := range 4 {
		acknowledged = append(acknowledged, killAWriter(t, dir, round, 50+random.IntN(400))...)
		// A reader must manage with the half-written end that the dead writer left; so must a writer.
		s := open(t, dir, Options{ReadOnly: round%2 == 0})
		for _, line := range acknowledged {
			checkAcknowledged(t, s, line)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged records looked for after 4 kills", len(acknowledged))
}

// killAWriter kills a writer after some acknowledgements and returns all that it made.
func killAWriter(t *testing.T, dir string, round, after int) []string {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKill$")
	command.Env = append(os.Environ(), "STORAGE_TEST_KILL="+dir, fmt.Sprintf("STORAGE_TEST_ROUND=%d", round))
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if strings.HasPrefix(scanner.Text(), "ack ") {
			lines = append(lines, scanner.Text())
		} else {
			t.Logf("writer: %s", scanner.Text())
		}
		if len(lines) == after {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := command.Wait(); err == nil {
		t.Error("the writer ended by itself, before it was killed")
	}
	return lines
}

// writeUntilKilled writes runs and entries from several goroutines and prints a line for each only
// after the store has acknowledged it.
func writeUntilKilled(t *testing.T, dir, round string) {
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				run := fmt.Sprintf("R%s-%d", round, w)
				write := func() error { return s.PutRun(fmt.Sprintf("%s-%d", run, i), []byte(content(i))) }
				kind := "run"
				if i%3 == 1 {
					kind = "put"
					write = func() error { return s.PutEntry(run, "metric", int64(i), "m", []byte(content(i))) }
				}
				if i%3 == 2 {
					kind = "log"
					write = func() error {
						if err := s.LogEntry(run, "metric", int64(i), "m", []byte(content(i))); err != nil {
							return err
						}
						return s.Sync()
					}
				}
				if err := write(); err != nil {
					t.Error(err)
					return
				}
				// one write call a line, so that lines of several goroutines do not mix
				fmt.Fprintf(os.Stdout, "ack %s %s %d\n", kind, run, i)
			}
		})
	}
	all.Wait()
}

func checkAcknowledged(t *testing.T, s *Store, line string) {
	t.Helper()
	var kind, run string
	var i int
	if _, err := fmt.Sscanf(line, "ack %s %s %d", &kind, &run, &i); err != nil {
		return // the line itself was cut by the kill: nobody has read an acknowledgement
	}
	got, err := s.GetEntry(run, "metric", int64(i), "m")
	if kind == "run" {
		got, err = s.GetRun(fmt.Sprintf("%s-%d", run, i))
	}
	if err != nil || string(got) != content(i) {
		t.Errorf("%s: %d bytes, %v after the kill, want %d bytes", line, len(got), err, len(content(i)))
	}
}

// content is a record of 1 to 40,000 bytes; every hundredth goes to the value log.
func content(i int) string {
	if i%100 == 99 {
		return strings.Repeat("v", valueThreshold+i)
	}
	return strings.Repeat(fmt.Sprint(i%10), 1+i*977%40_000)
}
