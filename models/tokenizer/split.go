package tokenizer

import (
	"fmt"
	"slices"
	"strings"
)

// cut is a stretch of text, which a pattern matched or which lies between.
type cut struct {
	from, to int
	match    bool
}

func appendGap(cuts []cut, from, to int) []cut {
	if from == to {
		return cuts
	}
	return append(cuts, cut{from, to, false})
}

// literalCuts covers the text with the occurrences of a string and the gaps.
func literalCuts(text, of string) []cut {
	var cuts []cut
	from := 0
	for {
		i := strings.Index(text[from:], of)
		if i < 0 || of == "" {
			return appendGap(cuts, from, len(text))
		}
		cuts = appendGap(cuts, from, from+i)
		cuts = append(cuts, cut{from + i, from + i + len(of), true})
		from += i + len(of)
	}
}

// behavior says what becomes of the matches of a splitting pattern.
type behavior uint8

const (
	isolated behavior = iota
	removed
	contiguous
	mergedWithPrevious
	mergedWithNext
)

func parseBehavior(name string) (behavior, error) {
	i := slices.Index([]string{"Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"}, name)
	if i < 0 {
		return 0, fmt.Errorf("behavior %q: %w", name, ErrUnsupported)
	}
	return behavior(i), nil
}

// apply turns the matches and gaps of a text into its pieces; a cut of the
// result with match set is left out.
func (b behavior) apply(cuts []cut) []cut {
	switch b {
	case removed:
		return cuts
	case contiguous:
		return join(cuts, func(match, before bool) bool { return match == before })
	case mergedWithPrevious:
		return join(cuts, func(match, before bool) bool { return match && !before })
	case mergedWithNext:
		slices.Reverse(cuts)
		cuts = join(cuts, func(match, before bool) bool { return match && !before })
		slices.Reverse(cuts)
		return cuts
	}
	return join(cuts, func(_, _ bool) bool { return false })
}

// join unites each cut with the piece before it where the rule says so, given
// whether it and the cut before it are matches.
func join(cuts []cut, unite func(match, before bool) bool) []cut {
	pieces := cuts[:0]
	before := false
	for _, c := range cuts {
		if last := len(pieces) - 1; last >= 0 && unite(c.match, before) {
			pieces[last].from = min(pieces[last].from, c.from)
			pieces[last].to = max(pieces[last].to, c.to)
		} else {
			pieces = append(pieces, cut{c.from, c.to, false})
		}
		before = c.match
	}
	return pieces
}

func yieldCuts(text string, start bool, cuts []cut, yield func(string, bool)) {
	for _, c := range cuts {
		if !c.match && c.from < c.to {
			yield(text[c.from:c.to], start && c.from == 0)
		}
	}
}

// patternSplit cuts by a string or a regular expression.
type patternSplit struct {
	find   finder
	keep   behavior
	invert bool
}

func newPatternSplit(f preTokenizerFile) (splitter, error) {
	find, err := f.Pattern.finder()
	if err != nil {
		return nil, err
	}
	keep, err := parseBehavior(f.Behavior)
	if err != nil {
		return nil, err
	}
	return patternSplit{find: find, keep: keep, invert: f.Invert}, nil
}

func (s patternSplit) split(text string, start bool, yield func(string, bool)) {
	cuts := s.find(text)
	if s.invert {
		for i := range cuts {
			cuts[i].match = !cuts[i].match
		}
	}
	yieldCuts(text, start, s.keep.apply(cuts), yield)
}
