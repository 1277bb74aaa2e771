package script

import (
	"fmt"
	"regexp"

	"go.starlark.net/starlark"
)

// findall is findall(pattern, text).
func findall(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var pattern, text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "pattern", &pattern, "text", &text); err != nil {
		return nil, err
	}
	p, err := regexp.Compile(pattern)
	if err != nil {
		return nil, advise(`patterns are those of RE2: no look-around, no back-references; write r"\d+" so that backslashes stay`, "findall: %w", err)
	}
	if p.NumSubexp() > 1 {
		return nil, advise("mark what is wanted with ( ), and group the rest with (?: )", "findall: the pattern %s has %d groups", fmt.Sprintf("%q", pattern), p.NumSubexp())
	}
	var found []starlark.Value
	for _, m := range p.FindAllStringSubmatch(text, -1) {
		found = append(found, starlark.String(m[len(m)-1]))
	}
	return starlark.NewList(found), nil
}
