package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// class says what kind of character a code point is, in the eyes of the
// reference's regular expressions (Oniguruma, Unicode 16).
type class uint8

const (
	letter class = 1 << iota // \p{L}
	number                   // \p{N}
	space                    // \s
	word                     // \w of Rust's regex crate, which single_word and Whitespace use
	digit                    // Rust's char::is_numeric, Unicode 17, which Digits uses
)

// classPages holds classes by code point in pages of 256; equal pages are shared.
type classPages struct {
	page  [(unicode.MaxRune + 1) / 256]uint8
	pages [][256]class
}

var (
	classTable   = makeClassPages()
	asciiClasses = [utf8.RuneSelf]class(classTable.pages[classTable.page[0]][:utf8.RuneSelf])
)

func classOf(c rune) class { return classTable.pages[classTable.page[c>>8]][c&0xFF] }

func makeClassPages() *classPages {
	flat := make([]class, unicode.MaxRune+1)
	mark := func(bits class, from, to, stride rune) {
		for c := from; c <= to; c += stride {
			flat[c] |= bits
		}
	}
	tables := func(bits class, newer [][2]rune, tables ...*unicode.RangeTable) {
		for _, t := range tables {
			for _, r := range t.R16 {
				mark(bits, rune(r.Lo), rune(r.Hi), rune(r.Stride))
			}
			for _, r := range t.R32 {
				mark(bits, rune(r.Lo), rune(r.Hi), rune(r.Stride))
			}
		}
		for _, r := range newer {
			mark(bits, r[0], r[1], 1)
		}
	}
	tables(letter|word, newer("L"), unicode.L)
	tables(number|digit, newer("N"), unicode.N)
	tables(digit, parseRanges(newerDigits))
	tables(space, nil, unicode.White_Space)
	tables(word, newer("M"), unicode.M, unicode.Other_Alphabetic, unicode.Join_Control)
	tables(word, newer("Nd"), unicode.Nd, unicode.Nl, unicode.Pc)

	table := new(classPages)
	seen := make(map[[256]class]uint8)
	for p := range table.page {
		page := [256]class(flat[p*256:])
		i, ok := seen[page]
		if !ok {
			i = uint8(len(table.pages))
			seen[page] = i
			table.pages = append(table.pages, page)
		}
		table.page[p] = i
	}
	return table
}
