package storage

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workbench/storage/storagetest"
)

func open(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storagetest.Store { return open(t, t.TempDir(), Options{}) })
}

func TestFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	open(t, dir, Options{})
	for _, path := range []string{dir, filepath.Join(dir, storeFolder)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %o, want 700", path, info.Mode().Perm())
		}
	}
}

func TestWhatIsWrittenIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.PutRun("A", []byte("run")); err != nil {
		t.Fatal(err)
	}
	if err := s.LogEntry("A", "metric", 1, "loss", []byte("0.5")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRun("B", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("writing after Close: got %v, want ErrClosed", err)
	}
	if _, err := s.GetRun("A"); !errors.Is(err, ErrClosed) {
		t.Errorf("reading after Close: got %v, want ErrClosed", err)
	}
	for _, readOnly := range []bool{true, false} {
		s := open(t, dir, Options{ReadOnly: readOnly})
		if got, err := s.GetEntry("A", "metric", 1, "loss"); err != nil || string(got) != "0.5" {
			t.Errorf("read only %v: a logged entry after Close: got %q, %v", readOnly, got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading an empty folder: got %v, want fs.ErrNotExist", err)
	}
	s := open(t, dir, Options{})
	if err := s.PutRun("A", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	one, two := open(t, dir, Options{ReadOnly: true}), open(t, dir, Options{ReadOnly: true})
	for i, s := range []*Store{one, two} {
		if got, err := s.GetRun("A"); err != nil || string(got) != "1" {
			t.Errorf("reader %d: got %q, %v", i, got, err)
		}
	}
	_, register := one.PutModel(Model{Name: "m", Kind: BaseModel, Digest: "d"})
	for what, err := range map[string]error{
		"PutRun": one.PutRun("B", nil), "PutEntry": one.PutEntry("A", "metric", 0, "", nil),
		"LogEntry": one.LogEntry("A", "metric", 0, "", nil), "PutModel": register,
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s on a reader: got %v, want ErrReadOnly", what, err)
		}
	}
}

func TestLockedFolderSaysWhoAndWhatToDo(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	for _, o := range []Options{{}, {ReadOnly: true}} {
		_, err := Open(dir, o)
		if !errors.Is(err, ErrLocked) {
			t.Fatalf("opening a folder twice with %+v: got %v, want ErrLocked", o, err)
		}
		for _, want := range []string{dir, "process ", "--data"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		}
	}
}

func TestNewerFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{Binary: "1.0"})
	newer, err := json.Marshal(schema{schemaVersion + 1, "9.9"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.put(write{key: []byte(schemaKey), value: newer}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{}, {ReadOnly: true}} {
		_, err := Open(dir, o)
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "9.9") || !strings.Contains(err.Error(), dir) {
			t.Errorf("opening a newer folder with %+v: got %v, want ErrNewer with the folder and 9.9", o, err)
		}
	}
}

func TestFullDiskRefusesAndGoesOn(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.LogEntry("A", "metric", 0, "loss", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	room := s.commit.free
	full := make(chan bool, 1)
	full <- true
	s.commit.free = func() (uint64, error) {
		isFull := <-full
		full <- isFull
		if isFull {
			return 1 << 20, nil
		}
		return room()
	}
	if err := s.LogEntry("A", "metric", 1, "loss", []byte("2")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRun("A", []byte("1")); !errors.Is(err, ErrFull) {
		t.Errorf("writing to a full disk: got %v, want ErrFull", err)
	}
	if err := s.Sync(); !errors.Is(err, ErrFull) {
		t.Errorf("sync on a full disk: got %v, want ErrFull", err)
	}
	<-full
	full <- false
	if err := s.PutRun("A", []byte("2")); err != nil {
		t.Errorf("writing when there is room again: %v", err)
	}
	if got, err := s.GetEntry("A", "metric", 1, "loss"); err != nil || string(got) != "2" {
		t.Errorf("what was logged while the disk was full: got %q, %v", got, err)
	}
}

func TestRecordTooLarge(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.PutRun("A", make([]byte, maxRecord+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a record beyond the limit: got %v, want ErrTooLarge", err)
	}
	if err := s.LogEntry("A", "metric", 0, strings.Repeat("n", maxName+1), nil); err == nil {
		t.Error("a name beyond the limit: got no error")
	}
	if err := s.PutRun("A", []byte("1")); err != nil {
		t.Errorf("writing after a refusal: %v", err)
	}
}

func TestLoggedRecordsReachTheDiskWithinASecond(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.LogEntry("A", "metric", 0, "loss", []byte("1")); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * flushEvery)
	for time.Now().Before(deadline) {
		// s.get does not flush
		if _, err := s.get(entryKey("A", "metric", 0, "loss")); err == nil {
			return
		}
		time.Sleep(flushEvery / 20)
	}
	t.Error("a logged record was not written by itself")
}

func TestModels(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if _, err := s.Model("base"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a model that is not there: got %v, want fs.ErrNotExist", err)
	}
	put := func(name, digest string) Model {
		t.Helper()
		m, err := s.PutModel(Model{Name: name, Kind: AdapterModel, Base: "embedded", Digest: digest})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	put("a/b", "1")
	put("a", "2")
	put("embedded:int8", "3")
	again, moved := put("a", "2"), put("a", "4")
	if again.Version != 1 || moved.Version != 2 {
		t.Errorf("versions of a: registering the same gave %d, another gave %d; want 1 and 2", again.Version, moved.Version)
	}
	if m, err := s.Model("a"); err != nil || m.Digest != "4" || m.Created.IsZero() {
		t.Errorf("what a means now: got %+v, %v, want digest 4", m, err)
	}
	history, err := s.ModelHistory("a")
	if err != nil || len(history) != 2 || history[0].Digest != "2" {
		t.Errorf("history of a: got %+v, %v, want digests 2 and 4", history, err)
	}
	all, err := s.Models()
	var names []string
	for _, m := range all {
		names = append(names, m.Name+" "+m.Digest)
	}
	if got, want := strings.Join(names, ", "), "a 4, a/b 1, embedded:int8 3"; err != nil || got != want {
		t.Errorf("models: got %s, %v, want %s", got, err, want)
	}
	for _, bad := range []Model{{}, {Name: "m", Kind: "odd", Digest: "d"}, {Name: "m", Kind: BaseModel}} {
		if _, err := s.PutModel(bad); err == nil {
			t.Errorf("registering %+v: got no error", bad)
		}
	}
}

// TestColdOpen measures in a process of its own, because a warm one has Badger's pools.
func TestColdOpen(t *testing.T) {
	if os.Getenv("STORAGE_TEST_OPEN") != "" {
		start := time.Now()
		s, err := Open(os.Getenv("STORAGE_TEST_OPEN"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("open took %v", took)
		if took > 2*time.Second {
			t.Errorf("open took %v, want well below 2 s", took)
		}
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestColdOpen$", "-test.v")
	command.Env = append(os.Environ(), "STORAGE_TEST_OPEN="+t.TempDir())
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
