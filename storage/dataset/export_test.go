package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"workbench/storage"
)

// plainText takes away what looksComputed put in front: what the documentation of writeCSV promises.
func plainText(cell string) string {
	if rest, is := strings.CutPrefix(cell, "'"); is && looksComputed(rest) {
		return rest
	}
	return cell
}

func TestTable(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	for i, tt := range []struct{ lines, want string }{
		{`{"a":1,"b":2.50,"c":true,"d":null,"e":"x"}`, "a,b,c,d,e\n1,2.5,true,,x\n"},
		{`{"a":1}` + "\n" + `{"b":2}` + "\n" + `{"a":3,"c":""}`, "a,b,c\n1,,\n,2,\n3,,\"\"\n"},
		{`{"a":[1,"x"],"b":{"c":"d"}}`, "a,b\n\"[1,\"\"x\"\"]\",\"{\"\"c\"\":\"\"d\"\"}\"\n"},
		{`{"a":"x,y"}` + "\n" + `{"a":"\"q\"\n2"}` + "\n" + `{"a":" x"}` + "\n" + `{"a":null}` + "\n{}", "a\n\"x,y\"\n\"\"\"q\"\"\n2\"\n\" x\"\n\"\"\n\"\"\n"},
		{
			`{"a":"=1+2","b":-5,"c":"-5","d":"+1","e":"@x","f":"\tx","g":"\rx","h":"'=x","i":"'x","j":"a=b","=k":1}`,
			"a,b,c,d,e,f,g,h,i,j,'=k\n'=1+2,-5,'-5,'+1,'@x,'\tx,\"'\rx\",''=x,'x,a=b,1\n",
		},
	} {
		name := fmt.Sprintf("t%d", i)
		bring(t, r, name, "t.jsonl", tt.lines)
		if got := export(t, r, Export{Name: name, Format: CSV}); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

// TestRoundTrips sends random records through import and export: JSON Lines come back byte for byte,
// tables with every text as it was.
func TestRoundTrips(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	random := rand.New(rand.NewPCG(3, 4))
	letters := []rune("aé👋 ,\"'=+-@\t\n;:{}[]\\<>&|\u2028x")
	text := func() string {
		out := make([]rune, random.IntN(6))
		for i := range out {
			out[i] = letters[random.IntN(len(letters))]
		}
		return string(out)
	}
	var want []Record
	var lines strings.Builder
	for range 300 {
		var keys []string
		var values []any
		for k := range 1 + random.IntN(4) {
			keys, values = append(keys, fmt.Sprintf("%c%s", 'a'+k, text())), append(values, text())
		}
		record, err := NewRecord(keys, values)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, record)
		lines.WriteString(record.String() + "\n")
	}
	bring(t, r, "first", "a.jsonl", lines.String())
	once := export(t, r, Export{Name: "first", Format: JSONL})
	bring(t, r, "second", "b.jsonl", once)
	if twice := export(t, r, Export{Name: "second", Format: JSONL}); twice != lines.String() {
		t.Error("JSON Lines that were imported, exported, imported and exported are not what they were")
	}

	table := export(t, r, Export{Name: "first", Format: CSV})
	bring(t, r, "table", "t.csv", table)
	i := 0
	d, err := r.Get("table")
	if err != nil {
		t.Fatal(err)
	}
	err = r.importedRecords(t.Context(), d)(func(got Record) error {
		back := map[string]string{}
		for key, cell := range got.All() {
			back[plainText(key)] = plainText(cell.(string))
		}
		for key, value := range want[i].All() {
			if back[key] != value {
				t.Errorf("record %d, field %q: %q came back as %q", i, key, value, back[key])
			}
		}
		i++
		return nil
	})
	if err != nil || i != len(want) {
		t.Errorf("%d records came back, %v, want %d", i, err, len(want))
	}
}

// FuzzCell holds that any text comes back out of a table, and that no cell begins like a formula.
func FuzzCell(f *testing.F) {
	for _, text := range []string{"", "=1", "'=1", "''", "'", "a,b", "\"", "\r", "\r\n", " x ", "-", "'\t"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if invalidUTF8([]byte(text)) >= 0 {
			return
		}
		var table bytes.Buffer
		_, err := writeCSV(&table, func(do func(Record) error) error {
			record, err := NewRecord([]string{"a", "b"}, []any{text, "end"})
			return errors.Join(err, do(record))
		})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = newCSV(maxRecord).Scan(&table, func(_ int64, record Record) error {
			n++
			cell, _ := record.Get("a")
			if at := strings.IndexAny(cell.(string), "=+-@\t\r\n"); at == 0 {
				t.Errorf("%q: the cell %q is computed", text, cell)
			}
			want := strings.ReplaceAll(text, "\r\n", "\n") // which readers of CSV do inside quotes
			if got := plainText(cell.(string)); got != want {
				t.Errorf("%q came back as %q", text, got)
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%q: %d records came back, %v", text, n, err)
		}
	})
}

// TestExportIsOneMoment writes between the two passes of a table, and while lines are written.
func TestExportIsOneMoment(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	collect(t, r, "d", 0)
	b := &storage.Batch{}
	for i := range 2000 { // several times what is written at once
		fat := row("d", i)
		fat.Value = json.RawMessage(fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", 100)))
		b.PutRow(fat)
	}
	commit(t, r, b)
	written := 0
	for _, format := range []string{CSV, JSONL} {
		want := export(t, r, Export{Name: "d", Format: format})
		var out bytes.Buffer
		_, err := r.Export(t.Context(), Export{Name: "d", Format: format}, writerFunc(func(p []byte) (int, error) {
			written++
			b := &storage.Batch{}
			changed := row("d", written)
			changed.Withdrawn = true
			b.PutRow(changed)
			b.PutRow(storage.Row{ID: fmt.Sprintf("z%d", written), Dataset: "d", Value: json.RawMessage(`{"new":1}`)})
			if err := r.store.Commit(b); err != nil {
				t.Error(err)
			}
			return out.Write(p)
		}))
		if err != nil || out.String() != want || written < 2 {
			t.Errorf("%s: the export has %d bytes after %d writes, %v, want the %d bytes of before", format, out.Len(), written, err, len(want))
		}
		if after := export(t, r, Export{Name: "d", Format: format}); after == want {
			t.Error("what was written meanwhile is nowhere")
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRefusedExports(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	bring(t, r, "x", "x.jsonl", `{"a":1}`)
	collect(t, r, "d", 1)
	putRow(t, r, storage.Row{ID: "z", Dataset: "d", Value: json.RawMessage(`{"_id":1}`)})
	var wide strings.Builder
	for i := range maxColumns + 1 {
		fmt.Fprintf(&wide, `{"k%d":1}`+"\n", i)
	}
	bring(t, r, "wide", "wide.jsonl", wide.String())
	for _, tt := range []struct {
		e    Export
		kind error
		says string
	}{
		{Export{Name: "x", Format: "xlsx"}, ErrAsked, "jsonl and csv are"},
		{Export{Name: "none", Format: JSONL}, fs.ErrNotExist, "none"},
		{Export{Name: "../x", Format: JSONL}, ErrName, "no name"},
		{Export{Name: "x", Format: JSONL, Lineage: true}, ErrAsked, "no lineage"},
		{Export{Name: "d", Format: JSONL, Lineage: true}, ErrAsked, "export it without"},
		{Export{Name: "d", Format: JSONL, Late: true}, ErrAsked, "choose among answers"},
		{Export{Name: Answers, Format: JSONL, Flow: "none"}, fs.ErrNotExist, "flow none"},
		{Export{Name: Answers, Format: JSONL, Lineage: true}, ErrAsked, "lineage is of datasets"},
		{Export{Name: "wide", Format: CSV}, ErrAsked, "too many for a table"},
	} {
		_, err := r.Export(t.Context(), tt.e, io.Discard)
		if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: got %v, want %v with %q", tt.e, err, tt.kind, tt.says)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, e := range []Export{{Name: "x", Format: JSONL}, {Name: "x", Format: CSV}, {Name: "d", Format: JSONL}} {
		if _, err := r.Export(ctx, e, io.Discard); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, stopped: %v", e, err)
		}
	}
	if _, err := r.Export(t.Context(), Export{Name: "x", Format: JSONL}, writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a listener that is gone: %v", err)
	}
}

// TestAnswers exports what people said, by format and by what is left out.
func TestAnswers(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	flow := "01J00000000000000000000000"
	b := &storage.Batch{}
	b.PutFlow(storage.Flow{ID: flow, Name: "my flow"})
	b.PutPerson(storage.Person{ID: "P1", Name: "Ada"})
	for i, id := range []string{storage.TaskID(storage.InstanceID(flow, 1), 2), storage.TaskID(storage.InstanceID(flow, 2), 2)} {
		b.PutTask(storage.Task{ID: id, Flow: flow, Step: "Which?", Form: "f00", Item: json.RawMessage(fmt.Sprintf(`{"prompt":"p%d"}`, i))})
		for j, values := range []string{`{"preference":5,"why":"=x"}`, `{"preference":6}`, `{"preference":7}`} {
			b.PutAnswer(storage.Answer{
				ID: fmt.Sprintf("A%d%d", i, j), Task: id, Person: "P1", Form: "f00", Values: json.RawMessage(values),
				Seconds: 1.5, Late: j == 2, Time: then.Add(time.Duration(j) * time.Second),
			})
		}
	}
	other := storage.TaskID(storage.InstanceID("01J00000000000000000000001", 1), 1)
	b.PutTask(storage.Task{ID: other, Flow: "01J00000000000000000000001", Item: json.RawMessage(`{}`)})
	b.PutAnswer(storage.Answer{ID: "A90", Task: other, Person: "gone", Values: json.RawMessage(`{}`), Replaces: "A00", Time: then})
	b.Append(storage.Event{Kind: "undone", Object: other, Data: json.RawMessage(`{"answer":"A11"}`)})
	commit(t, r, b)

	for _, tt := range []struct {
		e    Export
		want string // ids
		left Exported
	}{
		{Export{}, "A01 A10 A90", Exported{Records: 3, Late: 2, Undone: 2}},
		{Export{Flow: flow}, "A00 A01 A10", Exported{Records: 3, Late: 2, Undone: 1}},
		{Export{Late: true}, "A01 A02 A10 A12 A90", Exported{Records: 5, Undone: 2}},
		{Export{Late: true, Undone: true}, "A00 A01 A02 A10 A11 A12 A90", Exported{Records: 7}},
	} {
		for _, format := range []string{JSONL, CSV} {
			tt.e.Name, tt.e.Format = Answers, format
			var out bytes.Buffer
			left, err := r.Export(t.Context(), tt.e, &out)
			if err != nil || left != tt.left {
				t.Errorf("%+v: %+v, %v, want %+v", tt.e, left, err, tt.left)
			}
			var ids []string
			importer := map[string]Format{JSONL: newJSONL(maxRecord), CSV: newCSV(maxRecord)}[format]
			err = importer.Scan(&out, func(_ int64, record Record) error {
				id, _ := record.Get("answer")
				ids = append(ids, id.(string))
				return nil
			})
			if got := strings.Join(ids, " "); err != nil || got != tt.want {
				t.Errorf("%+v: answers %s, %v, want %s", tt.e, got, err, tt.want)
			}
		}
	}
	all := export(t, r, Export{Name: Answers, Format: JSONL, Flow: flow, Undone: true})
	const want = `{"answer":"A00","flow":"01J00000000000000000000000","flow_name":"my flow","task":"%s","step":"Which?","form":"f00",` +
		`"person":"P1","person_name":"Ada","time":"2026-11-26T12:00:00Z","seconds":1.5,"late":false,"undone":false,` +
		`"item":{"prompt":"p0"},"values":{"preference":5,"why":"=x"}}`
	if got, _, _ := strings.Cut(all, "\n"); got != fmt.Sprintf(want, storage.TaskID(storage.InstanceID(flow, 1), 2)) {
		t.Errorf("an answer is %s", got)
	}
	table := export(t, r, Export{Name: Answers, Format: CSV, Flow: flow})
	if head, _, _ := strings.Cut(table, "\n"); !strings.HasSuffix(head, ",late,undone,item.prompt,values.preference,values.why") || !strings.Contains(table, ",p0,5,'=x\n") {
		t.Errorf("as a table: %s", table)
	}
}
