package runs

// Store is where records leave to. It is declared in terms of the standard library alone, so that
// the package which keeps them need not know this one.
//
// Runs are kept under their id, a ULID. What a run leaves is kept as entries under (run, kind,
// step, name); kinds are those of [Kinds], step is at least 0, and name may be empty. Writing to a
// key again replaces what was there. Records are opaque JSON.
//
// A record is durable when it survives the end of the process and of the power. Everything logged
// before a durable record is durable with it, so a checkpoint never outlives the metrics that led
// to it. A miss is an error for which errors.Is(err, fs.ErrNotExist). All methods may be called
// from several goroutines; callbacks must not call the store's writing methods.
type Store interface {
	// PutRun keeps a run's record; it is durable when PutRun returns.
	PutRun(id string, record []byte) error
	// GetRun returns a copy of a run's record.
	GetRun(id string) ([]byte, error)
	// EachRun calls each for every run whose id begins with prefix, newest first, until it errs,
	// and returns that error.
	EachRun(prefix string, each func(id string, record []byte) error) error

	// PutEntry keeps an entry; it is durable when PutEntry returns.
	PutEntry(run, kind string, step int64, name string, record []byte) error
	// LogEntry keeps an entry that may be lost in a crash until Sync, the next durable record, or a
	// second has passed, whichever is first. It is seen by GetEntry and EachEntry at once.
	LogEntry(run, kind string, step int64, name string, record []byte) error
	// GetEntry returns a copy of one entry.
	GetEntry(run, kind string, step int64, name string) ([]byte, error)
	// EachEntry calls each for the entries of a kind from a step on, by step and then by name, until
	// it errs, and returns that error. A run that has none gives no call and no error.
	EachEntry(run, kind string, from int64, each func(step int64, name string, record []byte) error) error
	// Sync makes everything that was logged durable.
	Sync() error
}

// The kinds of entry that a run leaves.
const (
	kindMetric     = "metric"     // step, name
	kindSample     = "sample"     // step, name of the table
	kindInvariant  = "invariant"  // step, name
	kindCheckpoint = "checkpoint" // step, id
	kindStep       = "step"       // ordinal, no name
	kindRead       = "read"       // 0, which input
	kindSay        = "say"        // step, digest of the words
)

// Kinds lists every kind of entry that this package writes.
func Kinds() []string {
	return []string{kindMetric, kindSample, kindInvariant, kindCheckpoint, kindStep, kindRead, kindSay}
}
