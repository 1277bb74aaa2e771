package checkpoint

import (
	"errors"
	"fmt"
)

var (
	// ErrDamaged marks a file that contradicts itself or its format: truncated, overwritten or forged.
	ErrDamaged = errors.New("damaged checkpoint")
	// ErrUnsupported marks a sound file that uses something this package cannot read.
	ErrUnsupported = errors.New("unsupported checkpoint")
	// ErrNoTensor marks a request for a tensor that the checkpoint does not have.
	ErrNoTensor = errors.New("no such tensor")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, args...)...)
}
