package dataset

import (
	"fmt"
	"strings"
)

// Index finds records by the values of some fields; see [Dataset.Index].
type Index struct {
	data   *Dataset
	fields []string
	rows   map[string][]int
}

// Index reads all records once and remembers which hold which values at the dotted paths fields, so
// that records of one file can be joined to those of another. It takes memory for each distinct
// value, not for the records. Numbers are equal as numbers: 1 finds 1.0. A record without one of the
// fields is an error.
func (d *Dataset) Index(fields ...string) (*Index, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("index %s: no field is named", d.Name())
	}
	x := &Index{data: d, fields: fields, rows: map[string][]int{}}
	values := make([]any, len(fields))
	i := 0
	for record, err := range d.All() {
		if err != nil {
			return nil, err
		}
		for n, field := range fields {
			var ok bool
			if values[n], ok = record.At(field); !ok {
				return nil, fmt.Errorf("index %s: record %d has no field %q; it has %q", d.Name(), d.row(i), field, record.Keys())
			}
		}
		key, err := x.key(values)
		if err != nil {
			return nil, err
		}
		x.rows[key] = append(x.rows[key], i)
		i++
	}
	return x, nil
}

// Len returns the number of distinct values.
func (x *Index) Len() int { return len(x.rows) }

// Rows returns the indexes of the records with these values, one for each field, ascending.
func (x *Index) Rows(values ...any) ([]int, error) {
	key, err := x.key(values)
	if err != nil {
		return nil, err
	}
	return x.rows[key], nil
}

// Get returns the one record with these values; ok is false when there is none, and several are an
// error.
func (x *Index) Get(values ...any) (record Record, ok bool, err error) {
	rows, err := x.Rows(values...)
	switch {
	case err != nil || len(rows) == 0:
		return Record{}, false, err
	case len(rows) > 1:
		return Record{}, false, fmt.Errorf("%d records of %s have %s = %v, one was looked for",
			len(rows), x.data.Name(), strings.Join(x.fields, ", "), values)
	}
	record, err = x.data.Record(rows[0])
	return record, err == nil, err
}

func (x *Index) key(values []any) (string, error) {
	if len(values) != len(x.fields) {
		return "", fmt.Errorf("look up %d values in an index of %d fields (%s)",
			len(values), len(x.fields), strings.Join(x.fields, ", "))
	}
	if len(values) == 1 {
		return Canonical(values[0])
	}
	return Canonical(values)
}
