package storage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// versionOne copies a store that the first version of the program wrote (commit 6959f8d).
func versionOne(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/version-1")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkVersionOne looks for everything that is in it.
func checkVersionOne(t *testing.T, s *Store) {
	t.Helper()
	for i := range 3 {
		id := fmt.Sprintf("01J%023d", i)
		if got, err := s.GetRun(id); err != nil || string(got) != fmt.Sprintf(`{"name":"run %d"}`, i) {
			t.Errorf("run %d: got %s, %v", i, got, err)
		}
		n := 0
		err := s.EachEntry(id, "metric", 0, func(int64, string, []byte) error { n++; return nil })
		if err != nil || n != 20 {
			t.Errorf("metrics of run %d: got %d, %v, want 20", i, n, err)
		}
	}
	if got, err := s.GetEntry(fmt.Sprintf("01J%023d", 0), "samples", 5, "large/é"); err != nil || len(got) != 300_000 {
		t.Errorf("the large entry: got %d bytes, %v, want 300000", len(got), err)
	}
	history, err := s.ModelHistory("mine")
	if err != nil || len(history) != 2 || history[1].Digest != "bb" || history[1].Version != 2 {
		t.Errorf("history of the model: got %+v, %v, want digests aa and bb", history, err)
	}
}

func backups(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(dir, backupFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}

func TestVersionOneIsMigrated(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		t.Run(fmt.Sprintf("read only %v", readOnly), func(t *testing.T) {
			dir := versionOne(t)
			s := open(t, dir, Options{ReadOnly: readOnly, Binary: "2.0", Now: func() time.Time { return noon }})
			checkVersionOne(t, s)
			if found, err := s.readSchema(); err != nil || found != (schema{schemaVersion, "2.0"}) {
				t.Errorf("afterwards the store says %+v, %v, want version %d by 2.0", found, err, schemaVersion)
			}
			if n, err := s.VerifyEvents(); n != 0 || err != nil {
				t.Errorf("the log of events: got %d, %v, want an empty one", n, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("before-%d-20270304T120000.123Z.backup", schemaVersion)
			if got := backups(t, dir); len(got) != 1 || got[0] != name {
				t.Fatalf("backups: got %v, want %s", got, name)
			}
			again := open(t, dir, Options{})
			if got := backups(t, dir); len(got) != 1 {
				t.Errorf("after opening again there are backups %v, want the one", got)
			}
			if !readOnly {
				commit(t, again, func(b *Batch) { b.Append(Event{Time: noon, Kind: "started"}) })
			}
			checkBackupBefore(t, filepath.Join(dir, backupFolder, name))
		})
	}
}

// checkBackupBefore restores what was written before the migration.
func checkBackupBefore(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := VerifyBackup(t.Context(), bytes.NewReader(text))
	if err != nil || info.Schema != 1 || !info.RecordsOnly || info.Binary != "0.1" || info.Records != 67 {
		t.Errorf("the backup before: %+v, %v, want 67 records of version 1 by 0.1", info, err)
	}
	into := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), bytes.NewReader(text), into, Options{}); err != nil {
		t.Fatal(err)
	}
	checkVersionOne(t, open(t, into, Options{}))
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, %v, want 600", info.Mode(), err)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	odd := errors.New("this cannot be")
	write := func(key string) func(*Store, *Batch) error {
		return func(_ *Store, b *Batch) error { b.PutFlow(Flow{ID: key}); return nil }
	}
	for _, tt := range []struct {
		name    string
		list    []migration
		says    string
		version int      // afterwards
		flows   []string // afterwards
	}{
		{"an error", []migration{{1, "x", func(_ *Store, b *Batch) error { b.PutFlow(Flow{ID: "f"}); return odd }}}, "this cannot be", 1, nil},
		{"a record that cannot be written", []migration{{1, "x", func(_ *Store, b *Batch) error {
			b.PutFlow(Flow{ID: "f"})
			b.PutFlow(Flow{})
			return nil
		}}}, "has 0 bytes", 1, nil},
		{"too much at once", []migration{{1, "x", func(_ *Store, b *Batch) error {
			b.PutFlow(Flow{ID: "f"})
			for n := range 100 {
				b.PutText(Text{SHA256: fmt.Sprint(n), Text: strings.Repeat("x", 100_000)})
			}
			return nil
		}}}, "too big", 1, nil},
		{"the second of two", []migration{{1, "x", write("f")}, {2, "y", func(*Store, *Batch) error { return odd }}}, "from layout 2 to 3 (y)", 2, []string{"f"}},
		{"none", []migration{{1, "x", write("f")}, {2, "y", write("g")}}, "", 3, []string{"f", "g"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := versionOne(t)
			db, err := openBadger(filepath.Join(dir, storeFolder), Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := &Store{dir: dir, db: db, now: time.Now}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			err = s.migrate(schema{1, "0.1"}, tt.list, Options{Binary: "2.0"})
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if names := backups(t, dir); len(names) != 1 || err != nil && !strings.Contains(err.Error(), names[0]) {
				t.Errorf("backups %v; the error %v should name it", names, err)
			}
			if found, err := s.readSchema(); err != nil || found.Version != tt.version {
				t.Errorf("afterwards it says %+v, %v, want version %d", found, err, tt.version)
			}
			var flows []string
			all, err := s.Flows()
			for _, f := range all {
				flows = append(flows, f.ID)
			}
			if err != nil || strings.Join(flows, " ") != strings.Join(tt.flows, " ") {
				t.Errorf("afterwards there are flows %v, %v, want %v", flows, err, tt.flows)
			}
			checkVersionOne(t, s)
		})
	}
}

// TestNoBackupNoMigration makes the folder for backups impossible.
func TestNoBackupNoMigration(t *testing.T) {
	dir := versionOne(t)
	if err := os.WriteFile(filepath.Join(dir, backupFolder), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %v, want to hear that nothing was changed", err)
	}
	if err := os.Remove(filepath.Join(dir, backupFolder)); err != nil {
		t.Fatal(err)
	}
	checkVersionOne(t, open(t, dir, Options{}))
}

// TestMigrationsAreComplete: they lead from the first version to this one, without a gap.
func TestMigrationsAreComplete(t *testing.T) {
	for i, m := range migrations {
		if m.from != i+1 || m.name == "" || m.do == nil {
			t.Errorf("migration %d is %+v, want one from %d", i, m, i+1)
		}
	}
	if schemaVersion != len(migrations)+1 {
		t.Errorf("the version is %d, the migrations lead to %d", schemaVersion, len(migrations)+1)
	}
}

// TestUnknownVersionIsRefused: what was never written is not guessed at.
func TestUnknownVersionIsRefused(t *testing.T) {
	for _, text := range []string{`{"version":0}`, `{"version":-1}`, `{}`, `none`} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		if err := s.put(write{key: []byte(schemaKey), value: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("a store that says %s: got %v, want an error with the folder", text, err)
		}
	}
}
