package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"workbench/storage"
)

// Kinds of datasets that have names.
const (
	Imported  = "imported"  // a file that somebody brought
	Collected = "collected" // rows that flows recorded
)

// Answers is the name under which everything that people answered is exported; see [Register.Export].
const Answers = "answers"

// What can be wrong with what is asked of a register. Its errors wrap one of these, fs.ErrNotExist
// for a name that nothing has, a [*BadRecord], or an error of storage.
var (
	ErrName  = errors.New("not a name for a dataset")
	ErrTaken = errors.New("the name is taken")
	ErrFile  = errors.New("the file is not a dataset")
	ErrAsked = errors.New("what is asked for cannot be done")
)

// refusal is an error with a kind that callers branch on, in words that don't repeat it.
type refusal struct{ kind, says error }

func (r refusal) Error() string   { return r.says.Error() }
func (r refusal) Unwrap() []error { return []error{r.kind, r.says} }

func refuse(kind error, format string, args ...any) error {
	return refusal{kind, fmt.Errorf(format, args...)}
}

// Register keeps datasets under names in a data folder. There is one to an open store; its methods
// may be called from several goroutines.
//
// A version of a dataset is the file datasets/NAME/DIGEST/NAME.EXT, with the place of each record in
// NAME.EXT.offsets beside it, and for a snapshot of a collected one the ids of its rows in rows-DIGEST. It appears whole or not at all, and is never changed or removed, since
// runs cite it by its digest; what was begun and not finished is in a hidden folder, and gone when
// the next register is opened.
type Register struct {
	store *storage.Store
	now   func() time.Time
	root  *os.Root          // datasets, in the data folder
	names sync.Mutex        // whoever gives a name another meaning reads before writing
	lists map[string]string // by folder: the list of the rows that a snapshot was last made of
	rows  *rowIndex
	stop  func() // watching rows
}

// folder is where datasets lie, in the data folder.
const folder = "datasets"

// hidden begins the names of folders that are not finished.
const hidden = ".part-"

// OpenRegister opens the register of a data folder, and removes what an earlier process left
// unfinished. The caller closes it before the store.
func OpenRegister(store *storage.Store, now func() time.Time) (*Register, error) {
	at := filepath.Join(store.Dir(), folder)
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, fmt.Errorf("open the datasets: %w", err)
	}
	root, err := os.OpenRoot(at)
	if err != nil {
		return nil, fmt.Errorf("open the datasets: %w", err)
	}
	r := &Register{store: store, now: now, root: root, lists: map[string]string{}}
	if !store.ReadOnly() { // or it is shared with other readers, who may be writing a snapshot
		if err := r.clean(); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
	r.rows = newRowIndex(store)
	r.stop = store.WatchRows(r.rows.hear)
	return r, nil
}

// Close releases the folder.
func (r *Register) Close() error {
	r.stop()
	return r.root.Close()
}

// clean removes hidden folders.
func (r *Register) clean() error {
	entries, err := fs.ReadDir(r.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("look for unfinished imports: %w", err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), hidden) {
			if err := r.root.RemoveAll(entry.Name()); err != nil {
				return fmt.Errorf("remove an unfinished import: %w", err)
			}
		}
	}
	return nil
}

// maxNameLength is the most letters of a name.
const maxNameLength = 64

// CheckName refuses what is no name for a dataset: a name has letters, digits, - and _, begins with
// a letter, and so is neither a path nor the name of a file. The error wraps [ErrName].
func CheckName(name string) error {
	letter := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	other := func(c rune) bool { return !letter(c) && (c < '0' || c > '9') && c != '-' && c != '_' }
	switch {
	case name == Answers:
		return refuse(ErrName, "the name %s stands for what people answered; choose another", name)
	case name == "":
		return refuse(ErrName, "a dataset needs a name")
	case len(name) > maxNameLength:
		return refuse(ErrName, "the name %.20q… has %d letters, and may have %d", name, len(name), maxNameLength)
	case !letter(rune(name[0])) || strings.ContainsFunc(name, other):
		return refuse(ErrName, "%q is no name for a dataset: use letters (a to z), digits, - and _, and begin with a letter", name)
	}
	return nil
}

// Get returns the entry of a name; of a collected dataset with the number of rows and their bytes.
// A name that nothing has is fs.ErrNotExist.
func (r *Register) Get(name string) (storage.Dataset, error) {
	d, err := lookUp(r.store, name)
	if err != nil {
		return d, err
	}
	return r.count(d)
}

// lookUp reads the entry of a name.
func lookUp(store *storage.Store, name string) (storage.Dataset, error) {
	if err := CheckName(name); err != nil {
		return storage.Dataset{}, err
	}
	d, err := store.Dataset(name)
	if errors.Is(err, fs.ErrNotExist) {
		return d, refuse(fs.ErrNotExist, "no dataset is called %s", name)
	}
	return d, err
}

// List returns all entries by name, as Get does.
func (r *Register) List() ([]storage.Dataset, error) {
	all, err := r.store.Datasets()
	for i := range all {
		if all[i], err = r.count(all[i]); err != nil {
			return nil, err
		}
	}
	return all, err
}

// count fills in what the entry of a collected dataset does not say.
func (r *Register) count(d storage.Dataset) (storage.Dataset, error) {
	if d.Kind != Collected {
		return d, nil
	}
	rows, bytes, err := r.rows.count(d.Name)
	d.Records, d.Bytes = rows, bytes
	return d, err
}

// Delete forgets the name of an imported dataset. Its files stay, for the runs that cite them. A
// collected one holds what people said, and is not deleted.
func (r *Register) Delete(ctx context.Context, by, name string) error {
	r.names.Lock()
	defer r.names.Unlock()
	d, err := r.Get(name)
	switch {
	case err != nil:
		return err
	case d.Kind == Collected:
		return refuse(ErrAsked, "%s holds what flows recorded of people's work, which is never deleted", name)
	}
	b := &storage.Batch{}
	b.DeleteDataset(name)
	if err := r.event(b, "removed", by, name, removed{d.Digest, d.Records}); err != nil {
		return err
	}
	return r.store.Commit(b)
}

// removed is the data of the event that a name was forgotten.
type removed struct {
	Digest  string `json:"digest"`
	Records int    `json:"records"`
}

func (r *Register) event(b *storage.Batch, kind, by, name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	b.Append(storage.Event{Time: r.now(), Kind: kind, Actor: by, Object: name, Data: text})
	return nil
}

// inRoot is a path of a record as the root has it.
func inRoot(recorded string) (string, error) {
	within, ok := strings.CutPrefix(path.Clean(recorded), folder+"/")
	if !ok {
		return "", fmt.Errorf("the record of a dataset names the file %q, which is not in %s", recorded, folder)
	}
	return filepath.FromSlash(within), nil
}

// openFile opens the file of an imported dataset.
func (r *Register) openFile(d storage.Dataset) (*os.File, error) {
	within, err := inRoot(d.Path)
	if err != nil {
		return nil, err
	}
	file, err := r.root.Open(within)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the file of dataset %s is gone from the data folder (%s): import it again: %w", d.Name, d.Path, err)
	}
	return file, err
}
