package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"workbench/storage"
	"workbench/ui/web"
)

// The script of the flow that goes on through every kill. What it records can be counted in the end.
const killScript = `"""Several people say which is better."""
items  = dataset([{"prompt": "Question %%d" %% i, "left": "One.", "right": "Two."} for i in range(%d)])
better = form("Which is better?", show = [text("prompt"), pair("left", "right")], ask = [scale("preference", 9)])

def flow(item):
    answers = ask(better, item, people = 3)
    coin    = random()
    record("judged", {"prompt": item.prompt, "sum": sum([a.preference for a in answers]), "coin": coin}, of = answers)
    return coin
`

// kills is how often the server is killed: twice, or as often as $WORKBENCH_KILLS says (make soak).
func kills(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("WORKBENCH_KILLS"))
	if os.Getenv("WORKBENCH_KILLS") == "" {
		return 2
	}
	if err != nil || n < 1 {
		t.Fatalf("WORKBENCH_KILLS is %q, and is how often the server is killed", os.Getenv("WORKBENCH_KILLS"))
	}
	return n
}

// acknowledged is an answer that a server has said it has.
type acknowledged struct{ id, lease, values string }

// TestServerKilled has a crowd answer while the server is killed at random moments and started again. What
// was acknowledged is there once, nobody was one too many, and every flow comes to its end.
func TestServerKilled(t *testing.T) {
	if dir := os.Getenv("WORKBENCH_TEST_SERVE"); dir != "" {
		os.Exit(Run(context.Background(), []string{"serve", "--data", dir, "--addr", os.Getenv("WORKBENCH_TEST_ADDR")}, nil, os.Stdout, os.Stderr))
	}
	if testing.Short() {
		t.Skip("kills servers for half a minute; runs in make test")
	}
	times := kills(t)
	w := &killed{t: t, dir: t.TempDir(), addr: freeAddr(t), items: 150 + 200*times}
	w.start()
	w.prepare(8)
	random, done := rand.New(rand.NewPCG(7, uint64(times))), make(chan []acknowledged)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { done <- w.answerAll(ctx) }()
	for range times {
		time.Sleep(time.Duration(300+random.IntN(1500)) * time.Millisecond)
		w.kill()
		w.start()
	}
	w.waitForEnd(ctx)
	stop()
	all := <-done
	w.kill()
	w.check(all)
}

// killed is a server that is killed, and its crowd.
type killed struct {
	t       *testing.T
	dir     string
	addr    string
	items   int
	flow    string
	key     string
	secrets []string
	server  *exec.Cmd
	said    bytes.Buffer
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the server and waits until it answers.
func (w *killed) start() {
	w.t.Helper()
	w.server = exec.Command(os.Args[0], "-test.run=^TestServerKilled$")
	w.server.Env = append(os.Environ(), "WORKBENCH_TEST_SERVE="+w.dir, "WORKBENCH_TEST_ADDR="+w.addr)
	w.server.Stderr = &w.said
	if err := w.server.Start(); err != nil {
		w.t.Fatal(err)
	}
	for range 600 {
		response, err := http.Get("http://" + w.addr + "/healthz")
		if err == nil {
			response.Body.Close()
			own, err := readServerFile(w.dir)
			if err != nil {
				w.t.Fatal(err)
			}
			w.key = own.Key // each start makes a new one
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.kill()
	w.t.Fatalf("the server does not answer; it said:\n%s", w.said.String())
}

func (w *killed) kill() {
	w.t.Helper()
	if err := w.server.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	if err := w.server.Wait(); err == nil {
		w.t.Fatalf("the server ended by itself; it said:\n%s", w.said.String())
	}
}

// prepare starts the flow and lets annotators in.
func (w *killed) prepare(people int) {
	w.t.Helper()
	var flow web.FlowDetail
	w.call("POST", "/api/flows", web.Start{Name: "killed", Script: fmt.Sprintf(killScript, w.items), Params: map[string]string{}}, &flow)
	w.flow = flow.ID
	var invite web.Invite
	w.call("POST", "/api/invites", web.NewInvite{Name: "crowd", Role: "annotator", Pools: []string{}}, &invite)
	for i := range people {
		secret := w.join(invite.Link, fmt.Sprintf("Annotator %d", i))
		w.secrets = append(w.secrets, secret)
	}
}

// join comes in by an invitation and returns the secret of the session.
func (w *killed) join(link, name string) string {
	w.t.Helper()
	request, err := http.NewRequest("GET", link, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	body, _ := json.Marshal(web.SignIn{Invite: request.URL.Query().Get("invite"), Name: name})
	response, err := http.Post("http://"+w.addr+"/api/session", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		return cookie.Value
	}
	text, _ := io.ReadAll(response.Body)
	w.t.Fatalf("%s could not come in: %s %s", name, response.Status, text)
	return ""
}

// call asks the server as its admin.
func (w *killed) call(method, path string, send, receive any) {
	w.t.Helper()
	body, err := json.Marshal(send)
	if err != nil {
		w.t.Fatal(err)
	}
	request, err := http.NewRequest(method, "http://"+w.addr+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode < 300 {
		err = json.Unmarshal(text, receive)
	}
	if err != nil || response.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s %s %v", method, path, response.Status, text, err)
	}
}

// answerAll has everybody answer until ctx ends, and returns what was acknowledged.
func (w *killed) answerAll(ctx context.Context) []acknowledged {
	var mu sync.Mutex
	var everything []acknowledged
	var all sync.WaitGroup
	for i, secret := range w.secrets {
		all.Go(func() {
			mine := w.answer(ctx, i, secret)
			mu.Lock()
			defer mu.Unlock()
			everything = append(everything, mine...)
		})
	}
	all.Wait()
	return everything
}

// answer is one annotator, whose browser sends an answer again until it is acknowledged.
func (w *killed) answer(ctx context.Context, who int, secret string) (mine []acknowledged) {
	var sent *acknowledged // what was sent and is not acknowledged
	for n := 0; ctx.Err() == nil; {
		client, err := web.Dial(ctx, "http://"+w.addr, secret)
		if err != nil {
			var refused *web.Failure
			if errors.As(err, &refused) && refused.Code == web.Unauthorized {
				w.t.Errorf("annotator %d is not known any more: %v", who, err)
				return mine
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			if sent == nil {
				reply, err := client.Next(ctx)
				if err != nil {
					break
				}
				if reply.Work == nil {
					patience, enough := context.WithTimeout(ctx, time.Second)
					err := client.Wait(patience)
					enough()
					if err != nil {
						break
					}
					continue
				}
				n++
				sent = &acknowledged{lease: reply.Work.Lease, values: fmt.Sprintf(`{"preference":%d}`, 1+(n+who)%9)}
			}
			reply, err := client.Submit(ctx, sent.lease, "key "+sent.lease, json.RawMessage(sent.values), 1)
			var refused *web.Failure
			if errors.As(err, &refused) && refused.Code != web.Internal {
				w.t.Errorf("annotator %d: the answer to lease %s was refused: %v", who, sent.lease, err)
				sent = nil
				continue
			}
			if err != nil {
				break
			}
			sent.id = reply.Answer
			mine = append(mine, *sent)
			sent = nil
		}
		client.Close()
	}
	return mine
}

// waitForEnd waits until the flow has done all of its items.
func (w *killed) waitForEnd(ctx context.Context) {
	w.t.Helper()
	var flow web.FlowDetail
	for range 1200 {
		w.call("GET", "/api/flows/"+w.flow, nil, &flow)
		if flow.Status == "done" {
			return
		}
		if ctx.Err() != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Errorf("the flow is %s, with instances %v and steps %+v, after two minutes", flow.Status, flow.Instances, flow.Steps)
}

// check reads the store.
func (w *killed) check(all []acknowledged) {
	w.t.Helper()
	s, err := storage.Open(w.dir, storage.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	stored, leases, tasks := map[string]storage.Answer{}, map[string]int{}, map[string]int{}
	err = s.EachAnswer("", func(a storage.Answer) error {
		stored[a.ID] = a
		leases[a.Lease]++
		if !a.Late {
			tasks[a.Task]++
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		if got, ok := stored[a.id]; !ok || got.Lease != a.lease || string(got.Values) != a.values {
			w.t.Errorf("acknowledged answer %s of lease %s is %+v in the store", a.id, a.lease, got)
		}
	}
	for lease, n := range leases {
		if n != 1 {
			w.t.Errorf("lease %s has %d answers", lease, n)
		}
	}
	for task, n := range tasks {
		if n != 3 {
			w.t.Errorf("task %s has %d answers, want 3", task, n)
		}
	}
	if len(tasks) != w.items {
		w.t.Errorf("%d tasks have answers, want %d", len(tasks), w.items)
	}
	rows := map[string]int{}
	err = s.EachRow("judged", "", func(r storage.Row) error {
		rows[r.Instance]++
		if r.Withdrawn {
			w.t.Errorf("row %s is withdrawn", r.ID)
		}
		return nil
	})
	if err != nil || len(rows) != w.items {
		w.t.Errorf("%d instances recorded a row, want %d (%v)", len(rows), w.items, err)
	}
	for instance, n := range rows {
		if n != 1 {
			w.t.Errorf("instance %s recorded %d rows", instance, n)
		}
	}
	events, err := s.VerifyEvents()
	if err != nil {
		w.t.Error(err)
	}
	w.t.Logf("%d answers were acknowledged and %d are stored, for %d tasks; the log has %d entries", len(all), len(stored), len(tasks), events)
}
