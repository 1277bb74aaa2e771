package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"workbench/models/tokenizer"
	"workbench/storage/dataset"
	"workbench/tasks/script"
)

// pair is a response and what it responds to.
type pair struct {
	id       any // what the line calls itself; nil for nothing
	turns    []tokenizer.Message
	response string
}

// pairs are the lines of a file, or of stdin, with a prompt and a response each. All of them are
// checked before the first is used.
type pairs struct {
	name string // of the file, for people
	data *dataset.Dataset
	temp string // where stdin was put; empty for a file
}

// openPairs reads and checks a JSON Lines file; - is stdin.
func (a *app) openPairs(input string) (*pairs, error) {
	p := &pairs{name: input}
	path := input
	if input == "-" {
		var err error
		if path, err = spool(a.stdin); err != nil {
			return nil, err
		}
		p.name, p.temp = "stdin", path
	}
	if _, err := (datasets{}).Find(path); err != nil {
		return nil, errors.Join(err, p.close())
	}
	var err error
	if p.data, err = dataset.Open(path); err != nil {
		return nil, errors.Join(p.explain(err), p.close())
	}
	for i := range p.data.Len() {
		if _, err := p.at(i); err != nil {
			return nil, errors.Join(p.explain(err), p.close())
		}
	}
	return p, nil
}

// spool keeps stdin in a temporary file, since it is read more than once.
func spool(stdin io.Reader) (path string, err error) {
	file, err := os.CreateTemp("", "workbench-*.jsonl")
	if err != nil {
		return "", fmt.Errorf("keep stdin: %w", err)
	}
	_, err = io.Copy(file, stdin)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("read stdin: %w", err), os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func (p *pairs) len() int { return p.data.Len() }

// at is the i-th pair.
func (p *pairs) at(i int) (pair, error) {
	record, err := p.data.Record(i)
	if err != nil {
		return pair{}, err
	}
	id, _ := record.Get("id")
	value, _ := record.Get("prompt")
	turns, problem := turnsOf(value)
	if problem != "" {
		return pair{}, p.bad(i, "prompt", problem)
	}
	value, _ = record.Get("response")
	response, isText := value.(string)
	if !isText {
		return pair{}, p.bad(i, "response", "the response is "+kindOf(value)+", and must be a text")
	}
	return pair{id, turns, response}, nil
}

// turnsOf reads a prompt: a text, or a list of messages. The problem is empty when there is none.
func turnsOf(value any) (turns []tokenizer.Message, problem string) {
	if text, is := value.(string); is {
		return script.Turns(text), ""
	}
	list, isList := value.([]any)
	if !isList {
		return nil, "the prompt is " + kindOf(value) + ", and must be a text or a list of messages"
	}
	for i, item := range list {
		message, isRecord := item.(dataset.Record)
		if !isRecord {
			return nil, fmt.Sprintf("message %d is %s, and must be an object with role and content", i+1, kindOf(item))
		}
		role, _ := message.Get("role")
		content, _ := message.Get("content")
		roleText, isRole := role.(string)
		contentText, isContent := content.(string)
		if !isRole || !isContent {
			return nil, fmt.Sprintf("message %d has role %s and content %s; both must be texts", i+1, kindOf(role), kindOf(content))
		}
		turns = append(turns, tokenizer.Message{Role: roleText, Content: contentText})
	}
	if len(turns) == 0 {
		return nil, "the prompt is an empty list of messages"
	}
	return turns, ""
}

// kindOf names what a value is.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "missing"
	case bool:
		return "true or false"
	case string:
		return "a text"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// bad says that the i-th record lacks something, at the place of the key where there is one.
func (p *pairs) bad(i int, key, problem string) error {
	bad := &dataset.BadRecord{File: p.data.Path(), Line: i + 1, Column: 1, Problem: problem}
	line, text, err := p.line(i)
	if err != nil {
		return err
	}
	bad.Line = line
	if at := strings.Index(text, `"`+key+`"`); at >= 0 {
		bad.Column = utf8.RuneCountInString(text[:at]) + 1
	}
	return bad
}

// line finds the i-th record in the file: its line, from 1, and the text of it. Empty lines count as
// lines and are no records.
func (p *pairs) line(i int) (number int, text string, err error) {
	file, err := os.Open(p.data.Path())
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	var content io.Reader = file
	if strings.HasSuffix(strings.ToLower(p.data.Path()), ".gz") {
		unzip, err := gzip.NewReader(file)
		if err != nil {
			return 0, "", err
		}
		defer unzip.Close()
		content = unzip
	}
	reader := bufio.NewReader(content)
	for number = 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if i == 0 {
				return number, string(line), nil
			}
			i--
		}
		if err != nil {
			return number, "", fmt.Errorf("%s changed while it was read", p.name)
		}
	}
}

// explain words what is wrong with the input.
func (p *pairs) explain(err error) error {
	var bad *dataset.BadRecord
	if !errors.As(err, &bad) {
		return fail(badInput, "%w", err)
	}
	bad.File = p.name
	return fail(badInput, "%w", bad).next(`correct that line; each record has the texts prompt and response. Nothing was scored`)
}

func (p *pairs) close() error {
	var errs []error
	if p.data != nil {
		errs = append(errs, p.data.Close())
	}
	if p.temp != "" {
		errs = append(errs, os.Remove(p.temp))
	}
	return errors.Join(errs...)
}
