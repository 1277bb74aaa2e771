package script

import (
	"context"

	"go.starlark.net/starlark"

	"workbench/models/tokenizer"
	"workbench/tasks/flow"
)

// rated is a response that a model judges.
type rated struct {
	model    string
	prompt   []tokenizer.Message
	response string
}

func ratedOf(b *starlark.Builtin, name string, args starlark.Tuple, kwargs []starlark.Tuple) (rated, map[string]any, error) {
	var model, prompt starlark.Value
	var r rated
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, name, &model, "prompt", &prompt, "response", &r.response); err != nil {
		return r, nil, err
	}
	var err error
	if r.model, err = modelName(b.Name(), model); err != nil {
		return r, nil, err
	}
	if r.prompt, err = oneOfPrompts(b.Name(), prompt, nil); err != nil {
		return r, nil, err
	}
	return r, map[string]any{"model": r.model, "messages": plainTurns(r.prompt), "response": r.response}, nil
}

// scorePrimitive is score(reward, prompt=, response=).
func scorePrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of, given, err := ratedOf(b, "reward", args, kwargs)
	if err != nil {
		return nil, err
	}
	return value(x.calls.Do(b.Name(), given, func(ctx context.Context) (flow.Value, []string, error) {
		models, err := x.models()
		if err != nil {
			return nil, nil, err
		}
		scores, digest, err := models.Score(ctx, of.model, of.prompt, of.response)
		if err != nil {
			return nil, nil, err
		}
		cites := []string{"model:" + digest}
		if len(scores) == 1 {
			return scores[0], cites, nil
		}
		list := make([]any, len(scores))
		for i, s := range scores {
			list[i] = s
		}
		return list, cites, nil
	}))
}

// logpPrimitive is logp(model, prompt=, response=).
func logpPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	of, given, err := ratedOf(b, "model", args, kwargs)
	if err != nil {
		return nil, err
	}
	return value(x.calls.Do(b.Name(), given, func(ctx context.Context) (flow.Value, []string, error) {
		models, err := x.models()
		if err != nil {
			return nil, nil, err
		}
		logp, digest, err := models.LogP(ctx, of.model, of.prompt, of.response)
		return logp, []string{"model:" + digest}, err
	}))
}
