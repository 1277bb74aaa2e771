package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"workbench/storage"
)

// rootOf is the instance of an item that an instance stands below, or is.
func rootOf(instance string) string {
	flow := len(flowOf(instance))
	if flow == len(instance) {
		return instance
	}
	if end := strings.IndexByte(instance[flow+1:], '.'); end >= 0 {
		return instance[:flow+1+end]
	}
	return instance
}

// flowOf is the flow of an instance.
func flowOf(instance string) string {
	flow, _, _ := strings.Cut(instance, ".")
	return flow
}

// placeOf says which call of which instance put a task before people; call is 0 for what is no task.
func placeOf(task string) (instance string, call int) {
	instance, number, _ := strings.Cut(task, ":")
	number, _, _ = strings.Cut(number, "~")
	call, err := strconv.Atoi(number)
	if err != nil {
		return instance, 0
	}
	return instance, call
}

// hashOf is what a call is recognised by, besides its number.
func hashOf(primitive string, args json.RawMessage) string {
	sum := sha256.New()
	sum.Write([]byte(primitive))
	sum.Write([]byte{'\n'})
	sum.Write(args)
	return hex.EncodeToString(sum.Sum(nil))
}

// digest is the SHA-256 of a text in hex.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func taskID(instance string, call, round int) string {
	return storage.Again(storage.TaskID(instance, call), round)
}

func childID(instance string, call, round int) string {
	return storage.Again(storage.ChildID(instance, call), round)
}
