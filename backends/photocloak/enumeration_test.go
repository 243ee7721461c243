package photocloak

import (
	"strings"
	"testing"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// Time tells nobody who is a member, nor that a password was a disabled one's:
// one password is hashed for each attempt, the second time too.
func TestMembersAreNotToldFromNobody(t *testing.T) {
	cheaphash.Off(t)
	s := storetest.Open(t, storetest.Embedded)
	members := newMembers(t, s) // whose passwords are an old server's
	hash, err := kit.HashPassword(t.Context(), "umiyama1")
	if err != nil {
		t.Fatal(err)
	}
	setMember(t, s, yamada, "pass_hash = '"+hash+"', disabled_at = 1")
	for _, shown := range []struct{ what, mail, password string }{
		{"nobody", "nobody@example.com", "umiyama1"},
		{"an address that nobody can have", strings.Repeat("a", longestMail) + "@example.com", "umiyama1"},
		{"a wrong password", umiyama, "wrong"},
		{"a disabled member's", yamada, "wrong"},
		{"a disabled member's right one", yamada, "umiyama1"},
		{"that again", yamada, "umiyama1"},
	} {
		n := cheaphash.Hashed(func() {
			if _, right, err := members.Authenticate(t.Context(), shown.mail, shown.password); right || err != nil {
				t.Errorf("%s: %v, %v", shown.what, right, err)
			}
		})
		if n != 1 {
			t.Errorf("%s: %d passwords were hashed", shown.what, n)
		}
	}
}

// A cloak that is not there for the caller costs as little as one that never was.
func TestHiddenCloaksTakeNoTime(t *testing.T) {
	cheaphash.Off(t)
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "")
	paused := lockedWith(aikotoba)
	paused.Status = statusPaused
	locked, hidden := addAlbum(t, s, lockedWith(aikotoba), nil), addAlbum(t, s, paused, nil)
	for _, path := range []string{"/api/v2/cloaks/token", "/api/v2/cloaks/detail"} {
		for _, c := range []struct {
			what string
			cloak
			want int
		}{{"one that never was", cloak{ID: 4711}, 0}, {"a hidden one", hidden, 0}, {"one that is there", locked, 1}} {
			if n := cheaphash.Hashed(func() { a.post("", path, ci(c.cloak, "lk", "wrong")) }); n != c.want {
				t.Errorf("%s, %s: %d passwords were hashed, want %d", path, c.what, n, c.want)
			}
		}
	}
}
