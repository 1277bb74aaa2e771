package cli

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"workbench/engine/ort"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/storage"
	"workbench/storage/dataset"
)

// engine is what the verbs that compute share: the device and its queue, models by name, the data
// folder. Nothing is opened before it is needed, so a verb that keeps nothing leaves no folder.
type engine struct {
	app   *app
	queue *runs.Queue
	owner string // who holds the memory, for messages
	spin  bool   // threads without work wait busily within a run: the machine was idle at the start

	store    *storage.Store // nil until it is opened
	readOnly bool
	register *dataset.Register // of the store; nil until somebody names data
	shared   bool              // store and register belong to another engine, which closes them
	pinned   bool              // what is reserved stays for long: nobody waits for it
	// namesOnly refuses paths: whoever asks is not at this machine.
	namesOnly   bool
	microTokens int                       // see script.Host
	bases       map[string]*weights.Model // below adapters, by path; never trained

	mu        sync.Mutex // of what follows; sessions are made on several goroutines
	releasing []*runs.Reservation
	between   int64 // declared for what runs need between their nodes
}

// withEngine hands an engine to a verb and closes it afterwards. A verb that computes says so with
// compute: the runtime library is loaded first.
func (a *app) withEngine(ctx context.Context, compute bool, do func(e *engine) error) error {
	e := &engine{app: a, owner: "this command", queue: runs.NewQueue(runs.QueueOptions{}), bases: map[string]*weights.Model{}}
	if compute {
		e.spin = machineIdle(procStat, time.Sleep)
		if err := a.loadRuntime(ctx); err != nil {
			return err
		}
	}
	err := do(e)
	return errors.Join(err, e.close())
}

// loadRuntime loads the carried ONNX Runtime, or the one that $WORKBENCH_ORT names.
func (a *app) loadRuntime(ctx context.Context) error {
	library, err := a.runtimeLibrary(ctx)
	if err != nil {
		return err
	}
	if err := ort.Load(library); err != nil {
		if path := a.getenv("WORKBENCH_ORT"); path != "" {
			return fail(missingPart, "%w", err).next("$WORKBENCH_ORT names that library; unset it to use the carried one")
		}
		return fail(missingPart, "%w", err)
	}
	return nil
}

// turns is the device as one class of work sees it.
type turns struct {
	queue *runs.Queue
	class runs.Class
}

// Do waits for its turn and works alone on the device.
func (t turns) Do(ctx context.Context, work func(context.Context) error) error {
	return t.queue.Do(ctx, t.class, work)
}

// patient is a device for work that is finished once it is begun: a run that is stopped goes on to
// the next boundary of its loop, so that nothing is lost.
type patient struct{ turns }

// Do works whether ctx has ended or not.
func (p patient) Do(ctx context.Context, work func(context.Context) error) error {
	return p.turns.Do(context.WithoutCancel(ctx), work)
}

// device is the device for work of a class.
func (e *engine) device(class runs.Class) turns { return turns{e.queue, class} }

// session is how sessions are made. On an idle machine threads that wait busily within a run take a
// third off small operators (docs/log.md); on a busy one they are in the way of those that have work.
func (e *engine) session() ort.Options { return ort.Options{Spin: e.spin, Admit: e.admitBetween} }

// admitBetween declares what runs need between their nodes: sessions share it, so only a larger one than
// all before needs more.
func (e *engine) admitBetween(bytes int64) error {
	e.mu.Lock()
	more := bytes - e.between
	e.between = max(e.between, bytes)
	e.mu.Unlock()
	if more <= 0 {
		return nil
	}
	if err := e.reserve(context.Background(), "activations and gradients of a batch", more); err != nil {
		return fail(unexpected, "%w", err).next("take shorter texts, or fewer together (micro_tokens of a trainer)")
	}
	return nil
}

// folder opens the data folder to write and takes care of what an earlier process left unfinished.
func (e *engine) folder() (*storage.Store, error) {
	if e.store != nil && !e.readOnly {
		return e.store, nil
	}
	dir, err := e.app.dataDir()
	if err != nil {
		return nil, err
	}
	if err := e.closeStore(); err != nil {
		return nil, err
	}
	if e.store, err = storage.Open(dir, storage.Options{Binary: release}); err != nil {
		return nil, served(dir, err)
	}
	e.readOnly = false
	_, err = runs.NewBook(e.store, e.app.now).Reclaim()
	return e.store, err
}

// reading opens the data folder to read; it is nil, without error, where there is none yet.
func (e *engine) reading() (*storage.Store, error) {
	if e.store != nil {
		return e.store, nil
	}
	dir, err := e.app.dataDir()
	if err != nil {
		return nil, err
	}
	store, err := storage.Open(dir, storage.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, served(dir, err)
	}
	e.store, e.readOnly = store, true
	return store, nil
}

// inFolder is the place of a path of a record, which is relative to the data folder.
func (e *engine) inFolder(path string) string {
	return filepath.Join(e.store.Dir(), filepath.FromSlash(path))
}

// reserve declares memory until the engine is closed. All of it has one owner, so that a command never
// waits for what it holds itself: what does not fit is refused.
func (e *engine) reserve(ctx context.Context, name string, bytes int64) error {
	reserved, err := e.queue.Reserve(runs.Named(ctx, e.owner), name, bytes)
	if err == nil {
		if e.pinned {
			reserved.Pin()
		}
		e.mu.Lock()
		e.releasing = append(e.releasing, reserved)
		e.mu.Unlock()
	}
	return err
}

func (e *engine) close() error {
	var errs []error
	for _, m := range e.bases {
		errs = append(errs, m.Close())
	}
	for _, r := range e.releasing {
		r.Release()
	}
	e.bases, e.releasing = nil, nil
	return errors.Join(append(errs, e.closeStore())...)
}

func (e *engine) closeStore() error {
	var errs []error
	if e.register != nil && !e.shared {
		errs = append(errs, e.register.Close())
	}
	if e.store != nil && !e.shared {
		errs = append(errs, e.store.Close())
	}
	e.register, e.store = nil, nil
	return errors.Join(errs...)
}
