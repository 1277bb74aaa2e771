package web

import (
	"fmt"
	"strings"

	"workbench/tasks/assign"
)

// reasons says why tasks don't go to somebody, for one and for several.
var reasons = map[string][2]string{
	"none_open":    {"Nothing waits for an answer.", "Nothing waits for an answer."},
	"taken":        {"One is being answered by somebody else.", "%d are being answered by others."},
	"answered":     {"One has your answer already, and waits for somebody else's.", "%d have your answer already, and wait for others'."},
	"skipped":      {"You skipped one, so somebody else gets it.", "You skipped %d, so others get them."},
	"excluded":     {"One is for somebody who has not seen what it came from, as you have.", "%d are for people who have not seen what they came from, as you have."},
	"other_pool":   {"One is for a group of people that you are not in.", "%d are for groups of people that you are not in."},
	"other_person": {"One is for one person only, who is not you.", "%d are for one person each, who is not you."},
	"paused":       {"One is paused.", "%d are paused."},
}

// noWork puts in words why somebody gets no task.
func noWork(n assign.NoTask) *NoWork {
	w := &NoWork{Says: "There is nothing for you to do now. New work appears here by itself.", CanUndo: n.CanUndo}
	for _, r := range n.Reasons {
		w.Reasons = append(w.Reasons, Reason{Code: r.Code, Tasks: r.Tasks, Says: sayReason(r)})
	}
	return w
}

func sayReason(r assign.Reason) string {
	says, ok := reasons[r.Code]
	switch {
	case !ok:
		return fmt.Sprintf("%d are held back: %s.", r.Tasks, r.Code)
	case r.Tasks == 1 || !strings.Contains(says[1], "%d"):
		return says[0]
	}
	return fmt.Sprintf(says[1], r.Tasks)
}
