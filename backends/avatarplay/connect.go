package avatarplay

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// getConnectURL answers GET ConnectUrl: where to send a person who is to link
// their avatar. The URL holds nothing secret but one ticket, good for half an
// hour.
func (s *service) getConnectURL(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	asked := ticket{AppID: appOf(caller).ID}
	asked.Challenge = p.needChallenge()
	asked.RedirectURI = p.need("redirectUri", longestURI)
	may, written := p.needScope()
	asked.Scope = written
	avatarID, hasAvatar := p.id("avatarId")
	if err := p.err(); err != nil {
		return err
	}
	if !may.within(appOf(caller).may) {
		return errNotAllowed
	}
	registered, err := s.store.hasRedirect(r.Context(), asked.AppID, asked.RedirectURI)
	if err != nil {
		return err
	}
	if !registered {
		return errRedirect
	}
	if hasAvatar {
		if asked.GuestID, err = s.store.guestToUpgrade(r.Context(), appOf(caller), avatarID); err != nil {
			return err
		}
	}
	var secret string
	err = s.connects.Try(r.Context(), caller.ID, func() (err error) {
		secret, err = s.newTicket(r.Context(), asked)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, urlAnswer{URL: s.siteURL(r) + pathLanding + "?" + url.Values{"ticket": {secret}}.Encode()})
}

// needChallenge reads a code challenge: the lower-case hexadecimal digits of a
// SHA-256.
func (p *params) needChallenge() string {
	challenge := p.need("codeChallenge", longestToken)
	if challenge == "" {
		return ""
	}
	foreign := func(c rune) bool { return !strings.ContainsRune("0123456789abcdef", c) }
	if len(challenge) != challengeDigits || strings.ContainsFunc(challenge, foreign) {
		p.fail(fault.New(fault.Malformed, "codeChallenge"))
	}
	return challenge
}

// getOpenURL answers GET OpenUrl: where the dress-up site starts.
func (s *service) getOpenURL(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	return write(w, http.StatusOK, urlAnswer{URL: s.siteURL(r) + pathStart})
}

// siteURL is what absolute URLs begin with: the option, or the scheme and host
// of the request; of one that names no host, the address that it came to.
func (s *service) siteURL(r *http.Request) string {
	if s.site != "" {
		return s.site
	}
	host := r.Host
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && host == "" {
		host = address.String()
	}
	if r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}
