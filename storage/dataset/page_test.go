package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

func TestImportedPages(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	var lines, table strings.Builder
	table.WriteString("n;text\n")
	for i := range 500 {
		fmt.Fprintf(&lines, `{"n":%d,"text":"%s"}`+"\n\n", i, strings.Repeat("é", i%5))
		fmt.Fprintf(&table, "%d;\"a\n%d\"\n", i, i)
	}
	bring(t, r, "lines", "x.jsonl", lines.String())
	bring(t, r, "table", "x.csv", table.String())
	for _, tt := range []struct{ offset, limit, want int }{{0, 1, 1}, {0, 500, 500}, {3, 7, 7}, {499, 10, 1}, {500, 10, 0}, {1 << 40, 10, 0}} {
		for _, name := range []string{"lines", "table"} {
			p, err := r.Page(t.Context(), name, tt.offset, tt.limit)
			if err != nil || len(p.Rows) != tt.want || p.Offset != tt.offset || p.Records != 500 || p.IDs != nil {
				t.Fatalf("%s, %d from %d on: %d rows of %d, %v, want %d", name, tt.limit, tt.offset, len(p.Rows), p.Records, err, tt.want)
			}
			for i, row := range p.Rows {
				if fmt.Sprint(row["n"]) != fmt.Sprint(tt.offset+i) {
					t.Errorf("%s, row %d is %v", name, tt.offset+i, row)
				}
			}
			if tt.want > 0 && !slices.Equal(p.Fields, []string{"n", "text"}) {
				t.Errorf("%s: fields %q", name, p.Fields)
			}
		}
	}
	for _, tt := range []struct{ offset, limit int }{{-1, 1}, {0, 0}, {0, MaxPage + 1}} {
		if _, err := r.Page(t.Context(), "lines", tt.offset, tt.limit); !errors.Is(err, ErrAsked) {
			t.Errorf("%d from %d on: %v, want ErrAsked", tt.limit, tt.offset, err)
		}
	}
	if _, err := r.Page(t.Context(), "none", 0, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a page of nothing: %v, want not found", err)
	}
}

// TestLongRecordsShortenPages: a page of huge records is cut, but never empty.
func TestLongRecordsShortenPages(t *testing.T) {
	r, _ := openRegister(t, t.TempDir())
	line := `{"a":"` + strings.Repeat("x", maxRecord-100) + `"}` + "\n"
	bring(t, r, "x", "x.jsonl", strings.Repeat(line, 12))
	for offset := 0; offset < 12; {
		p, err := r.Page(t.Context(), "x", offset, 20)
		if err != nil || len(p.Rows) == 0 || len(p.Rows) > maxPageBytes/len(line)+1 {
			t.Fatalf("from %d on: %d rows, %v", offset, len(p.Rows), err)
		}
		offset += len(p.Rows)
	}
}
