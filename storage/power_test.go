package storage

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// TestPowerLoss loses everything since the last sync. Killing a process does not: what it had written
// is in the kernel's memory, and reaches the disk. So a copy of the program, in which every sync of
// Badger's also copies what it syncs into a second folder (testdata/disk.go.txt), writes and is killed,
// and the second folder is what the disk would have after the power went. Everything that was
// acknowledged must be there, whatever else the disk has of what was not synced yet.
//
// Without synchronous writes the same test must miss something, or it would show nothing.
func TestPowerLoss(t *testing.T) {
	if dir := os.Getenv("STORAGE_TEST_POWER"); dir != "" {
		writeUntilPowerFails(t, dir, os.Getenv("STORAGE_TEST_ROUND"))
		return
	}
	program := buildForgetful(t)
	random := rand.New(rand.NewPCG(7, 8))
	rounds := 2 // or as often as $WORKBENCH_KILLS says (make soak)
	if testing.Short() {
		rounds = 1
	}
	if text := os.Getenv("WORKBENCH_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("WORKBENCH_KILLS is %q, and is how often the power goes", text)
		}
		rounds = n
	}
	t.Run("synchronous", func(t *testing.T) {
		dir, acknowledged, looked := t.TempDir(), []string(nil), 0
		for round := range rounds {
			lost := cutPower(t, program, dir, round, 200+random.IntN(1500), true)
			acknowledged = append(acknowledged, lost.acknowledged...)
			for _, how := range aftermaths {
				t.Run(fmt.Sprintf("round %d, %s", round, how.name), func(t *testing.T) {
					after := lost.disk(t, random, how)
					if missing := missingAfter(t, after, acknowledged); len(missing) > 0 {
						t.Errorf("%d of %d acknowledged records are gone, such as %s", len(missing), len(acknowledged), missing[0])
					}
					looked++
				})
			}
			dir = lost.disk(t, random, aftermaths[0]) // the next writer goes on with that
		}
		t.Logf("%d acknowledged records looked for on %d disks after %d losses", len(acknowledged), looked, rounds)
	})
	t.Run("not synchronous", func(t *testing.T) {
		lost := cutPower(t, program, t.TempDir(), 0, 500, false)
		missing := missingAfter(t, lost.disk(t, random, aftermaths[0]), lost.acknowledged)
		if len(missing) == 0 {
			t.Errorf("nothing of %d records is gone although nothing was synced: this test cannot see a loss", len(lost.acknowledged))
		}
		t.Logf("%d of %d acknowledged records are gone", len(missing), len(lost.acknowledged))
	})
}

// buildForgetful builds this package's tests with the disk of testdata/disk.go.txt in Badger: with
// changed copies of the modules, which a go.mod of its own puts in their place.
func buildForgetful(t *testing.T) (program string) {
	t.Helper()
	into := t.TempDir()
	mod, err := os.ReadFile(strings.TrimSpace(goTool(t, "env", "GOMOD")))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(filepath.Dir(strings.TrimSpace(goTool(t, "env", "GOMOD"))), "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for i, module := range []string{"github.com/dgraph-io/badger/v4", "github.com/dgraph-io/ristretto/v2"} {
		changed := filepath.Join(into, fmt.Sprint(i))
		source := strings.TrimSpace(goTool(t, "list", "-m", "-f", "{{.Dir}}", module))
		if err := os.CopyFS(changed, os.DirFS(source)); err != nil {
			t.Fatal(err)
		}
		mod = fmt.Appendf(mod, "\nreplace %s => %s\n", module, changed)
		for _, s := range syncs {
			if s.module == module {
				s.change(t, changed)
			}
		}
	}
	disk, err := os.ReadFile("testdata/disk.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, into, map[string]string{"1/z/disk.go": string(disk), "changed.mod": string(mod), "changed.sum": string(sums)})
	program = filepath.Join(into, "forgetful")
	goTool(t, "test", "-c", "-vet=off", "-trimpath", "-modfile", filepath.Join(into, "changed.mod"), "-o", program, ".")
	return program
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	var errs strings.Builder
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &errs)
	}
	return string(out)
}

// syncing is a place where Badger makes something durable.
type syncing struct {
	module, file string
	imports      bool // it does not import z yet
	before       string
	put          string // in front of it
}

// syncs are all of them. One that is missing here makes the test fail: what it syncs would not be on
// the disk.
var syncs = []syncing{
	{"github.com/dgraph-io/ristretto/v2", "z/file.go", false, "\treturn Msync(m.Data)\n", "\tif m.Fd != nil {\n\t\tDiskFile(m.Fd.Name())\n\t}\n"},
	{"github.com/dgraph-io/ristretto/v2", "z/file.go", false, "\tif err := df.Sync(); err != nil {\n", "\tDiskDir(dir)\n"},
	{"github.com/dgraph-io/badger/v4", "table/table.go", false, "\tif err := z.Msync(mf.Data); err != nil {\n", "\tz.DiskFile(fname)\n"},
	{"github.com/dgraph-io/badger/v4", "manifest.go", true, " return f.Sync() }", " z.DiskFile(f.Name());"},
	{"github.com/dgraph-io/badger/v4", "manifest.go", false, "\tif err := fp.Sync(); err != nil {\n", "\tz.DiskFile(rewritePath)\n"},
	{"github.com/dgraph-io/badger/v4", "dir_unix.go", true, "\terr = f.Sync()\n", "\tz.DiskDir(dir)\n"},
	// This one is written with O_DSYNC.
	{"github.com/dgraph-io/badger/v4", "key_registry.go", true, "\tif err = fp.Close(); err != nil {\n\t\treturn y.Wrapf(err, \"Error while closing tmp file", "\tz.DiskFile(tmpPath)\n"},
}

// change puts the disk in front of a sync, in a copy of the module.
func (s syncing) change(t *testing.T, folder string) {
	t.Helper()
	name := filepath.Join(folder, s.file)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), s.before); n != 1 {
		t.Fatalf("%s of %s has the text %q %d times, and this test knows it once: Badger has changed, look at its syncs anew", s.file, s.module, s.before, n)
	}
	changed := strings.Replace(string(text), s.before, s.put+s.before, 1)
	if s.imports {
		changed = strings.Replace(changed, "import (\n", "import (\n\t\"github.com/dgraph-io/ristretto/v2/z\"\n", 1)
	}
	if err := errors.Join(os.Chmod(name, 0o600), os.WriteFile(name, []byte(changed), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// loss is what a killed writer left: the folder as the kernel has it, and the disk.
type loss struct {
	store, folder string
	acknowledged  []string
}

// cutPower lets a writer go on with a data folder and kills it after some acknowledgements.
func cutPower(t *testing.T, program, dir string, round, after int, synchronous bool) loss {
	t.Helper()
	store, disk := filepath.Join(dir, storeFolder), t.TempDir()
	if err := os.MkdirAll(store, 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-test.run=^TestPowerLoss$")
	command.Env = append(os.Environ(), "STORAGE_TEST_POWER="+dir, fmt.Sprintf("STORAGE_TEST_ROUND=%d", round),
		"STORAGE_TEST_STORE="+store, "STORAGE_TEST_DISK="+disk)
	if !synchronous {
		command.Env = append(command.Env, "STORAGE_TEST_FORGET=1")
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if line := scanner.Text(); strings.HasPrefix(line, "ack ") && strings.HasSuffix(line, ".") { // not cut by the kill
			lines = append(lines, line)
		} else {
			t.Logf("writer: %s", line)
		}
		if len(lines) == after {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := command.Wait(); err == nil || len(lines) < after {
		t.Fatalf("the writer ended by itself after %d acknowledgements, before it was killed", len(lines))
	}
	return loss{store, disk, lines}
}

// writeUntilPowerFails writes from several goroutines and prints a line for each batch only after it
// was acknowledged. Sizes are small, so that logs are replaced and tables written and merged meanwhile.
func writeUntilPowerFails(t *testing.T, dir, round string) {
	synchronous := os.Getenv("STORAGE_TEST_FORGET") == ""
	s, err := Open(dir, Options{tune: func(o badger.Options) badger.Options {
		if !synchronous {
			return o.WithSyncWrites(false)
		}
		return o.WithMemTableSize(1 << 20).WithValueThreshold(32 << 10).WithValueLogFileSize(1 << 20).WithBaseTableSize(1 << 18).WithBaseLevelSize(1 << 20)
	}})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for w := range 6 {
		all.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", round, w, i)
				b := &Batch{}
				b.PutInstance(Instance{ID: id, Error: powerContent(i)})
				b.PutDraft(Draft{Lease: id})
				if i > 0 {
					b.DeleteDraft(fmt.Sprintf("%s-%d-%d", round, w, i-1))
				}
				b.Append(Event{Time: noon, Kind: "answered", Object: id})
				for err := s.Commit(b); err != nil; err = s.Commit(b) {
					if !errors.Is(err, ErrFull) {
						t.Error(err)
						return
					}
					fmt.Fprintf(os.Stdout, "full %s\n", id)
					time.Sleep(10 * time.Millisecond)
				}
				// one write call a line, so that lines of several goroutines do not mix
				fmt.Fprintf(os.Stdout, "ack %s %d .\n", id, i)
			}
		})
	}
	all.Wait()
}

// powerContent is a record of up to 4,000 bytes; every fiftieth goes to the value log.
func powerContent(i int) string {
	if i%50 == 49 {
		return strings.Repeat(fmt.Sprint(i%10), 40_000+i)
	}
	return strings.Repeat(fmt.Sprint(i%10), 1+i*977%4_000)
}

// missingAfter opens a data folder and lists the acknowledgements that it does not keep. The log of
// events must be whole, and every batch, acknowledged or not, whole or absent.
func missingAfter(t *testing.T, dir string, acknowledged []string) (missing []string) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if n, err := s.VerifyEvents(); err != nil {
		t.Errorf("the log of events, at entry %d: %v", n, err)
	}
	events, instances := map[string]bool{}, map[string]string{}
	if err := s.EachEvent(0, func(e Event) error { events[e.Object] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.EachInstance("", "", func(i Instance) error { instances[i.ID] = i.Error; return nil }); err != nil {
		t.Fatal(err)
	}
	for id := range instances {
		if !events[id] {
			t.Errorf("batch %s is there by half: it has no event", id)
		}
	}
	for id := range events {
		if _, is := instances[id]; !is {
			t.Errorf("batch %s is there by half: it has only its event", id)
		}
	}
	for _, line := range acknowledged {
		var id string
		var i int
		if _, err := fmt.Sscanf(line, "ack %s %d .", &id, &i); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if instances[id] != powerContent(i) {
			missing = append(missing, line)
		}
	}
	return missing
}
