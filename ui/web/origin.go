package web

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// secure says whether the browser speaks TLS with us or with the proxy before us.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || s.public != nil && s.public.Scheme == "https" || s.forwarded(r, "X-Forwarded-Proto") == "https"
}

// base is the address under which the client of a request reaches us, without a path.
func (s *Server) base(r *http.Request) string {
	if s.public != nil {
		return s.public.String()
	}
	scheme := "http"
	if s.secure(r) {
		scheme = "https"
	}
	return scheme + "://" + s.host(r)
}

func (s *Server) host(r *http.Request) string {
	return cmp.Or(s.forwarded(r, "X-Forwarded-Host"), r.Host)
}

// forwarded is what the proxy before us says about the client: the last value, which is its own; the ones
// before may come from anybody. Without a proxy nobody is believed.
func (s *Server) forwarded(r *http.Request, header string) string {
	if !s.o.BehindProxy {
		return ""
	}
	values := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	return strings.TrimSpace(values[len(values)-1])
}

// ownOrigin says whether a page of ours may have sent a request: its Origin is the public URL, or without
// one the address that was called. That address only counts where no other site can take its name: on this
// machine itself, or where TLS has proved it.
func (s *Server) ownOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if s.public != nil {
		return strings.EqualFold(u.Scheme+"://"+u.Host, s.public.String())
	}
	if !strings.EqualFold(origin, s.base(r)) {
		return false
	}
	return s.secure(r) || isLoopback(u.Hostname())
}

// checkOrigin refuses what another site made a browser send. A browser names the origin of everything but
// plain GETs; programs that sign in by a header don't need one.
func (s *Server) checkOrigin(r *http.Request, cookie bool) error {
	origin := r.Header.Get("Origin")
	if origin == "" && !cookie || origin != "" && s.ownOrigin(r, origin) {
		return nil
	}
	return Fail(Forbidden, "This request comes from a page that is not of this server.").
		Then("Open %s itself; who runs the server names another address with --public-url.", s.base(r))
}

// address is where a client is, as far as limits are concerned: its IPv4 address, or the network of its
// IPv6 address, of which everybody has any number.
func (s *Server) address(r *http.Request) string {
	text := s.forwarded(r, "X-Forwarded-For")
	if text == "" {
		text = r.RemoteAddr
		if host, _, err := net.SplitHostPort(text); err == nil {
			text = host
		}
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		const network = 64
		if prefix, err := ip.Prefix(network); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
