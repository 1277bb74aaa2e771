package runs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ask is a call of Reserve in the background.
type ask struct {
	done chan struct{}
	res  *Reservation
	err  error
}

func (a *ask) state() string {
	select {
	case <-a.done:
		if a.err != nil {
			return "refused"
		}
		return "admitted"
	default:
		return "waits"
	}
}

func reserve(ctx context.Context, q *Queue, owner, name string, bytes int64) *ask {
	a := &ask{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		if owner != "" {
			ctx = Named(ctx, owner)
		}
		a.res, a.err = q.Reserve(ctx, name, bytes)
	}()
	synctest.Wait()
	return a
}

// TestAdmission plays small scenes on a budget of 100 bytes. A scene is a list of acts: "A 60" asks
// for A, "-A" releases what A holds, "A!60" asks and pins, "-- A" takes back A's last request.
func TestAdmission(t *testing.T) {
	tests := []struct {
		name string
		acts []string
		want []string // the state of each request at the end, in order
	}{
		{"what fits is admitted", []string{"A 60", "B 40"}, []string{"admitted", "admitted"}},
		{"more than the budget is refused", []string{"A 101"}, []string{"refused"}},
		{"what does not fit waits for a holder", []string{"A 60", "B 50"}, []string{"admitted", "waits"}},
		{"and is admitted when it releases", []string{"A 60", "B 50", "-A"}, []string{"admitted", "admitted"}},
		{"what is pinned is not waited for", []string{"A!60", "B 50"}, []string{"admitted", "refused"}},
		{"nobody waits for itself", []string{"A 60", "A 50"}, []string{"admitted", "refused"}},
		{"the nameless wait for each other", []string{" 60", " 50"}, []string{"admitted", "waits"}},
		{
			"two that hold and ask: the later is refused",
			[]string{"A 50", "B 50", "A 10", "B 10"},
			[]string{"admitted", "admitted", "waits", "refused"},
		},
		{
			"who is refused releases, and the other goes on",
			[]string{"A 50", "B 50", "A 10", "B 10", "-B"},
			[]string{"admitted", "admitted", "admitted", "refused"},
		},
		{
			"waiting for one who waits for a third",
			[]string{"A 30", "B 60", "A 40", "C 100"},
			[]string{"admitted", "admitted", "waits", "waits"},
		},
		{
			"a ring of three: the one that closes it is refused",
			[]string{"A 40", "B 30", "C 30", "A 20", "B 20", "C 20"},
			[]string{"admitted", "admitted", "admitted", "waits", "waits", "refused"},
		},
		{"little does not pass much", []string{"A 60", "B 50", "C 10"}, []string{"admitted", "waits", "waits"}},
		{"unless it holds something already", []string{"A 60", "B 50", "A 10"}, []string{"admitted", "waits", "admitted"}},
		{
			"who stands behind a request that was taken back goes on",
			[]string{"A 60", "B 50", "C 10", "-- B"},
			[]string{"admitted", "refused", "admitted"},
		},
		{"pinning refuses those who waited for it", []string{"A 60", "B 50", "pin A"}, []string{"admitted", "refused"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := play(t, test.acts)
				if fmt.Sprint(got) != fmt.Sprint(test.want) {
					t.Errorf("%q: got %q, want %q", test.acts, got, test.want)
				}
			})
		})
	}
}

func play(t *testing.T, acts []string) (states []string) {
	t.Helper()
	q := NewQueue(QueueOptions{Budget: 100})
	var asks []*ask
	byOwner, cancels := map[string][]*ask{}, map[string]context.CancelFunc{}
	for _, act := range acts {
		switch {
		case strings.HasPrefix(act, "-- "):
			cancels[act[3:]]()
		case strings.HasPrefix(act, "-"):
			for _, a := range byOwner[act[1:]] {
				if a.state() == "admitted" {
					a.res.Release()
				}
			}
		case strings.HasPrefix(act, "pin "):
			byOwner[act[4:]][0].res.Pin()
		default:
			var bytes int64
			owner, pin, digits := strings.TrimSpace(act[:1]), strings.Contains(act, "!"), strings.TrimLeft(act, "ABC! ")
			if _, err := fmt.Sscan(digits, &bytes); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			a := reserve(ctx, q, owner, "cache", bytes)
			if pin {
				a.res.Pin()
			}
			asks, cancels[owner] = append(asks, a), cancel
			byOwner[owner] = append(byOwner[owner], a)
		}
		synctest.Wait()
	}
	for _, a := range asks {
		states = append(states, a.state())
	}
	for _, cancel := range cancels { // so that no goroutine outlives the scene
		cancel()
	}
	for _, a := range asks {
		for _, later := range asks {
			if later.state() == "admitted" {
				later.res.Release()
			}
		}
		<-a.done
		a.res.Release()
	}
	if s := q.Status(); s.Free != 100 || len(s.Held)+len(s.Asking) != 0 {
		t.Errorf("after %q and all releases: %d free, held %v, asking %v", acts, s.Free, s.Held, s.Asking)
	}
	return states
}

func TestRefusalSaysWhoHoldsWhat(t *testing.T) {
	q := NewQueue(QueueOptions{Budget: 1 << 30})
	weights, err := q.Reserve(t.Context(), "weights of embedded", 600<<20)
	if err != nil {
		t.Fatal(err)
	}
	weights.Pin()
	_, err = q.Reserve(Named(t.Context(), "run 1"), "optimiser", 500<<20)
	want := "reserve optimiser: not enough memory: it needs 500.0 MiB, 424.0 MiB of 1.0 GiB are free " +
		"(held: weights of embedded 600.0 MiB)"
	if !errors.Is(err, ErrTooBig) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	weights.Release()
	weights.Release()
	if free := q.Status().Free; free != 1<<30 {
		t.Errorf("after releasing twice: %d free, want %d", free, 1<<30)
	}
}

func TestReserveOnTheDeviceDoesNotWait(t *testing.T) {
	q := NewQueue(QueueOptions{Budget: 100})
	held, err := q.Reserve(t.Context(), "a", 60)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	err = q.Do(t.Context(), ForRun, func(ctx context.Context) error {
		_, err := q.Reserve(ctx, "b", 50)
		return err
	})
	if !errors.Is(err, ErrTooBig) {
		t.Errorf("reserving with the device in hand: got %v, want ErrTooBig", err)
	}
}

// TestReserveUnderLoad asks at random from many goroutines with real parallelism. It must end (no
// deadlock), never exceed the budget, and leave nothing behind.
func TestReserveUnderLoad(t *testing.T) {
	const budget = 1000
	q := NewQueue(QueueOptions{Budget: budget})
	var all sync.WaitGroup
	for w := range 12 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 7))
			for range 100 {
				ctx, cancel := context.WithCancel(Named(t.Context(), fmt.Sprint("owner ", w)))
				if random.IntN(5) == 0 {
					time.AfterFunc(time.Duration(random.IntN(200))*time.Microsecond, cancel)
				}
				var held []*Reservation
				for range 1 + random.IntN(3) {
					r, err := q.Reserve(ctx, "part", random.Int64N(600))
					if err != nil {
						break // refused or cancelled: release what there is, as every caller must
					}
					held = append(held, r)
				}
				if free := q.Status().Free; free < 0 {
					t.Errorf("%d bytes free of %d", free, budget)
				}
				for _, r := range held {
					r.Release()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if s := q.Status(); s.Free != budget || len(s.Held)+len(s.Asking) != 0 {
		t.Errorf("after all: %d free of %d, held %v, asking %v", s.Free, budget, s.Held, s.Asking)
	}
}
