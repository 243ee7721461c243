package kit

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
)

// Each password's hash goes where it belongs; the first error ends it all.
func TestHashPasswords(t *testing.T) {
	clear := []string{"umiyama1", "yamada12", "umiyama1"}
	hashes := make([]string, len(clear))
	var passwords []ClearPassword
	for i := range clear {
		passwords = append(passwords, ClearPassword{Clear: clear[i], Into: &hashes[i]})
	}
	if err := HashPasswords(t.Context(), passwords); err != nil {
		t.Fatal(err)
	}
	for i, hash := range hashes {
		if right, stale, err := VerifyPassword(t.Context(), hash, clear[i]); !right || stale || err != nil {
			t.Errorf("password %d: %v %v %v", i, right, stale, err)
		}
	}
	if hashes[0] == hashes[2] {
		t.Error("the same password has the same hash twice")
	}

	long := []ClearPassword{{Clear: strings.Repeat("a", maxPassword+1), Into: new(string)}}
	if err := HashPasswords(t.Context(), long); !fault.Is(err, fault.TooLong) {
		t.Errorf("a password that is too long: %v", err)
	}
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	var none string
	if err := HashPasswords(interrupted, []ClearPassword{{Clear: "a", Into: &none}}); !errors.Is(err, context.Canceled) || none != "" {
		t.Errorf("interrupted: %v, %q", err, none)
	}
}
