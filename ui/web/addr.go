package web

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// CheckAddr refuses an address to listen on that would carry secrets and answers over a network in the
// clear: one that others can reach needs TLS here, or a proxy before it that does it.
func CheckAddr(addr string, tls, behindProxy bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("the address %q is not of the form host:port: %w", addr, err)
	}
	if isLoopback(host) || tls || behindProxy {
		return nil
	}
	return fmt.Errorf("other machines could reach %s, and everything would cross the network unencrypted; give --tls-cert and "+
		"--tls-key, or --behind-proxy where a proxy does TLS, or listen on 127.0.0.1", addr)
}

// isLoopback says whether only this machine reaches a host.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// parsePublicURL reads the address under which people reach the server; empty gives nil.
func parsePublicURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // there is none, which is fine
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the public URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the public URL %q is not of the form https://host", text)
	case u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("the public URL %q has a path, and the page must have a host of its own", text)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the public URL %q is not encrypted; it must begin with https", text)
	}
	u.Path = ""
	return u, nil
}
