package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestModelsAreImportedAndExported: the way in and out changes no weight.
func TestModelsAreImportedAndExported(t *testing.T) {
	r := newRoom(t)
	var before, kept, out about
	r.result("model info tiny", &before)
	if before.Params != 258*32+2*(2*32+2*32*32+2*16*32+3*48*32)+32 || before.Tokens != 258 || !before.HasTemplate || before.Stored["F32"] == 0 {
		t.Errorf("model info: %+v, want the tiny model's size, tokens and template", before)
	}
	r.must("model import tiny --name mine.1")
	r.result("model info mine.1", &kept)
	if kept.Digest != before.Digest || len(kept.History) != 1 || kept.History[0].Digest != before.Digest {
		t.Errorf("imported: digest %s, history %+v, want one version of %s", kept.Digest, kept.History, before.Digest)
	}
	r.must("model export mine.1 out")
	if r.result("model info out", &out); out.Digest != before.Digest {
		t.Errorf("exported: digest %s, want %s", out.Digest, before.Digest)
	}
	r.must("model export mine.1 half --bf16")
	if r.result("model info half", &out); out.Digest == before.Digest || out.Stored["BF16"] == 0 {
		t.Errorf("exported with --bf16: digest %s, stored %v, want rounded numbers", out.Digest, out.Stored)
	}
	r.refuse("model export mine.1 out", badInput, "out is not empty")
}

// TestImportKeepsVersions: a name moves, what it meant stays, and the same again changes nothing.
func TestImportKeepsVersions(t *testing.T) {
	r := newRoom(t)
	r.judge()
	r.must("model import tiny --name m")
	r.must("model import tiny --name m")
	r.must("model import judge --name judge --base m")
	r.must("model export judge merged")
	r.must("model import merged --name m")
	var all []listed
	r.result("model list", &all)
	got := map[string]listed{}
	for _, l := range all {
		got[l.Name] = l
	}
	if got["m"].Version != 2 || got["judge"].Version != 1 || got["judge"].Kind != "reward" || got["judge"].Base != "m" || got["embedded"].Kind != "base" {
		t.Errorf("model list: %+v, want m at version 2, the reward model judge on m, and embedded", all)
	}
	// m now means other weights than those below the adapter, which is found by its digest all the same.
	r.must("model info judge")
	folders, err := os.ReadDir(filepath.Join("data", "models"))
	if err != nil || len(folders) != 3 {
		t.Errorf("the data folder has %d models (%v), want 3: equal files are kept once", len(folders), err)
	}
	for _, f := range folders {
		if strings.HasPrefix(f.Name(), ".") {
			t.Errorf("%s was left behind", f.Name())
		}
	}
}

func TestModelRefuses(t *testing.T) {
	r := newRoom(t)
	r.write("junk.gguf", "this is no model")
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	r.refuse("model import junk.gguf --name junk", badInput, "model junk.gguf", "next:")
	if exists("data", "models") {
		if left, err := os.ReadDir(filepath.Join("data", "models")); err != nil || len(left) > 0 {
			t.Errorf("a refused import left %v (%v)", left, err)
		}
	}
	r.refuse("model import nowhere --name x", notFound, "there is nothing at nowhere")
	r.refuse("model import empty --name x", badInput, "folder empty holds no model")
	r.refuse("model import tiny --name embedded", badInput, "is what the binary carries")
	r.refuse("model import tiny --name a/b", badInput, `"a/b" is no name`)
	r.refuse("model info run:last", notFound, `no run is called "last"`)
	r.refuse("model info tiny tiny", badInput, "one argument too many")
	r.refuse("model export tiny", badInput, "DIR is missing")
}

// TestNoFolderForReaders: verbs that keep nothing leave no data folder.
func TestNoFolderForReaders(t *testing.T) {
	r := newRoom(t)
	r.must("model list")
	r.must("model info tiny")
	r.must("generate --model tiny --prompt a --max-tokens 2")
	if exists("data") {
		t.Error("reading verbs made a data folder")
	}
}

// TestModelInfoIsJSON: everything that info says survives encoding, and people see the main things.
func TestModelInfoForPeople(t *testing.T) {
	r := newRoom(t)
	text := r.must("model info tiny")
	for _, want := range []string{"tiny (base)", "parameters     0.0", "stored as", "chat template  yes", "<|im_end|>", "hidden_size: 32"} {
		if !strings.Contains(text, want) {
			t.Errorf("model info says %q, want %q in it", text, want)
		}
	}
	var any map[string]json.RawMessage
	r.result("model info tiny", &any)
	for _, key := range []string{"config", "params", "memory_bytes", "digest", "chat_template", "end_tokens"} {
		if len(any[key]) == 0 {
			t.Errorf("model info --json has no %s", key)
		}
	}
}

// TestAModelGoesOnFromWhatARunKept: what was trained on an adapter is opened again like any other, and lies on
// the same base, whichever name the first one has meanwhile.
func TestAModelGoesOnFromWhatARunKept(t *testing.T) {
	r := learningRoom(t)
	r.write("on.star", `"""Goes on from a model."""`, `policy = param.model("", "to go on from")`, "def run():",
		`    checkpoint("taught", policy.trainable(rank = 2))`)
	r.write("pairs.jsonl", `{"prompt": "p", "response": "r"}`)
	from := "tiny"
	for range 3 {
		var o outcome
		r.result("run on.star -p policy="+from, &o)
		from = "run:" + o.Run + "/taught"
		r.must("score --logp --input pairs.jsonl --model " + from)
	}
	if info := r.must("model info taught"); !strings.Contains(info, "tiny") || strings.Contains(info, "run:") {
		t.Errorf("the third lies on another base than tiny: %s", info)
	}
}
