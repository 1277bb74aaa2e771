package tokenizer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// newerUnicode lists the code points, in ranges, that Unicode 16 (the
// reference's regular expressions) has in a general category and Unicode 15
// (Go's) has not. A test compares every code point.
var newerUnicode = map[string]string{
	"Ll": "1C8A A7CD A7DB 10D70-10D85",
	"Lm": "10D4E 10D6F 16D40-16D42 16D6B-16D6C",
	"Lo": "105C0-105F3 10D4A-10D4D 10D4F 10EC2-10EC4 11380-11389 1138B 1138E 11390-113B5 113B7 113D1 113D3 " +
		"11BC0-11BE0 13460-143FA 16100-1611D 16D43-16D6A 18CFF 1E5D0-1E5ED 1E5F0 2EBF0-2EE5D",
	"Lu": "1C89 A7CB-A7CC A7DA A7DC 10D50-10D65",
	"Mc": "113B8-113BA 113C2 113C5 113C7-113CA 113CC-113CD 113CF 1171E 1612A-1612C",
	"Mn": "897 10D69-10D6D 10EFC 113BB-113C0 113CE 113D0 113D2 113E1-113E2 11F5A 1611E-16129 1612D-1612F 1E5EE-1E5EF",
	"Nd": "10D40-10D49 116D0-116E3 11BF0-11BF9 16130-16139 16D70-16D79 1CCF0-1CCF9 1E5F1-1E5FA",
	"Pd": "10D6E",
	"Po": "1B4E-1B4F 1B7F 113D4-113D5 113D7-113D8 11BE1 16D6D-16D6F 1E5FF",
	"Sm": "10D8E-10D8F",
	"So": "2427-2429 2FFC-2FFF 31E4-31E5 31EF 1CC00-1CCEF 1CD00-1CEB3 1F8B2-1F8BB 1F8C0-1F8C1 1FA89 1FA8F 1FABE " +
		"1FAC6 1FADC 1FADF 1FAE9 1FBCB-1FBEF",
}

// newerDigits are the numbers that Unicode 17 adds: the reference's Digits
// follows it, where its regular expressions do not.
const newerDigits = "11DE0-11DE9 16FF4-16FF6"

// newerLower are the lower-case mappings of Unicode 17 that Go lacks: ranges
// and the distance to the lower case.
var newerLower = []struct{ from, to, distance rune }{
	{0x1C89, 0x1C89, 1},
	{0xA7CB, 0xA7CB, -42343},
	{0xA7CC, 0xA7CC, 1},
	{0xA7CE, 0xA7CE, 1},
	{0xA7D2, 0xA7D2, 1},
	{0xA7D4, 0xA7D4, 1},
	{0xA7DA, 0xA7DA, 1},
	{0xA7DC, 0xA7DC, -42561},
	{0x10D50, 0x10D65, 32},
	{0x16EA0, 0x16EB8, 27},
}

// newer are the ranges that Unicode 16 adds to a category ("Lu") or to a group
// of them ("L").
func newer(category string) (ranges [][2]rune) {
	for _, name := range slices.Sorted(maps.Keys(newerUnicode)) {
		if strings.HasPrefix(name, category) {
			ranges = append(ranges, parseRanges(newerUnicode[name])...)
		}
	}
	return ranges
}

// parseRanges reads "1C8A 10D70-10D85".
func parseRanges(list string) (ranges [][2]rune) {
	for _, item := range strings.Fields(list) {
		var r [2]rune
		if n, _ := fmt.Sscanf(item, "%X-%X", &r[0], &r[1]); n == 1 {
			r[1] = r[0]
		}
		ranges = append(ranges, r)
	}
	return ranges
}
