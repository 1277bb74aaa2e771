package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"workbench/engine/forward"
	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/script"
)

// pooledModels is how many models a server keeps ready.
const pooledModels = 4

// pool keeps models ready between requests: the first request for a model waits for it to be loaded,
// the others don't. A model that nobody uses makes room when another is asked for.
type pool struct {
	engine *engine

	mu   sync.Mutex
	open []*ready // the last used at the end
}

// ready is a model in memory with what samples from it and what scores with it, each made when it is
// first wanted.
type ready struct {
	pool      *pool
	key       string // name, digest and precision
	engine    *engine
	place     place
	precision generate.Precision
	model     *weights.Model
	encoding  script.Encoding
	digest    func() string // of the model; read once, since it hashes all weights
	loaded    chan struct{} // closed when model or err is there
	err       error
	users     int // guarded by the pool's lock

	mu      sync.Mutex
	sampler *generate.Sampler
	scorer  *forward.Scorer
}

// The layout of a server's samplers: so many texts at a time, each of so many tokens with its prompt.
const (
	serverSlots     = 8
	serverPositions = 2048
)

func newPool(e *engine) *pool { return &pool{engine: e} }

// use finds a model, loading it if need be, and keeps it until release is called.
func (p *pool) use(ctx context.Context, name string) (r *ready, release func(), err error) {
	name, precision, err := precisionOf(name, "")
	if err != nil {
		return nil, nil, err
	}
	at, err := p.engine.find(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	key := fmt.Sprintf("%s %s", at.path, precision)
	p.mu.Lock()
	i := slices.IndexFunc(p.open, func(r *ready) bool { return r.key == key })
	if i >= 0 {
		r = p.open[i]
		p.open = append(slices.Delete(p.open, i, i+1), r)
	} else {
		r = &ready{pool: p, key: key, place: at, precision: precision, loaded: make(chan struct{})}
		r.engine = p.engine.fork("model " + name)
		r.engine.pinned = true
		p.open = append(p.open, r)
		// The load outlives a caller that gives up: the next one will want it.
		go r.load(context.WithoutCancel(ctx), p.makeRoom())
	}
	r.users++
	p.mu.Unlock()
	release = func() {
		p.mu.Lock()
		r.users--
		p.mu.Unlock()
	}
	select {
	case <-r.loaded:
	case <-ctx.Done():
		release()
		return nil, nil, ctx.Err()
	}
	if r.err != nil {
		release()
		p.forget(r)
		return nil, nil, r.err
	}
	return r, release, nil
}

// makeRoom takes the models that nobody uses and that are too many, the longest unused first; the
// caller closes them.
func (p *pool) makeRoom() (idle []*ready) {
	for i := 0; i < len(p.open) && len(p.open) > pooledModels; {
		if p.open[i].users > 0 {
			i++
			continue
		}
		if r := p.open[i]; r.done() {
			idle = append(idle, r)
			p.open = slices.Delete(p.open, i, i+1)
			continue
		}
		i++
	}
	return idle
}

// fitting does what takes memory. While that is not there, the model that nobody has used for longest makes room.
func fitting[T any](p *pool, do func() (T, error)) (T, error) {
	for {
		made, err := do()
		if !errors.Is(err, runs.ErrTooBig) {
			return made, err
		}
		idle := p.takeIdle()
		if idle == nil {
			return made, err
		}
		if err := idle.close(); err != nil {
			return made, err
		}
	}
}

// takeIdle takes out the model that nobody has used for longest, if there is one; the caller closes it.
func (p *pool) takeIdle() *ready {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.open, func(r *ready) bool { return r.users == 0 && r.done() })
	if i < 0 {
		return nil
	}
	idle := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	return idle
}

func (p *pool) forget(r *ready) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.open, r); i >= 0 {
		p.open = slices.Delete(p.open, i, i+1)
	}
}

// close frees all models, once nobody uses them.
func (p *pool) close() error {
	p.mu.Lock()
	all := p.open
	p.open = nil
	p.mu.Unlock()
	var errs []error
	for _, r := range all {
		<-r.loaded
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

func (r *ready) done() bool {
	select {
	case <-r.loaded:
		return true
	default:
		return false
	}
}

func (r *ready) load(ctx context.Context, before []*ready) {
	defer close(r.loaded)
	for _, old := range before {
		if r.err = old.close(); r.err != nil {
			return
		}
	}
	if r.encoding, r.err = encodingOf(r.place); r.err != nil {
		return
	}
	r.model, r.err = fitting(r.pool, func() (*weights.Model, error) { return r.engine.openPlace(ctx, r.place) })
	if r.err != nil {
		r.err = errors.Join(explainModel(r.place, r.err), r.engine.close())
		return
	}
	r.model.Name = r.place.name
	r.digest = sync.OnceValue(r.model.Digest)
}

func (r *ready) close() error {
	if r.err != nil {
		return nil // it was never open
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	if r.sampler != nil {
		errs = append(errs, r.sampler.Close())
	}
	if r.scorer != nil {
		errs = append(errs, r.scorer.Close())
	}
	return errors.Join(append(errs, r.model.Close(), r.engine.close())...)
}

// sampling is what samples from the model for callers of a class; all of them share its batch.
func (r *ready) sampling(ctx context.Context, class runs.Class) (*generate.Sampler, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sampler == nil {
		longest := r.model.Arch.Sizes().Positions
		s, err := fitting(r.pool, func() (*generate.Sampler, error) {
			return r.engine.sampler(ctx, r.model, generate.Options{
				Slots: serverSlots, Positions: min(longest, serverPositions), Precision: r.precision, Device: r.engine.device(runs.ForPerson),
			})
		})
		if err != nil {
			return nil, err
		}
		r.sampler = s
	}
	if class == runs.ForPerson {
		return r.sampler, nil
	}
	return r.sampler.For(r.engine.device(class), int(class)), nil
}

// scoring is what scores with the model.
func (r *ready) scoring() *forward.Scorer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.scorer == nil {
		r.scorer = forward.NewScorer(r.model, byClass{r.engine.queue}, 0, r.engine.session())
	}
	return r.scorer
}

// byClass is the device for work whose class its context says.
type byClass struct{ queue *runs.Queue }

type classKey struct{}

// withClass says for whom the work below ctx is done.
func withClass(ctx context.Context, class runs.Class) context.Context {
	return context.WithValue(ctx, classKey{}, class)
}

// Do waits for its turn and works alone on the device.
func (t byClass) Do(ctx context.Context, work func(context.Context) error) error {
	class, ok := ctx.Value(classKey{}).(runs.Class)
	if !ok {
		class = runs.ForFlow
	}
	return t.queue.Do(ctx, class, work)
}

// fork is an engine for one model or one run of a server: the device, the data folder and the clock are
// shared, memory is declared and given back on its own.
func (e *engine) fork(owner string) *engine {
	return &engine{
		app: e.app, queue: e.queue, owner: owner, store: e.store, register: e.register, shared: true,
		bases: map[string]*weights.Model{},
	}
}
