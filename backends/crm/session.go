package crm

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

const (
	// sessionLife is how long a session lasts after its last use.
	sessionLife = 60 * time.Minute

	// slideEvery is how often a session in use is given its whole life again: a
	// busy cash register must not cost a write for each call. Its life is longer
	// by as much.
	slideEvery = 10 * time.Second

	// sessionBytes of randomness make a Token of 40 digits.
	sessionBytes = 20
)

// The cookies in which ASP.NET kept its sessions; Auth sets both to the Token.
var sessionCookies = []string{"ASP.NET_SessionId", ".ASPXAUTH"}

// doorSession is the subject of a refusal at the door of Auth's Token.
const doorSession = "session"

// session is what is kept of a Token.
type session struct {
	Tenant     string `json:"t"`
	Login      string `json:"l"` // the system login
	Generation int64  `json:"g"` // of its password
	Slid       int64  `json:"s"` // when it last got its whole life, in Unix milliseconds
}

// openSession makes a session of a system login and gives its Token.
func (s *service) openSession(ctx context.Context, login systemLogin) (token string, err error) {
	token = kit.RandomToken(sessionBytes)
	err = s.keepSession(ctx, token, session{Tenant: login.Tenant, Login: login.LoginID, Generation: login.Generation})
	return token, err
}

// keepSession lets a session live from now on.
func (s *service) keepSession(ctx context.Context, token string, kept session) error {
	kept.Slid = clock.Now().UnixMilli()
	value, err := json.Marshal(kept)
	if err == nil {
		err = s.sessions.Put(ctx, s.sessionKey(token), value, sessionLife+slideEvery)
	}
	if err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	return nil
}

// sessionKey is where the sessions keep what a Token opens. It does not tell the
// Token.
func (s *service) sessionKey(token string) string {
	return "crm:session:" + hex.EncodeToString(s.seal.MAC("crm session", token))
}

// setCookies gives the client the Token as ASP.NET gave it its sessions.
func setCookies(w http.ResponseWriter, token string) {
	for _, name := range sessionCookies {
		http.SetCookie(w, &http.Cookie{Name: name, Value: token, Path: "/", HttpOnly: true})
	}
}

// admit lets a call with a session of Auth through, and one without where the
// Caddyfile says so.
func (s *service) admit(c *call, p *page) error {
	err := s.checkSession(c)
	if err == nil || fault.Is(err, fault.Internal) {
		return err
	}
	if s.sessionless.allows(p, c.client) {
		s.sessionless.count(p, "allowed")
		return nil
	}
	s.sessionless.count(p, "refused")
	return err
}

// checkSession asks for one Token of the call that opens this tenant's pages.
func (s *service) checkSession(c *call) error {
	shown := shownTokens(c)
	for _, token := range shown {
		login, err := s.opens(c.r.Context(), c.store, token)
		if err != nil {
			return err
		}
		if login != "" {
			c.noteLogin(login)
			return nil
		}
	}
	if len(shown) == 0 {
		return errNoSession
	}
	if f := fault.Of(s.sessionDoor.Settle(c.r.Context(), c.address, false)); f != nil {
		f.Subject = doorSession
		return f
	}
	return errNoSession
}

// shownTokens are the Tokens that a call shows, each once: as a parameter, a
// header, or one of the cookies.
func shownTokens(c *call) (shown []string) {
	parameter, _ := c.params.Raw("Token")
	candidates := []string{parameter, c.r.Header.Get("Token")}
	for _, cookie := range c.r.Cookies() {
		if slices.ContainsFunc(sessionCookies, func(name string) bool { return strings.EqualFold(name, cookie.Name) }) {
			candidates = append(candidates, cookie.Value)
		}
	}
	for _, token := range candidates {
		if token != "" && !slices.Contains(shown, token) && len(shown) < mostShown {
			shown = append(shown, token)
		}
	}
	return shown
}

// mostShown bounds the Tokens of a call that are looked up: a client may have
// kept stale cookies of two servers, in two paths each.
const mostShown = 8

// opens gives the system login whose Token opens the pages of a tenant, "" where
// it opens none: its session must be alive, and its system login must neither be
// disabled nor have another password since, see stands.
func (s *service) opens(ctx context.Context, kept store, token string) (login string, err error) {
	if len(token) != hex.EncodedLen(sessionBytes) {
		return "", nil
	}
	value, err := s.sessions.Get(ctx, s.sessionKey(token))
	if errors.Is(err, stores.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking up a session: %w", err)
	}
	var found session
	if err := json.Unmarshal(value, &found); err != nil {
		return "", fmt.Errorf("reading a session: %w", err)
	}
	if found.Tenant != kept.tenant {
		return "", nil
	}
	if stands, err := s.stands(ctx, kept, found); err != nil || !stands {
		return "", err
	}
	s.slide(ctx, token, found)
	return found.Login, nil
}

// stands says whether a session's system login is as it was when the session
// began. A yes is remembered for three seconds, see [directory.RememberFor], so
// that a busy cash register does not cost a look into the database for each call,
// see P1 in deploy/bench. A no is looked up each time: the login may just have been
// enabled.
func (s *service) stands(ctx context.Context, kept store, found session) (bool, error) {
	remembered, err := s.logins.Get(ctx, loginKey{found.Tenant, found.Login})
	if err != nil || remembered.upholds(found) {
		return err == nil, err
	}
	now, err := kept.systemLogin(ctx, found.Login)
	return err == nil && now.upholds(found), err
}

// loginKey is what a system login is remembered by.
type loginKey struct{ tenant, loginID string }

// logins remember the system logins of all tenants for a moment.
type logins = directory.Directory[loginKey, systemLogin]

func newLogins(kept store) *logins {
	return directory.New(func(ctx context.Context, key loginKey) (systemLogin, error) {
		return kept.of(key.tenant).systemLogin(ctx, key.loginID)
	})
}

// upholds says whether a session that a login began is still good.
func (l systemLogin) upholds(begun session) bool {
	return l.active() && l.Generation == begun.Generation
}

// slide gives a session its whole life again, unless it was given that a moment
// ago. Where it cannot the session is good all the same, for as long as it has.
func (s *service) slide(ctx context.Context, token string, used session) {
	if clock.Now().Sub(time.UnixMilli(used.Slid)) < slideEvery {
		return
	}
	if err := s.keepSession(ctx, token, used); err != nil {
		s.log.Warn("prolonging a session failed; its next use tries again", zap.Error(err))
	}
}
