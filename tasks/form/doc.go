// Package form says what people are asked and what they may answer: pure data, checked in one place for
// the browser, the API and scripts alike.
//
// A [Form] shows fields of an item and asks for answers. It is versioned by its content: whoever was given
// a form is judged by that very form, whatever became of its name since. Positions in texts count Unicode
// code points, and come with the text that they mean, so that a shifted position is noticed.
package form
