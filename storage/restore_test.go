package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestRestoreRefusesFoldersThatHoldSomething(t *testing.T) {
	text, _ := backup(t, filled(t, t.TempDir()))
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"kept": "mine", "file": ""})
	if _, err := Restore(t.Context(), bytes.NewReader(text), dir, Options{}); !errors.Is(err, ErrNotEmpty) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrNotEmpty with the folder", err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "kept")); err != nil || string(got) != "mine" {
		t.Errorf("what was there: got %q, %v", got, err)
	}
	if _, err := Restore(t.Context(), bytes.NewReader(text), filepath.Join(dir, "file"), Options{}); err == nil {
		t.Error("onto a file: got no error")
	}
}

// checkRefused tries a damaged backup both ways.
func checkRefused(t *testing.T, what string, text []byte, want error) {
	t.Helper()
	if _, err := VerifyBackup(t.Context(), bytes.NewReader(text)); !errors.Is(err, want) {
		t.Errorf("%s: verify: got %v, want %v", what, err, want)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(t.Context(), bytes.NewReader(text), dir, Options{}); !errors.Is(err, want) {
		t.Errorf("%s: restore: got %v, want %v", what, err, want)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("%s: %v was left behind, %v", what, left, err)
	}
}

func small(t *testing.T) *Store {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	commit(t, s, func(b *Batch) {
		b.PutFlow(Flow{ID: flowA})
		b.Append(Event{Time: noon, Kind: "started"})
		b.Append(Event{Time: noon, Kind: "paused"})
	})
	writeFiles(t, dir, map[string]string{"models/aa/config.json": "{}", "runs/01/x": strings.Repeat("ab", 300)})
	return s
}

func TestDamagedBackupsAreRefused(t *testing.T) {
	text, _ := backup(t, small(t))
	random := rand.New(rand.NewPCG(5, 6))
	step := 1
	if testing.Short() {
		step = 7
	}
	for at := 0; at < len(text); at += step {
		if _, err := VerifyBackup(t.Context(), bytes.NewReader(text[:at])); !errors.Is(err, ErrBackup) {
			t.Errorf("cut after %d of %d bytes: got %v, want ErrBackup", at, len(text), err)
		}
		flipped := bytes.Clone(text)
		flipped[at] ^= 1 << random.IntN(8)
		// A bit of the first line may make it another version's, and some bits of zstd's headers mean nothing.
		info, err := VerifyBackup(t.Context(), bytes.NewReader(flipped))
		if err == nil && (info.Records != 4 || info.Files != 2 || info.Events != 2) || err != nil && !errors.Is(err, ErrBackup) && !errors.Is(err, ErrNewer) {
			t.Errorf("byte %d changed: got %+v, %v, want ErrBackup", at, info, err)
		}
	}
	checkRefused(t, "nothing", nil, ErrBackup)
	checkRefused(t, "garbage", []byte(strings.Repeat("garbage ", 100)), ErrBackup)
	checkRefused(t, "half", text[:len(text)/2], ErrBackup)
	checkRefused(t, "all but a byte", text[:len(text)-1], ErrBackup)
	checkRefused(t, "something after it", append(bytes.Clone(text), "more"...), ErrBackup)
	checkRefused(t, "twice", append(bytes.Clone(text), text...), ErrBackup)
	checkRefused(t, "another version's", append([]byte("workbench backup 2\n"), text[len(backupMagic):]...), ErrNewer)
}

// frames takes a backup apart, and packed puts frames together again.
func frames(t *testing.T, text []byte) []string {
	t.Helper()
	expanded, err := zstd.NewReader(bytes.NewReader(text[len(backupMagic):]))
	if err != nil {
		t.Fatal(err)
	}
	defer expanded.Close()
	all, err := io.ReadAll(expanded)
	if err != nil {
		t.Fatal(err)
	}
	var frames []string
	for r := bytes.NewReader(all); r.Len() > 0; {
		in := &backupReader{ctx: t.Context(), r: bufio.NewReader(r)}
		kind, text, err := in.frame()
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, string(kind)+string(text))
		r = bytes.NewReader(all[packedLength(frames):])
	}
	return frames
}

func packedLength(frames []string) int { return len(plain(frames)) }

func plain(frames []string) []byte {
	var all bytes.Buffer
	out := &backupWriter{ctx: context.Background(), w: bufio.NewWriter(&all)}
	for _, f := range frames {
		_ = out.frame(f[0], []byte(f[1:]))
	}
	_ = out.w.Flush()
	return all.Bytes()
}

func packed(t *testing.T, frames []string) []byte {
	t.Helper()
	text := bytes.NewBufferString(backupMagic)
	w, err := zstd.NewWriter(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain(frames)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// TestForgedBackupsAreRefused changes what compression would not notice: whoever forges a backup can
// compress.
func TestForgedBackupsAreRefused(t *testing.T) {
	text, _ := backup(t, small(t))
	good := frames(t, text)
	kinds := ""
	for _, f := range good {
		kinds += f[:1]
	}
	if kinds != "hrrrrfdefdems" {
		t.Fatalf("the frames of the backup are %s; the test is about hrrrrfdefdems", kinds)
	}
	if _, err := VerifyBackup(t.Context(), bytes.NewReader(packed(t, good))); err != nil {
		t.Fatalf("taken apart and put together again: %v", err)
	}
	at := func(n int, change func(string) string) []string {
		frames := slices.Clone(good)
		frames[n] = change(frames[n])
		return frames
	}
	replace := func(old, with string) func(string) string {
		return func(frame string) string { return strings.Replace(frame, old, with, 1) }
	}
	rename := func(to string) []string { return at(5, func(string) string { return "f" + to }) }
	for what, forged := range map[string][]string{
		"a record changed":                  at(3, replace("01KA", "01KB")),
		"an event changed":                  at(1, replace("started", "stopped")),
		"a record left out":                 slices.Delete(slices.Clone(good), 3, 4),
		"an event left out":                 slices.Delete(slices.Clone(good), 2, 3),
		"records in another order":          slices.Concat(good[:1], good[2:3], good[1:2], good[3:]),
		"a record twice":                    slices.Concat(good[:4], good[3:]),
		"a key longer than its record":      at(3, func(string) string { return "r\xffx" }),
		"a record without a key":            at(3, func(string) string { return "r\x00x" }),
		"a file's content changed":          at(6, func(f string) string { return f + " " }),
		"a file left out":                   slices.Delete(slices.Clone(good), 5, 8),
		"a file twice":                      slices.Concat(good[:8], good[5:]),
		"a file without an end":             slices.Delete(slices.Clone(good), 7, 8),
		"the header changed":                at(0, replace(fmt.Sprintf(`"schema":%d`, schemaVersion), `"schema":1`)),
		"the list of contents changed":      at(11, replace(`"records":4`, `"records":5`)),
		"no list of contents":               slices.Delete(slices.Clone(good), 11, 12),
		"no seal":                           good[:12],
		"another seal":                      at(12, func(string) string { return "s" + strings.Repeat("x", sha256.Size) }),
		"a frame after the seal":            append(slices.Clone(good), "ra"),
		"an unknown frame":                  at(5, func(string) string { return "x" }),
		"no header":                         good[1:],
		"a header that is no JSON":          at(0, func(string) string { return "h{" }),
		"a path that goes up":               rename("models/../../evil"),
		"a path that begins at the top":     rename("/etc/evil"),
		"a path that begins two levels up":  rename("../../evil"),
		"a path into the store":             rename("store/MANIFEST"),
		"a path that is a folder":           rename("models"),
		"a path with a dot":                 rename("models/./x"),
		"a path with two slashes":           rename("models//x"),
		"a path with an end of text":        rename("models/\x00x"),
		"a path that is not UTF-8":          rename("models/\xff"),
		"a path of the kind of Windows":     rename(`models\..\..\evil`),
		"a path with nothing":               rename(""),
		"a file where a folder must be":     slices.Concat(good[:8], []string{"fmodels/aa/config.json/x", "e"}, good[8:]),
		"a path longer than a path":         rename("models/" + strings.Repeat("x", longestPath)),
		"a path longer than the disk takes": rename("models/" + strings.Repeat("x", 300)),
	} {
		text := packed(t, forged)
		dir := filepath.Join(t.TempDir(), "data")
		_, err := Restore(t.Context(), bytes.NewReader(text), dir, Options{})
		if err == nil {
			t.Errorf("%s: restore: got no error", what)
		}
		if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
			t.Errorf("%s: %v was left behind, %v", what, left, err)
		}
		if _, err := VerifyBackup(t.Context(), bytes.NewReader(text)); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: verify: got %v, want ErrBackup", what, err)
		}
	}
	newer := at(0, func(f string) string {
		return "h" + strings.Replace(f[1:], fmt.Sprintf(`"schema":%d`, schemaVersion), fmt.Sprintf(`"schema":%d`, schemaVersion+1), 1)
	})
	checkRefused(t, "a store of a newer version", packed(t, newer), ErrNewer)
	bomb := packed(t, []string{good[0], "r" + strings.Repeat("x", maxFrame+1)})
	checkRefused(t, "a frame that is too large", bomb, ErrBackup)
}

// TestBrokenChainIsNotBackedUp: a backup that could not be restored is not made.
func TestBrokenChainIsNotBackedUp(t *testing.T) {
	s := small(t)
	forged, err := json.Marshal(Event{Seq: 3, Kind: "role"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.put(write{key: eventKey(3), value: forged}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), io.Discard, nil); !errors.Is(err, ErrChain) {
		t.Errorf("got %v, want ErrChain", err)
	}
}

func FuzzBackup(f *testing.F) {
	f.Add([]byte(backupMagic), false)
	f.Add([]byte("hrfdems"), true)
	for _, name := range []string{"f\x09models/xxd\x01ae\x00", "h\x02{}r\x03\x01abm\x02{}", "h\x02{}m\x02{}s\x00"} {
		f.Add([]byte(name), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, compress bool) {
		if compress { // so that the fuzzer need not find out how to
			w, err := zstd.NewWriter(nil)
			if err != nil {
				t.Fatal(err)
			}
			text = w.EncodeAll(text, []byte(backupMagic))
		}
		_, err := VerifyBackup(t.Context(), bytes.NewReader(text))
		if err == nil {
			return // whole, and no fuzzer is that lucky without a hash
		}
		if !errors.Is(err, ErrBackup) && !errors.Is(err, ErrNewer) {
			t.Errorf("got %v, want ErrBackup", err)
		}
	})
}
