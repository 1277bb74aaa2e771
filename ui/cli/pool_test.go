package cli

import (
	"errors"
	"testing"

	"workbench/engine/runs"
)

// TestIdleModelsMakeRoom: a model that nobody uses leaves the memory that another needs, one in use keeps it, and who
// comes then hears that there is none.
func TestIdleModelsMakeRoom(t *testing.T) {
	r := newRoom(t)
	r.must("model import tiny --name tiny")
	a := r.app()
	err := a.withEngine(t.Context(), true, func(e *engine) error {
		const enoughForOne = 12 << 20 // bytes: caches of 8 × 2048 positions, and little else
		e.queue = runs.NewQueue(runs.QueueOptions{Budget: enoughForOne})
		if _, err := e.folder(); err != nil {
			return err
		}
		p := newPool(e)
		sample := func(name string) (release func(), err error) {
			m, release, err := p.use(t.Context(), name)
			if err != nil {
				return nil, err
			}
			if _, err = m.sampling(t.Context(), runs.ForAPI); err != nil {
				release()
				return nil, err
			}
			return release, nil
		}
		for _, name := range []string{"tiny", "tiny:int8", "tiny:int4"} {
			release, err := sample(name)
			if err != nil {
				t.Errorf("%s, while nobody uses the others: %v", name, err)
				continue
			}
			release()
		}
		release, err := sample("tiny")
		if err != nil {
			return err
		}
		if _, err := sample("tiny:int8"); !errors.Is(err, runs.ErrTooBig) {
			t.Errorf("rounded, while it is used in float32: got %v, want that there is no memory", err)
		}
		release()
		return p.close()
	})
	if err != nil {
		t.Error(err)
	}
}
