package dataset

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
)

// BatchOptions say how records are dealt out.
type BatchOptions struct {
	Size     int   // records in a batch, 1 or more
	Shuffle  bool  // each epoch in another order
	Seed     int64 // of the orders
	Epochs   int   // 0 means without end
	DropLast bool  // leave out the last batch of an epoch where it is short
}

// Position says how far batches have been dealt out. It is small and exact: batches that were put
// at a Position go on with the record that would have come next.
type Position struct {
	Epoch int    `json:"epoch"` // from 0
	Next  int    `json:"next"`  // records that this epoch has dealt out
	Data  string `json:"data"`  // digest of the dataset and the options that decide the order
}

// Batches deals out the records of a dataset. It is not safe for several goroutines.
type Batches struct {
	data    *Dataset
	options BatchOptions
	epoch   int
	next    int
	order   []int // of this epoch; nil until it is needed or without Shuffle
}

// Batches returns the batches from the first on.
func (d *Dataset) Batches(o BatchOptions) (*Batches, error) {
	b := &Batches{data: d, options: o}
	switch {
	case o.Size < 1:
		return nil, fmt.Errorf("batches of %d records of %s: the size is 1 or more", o.Size, d.Name())
	case o.Epochs < 0:
		return nil, fmt.Errorf("%d epochs of %s", o.Epochs, d.Name())
	case b.usable() == 0:
		return nil, fmt.Errorf("batches of %d records of %s: it has %d records", o.Size, d.Name(), d.Len())
	}
	return b, nil
}

// Next returns the next batch, or io.EOF after the last. The last batch of an epoch may be shorter
// than the others; no batch crosses epochs. After another error the position is what it was.
func (b *Batches) Next() ([]Record, error) {
	rows, err := b.peek()
	if err != nil {
		return nil, err
	}
	records := make([]Record, len(rows))
	for n, i := range rows {
		if records[n], err = b.data.Record(i); err != nil {
			return nil, err
		}
	}
	b.advance(len(rows))
	return records, nil
}

// PerEpoch returns the number of batches in an epoch.
func (b *Batches) PerEpoch() int {
	return (b.usable() + b.options.Size - 1) / b.options.Size
}

// Total returns the number of batches in all epochs, 0 when they don't end.
func (b *Batches) Total() int { return b.PerEpoch() * b.options.Epochs }

// Position returns where the batches stand: what Next has returned is behind it.
func (b *Batches) Position() Position {
	return Position{Epoch: b.epoch, Next: b.next, Data: b.identity()}
}

// ErrOtherData says that a position belongs to other data or to another order.
var ErrOtherData = errors.New("the position is one in other data")

// Seek goes to a position that Position returned, of a dataset of the same content and with the same
// order; else the error wraps [ErrOtherData]. The number of epochs may differ.
func (b *Batches) Seek(to Position) error {
	switch {
	case to.Data != b.identity():
		return fmt.Errorf("%w: %s has changed since it was saved, or is batched otherwise", ErrOtherData, b.data.Name())
	case to.Epoch < 0 || to.Next < 0 || to.Next >= b.usable():
		return fmt.Errorf("%w: epoch %d, record %d of %d", ErrOtherData, to.Epoch, to.Next, b.usable())
	}
	b.epoch, b.next, b.order = to.Epoch, to.Next, nil
	return nil
}

// peek returns the indexes of the next batch.
func (b *Batches) peek() ([]int, error) {
	if b.options.Epochs > 0 && b.epoch >= b.options.Epochs {
		return nil, io.EOF
	}
	end := min(b.next+b.options.Size, b.usable())
	if b.options.Shuffle && b.order == nil {
		b.order = Permutation(b.data.Len(), b.options.Seed, b.epoch)
	}
	rows := make([]int, 0, end-b.next)
	for i := b.next; i < end; i++ {
		if b.order != nil {
			rows = append(rows, b.order[i])
		} else {
			rows = append(rows, i)
		}
	}
	return rows, nil
}

func (b *Batches) advance(n int) {
	if b.next += n; b.next == b.usable() {
		b.epoch, b.next, b.order = b.epoch+1, 0, nil
	}
}

// usable is the number of records that an epoch deals out.
func (b *Batches) usable() int {
	n := b.data.Len()
	if b.options.DropLast {
		n -= n % b.options.Size
	}
	return n
}

func (b *Batches) identity() string {
	o := b.options
	return fmt.Sprintf("%s size %d shuffle %t seed %d drop %t", b.data.Digest().SHA256, o.Size, o.Shuffle, o.Seed, o.DropLast)
}

// Permutation returns the numbers 0 to n-1 in an order that depends on the seed and the epoch alone,
// for good: it is the shuffle of Fisher and Yates with the PCG of math/rand/v2, whose output is
// specified, and with our own reduction of its 64 bits, as that of rand.Shuffle may change.
func Permutation(n int, seed int64, epoch int) []int {
	source := rand.NewPCG(uint64(seed), uint64(epoch))
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j, _ := bits.Mul64(source.Uint64(), uint64(i+1)) // the bias is below n/2⁶⁴
		order[i], order[j] = order[j], order[i]
	}
	return order
}
