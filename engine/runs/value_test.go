package runs

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestValuesComeBackAsTheyWere(t *testing.T) {
	for _, v := range []any{
		nil, true, "text <&>  ", int64(1), int64(math.MaxInt64), int64(math.MinInt64),
		1.0, 0.0, math.Copysign(0, -1), 0.1, 1e300, 5e-324, math.Inf(1), math.Inf(-1), float64(1 << 60),
		[]any{},
		map[string]any{},
		[]any{1.0, int64(1), []any{nil}},
		map[string]any{"a": 1.0, "b": map[string]any{"$float": int64(1)}},
	} {
		data, err := EncodeValue(v)
		if err != nil {
			t.Errorf("encode %#v: %v", v, err)
			continue
		}
		got, err := DecodeValue(data)
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%#v as %s: got %#v, %v", v, data, got, err)
		}
		if f, ok := v.(float64); ok && math.Signbit(f) != math.Signbit(got.(float64)) {
			t.Errorf("%v as %s lost its sign", f, data)
		}
	}
	if _, err := EncodeValue(map[string]any{"f": func() {}}); err == nil || !strings.Contains(err.Error(), "f: ") {
		t.Errorf("encoding a function: got %v, want an error that names its place", err)
	}
	if data, err := EncodeValue(math.NaN()); err != nil || string(data) != `{"$float":"NaN"}` {
		t.Errorf("NaN: got %s, %v", data, err)
	}
}

func TestMeter(t *testing.T) {
	now := time.Unix(0, 0)
	m := NewMeter(func() time.Time { return now }, 10, 110)
	if r := m.Read(); r.TokensPerSecond != 0 || r.Left != 0 {
		t.Errorf("before the first step: got %+v, want no pace", r)
	}
	for step := 11; step <= 60; step++ { // 2 s and 100 tokens a step, resumed at step 10
		now = now.Add(2 * time.Second)
		m.Add(step, 100)
	}
	r := m.Read()
	if r.TokensPerSecond != 50 || r.Left != 100*time.Second {
		t.Errorf("got %g tokens/s and %v left, want 50 and 1m40s", r.TokensPerSecond, r.Left)
	}
	for step := 61; step <= 110; step++ { // then twice as fast; an old pace is forgotten
		now = now.Add(time.Second)
		m.Add(step, 100)
	}
	if r := m.Read(); r.Left != 0 || r.TokensPerSecond < 85 || r.TokensPerSecond > 100 {
		t.Errorf("at the end: got %+v, want 100 tokens/s over most of a minute and nothing left", r)
	}
	if cpu, peak := processUsage(); cpu <= 0 || peak < 1<<20 {
		t.Errorf("this process: %v of CPU and a peak of %d bytes", cpu, peak)
	}
}

func TestGroupLimit(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing is said", nil, math.MaxInt64},
		{"version 2, limited by its parent", map[string]string{
			"proc/self/cgroup":                 "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":     "max\n",
			"sys/fs/cgroup/a/memory.max":       "1000\n",
			"sys/fs/cgroup/memory.max":         "2000\n",
			"sys/fs/cgroup/other/b/memory.max": "1\n",
		}, 1000},
		{"version 2 in a container", map[string]string{
			"proc/self/cgroup": "0::/outside/name\n", "sys/fs/cgroup/memory.max": "500",
		}, 500},
		{"version 1", map[string]string{
			"proc/self/cgroup": "5:cpu:/x\n4:memory,other:/g\n",
			"sys/fs/cgroup/memory/g/memory.limit_in_bytes": "700",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "9223372036854771712",
		}, 700},
	}
	for _, test := range tests {
		root := t.TempDir()
		for name, text := range test.files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := groupLimit(root); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
	if budget := DefaultBudget(); budget < 100<<20 {
		t.Errorf("the default budget is %d bytes", budget)
	}
}
