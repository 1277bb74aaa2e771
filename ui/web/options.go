package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

// Options are what a server serves. Store, People, Desk, Flows and Book are needed; of the interfaces any
// may be missing, and then there is nothing of its kind.
type Options struct {
	Store  *storage.Store
	People *people.Book
	Desk   *assign.Desk
	Flows  *flow.Runtime
	Book   *runs.Book
	// Lineage leads from anything to what it came from and what came of it; nil: there is none.
	Lineage *lineage.Tracer
	Assets  fs.FS // the built page: index.html, and what it loads from /app/

	Recipes    Recipes
	Runs       Runs
	Models     Models
	Completers Completers
	Datasets   Datasets
	Device     Device
	Backup     Backup

	PublicURL   string      // under which people reach the server; empty: the address that they used
	BehindProxy bool        // what a proxy says about the client is believed
	TLS         *tls.Config // nil: none
	Limits      Limits
	Now         func() time.Time // nil: time.Now
	Log         *slog.Logger     // nil: nobody
}

// Recipes knows scripts. A script that can't be used is a *[Failure] that names line and column.
type Recipes interface {
	Recipes() ([]Recipe, error)
	Check(ctx context.Context, script string) (Recipe, error)
	// StartFlow starts a flow for a person and returns its id.
	StartFlow(ctx context.Context, by string, s Start) (id string, err error)
}

// Runs starts and ends runs. What they leave is read from the Book.
type Runs interface {
	Start(ctx context.Context, by string, s Start) (id string, err error)
	Stop(ctx context.Context, id string) error
	Resume(ctx context.Context, by, id string) error
	// Live says how far a run is that runs here now.
	Live(id string) (Live, bool)
}

// Live is what only the run itself knows.
type Live struct {
	Step  int
	Steps int    // 0 where it is not known
	Says  string // the last thing that it said
	Used  runs.Resources
}

// Models knows models by name.
type Models interface {
	Models() ([]ModelRow, error)
	Model(name string) (ModelDetail, error)
	// Try calls say with what the model says, as it says it, until it is done or ctx or say ends it.
	Try(ctx context.Context, name string, t Try, say func(TryPart) error) error
}

// Completers knows the models that the API serves.
type Completers interface {
	// Completers are the language models, the default first.
	Completers() ([]ModelRow, error)
	// Open finds what a name means now and keeps it ready; the empty name is the default. What is no
	// language model is refused in words. asPerson: somebody looks at a screen and waits.
	Open(ctx context.Context, name string, asPerson bool) (Completer, error)
}

// Completer is one model, ready.
type Completer interface {
	Name() string
	// Checkpoint is the digest of what the name meant, and how its weights are held: f32, int8 or int4.
	Checkpoint() (digest, precision string)
	// Complete answers a request whose seed is set; hear, if not nil, hears each piece as it comes, those of a
	// choice in order. When ctx ends, the answer as far as it came is returned with ctx's error. Requests
	// that this model can't answer are a *openai.Error.
	Complete(ctx context.Context, r *openai.Request, hear func(openai.Piece)) (openai.Answer, error)
	Close()
}

// Datasets keeps data under names.
type Datasets interface {
	Datasets() ([]DatasetRow, error)
	Dataset(name string, offset, limit int) (DatasetPage, error)
	// Import keeps an upload as a dataset, all of it or nothing; say hears of the progress.
	Import(ctx context.Context, by, name string, u Upload, say func(ImportProgress) error) (DatasetRow, error)
	// Export writes a dataset, or under the name answers what people answered, as it stood at the
	// beginning. What it returns says what was written, as JSON, to those who look at trailers.
	Export(ctx context.Context, by, name string, d Download, to io.Writer) (any, error)
	Delete(ctx context.Context, by, name string) error
	// Collecting is the entry that must be kept with the first row under a name; nil where there is one. A
	// name that takes no rows is a *[Failure].
	Collecting(name string) (*storage.Dataset, error)
}

// Upload is a file that is to become a dataset.
type Upload struct {
	File         string // its name
	Size         int64  // bytes; 0 where it is not known
	Content      io.Reader
	Replace      bool // other data of the same name
	PassageWords int  // of a book; 0 keeps paragraphs
}

// Download says how a dataset is wanted.
type Download struct {
	Format  string // jsonl or csv
	Lineage bool   // where each row came from
	// Flow, Late and Undone choose among answers: those of one flow, also those that came late, also
	// those that were taken back.
	Flow         string
	Late, Undone bool
}

// ExportedTrailer is the trailer of an export that says what was written.
const ExportedTrailer = "Workbench-Exported"

// Device says who computes and who waits.
type Device interface{ Status() DeviceStatus }

// Backup writes everything that is kept, as it stood at the beginning.
type Backup interface {
	Backup(ctx context.Context, to io.Writer) error
}

// Limits keep one client from taking what belongs to all. Zero means the default.
type Limits struct {
	Body          int64         // bytes of a request that is no upload; 1 MB
	Upload        int64         // bytes of an upload; 8 GB
	Idle          time.Duration // between two pieces of a body, in either direction; a minute
	Message       int64         // bytes of a message of a websocket; 1 MB
	Requests      float64       // a second and credential; 100, and twice that at once
	Messages      float64       // a second and websocket; 300, and twice that at once
	SignIns       float64       // a second and address; 1, and a hundred times that at once
	Sockets       int           // websockets of a person; 40
	Completing    int           // completions of a credential at the same time; 32
	AllCompleting int           // completions at the same time; 128
	Outgoing      int           // messages that a websocket may be behind before it is dropped; 64
	WriteWait     time.Duration // for one message to leave; 10 s
	Ping          time.Duration // how often a silent websocket is asked whether it is there; 30 s
}

func (l Limits) orDefaults() Limits {
	return Limits{
		Body:          cmp.Or(l.Body, 1<<20),
		Upload:        cmp.Or(l.Upload, 8<<30),
		Idle:          cmp.Or(l.Idle, time.Minute),
		Message:       cmp.Or(l.Message, 1<<20),
		Requests:      cmp.Or(l.Requests, 100),
		Messages:      cmp.Or(l.Messages, 300),
		SignIns:       cmp.Or(l.SignIns, 1),
		Sockets:       cmp.Or(l.Sockets, 40),
		Completing:    cmp.Or(l.Completing, 32),
		AllCompleting: cmp.Or(l.AllCompleting, 128),
		Outgoing:      cmp.Or(l.Outgoing, 64),
		WriteWait:     cmp.Or(l.WriteWait, 10*time.Second),
		Ping:          cmp.Or(l.Ping, 30*time.Second),
	}
}
