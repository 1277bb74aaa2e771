package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
	"workbench/tasks/people"
)

// The kinds of feedback.
const (
	thumbs     = "thumbs"
	comparison = "comparison"
	correction = "correction"
)

// feedbackInto is where each kind of feedback goes unless the request names another dataset.
var feedbackInto = map[string]string{thumbs: "feedback", comparison: "comparisons", correction: "corrections"}

// Bounds of feedback.
const (
	maxComment = 10_000 // bytes
	maxSame    = 200    // bytes of an idempotency key
)

// giving lets feedback that may be the same in one after the other, so that it becomes one row.
type giving [64]sync.Mutex

// of is the lock of a hash.
func (g *giving) of(hash []byte) *sync.Mutex { return &g[int(hash[0])%len(g)] }

// postFeedback makes a row of what a user says. The same again answers with the row that there is.
func (s *Server) postFeedback(c *call) error {
	var in Feedback
	if err := c.read(&in); err != nil {
		return err
	}
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	row, err := s.feedbackRow(c, in)
	if err != nil {
		return err
	}
	content, same, err := sameAs(c.who, in)
	if err != nil {
		return err
	}
	lock := s.giving.of(same)
	lock.Lock()
	defer lock.Unlock()
	g, err := s.o.Store.Given(hex.EncodeToString(same))
	switch {
	case err == nil && g.Content != hex.EncodeToString(content):
		return Fail(Conflict, "Other feedback was given with this idempotency_key.").Then("Give each its own.")
	case err == nil:
		return c.send(http.StatusOK, FeedbackKept{ID: g.Row, Object: "feedback", Dataset: g.Dataset})
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := s.give(c.who, row, storage.Given{Content: hex.EncodeToString(content)}, hex.EncodeToString(same)); err != nil {
		return err
	}
	return c.send(http.StatusCreated, FeedbackKept{ID: row.ID, Object: "feedback", Dataset: row.Dataset})
}

// give commits a row, its dataset where that is new, its receipt, and an entry of the log.
func (s *Server) give(who visitor, row storage.Row, g storage.Given, same string) error {
	first, err := s.o.Datasets.Collecting(row.Dataset)
	if err != nil {
		return err
	}
	b := &storage.Batch{}
	if first != nil {
		b.PutDataset(*first)
	}
	g.Dataset, g.Row = row.Dataset, row.ID
	b.PutRow(row)
	b.PutGiven(same, g)
	b.Append(storage.Event{Time: row.Time, Kind: "feedback", Actor: who.ID, Object: row.Dataset + "/" + row.ID})
	if err := s.o.Store.Commit(b); err != nil {
		return fmt.Errorf("keep feedback: %w", err)
	}
	return nil
}

// sameAs is what feedback says, and what makes it the same as other feedback of its giver, as hashes.
func sameAs(who visitor, in Feedback) (content, same []byte, err error) {
	key := in.Same
	in.Same = ""
	text, err := json.Marshal(in)
	if err != nil {
		return nil, nil, err
	}
	said := sha256.Sum256(text)
	if key == "" {
		key = hex.EncodeToString(said[:])
	} else {
		key = "key " + key
	}
	by := sha256.Sum256([]byte(giver(who) + " " + key))
	return said[:], by[:], nil
}

// giver is who gives feedback: a key that was given away, or else a person, whatever they came with.
func giver(who visitor) string {
	if who.role() == string(people.User) {
		return who.credential.ID
	}
	return who.ID
}

// feedbackRow is the row of feedback.
func (s *Server) feedbackRow(c *call, in Feedback) (row storage.Row, err error) {
	if err := checkFeedback(in); err != nil {
		return row, err
	}
	var value map[string]any
	var of []chosen
	switch in.Kind {
	case thumbs:
		value, of, err = s.thumbsRow(c.who, in)
	case comparison:
		value, of, err = s.comparisonRow(c.who, in)
	default:
		value, of, err = s.correctionRow(c.who, in)
	}
	if err != nil {
		return row, err
	}
	value["person"] = c.who.ID
	for name, text := range map[string]string{"comment": in.Comment, "user": in.User, "key": keyOf(c.who)} {
		if text != "" {
			value[name] = text
		}
	}
	now := s.o.Now()
	id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
	if err != nil {
		return row, fmt.Errorf("draw an id: %w", err)
	}
	row = storage.Row{ID: id.String(), Dataset: in.Dataset, Time: now.UTC()}
	if row.Dataset == "" {
		row.Dataset = feedbackInto[in.Kind]
	}
	for _, one := range of {
		row.Of = append(row.Of, "completion:"+one.of.ID)
	}
	row.Value, err = json.Marshal(value)
	return row, err
}

// keyOf is the id of a key that was given away; empty for others.
func keyOf(who visitor) string {
	if who.role() == string(people.User) {
		return who.credential.ID
	}
	return ""
}

// checkFeedback refuses what its kind does not have.
func checkFeedback(in Feedback) error {
	fits := map[string]bool{
		thumbs:     in.Chosen+in.Rejected+in.Text == "" && in.Tie == nil,
		comparison: in.Completion+in.Value+in.Text == "",
		correction: in.Chosen+in.Rejected+in.Value == "" && in.Tie == nil,
	}
	fit, known := fits[in.Kind]
	switch {
	case !known:
		return Fail(Invalid, "kind is %.40q, and must be thumbs, comparison or correction.", in.Kind)
	case !fit && in.Kind == thumbs:
		return Fail(Invalid, "Thumbs have a completion_id and a value, up or down.")
	case !fit && in.Kind == comparison:
		return Fail(Invalid, "A comparison has chosen and rejected, or tie with two of them.")
	case !fit:
		return Fail(Invalid, "A correction has a completion_id and a text.")
	case len(in.Comment) > maxComment || len(in.User) > maxComment || len(in.Same) > maxSame:
		return Fail(Invalid, "comment and user may have %d bytes, idempotency_key %d.", maxComment, maxSame)
	}
	return nil
}
