package dataset

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"
)

// Limits of what Stats remembers of a field.
const (
	maxDistinct = 1000 // values counted one by one; a field with more has no table
	maxValue    = 200  // bytes of a value that is counted
)

// Stats is what a dataset looks like, field by field.
type Stats struct {
	Records int          `json:"records"`
	Fields  []FieldStats `json:"fields"` // by their first appearance; of objects inside, dotted
}

// FieldStats is what stands under one key.
type FieldStats struct {
	Name    string         `json:"name"`
	Present int            `json:"present"` // records that have the key
	Kinds   map[string]int `json:"kinds"`   // text, integer, number, truth, list, object, null: how often
	Length  *Spread        `json:"length,omitempty"`
	Number  *Spread        `json:"number,omitempty"`
	// Values counts each value where they are few and short, the most frequent first: the balance of
	// a label. It is nil where there are more than a thousand.
	Values []ValueCount `json:"values,omitempty"`
}

// Spread summarises numbers: the values of a numeric field, the lengths of texts in characters, or
// of lists in items.
type Spread struct {
	Count int     `json:"count"`
	Min   float64 `json:"min"`
	Mean  float64 `json:"mean"`
	Max   float64 `json:"max"`
}

// ValueCount says how often a value occurs.
type ValueCount struct {
	Value any `json:"value"`
	Count int `json:"count"`
}

// Stats reads all records once and describes them.
func (d *Dataset) Stats() (Stats, error) {
	c := &collector{fields: map[string]*tally{}}
	for record, err := range d.All() {
		if err != nil {
			return Stats{}, err
		}
		c.record(record, "")
	}
	return c.stats(d.Len()), nil
}

// collector gathers fields in the order of their first appearance.
type collector struct {
	names  []string
	fields map[string]*tally
}

// tally is a FieldStats in the making; counts is nil once the values are too many or too long.
type tally struct {
	FieldStats
	counts map[any]int
}

func (c *collector) stats(records int) Stats {
	stats := Stats{Records: records}
	for _, name := range c.names {
		stats.Fields = append(stats.Fields, c.fields[name].result(name))
	}
	return stats
}

func (c *collector) record(r Record, prefix string) {
	for key, value := range r.All() {
		name := prefix + key
		f := c.fields[name]
		if f == nil {
			f = &tally{FieldStats{Kinds: map[string]int{}}, map[any]int{}}
			c.fields[name] = f
			c.names = append(c.names, name)
		}
		f.add(value)
		if inner, ok := value.(Record); ok {
			c.record(inner, name+".")
		}
	}
}

func (f *tally) add(value any) {
	f.Present++
	switch v := value.(type) {
	case nil:
		f.kind("null", value)
	case bool:
		f.kind("truth", value)
	case int64:
		f.kind("integer", value)
		f.Number = f.Number.with(float64(v))
	case float64:
		f.kind("number", value)
		f.Number = f.Number.with(v)
	case string:
		f.kind("text", value)
		f.Length = f.Length.with(float64(utf8.RuneCountInString(v)))
		if len(v) > maxValue {
			f.counts = nil
		}
	case []any:
		f.Kinds["list"]++
		f.Length = f.Length.with(float64(len(v)))
		f.counts = nil
	case Record:
		f.Kinds["object"]++
		f.counts = nil
	}
}

// kind counts a value that can be a label.
func (f *tally) kind(kind string, value any) {
	f.Kinds[kind]++
	if f.counts == nil {
		return
	}
	if f.counts[value]++; len(f.counts) > maxDistinct {
		f.counts = nil
	}
}

func (s *Spread) with(v float64) *Spread {
	if s == nil {
		return &Spread{1, v, v, v}
	}
	s.Count++
	s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	s.Mean += (v - s.Mean) / float64(s.Count)
	return s
}

func (f *tally) result(name string) FieldStats {
	f.Name = name
	for _, value := range slices.SortedFunc(maps.Keys(f.counts), f.compare) {
		f.Values = append(f.Values, ValueCount{value, f.counts[value]})
	}
	return f.FieldStats
}

// compare orders values by falling frequency, equals by their text.
func (f *tally) compare(a, b any) int {
	if byCount := cmp.Compare(f.counts[b], f.counts[a]); byCount != 0 {
		return byCount
	}
	textA, errA := Canonical(a)
	textB, errB := Canonical(b)
	if errA != nil || errB != nil {
		return 0 // values of records can be written
	}
	return cmp.Compare(textA, textB)
}
