package avatarplay

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"
)

func TestKeyCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("first", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
		s.Must("other", "app", "add", "--name", "Two", "--id", "8", "--key-file", "-")

		second := shown(t, shownKey, s.Must("", "key", "rotate", "--app", "7"))[0]
		now := clock.Now()
		if first, next := s.opens("first", now.Add(23*time.Hour)), s.opens(second, now.Add(23*time.Hour)); first != 7 || next != 7 {
			t.Errorf("after 23 hours the old key opens for %d, the new one for %d", first, next)
		}
		if first, next := s.opens("first", now.Add(24*time.Hour)), s.opens(second, now.Add(1000*time.Hour)); first != 0 || next != 7 {
			t.Errorf("after a day the old key opens for %d, the new one for %d", first, next)
		}
		out := s.Must("", "key", "rotate", "--app", "7", "--keep", "1h", "--key-file", secretFile(t, "third"))
		if strings.Contains(out, "third") || !strings.HasPrefix(out, "The keys before it end at ") {
			t.Errorf("printed %q", out)
		}
		if first, before := s.opens("first", now.Add(2*time.Hour)), s.opens(second, now.Add(2*time.Hour)); first != 0 || before != 0 {
			t.Errorf("two hours later the first key opens for %d, the second for %d", first, before)
		}
		wantLines(t, "the keys of an app", s.Must("", "key", "list", "--app", "7"), "7 1 TIME TIME -", "7 3 TIME TIME -", "7 4 TIME - -")
		wantLines(t, "all keys", s.Must("", "key", "list"), "7 1 TIME TIME -", "8 2 TIME - -", "7 3 TIME TIME -", "7 4 TIME - -")

		s.Must("", "key", "disable", "--app", "7", "--key-id", "3")
		if ended, first, third := s.opensNow(second), s.opensNow("first"), s.opensNow("third"); ended != 0 || first != 7 || third != 7 {
			t.Errorf("the disabled key opens for %d, the others for %d and %d", ended, first, third)
		}
		s.Must("fourth", "key", "rotate", "--app", "7", "--keep", "0s", "--key-file", "-")
		if first, third, fourth := s.opensNow("first"), s.opensNow("third"), s.opensNow("fourth"); first != 0 || third != 0 || fourth != 7 {
			t.Errorf("with --keep 0s the old keys open for %d and %d, the new one for %d", first, third, fourth)
		}
		if got := len(listed(t, s.Must("", "key", "list", "--app", "7"))); got != 3 {
			t.Errorf("%d keys are listed: the one that was disabled should be forgotten", got)
		}
		if got := s.opensNow("other"); got != 8 {
			t.Errorf("another app's key opens for %d", got)
		}
	})
}

// A disabled app, a key that ended, and one that was used are what the gateway
// makes of them.
func TestKeysAtTheGateway(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("first", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
		h := s.house()
		h.as("first", http.MethodGet, "Echo").want(t, "the key", 200, "")
		s.Must("second", "key", "rotate", "--app", "7", "--keep", "0s", "--key-file", "-")
		h = s.house() // what the first one knows it remembers for three seconds
		h.as("first", http.MethodGet, "Echo").want(t, "a key that ended", 401, "authError")
		h.as("second", http.MethodGet, "Echo").want(t, "the key after it", 200, "")
		if got := listed(t, s.Must("", "app", "list")); got[0] != "7 One open AvatarLoad 0 0 1 TIME" {
			t.Errorf("after a call the list says %q", got)
		}
		s.Must("", "app", "disable", "--app", "7")
		s.house().as("second", http.MethodGet, "Echo").want(t, "a disabled app", 401, "authError")
	})
}

func TestKeyCommandsRefuse(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.Must("one", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
	s.Must("two", "app", "add", "--name", "Two", "--id", "8", "--key-file", "-")
	s.Must("three", "key", "rotate", "--app", "7", "--keep", "0s", "--key-file", "-")
	const noKey = "the app has no such key that has not ended"
	s.refuses(
		call{"", "key rotate --app 9", "there is no such app"},
		call{"two", "key rotate --app 7 --key-file -", "an app has this API key already"},
		call{"three", "key rotate --app 7 --key-file -", "an app has this API key already"},
		call{"\x01", "key rotate --app 7 --key-file -", "the API key must be of 1 to 255 printable ASCII characters: apps can send no other"},
		call{"", "key rotate --app 7 --keep -1s", "--keep must be from 0s to 8784h0m0s"},
		call{"", "key rotate --app 7 --keep 8785h", "--keep must be from 0s to 8784h0m0s"},
		call{"", "key list --app 9", "there is no such app"},
		call{"", "key list --app 0", "there is no such app"},
		call{"", "key disable --app 7 --key-id 1", noKey},
		call{"", "key disable --app 7 --key-id 2", noKey},
		call{"", "key disable --app 7 --key-id 99", noKey},
		call{"", "key disable --app 7", `required flag(s) "key-id" not set`},
	)
}
