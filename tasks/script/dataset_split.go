package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"
)

// split orders the groups of each stratum by a hash of their name and the seed, and takes them for
// the test part until it has its share, so that a group is on one side whole. The share is met more
// closely than by each group's hash alone, which matters where a source has a dozen groups.
type split struct {
	by, within string
	test       float64
	seed       int
}

func datasetSplit(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	s := split{test: 0.1}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "by?", &s.by, "test?", &s.test, "within?", &s.within, "seed?", &s.seed); err != nil {
		return nil, err
	}
	if !(s.test > 0 && s.test < 1) {
		return nil, advise("test is the share held out, such as 0.1", "split: test is %g, not between 0 and 1", s.test)
	}
	of, err := d.all()
	if err != nil {
		return nil, err
	}
	train, test, err := s.sides(of)
	if err != nil {
		return nil, err
	}
	if err := r.sameAsBefore("split", d.digest, fmt.Sprintf("%+v", s), map[string]any{"train": int64(len(train)), "test": int64(len(test)), "data": d.digest}); err != nil {
		return nil, err
	}
	side := func(name string, of rows) *Dataset {
		return &Dataset{run: r, name: d.name + " " + name, rows: of, digest: hashOf(d.digest, name, fmt.Sprintf("%+v", s))}
	}
	return starlark.Tuple{side("train", &picked{of, train}), side("test", heldOut{&picked{of, test}})}, nil
}

func (s split) sides(of rows) (train, test []int32, err error) {
	strata := map[string]map[string][]int32{}
	for i := range of.len() {
		row, err := of.row(i)
		if err != nil {
			return nil, nil, err
		}
		stratum, group := "", fmt.Sprint(i)
		if s.within != "" {
			if stratum, err = groupOf(row, s.within, i); err != nil {
				return nil, nil, err
			}
		}
		if s.by != "" {
			if group, err = groupOf(row, s.by, i); err != nil {
				return nil, nil, err
			}
		}
		if strata[stratum] == nil {
			strata[stratum] = map[string][]int32{}
		}
		strata[stratum][group] = append(strata[stratum][group], int32(i))
	}
	held := map[string]bool{} // a group that occurs in several strata goes to one side in all
	for _, stratum := range sortedKeys(strata) {
		a, b := s.deal(strata[stratum], held)
		train, test = append(train, a...), append(test, b...)
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test, nil
}

// deal puts the groups of one stratum on their sides.
func (s split) deal(groups map[string][]int32, held map[string]bool) (train, test []int32) {
	names, total := sortedKeys(groups), 0
	for _, g := range groups {
		total += len(g)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(hashOf(fmt.Sprint(s.seed), a), hashOf(fmt.Sprint(s.seed), b))
	})
	for _, name := range names {
		rows := groups[name]
		onTest, known := held[name]
		if !known {
			// Half of a group may overshoot the share; without a test part nothing could be said.
			onTest = len(test) == 0 || float64(len(test))+float64(len(rows))/2 <= s.test*float64(total)
			held[name] = onTest
		}
		if onTest {
			test = append(test, rows...)
		} else {
			train = append(train, rows...)
		}
	}
	return train, test
}

func groupOf(row *Row, field string, i int) (string, error) {
	v, err := need(row, field, i)
	if err != nil {
		return "", err
	}
	if s, ok := starlark.AsString(v); ok {
		return s, nil
	}
	return v.String(), nil
}
