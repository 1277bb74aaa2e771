package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// filled makes a data folder with records of every size and files of every kind.
func filled(t *testing.T, dir string) *Store {
	t.Helper()
	s := open(t, dir, Options{Binary: "2.0", Now: func() time.Time { return noon }})
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		commit(t, s, func(b *Batch) {
			b.PutInstance(Instance{ID: InstanceID(flowA, i), Error: strings.Repeat("ä", random.IntN(2000))})
			b.Append(Event{Time: noon, Kind: "answered", Actor: "p", Object: TaskID(InstanceID(flowA, i), 1)})
		})
	}
	commit(t, s, func(b *Batch) {
		b.PutText(Text{SHA256: "large", Text: strings.Repeat("v", valueThreshold+1)})
		b.PutDataset(Dataset{Name: "books", Path: "datasets/books.jsonl"})
		b.PutDataset(Dataset{Name: "collected"})
	})
	for _, m := range []Model{
		{Name: "one", Kind: BaseModel, Path: "models/aa", Digest: "aa"},
		{Name: "one/é", Kind: AdapterModel, Path: "runs/01/models/x", Digest: "bb"},
	} {
		if _, err := s.PutModel(m); err != nil {
			t.Fatal(err)
		}
	}
	noise := make([]byte, 3*maxPiece/2)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	writeFiles(t, dir, map[string]string{
		"datasets/books.jsonl":             "{}\n",
		"datasets/empty":                   "",
		"models/aa/model.safetensors":      string(noise),
		"models/aa/with space é.json":      "{}",
		"runs/01/models/x/adapter":         strings.Repeat("0123456789", 1000),
		"runs/01/checkpoints/5/piece":      string(noise[:maxPiece]),
		"models/.import-1/half":            "not this",
		"runs/01/checkpoints/6.part/piece": "not this",
		"datasets/.hidden":                 "not this",
		"datasets/half.part":               "not this",
		"server.json":                      "not this",
		"other/file":                       "not this",
	})
	return s
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func backup(t *testing.T, s *Store) ([]byte, BackupInfo) {
	t.Helper()
	var text bytes.Buffer
	info, err := s.Backup(t.Context(), &text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text.Bytes(), info
}

// contents reads all of a store, and the files that belong to it.
func contents(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.scan(nil, false, nil, func(key, value []byte) error {
		all["record "+string(key)] = string(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range backedUp {
		err := filepath.WalkDir(filepath.Join(s.dir, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || strings.Contains(name, "/.") || strings.Contains(name, ".part") {
				return err
			}
			text, err := os.ReadFile(name)
			all["file "+strings.TrimPrefix(name, s.dir+"/")] = string(text)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return all
}

func checkSame(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s has %d bytes %.60q, want %d bytes %.60q", name, len(got[name]), got[name], len(text), text)
		}
	}
	for name := range got {
		if _, is := want[name]; !is {
			t.Errorf("%s is there, and was not before", name)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	s := filled(t, t.TempDir())
	want := contents(t, s)
	var told int64
	var written bytes.Buffer
	info, err := s.Backup(t.Context(), &written, func(bytes int64) { told += bytes })
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for name, text := range want {
		size += int64(len(strings.TrimPrefix(name, "record ")) + len(text))
		if strings.HasPrefix(name, "file ") {
			size -= int64(len(name))
		}
	}
	wantInfo := BackupInfo{Schema: schemaVersion, Binary: "2.0", Created: noon, Records: 126, Events: 60, Files: 6, Bytes: size}
	if fmt.Sprint(info) != fmt.Sprint(wantInfo) || told != size {
		t.Errorf("it says %+v and told of %d bytes, want %+v", info, told, wantInfo)
	}
	if verified, err := VerifyBackup(t.Context(), bytes.NewReader(written.Bytes())); err != nil || fmt.Sprint(verified) != fmt.Sprint(info) {
		t.Errorf("VerifyBackup: got %+v, %v, want %+v", verified, err, info)
	}
	for _, there := range []bool{false, true} {
		into := filepath.Join(t.TempDir(), "a", "data")
		if there {
			if err := os.MkdirAll(into, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		restored, err := Restore(t.Context(), bytes.NewReader(written.Bytes()), into, Options{})
		if err != nil || fmt.Sprint(restored) != fmt.Sprint(info) {
			t.Fatalf("Restore: got %+v, %v, want %+v", restored, err, info)
		}
		again := open(t, into, Options{})
		checkSame(t, contents(t, again), want)
		if n, err := again.VerifyEvents(); n != 60 || err != nil {
			t.Errorf("events of the restored: got %d, %v, want 60", n, err)
		}
		if stat, err := os.Stat(into); err != nil || stat.Mode().Perm() != 0o700 {
			t.Errorf("mode of the restored: %v, %v, want 700", stat.Mode(), err)
		}
		commit(t, again, func(b *Batch) { b.Append(Event{Time: noon, Kind: "started"}) })
		if n, err := again.VerifyEvents(); n != 61 || err != nil {
			t.Errorf("events after one more: got %d, %v, want 61", n, err)
		}
		checkAlone(t, into)
	}
}

// checkAlone looks for what a restore left beside the folder.
func checkAlone(t *testing.T, dir string) {
	t.Helper()
	beside, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range beside {
		if entry.Name() != filepath.Base(dir) {
			t.Errorf("%s was left beside the folder", entry.Name())
		}
	}
}

// TestBackupWhileOthersWrite: what is in it held together at one moment.
func TestBackupWhileOthersWrite(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	stop, writers := make(chan struct{}), sync.WaitGroup{}
	for w := range 3 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				b := &Batch{}
				id := fmt.Sprintf("%d-%06d", w, i)
				b.PutFlow(Flow{ID: id})
				b.PutText(Text{SHA256: id})
				b.Append(Event{Time: noon, Kind: "started", Object: id})
				if err := s.Commit(b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for round := range 3 {
		text, info := backup(t, s)
		into := filepath.Join(t.TempDir(), "data")
		if _, err := Restore(t.Context(), bytes.NewReader(text), into, Options{}); err != nil {
			t.Fatal(err)
		}
		r := open(t, into, Options{ReadOnly: true})
		flows, err := r.Flows()
		if err != nil || len(flows) != int(info.Events) || info.Records != 3*len(flows)+1 {
			t.Errorf("round %d: %d flows, %v, %d events, %d records; want as many flows as events and three records each, and one",
				round, len(flows), err, info.Events, info.Records)
		}
		for _, f := range flows {
			if _, err := r.Text(f.ID); err != nil {
				t.Errorf("round %d: flow without its text: %v", round, err)
			}
		}
	}
	close(stop)
	writers.Wait()
}

// TestBackupHasWhatWasLogged: a record that waits for its second is in it.
func TestBackupHasWhatWasLogged(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.LogEntry("A", "metric", 1, "loss", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if _, info := backup(t, s); info.Records != 2 {
		t.Errorf("got %d records, want 2", info.Records)
	}
}

func TestBackupOfReader(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, info := backup(t, open(t, dir, Options{ReadOnly: true}))
	if got, err := VerifyBackup(t.Context(), bytes.NewReader(text)); err != nil || got.Records != info.Records || got.Files != 6 {
		t.Errorf("got %+v, %v, want %d records and 6 files", got, err, info.Records)
	}
}

func TestBackupNamesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	s := filled(t, dir)
	for _, err := range []error{
		os.Remove(filepath.Join(dir, "datasets/books.jsonl")),
		os.RemoveAll(filepath.Join(dir, "runs/01/models")),
		os.Symlink("/etc/hostname", filepath.Join(dir, "models/link")),
		os.WriteFile(filepath.Join(dir, "models/\xff"), nil, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	text, info := backup(t, s)
	want := []string{"datasets/books.jsonl", "models/link", "models/\xff", "runs/01/models/x"}
	slices.Sort(want)
	if !slices.Equal(info.Missing, want) {
		t.Errorf("missing are %q, want %q", info.Missing, want)
	}
	into := filepath.Join(t.TempDir(), "data")
	if restored, err := Restore(t.Context(), bytes.NewReader(text), into, Options{}); err != nil || len(restored.Missing) != len(want) {
		t.Errorf("restored it says %q, %v, want %q", restored.Missing, err, want)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "models")), os.Symlink(t.TempDir(), filepath.Join(dir, "models"))); err != nil {
		t.Fatal(err)
	}
	if _, info := backup(t, s); !slices.Contains(info.Missing, "models") || !slices.Contains(info.Missing, "models/aa") {
		t.Errorf("with a link in place of models, missing are %q, want models and models/aa among them", info.Missing)
	}
}

func TestBackupFails(t *testing.T) {
	s := filled(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, io.Discard, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("when it is stopped: got %v, want context.Canceled", err)
	}
	full := errors.New("no room")
	for _, after := range []int{0, 20, 1000, 1_200_000} {
		if _, err := s.Backup(t.Context(), &failing{after, full}, nil); !errors.Is(err, full) {
			t.Errorf("into a writer that fails after %d bytes: got %v, want its error", after, err)
		}
	}
	if _, err := s.Backup(t.Context(), LeavingRoom(io.Discard, filepath.Join(s.dir, "none")), nil); err != nil {
		t.Errorf("where nobody knows how much room there is: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), io.Discard, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
}

type failing struct {
	left int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, f.err
	}
	return len(p), nil
}
