package script

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

// Kind is what a param takes.
type Kind string

// The kinds of params.
const (
	IntParam     Kind = "int"
	FloatParam   Kind = "float"
	BoolParam    Kind = "bool"
	TextParam    Kind = "text"
	ModelParam   Kind = "model"
	DatasetParam Kind = "dataset"
	PoolParam    Kind = "pool"
)

// Param is a setting that a script declares. Flags, forms and the record of a run come from it.
type Param struct {
	Name    string
	Kind    Kind
	Default any // int64, float64, bool or string
	Help    string
	Low     *float64 // smallest value; nil for none
	High    *float64 // largest value; nil for none
	OneOf   []any    // the values to choose from; empty for any
	Log     bool     // sweeps vary it by factors
	Several bool     // of a dataset: several names, separated by commas, are read as one
	Example any      // of a dataset: rows that show its fields; check uses them
	Line    int      // where it is declared
}

// Describe is the param in one line, such as: float 0.0001, 1e-06 to 0.01.
func (p Param) Describe() string {
	text := fmt.Sprintf("%s %s", p.Kind, format(p.Default))
	switch {
	case p.Low != nil && p.High != nil:
		text += fmt.Sprintf(", %g to %g", *p.Low, *p.High)
	case p.Low != nil:
		text += fmt.Sprintf(", at least %g", *p.Low)
	case p.High != nil:
		text += fmt.Sprintf(", at most %g", *p.High)
	}
	if len(p.OneOf) > 0 {
		choices := make([]string, len(p.OneOf))
		for i, v := range p.OneOf {
			choices[i] = format(v)
		}
		text += ", one of " + strings.Join(choices, " ")
	}
	if p.Several {
		text += ", several separated by commas"
	}
	return text
}

// Text is a value of the param as it is typed; Parse reads it back.
func (p Param) Text(value any) string { return fmt.Sprint(value) }

// format writes a param's value as it is typed on a command line.
func format(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		if v == "" {
			return `""`
		}
		return v
	}
	return fmt.Sprint(v)
}

// Parse reads a value as it is typed on a command line, and checks it. The error is a [*ParamError].
func (p Param) Parse(text string) (any, error) {
	var v any
	var err error
	switch p.Kind {
	case IntParam:
		v, err = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	case FloatParam:
		v, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
	case BoolParam:
		v, err = strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
	default:
		v = text
	}
	if err != nil {
		return nil, p.refuse("%q is not %s", text, article(p.Kind))
	}
	return p.Accept(v)
}

func article(k Kind) string {
	switch k {
	case IntParam:
		return "a whole number"
	case FloatParam:
		return "a number"
	case BoolParam:
		return "true or false"
	}
	return "a " + string(k)
}

// Accept checks a value against the param and gives it the param's type: int64, float64, bool or
// string. The error is a [*ParamError].
func (p Param) Accept(v any) (any, error) {
	typed, ok := p.typed(v)
	if !ok {
		return nil, p.refuse("%v is not %s", v, article(p.Kind))
	}
	if n, ok := number(typed); ok {
		switch {
		case math.IsNaN(n) || math.IsInf(n, 0):
			return nil, p.refuse("%s is not a finite number", format(typed))
		case p.Low != nil && n < *p.Low:
			return nil, p.refuse("%s is below %g", format(typed), *p.Low)
		case p.High != nil && n > *p.High:
			return nil, p.refuse("%s is above %g", format(typed), *p.High)
		}
	}
	if len(p.OneOf) > 0 && !slices.Contains(p.OneOf, typed) {
		return nil, p.refuse("%s is not a choice; it takes %s", format(typed), p.Describe())
	}
	return typed, nil
}

func (p Param) typed(v any) (any, bool) {
	switch v := v.(type) {
	case int:
		return p.typed(int64(v))
	case int64:
		switch p.Kind {
		case IntParam:
			return v, true
		case FloatParam:
			return float64(v), true
		}
	case float64:
		if p.Kind == IntParam && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
		return v, p.Kind == FloatParam
	case bool:
		return v, p.Kind == BoolParam
	case string:
		return v, p.Kind == TextParam || p.Kind == ModelParam || p.Kind == DatasetParam || p.Kind == PoolParam
	}
	return nil, false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// Values gives the params their values: texts as typed by a person, by name. The error is [ParamErrors]
// where values are not taken: all of them.
func Values(params []Param, texts map[string]string) (map[string]any, error) {
	values := map[string]any{}
	var names []string
	var wrong ParamErrors
	for _, p := range params {
		names = append(names, p.Name)
		text, ok := texts[p.Name]
		if !ok {
			continue
		}
		v, err := p.Parse(text)
		var one *ParamError
		switch {
		case errors.As(err, &one):
			wrong = append(wrong, one)
		case err != nil:
			return nil, err
		default:
			values[p.Name] = v
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	for name := range texts {
		if !slices.Contains(names, name) {
			hint := suggest(name, names)
			if hint == "" {
				hint = "it has " + strings.Join(names, ", ")
			}
			return nil, fmt.Errorf("the script has no param %s; %s", name, hint)
		}
	}
	return values, nil
}

// paramType is the name param: it can be called, and its attributes are the params of other kinds.
type paramType struct {
	*starlark.Builtin
	run *Run
}

func (p paramType) Attr(name string) (starlark.Value, error) {
	switch name {
	case "model":
		return p.run.builtin("param.model", declareModel), nil
	case "dataset":
		return p.run.builtin("param.dataset", declareDataset), nil
	case "pool":
		return p.run.builtin("param.pool", declarePool), nil
	}
	return nil, nil
}

func (paramType) AttrNames() []string { return []string{"dataset", "model", "pool"} }

func declareParam(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p := Param{}
	var standard, low, high starlark.Value
	var choices starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "default", &standard, "help", &p.Help, "low?", &low, "high?", &high, "one_of?", &choices, "log?", &p.Log); err != nil {
		return nil, err
	}
	plainDefault, err := plain(standard)
	if err != nil {
		return nil, err
	}
	switch v := plainDefault.(type) {
	case int64:
		p.Kind = IntParam
	case float64:
		p.Kind = FloatParam
	case bool:
		p.Kind = BoolParam
	case string:
		p.Kind = TextParam
	default:
		return nil, advise("params are whole numbers, numbers, True or False, or text", "the default of a param cannot be a %T", v)
	}
	p.Default = plainDefault
	if p.Low, err = limit("low", low); err != nil {
		return nil, err
	}
	if p.High, err = limit("high", high); err != nil {
		return nil, err
	}
	if choices != nil {
		for v := range starlark.Elements(choices) {
			choice, err := plain(v)
			if err != nil {
				return nil, err
			}
			if choice, ok := p.typed(choice); ok {
				p.OneOf = append(p.OneOf, choice)
				continue
			}
			return nil, fmt.Errorf("one_of holds %v, which is not %s", v, article(p.Kind))
		}
	}
	v, err := r.declare(p)
	if err != nil {
		return nil, err
	}
	return toStarlark(v)
}

func limit(name string, v starlark.Value) (*float64, error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	f, ok := starlark.AsFloat(v)
	if !ok {
		return nil, fmt.Errorf("%s is %s, not a number", name, v)
	}
	return &f, nil
}

// declare notes a param, and gives the value that this run has for it.
func (r *Run) declare(p Param) (any, error) {
	at := r.thread.CallFrame(1).Pos
	p.Name, p.Line = r.script.params[placeOf(at)], int(at.Line)
	if p.Name == "" {
		return nil, advise("write  name = param(default, help)", "this call of param has no name on its left")
	}
	if strings.TrimSpace(p.Help) == "" {
		return nil, advise("people read it on the command line and in forms", "param %s has no help", p.Name)
	}
	if slices.ContainsFunc(r.params, func(q Param) bool { return q.Name == p.Name }) {
		return nil, fmt.Errorf("param %s is declared twice", p.Name)
	}
	standard, err := p.Accept(p.Default)
	if err != nil {
		return nil, fmt.Errorf("the default of %w", err)
	}
	p.Default = standard
	r.params = append(r.params, p)
	value := standard
	if given, ok := r.given[p.Name]; ok {
		if value, err = p.Accept(given); err != nil {
			return nil, err
		}
	}
	r.values[p.Name] = value
	return value, nil
}

func declareModel(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p := Param{Kind: ModelParam, Help: "model"}
	var standard string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "default", &standard, "help?", &p.Help); err != nil {
		return nil, err
	}
	p.Default = standard
	v, err := r.declare(p)
	if err != nil {
		return nil, err
	}
	return r.newModel(v.(string)), nil
}

func declareDataset(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p := Param{Kind: DatasetParam, Help: "dataset"}
	var standard string
	var example *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "default", &standard, "help?", &p.Help, "several?", &p.Several, "example?", &example); err != nil {
		return nil, err
	}
	p.Default = standard
	if example != nil {
		rows, err := plain(example)
		if err != nil {
			return nil, fmt.Errorf("example: %w", err)
		}
		p.Example = rows
	}
	v, err := r.declare(p)
	if err != nil {
		return nil, err
	}
	names := []string{v.(string)}
	if p.Several {
		names = strings.Split(v.(string), ",")
	}
	if r.forFlow {
		return shut{v.(string)}, nil
	}
	return r.openDataset(r.params[len(r.params)-1].Name, names, p.Example), nil // the one that was just declared
}

// declarePool is param.pool(default, help): people by the name of their pool; empty for everybody.
func declarePool(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p := Param{Kind: PoolParam}
	var standard string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "default", &standard, "help", &p.Help); err != nil {
		return nil, err
	}
	p.Default = standard
	v, err := r.declare(p)
	if err != nil {
		return nil, err
	}
	return starlark.String(v.(string)), nil
}
