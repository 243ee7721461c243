package ydits

import (
	"fmt"
	"testing"

	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// A failure of ours is no sign-up: however often an app's server tries while the
// database does not answer, it signs as many users up when it does.
func TestAnOutageIsNoSignUp(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s, "sign_ups 3 1h")
	try := func(i int) answered { return signUp(t, g, "n", fmt.Sprintf("user%d@example.com", i), "pass") }
	rename(t, s, "ydits_users", "ydits_away")
	for i := range 10 {
		if a := try(i); a.ResultCode != 500 {
			t.Errorf("without a database: %+v", a)
		}
	}
	rename(t, s, "ydits_away", "ydits_users")
	for i, want := range []int{200, 200, 200, 429} {
		if a := try(i); a.ResultCode != want {
			t.Errorf("sign-up %d after an outage: %+v, want %d", i+1, a, want)
		}
	}
}

// Neither the time that a sign-up takes nor that there is no turn for hashing tells
// whether somebody has an address: the password is hashed first.
func TestATakenAddressIsHashedToo(t *testing.T) {
	cheaphash.Off(t)
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	for _, want := range []int{200, 409} {
		var a answered
		if n := cheaphash.Hashed(func() { a = signUp(t, g, "n", "a@example.com", "pass") }); n != 1 || a.ResultCode != want {
			t.Errorf("%+v, want %d; %d passwords were hashed", a, want, n)
		}
	}
}
