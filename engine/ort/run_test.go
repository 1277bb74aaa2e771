package ort

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"workbench/models/graph"
)

func TestBindRefusesWrongBuffers(t *testing.T) {
	library(t)
	g := graph.New()
	x := g.Input("x", graph.Float32, graph.Of("seq", graph.Dynamic, "in", 4))
	mask := g.Input("mask", graph.Float32, graph.Of("seq", graph.Dynamic, "in", 4))
	g.Output("y", graph.Mul(x, mask))
	s := session(t, g, Options{})
	a, b := floats(t, nil, 3, 4), floats(t, nil, 2, 4)
	count, err := NewBuffer(graph.Int64, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer count.Close()
	closed := floats(t, nil, 3, 4)
	closed.Close()
	for _, tc := range []struct {
		name    string
		buffers map[string]*Buffer
		want    string
	}{
		{"nothing for an input", map[string]*Buffer{"x": a, "y": a}, `input "mask" has no buffer, want float32 [seq, in=4]`},
		{"nothing for an output", map[string]*Buffer{"x": a, "mask": a}, `output "y" has no buffer`},
		{"another type", map[string]*Buffer{"x": count, "mask": a, "y": b}, `the buffer is int64 [3 4], want float32 [seq, in=4]`},
		{"another rank", map[string]*Buffer{"x": floats(t, nil, 12), "mask": a, "y": b}, `the buffer is float32 [12], want`},
		{"another size", map[string]*Buffer{"x": floats(t, nil, 3, 5), "mask": a, "y": b}, `the buffer is float32 [3 5], want`},
		{"an axis of two sizes", map[string]*Buffer{"x": a, "mask": b, "y": a}, `"mask": axis "seq" is 2 in a buffer of shape [2 4] and 3 elsewhere`},
		{"a name that is not there", map[string]*Buffer{"x": a, "mask": a, "y": b, "z": b}, `nothing to bind that is called "z"`},
		{"a closed buffer", map[string]*Buffer{"x": a, "mask": closed, "y": floats(t, nil, 3, 4)}, `"mask": the buffer of float32 [3 4] is closed`},
	} {
		if tc.name == "a name that is not there" {
			tc.buffers["y"] = floats(t, nil, 3, 4)
		}
		if _, err := s.Bind(tc.buffers); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Bind gives %v, want an error with %q", tc.name, err, tc.want)
		}
	}
}

// A dynamic axis takes the size of the buffers, whichever it is.
func TestDynamicAxis(t *testing.T) {
	library(t)
	g := graph.New()
	x := g.Input("x", graph.Float32, graph.Of("seq", graph.Dynamic, "in", 2))
	g.Output("y", graph.Neg(x))
	s := session(t, g, Options{})
	for n := range 4 {
		x, y := floats(t, normal(1, n, 2).F32, n, 2), floats(t, nil, n, 2)
		if err := bind(t, s, map[string]*Buffer{"x": x, "y": y}).Run(t.Context()); err != nil {
			t.Fatalf("seq %d: %v", n, err)
		}
		for i, v := range y.Float32() {
			if v != -x.Float32()[i] {
				t.Errorf("seq %d: y[%d] = %g, want %g", n, i, v, -x.Float32()[i])
			}
		}
	}
}

func TestErrorsNameTheNode(t *testing.T) {
	library(t)
	t.Run("when it cannot run", func(t *testing.T) {
		g := graph.New()
		table := g.Input("table", graph.Float32, graph.Of("row", 4, "width", 2))
		ids := g.Input("ids", graph.Int64, graph.Of("n", 1))
		g.Scope("layer3", func() { g.Output("y", graph.Rows(table, ids)) })
		id, err := NewBuffer(graph.Int64, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer id.Close()
		id.Int64()[0] = 9
		run := bind(t, session(t, g, Options{}), map[string]*Buffer{"table": floats(t, nil, 4, 2), "ids": id, "y": floats(t, nil, 1, 2)})
		if err := run.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "layer3/Gather_1") {
			t.Errorf("Run gives %v, want an error that names layer3/Gather_1", err)
		}
	})
	t.Run("when it cannot be", func(t *testing.T) {
		g := graph.New()
		x := g.Input("x", graph.Float32, graph.Of("row", 4, "width", 2))
		g.Scope("layer4", func() {
			g.Output("y", g.Emit("MatMul", "", []*graph.Tensor{x, x}, []graph.Value{makes(graph.Float32, 4, 2)})[0])
		})
		if _, err := NewSession(g, Options{}); err == nil || !strings.Contains(err.Error(), "layer4/MatMul_1") {
			t.Errorf("NewSession gives %v, want an error that names layer4/MatMul_1", err)
		}
	})
}

// slow is a graph that takes seconds: a chain of products.
func slow() *graph.Graph {
	g := graph.New()
	shape := graph.Of("row", 384, "column", 384)
	x := g.Input("x", graph.Float32, shape)
	y := x
	for range 600 {
		y = g.Emit("MatMul", "", []*graph.Tensor{y, x}, []graph.Value{{DType: graph.Float32, Shape: shape}})[0]
	}
	g.Output("y", y)
	return g
}

func TestCancel(t *testing.T) {
	library(t)
	run := bind(t, session(t, slow(), Options{}), map[string]*Buffer{"x": floats(t, nil, 384, 384), "y": floats(t, nil, 384, 384)})
	start := time.Now()
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(start)
	for range 2 { // the second shows that a cancelled binding can run again
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(whole/10, cancel)
		start := time.Now()
		err := run.Run(ctx)
		took := time.Since(start)
		timer.Stop()
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a run cancelled after %v of %v gives %v, want %v", whole/10, whole, err, context.Canceled)
		}
		if took > whole/2 {
			t.Errorf("a run cancelled after %v of %v took %v", whole/10, whole, took)
		}
	}
	if err := run.Run(t.Context()); err != nil {
		t.Errorf("a run after two that were cancelled: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run.Run(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a run with a context that has ended gives %v", err)
	}
}

// One buffer serves several sessions and goroutines at once.
func TestShared(t *testing.T) {
	library(t)
	w, b := floats(t, normal(3, 64, 64).F32, 64, 64), floats(t, nil, 2, 64)
	x := floats(t, normal(4, 2, 64).F32, 2, 64)
	outputs := make([]*Buffer, 6)
	var all sync.WaitGroup
	for i := range outputs {
		outputs[i] = floats(t, nil, 2, 64)
		// All live: a prepacked multiplication adds up in another order.
		s := session(t, gemm(), Options{Weights: map[string]*Buffer{"w": w, "b": b}, Threads: 1})
		run := bind(t, s, map[string]*Buffer{"x": x, "y": outputs[i]})
		all.Go(func() {
			if err := run.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, y := range outputs {
		if got, want := y.Float32()[5], outputs[0].Float32()[5]; got != want || got == 0 {
			t.Errorf("output %d of one graph on one memory: y[5] = %g, want %g", i, got, want)
		}
	}
}

// resident is the memory of this process that is in RAM, in MB.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("this system does not say how much memory a process has: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb >> 10
}

// cycle makes everything there is, runs it, and closes it in an order of its own.
func cycle(t *testing.T, i int) {
	t.Helper()
	must := func(b *Buffer, err error) *Buffer {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	w, b := must(NewBuffer(graph.Float32, 64, 64)), must(NewBuffer(graph.Float32, 2, 64))
	x, y := must(NewBuffer(graph.Float32, 2, 64)), must(NewBuffer(graph.Float32, 2, 64))
	s, err := NewSession(gemm(), Options{Weights: map[string]*Buffer{"w": w, "b": b}, Prepack: i%2 == 0, Lean: i%3 == 0})
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Bind(map[string]*Buffer{"x": x, "y": y})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bind(map[string]*Buffer{"x": x}); err == nil {
		t.Fatal("half a binding is no error")
	}
	closers := []func() error{w.Close, b.Close, x.Close, y.Close, s.Close}
	for j := range closers { // memory and session live as long as the binding
		if err := closers[(i+j)%len(closers)](); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := run.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Run(t.Context()); err == nil {
		t.Fatal("a run of a closed binding is no error")
	}
	if _, err := s.Bind(map[string]*Buffer{"x": x, "y": y}); err == nil {
		t.Fatal("a binding of a closed session is no error")
	}
}

func TestNothingLeaks(t *testing.T) {
	library(t)
	before := BytesInUse()
	for i := range 100 {
		cycle(t, i)
	}
	warm := resident(t)
	for i := range 600 {
		cycle(t, i)
	}
	if got := BytesInUse(); got != before {
		t.Errorf("%d bytes in use after everything is closed, want %d", got, before)
	}
	// A session that is not freed costs 100 kB and more: 600 of them would show.
	if now := resident(t); now > warm+12 {
		t.Errorf("the process grew from %d to %d MB over 600 sessions", warm, now)
	}
}

func TestProfile(t *testing.T) {
	library(t)
	g := graph.New()
	x := g.Input("x", graph.Float32, graph.Of("n", 4))
	g.Scope("layer1", func() { g.Output("y", graph.Exp(x)) })
	s := session(t, g, Options{Profile: filepath.Join(t.TempDir(), "profile")})
	if err := bind(t, s, map[string]*Buffer{"x": floats(t, nil, 4), "y": floats(t, nil, 4)}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	name, err := s.EndProfile()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(text), "layer1/Exp_1") {
		t.Errorf("the profile %s (%v) does not mention layer1/Exp_1", name, err)
	}
}

func TestWithoutCUDA(t *testing.T) {
	library(t)
	providers, err := Providers()
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSession(gemm(), Options{Device: CUDA(0)})
	switch {
	case err == nil:
		s.Close()
		t.Skip("this machine has CUDA")
	case !strings.Contains(err.Error(), "no CUDA provider"):
		t.Errorf("a session on cuda:0 where providers are %v gives %v, want words about the CUDA provider", providers, err)
	}
}

func TestLoadIsOncePerProcess(t *testing.T) {
	library(t)
	if Version() == "" {
		t.Error("a loaded runtime has no version")
	}
	if err := Load(runtime.path); err != nil {
		t.Errorf("loading the same library again: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other.so")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Load(other); err == nil || !strings.Contains(err.Error(), "only one") {
		t.Errorf("loading another library gives %v, want an error", err)
	}
}

// cpuTime is the time that the threads of this process have worked.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// Between runs a session costs no processor time, whether its threads spin within them or not.
func TestIdleSessionsSleep(t *testing.T) {
	library(t)
	for _, spin := range []bool{false, true} {
		w, b := floats(t, nil, 64, 64), floats(t, nil, 2, 64)
		s := session(t, gemm(), Options{Weights: map[string]*Buffer{"w": w, "b": b}, Spin: spin, Threads: 4})
		run := bind(t, s, map[string]*Buffer{"x": floats(t, nil, 2, 64), "y": floats(t, nil, 2, 64)})
		for range 10 {
			if err := run.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := cpuTime(t)
		const nap = 300 * time.Millisecond
		time.Sleep(nap)
		if worked := cpuTime(t) - before; worked > nap/10 {
			t.Errorf("spin %t: %v of work in %v of idleness", spin, worked, nap)
		}
	}
}

// Bindings are small, so that it takes many for a leak to show.
func TestBindingsDoNotLeak(t *testing.T) {
	library(t)
	w, b := floats(t, nil, 64, 64), floats(t, nil, 2, 64)
	s := session(t, gemm(), Options{Weights: map[string]*Buffer{"w": w, "b": b}})
	buffers := map[string]*Buffer{"x": floats(t, nil, 2, 64), "y": floats(t, nil, 2, 64)}
	many := func(n int) {
		for range n {
			run, err := s.Bind(buffers)
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	many(2000)
	warm := resident(t)
	many(30000)
	if now := resident(t); now > warm+8 {
		t.Errorf("the process grew from %d to %d MB over 30000 bindings", warm, now)
	}
}
