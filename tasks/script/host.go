package script

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/runs"
	"workbench/engine/weights"
)

// Host is what a run needs of the world. The composer fills it in; Models, Datasets, Record, Device
// and Folder are required.
type Host struct {
	Models   Models
	Datasets Datasets
	Record   Record
	Device   forward.Device
	// Sampler makes what draws responses from a model; it must see the model's training at once. nil
	// means the engine's own.
	Sampler func(m *weights.Model) (Sampler, error)
	Session ort.Options
	// MicroTokens bounds how many tokens a trainer runs together, whatever the script says, so that others
	// get the device in between; scoring runs twice as many together. 0 bounds nothing. A sequence that is
	// longer runs alone.
	MicroTokens int
	Seed        int64
	Now         func() time.Time // nil means time.Now
	// Folder is the data folder; a run's files lie in runs/<id> inside it.
	Folder string
	// Reserve admits memory that is about to be taken, or says why not; what it returns gives the
	// memory back. nil admits everything.
	Reserve func(ctx context.Context, what string, bytes int64) (release func(), err error)
	// Cache remembers answers of models between runs; nil remembers nothing. Fresh computes everything
	// anew, and remembers that.
	Cache Cache
	Fresh bool
	// Register makes what checkpoint(…) kept known under a name; nil means that its path is enough.
	Register func(Kept) error
	// Keep makes the rows that keep(…) wrote into a file known as a dataset of a name; nil means that the
	// file is enough.
	Keep func(ctx context.Context, name, path string) error
	// Progress hears what happens, on the run's goroutine; nil for nobody.
	Progress func(Progress)
}

// Models opens models by name or path.
type Models interface {
	// Open reads a model into memory that belongs to the run, which closes it. The error says which
	// names there are.
	Open(ctx context.Context, name string) (*weights.Model, error)
}

// Datasets finds the files behind the name of a dataset.
type Datasets interface {
	// Find returns the paths of the JSON Lines files that make up a dataset.
	Find(name string) ([]string, error)
}

// Collected tells of which rows a file was made that Datasets found; one may say so besides.
type Collected interface {
	// ListOf returns the digest of the list of the rows; empty for a file that was not made of rows.
	ListOf(path string) string
}

// Record is the pen of a run; a *runs.Recorder is one.
type Record interface {
	ID() string
	Run() runs.Run
	Update(change func(*runs.Run)) error
	Cite(input runs.Digest) error
	Read(read runs.Read) error
	Log(step int, metrics map[string]float64) error
	LogSamples(table runs.SampleTable) error
	Say(step int, text string) error
	Check(invariant runs.Invariant) error
	Checkpoint(info runs.CheckpointInfo) (runs.CheckpointInfo, error)
	Step(ordinal int, hash string) (value any, ok bool, err error)
	PutStep(ordinal int, hash string, value any) error
	Finish(result any, err error) error
	Sync() error
}

// Kept is a model that a run left behind.
type Kept struct {
	Name string // as the script called it
	Path string // slash-separated, relative to the data folder
	Kind string // adapter, reward or base
	Base string // the name of the model below an adapter
	// BaseDigest is the digest of that model.
	BaseDigest string
	Run        string
	Digest     string // SHA-256 in hex of what was trained
}

// Progress is something that happened in a run.
type Progress struct {
	Step    int                // of the marked loop, from 0
	Steps   int                // how many there will be; 0 if that is not known
	Metrics map[string]float64 // what was logged; nil for none
	Say     string             // a diagnosis, a note of the host, or what the script printed
	Saved   bool               // a checkpoint was just written
	Work    runs.Work          // at the end of a step: what the run has computed until now
}

func (h *Host) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

// scoredTokens is how many tokens a scorer runs together; 0 for its own default. Computing them forward
// takes a third of the time that a training takes for as many.
func (h *Host) scoredTokens() int { return 2 * h.MicroTokens }

func (h *Host) tell(p Progress) {
	if h.Progress != nil {
		h.Progress(p)
	}
}

// runFolder is where a run's files lie, relative to the data folder.
func runFolder(id string) string { return filepath.Join("runs", id) }

// admit declares memory before it is taken; release gives it back, once.
func (r *Run) admit(what string, bytes int64) (release func(), err error) {
	if r.host.Reserve == nil || bytes <= 0 {
		return func() {}, nil
	}
	release, err = r.host.Reserve(r.ctx, what, bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return release, nil
}

// reserve declares memory that is given back with the run's other resources.
func (r *Run) reserve(what string, bytes int64) error {
	release, err := r.admit(what, bytes)
	if err != nil {
		return err
	}
	r.own(releaser(release))
	return nil
}

// releaser gives a reservation back when the run closes what it owns.
type releaser func()

// Close releases.
func (r releaser) Close() error {
	r()
	return nil
}
