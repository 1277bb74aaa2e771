package cli

import (
	"context"

	"workbench/embed"
)

// runtimeLibrary is the path of ONNX Runtime's shared library: $WORKBENCH_ORT where it is set (a build
// for another device, say), otherwise the carried one, unpacked into the cache at the first use.
func (a *app) runtimeLibrary(ctx context.Context) (string, error) {
	if path := a.getenv("WORKBENCH_ORT"); path != "" {
		return path, nil
	}
	return unpacked(ctx, embed.Runtime)
}

// embeddedModel is the path of the carried language model, a GGUF file, unpacked at the first use.
func (a *app) embeddedModel(ctx context.Context) (string, error) {
	return unpacked(ctx, embed.Model)
}

// embeddedReward is the path of the folder with the carried reward adapter and its card.
func (a *app) embeddedReward(ctx context.Context) (string, error) {
	return unpacked(ctx, embed.Reward)
}

func unpacked(ctx context.Context, find func() (*embed.Part, error)) (string, error) {
	part, err := find()
	if err != nil {
		return "", err
	}
	return part.Extract(ctx, "")
}
