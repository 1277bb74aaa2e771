package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// Stream is batches of a dataset in an order that seed and epoch determine. Any of them can be
// computed without those before it, so a resumed loop goes on where it was.
type Stream struct {
	of      *Dataset
	n       int
	epochs  int
	shuffle bool
	last    bool // a last batch that is not full is given too
	seed    uint64

	epoch int // that order belongs to
	order []int32
}

func datasetBatches(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	s := &Stream{of: b.Receiver().(*Dataset), epochs: 1, last: true, epoch: -1}
	var seed int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &s.n, "shuffle?", &s.shuffle, "seed?", &seed, "epochs?", &s.epochs, "last?", &s.last); err != nil {
		return nil, err
	}
	if s.n < 1 || s.epochs < 1 {
		return nil, fmt.Errorf("batches: %d examples a batch and %d epochs; want at least 1 of each", s.n, s.epochs)
	}
	s.seed = uint64(seed)
	return s, nil
}

// String says what it gives.
func (s *Stream) String() string { return fmt.Sprintf("batches of %d of %s", s.n, s.of) }

// Type is batches.
func (s *Stream) Type() string { return "batches" }

// Freeze does nothing.
func (s *Stream) Freeze() {}

// Truth says whether there is a batch.
func (s *Stream) Truth() starlark.Bool { return s.Len() > 0 }

// Hash is refused.
func (s *Stream) Hash() (uint32, error) { return 0, fmt.Errorf("batches cannot be a key") }

// Len is the number of batches of all epochs.
func (s *Stream) Len() int { return s.epochs * s.perEpoch() }

func (s *Stream) perEpoch() int {
	n := s.of.Len()
	if s.last {
		return (n + s.n - 1) / s.n
	}
	return n / s.n
}

// Index is the i-th batch, counted through the epochs.
func (s *Stream) Index(i int) starlark.Value {
	b, err := s.batch(i)
	if err != nil {
		s.of.run.stop(err)
		return starlark.None
	}
	return b
}

func (s *Stream) batch(i int) (starlark.Value, error) {
	all, err := s.of.all()
	if err != nil {
		return nil, err
	}
	epoch, at := i/s.perEpoch(), i%s.perEpoch()*s.n
	if s.shuffle && s.epoch != epoch {
		s.epoch, s.order = epoch, permutation(all.len(), s.seed, uint64(epoch))
	}
	var some []*Row
	for k := at; k < min(at+s.n, all.len()); k++ {
		place := k
		if s.shuffle {
			place = int(s.order[k])
		}
		row, err := s.of.run.handOut(all, place)
		if err != nil {
			return nil, err
		}
		some = append(some, row)
	}
	return batchOf(s.of.run, some), nil
}

// Iterate goes through the batches.
func (s *Stream) Iterate() starlark.Iterator { return &indexed{of: s} }
