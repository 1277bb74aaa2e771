package web

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"workbench/tasks/flow"
	"workbench/tasks/people"
)

// liveRoutes are for those who watch.
var liveRoutes = []route{
	{"GET", "/ws/live", people.Researcher, socket, (*Server).live},
}

const (
	pace       = 250 * time.Millisecond // between two news of a topic, at least
	mostTopics = 50                     // that one peer watches
)

// hub computes news: each topic once for all who watch it, at most four times a second, in one goroutine.
type hub struct {
	s *Server

	mu     sync.Mutex
	topics map[string]*topic
	wake   chan struct{} // holds one token: a topic is new
}

// topic is what somebody watches.
type topic struct {
	family  family
	peers   map[*peer]bool
	touched bool      // something says that it has changed
	looked  time.Time // when its news were computed last
	said    [sha256.Size]byte
	from    int // of a run: the step from which metrics are news
}

func newHub(s *Server) *hub {
	return &hub{s: s, topics: map[string]*topic{}, wake: make(chan struct{}, 1)}
}

// live is the websocket of somebody who watches.
func (s *Server) live(c *call) error {
	return s.converse(c, people.Researcher, func(p *peer, who visitor, text []byte) error {
		var w Watch
		if err := json.Unmarshal(text, &w); err != nil {
			return err
		}
		f, _, ok := topicOf(w.Topic)
		switch {
		case !ok:
			return p.send(News{Topic: w.Topic, Error: Fail(NotFound, "There is no topic %q.", w.Topic)})
		case !who.may(f.least):
			return p.send(News{Topic: w.Topic, Error: Fail(Forbidden, "This takes the role %s.", f.least)})
		case w.Op == "watch":
			return s.hub.watch(p, f, w)
		case w.Op == "unwatch":
			s.hub.unwatch(p, w.Topic)
			return nil
		}
		return p.send(News{Topic: w.Topic, Error: Fail(Invalid, "There is nothing called %q to do.", w.Op)})
	}, s.hub.forget)
}

// watch begins to tell a peer of a topic, at once.
func (h *hub) watch(p *peer, f family, w Watch) error {
	h.mu.Lock()
	n := 0
	for _, t := range h.topics {
		if t.peers[p] {
			n++
		}
	}
	t, known := h.topics[w.Topic]
	if n >= mostTopics {
		h.mu.Unlock()
		return p.send(News{Topic: w.Topic, Error: Fail(TooMany, "One connection watches at most %d topics.", mostTopics)})
	}
	if !known {
		t = &topic{family: f, peers: map[*peer]bool{}, touched: true, from: max(w.From, 0)}
		h.topics[w.Topic] = t
	}
	t.peers[p] = true
	h.mu.Unlock()
	if !known {
		h.awake()
		return nil
	}
	// The others have heard already what is the case.
	text, _, err := h.s.report(w.Topic, max(w.From, 0))
	if err != nil {
		return err
	}
	p.sendText(text)
	return nil
}

func (h *hub) awake() {
	select {
	case h.wake <- struct{}{}:
	default: // a token is there already
	}
}

func (h *hub) unwatch(p *peer, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[name]; t != nil {
		delete(t.peers, p)
		if len(t.peers) == 0 {
			delete(h.topics, name)
		}
	}
}

// forget is for a peer that has gone.
func (h *hub) forget(p *peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, t := range h.topics {
		delete(t.peers, p)
		if len(t.peers) == 0 {
			delete(h.topics, name)
		}
	}
}

// changed marks what a change of a flow concerns.
func (h *hub) changed(c flow.Change) { h.touch("flows", "flow/"+c.Flow, "instance/"+c.Instance) }

// touch has topics looked at soon.
func (h *hub) touch(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		if t := h.topics[name]; t != nil {
			t.touched = true
		}
	}
}

// run tells news until done. While nobody watches it does nothing.
func (h *hub) run(done <-chan struct{}) {
	for {
		var next <-chan time.Time
		if h.anybody() {
			next = time.After(pace)
		}
		select {
		case <-done:
			return
		case <-h.wake:
		case <-next:
		}
		for _, name := range h.due(time.Now()) {
			h.tell(name)
		}
	}
}

func (h *hub) anybody() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics) > 0
}

// due are the topics to look at now.
func (h *hub) due(now time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for name, t := range h.topics {
		since := now.Sub(t.looked)
		if since >= t.family.every || t.touched && since >= pace {
			t.touched, t.looked = false, now
			names = append(names, name)
		}
	}
	return names
}

// tell computes the news of a topic and sends them to all who watch it, unless they are what was said last.
func (h *hub) tell(name string) {
	h.mu.Lock()
	t := h.topics[name]
	h.mu.Unlock()
	if t == nil {
		return
	}
	text, last, err := h.s.report(name, t.from)
	if err != nil {
		h.s.o.Log.Error("encode news", "topic", name, "error", err)
		return
	}
	sum := sha256.Sum256(text)
	if sum == t.said {
		return
	}
	h.mu.Lock()
	t.said, t.from = sum, last
	var all []*peer
	for p := range t.peers {
		all = append(all, p)
	}
	h.mu.Unlock()
	for _, p := range all {
		p.sendText(text)
	}
}
