package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"workbench/storage"
)

// call asks the server to do something and reads its JSON answer into receive, where that is not nil.
func (c *client) call(ctx context.Context, method, path string, send, receive any) error {
	body, err := json.Marshal(send)
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, method, path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Close()
	if receive == nil {
		_, err = io.Copy(io.Discard, answer)
	} else {
		err = json.NewDecoder(answer).Decode(receive)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// ask is call without anything to send.
func (c *client) ask(ctx context.Context, path string, receive any) error {
	return c.call(ctx, http.MethodGet, path, nil, receive)
}

// served adds to the error of a folder that a server has open where its page is.
func served(dir string, err error) error {
	if !errors.Is(err, storage.ErrLocked) {
		return err
	}
	if server, missing := readServerFile(dir); missing == nil {
		return fail(unexpected, "%w", err).next("workbench serve has it open: its page at %s shows flows, runs, people, data and models, and run, eval, data, flow, runs, trace, model and backup go through it", server.URL)
	}
	return err
}

// server finds the server that has the data folder, for verbs that are done by a server alone.
func (a *app) server() (*client, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	s, err := storage.Open(dir, storage.Options{ReadOnly: true})
	if errors.Is(err, storage.ErrLocked) {
		return a.client(dir, err)
	}
	switch {
	case err == nil:
		err = s.Close()
	case errors.Is(err, fs.ErrNotExist):
		err = nil // there is no folder yet, and no server either
	}
	return nil, errors.Join(fail(unexpected, "no server has the data folder %s open, and a running one does this", dir).
		next("start one in another terminal: workbench serve%s", a.dataFlag()), err)
}
