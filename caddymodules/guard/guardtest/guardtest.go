// Package guardtest attacks a door of an API as a guesser with many addresses
// does, for the tests of what stands behind one.
package guardtest

import (
	"fmt"
	"net/http"
	"testing"
)

// Few are limits that are soon reached, as an option of a Caddyfile.
const Few = "limits {\nper_address 3 5m\nper_account 6 1h\n}"

// The addresses of an attack.
const (
	home     = "198.51.100.1" // of who knows the secret
	stranger = "203.0.113."   // of guessers, each with a number of its own
)

// Door is a door with one account before it.
type Door struct {
	// Name says which one.
	Name string

	// Try tries the account with its secret, or with a wrong one, from an
	// address. It says whether the API let it pass, and how it answered.
	Try func(right bool, from string) (passed bool, answer http.Header)
}

// FromEverywhere guesses an account from more addresses than the door lets it,
// under the limits of [Few]. Then the secret opens it to no new address, and to
// the one where it was right before it still does: nobody locks the rightful
// user out. That address is limited too, by itself.
func FromEverywhere(t testing.TB, door Door) {
	t.Helper()
	passes(t, door, "the secret, before anybody guesses", home)
	for i := range 6 {
		misses(t, door, "a guess", fmt.Sprint(stranger, i))
	}
	isRefused(t, door, "a guess too many", false, fmt.Sprint(stranger, 6))
	isRefused(t, door, "the secret, from a new address", true, fmt.Sprint(stranger, 7))
	passes(t, door, "the secret, where it was right before", home)
	for range 3 {
		misses(t, door, "a guess where the secret was right before", home)
	}
	isRefused(t, door, "the secret there, after as many as an address has", true, home)
}

func passes(t testing.TB, door Door, what, from string) {
	t.Helper()
	if passed, answer := door.Try(true, from); !passed || limited(answer) {
		t.Errorf("%s: %s, from %s, did not pass; refused by a limit: %v", door.Name, what, from, limited(answer))
	}
}

func misses(t testing.TB, door Door, what, from string) {
	t.Helper()
	if passed, answer := door.Try(false, from); passed || limited(answer) {
		t.Errorf("%s: %s, from %s, was not told to be wrong; passed: %v, refused by a limit: %v", door.Name, what, from, passed, limited(answer))
	}
}

func isRefused(t testing.TB, door Door, what string, right bool, from string) {
	t.Helper()
	if passed, answer := door.Try(right, from); passed || !limited(answer) {
		t.Errorf("%s: %s, from %s, was not refused by a limit; passed: %v", door.Name, what, from, passed)
	}
}

// limited says whether an answer is that of a limit: only those say how long to
// wait.
func limited(answer http.Header) bool { return answer.Get("Retry-After") != "" }
