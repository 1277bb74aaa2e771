package assign

import (
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// news tells others what happened, in order, from one goroutine, so that they never hold the desk up.
type news struct {
	store   *storage.Store
	arrived chan struct{} // holds a token while there is something to tell
	quit    chan struct{}
	gone    chan struct{}

	mu     sync.Mutex
	done   []func(string, []storage.Answer)
	undone []func(string)
	open   []func()
	untold []happening
	opened bool // something became available and was not told
}

// happening is that a task got its last answer, or lost one.
type happening struct {
	task    string
	answers []ulid.ULID // nil when it lost one
}

func startNews(store *storage.Store) *news {
	n := &news{store: store, arrived: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{})}
	go n.loop()
	return n
}

// OnDone has do called whenever a task has all answers that are wanted, and once more after an answer was
// taken back and given anew. What happened while the process was down is not told: ask Answers. Calls
// come one at a time, in order, from a goroutine of the desk's own; none is begun after Close.
func (d *Desk) OnDone(do func(task string, answers []storage.Answer)) {
	d.news.mu.Lock()
	defer d.news.mu.Unlock()
	d.news.done = append(d.news.done, do)
}

// OnUndone has do called when an answer was taken back from a task that had them all.
func (d *Desk) OnUndone(do func(task string)) {
	d.news.mu.Lock()
	defer d.news.mu.Unlock()
	d.news.undone = append(d.news.undone, do)
}

// OnAvailable has do called when tasks may have become available to somebody who had none: at once for
// what people and flows do, within a second for leases that end.
func (d *Desk) OnAvailable(do func()) {
	d.news.mu.Lock()
	defer d.news.mu.Unlock()
	d.news.open = append(d.news.open, do)
}

func (n *news) tell(h happening) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.untold = append(n.untold, h)
	n.wake()
}

func (n *news) available() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.opened = true
	n.wake()
}

func (n *news) wake() {
	select {
	case n.arrived <- struct{}{}:
	default:
	}
}

func (n *news) stop() {
	close(n.quit)
	<-n.gone
}

func (n *news) loop() {
	defer close(n.gone)
	for {
		select {
		case <-n.arrived:
		case <-n.quit:
			return
		}
		n.tellAll()
	}
}

func (n *news) tellAll() {
	n.mu.Lock()
	untold, opened := n.untold, n.opened
	n.untold, n.opened = nil, false
	done, undone, open := n.done, n.undone, n.open
	n.mu.Unlock()
	if opened {
		for _, do := range open {
			do()
		}
	}
	for _, h := range untold {
		if h.answers == nil {
			for _, do := range undone {
				do(h.task)
			}
			continue
		}
		answers, ok := n.read(h)
		if !ok {
			return
		}
		for _, do := range done {
			do(h.task, answers)
		}
	}
}

// read reads what was answered. A store that can't be read is tried again until the desk is closed:
// whoever waits for these answers would wait for ever.
func (n *news) read(h happening) (answers []storage.Answer, ok bool) {
	for {
		answers, err := readAnswers(n.store, h.task, h.answers)
		if err == nil {
			return answers, true
		}
		select {
		case <-time.After(time.Second):
		case <-n.quit:
			return nil, false
		}
	}
}
