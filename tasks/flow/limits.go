package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"workbench/engine/runs"
)

// Limits bound what one instance may do; a zero field means its default.
type Limits struct {
	Calls  int // of an instance: 10,000
	Record int // bytes of a value, as JSON: 1 MB
	List   int // bytes of a value that is a list, as JSON: 16 MB, each element within Record

	Retries int           // of failing work, before its instance is parked: 4; negative: none
	Backoff time.Duration // before the first of them: 2 s; each next waits four times as long
}

func (l Limits) orDefaults() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Calls, 10_000)
	set(&l.Record, 1<<20)
	set(&l.List, 16<<20)
	set(&l.Retries, 4)
	l.Retries = max(l.Retries, 0)
	if l.Backoff == 0 {
		l.Backoff = 2 * time.Second
	}
	return l
}

// encode writes a value as it is kept, within the limits.
func (l Limits) encode(what string, v Value) (json.RawMessage, error) {
	list, is := v.([]any)
	if !is {
		return l.encodeOne(what, v)
	}
	var all bytes.Buffer
	all.WriteByte('[')
	for n, element := range list {
		if n > 0 {
			all.WriteByte(',')
		}
		data, err := l.encodeOne(fmt.Sprintf("%s, element %d", what, n+1), element)
		if err != nil {
			return nil, err
		}
		all.Write(data)
		if all.Len() >= l.List {
			return nil, fmt.Errorf("%w: %s: the first %d of %d elements have %s already, and a list may have %s",
				ErrInvalid, what, n+1, len(list), size(all.Len()), size(l.List))
		}
	}
	all.WriteByte(']')
	return all.Bytes(), nil
}

func (l Limits) encodeOne(what string, v Value) (json.RawMessage, error) {
	data, err := runs.EncodeValue(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, what, err)
	}
	if len(data) > l.Record {
		return nil, fmt.Errorf("%w: %s: a value of %s, and one may have %s; pass less of it, or a list of parts",
			ErrInvalid, what, size(len(data)), size(l.Record))
	}
	return data, nil
}

func size(bytes int) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f kB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}
