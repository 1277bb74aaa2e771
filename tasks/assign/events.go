package assign

import (
	"encoding/json"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Kinds of the events that the desk logs. Their object is a task, of the last three a flow.
const (
	kindLeased   = "leased"
	kindRenewed  = "renewed"
	kindAnswered = "answered"
	kindSkipped  = "skipped"
	kindUndone   = "undone" // followed by leased
	kindClosed   = "closed"
	kindPaused   = "paused"
	kindResumed  = "resumed"
	kindPriority = "priority"
)

// What the kinds hold besides.
type (
	leasedData struct {
		Until    time.Time `json:"until"`
		Replaces string    `json:"replaces,omitempty"` // the lease whose answer was taken back
	}
	renewedData struct {
		Until time.Time `json:"until"`
	}
	answeredData struct {
		Answer  string  `json:"answer"`
		Key     string  `json:"key,omitempty"`
		Seconds float64 `json:"seconds"`
		Late    bool    `json:"late,omitempty"`
	}
	skippedData struct {
		Reason string `json:"reason,omitempty"`
	}
	undoneData struct {
		Answer string `json:"answer"`
		Key    string `json:"key,omitempty"`
	}
	closedData struct {
		Why string `json:"why,omitempty"`
	}
	priorityData struct {
		Priority int `json:"priority"`
	}
)

// event is an entry of the log before it has its data.
type event struct {
	kind, actor, object string
	lease               ulid.ULID
}

// log adds an entry to what the group writes.
func (g *group) log(e event, data any) {
	entry := storage.Event{Time: g.now, Kind: e.kind, Actor: e.actor, Object: e.object}
	if !e.lease.IsZero() {
		entry.Lease = e.lease.String()
	}
	if data != nil {
		text, err := json.Marshal(data)
		if err != nil {
			panic(err) // strings, numbers and times of this century have a form in JSON
		}
		entry.Data = text
	}
	g.batch.Append(entry)
}
