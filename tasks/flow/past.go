package flow

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"workbench/storage"
)

// Kinds of entries of a history. A called is kept before the work of a call begins, and a result before
// the program sees it. What takes no time (now, random, record, spawn) is a result alone, with the hash and
// arguments that a called would have.
const (
	kindCalled   = "called"
	kindResult   = "result"
	kindFailed   = "failed"   // the instance is parked with the error; Call 0: not of a call but of the program
	kindDiverged = "diverged" // the program asked for something else than is on record
	kindReopened = "reopened" // by a person: the call is to be made again
	kindUndone   = "undone"   // what the call's result was taken from is there no more: it goes on waiting
	kindKept     = "kept"     // from before a re-opening: the program came to the call again with the same arguments
	kindRetried  = "retried"
	kindSignal   = "signal" // Primitive is the signal's name
	kindEnded    = "ended"  // Call is the last that was made; with an error: cancelled
)

// Statuses of instances and flows.
const (
	running   = "running"
	waiting   = "waiting"
	parked    = "parked"
	diverged  = "diverged"
	done      = "done"
	cancelled = "cancelled"
	paused    = "paused"
)

// past is a history, folded: what each call has on record now.
type past struct {
	seq    int            // of the last entry
	calls  map[int]*entry // by number
	rounds map[int]int    // how many times each call was begun
	last   int            // the highest number of a call that is on record
	top    int            // the highest number of a call that was ever begun
	firm   int            // calls after it were made before a re-opening: others may take their place

	signals []storage.Step
	taken   map[int]bool // Seq of the signals that calls had

	status string // running, parked, diverged, done or cancelled
	fault  string
	result json.RawMessage
	time   time.Time // of the last entry
}

// entry is what is on record of a call.
type entry struct {
	number          int
	primitive, hash string
	args, result    json.RawMessage
	done            bool
	reopened        bool // to be made again; what it had done is still there
	round           int  // the how manieth time it was begun, from 1
	began           time.Time
	cites           []string
}

func fold(history []storage.Step) *past {
	p := &past{calls: map[int]*entry{}, rounds: map[int]int{}, taken: map[int]bool{}, firm: math.MaxInt, status: running}
	for _, s := range history {
		p.add(s)
	}
	return p
}

func (p *past) add(s storage.Step) {
	p.seq, p.time = s.Seq, s.Time
	switch s.Kind {
	case kindCalled:
		p.begin(s)
	case kindResult:
		p.finish(s)
	case kindFailed:
		p.status, p.fault = parked, s.Error
	case kindDiverged:
		p.status, p.fault = diverged, s.Error
	case kindReopened:
		p.loosen(s.Call)
		if e := p.calls[s.Call]; e != nil {
			e.reopened = true
		}
		p.goOn()
	case kindUndone:
		p.loosen(s.Call)
		if e := p.calls[s.Call]; e != nil {
			e.done, e.result, e.cites = false, nil, nil
		}
		if p.status != diverged { // which a person decides
			p.goOn()
		}
	case kindKept:
		p.confirm(s.Call)
	case kindRetried:
		p.goOn()
	case kindSignal:
		p.signals = append(p.signals, s)
	case kindEnded:
		p.end(s)
	}
}

// begin puts a call on record in place of what was there.
func (p *past) begin(s storage.Step) *entry {
	p.rounds[s.Call]++
	e := &entry{
		number: s.Call, primitive: s.Primitive, hash: s.Hash, args: s.Args,
		round: p.rounds[s.Call], began: s.Time,
	}
	p.calls[s.Call] = e
	p.last, p.top = max(p.last, s.Call), max(p.top, s.Call)
	p.confirm(s.Call)
	return e
}

// confirm notes that the program came to a call, so that it made those before it as they are on record.
func (p *past) confirm(call int) { p.firm = max(p.firm, call) }

func (p *past) finish(s storage.Step) {
	e := p.calls[s.Call]
	if s.Hash != "" {
		e = p.begin(s)
	}
	if e == nil {
		return // of a call that is not on record: there is none such
	}
	e.done, e.result, e.cites = true, s.Result, s.Cites
	p.confirm(s.Call)
	for _, cite := range s.Cites {
		if seq, is := strings.CutPrefix(cite, signalCite); is && e.primitive == signalPrimitive {
			if n, err := strconv.Atoi(seq); err == nil {
				p.taken[n] = true
			}
		}
	}
}

func (p *past) loosen(call int) { p.firm = min(p.firm, call) }

// goOn lets the program run again.
func (p *past) goOn() { p.status, p.fault, p.result = running, "", nil }

func (p *past) end(s storage.Step) {
	p.status, p.result, p.fault = done, s.Result, s.Error
	if s.Error != "" {
		p.status = cancelled
		return
	}
	for n := range p.calls {
		if n > s.Call {
			delete(p.calls, n) // left over from before a re-opening, and cleared
		}
	}
	p.last, p.firm = s.Call, math.MaxInt
}

// loose says whether another call may take the place of the one on record.
func (p *past) loose(call int) bool { return call > p.firm }

// from lists what is on record from a call on, by number.
func (p *past) from(call int) []*entry {
	var all []*entry
	for n, e := range p.calls {
		if n >= call {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return a.number - b.number })
	return all
}

// open is the call in which the program will wait when it has run up to here: the first without a result;
// nil where it makes a new one.
func (p *past) open() *entry {
	var first *entry
	for _, e := range p.calls {
		if (!e.done || e.reopened) && (first == nil || e.number < first.number) {
			first = e
		}
	}
	if first == nil || first.reopened {
		return nil
	}
	return first
}

// view brings the state of an instance up to what its history says.
func (p *past) view(v storage.Instance) storage.Instance {
	v.Status, v.Waiting, v.Error, v.Result, v.Calls = p.status, "", p.fault, p.result, p.last
	if e := p.open(); e != nil && (p.status == running || p.status == parked) {
		v.Waiting = e.primitive
		if p.status == running && waits[e.primitive] {
			v.Status = waiting
		}
	}
	if !p.time.IsZero() {
		v.Updated = p.time
	}
	return v
}
