// Package jinja renders the templates that come with language models: the part
// of Jinja 2 that chat templates use, set up as Hugging Face transformers sets
// it up (trim_blocks, lstrip_blocks, loop controls, {% generation %}), and with
// Python's rules for what values print, compare and add up to.
//
// Templates are untrusted. There is nothing in one's reach but the values that
// it is given: no files, no other templates, no Go. What it does is counted,
// and too much is an error: steps, bytes, nesting and output are bounded, so
// that rendering ends in about a second whatever the template.
//
// Why not a library: gonja v2.9.1 rendered 127 of this package's 150 fixtures
// as transformers does (it drops spaces after a block, divides and prints
// unlike Python), and cannot bound what a template allocates.
//
// The text becomes tokens (lexer.go), these become functions of a scope
// (statements.go, expressions.go), which work on plain Go values (values.go).
package jinja
