package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workbench/storage"
)

// typed types a command and returns what the program did.
func typed(t *testing.T, words ...string) (code exitCode, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		verbs: commands, getenv: goldenEnv, now: time.Now, id: "an-id",
	}
	code = a.run(t.Context(), words)
	return code, out.String(), errs.String()
}

// keptFolder is a data folder with a flow, an event and a file; the caller may close the store.
func keptFolder(t *testing.T) *storage.Store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := storage.Open(dir, storage.Options{Binary: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &storage.Batch{}
	b.PutFlow(storage.Flow{ID: "01F"})
	b.PutDataset(storage.Dataset{Name: "lost", Path: "datasets/lost"})
	b.Append(storage.Event{Time: time.Now(), Kind: "started", Object: "01F"})
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "models", "aa"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "models", "aa", "config.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// checkGone looks for what a failed backup left.
func checkGone(t *testing.T, file string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) > 0 {
		t.Errorf("beside %s there are %v, %v, want nothing", file, left, err)
	}
}

func TestBackupAndRestoreVerbs(t *testing.T) {
	s := keptFolder(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kept.backup")
	code, stdout, stderr := typed(t, "backup", file, "--data", s.Dir())
	if code != ok || !strings.Contains(stdout, "4 records (1 entry in the log of events) and 1 file") || !strings.Contains(stdout, `not in it: "datasets/lost"`) {
		t.Fatalf("backup: code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: mode %v, %v, want 600", info.Mode(), err)
	}
	code, stdout, _ = typed(t, "restore", "--verify", file, "--json")
	checkResult(t, "restore --verify", code, stdout, file)
	into := filepath.Join(t.TempDir(), "new", "data")
	code, stdout, _ = typed(t, "restore", file, "--data", into, "--json")
	checkResult(t, "restore", code, stdout, into)
	again, err := storage.Open(into, storage.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Flow("01F"); err != nil {
		t.Errorf("the flow in the restored folder: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = typed(t, "restore", file, "--data", into)
	if code != badInput || !strings.Contains(stderr, "not empty") || !strings.Contains(stderr, "next: name a new folder") {
		t.Errorf("into the same folder: code %d, stderr %s, want 2 and what to do", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = typed(t, "restore", file, "--data", into+"2")
	if code != badInput || !strings.Contains(stderr, "not a whole backup") {
		t.Errorf("half a backup: code %d, stderr %s, want 2 and what it is", code, stderr)
	}
	if _, err := os.Stat(into + "2"); !os.IsNotExist(err) {
		t.Errorf("half a backup left a folder: %v", err)
	}
}

func checkResult(t *testing.T, what string, code exitCode, stdout, path string) {
	t.Helper()
	var said struct {
		Status string
		Result backupResult
	}
	if err := json.Unmarshal([]byte(stdout), &said); err != nil {
		t.Fatalf("%s: code %d, stdout %s: %v", what, code, stdout, err)
	}
	r := said.Result
	if code != ok || said.Status != "ok" || r.Path != path || r.Size == 0 || r.Records != 4 || r.Events != 1 || r.Files != 1 || len(r.Missing) != 1 {
		t.Errorf("%s: code %d, %+v, want 4 records, 1 event, 1 file, and path %s", what, code, said, path)
	}
}

// TestBackupOfFolderInUse: whoever has the folder may be no server, or a dead one's successor.
func TestBackupOfFolderInUse(t *testing.T) {
	s := keptFolder(t)
	file := filepath.Join(t.TempDir(), "kept.backup")
	try := func(what string, says ...string) {
		t.Helper()
		code, _, stderr := typed(t, "backup", file, "--data", s.Dir())
		for _, want := range append(says, s.Dir(), "next: ") {
			if code == ok || !strings.Contains(stderr, want) {
				t.Errorf("%s: code %d, stderr %s, want %q", what, code, stderr, want)
			}
		}
		checkGone(t, file)
	}
	try("no server", fmt.Sprintf("process %d", os.Getpid()), "no server.json", "wait until it ends")
	if err := os.WriteFile(filepath.Join(s.Dir(), serverFileName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	try("half a file", "server.json", "start workbench serve again")
}

// serving is a server that has the store, as far as backups go.
func serving(t *testing.T, s *storage.Store, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	if err := writeServerFile(s.Dir(), serverFile{URL: server.URL, Key: "the-key", PID: os.Getpid()}); err != nil {
		t.Fatal(err)
	}
	return server
}

func TestBackupThroughServer(t *testing.T) {
	s := keptFolder(t)
	serving(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.URL.Path != "/api/backup" || r.Header.Get("Authorization") != "Bearer the-key" {
			http.Error(w, "not like this", http.StatusTeapot)
			return
		}
		if _, err := s.Backup(r.Context(), w, nil); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(t.TempDir(), "kept.backup")
	code, stdout, stderr := typed(t, "backup", file, "--data", s.Dir())
	if code != ok || !strings.Contains(stdout, "4 records") {
		t.Fatalf("code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	code, stdout, _ = typed(t, "restore", file, "--data", filepath.Join(t.TempDir(), "new"), "--json")
	if code != ok || !strings.Contains(stdout, `"records":4`) {
		t.Errorf("restored: code %d, %s", code, stdout)
	}
}

func TestBackupThroughServerFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(*storage.Store) http.HandlerFunc
		code   exitCode
		says   []string
	}{
		{"refused in words", func(*storage.Store) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprint(w, `{"code":"unauthorized","says":"Who are you?","next":"Say so."}`)
			}
		}, unexpected, []string{"Who are you?", "next: Say so."}},
		{"refused without words", func(*storage.Store) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
		}, unexpected, []string{"404", "another version"}},
		{"sent elsewhere", func(*storage.Store) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://example.invalid/", http.StatusTemporaryRedirect)
			}
		}, unexpected, []string{"307"}},
		{"ended in the middle", func(s *storage.Store) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				var text bytes.Buffer
				if _, err := s.Backup(r.Context(), &text, nil); err != nil {
					t.Error(err)
				}
				_, _ = w.Write(text.Bytes()[:text.Len()/2])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
		}, unexpected, []string{"unexpected EOF"}},
		{"ended early, as if it were the end", func(s *storage.Store) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				var text bytes.Buffer
				if _, err := s.Backup(r.Context(), &text, nil); err != nil {
					t.Error(err)
				}
				_, _ = w.Write(text.Bytes()[:text.Len()/2])
			}
		}, unexpected, []string{"not a whole backup"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := keptFolder(t)
			serving(t, s, tt.answer(s))
			file := filepath.Join(t.TempDir(), "kept.backup")
			code, _, stderr := typed(t, "backup", file, "--data", s.Dir())
			for _, want := range tt.says {
				if code != tt.code || !strings.Contains(stderr, want) {
					t.Errorf("code %d, stderr %s, want %d and %q", code, stderr, tt.code, want)
				}
			}
			checkGone(t, file)
		})
	}
}

// TestBackupThroughDeadServer: its file is still there, and somebody else has the folder.
func TestBackupThroughDeadServer(t *testing.T) {
	s := keptFolder(t)
	serving(t, s, func(http.ResponseWriter, *http.Request) {}).Close()
	file := filepath.Join(t.TempDir(), "kept.backup")
	code, _, stderr := typed(t, "backup", file, "--data", s.Dir())
	if code != unexpected || !strings.Contains(stderr, "wait until it ends") || !strings.Contains(stderr, fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("code %d, stderr %s, want to hear what the file says and what to do", code, stderr)
	}
	checkGone(t, file)
}

// TestBackupThroughTLS: the certificate need not have been made for this machine's address, but it must
// be the one that the file names.
func TestBackupThroughTLS(t *testing.T) {
	s := keptFolder(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Backup(r.Context(), w, nil); err != nil {
			t.Error(err)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it speaks of refused handshakes
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		cert string
		code exitCode
		says string
	}{
		{"", unexpected, "certificate"},
		{sumOf([]byte("another")), unexpected, "another certificate answers"},
		{sumOf(server.Certificate().Raw), ok, ""},
	} {
		file := filepath.Join(t.TempDir(), "kept.backup")
		if err := writeServerFile(s.Dir(), serverFile{URL: server.URL, Key: "k", PID: os.Getpid(), Cert: tt.cert}); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := typed(t, "backup", file, "--data", s.Dir())
		if code != tt.code || !strings.Contains(stderr, tt.says) {
			t.Errorf("with certificate %.8q: code %d, stderr %s, want %d and %q", tt.cert, code, stderr, tt.code, tt.says)
		}
	}
}
