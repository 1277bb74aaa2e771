package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Split divides the records into two parts, by the groups that the field at the dotted path by
// makes: all records of a group fall on the same side, so that nothing of a test group has been
// seen in training. An empty by makes each record its own group, by its content.
//
// The side of a group depends on its value, the seed and the fraction alone: adding records never
// moves a group, and a larger test fraction of the same seed keeps every group of a smaller one. So
// the parts have the asked sizes only roughly, the more so the fewer groups there are; a part that
// got nothing is an error. A record without the field is an error too.
func (d *Dataset) Split(by string, test float64, seed int64) (train, held *Dataset, err error) {
	if !(test > 0 && test < 1) {
		return nil, nil, fmt.Errorf("split %s: the test part is %g of it, it must be between 0 and 1", d.Name(), test)
	}
	var parts [2][]int
	groups := map[string]bool{}
	err = d.places(by, seed, func(i int, group string, place uint64) {
		side := 0
		if float64(place)/(1<<64) < test {
			side = 1
		}
		parts[side] = append(parts[side], i)
		groups[group] = true
	})
	if err != nil {
		return nil, nil, err
	}
	label := fmt.Sprintf("of a split with %g for the test%s, seed %d", test, byWords(by), seed)
	for side, name := range []string{"train", "test"} {
		if len(parts[side]) == 0 {
			return nil, nil, d.emptyPart(name, len(groups))
		}
	}
	if train, err = d.Subset("train "+label, parts[0]); err != nil {
		return nil, nil, err
	}
	held, err = d.Subset("test "+label, parts[1])
	return train, held, err
}

// Fold is one of k ways to hold a part of the groups out.
type Fold struct {
	Train, Test *Dataset
}

// Folds divides the records into k parts by groups, as Split does, and returns k folds, each with
// another of the parts for the test. Every record is in exactly one test part.
func (d *Dataset) Folds(by string, k int, seed int64) ([]Fold, error) {
	if k < 2 {
		return nil, fmt.Errorf("split %s into %d folds: there must be 2 or more", d.Name(), k)
	}
	train, test := make([][]int, k), make([][]int, k)
	groups := map[string]bool{}
	err := d.places(by, seed, func(i int, group string, place uint64) {
		mine, _ := bits.Mul64(place, uint64(k)) // ⌊place·k / 2⁶⁴⌋
		for fold := range k {
			if uint64(fold) == mine {
				test[fold] = append(test[fold], i)
			} else {
				train[fold] = append(train[fold], i)
			}
		}
		groups[group] = true
	})
	if err != nil {
		return nil, err
	}
	folds := make([]Fold, k)
	for i := range folds {
		if len(test[i]) == 0 || len(train[i]) == 0 {
			return nil, d.emptyPart(fmt.Sprintf("fold %d of %d", i+1, k), len(groups))
		}
		label := fmt.Sprintf("fold %d of %d%s, seed %d", i+1, k, byWords(by), seed)
		if folds[i].Train, err = d.Subset("train "+label, train[i]); err != nil {
			return nil, err
		}
		if folds[i].Test, err = d.Subset("test "+label, test[i]); err != nil {
			return nil, err
		}
	}
	return folds, nil
}

// places calls each for every record with its group and the group's place, a uniform number.
func (d *Dataset) places(by string, seed int64, each func(i int, group string, place uint64)) error {
	i := 0
	for record, err := range d.All() {
		if err != nil {
			return err
		}
		group, err := d.group(record, by, i)
		if err != nil {
			return fmt.Errorf("split %s: %w", d.Name(), err)
		}
		each(i, group, place(seed, group))
		i++
	}
	return nil
}

func (d *Dataset) group(record Record, by string, i int) (string, error) {
	if by == "" {
		return Canonical(record)
	}
	value, ok := record.At(by)
	if !ok {
		return "", fmt.Errorf("record %d has no field %q; it has %q", d.row(i), by, record.Keys())
	}
	return Canonical(value)
}

// place is the first 64 bits of SHA-256 over the seed and the group.
func place(seed int64, group string) uint64 {
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], uint64(seed))
	sum := sha256.Sum256(append(head[:], group...))
	return binary.BigEndian.Uint64(sum[:8])
}

func (d *Dataset) emptyPart(name string, groups int) error {
	return fmt.Errorf("split %s: no record fell into %s; there are %d groups, take another seed, fraction or field",
		d.Name(), name, groups)
}

func byWords(by string) string {
	if by == "" {
		return ""
	}
	return " by " + by
}
