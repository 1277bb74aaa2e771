package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/urfave/cli/v2"

	"workbench/tasks/people"
	"workbench/ui/web"
)

func keyCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "key",
		Usage:     "make a key for a program that asks the server, or withdraw one",
		ArgsUsage: "NAME",
		Description: `Prints the key, once. Programs send it as Authorization: Bearer KEY; to OpenAI's client it is the api_key, with
the server's address and /v1 as base_url. NAME says what it is for. It calls the API for models and nothing else, so
that it can be given away; with --full it may do all that the server's owner may.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "full", Usage: "the key may do all that the server's owner may"},
			&cli.BoolFlag{Name: "withdraw", Usage: "NAME is the id of a key, which is not let in any more"},
		},
		Action: func(c *cli.Context) error {
			name, err := arguments(c, "NAME")
			if err != nil {
				return err
			}
			s, err := a.server()
			if err != nil {
				return err
			}
			if c.Bool("withdraw") {
				return a.withdrawKey(c.Context, s, name[0])
			}
			ask := web.NewKey{Name: name[0], Role: string(people.User)}
			if c.Bool("full") {
				ask.Role = ""
			}
			return a.makeKey(c.Context, s, ask)
		},
	}
}

func (a *app) makeKey(ctx context.Context, s *client, ask web.NewKey) error {
	var made web.Key
	if err := s.call(ctx, http.MethodPost, "/api/keys", ask, &made); err != nil {
		return err
	}
	if err := a.answer(map[string]string{"id": made.ID, "key": made.Token, "base_url": s.to.URL + "/v1"}, func(w io.Writer) {
		fmt.Fprintln(w, made.Token)
	}); err != nil {
		return err
	}
	a.say("base_url is %s/v1; workbench key --withdraw %s ends the key", s.to.URL, made.ID)
	return nil
}

func (a *app) withdrawKey(ctx context.Context, s *client, id string) error {
	if err := s.call(ctx, http.MethodDelete, "/api/invites/"+url.PathEscape(id), nil, nil); err != nil {
		return err
	}
	return a.answer(map[string]string{"withdrawn": id}, func(w io.Writer) { fmt.Fprintf(w, "key %s is withdrawn\n", id) })
}
