package avatarplay

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/query"
)

// How old, and how far ahead of the gateway's clock, the requestDate of a
// challenge may be.
const (
	oldestRequest = time.Hour
	futureRequest = 5 * time.Minute
)

const (
	accessTokenBytes = 32
	grantTokenBytes  = 32
	grantTokenFor    = 10 * time.Minute

	// responseType stands in the text that a challenge is the hash of.
	responseType = "grant_token"
)

// redeeming is a call of AccessToken: what the challenge is computed of anew.
type redeeming struct {
	app          app
	key          string // the API key that the caller showed
	token        string
	redirectURI  string
	scope        string
	requestDate  int64 // Unix seconds
	dateWritten  string
	codeVerifier string
}

// postAccessToken answers POST AccessToken: the avatar of the person who
// consented, for the app that began the linking and nobody else. A token is used
// up by any whole call that names it, right or wrong. The access token is for the vendor's own apps;
// nothing here takes it.
func (s *service) postAccessToken(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	call := redeeming{app: appOf(caller)}
	call.key, _ = query.First(r.URL.RawQuery, "key")
	call.codeVerifier = p.need("codeVerifier", longestVerifier)
	call.redirectURI = p.need("redirectUri", longestURI)
	call.requestDate = p.needID("requestDate")
	call.dateWritten, _ = p.given.Raw("requestDate")
	call.scope = p.need("scope", longestScope)
	call.token = p.need("token", longestToken)
	if err := p.err(); err != nil {
		return err
	}
	linked, err := s.store.redeem(r.Context(), call.app, call.token, call.proves)
	if err != nil {
		return err
	}
	if err := s.grantTokens.Settle(r.Context(), guard.Address(r), linked.known); err != nil {
		return err
	}
	if linked.avatarID == 0 {
		return errGrant
	}
	return write(w, http.StatusOK, accessTokenAnswer{
		AccessToken: kit.RandomToken(accessTokenBytes),
		AvatarID:    linked.avatarID,
		Scope:       linked.scope,
		TokenType:   "Bearer",
	})
}

// proves says whether the call comes from who asked for the token's consent.
func (call redeeming) proves(challenge string) bool {
	now, date := clock.Now(), time.Unix(call.requestDate, 0)
	isRecent := !date.Before(now.Add(-oldestRequest)) && !date.After(now.Add(futureRequest))
	isSame := subtle.ConstantTimeCompare([]byte(call.challenge()), []byte(challenge)) == 1
	return isRecent && isSame
}

// challenge computes the code challenge as the app did.
func (call redeeming) challenge() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		strconv.FormatInt(call.app.ID, 10), responseType, call.redirectURI, call.scope, call.dateWritten, call.key, call.codeVerifier,
	}, ":")))
	return hex.EncodeToString(sum[:])
}
