package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/tasks/people"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// annotated is what a simulated annotator did.
type annotated struct {
	Person  string  `json:"person"` // the name under which the answers stand
	Rule    string  `json:"rule"`   // the file
	SHA256  string  `json:"rule_sha256"`
	Answers int     `json:"answers"`
	Skipped int     `json:"skipped"`
	Seconds float64 `json:"seconds"`
	Says    string  `json:"says"` // why it ended
}

func annotateCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "annotate",
		Usage:     "answer tasks by a rule, as a simulated annotator",
		ArgsUsage: "RULE",
		Description: `RULE is a script with answer(task): task.item has what the form shows, and what is returned are the form's
fields, or None to skip. It comes in like any annotator, by an invitation, and its answers say who gave them:
"simulated: RULE". So a flow can be tried before people are asked, and a method on people whose rule is known.
A task that it holds when it stops goes to others once its lease has ended.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "invite", Usage: "come in by the invitation `LINK`; without it one is made at the server of --data"},
			&cli.StringSliceFlag{Name: "pool", Usage: "be of the pool `NAME`, without --invite; can be repeated"},
			&cli.IntFlag{Name: "answers", Usage: "stop after `N` answers; 0: when there is nothing left to answer"},
			&cli.DurationFlag{Name: "patience", Value: 10 * time.Second, Usage: "wait so long for work before there is nothing left"},
			&cli.Int64Flag{Name: "seed", Usage: "of the rule's random()"},
		},
		Action: func(c *cli.Context) error {
			file, err := arguments(c, "RULE")
			if err != nil {
				return err
			}
			if c.Int("answers") < 0 || c.Duration("patience") < 0 {
				return fail(badInput, "--answers and --patience can't be below 0")
			}
			text, err := os.ReadFile(file[0])
			if err != nil {
				return fail(notFound, "the rule: %w", err).next("a rule is a file with  def answer(task):  in it; workbench annotate --help says more")
			}
			rule, err := script.ParseRule(filepath.Base(file[0]), string(text), c.Int64("seed"))
			if err != nil {
				return fail(badInput, "%w", err)
			}
			did := &annotated{Rule: file[0], SHA256: rule.SHA256()}
			did.Person = "simulated: " + strings.TrimSuffix(filepath.Base(file[0]), ".star")
			if err := did.work(c, a, rule); err != nil {
				return err
			}
			return a.answer(did, func(w io.Writer) { did.write(w, rule) })
		},
	}
}

func (d *annotated) write(w io.Writer, rule *script.Rule) {
	fmt.Fprintf(w, "%s gave %s and skipped %s in %.1f s: %s\n", d.Person, count(d.Answers, "answer"), count(d.Skipped, "task"), d.Seconds, d.Says)
	fmt.Fprintf(w, "the rule: %s (%s, %.12s)\n", cmp.Or(rule.Summary(), "it has no docstring"), d.Rule, d.SHA256)
}

// work comes in and answers until there is nothing left.
func (d *annotated) work(c *cli.Context, a *app, rule *script.Rule) (err error) {
	ctx := c.Context
	door, link, err := a.doorOf(ctx, c.String("invite"), d.Person, c.StringSlice("pool"))
	if err != nil {
		return err
	}
	secret, err := d.join(ctx, door, link)
	if err != nil {
		return err
	}
	at, err := web.DialTLS(ctx, door.to.URL, secret, only(door.to.Cert))
	if err != nil {
		return refusedAt(door.to.URL, err)
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	shown := a.progress("annotate", int64(c.Int("answers")), "answers")
	defer shown.finish()
	start := time.Now()
	d.Says, err = d.answerAll(ctx, at, rule, c.Int("answers"), c.Duration("patience"), shown)
	d.Seconds = time.Since(start).Seconds()
	return refusedAt(door.to.URL, err)
}

// doorOf is the server that an invitation leads to, or the data folder's with an invitation made there.
func (a *app) doorOf(ctx context.Context, link, name string, pools []string) (*client, string, error) {
	if link == "" {
		server, err := a.server()
		if err != nil {
			return nil, "", err
		}
		var made web.Invite
		err = server.call(ctx, http.MethodPost, "/api/invites", web.NewInvite{Name: name, Role: string(people.Annotator), Pools: append([]string{}, pools...)}, &made)
		return server, made.Link, err
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Query().Get("invite") == "" {
		return nil, "", fail(badInput, "%q is no invitation", link).next("an invitation is a link with ?invite=… in it, from the page People")
	}
	return &client{serverFile{URL: u.Scheme + "://" + u.Host}, &http.Client{Timeout: time.Minute}}, link, nil
}

// mostNamesakes is how many annotators of one rule there may be.
const mostNamesakes = 1000

// join comes in under the rule's name, or, where others have it, with a number behind it.
func (d *annotated) join(ctx context.Context, door *client, link string) (secret string, err error) {
	name := d.Person
	for n := 2; n <= mostNamesakes; n++ {
		secret, err = door.join(ctx, link, d.Person)
		var said *web.Failure
		if err == nil || !errors.As(err, &said) || said.Code != web.Conflict {
			return secret, err
		}
		d.Person = fmt.Sprintf("%s %d", name, n)
	}
	return "", err
}

// join comes in by an invitation and returns the secret of the session.
func (c *client) join(ctx context.Context, link, name string) (secret string, err error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(web.SignIn{Invite: u.Query().Get("invite"), Name: name})
	if err != nil {
		return "", err
	}
	stranger := &client{serverFile{URL: c.to.URL, Cert: c.to.Cert}, c.http} // who has a key is somebody already
	answer, err := stranger.request(ctx, http.MethodPost, "/api/session", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	for _, cookie := range answer.Cookies() {
		secret = cookie.Value
	}
	if secret == "" {
		return "", fail(unexpected, "%s let %s in and gave no session", c.to.URL, name)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return secret, err
}

// answerAll answers one task after another, and says why it ended.
func (d *annotated) answerAll(ctx context.Context, at *web.WorkClient, rule *script.Rule, most int, patience time.Duration, shown *progress) (string, error) {
	reply, err := at.Next(ctx)
	for err == nil {
		switch {
		case most > 0 && d.Answers >= most:
			return "that is as many as were wanted", nil
		case reply.Work == nil:
			waiting, enough := context.WithTimeout(ctx, patience)
			err = at.Wait(waiting)
			enough()
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				return reply.None.Says, nil
			}
			if err == nil {
				reply, err = at.Next(ctx)
			}
		default:
			reply, err = d.one(ctx, at, rule, reply.Work)
			shown.add(1)
		}
	}
	return "", err
}

// one answers or skips a task, and gets the next.
func (d *annotated) one(ctx context.Context, at *web.WorkClient, rule *script.Rule, work *web.Work) (web.Reply, error) {
	task := script.RuleTask{ID: work.Task, Flow: work.Flow, Form: work.Form.Title}
	if err := json.Unmarshal(work.Item, &task.Item); err != nil {
		return web.Reply{}, err
	}
	began := time.Now()
	values, err := rule.Answer(ctx, task)
	if err != nil {
		_, giving := at.Skip(ctx, work.Lease, "the rule failed")
		return web.Reply{}, errors.Join(fail(badInput, "%w", err).next("the answers before this one are kept"), giving)
	}
	if values == nil {
		d.Skipped++
		return at.Skip(ctx, work.Lease, "the rule skips it")
	}
	given, err := json.Marshal(values)
	if err != nil {
		return web.Reply{}, err
	}
	reply, err := at.Submit(ctx, work.Lease, work.Lease, given, time.Since(began).Seconds())
	if err == nil {
		d.Answers++
		return reply, nil
	}
	_, giving := at.Skip(ctx, work.Lease, "the rule's answer was refused")
	return reply, errors.Join(err, giving)
}

// refusedAt is an error of a server in words for the command line.
func refusedAt(place string, err error) error {
	var said *web.Failure
	if errors.As(err, &said) {
		return refusedBy(place+": ", *said)
	}
	return err
}
