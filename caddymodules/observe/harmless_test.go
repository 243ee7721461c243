package observe

import (
	"fmt"
	"sync"
	"testing"
)

func TestOnlyWhatIsDeclaredIsHarmless(t *testing.T) {
	DeclareHarmless("/shop/list", false, "sid", "Page")
	DeclareHarmless("/shop/list/", false, "sort") // the same path
	DeclareHarmless("/Api/Photo.aspx", true, "CloakID")
	DeclareHarmless("/", false, "lang")
	for _, c := range []struct {
		name, path, parameter string
		want                  bool
	}{
		{"declared", "/shop/list", "sid", true},
		{"declared, trailing slash", "/shop/list/", "sid", true},
		{"declared later for the same path", "/shop/list", "sort", true},
		{"undeclared", "/shop/list", "key", false},
		{"no name", "/shop/list", "", false},
		{"another letter case of the name", "/shop/list", "page", false},
		{"another letter case of the path", "/Shop/list", "sid", false},
		{"white space around an exact name", "/shop/list", " sid", false},
		{"another path", "/shop/info", "sid", false},
		{"a path below", "/shop/list/x", "sid", false},
		{"a path above", "/shop", "sid", false},
		{"two trailing slashes", "/shop/list//", "sid", false},
		{"no path", "", "sid", false},
		{"root", "/", "lang", true},
		{"folded, as declared", "/Api/Photo.aspx", "CloakID", true},
		{"folded, other letter case", "/api/PHOTO.ASPX/", "cloakid", true},
		{"folded, white space", "/api/photo.aspx", " cloakId ", true},
		{"folded, undeclared", "/api/photo.aspx", "password", false},
		{"folded name on an exact path", "/shop/list", "cloakid", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := IsHarmless(c.path, c.parameter); got != c.want {
				t.Errorf("IsHarmless(%q, %q) is %v", c.path, c.parameter, got)
			}
		})
	}
}

// The redactor asks while a plugin may still declare.
func TestDeclaringWhileOthersAsk(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		path := fmt.Sprintf("/race/%d", i)
		all.Go(func() {
			for range 100 {
				DeclareHarmless(path, i%2 == 0, "sid")
			}
		})
		all.Go(func() {
			for range 100 {
				IsHarmless(path, "sid")
			}
		})
	}
	all.Wait()
	for i := range 8 {
		if !IsHarmless(fmt.Sprintf("/race/%d", i), "sid") {
			t.Errorf("declaration %d is lost", i)
		}
	}
}
