package cli

import (
	"errors"
	"testing"
	"time"
)

func TestMachineIdle(t *testing.T) {
	const before = "cpu  100 0 50 1000 10 0 0 0 0 0\ncpu0 1 2 3\n"
	for _, tt := range []struct {
		name, after string
		want        bool
	}{
		{"all idle", "cpu  100 0 50 1012 10 0 0 0 0 0\n", true},
		{"half idle", "cpu  106 0 50 1004 12 0 0 0 0 0\n", true},
		{"busy", "cpu  110 0 51 1001 10 0 0 0 0 0\n", false},
		{"a guest is counted once", "cpu  106 0 50 1006 10 0 0 0 6 0\n", true},
		{"no time passed", before, false},
		{"another system", "", false},
		{"nonsense", "cpu  a b c d e f\n", false},
	} {
		texts := []string{before, tt.after}
		stat := func() (string, error) {
			text := texts[0]
			texts = texts[1:]
			return text, nil
		}
		if got := machineIdle(stat, func(time.Duration) {}); got != tt.want {
			t.Errorf("%s: idle %v, want %v", tt.name, got, tt.want)
		}
	}
	if machineIdle(func() (string, error) { return "", errors.New("no such file") }, func(time.Duration) {}) {
		t.Error("a system that does not say is called idle")
	}
}
