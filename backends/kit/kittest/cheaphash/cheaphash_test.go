package cheaphash

import (
	"strings"
	"testing"

	"sekisho/backends/kit"
)

// A cheap hash is told right from wrong as a dear one is, and each is out of date
// where the other is made.
func TestHashesAreCheap(t *testing.T) {
	cheap := hashed(t, "$argon2id$v=19$m=64,t=1,p=1$")
	var dear string
	t.Run("off", func(t *testing.T) {
		Off(t)
		dear = hashed(t, "$argon2id$v=19$m=19456,t=2,p=1$")
		told(t, dear, "neko", true, false)
		told(t, cheap, "neko", true, true)
	})
	told(t, cheap, "neko", true, false)
	told(t, cheap, "inu", false, false)
	told(t, dear, "neko", true, true)
}

// Dear hashes are counted, whether they are made or compared, and cheap ones are
// none.
func TestHashed(t *testing.T) {
	cheap := hashed(t, "$argon2id$v=19$m=64,t=1,p=1$")
	if n := Hashed(func() { told(t, cheap, "inu", false, false) }); n != 0 {
		t.Errorf("a cheap one counts as %d", n)
	}
	Off(t)
	dear := hashed(t, "$argon2id$v=19$m=19456,t=2,p=1$")
	for want, do := range []func(){
		func() {},
		func() { told(t, dear, "inu", false, false) },
		func() { told(t, dear, "neko", true, false); told(t, "", "neko", false, false) },
	} {
		if n := Hashed(do); n != want {
			t.Errorf("%d were counted, want %d", n, want)
		}
	}
}

func hashed(t *testing.T, start string) string {
	t.Helper()
	hash, err := kit.HashPassword(t.Context(), "neko")
	if err != nil || !strings.HasPrefix(hash, start) {
		t.Errorf("%s, %v, want %s…", hash, err, start)
	}
	return hash
}

func told(t *testing.T, stored, password string, right, stale bool) {
	t.Helper()
	gotRight, gotStale, err := kit.VerifyPassword(t.Context(), stored, password)
	if gotRight != right || gotStale != stale || err != nil {
		t.Errorf("%s, %s: right %v, stale %v, %v", stored, password, gotRight, gotStale, err)
	}
}
