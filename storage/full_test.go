//go:build linux

package storage

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onSmallDisk runs the body of the test in a process of its own on a file system of so many MB, which
// is gone with that process. Where the machine lets nobody make one, the test is skipped.
func onSmallDisk(t *testing.T, megabytes int, body func(t *testing.T, dir string)) {
	t.Helper()
	if dir := os.Getenv("STORAGE_TEST_SMALL"); dir != "" {
		if err := unix.Mount("small", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", megabytes)); err != nil {
			fmt.Println("no small disk:", err)
			os.Exit(unmounted)
		}
		body(t, dir)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), "STORAGE_TEST_SMALL="+t.TempDir())
	me := func(id int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: me(os.Getuid()), GidMappings: me(os.Getgid()),
	}
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		t.Logf("%s", out)
	case !errors.As(err, &exit):
		t.Skipf("this machine lets no ordinary process have a file system of its own: %v", err)
	case exit.ExitCode() == unmounted:
		t.Skipf("this machine lets no ordinary process mount a file system: %s", out)
	default:
		t.Errorf("%v\n%s", err, out)
	}
}

// unmounted is the exit code of a process that could not mount anything.
const unmounted = 77

// ballast fills a disk until so many bytes are left, and returns the file's name.
func ballast(t *testing.T, dir string, leave uint64) string {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	free, piece := diskFree(dir), make([]byte, 64<<10)
	for {
		left, err := free()
		if err != nil {
			t.Fatal(err)
		}
		if left <= leave {
			break
		}
		if _, err := f.Write(piece[:min(uint64(len(piece)), left-leave)]); errors.Is(err, unix.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// noise makes text that no compression makes smaller.
func noise(random *rand.Rand, bytes int) string {
	text := make([]byte, bytes)
	for i := range text {
		text[i] = '?' + byte(random.Uint32()%64)
	}
	return string(text)
}

// TestFullDisk fills a disk with records, then makes room and fills it again.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 150 MB")
	}
	onSmallDisk(t, (fullBelow>>20)+150, func(t *testing.T, dir string) {
		s := open(t, filepath.Join(dir, "data"), Options{})
		random, written := rand.New(rand.NewPCG(9, 10)), 0
		long := noise(random, 1<<20)
		text := func() string { at := random.IntN(len(long) - textSize); return long[at : at+textSize] }
		write := func() error {
			b := &Batch{}
			for n := range 10 { // some new, some over older ones, so that tables are merged
				b.PutText(Text{SHA256: fmt.Sprint(written*10 + n), Text: text()})
				b.PutText(Text{SHA256: fmt.Sprintf("again-%d", random.IntN(200)), Text: text()})
			}
			b.PutFlow(Flow{ID: fmt.Sprint(written)})
			b.Append(Event{Time: noon, Kind: "started", Object: fmt.Sprint(written)})
			return s.Commit(b)
		}
		fill := func() {
			t.Helper()
			// Merging tables gives some room back, so a disk is full only when it stays so.
			for full := 0; full < 20; {
				switch err := write(); {
				case errors.Is(err, ErrFull) && strings.Contains(err.Error(), "make room and go on"):
					full++
				case err != nil || written > 100_000:
					t.Fatalf("batch %d: got %v, want ErrFull sooner or later", written, err)
				default:
					written++
					full = 0
				}
			}
		}
		extra := ballast(t, dir, fullBelow+60<<20)
		fill()
		first := written
		checkWhole(t, s, written)
		if err := os.Remove(extra); err != nil {
			t.Fatal(err)
		}
		fill()
		if written == first {
			t.Error("with room again nothing was written")
		}
		checkWhole(t, s, written)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, open(t, filepath.Join(dir, "data"), Options{}), written)
		t.Logf("%d batches before and %d after room was made", first, written-first)
	})
}

const textSize = 30_000

// checkWhole looks for batches 0 to n-1 and nothing else.
func checkWhole(t *testing.T, s *Store, n int) {
	t.Helper()
	if events, err := s.VerifyEvents(); err != nil || int(events) != n {
		t.Errorf("the log has %d entries, %v, want %d", events, err, n)
	}
	flows, err := s.Flows()
	if err != nil || len(flows) != n {
		t.Errorf("%d batches are there, %v, want %d", len(flows), err, n)
	}
	for i := range n {
		for at := i * 10; at < i*10+10; at++ {
			if text, err := s.Text(fmt.Sprint(at)); err != nil || len(text.Text) != textSize {
				t.Errorf("text %d of batch %d: %d bytes, %v", at, i, len(text.Text), err)
			}
		}
	}
	if _, err := s.Text(fmt.Sprint(n * 10)); err == nil {
		t.Errorf("something of batch %d is there, which was refused", n)
	}
}

// TestDiskFilledByOthers takes every byte of the disk away from a process that writes, gives them back,
// and kills it. While there is none it refuses in words, or dies of what Badger has mapped; what it
// had acknowledged is there in either case.
func TestDiskFilledByOthers(t *testing.T) {
	onSmallDisk(t, fullBelow>>20+200, func(t *testing.T, disk string) {
		dir := filepath.Join(disk, "data")
		command := exec.Command(os.Args[0], "-test.run=^TestPowerLoss$")
		command.Env = append(os.Environ(), "STORAGE_TEST_POWER="+dir, "STORAGE_TEST_ROUND=0")
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		full, extra, killed := 0, "", false
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			switch line := scanner.Text(); {
			case strings.HasPrefix(line, "ack ") && strings.HasSuffix(line, "."):
				acknowledged = append(acknowledged, line)
			case strings.HasPrefix(line, "full "):
				full++
			default:
				t.Logf("writer: %s", line)
			}
			switch {
			case extra == "" && len(acknowledged) == 300:
				extra = ballast(t, disk, 0)
			case full == 20:
				full++ // once
				if err := os.Remove(extra); err != nil {
					t.Fatal(err)
				}
			case full > 20 && len(acknowledged) >= 800 && !killed:
				killed = true
				if err := command.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		err = command.Wait()
		if !killed {
			t.Logf("the writer died after %d acknowledgements and %d refusals: %v", len(acknowledged), full, err)
			if err := os.Remove(extra); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		if missing := missingAfter(t, dir, acknowledged); len(missing) > 0 {
			t.Errorf("%d of %d acknowledged records are gone, such as %s", len(missing), len(acknowledged), missing[0])
		}
		t.Logf("%d acknowledgements, %d refusals", len(acknowledged), full)
	})
}
