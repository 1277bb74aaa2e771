package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

func events(t *testing.T, s *Store, from uint64) (all []Event) {
	t.Helper()
	err := s.EachEvent(from, func(e Event) error { all = append(all, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEventsAreNumberedAndChained(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	// A zone, a monotonic clock and nanoseconds are what time.Now gives.
	local := time.Now().In(time.FixedZone("there", 5400))
	for i := range 12 {
		commit(t, s, func(b *Batch) {
			b.Append(Event{Time: local, Kind: "answered", Actor: "p", Object: "t", Lease: "l", Data: json.RawMessage(fmt.Sprintf(`{"n": %d, "text": "<&é\u2028>"}`, i))})
			b.PutFlow(Flow{ID: fmt.Sprint(i)})
			b.Append(Event{Time: local, Kind: "leased"})
		})
	}
	all := events(t, s, 0)
	if len(all) != 24 {
		t.Fatalf("%d entries, want 24", len(all))
	}
	for i, e := range all {
		prev := ""
		if i > 0 {
			prev = all[i-1].Hash
		}
		if e.Seq != uint64(i+1) || e.Prev != prev || len(e.Hash) != 64 || !e.Time.Equal(local) {
			t.Errorf("entry %d: %+v, want number %d after %.8s at %v", i, e, i+1, prev, local)
		}
	}
	if n, err := s.VerifyEvents(); n != 24 || err != nil {
		t.Errorf("VerifyEvents: got %d, %v, want 24", n, err)
	}
	for _, tt := range []struct {
		from uint64
		want int
	}{{0, 24}, {1, 24}, {9, 16}, {10, 15}, {24, 1}, {25, 0}} {
		if got := events(t, s, tt.from); len(got) != tt.want || tt.want > 0 && got[0].Seq != max(tt.from, 1) {
			t.Errorf("from %d: got %d entries, want %d", tt.from, len(got), tt.want)
		}
	}
}

// TestChainGoesOn across closing, across transactions that had to be split, and with many writers.
func TestChainGoesOn(t *testing.T) {
	dir := t.TempDir()
	pad := json.RawMessage(`"` + strings.Repeat("x", 50_000) + `"`)
	total := uint64(0)
	for round := range 3 {
		s := open(t, dir, Options{})
		var all sync.WaitGroup
		for w := range 8 {
			all.Go(func() {
				for i := range 5 {
					b := &Batch{}
					b.PutFlow(Flow{ID: fmt.Sprintf("%d-%d-%d", round, w, i)})
					for range 1 + (w+i)%6 {
						b.Append(Event{Time: noon, Kind: "leased", Data: pad}) // some 45 of them fit a transaction
					}
					if err := s.Commit(b); err != nil {
						t.Error(err)
					}
				}
			})
			for i := range 5 {
				total += uint64(1 + (w+i)%6)
			}
		}
		all.Wait()
		if n, err := s.VerifyEvents(); n != total || err != nil {
			t.Errorf("round %d: %d entries, %v, want %d", round, n, err, total)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, Options{ReadOnly: true})
	if n, err := r.VerifyEvents(); n != total || err != nil {
		t.Errorf("read only: %d entries, %v, want %d", n, err, total)
	}
}

// TestSplitTransactions hands the committer more than a transaction takes at once.
func TestSplitTransactions(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	text := strings.Repeat("x", 200_000)
	var groups []group
	for i := range 40 {
		b := &Batch{}
		for n := range 1 + i%6 {
			b.PutText(Text{SHA256: fmt.Sprintf("%d-%d", i, n), Text: text})
			b.Append(Event{Time: noon, Kind: "started", Object: fmt.Sprint(i)})
		}
		groups = append(groups, group{writes: b.writes, events: b.events})
	}
	if err := s.commit.close(); err != nil { // from here on the test is the one who writes
		t.Fatal(err)
	}
	transactions := 0
	for rest := groups; len(rest) > 0; transactions++ {
		n, err := s.commit.write(rest)
		if err != nil || n == 0 {
			t.Fatalf("with %d groups left: %d written, %v", len(rest), n, err)
		}
		rest = rest[n:]
	}
	if transactions < 5 || transactions == len(groups) {
		t.Errorf("%d groups took %d transactions; the test wants some that hold several and several in all", len(groups), transactions)
	}
	var order []string
	for _, e := range events(t, s, 0) {
		order = append(order, e.Object)
	}
	var want []string
	for i, g := range groups {
		want = append(want, slices.Repeat([]string{fmt.Sprint(i)}, len(g.events))...)
	}
	if n, err := s.VerifyEvents(); err != nil || int(n) != len(want) || !slices.Equal(order, want) {
		t.Errorf("the log has %d entries, %v, in the order %v, want %v", n, err, order, want)
	}
}

// TestTamperingIsSeen changes, removes, inserts, doubles and swaps entries behind the store's back.
func TestTamperingIsSeen(t *testing.T) {
	rewrite := func(t *testing.T, txn *badger.Txn, seq uint64, change func(*Event)) {
		item, err := txn.Get(eventKey(seq))
		if err != nil {
			t.Fatal(err)
		}
		value, err := item.ValueCopy(nil)
		if err != nil {
			t.Fatal(err)
		}
		var e Event
		if err := json.Unmarshal(value, &e); err != nil {
			t.Fatal(err)
		}
		change(&e)
		if value, err = json.Marshal(e); err != nil {
			t.Fatal(err)
		}
		if err := txn.Set(eventKey(seq), value); err != nil {
			t.Fatal(err)
		}
	}
	rehash := func(e *Event) { _, e.Hash, _ = e.encode() }
	for _, tt := range []struct {
		name   string
		tamper func(*testing.T, *badger.Txn)
		names  string // the first entry that is wrong
	}{
		{"nothing", func(*testing.T, *badger.Txn) {}, ""},
		{"another actor", func(t *testing.T, txn *badger.Txn) {
			rewrite(t, txn, 5, func(e *Event) { e.Actor = "somebody else" })
		}, "entry 5"},
		{"another time", func(t *testing.T, txn *badger.Txn) {
			rewrite(t, txn, 5, func(e *Event) { e.Time = e.Time.Add(time.Nanosecond) })
		}, "entry 5"},
		{"other data", func(t *testing.T, txn *badger.Txn) {
			rewrite(t, txn, 5, func(e *Event) { e.Data = json.RawMessage(`{"n":0}`) })
		}, "entry 5"},
		{"another actor, hashed anew", func(t *testing.T, txn *badger.Txn) {
			rewrite(t, txn, 5, func(e *Event) { e.Actor = "somebody else"; rehash(e) })
		}, "entry 6"},
		{"another number", func(t *testing.T, txn *badger.Txn) {
			rewrite(t, txn, 5, func(e *Event) { e.Seq = 50; rehash(e) })
		}, "entry 5"},
		{"one taken out", func(t *testing.T, txn *badger.Txn) {
			if err := txn.Delete(eventKey(5)); err != nil {
				t.Fatal(err)
			}
		}, "entry 5"},
		{"the first taken out", func(t *testing.T, txn *badger.Txn) {
			if err := txn.Delete(eventKey(1)); err != nil {
				t.Fatal(err)
			}
		}, "entry 1"},
		{"one added at the end", func(t *testing.T, txn *badger.Txn) {
			value, err := json.Marshal(Event{Seq: 11, Kind: "role", Hash: "00"})
			if err == nil {
				err = txn.Set(eventKey(11), value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "entry 11"},
		{"two swapped", func(t *testing.T, txn *badger.Txn) {
			var third, fourth Event
			rewrite(t, txn, 3, func(e *Event) { third = *e })
			rewrite(t, txn, 4, func(e *Event) { fourth, *e = *e, third })
			rewrite(t, txn, 3, func(e *Event) { *e = fourth })
		}, "entry 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, t.TempDir(), Options{})
			for i := range 10 {
				commit(t, s, func(b *Batch) {
					b.Append(Event{Time: noon, Kind: "answered", Actor: "p", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i+1))})
				})
			}
			if err := s.db.Update(func(txn *badger.Txn) error { tt.tamper(t, txn); return nil }); err != nil {
				t.Fatal(err)
			}
			n, err := s.VerifyEvents()
			switch {
			case tt.names == "" && (err != nil || n != 10):
				t.Errorf("got %d, %v, want 10", n, err)
			case tt.names != "" && (!errors.Is(err, ErrChain) || !strings.Contains(err.Error(), "at "+tt.names+" ")):
				t.Errorf("got %v, want ErrChain at %s", err, tt.names)
			}
		})
	}
}

// TestOddEventsHold: the hash is over what will be read back.
func TestOddEventsHold(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, at := range []time.Time{{}, noon, noon.Truncate(time.Second), time.Now(), time.Unix(0, 1), noon.In(time.FixedZone("", -3600))} {
		commit(t, s, func(b *Batch) { b.Append(Event{Time: at, Kind: "started"}) })
	}
	for _, text := range []string{"\xff\xfe", "\x00\u2028<é>", `"\ud800"`, "\uFFFD"} {
		commit(t, s, func(b *Batch) {
			b.Append(Event{Kind: text, Actor: text, Object: text, Lease: text, Data: json.RawMessage("{ \"k\" :\t\"\xff<\" }")})
		})
	}
	if n, err := s.VerifyEvents(); n != 10 || err != nil {
		t.Errorf("got %d, %v, want 10", n, err)
	}
}

// TestOneTooLargeDoesNotHurtOthers commits what fits no transaction among what does.
func TestOneTooLargeDoesNotHurtOthers(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var groups []group
	for i := range 9 {
		b := &Batch{}
		b.PutFlow(Flow{ID: fmt.Sprint(i)})
		b.Append(Event{Time: noon, Kind: "started", Object: fmt.Sprint(i)})
		for n := range 40 * (i % 2) {
			b.PutText(Text{SHA256: fmt.Sprintf("%d-%d", i, n), Text: strings.Repeat("x", 100_000)})
		}
		groups = append(groups, group{b.writes, b.events, make(chan error, 1)})
	}
	for _, g := range groups {
		if err := s.commit.add(g); err != nil {
			t.Fatal(err)
		}
	}
	s.commit.wake()
	for i, g := range groups {
		if err := <-g.done; errors.Is(err, ErrTooLarge) != (i%2 == 1) {
			t.Errorf("group %d: got %v, want ErrTooLarge for the odd ones only", i, err)
		}
	}
	var got []string
	for _, e := range events(t, s, 0) {
		got = append(got, e.Object)
	}
	if n, err := s.VerifyEvents(); n != 5 || err != nil || strings.Join(got, "") != "02468" {
		t.Errorf("the log has %d entries of %v, %v, want those of 0 2 4 6 8", n, got, err)
	}
}

// TestFailedCommitStopsWriting: after Badger failed, nobody knows what it kept.
func TestFailedCommitStopsWriting(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	commit(t, s, func(b *Batch) { b.Append(Event{Time: noon, Kind: "started"}) })
	if err := s.db.Close(); err != nil { // the quickest way to a failing commit
		t.Fatal(err)
	}
	for range 2 {
		b := &Batch{}
		b.Append(Event{Time: noon, Kind: "lost"})
		if err := s.Commit(b); err == nil || !strings.Contains(err.Error(), "started again") {
			t.Errorf("a commit that Badger refuses: got %v, want to hear that the program must be started again", err)
		}
	}
	again := open(t, dir, Options{})
	commit(t, again, func(b *Batch) { b.Append(Event{Time: noon, Kind: "started"}) })
	if n, err := again.VerifyEvents(); n != 2 || err != nil {
		t.Errorf("after opening again: %d entries, %v, want 2", n, err)
	}
}

// TestEncodedEventIsItsJSON: the hash is put into the text, which must be what encoding would give.
func TestEncodedEventIsItsJSON(t *testing.T) {
	for _, e := range []Event{{}, {Seq: 7, Time: noon, Kind: `"}`, Actor: "a", Data: json.RawMessage(`{"k":""}`), Prev: `"`, Hash: "old"}} {
		text, hash, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		e.Hash = hash
		want, err := json.Marshal(e)
		if err != nil || string(text) != string(want) {
			t.Errorf("got %s, %v, want %s", text, err, want)
		}
	}
}
