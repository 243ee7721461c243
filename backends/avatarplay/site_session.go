package avatarplay

import (
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	sessionBytes = 32

	// sessionFor is how long a person stays signed in after the last visit, and
	// sessionRenewed how often that is noted.
	sessionFor     = 14 * 24 * time.Hour
	sessionRenewed = 24 * time.Hour
)

// session is a person's session on the dress-up site. It is kept under the hash
// of what the cookie holds.
type session struct {
	PersonID   int64 `json:"person"`
	Generation int64 `json:"generation"`
	Since      int64 `json:"since"` // Unix milliseconds

	secret string
}

func (s *service) sessionKey(secret string) string {
	return "avatarplay:session:" + hex.EncodeToString(s.seal.MAC("avatarplay session", secret))
}

// readSession finds out who is visiting. A session that is over, or of a person
// who was disabled or has another password since, is none.
func (s *service) readSession(v *visit) error {
	cookie, err := v.r.Cookie(s.cookieName(v.r))
	if err != nil || cookie.Value == "" {
		return nil
	}
	kept, err := s.sessions.Get(v.r.Context(), s.sessionKey(cookie.Value))
	if errors.Is(err, stores.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a session: %w", err)
	}
	found := session{secret: cookie.Value}
	if err := json.Unmarshal(kept, &found); err != nil {
		return fmt.Errorf("reading a session: %w", err)
	}
	who, err := s.store.personByID(v.r.Context(), found.PersonID)
	if err != nil {
		return err
	}
	if who.ID == 0 || who.Generation != found.Generation {
		return nil
	}
	v.session, v.who = found, who
	if clock.Now().Sub(time.UnixMilli(found.Since)) > sessionRenewed {
		return s.keepSession(v)
	}
	return nil
}

// begin signs a person in, in a session of its own, and ends the one before.
func (s *service) begin(v *visit, who person) error {
	if err := s.forget(v); err != nil {
		return err
	}
	v.who = who
	v.session = session{PersonID: who.ID, Generation: who.Generation, secret: kit.RandomToken(sessionBytes)}
	return s.keepSession(v)
}

// keepSession keeps the visit's session from now on, here and in the browser.
func (s *service) keepSession(v *visit) error {
	v.session.Since = clock.Now().UnixMilli()
	if err := s.sessions.Put(v.r.Context(), s.sessionKey(v.session.secret), []byte(toJSON(v.session)), sessionFor); err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	s.setCookie(v, v.session.secret, int(sessionFor.Seconds()))
	return nil
}

// end signs a person out.
func (s *service) end(v *visit) error {
	if err := s.forget(v); err != nil {
		return err
	}
	s.setCookie(v, "", -1)
	return nil
}

// forget ends the visit's session, if there is one.
func (s *service) forget(v *visit) error {
	if v.session.secret == "" {
		return nil
	}
	if err := s.sessions.Delete(v.r.Context(), s.sessionKey(v.session.secret)); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	v.session, v.who = session{}, person{}
	return nil
}

// isSecure says whether the browser came over HTTPS.
func (s *service) isSecure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.site, "https://")
}

// cookieName is the name of the session's cookie. Over HTTPS browsers take one
// that begins so from this very host only, so that no host beside it can put a
// session of its own in its place.
func (s *service) cookieName(r *http.Request) string {
	if s.isSecure(r) {
		return "__Host-fit_session"
	}
	return "fit_session"
}

func (s *service) setCookie(v *visit, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: s.cookieName(v.r), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.isSecure(v.r),
	})
}

// token is what every form of a session holds.
func (s *service) token(of session) string {
	return hex.EncodeToString(s.seal.MAC("avatarplay form", of.secret))
}

// hasToken says whether a posted form holds the token of its session.
func (s *service) hasToken(v *visit) bool {
	given, _ := v.params.Raw("csrf")
	return subtle.ConstantTimeCompare([]byte(given), []byte(s.token(v.session))) == 1
}
