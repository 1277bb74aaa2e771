package cli

import (
	"cmp"
	"context"
	"errors"

	"workbench/tasks/script"
	"workbench/ui/web"
)

// checkNames looks up the data and the models that settings name, so that a start is refused at once,
// with all settings that are wrong.
func (e *engine) checkNames(ctx context.Context, x experiment) error {
	look := e.fork("names of settings")
	look.namesOnly = x.namesOnly
	var wrong script.ParamErrors
	for _, p := range x.declared {
		name, _ := cmp.Or(x.params[p.Name], p.Default).(string)
		if name == "" {
			continue // the script says itself whether it can do without
		}
		if err := look.checkName(ctx, p.Kind, name); err != nil {
			says := err.Error()
			if hint := hintOf(err); hint != "" {
				says += "; " + hint
			}
			wrong = append(wrong, &script.ParamError{Param: p.Name, Says: says})
		}
	}
	if len(wrong) > 0 {
		return fail(badInput, "%w", wrong)
	}
	return nil
}

func (e *engine) checkName(ctx context.Context, kind script.Kind, name string) (err error) {
	switch kind {
	case script.DatasetParam:
		_, err = e.data().Find(name)
	case script.ModelParam:
		if name, _, err = precisionOf(name, ""); err == nil {
			_, err = e.find(ctx, name)
		}
	}
	return err
}

// problemsOf are the settings that an error is about.
func problemsOf(err error) []web.Problem {
	var one *script.ParamError
	var all script.ParamErrors
	if errors.As(err, &one) {
		all = script.ParamErrors{one}
	} else if !errors.As(err, &all) {
		return nil
	}
	var problems []web.Problem
	for _, p := range all {
		problems = append(problems, web.Problem{Field: p.Param, Says: p.Says})
	}
	return problems
}
