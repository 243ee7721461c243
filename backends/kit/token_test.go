package kit

import (
	"regexp"
	"testing"
)

func TestTokensFitEveryField(t *testing.T) {
	token := regexp.MustCompile(`^[0-9a-f]{48}$`)
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		a, b := RandomToken(24), NewUUID()
		if !token.MatchString(a) || !uuid.MatchString(b) || seen[a] || seen[b] {
			t.Fatalf("%q, %q", a, b)
		}
		seen[a], seen[b] = true, true
	}
}
