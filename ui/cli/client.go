package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"workbench/ui/web"
)

// client speaks to the server that has a data folder open, as its owner. One process owns a folder at a
// time; what another needs of it meanwhile it gets this way.
type client struct {
	to   serverFile
	http *http.Client
}

// client finds the server of a data folder. locked is the error that the folder gave; when its owner is
// no server, the answer says so.
func (a *app) client(dir string, locked error) (*client, error) {
	to, err := readServerFile(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(unexpected, "%w", locked).
			next("only a running workbench serve can be asked meanwhile, and whoever has the folder open is none (there is no %s in it): wait until it ends", serverFileName)
	}
	if err != nil {
		return nil, fail(unexpected, "%w", err).next("start workbench serve again; it writes the file anew")
	}
	return &client{to, &http.Client{
		// The key goes to that address and nowhere else: no proxy, no redirect.
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			ResponseHeaderTimeout: time.Minute,
			TLSClientConfig:       only(to.Cert),
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// only trusts one certificate, whoever it was made for; where none is named, those that the system does.
func only(cert string) *tls.Config {
	if cert == "" {
		return nil
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // in favour of what follows
		VerifyConnection: func(s tls.ConnectionState) error {
			if sumOf(s.PeerCertificates[0].Raw) != cert {
				return fmt.Errorf("another certificate answers than %s names", serverFileName)
			}
			return nil
		},
	}
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// get asks for a path. The caller closes what it gets, which ends with an error when the server goes
// away in the middle.
func (c *client) get(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}

// do is any request; kind is the type of its body.
func (c *client) do(ctx context.Context, method, path, kind string, body io.Reader) (io.ReadCloser, error) {
	answer, err := c.request(ctx, method, path, kind, body)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// request is do with the whole answer.
func (c *client) request(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.to.URL, "/")+path, body)
	if err != nil {
		return nil, fail(unexpected, "the address in %s: %w", serverFileName, err)
	}
	if content, is := body.(sized); is {
		r.ContentLength = content.bytes
	}
	r.Header.Set("Authorization", "Bearer "+c.to.Key)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, fail(unexpected, "ask the workbench that has the data folder open: %w", err).
			next("%s says that process %d serves at %s; if that is gone, another program has the folder open: wait until it ends",
				serverFileName, c.to.PID, c.to.URL)
	}
	if answer.StatusCode < http.StatusMultipleChoices {
		return answer, nil
	}
	defer answer.Body.Close()
	var said web.Failure
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil || said.Says == "" {
		return nil, fail(unexpected, "%s answers %s with %s", c.to.URL, path, answer.Status).
			next("is the server there of another version? workbench version says which this is")
	}
	return nil, refusedBy(c.to.URL+" answers "+path+": ", said)
}

// refusedBy is what a server refuses as the failure of a verb; before says what it answered to.
func refusedBy(before string, said web.Failure) error {
	problems := ""
	for _, p := range said.Problems {
		if strings.Contains(said.Says, p.Says) { // it says so already
			continue
		}
		problems += fmt.Sprintf("\n  %s: %s", p.Field, p.Says)
	}
	refused := fail(unexpected, "%s%w%s", before, &said, problems)
	switch said.Code {
	case web.NotFound:
		refused.code = notFound
	case web.Invalid, web.Conflict, web.TooLarge:
		refused.code = badInput
	}
	if said.Next != "" {
		return refused.next("%s", said.Next)
	}
	return refused
}

// sized is a body of so many bytes.
type sized struct {
	io.Reader
	bytes int64
}
