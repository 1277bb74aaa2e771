package web

import (
	"net/http"
	"strings"
	"testing"

	"workbench/tasks/people"
)

func TestCheckAddr(t *testing.T) {
	for _, c := range []struct {
		addr       string
		tls, proxy bool
		ok         bool
	}{
		{"127.0.0.1:8080", false, false, true},
		{"127.8.8.8:0", false, false, true},
		{"[::1]:8080", false, false, true},
		{"[::ffff:127.0.0.1]:8080", false, false, true},
		{"localhost:8080", false, false, true},
		{":8080", false, false, false},
		{"0.0.0.0:8080", false, false, false},
		{"[::]:8080", false, false, false},
		{"192.168.1.4:8080", false, false, false},
		{"example.org:8080", false, false, false},
		{"localhost.example.org:8080", false, false, false},
		{"0.0.0.0:8080", true, false, true},
		{"0.0.0.0:8080", false, true, true},
		{"8080", true, true, false},
	} {
		if err := CheckAddr(c.addr, c.tls, c.proxy); (err == nil) != c.ok {
			t.Errorf("%s, TLS %v, proxy %v: got %v, want ok %v", c.addr, c.tls, c.proxy, err, c.ok)
		}
	}
	if err := CheckAddr("0.0.0.0:80", false, false); err == nil || !strings.Contains(err.Error(), "--tls-cert") || !strings.Contains(err.Error(), "--behind-proxy") {
		t.Errorf("the refusal names what to do: got %v", err)
	}
}

func TestPublicURL(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, "https://bench.example.org": true, "https://bench.example.org/": true, "https://bench.example.org:8443": true,
		"http://localhost:8080": true, "http://bench.example.org": false, "https://bench.example.org/sub": false,
		"ftp://x": false, "bench.example.org": false, "https://user@x": false, "https://x?y": false, "https://": false, "://": false,
	} {
		if _, err := parsePublicURL(text); (err == nil) != ok {
			t.Errorf("%q: got %v, want ok %v", text, err, ok)
		}
	}
}

// TestOtherSites lets pages of several origins make a browser send its cookie.
func TestOtherSites(t *testing.T) {
	const public, evil = "https://bench.example.org", "https://evil.example.org"
	for _, c := range []struct {
		what    string
		world   func(testing.TB, ...func(*Options)) *world
		options func(*Options)
		headers []string
		origin  string // "own": of the address that was called
		want    int
	}{
		{"own, in the clear, on this machine", open, nil, nil, "own", 200},
		{"own, over TLS", openTLS, nil, nil, "own", 200},
		{"another", openTLS, nil, nil, evil, 403},
		{"none", openTLS, nil, nil, "", 403},
		{"null, as sandboxed frames have", openTLS, nil, nil, "null", 403},
		{"the same host without TLS", openTLS, nil, nil, "downgraded", 403},
		{"another port of the host", openTLS, nil, nil, "https://127.0.0.1:1", 403},
		{"one that begins like the own", openTLS, nil, nil, "longer", 403},
		{"a name that was rebound to this machine", open, nil, []string{"Host", "evil.example.org"}, "http://evil.example.org", 403},
		{"public", openTLS, func(o *Options) { o.PublicURL = public }, nil, public, 200},
		{"own, where another is public", openTLS, func(o *Options) { o.PublicURL = public }, nil, "own", 403},
		{"another, where one is public", openTLS, func(o *Options) { o.PublicURL = public }, nil, evil, 403},
		{
			"what a proxy says", open, func(o *Options) { o.BehindProxy = true },
			[]string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "bench.example.org"},
			public, 200,
		},
		{
			"what nobody may say without a proxy", open, nil,
			[]string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil.example.org"},
			evil, 403,
		},
		{
			"what a client says through a proxy", open, func(o *Options) { o.BehindProxy = true },
			[]string{"X-Forwarded-Proto", "https, https", "X-Forwarded-Host", "evil.example.org, bench.example.org"},
			evil, 403,
		},
	} {
		var change []func(*Options)
		if c.options != nil {
			change = append(change, c.options)
		}
		w := c.world(t, change...)
		origin := map[string]string{
			"own": w.at.URL, "longer": w.at.URL + ".evil.example.org", "downgraded": strings.Replace(w.at.URL, "https", "http", 1),
		}[c.origin]
		if origin == "" {
			origin = c.origin
		}
		_, session := w.come(t, "Anna", people.Researcher)
		// The cookie's name depends on the address; the browser that was signed in under each sends it.
		r, err := http.NewRequestWithContext(t.Context(), "GET", w.at.URL, nil)
		must(t, err)
		for i := 0; i+1 < len(c.headers); i += 2 {
			if c.headers[i] == "Host" {
				r.Host = c.headers[i+1]
			}
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		name := w.cookieName(r)
		if strings.HasPrefix(w.at.URL, "https") {
			name = "__Host-workbench"
		}
		headers := append([]string{"Cookie", name + "=" + session}, c.headers...)
		if origin != "" {
			headers = append(headers, "Origin", origin)
		}
		got := w.ask(t, w.at.Client(), "PATCH", "/api/people/"+w.idOf(t, session), `{"name": "Bea"}`, headers...)
		if got.StatusCode != c.want {
			t.Errorf("%s: got %s %s, want %d", c.what, got.Status, got.body, c.want)
		}
		if allowed := got.Header.Get("Access-Control-Allow-Origin"); allowed != "" {
			t.Errorf("%s: %s may read", c.what, allowed)
		}
	}
}

func (w *world) idOf(t testing.TB, secret string) string {
	t.Helper()
	p, _, err := w.people.Who(secret)
	must(t, err)
	return p.ID
}

func TestLinksNameThePublicAddress(t *testing.T) {
	w := open(t, func(o *Options) { o.PublicURL, o.BehindProxy = "https://bench.example.org/", true })
	invite := decode[Invite](t, w.call(t, w.admin, "POST", "/api/invites", `{}`))
	if !strings.HasPrefix(invite.Link, "https://bench.example.org/?invite=") {
		t.Errorf("got %s", invite.Link)
	}
	in := w.call(t, "", "GET", "/?token="+w.admin, "")
	if k := in.Cookies(); len(k) != 1 || !k[0].Secure || k[0].Name != "__Host-workbench" {
		t.Errorf("the cookie behind a proxy: %v", k)
	}
	if in.Header.Get("Strict-Transport-Security") == "" {
		t.Error("a browser may come back without TLS")
	}
}

func TestWhoCountsAsOneAddress(t *testing.T) {
	for _, c := range []struct {
		remote, forwarded string
		proxy             bool
		want              string
	}{
		{"192.0.2.1:1234", "", false, "192.0.2.1"},
		{"192.0.2.1:1234", "198.51.100.7", false, "192.0.2.1"},
		{"127.0.0.1:1234", "198.51.100.7", true, "198.51.100.7"},
		{"127.0.0.1:1234", "203.0.113.9, 198.51.100.7", true, "198.51.100.7"},
		{"[2001:db8:1:2:3:4:5:6]:80", "", false, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:80", "", false, "192.0.2.1"},
		{"@", "", false, "@"},
	} {
		s := &Server{o: Options{BehindProxy: c.proxy}}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.address(r); got != c.want {
			t.Errorf("%s, forwarded for %q: got %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
