package web

import (
	"encoding/json"
	"time"

	"workbench/tasks/form"
)

// What goes over the wire, in both directions. ui/app/wire.ts is generated from this file
// (go test ./ui/web -run Wire -update), so the two halves cannot drift apart. Times are RFC 3339.

// Me is who is signed in, and how far their day has come.
type Me struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Role   string   `json:"role"` // admin, researcher or annotator
	Pools  []string `json:"pools"`
	Today  int      `json:"today"`          // answers since midnight of the server's day
	Total  int      `json:"total"`          // answers in all
	Median float64  `json:"median_seconds"` // of active time, over the last answers; 0 for none yet
}

// Problem is one field of an answer that was not taken.
type Problem struct {
	Field string `json:"field"`
	Says  string `json:"says"`
}

// Failure is an error in words: what, and what to do next.
type Failure struct {
	Code     string    `json:"code"` // unauthorized, forbidden, not_found, invalid, conflict, too_large, too_many, full, internal
	Says     string    `json:"says"`
	Next     string    `json:"next,omitempty"`
	Problems []Problem `json:"problems,omitempty"` // of an answer, or of the settings of a start
}

// Ask is a message of the websocket /ws/work from the browser. Every Ask has a Reply with its ID.
type Ask struct {
	ID      int             `json:"id"`
	Op      string          `json:"op"`                // next, submit, draft, skip, undo, touch
	Lease   string          `json:"lease,omitempty"`   // of submit, draft, skip, touch
	Key     string          `json:"key,omitempty"`     // of submit and undo: the same key again is the same act
	Values  json.RawMessage `json:"values,omitempty"`  // of submit and draft
	Seconds float64         `json:"seconds,omitempty"` // of submit: active time as the browser measured it
	Reason  string          `json:"reason,omitempty"`  // of skip
}

// Reply answers an Ask. One with ID 0 was not asked for: Me has changed, or there may be work now (Available).
type Reply struct {
	ID        int        `json:"id"`
	Error     *Failure   `json:"error,omitempty"`
	Work      *Work      `json:"work,omitempty"`     // the next task, of next, submit, skip, undo
	None      *NoWork    `json:"none,omitempty"`     // why there is none
	Answer    string     `json:"answer,omitempty"`   // of submit: the id under which it is stored
	Late      bool       `json:"late,omitempty"`     // of submit: it came after the lease had ended; kept, and flagged
	Saved     *time.Time `json:"saved,omitempty"`    // of draft
	Deadline  *time.Time `json:"deadline,omitempty"` // of touch: the lease's new end
	Me        *Me        `json:"me,omitempty"`
	Available bool       `json:"available,omitempty"`
}

// Work is a leased task as its annotator sees it: only fields that the form shows.
type Work struct {
	Lease    string          `json:"lease"`
	Task     string          `json:"task"`
	Flow     string          `json:"flow"` // its name
	Form     form.Form       `json:"form"`
	Version  string          `json:"version"` // of the form
	Item     json.RawMessage `json:"item"`
	Deadline time.Time       `json:"deadline"`
	Draft    json.RawMessage `json:"draft,omitempty"`
	Saved    *time.Time      `json:"saved,omitempty"` // when the draft was
	CanUndo  bool            `json:"can_undo"`        // the answer before this one
	Waiting  int             `json:"waiting"`         // tasks that this person could get after this one
}

// NoWork says why somebody gets no task.
type NoWork struct {
	Says    string   `json:"says"`    // in a sentence
	Reasons []Reason `json:"reasons"` // with counts
	CanUndo bool     `json:"can_undo"`
}

// Reason is why some tasks do not go to a person.
type Reason struct {
	Code  string `json:"code"` // none_open, taken, answered, skipped, excluded, other_pool, other_person, paused
	Tasks int    `json:"tasks"`
	Says  string `json:"says"`
}

// Past is one of a person's own answers.
type Past struct {
	Answer  string          `json:"answer"`
	Task    string          `json:"task"`
	Time    time.Time       `json:"time"`
	Seconds float64         `json:"seconds"`
	Form    form.Form       `json:"form"`
	Item    json.RawMessage `json:"item"`
	Values  json.RawMessage `json:"values"`
	Undone  bool            `json:"undone"`
	Late    bool            `json:"late"`
}

// Recipe is a script that can be started.
type Recipe struct {
	Name    string  `json:"name"`
	Summary string  `json:"summary"`
	Doc     string  `json:"doc"`
	Text    string  `json:"text"`
	Flow    bool    `json:"flow"` // it has flow(item): it waits for people
	Run     bool    `json:"run"`  // it has run(): it computes
	Params  []Param `json:"params"`
}

// Param is one setting of a recipe.
type Param struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"` // int, float, bool, text, model, dataset, pool
	Default any      `json:"default"`
	Help    string   `json:"help"`
	Low     *float64 `json:"low,omitempty"`
	High    *float64 `json:"high,omitempty"`
	OneOf   []any    `json:"one_of,omitempty"`
	Several bool     `json:"several,omitempty"`
}

// Start asks for a flow or a run.
type Start struct {
	Recipe   string            `json:"recipe,omitempty"` // by name,
	Script   string            `json:"script,omitempty"` // or the text of one's own
	Name     string            `json:"name,omitempty"`
	Params   map[string]string `json:"params"`          // as they are typed
	Fresh    bool              `json:"fresh,omitempty"` // of a run: answers that are remembered are computed anew
	From     string            `json:"from,omitempty"`  // of a run: RUN or RUN@STEP, the checkpoint that it goes on from, with that run's script and params where none are given
	Limit    int               `json:"limit,omitempty"` // of a flow: only so many items; 0: all
	Ahead    int               `json:"ahead,omitempty"` // of a flow: instances under way at a time; 0: the default
	Priority int               `json:"priority,omitempty"`
}

// FlowSummary is a flow in lists.
type FlowSummary struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Recipe    string         `json:"recipe"`
	Status    string         `json:"status"` // running, paused, done or cancelled
	Created   time.Time      `json:"created"`
	Starter   string         `json:"starter"` // name
	Items     int            `json:"items"`
	Instances map[string]int `json:"instances"` // by status, roots only
	Steps     []StepCount    `json:"steps"`
	Priority  int            `json:"priority"`
	Ahead     int            `json:"ahead"`
	Rate      float64        `json:"answers_per_hour"` // over the last ten minutes
}

// StepCount is how far the tasks or the work of one step of a flow's script are.
type StepCount struct {
	Step    string `json:"step"`    // the form's title, or the primitive
	Kind    string `json:"kind"`    // people or model
	Waiting int    `json:"waiting"` // for people: answers wanted that nobody works on
	Leased  int    `json:"leased"`
	Done    int    `json:"done"`
	Failed  int    `json:"failed"`
}

// FlowDetail is a flow's own page.
type FlowDetail struct {
	FlowSummary
	Script   string         `json:"script"` // its text
	Params   map[string]any `json:"params"`
	Datasets []string       `json:"datasets"` // that it has recorded into
}

// InstanceSummary is an instance in lists.
type InstanceSummary struct {
	ID       string    `json:"id"`
	Function string    `json:"function"`
	Status   string    `json:"status"`
	Waiting  string    `json:"waiting"` // in words: for two answers to "Judge the digest"
	Error    string    `json:"error"`
	Title    string    `json:"title"` // the beginning of its item's first text
	Updated  time.Time `json:"updated"`
}

// InstanceList is a page of instances.
type InstanceList struct {
	Instances []InstanceSummary `json:"instances"`
	Next      string            `json:"next"`   // give it back as after; empty at the end
	Counts    map[string]int    `json:"counts"` // by status, of the whole flow
}

// Story is everything that happened in an instance.
type Story struct {
	InstanceSummary
	Flow     string      `json:"flow"`
	FlowName string      `json:"flow_name"`
	Parent   string      `json:"parent"`
	Args     any         `json:"args"`
	Result   any         `json:"result"`
	Created  time.Time   `json:"created"`
	Calls    []StoryCall `json:"calls"`
}

// StoryCall is one call of an instance, with what came of it.
type StoryCall struct {
	Call      int           `json:"call"`
	Primitive string        `json:"primitive"`
	Status    string        `json:"status"` // waiting, done, failed, diverged or dropped
	Args      any           `json:"args"`
	Result    any           `json:"result"`
	Error     string        `json:"error"`
	Recorded  any           `json:"recorded"` // of a divergence: what the record says it called
	Cites     []string      `json:"cites"`
	Child     string        `json:"child"` // the instance that it spawned
	Task      string        `json:"task"`  // that it put before people
	Form      *form.Form    `json:"form,omitempty"`
	Answers   []StoryAnswer `json:"answers"`
	Wanted    int           `json:"wanted"` // answers
	Leased    []string      `json:"leased"` // names of who works on it
	Began     time.Time     `json:"began"`
	Ended     *time.Time    `json:"ended,omitempty"`
}

// StoryAnswer is an answer with who gave it.
type StoryAnswer struct {
	ID      string          `json:"id"`
	Person  string          `json:"person"` // name
	Values  json.RawMessage `json:"values"`
	Seconds float64         `json:"seconds"`
	Time    time.Time       `json:"time"`
	Late    bool            `json:"late"`
	Undone  bool            `json:"undone"`
}

// AnswerDetail is an answer's own page: what was asked, and where.
type AnswerDetail struct {
	StoryAnswer
	Task     string          `json:"task"`
	Instance string          `json:"instance"`
	Flow     string          `json:"flow"`
	FlowName string          `json:"flow_name"`
	Form     form.Form       `json:"form"`
	Item     json.RawMessage `json:"item"`
}

// Script is the text of a script that is to be checked. The reply is a Recipe.
type Script struct {
	Script string `json:"script"`
}

// Priority is a flow's: larger goes first.
type Priority struct {
	Priority int `json:"priority"`
}

// Reopen drops the result of a call; what depends on it is asked again.
type Reopen struct {
	Call int `json:"call"`
}

// Signal is an outside event for an instance that waits for it.
type Signal struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Feedback is what a user says of completions of the API: a thumb, which of two is better, or what it should
// have said. A completion is named by its id; of several choices one is named id#index.
type Feedback struct {
	Kind string `json:"kind"` // thumbs, comparison or correction

	Completion string   `json:"completion_id,omitempty"` // of thumbs and corrections
	Value      string   `json:"value,omitempty"`         // of thumbs: up or down
	Text       string   `json:"text,omitempty"`          // of a correction
	Chosen     string   `json:"chosen,omitempty"`        // of a comparison
	Rejected   string   `json:"rejected,omitempty"`
	Tie        []string `json:"tie,omitempty"` // two that are equally good, instead

	Comment string `json:"comment,omitempty"`
	User    string `json:"user,omitempty"`    // whom the client names
	Dataset string `json:"dataset,omitempty"` // that takes the row, instead of feedback, comparisons or corrections
	// Same makes of requests with the same key one row; without it, those that say the same are one.
	Same string `json:"idempotency_key,omitempty"`
}

// FeedbackKept is the row that feedback became.
type FeedbackKept struct {
	ID      string `json:"id"`
	Object  string `json:"object"` // feedback
	Dataset string `json:"dataset"`
}

// Event is an entry of the log of what people did.
type Event struct {
	Seq    uint64          `json:"seq"`
	Time   time.Time       `json:"time"`
	Kind   string          `json:"kind"`
	Actor  string          `json:"actor"` // name; empty for the program itself
	Object string          `json:"object"`
	Data   json.RawMessage `json:"data"`
	Hash   string          `json:"hash"` // over the entry and the one before it
}

// EventList is a page of the log, the oldest first.
type EventList struct {
	Events []Event `json:"events"`
	Next   uint64  `json:"next"` // give it back as from; 0 at the end
}

// DatasetRow is a dataset in the list.
type DatasetRow struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"` // imported or collected
	Source  string    `json:"source"`
	Records int       `json:"records"`
	Bytes   int64     `json:"bytes"`
	Digest  string    `json:"digest"`
	Created time.Time `json:"created"`
}

// DatasetPage is some records of a dataset.
type DatasetPage struct {
	DatasetRow
	Fields []string         `json:"fields"`
	Offset int              `json:"offset"`
	Rows   []map[string]any `json:"rows"`
	Of     [][]string       `json:"of"`    // of a collected one: the nodes that each row came from
	Nodes  []string         `json:"nodes"` // of a collected one: the node of each row
}

// ImportProgress is said line by line (as JSON lines) while an upload is read; the last has Done or Error.
type ImportProgress struct {
	Bytes   int64       `json:"bytes"`
	Of      int64       `json:"of"` // 0 where it is not known
	Records int         `json:"records"`
	Done    *DatasetRow `json:"done,omitempty"`
	Error   *Failure    `json:"error,omitempty"` // names line and column
}

// RunSummary is a run in lists.
type RunSummary struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Script  string     `json:"script"`
	Status  string     `json:"status"` // running, done, failed or stopped
	Error   string     `json:"error"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended,omitempty"`
	Step    int        `json:"step"`
	Steps   int        `json:"steps"` // 0 where it is not known
	Says    string     `json:"says"`  // the last thing that it said
	Call    string     `json:"call"`  // of the flow that started it, as the node call:…; empty for none
}

// RunDetail is a run's own page.
type RunDetail struct {
	RunSummary
	Text       string         `json:"text"` // of the script
	Params     map[string]any `json:"params"`
	Seed       int64          `json:"seed"`
	Result     any            `json:"result"`
	Inputs     []Cited        `json:"inputs"`
	Invariants []RunCheck     `json:"invariants"`
	Tables     []TableRef     `json:"tables"`
	Models     []string       `json:"models"` // names that it kept
	PeakBytes  int64          `json:"peak_bytes"`
	Used       RunUse         `json:"used"`
	Diagnoses  []RunDiagnosis `json:"diagnoses"` // in the order in which they began
	Hash       string         `json:"hash"`      // SHA-256 of the script's text
	Versions   RunVersions    `json:"versions"`
	Resumable  bool           `json:"resumable"`
}

// RunUse is what a run has used so far. Rates are tokens a second, 0 where there was nothing of the kind.
type RunUse struct {
	CPUSeconds float64 `json:"cpu_seconds"`  // of the process while the run goes on
	PeakBytes  int64   `json:"peak_bytes"`   // of the process while the run goes on
	Sampled    float64 `json:"sampled"`      // tokens of responses a second
	Scored     float64 `json:"scored"`       // tokens of texts a second, without gradients
	Trained    float64 `json:"trained"`      // tokens a second, forward and backward
	Left       float64 `json:"left_seconds"` // at the pace of the last minute; 0 where it is not known
}

// RunDiagnosis is what looks wrong about a run.
type RunDiagnosis struct {
	Name string `json:"name"` // of the rule; watch for what the script itself said
	Step int    `json:"step"`
	Seen string `json:"seen"` // with figures and steps
	Why  string `json:"why"`  // it usually happens; empty for what the script said
	Next string `json:"next"` // what to do
}

// RunVersions are what a run was computed with.
type RunVersions struct {
	Binary  string `json:"binary"`
	Runtime string `json:"runtime"` // ONNX Runtime
	Device  string `json:"device"`
}

// Cited is something that was read.
type Cited struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Node    string `json:"node"`     // of the lineage
	Records int    `json:"records"`  // in a dataset
	Used    int    `json:"used"`     // records that the script was given
	HeldOut int    `json:"held_out"` // records on which it only measured
}

// RunCheck is an invariant that a run held.
type RunCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Step   int    `json:"step"`
}

// TableRef names a table of samples.
type TableRef struct {
	Name string `json:"name"`
	Step int    `json:"step"`
	Rows int    `json:"rows"`
}

// SampleRows is a table of samples.
type SampleRows struct {
	Name string           `json:"name"`
	Step int              `json:"step"`
	Rows []map[string]any `json:"rows"`
}

// MetricSeries is a curve. What is not finite is null, as in JSON there is no such number.
type MetricSeries struct {
	Name   string     `json:"name"`
	Steps  []int      `json:"steps"`
	Values []*float64 `json:"values"`
}

// Trace is a node of the lineage with its neighbours. A node is named kind:id, where the kind is flow, run, model,
// checkpoint, dataset, person, instance, call, task, sample, completion, answer or row.
type Trace struct {
	Node       string         `json:"node"`
	Kind       string         `json:"kind"`
	Title      string         `json:"title"`
	Page       string         `json:"page"` // its address; empty where it has none
	Facts      []TraceFact    `json:"facts"`
	From       []TraceLink    `json:"from"`        // what it came from, at most limit (50) after skip
	To         []TraceLink    `json:"to"`          // what came of it
	FromCounts map[string]int `json:"from_counts"` // of all, by kind
	ToCounts   map[string]int `json:"to_counts"`
	FromNext   int            `json:"from_next"` // give it back as skip, with side=from; 0 at the end
	ToNext     int            `json:"to_next"`
	FromAll    map[string]int `json:"from_all,omitempty"` // with all=true: what it came from in any number of steps, by kind
	ToAll      map[string]int `json:"to_all,omitempty"`
}

// TraceFact is something that a record says.
type TraceFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TraceLink is a neighbour in the lineage.
type TraceLink struct {
	Node  string `json:"node"`
	Kind  string `json:"kind"`
	How   string `json:"how"` // it is related, such as "read", "held out" or "given by"
	Title string `json:"title"`
	Page  string `json:"page"` // its address; empty where it has none
}

// ModelRow is a model in the list.
type ModelRow struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"` // base, adapter, reward or value
	Base    string    `json:"base"`
	FromRun string    `json:"from_run"`
	Digest  string    `json:"digest"`
	Version int       `json:"version"`
	Created time.Time `json:"created"`
	Carried bool      `json:"carried"` // inside the binary
	Path    string    `json:"path"`    // of its files, in the data folder
	Bytes   int64     `json:"bytes"`   // of its files
	Note    string    `json:"note"`
}

// ModelDetail is a model's own page.
type ModelDetail struct {
	ModelRow
	Versions []ModelRow  `json:"versions"`
	Run      *RunSummary `json:"run,omitempty"` // that made it
	Inputs   []Cited     `json:"inputs"`        // of that run
	Used     []RunRef    `json:"used"`          // what used it since
}

// RunRef points to a run or a flow.
type RunRef struct {
	Kind string `json:"kind"` // run or flow
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Try asks a model for samples (language models) or a score (reward models). The reply is JSON lines of TryPart.
type Try struct {
	Prompt      string  `json:"prompt"`
	Response    string  `json:"response,omitempty"` // of a reward model: what is scored
	System      string  `json:"system,omitempty"`
	MaxTokens   int     `json:"max_tokens,omitempty"`
	Temperature float64 `json:"temperature"`
	N           int     `json:"n,omitempty"`
	Seed        int64   `json:"seed,omitempty"`
}

// TryPart is a piece of what a model says.
type TryPart struct {
	Sample int       `json:"sample"`
	Text   string    `json:"text"`
	End    string    `json:"end,omitempty"`
	Score  []float64 `json:"score,omitempty"`
	Error  *Failure  `json:"error,omitempty"`
}

// DeviceStatus is who computes and who waits.
type DeviceStatus struct {
	Running  string   `json:"running"` // in words; empty when idle
	Waiting  []string `json:"waiting"`
	Reserved int64    `json:"reserved_bytes"`
	Budget   int64    `json:"budget_bytes"`
}

// Watch is a message of the websocket /ws/live from the browser: begin or end hearing a topic, which is
// flows, flow/ID, instance/ID, people, runs, run/ID, data or device. A run topic may say from which
// step its metrics are wanted.
type Watch struct {
	Op    string `json:"op"` // watch or unwatch
	Topic string `json:"topic"`
	From  int    `json:"from,omitempty"`
}

// News is what a topic says: the object as its GET route gives it, at most four times a second; for
// run/ID also the metrics since the last news, of which the first step may have been in it already.
type News struct {
	Topic   string         `json:"topic"`
	Flows   []FlowSummary  `json:"flows,omitempty"`
	Flow    *FlowDetail    `json:"flow,omitempty"`
	Story   *Story         `json:"story,omitempty"`
	People  []PersonRow    `json:"people,omitempty"`
	Runs    []RunSummary   `json:"runs,omitempty"`
	Run     *RunDetail     `json:"run,omitempty"`
	Metrics []MetricSeries `json:"metrics,omitempty"`
	Data    []DatasetRow   `json:"data,omitempty"`
	Device  *DeviceStatus  `json:"device,omitempty"`
	Error   *Failure       `json:"error,omitempty"`
}
