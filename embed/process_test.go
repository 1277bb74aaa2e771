package embed

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// raceSize is large enough that processes started together do meet in the cache.
const raceSize = 8 << 20

// TestMain lets this test binary play the other processes: with EMBED_RACE set it extracts into that
// cache, reports whether what it got is whole, and exits.
func TestMain(m *testing.M) {
	if cache := os.Getenv("EMBED_RACE"); cache != "" {
		os.Exit(extractForRace(cache))
	}
	os.Exit(m.Run())
}

func extractForRace(cache string) int {
	part := somePart(noise(raceSize, 10))
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		fmt.Println(err)
		return 1
	}
	path, err := part.Extract(context.Background(), cache)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if !part.files[0].intact(path) {
		fmt.Println("saw a file that is not whole")
		return 1
	}
	fmt.Println("done")
	return 0
}

// racer is one of the processes, waiting to be let go.
type racer struct {
	command *exec.Cmd
	out     *bufio.Reader
	release func() error
}

func startRacer(t *testing.T, cache string) *racer {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "EMBED_RACE="+cache)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	r := &racer{command, bufio.NewReader(stdout), func() error { _, err := stdin.Write([]byte("go\n")); return err }}
	if line, err := r.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("a process said %q (%v), want ready", line, err)
	}
	return r
}

// TestProcessesRace starts several processes at once on an empty cache, and kills two of them on the
// way: the others must all end with a whole file.
func TestProcessesRace(t *testing.T) {
	if testing.Short() {
		t.Skip("starts eight processes")
	}
	cache := t.TempDir()
	racers := make([]*racer, 8)
	for i := range racers {
		racers[i] = startRacer(t, cache)
	}
	for _, r := range racers {
		if err := r.release(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(10 * time.Millisecond)
	for _, victim := range racers[:2] {
		_ = victim.command.Process.Kill() // it may have finished already, which is fine too
		_ = victim.command.Wait()
	}
	for i, r := range racers[2:] {
		said, _ := r.out.ReadString('\n')
		if err := r.command.Wait(); err != nil || said != "done\n" {
			t.Errorf("process %d said %q and ended with %v, want done", i+2, strings.TrimSpace(said), err)
		}
	}
	part := somePart(noise(raceSize, 10))
	mustExtract(t, part, cache, noise(raceSize, 10))
	if left, _ := filepath.Glob(filepath.Join(cache, part.SHA256, ".*partial*")); left != nil {
		t.Errorf("temporary files are left: %v", left)
	}
}
