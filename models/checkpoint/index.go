package checkpoint

import (
	"cmp"
	"fmt"
)

// index is the tensors of a checkpoint, in file order and by name.
type index struct {
	list   []*tensor
	byName map[string]*tensor
}

// newIndex takes tensors whose names must differ.
func newIndex(list []*tensor) (index, error) {
	byName := make(map[string]*tensor, len(list))
	for _, t := range list {
		if byName[t.Name] != nil {
			return index{}, damaged("tensor %.100q stands there twice", t.Name)
		}
		byName[t.Name] = t
	}
	return index{list, byName}, nil
}

func (x index) find(name string) (*tensor, error) {
	if t := x.byName[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("%w: %.100q", ErrNoTensor, name)
}

func (x index) infos() []Info {
	infos := make([]Info, len(x.list))
	for i, t := range x.list {
		infos[i] = t.Info
	}
	return infos
}

// byOffset orders tensors as they lie in their file.
func byOffset(a, b *tensor) int {
	return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.Bytes, b.Bytes))
}
