package web

import (
	"cmp"
	"net"
	"net/http"
	"strings"
	"time"

	"workbench/storage"
	"workbench/tasks/people"
)

// visitor is who makes a request.
type visitor struct {
	storage.Person
	credential storage.Credential
	secret     string
	cookie     bool // the secret came by itself, as browsers send it
}

func (v visitor) known() bool { return v.ID != "" }

// may says whether somebody may do what least may, with what they showed: a key can be for less than its
// person may.
func (v visitor) may(least people.Role) bool {
	if v.credential.Kind == "key" && v.credential.Role != "" && !people.Role(v.credential.Role).AtLeast(least) {
		return false
	}
	return people.Role(v.Role).AtLeast(least)
}

// role is what somebody may, in a word.
func (v visitor) role() string { return cmp.Or(v.credential.Role, v.Role) }

// recognise finds out who makes a request: by the key that a program sends, or else by the browser's
// cookie. The error is that of people.Book.Who.
func (s *Server) recognise(r *http.Request) (v visitor, err error) {
	secret, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		if found, err := r.Cookie(s.cookieName(r)); err == nil {
			secret, v.cookie = found.Value, true
		}
	}
	v.secret = secret
	v.Person, v.credential, err = s.o.People.Who(secret)
	return v, err
}

// cookieName is what the session's cookie is called. Browsers keep the cookies of all ports of a host
// together, so without TLS the name holds the port: two servers on one machine don't sign each other's
// people out. With TLS the prefix makes browsers refuse what a neighbouring host or plain HTTP sets.
func (s *Server) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-workbench"
	}
	_, port, err := net.SplitHostPort(s.host(r))
	if err != nil {
		return "workbench"
	}
	return "workbench_" + port
}

// setCookie lets a browser keep a session's secret; an empty one takes it away. SameSite is Lax and not
// Strict because people come by links in mails and chats, and with Strict the page would take them for
// strangers. What changes something checks the Origin besides.
func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, secret string) {
	cookie := &http.Cookie{
		Name: s.cookieName(r), Value: secret, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
		MaxAge: int(cookieAge / time.Second),
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// cookieAge is longer than a session; whether that has ended is decided here.
const cookieAge = 365 * 24 * time.Hour
