package runs

import "time"

// QueueStatus is what a queue is doing at one moment, for people to see.
type QueueStatus struct {
	Running *Turn             `json:"running,omitempty"` // nil when the device is idle
	Waiting []Turn            `json:"waiting"`           // in the order they will go
	Busy    map[string]string `json:"busy"`              // time on the device so far, by class
	Budget  int64             `json:"budget"`            // bytes that may be reserved
	Free    int64             `json:"free"`              // bytes of them that are not
	Held    []Holding         `json:"held"`              // oldest first
	Asking  []Holding         `json:"asking"`            // waiting for memory, first come first
}

// Turn is a job on the device or waiting for it.
type Turn struct {
	Class string        `json:"class"`
	Name  string        `json:"name,omitempty"` // from Named
	For   time.Duration `json:"for_ns"`         // how long it has been running, or waiting
}

// Holding is a reservation, or a request for one.
type Holding struct {
	Name   string `json:"name"`
	Owner  string `json:"owner,omitempty"` // from Named
	Bytes  int64  `json:"bytes"`
	Pinned bool   `json:"pinned,omitempty"`
}

// Status returns what the queue is doing now.
func (q *Queue) Status() QueueStatus {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	s := QueueStatus{
		Waiting: []Turn{}, Held: []Holding{}, Asking: []Holding{}, Busy: map[string]string{},
		Budget: q.memory.budget, Free: q.memory.free(),
	}
	if q.running != nil {
		turn := q.running.turn(now)
		s.Running = &turn
	}
	for class, jobs := range q.waiting {
		for _, j := range jobs {
			s.Waiting = append(s.Waiting, j.turn(now))
		}
		busy := q.busy[class]
		if q.running != nil && int(q.running.class) == class {
			busy += s.Running.For
		}
		s.Busy[Class(class).String()] = busy.Round(time.Millisecond).String()
	}
	for _, r := range q.memory.held {
		s.Held = append(s.Held, r.holding())
	}
	for _, r := range q.memory.asking {
		s.Asking = append(s.Asking, r.holding())
	}
	return s
}

func (j *job) turn(now time.Time) Turn {
	return Turn{Class: j.class.String(), Name: j.name, For: now.Sub(j.since)}
}

func (r *Reservation) holding() Holding {
	return Holding{r.name, r.owner, r.bytes, r.pinned}
}
