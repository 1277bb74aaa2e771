package flow

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// An op is one statement of a random program. A program keeps a number in which everything that it learns
// is mixed, and branches, loops and asks by it.
type op struct {
	kind  string
	n     int
	other string
	body  []op
	also  []op
}

// program is a random program: its functions by name. Functions spawn only those after them, so that it ends.
type program map[string][]op

// kinds of statements with how often they are drawn. What depends on chance or time is left out where a
// program runs several ways that must come to the same.
var kinds = []struct {
	kind   string
	often  int
	chance bool
}{
	{"work", 4, false},
	{"ask", 5, false},
	{"record", 4, false},
	{"together", 3, false},
	{"spawn", 1, false},
	{"first", 2, false},
	{"sleep", 1, false},
	{"within", 1, false},
	{"signal", 1, false},
	{"if", 3, false},
	{"loop", 2, false},
	{"random", 2, true},
	{"now", 1, true},
}

const functionsOfProgram = 4

func randomProgram(random *rand.Rand, chance bool) program {
	p := program{"never": {{kind: "never"}}}
	for n := range functionsOfProgram {
		p[functionName(n)] = randomOps(random, n, 2, chance)
	}
	return p
}

func functionName(n int) string {
	if n == 0 {
		return Root
	}
	return fmt.Sprintf("part%d", n)
}

func randomOps(random *rand.Rand, function, depth int, chance bool) (ops []op) {
	for range 2 + random.IntN(4) {
		o := op{kind: randomKind(random, chance), n: 1 + random.IntN(3)}
		switch o.kind {
		case "together", "spawn", "first":
			if function+1 == functionsOfProgram {
				o.kind = "work"
				break
			}
			o.other = functionName(function + 1 + random.IntN(functionsOfProgram-function-1))
		case "if", "loop":
			if depth == 0 {
				o.kind = "ask"
				break
			}
			o.body = randomOps(random, function, depth-1, chance)
			o.also = randomOps(random, function, depth-1, chance)
		case "record":
			o.other = fmt.Sprintf("rows%d", o.n)
		}
		ops = append(ops, o)
	}
	return ops
}

func randomKind(random *rand.Rand, chance bool) string {
	all := 0
	for _, k := range kinds {
		all += k.often
	}
	for {
		at := random.IntN(all)
		for _, k := range kinds {
			if at -= k.often; at < 0 {
				if k.chance && !chance {
					break
				}
				return k.kind
			}
		}
	}
}

// run is one execution of a function.
type run struct {
	p    program
	i    *Instance
	sum  uint64   // everything learned so far
	of   []string // ids of the last answers
	last time.Time

	statements, spawned int // so far: programs that never end test nothing
}

// The most statements and spawning ones that one execution gets to.
const mostStatements, mostSpawned = 25, 3

func (p program) Run(_ context.Context, i *Instance, function string, args Value) (Value, error) {
	r := &run{p: p, i: i}
	r.learn(function, args)
	if err := r.all(p[function]); err != nil {
		return nil, err
	}
	return int64(r.sum >> 1), nil
}

// learn mixes values into the sum.
func (r *run) learn(values ...any) {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, r.sum) // a hash takes everything
	fmt.Fprint(h, values...)
	r.sum = h.Sum64()
}

func (r *run) all(ops []op) error {
	for _, o := range ops {
		if err := r.one(o); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) one(o op) error {
	if o.other != "" && o.kind != "record" {
		r.spawned++
	}
	if r.statements++; r.statements > mostStatements || r.spawned > mostSpawned {
		return nil
	}
	switch o.kind {
	case "work":
		sum := r.sum
		v, err := r.i.Do("generate", map[string]any{"sum": int64(sum >> 1)}, func(context.Context) (Value, []string, error) {
			return fmt.Sprint("made of ", sum), nil, nil
		})
		r.learn(v)
		return err
	case "ask":
		return r.ask(Ask{People: o.n, Item: about(fmt.Sprint(r.sum))})
	case "within":
		return r.ask(Ask{People: o.n, Item: about(fmt.Sprint(r.sum)), Pool: "nobody", Within: time.Duration(o.n) * time.Hour})
	case "never":
		return r.ask(Ask{Item: about("never"), Pool: "nobody"})
	case "record":
		_, err := r.i.Record(o.other, map[string]any{"sum": int64(r.sum >> 1)}, r.of)
		return err
	case "together", "spawn":
		handles, err := r.spawn(o)
		if err != nil || o.kind == "spawn" {
			return err
		}
		list, err := r.i.Together(handles)
		r.learn(list)
		return err
	case "first":
		return r.first(o)
	case "sleep":
		return r.i.Sleep(time.Duration(o.n) * 7 * time.Hour)
	case "signal":
		v, err := r.i.Signal(fmt.Sprint("signal ", o.n))
		r.learn(v)
		return err
	case "if":
		if r.sum%2 == 0 {
			return r.all(o.body)
		}
		return r.all(o.also)
	case "loop":
		for range 1 + r.sum%2 {
			if err := r.all(o.body); err != nil {
				return err
			}
		}
		return nil
	case "random":
		v, err := r.i.Random()
		r.learn(v)
		return err
	case "now":
		now, err := r.i.Now()
		if now.Before(r.last) && err == nil {
			return errors.New("time goes backwards")
		}
		r.last = now
		return err
	}
	return fmt.Errorf("no such statement: %s", o.kind)
}

func (r *run) ask(a Ask) error {
	a.Form = choice("Question")
	answers, err := r.i.Ask(a)
	if err != nil {
		return err
	}
	r.of = nil
	for _, one := range answers.List {
		r.of = append(r.of, one.ID)
		r.learn(one.Person, one.Values)
	}
	r.learn(answers.Missing)
	return nil
}

func (r *run) spawn(o op) (handles []Handle, err error) {
	for n := range min(o.n, 2) {
		h, err := r.i.Spawn(o.other, int64(r.sum>>1)+int64(n))
		if err != nil {
			return nil, err
		}
		handles = append(handles, h)
	}
	return handles, nil
}

// first has a child that ends race with some that never do.
func (r *run) first(o op) error {
	o.n = 1
	handles, err := r.spawn(o)
	for range 2 {
		if err == nil {
			var h Handle
			h, err = r.i.Spawn("never", nil)
			handles = append([]Handle{h}, handles...)
		}
	}
	if err != nil {
		return err
	}
	n, v, err := r.i.First(handles)
	r.learn(n, v)
	return err
}
