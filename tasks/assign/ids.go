package assign

import (
	"fmt"
	"io"
	"time"

	"github.com/oklog/ulid/v2"
)

// ids makes ULIDs, each larger than all before it, also when the clock goes back.
type ids struct {
	entropy *ulid.MonotonicEntropy
	last    uint64 // milliseconds of the latest
}

// newIDs goes on after the millisecond of the latest id that there is.
func newIDs(random io.Reader, last uint64) *ids {
	return &ids{ulid.Monotonic(random, 0), last + 1}
}

func (m *ids) next(now time.Time) (ulid.ULID, error) {
	m.last = max(m.last, ulid.Timestamp(now))
	id, err := ulid.New(m.last, m.entropy)
	if err != nil {
		return ulid.ULID{}, fmt.Errorf("make an id: %w", err)
	}
	return id, nil
}

// parseID reads an id that a client sent.
func parseID(text, what string) (ulid.ULID, error) {
	id, err := ulid.ParseStrict(text)
	if err != nil || id.String() != text {
		return ulid.ULID{}, fmt.Errorf("%w: %s %.40q", ErrUnknown, what, text)
	}
	return id, nil
}
