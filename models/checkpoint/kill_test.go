package checkpoint

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// killedVar asks the test binary to be the process that is killed; its value is where to write.
const killedVar = "CHECKPOINT_TEST_WRITE_UNTIL_KILLED"

// stateLength makes a file of 4 MB, long enough to be killed in.
const stateLength = 1 << 20

// writeUntilKilled writes one state after the other over the same path, each of one number only.
func writeUntilKilled(path string) {
	state := make([]float32, stateLength)
	for n := 1; ; n++ {
		for i := range state {
			state[i] = float32(n)
		}
		err := WriteSafetensors(path, []Named{{Name: "state", Shape: []int{stateLength}, Data: state}}, map[string]string{"n": fmt.Sprint(n)})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(n) // acknowledged
	}
}

func TestMain(m *testing.M) {
	if path := os.Getenv(killedVar); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

// A kill at any moment leaves a whole file: the last one that was acknowledged, or the next.
func TestKilledWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for a few seconds")
	}
	path := filepath.Join(t.TempDir(), "state.safetensors")
	interrupted := 0
	for round := range 12 {
		last := killAfter(t, path, time.Duration(3+7*round)*time.Millisecond)
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		interrupted += len(left)
		if err := Sweep(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		n := wholeState(t, path)
		if n != last && n != last+1 {
			t.Errorf("round %d: state %d is on disk, %d was acknowledged", round, n, last)
		}
		onlyThese(t, filepath.Dir(path), "state.safetensors")
	}
	if interrupted == 0 {
		t.Error("no write was interrupted in 12 rounds: the test proves nothing")
	}
}

// killAfter lets a process write, kills it some time after its first acknowledgement, and returns
// the last.
func killAfter(t *testing.T, path string, delay time.Duration) (last int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), killedVar+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatalf("the writer says %q", lines.Text())
		}
		if last == 1 {
			time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed: the error says so
	return last
}

// wholeState opens the file, checks that all its numbers belong together, and returns which they are.
func wholeState(t *testing.T, path string) (n int) {
	t.Helper()
	f := mustRead(t, path)
	if _, err := fmt.Sscan(f.Metadata()["n"], &n); err != nil {
		t.Fatal(err)
	}
	state := make([]float32, stateLength)
	if err := f.Read("state", state); err != nil {
		t.Fatal(err)
	}
	for i, x := range state {
		if x != float32(n) {
			t.Fatalf("number %d of state %d is %g", i, n, x)
		}
	}
	return n
}
