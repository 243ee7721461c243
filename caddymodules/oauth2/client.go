package oauth2

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

// login is a client's id and secret.
type login struct{ id, secret string }

// credentials is what a client shows, read in two ways: as it stands, as the
// OWIN server did, and URL-unescaped, as RFC 6749 has it.
type credentials struct{ raw, unescaped login }

// clients checks who the clients are.
type clients struct {
	looks *looks
	door  *guard.Door
}

// readCredentials reads what the client shows: Basic credentials, or else the
// parameters client_id and client_secret. The form counts only where there are
// no Basic ones, so formErr, why it could not be read, is then the answer.
func readCredentials(header http.Header, f form, formErr error) (credentials, error) {
	values := header.Values("Authorization")
	if len(values) > 1 {
		return credentials{}, unproved()
	}
	if len(values) == 1 {
		if scheme, encoded, _ := strings.Cut(strings.TrimSpace(values[0]), " "); strings.EqualFold(scheme, "Basic") {
			return basicCredentials(encoded, f.get("client_id"))
		}
	}
	if formErr != nil {
		return credentials{}, formErr
	}
	if len(f["client_id"]) > 1 || len(f["client_secret"]) > 1 {
		return credentials{}, f.single()
	}
	shown := login{f.get("client_id"), f.get("client_secret")}
	if shown.id == "" || shown.secret == "" {
		return credentials{}, unproved()
	}
	return credentials{shown, shown}, nil
}

// basicCredentials splits Basic credentials at their first colon. other is the
// client id in the body: which client is calling must not depend on who reads
// the request, so another one there is refused.
func basicCredentials(encoded, other string) (credentials, error) {
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return credentials{}, unproved()
	}
	id, secret, found := strings.Cut(string(decoded), ":")
	if !found || id == "" || secret == "" {
		return credentials{}, unproved()
	}
	shown := credentials{raw: login{id, secret}, unescaped: login{unescaped(id), unescaped(secret)}}
	if other != "" && other != shown.raw.id && other != shown.unescaped.id {
		return credentials{}, unproved()
	}
	return shown, nil
}

// unescaped gives what s stands for if it was URL-escaped, or else s.
func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// check finds out which client is calling from an address. What it costs tells
// nobody whether there is such a client. The error is a *fault.Fault.
func (c *clients) check(ctx context.Context, shown credentials, address string) (id string, err error) {
	id, client, err := c.find(ctx, shown)
	if err != nil {
		return "", fault.Of(err)
	}
	hashes := [][]byte{c.looks.guest.HashSecret(id, shown.raw.secret)}
	if shown.unescaped.secret != shown.raw.secret {
		hashes = append(hashes, c.looks.guest.HashSecret(id, shown.unescaped.secret))
	}
	right := match(client, hashes, clock.Now())
	if err := c.door.Settle(ctx, id, address, right); err != nil {
		return "", about(aboutClient, err)
	}
	if !right {
		return "", unproved()
	}
	return id, nil
}

// find gives the client whose id was shown. There is one for each request, and
// it is the account that guesses count on, however its id is written.
func (c *clients) find(ctx context.Context, shown credentials) (string, identity.Keyed, error) {
	client, err := c.looks.client(ctx, shown.raw.id)
	if err != nil || shown.unescaped.id == shown.raw.id {
		return shown.raw.id, client.is, err
	}
	other, err := c.looks.client(ctx, shown.unescaped.id)
	if err != nil {
		return "", identity.Keyed{}, err
	}
	if !isKnown(client.is) && isKnown(other.is) {
		return shown.unescaped.id, other.is, nil
	}
	return shown.raw.id, client.is, nil
}

// match compares each hash with every secret of the client, and with one where
// there is none.
func match(client identity.Keyed, hashes [][]byte, now time.Time) bool {
	keys, right := client.Keys, false
	if len(keys) == 0 {
		keys = []identity.Key{nobodys}
	}
	for _, key := range keys {
		for _, hash := range hashes {
			if subtle.ConstantTimeCompare(key.Hash, hash) == 1 && key.ValidAt(now) {
				right = true
			}
		}
	}
	return right && isKnown(client) && !client.Disabled
}

// nobodys is the secret of a client that has none.
var nobodys = identity.Key{Hash: make([]byte, 32)}

// unproved is the fault of a client that did not prove who it is.
func unproved() error { return fault.New(fault.Unauthorized, aboutClient) }
