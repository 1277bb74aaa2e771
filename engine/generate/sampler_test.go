package generate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/engine/enginetest"
	"workbench/engine/ort"
	"workbench/engine/weights"
)

// adapted is the tiny model with an adapter that does something.
func adapted(t testing.TB) *weights.Model {
	t.Helper()
	m, err := tiny(t).WithAdapter(4, 8, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for _, name := range m.Adapter.Set.Names() {
		for i, data := 0, m.Adapter.Set.Get(name).Float32(); i < len(data); i++ {
			data[i] += float32(i%7-3) / 20
		}
	}
	return m
}

// layouts are the ways in which weights can be held.
var layouts = []struct {
	name    string
	adapter bool
	Options
}{
	{"f32", false, Options{}},
	{"shared", false, Options{Shared: true}},
	{"shared adapter", true, Options{Shared: true}},
	{"merged adapter", true, Options{}},
	{"int8", false, Options{Precision: Int8}},
	{"int4", false, Options{Precision: Int4}},
	{"int8 adapter", true, Options{Precision: Int8}},
}

func modelFor(t testing.TB, adapter bool) *weights.Model {
	if adapter {
		return adapted(t)
	}
	return tiny(t)
}

func TestSameSeedSameTextWhateverElse(t *testing.T) {
	for _, tc := range layouts {
		t.Run(tc.name, func(t *testing.T) {
			tc.Slots, tc.Positions = 7, 96
			s := sampler(t, modelFor(t, tc.adapter), tc.Options)
			const n = 6
			sampling := func(i int) Sampling {
				return Sampling{Temperature: 0.7 + float64(i)/5, TopP: 0.95 - float64(i)/50, Seed: uint64(100 + i), MaxTokens: 20 + 3*i}
			}
			var alone []Sample
			for i := range n {
				alone = append(alone, generate(t, s, [][]int{prompt(1+9*i, i)}, sampling(i))[0])
			}
			var group sync.WaitGroup
			crowd, stop := context.WithCancel(t.Context())
			for c := range 3 {
				group.Go(func() { // others come and go all the time
					for k := 0; crowd.Err() == nil; k++ {
						prompts := [][]int{prompt(3+(7*k+c)%40, k), prompt(2+k%5, c)}
						_, _ = s.Generate(crowd, prompts, Sampling{Temperature: 1, Seed: uint64(k), MaxTokens: 1 + (k+3*c)%9}, nil)
					}
				})
			}
			for round := range 3 {
				var wg sync.WaitGroup
				for i := range n {
					wg.Go(func() {
						got, err := s.Generate(t.Context(), [][]int{prompt(1+9*i, i)}, sampling(i), nil)
						if err != nil {
							t.Error(err)
						} else if diff := same(got[0], alone[i]); diff != "" {
							t.Errorf("round %d, request %d in company and alone: %s", round, i, diff)
						}
					})
				}
				wg.Wait()
			}
			stop()
			group.Wait()
		})
	}
}

func TestEqualPromptsAreReadOnce(t *testing.T) {
	device := &counting{}
	s := sampler(t, tiny(t), Options{Slots: 6, Positions: 64, Device: device})
	before := device.n
	p := prompt(20, 2)
	got := generate(t, s, [][]int{p, prompt(18, 1), p, p}, Sampling{Temperature: 1, Seed: 4, MaxTokens: 5})
	if steps := device.n - before; steps != 5 { // one reading, which gives the first tokens, and four steps
		t.Errorf("%d pieces of work for 4 requests of 5 tokens, want 5", steps)
	}
	for i, from := range [][]int{p, prompt(18, 1), p, p} {
		alone := generate(t, s, append(make3(from, i), from), Sampling{Temperature: 1, Seed: 4, MaxTokens: 5})
		if diff := same(got[i], alone[i]); diff != "" {
			t.Errorf("request %d: %s", i, diff)
		}
	}
	if fmt.Sprint(got[0].Tokens) == fmt.Sprint(got[2].Tokens) {
		t.Errorf("two samples of one prompt are both %v; each index has a seed of its own", got[0].Tokens)
	}
}

// make3 is n other prompts, which come before.
func make3(p []int, n int) [][]int {
	var list [][]int
	for i := range n {
		list = append(list, prompt(len(p)/2+i, 9))
	}
	return list
}

func TestSharedSeesUpdates(t *testing.T) {
	for _, shared := range []bool{true, false} {
		m := tiny(t)
		s := sampler(t, m, Options{Slots: 2, Positions: 32, Shared: shared})
		o := Sampling{Temperature: 1, Seed: 1, MaxTokens: 10}
		before := generate(t, s, [][]int{prompt(4, 1)}, o)[0]
		w := m.Base.Get("model.layers.1.mlp.down_proj.weight").Float32()
		for i := range w {
			w[i] = -w[i]
		}
		after := generate(t, s, [][]int{prompt(4, 1)}, o)[0]
		if changed := same(before, after) != ""; changed != shared {
			t.Errorf("shared %t: the sample changed: %t", shared, changed)
		}
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh := generate(t, sampler(t, m, Options{Slots: 2, Positions: 32, Shared: shared}), [][]int{prompt(4, 1)}, o)[0]
		if diff := same(generate(t, s, [][]int{prompt(4, 1)}, o)[0], fresh); diff != "" {
			t.Errorf("shared %t: refreshed and made anew: %s", shared, diff)
		}
	}
}

func TestRefreshWaitsForThoseThatRun(t *testing.T) {
	m := tiny(t)
	s := sampler(t, m, Options{Slots: 2, Positions: 128})
	o := Sampling{Temperature: 1, Seed: 6}
	alone := generate(t, s, [][]int{prompt(4, 1)}, o)[0]
	refreshed := make(chan error, 1)
	var once sync.Once
	got, err := s.Generate(t.Context(), [][]int{prompt(4, 1)}, o, func(int, Token) {
		once.Do(func() { go func() { refreshed <- s.Refresh(t.Context()) }() })
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-refreshed; err != nil {
		t.Error(err)
	}
	if diff := same(got[0], alone); diff != "" {
		t.Errorf("while a refresh was asked for: %s", diff)
	}
}

func TestEnds(t *testing.T) {
	m := tiny(t)
	s := sampler(t, m, Options{Slots: 3, Positions: 24})
	free := generate(t, s, [][]int{prompt(5, 3)}, Sampling{Temperature: 1, Seed: 8})[0]
	if len(free.Tokens) != 20 || free.End != EndLength {
		t.Fatalf("a prompt of 5 in a slot of 24: %d tokens, end %q, want 20 (the last needs no room), length", len(free.Tokens), free.End)
	}
	if want := m.Tokenizer.Decode(free.Tokens); free.Text != want {
		t.Errorf("text %q, want %q", free.Text, want)
	}
	third := free.Text[6:9]
	for _, tc := range []struct {
		name   string
		change func(o *Sampling)
		tokens int
		text   string
		end    EndReason
	}{
		{"max tokens", func(o *Sampling) { o.MaxTokens = 7 }, 7, free.Text[:7], EndLength},
		{"stop text over tokens", func(o *Sampling) { o.Stop = []string{"§", third} }, 9, free.Text[:6], EndStop},
		{"stop token", func(o *Sampling) { o.StopTokens = []int{free.Tokens[4]} }, 1 + index(free.Tokens, free.Tokens[4]), free.Text[:index(free.Tokens, free.Tokens[4])], EndStop},
	} {
		o := Sampling{Temperature: 1, Seed: 8}
		tc.change(&o)
		var streamed strings.Builder
		got, err := s.Generate(t.Context(), [][]int{prompt(5, 3)}, o, func(_ int, tok Token) { streamed.WriteString(tok.Text) })
		if err != nil {
			t.Fatal(err)
		}
		if g := got[0]; len(g.Tokens) != tc.tokens || g.Text != tc.text || g.End != tc.end || streamed.String() != g.Text {
			t.Errorf("%s: %d tokens, text %q, streamed %q, end %q, want %d, %q, %q", tc.name, len(g.Tokens), g.Text, streamed.String(), g.End, tc.tokens, tc.text, tc.end)
		}
	}
}

func index(list []int, v int) int {
	for i, x := range list {
		if x == v {
			return i
		}
	}
	return -1
}

func TestEOS(t *testing.T) {
	m := tiny(t)
	free := generate(t, sampler(t, m, Options{Positions: 32}), [][]int{{1}}, Sampling{MaxTokens: 8})[0]
	m.EOS = []int{free.Tokens[3]}
	s := sampler(t, m, Options{Positions: 32})
	first := index(free.Tokens, free.Tokens[3])
	got := generate(t, s, [][]int{{1}}, Sampling{MaxTokens: 8})[0]
	if got.End != EndEOS || len(got.Tokens) != first+1 || got.Text != free.Text[:first] {
		t.Errorf("%d tokens, text %q, end %q, want %d with the end token, %q without it, eos", len(got.Tokens), got.Text, got.End, first+1, free.Text[:first])
	}
	if got := generate(t, s, [][]int{{1}}, Sampling{MaxTokens: 8, IgnoreEOS: true})[0]; same(got, free) != "" {
		t.Errorf("the end token ignored: %s", same(got, free))
	}
}

func TestRefused(t *testing.T) {
	device := &counting{}
	s := sampler(t, tiny(t), Options{Slots: 2, Positions: 16, Device: device})
	before := device.n
	for _, tc := range []struct {
		prompts  [][]int
		sampling Sampling
		want     string
	}{
		{[][]int{{1}, prompt(17, 1)}, Sampling{}, "prompt 1: the prompt is too long: it has 17 tokens, a slot has room for 16"},
		{[][]int{{}}, Sampling{}, "prompt 0 is empty"},
		{[][]int{{96}}, Sampling{}, "token 96: the model's tokens are 0 to 95"},
		{[][]int{{1}}, Sampling{Temperature: -1}, "temperature -1"},
		{[][]int{{1}}, Sampling{TopP: 1.5}, "top-p 1.5"},
		{[][]int{{1}}, Sampling{Stop: []string{""}}, "a stop text is empty"},
		{[][]int{{1}}, Sampling{StopTokens: []int{-1}}, "stop token -1"},
		{[][]int{{1}}, Sampling{MaxTokens: -1}, "max tokens -1"},
	} {
		if _, err := s.Generate(t.Context(), tc.prompts, tc.sampling, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, %+v: error %v, want %q in it", tc.prompts, tc.sampling, err, tc.want)
		}
	}
	if device.n != before {
		t.Errorf("%d pieces of work ran for refused calls", device.n-before)
	}
	if _, err := s.Generate(t.Context(), [][]int{prompt(17, 1)}, Sampling{}, nil); !errors.Is(err, ErrTooLong) {
		t.Errorf("error %v, want ErrTooLong", err)
	}
	if got := generate(t, s, [][]int{prompt(16, 1)}, Sampling{}); len(got[0].Tokens) != 1 {
		t.Errorf("a prompt that fills its slot gave %d tokens, want 1", len(got[0].Tokens))
	}
	for _, o := range []Options{{Slots: -1}, {Positions: 1000}, {Shared: true, Precision: Int8}, {Prefill: -1}, {Precision: 9}} {
		if _, err := New(tiny(t), o); err == nil {
			t.Errorf("New with %+v: no error", o)
		}
	}
}

func TestCancelFreesTheSlotAndNobodyElse(t *testing.T) {
	m := tiny(t)
	s := sampler(t, m, Options{Slots: 2, Positions: 128})
	o := Sampling{Temperature: 1, Seed: 5, MaxTokens: 60}
	alone := generate(t, s, [][]int{prompt(8, 1)}, o)[0]
	ctx, cancel := context.WithCancel(t.Context())
	type result struct {
		samples []Sample
		err     error
	}
	cancelled := make(chan result, 1)
	running := make(chan struct{})
	go func() {
		var once sync.Once
		samples, err := s.Generate(ctx, [][]int{prompt(4, 2), prompt(5, 2), prompt(6, 2)}, Sampling{Temperature: 1, Seed: 1}, func(int, Token) {
			once.Do(func() { close(running) })
		})
		cancelled <- result{samples, err}
	}()
	<-running
	time.AfterFunc(5*time.Millisecond, cancel)
	got := generate(t, s, [][]int{prompt(8, 1)}, o)[0] // waits for a slot
	if diff := same(got, alone); diff != "" {
		t.Errorf("beside a cancelled call: %s", diff)
	}
	r := <-cancelled
	if !errors.Is(r.err, context.Canceled) || len(r.samples) != 3 {
		t.Fatalf("the cancelled call: %d samples, error %v, want 3 and context.Canceled", len(r.samples), r.err)
	}
	for i, sample := range r.samples {
		if sample.End == EndCancelled && len(sample.Tokens) >= 125-i {
			t.Errorf("sample %d was cancelled after %d tokens", i, len(sample.Tokens))
		}
		if want := m.Tokenizer.Decode(sample.Tokens); sample.Text != want {
			t.Errorf("sample %d: text %q, want %q", i, sample.Text, want)
		}
	}
	if r.samples[2].End != EndCancelled {
		t.Errorf("the third request ended with %q, want cancelled", r.samples[2].End)
	}
}

// stuck is a device whose turn never comes until it is let go.
type stuck struct{ entered, letGo chan struct{} }

func (d stuck) Do(ctx context.Context, work func(ctx context.Context) error) error {
	d.entered <- struct{}{}
	select {
	case <-d.letGo:
		return work(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestCancelWhileWaitingForTheDevice(t *testing.T) {
	s := sampler(t, tiny(t), Options{Slots: 2, Positions: 32})
	busy := stuck{make(chan struct{}, 1), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-busy.entered
		cancel()
	}()
	if _, err := s.For(busy, 1).Generate(ctx, [][]int{{1}}, Sampling{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if got := generate(t, s, [][]int{{1}}, Sampling{MaxTokens: 3}); len(got[0].Tokens) != 3 {
		t.Errorf("after it: %v, want 3 tokens", got)
	}
}

func TestTheMostUrgentCallDecidesTheDevice(t *testing.T) {
	s := sampler(t, tiny(t), Options{Slots: 2, Positions: 64})
	slow, urgent := &counting{}, &counting{}
	started := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		var once sync.Once
		_, _ = s.For(slow, 5).Generate(t.Context(), [][]int{{1}}, Sampling{}, func(int, Token) { once.Do(func() { close(started) }) })
	}()
	<-started
	if _, err := s.For(urgent, -1).Generate(t.Context(), [][]int{{2}}, Sampling{MaxTokens: 9}, nil); err != nil {
		t.Fatal(err)
	}
	<-done
	if urgent.n != 9 {
		t.Errorf("the urgent call's device did %d pieces of work, want its 9", urgent.n)
	}
}

func TestManyMoreRequestsThanSlots(t *testing.T) {
	s := sampler(t, tiny(t), Options{Slots: 3, Positions: 48, Prefill: 32})
	var prompts [][]int
	for i := range 40 {
		prompts = append(prompts, prompt(1+i*7%30, i))
	}
	seen := make([]int, len(prompts))
	got, err := s.Generate(t.Context(), prompts, Sampling{Temperature: 1, Seed: 3, MaxTokens: 6, Alternatives: 2}, func(i int, tok Token) { seen[i]++ })
	if err != nil {
		t.Fatal(err)
	}
	for i, sample := range got {
		if len(sample.Tokens) != 6 || seen[i] != 6 || len(sample.Alternatives) != 6 || len(sample.Alternatives[0]) != 2 {
			t.Errorf("request %d: %d tokens, %d seen, alternatives %v, want 6, 6 and two each", i, len(sample.Tokens), seen[i], sample.Alternatives)
		}
	}
}

func TestCloseEndsCallsAndFreesMemory(t *testing.T) {
	m := tiny(t)
	before := ort.BytesInUse()
	for _, o := range []Options{{}, {Shared: true}, {Precision: Int4}} {
		o.Slots, o.Positions = 2, 128
		s, err := New(m, o)
		if err != nil {
			t.Fatal(err)
		}
		declared, err := Bytes(m, o)
		if err != nil || ort.BytesInUse()-before > declared {
			t.Errorf("%+v: %d bytes in buffers, %d declared, error %v", o, ort.BytesInUse()-before, declared, err)
		}
		ended := make(chan error, 1)
		started := make(chan struct{})
		go func() {
			var once sync.Once
			_, err := s.Generate(t.Context(), [][]int{{1}, {2}, {3}, {4}}, Sampling{}, func(int, Token) { once.Do(func() { close(started) }) })
			ended <- err
		}()
		<-started
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("a call under way: error %v, want ErrClosed", err)
		}
		if _, err := s.Generate(t.Context(), [][]int{{1}}, Sampling{}, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("a call afterwards: error %v, want ErrClosed", err)
		}
		if after := ort.BytesInUse(); after != before {
			t.Errorf("%+v: %d bytes are left", o, after-before)
		}
	}
}

func TestBrokenWeights(t *testing.T) {
	m := tiny(t)
	s := sampler(t, m, Options{Shared: true, Slots: 2, Positions: 16})
	w := m.Base.Get("model.norm.weight").Float32()
	good := w[0]
	nan := float32(0)
	w[0] = nan / nan
	if _, err := s.Generate(t.Context(), [][]int{{1}}, Sampling{}, nil); err == nil || !strings.Contains(err.Error(), "not numbers") {
		t.Errorf("error %v, want it to say that probabilities are not numbers", err)
	}
	w[0] = good
	generate(t, s, [][]int{{1}}, Sampling{MaxTokens: 2})
}

var _ Device = (*enginetest.Device)(nil)
