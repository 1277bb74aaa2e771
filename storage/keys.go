package storage

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Every key of the store is made here. Parts are separated by a slash. Numbers are decimal with
// leading zeros, so that they sort; text that may hold a slash is percent-encoded or comes last.

// meta/schema                          the version of this layout and the binary that wrote it
const schemaKey = "meta/schema"

// run/<ulid>                           one run; a backward scan reads the newest first
func runKey(id string) []byte { return []byte(runPrefix + id) }

const runPrefix = "run/"

// left/<ulid>/<kind>/<step>/<name>     what a run leaves: one scan reads a kind by step
func entryKey(run, kind string, step int64, name string) []byte {
	return fmt.Appendf(entryPrefix(run, kind), "%0*d/%s", stepDigits, step, name)
}

// left/<ulid>/<kind>/
func entryPrefix(run, kind string) []byte { return []byte("left/" + run + "/" + kind + "/") }

// stepDigits are enough for a step a microsecond during eleven days.
const stepDigits = 12

// maxStep is the largest step whose key sorts.
const maxStep = 1_000_000_000_000 - 1

// maxName is the most bytes that the parts of a key may have together.
const maxName = 1 << 10

// parseEntry reads the step and the name out of a key that entryKey made.
func parseEntry(key, prefix []byte) (step int64, name string, err error) {
	digits, name, ok := strings.Cut(string(key[len(prefix):]), "/")
	if !ok {
		return 0, "", fmt.Errorf("key %q has no step", key)
	}
	step, err = strconv.ParseInt(digits, 10, 64)
	return step, name, err
}

// model/<name, encoded>/<version>      one version of a model; the last is what the name means now
func modelKey(name string, version int) []byte {
	return fmt.Appendf(modelPrefix(name), "%08d", version)
}

// model/<name, encoded>/
func modelPrefix(name string) []byte { return []byte(modelsPrefix + url.PathEscape(name) + "/") }

const modelsPrefix = "model/"

// person/<ulid>                        the latest state of a person
func personKey(id string) []byte { return []byte(peoplePrefix + id) }

const peoplePrefix = "person/"

// credential/<sha256 of the secret>    one lookup lets somebody in
func credentialKey(hash string) []byte { return []byte(credentialsPrefix + hash) }

const credentialsPrefix = "credential/"

// text/<sha256>                        scripts and forms, for good
func textKey(sha256 string) []byte { return []byte("text/" + sha256) }

// flow/<ulid>                          the latest state of a flow
func flowKey(id string) []byte { return []byte(flowsPrefix + id) }

const flowsPrefix = "flow/"

// instance/<ulid of flow>.<item>[.<call>…]   the latest state of an instance; a scan reads a flow's
func instanceKey(id string) []byte { return []byte(instancesPrefix + id) }

const instancesPrefix = "instance/"

// history/<instance>/<seq>             append-only; one scan replays an instance
func stepKey(instance string, seq int) []byte { return fmt.Appendf(stepsPrefix(instance), "%08d", seq) }

// history/<instance>/
func stepsPrefix(instance string) []byte { return []byte(historyPrefix + instance + "/") }

const historyPrefix = "history/"

// task/<instance>:<call>               what was put before people; it never changes
func taskKey(id string) []byte { return []byte(tasksPrefix + id) }

const tasksPrefix = "task/"

// answer/<task>/<ulid>                 one scan reads a task's answers in order
func answerKey(task, id string) []byte { return append(answersOf(task), id...) }

// answer/<task>/
func answersOf(task string) []byte { return []byte(answersPrefix + task + "/") }

const answersPrefix = "answer/"

// draft/<lease>                        what was typed; gone when it is submitted
func draftKey(lease string) []byte { return []byte("draft/" + lease) }

// dataset/<name, encoded>              the register
func datasetKey(name string) []byte { return []byte(datasetsPrefix + url.PathEscape(name)) }

const datasetsPrefix = "dataset/"

// row/<dataset, encoded>/<ulid>        rows that flows recorded, in order
func rowKey(dataset, id string) []byte { return append(rowsOf(dataset), id...) }

// row/<dataset, encoded>/
func rowsOf(dataset string) []byte { return []byte(rowsPrefix + url.PathEscape(dataset) + "/") }

const rowsPrefix = "row/"

// answered/<ulid>                      the task of an answer
func answeredKey(answer string) []byte { return []byte("answered/" + answer) }

// cited/<node, encoded>/<node, encoded> the second came from the first; one scan finds what cites a node
func citedKey(of, by Node) []byte {
	return append(citedPrefix(of), url.PathEscape(by.String())...)
}

// cited/<node, encoded>/
func citedPrefix(of Node) []byte { return []byte("cited/" + url.PathEscape(of.String()) + "/") }

// parseCiting reads the end of a key that citedKey made.
func parseCiting(end []byte) (Node, error) {
	name, err := url.PathUnescape(string(end))
	if err != nil {
		return Node{}, err
	}
	return ParseNode(name)
}

// completion/<ulid>                    what a model said to a client of the API, in order
func completionKey(id string) []byte { return []byte(completionsPrefix + id) }

const completionsPrefix = "completion/"

// given/<sha256 of what makes it the same>   the row that feedback became; one lookup finds it again
func givenKey(same string) []byte { return []byte("given/" + same) }

// event/<seq>                          the log of what people did, hash-chained
func eventKey(seq uint64) []byte { return fmt.Appendf(nil, "%s%016d", eventsPrefix, seq) }

const eventsPrefix = "event/"

// checkID refuses what would make a key that belongs to something else.
func checkID(id string) error {
	if strings.Contains(id, "/") {
		return fmt.Errorf("id %.40q has a slash", id)
	}
	return checkName(id)
}

// checkName refuses a name, which may hold anything, for its length.
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("a name has %d bytes, 1 to %d are possible", len(name), maxName)
	}
	return nil
}

// checkEntry refuses what would make a key that reads back differently.
func checkEntry(run, kind string, step int64, name string) error {
	switch {
	case run == "" || strings.Contains(run, "/"):
		return fmt.Errorf("%q is no run's id", run)
	case kind == "" || strings.Contains(kind, "/"):
		return fmt.Errorf("%q is no kind of entry", kind)
	case len(run)+len(kind)+len(name) > maxName:
		return fmt.Errorf("%s %.40q… of run %.40s has a name of %d bytes, the limit is %d", kind, name, run, len(name), maxName)
	case step < 0 || step > maxStep:
		return fmt.Errorf("%s of run %s has step %d, steps go from 0 to %d", kind, run, step, int64(maxStep))
	}
	return nil
}
