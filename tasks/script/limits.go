package script

import (
	"fmt"
	"math"

	"go.starlark.net/starlark"
)

// What a script may compute. The interpreter counts steps, of which a second has some ten millions. It
// cannot count memory: scripts come from researchers, and are checked in a process of their own.
const (
	maxDescribe = 20_000_000  // the top level: a second is plenty
	maxCheck    = 50_000_000  // a script that is tried
	maxInstance = 200_000_000 // an instance of a flow, each time that it is executed from the top
	maxCalls    = 1000        // functions inside functions: Go's stack has an end, too
)

// largest is how many bytes a value may have that goes into a primitive of a flow, roughly.
const largest = 16 << 20

var errTooLarge = advise("pass what is needed, or keep it as records of a dataset", "a value has more than %d MB", largest>>20)

// between is how many steps go by from one look at the depth of calls to the next.
const between = 10_000

// guard bounds a thread: its steps (0: any number), and how deep its functions call each other.
func guard(thread *starlark.Thread, steps uint64) {
	if steps == 0 {
		steps = math.MaxUint64 / 2
	}
	thread.OnMaxSteps = func(t *starlark.Thread) {
		switch {
		case t.Steps >= steps:
			t.Cancel(fmt.Sprintf("too many steps: more than %d", steps))
		case t.CallStackDepth() > maxCalls:
			t.Cancel(fmt.Sprintf("functions call each other more than %d deep", maxCalls))
		default:
			t.SetMaxExecutionSteps(min(t.Steps+between, steps))
		}
	}
	thread.SetMaxExecutionSteps(min(between, steps))
}

// cancelled is what the interpreter writes before the reason that it was given.
const cancelled = "Starlark computation cancelled: "
