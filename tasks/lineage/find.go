package lineage

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"workbench/storage"
)

// Find turns what a person writes into a node: its full name, an id or the beginning of one, the name of a model or
// of a run, or what a run kept (run:ID/NAME). Nothing found is an error for which errors.Is(err, fs.ErrNotExist);
// it says what is near. Several are an error that lists them.
func (t *Tracer) Find(reference string) (n storage.Node, err error) {
	l := t.look()
	defer func() { err = errors.Join(err, l.close()) }()
	if id, _, named := storage.CompletionNamed(strings.TrimPrefix(reference, string(storage.CompletionNode)+":")); named {
		reference = storage.Node{Kind: storage.CompletionNode, ID: id}.String() // as clients of the API have it
	}
	if n, err = storage.ParseNode(reference); err == nil {
		if n.Kind == storage.RunNode {
			return l.findRun(n.ID)
		}
		_, _, err = l.describe(n)
		if n.Kind != storage.ModelNode && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		if found, err := l.among(n.ID, n.Kind); err == nil {
			return found, nil
		}
		return n, l.near(reference)
	}
	if n, err = l.findModel(reference); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	named, err := l.store.NameCites([]string{reference})
	if err != nil {
		return n, err
	}
	if n, err = storage.ParseNode(named[0]); err == nil {
		if _, _, err = l.describe(n); err == nil {
			return n, nil
		}
	}
	if n, err = l.among(reference, ""); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	return l.findRun(reference)
}

// findRun is a run by the words for one, or the model that it kept under a name.
func (l *look) findRun(reference string) (storage.Node, error) {
	reference, kept, _ := strings.Cut(reference, "/")
	run, err := l.book.Find(reference)
	if errors.Is(err, fs.ErrNotExist) {
		return storage.Node{}, l.near(reference)
	}
	if err != nil {
		return storage.Node{}, refuse(ErrSeveral, "%w", err)
	}
	if kept == "" {
		return storage.Node{Kind: storage.RunNode, ID: run.ID}, nil
	}
	all, err := l.allModels()
	if err != nil {
		return storage.Node{}, err
	}
	var names []string
	for _, m := range slices.Backward(all) {
		if m.FromRun != run.ID {
			continue
		}
		at := m.Path[strings.LastIndex(m.Path, "/")+1:]
		if at == kept || m.Name == kept {
			return storage.Node{Kind: storage.ModelNode, ID: m.Digest}, nil
		}
		names = append(names, at)
	}
	return storage.Node{}, refuse(fs.ErrNotExist, "run %s kept no model %q; it kept %v", run.ID, kept, names)
}

// findModel is what a name means now, or what was last used under a name that nobody registered.
func (l *look) findModel(name string) (storage.Node, error) {
	m, err := l.store.Model(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return storage.Node{Kind: storage.ModelNode, ID: m.Digest}, err
	}
	all, err := l.allRuns()
	if err != nil {
		return storage.Node{}, err
	}
	for _, run := range all {
		for _, in := range run.Inputs {
			if in.Kind == "model" && in.Name == name {
				return InputNode(in), nil
			}
		}
	}
	return storage.Node{}, refuse(fs.ErrNotExist, "no model is called %q", name)
}

// leastPrefix is the fewest letters by which something is found.
const leastPrefix = 4

// among finds what has an id that begins with a text, of one kind or of any.
func (l *look) among(prefix string, kind storage.NodeKind) (storage.Node, error) {
	missing := refuse(fs.ErrNotExist, "nothing has an id that begins with %q", prefix)
	if len(prefix) < leastPrefix {
		return storage.Node{}, missing
	}
	found, err := l.beginning(prefix, kind)
	if err == nil && len(found) == 0 {
		found, err = l.beginning(strings.ToUpper(prefix), kind)
	}
	switch {
	case err != nil:
		return storage.Node{}, err
	case len(found) == 0:
		return storage.Node{}, missing
	case len(found) == 1:
		return found[0], nil
	}
	return storage.Node{}, refuse(ErrSeveral, "several begin with %q: %s; give more letters", prefix, names(found))
}

func names(nodes []storage.Node) string {
	const shown = 5
	var all []string
	for _, n := range nodes[:min(shown, len(nodes))] {
		all = append(all, n.String())
	}
	if len(nodes) > shown {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}

// beginning lists what has an id that begins with a text.
func (l *look) beginning(prefix string, kind storage.NodeKind) (found []storage.Node, err error) {
	add := func(k storage.NodeKind, id, whole string) {
		n := storage.Node{Kind: k, ID: whole}
		if (kind == "" || kind == k) && strings.HasPrefix(id, prefix) && !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
	models, err := l.allModels()
	if err != nil {
		return nil, err
	}
	for _, m := range models {
		add(storage.ModelNode, m.Digest, m.Digest)
	}
	all, err := l.allRuns()
	if err != nil {
		return nil, err
	}
	for _, run := range all {
		add(storage.RunNode, run.ID, run.ID)
		for _, in := range run.Inputs {
			if n := InputNode(in); in.Kind == "model" || strings.HasPrefix(n.ID, prefix) {
				add(n.Kind, n.ID, n.ID)
			}
		}
	}
	flows, err := l.allFlows()
	if err != nil {
		return nil, err
	}
	for _, f := range flows {
		add(storage.FlowNode, f.ID, f.ID)
	}
	people, err := l.store.People()
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		add(storage.PersonNode, p.ID, p.ID)
		add(storage.PersonNode, p.Name, p.ID)
	}
	more, err := l.store.Beginning(prefix)
	for _, n := range more {
		id := n.ID
		if n.Kind == storage.RowNode {
			_, id = n.Cut()
		}
		add(n.Kind, id, n.ID)
	}
	return found, err
}

// near says what there is instead.
func (l *look) near(reference string) error {
	var known []string
	models, err := l.allModels()
	if err != nil {
		return err
	}
	for _, m := range models {
		if !slices.Contains(known, m.Name) {
			known = append(known, m.Name)
		}
	}
	says := "there are no models yet"
	if len(known) > 0 {
		says = "models are " + strings.Join(known, ", ")
	}
	return refuse(fs.ErrNotExist, "nothing is called %q, and no id of %d letters or more begins so; %s, and workbench runs, flow and data list the rest",
		reference, leastPrefix, says)
}
