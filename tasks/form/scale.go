package form

import (
	"encoding/json"
	"fmt"
)

func clearScale(a *Field) { a.Points, a.Left, a.Right = 0, "", "" }

func checkScale(a Field, _ Form) error {
	if a.Points < 2 || a.Points > maxPoints {
		return fmt.Errorf("a scale has 2 to %d points, not %d", maxPoints, a.Points)
	}
	return nil
}

func readScale(a Field, _ Item, raw json.RawMessage) (any, bool, error) {
	var point int
	if err := into(raw, &point, "a whole number"); err != nil {
		return nil, false, err
	}
	if point < 1 || point > a.Points {
		return nil, false, fmt.Errorf("%d is not on the scale from 1 to %d", point, a.Points)
	}
	return point, true, nil
}
