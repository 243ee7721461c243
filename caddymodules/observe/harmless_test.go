package observe

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestOnlyWhatIsDeclaredIsHarmless(t *testing.T) {
	DeclareHarmless("/shop/list", false, "sid", "Page")
	DeclareHarmless("/shop/list/", false, "sort") // the same path
	DeclareHarmless("/Api/Photo.aspx", true, "CloakID", "user_ loginid")
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
		{"white space within an exact name", "/shop/list", "s id", false},
		{"another path", "/shop/info", "sid", false},
		{"a path below", "/shop/list/x", "sid", false},
		{"a path above", "/shop", "sid", false},
		{"two trailing slashes", "/shop/list//", "sid", false},
		{"no path", "", "sid", false},
		{"root", "/", "lang", true},
		{"folded, as declared", "/Api/Photo.aspx", "CloakID", true},
		{"folded, other letter case", "/api/PHOTO.ASPX/", "cloakid", true},
		{"folded, white space", "/api/photo.aspx", " cloakId ", true},
		{"folded, white space within", "/api/photo.aspx", "cloak\u3000 ID", true},
		{"folded, declared with white space", "/api/photo.aspx", "user_loginid", true},
		{"folded, nothing but white space", "/api/photo.aspx", " ", false},
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

func TestTemplatesAreHarmlessWhateverTheirValues(t *testing.T) {
	DeclareHarmless("/fit/v1/Avatar/{avatarId}", false, "dress")
	DeclareHarmless("/fit/v1/Avatar/{avatarId}/Room", false, "limit")
	DeclareHarmless("/fit/v1/Avatar/{avatarId}/Room/", false, "page") // the same path
	DeclareHarmless("/fit/v1/Avatar/new", false, "taste")
	DeclareHarmless("/fit/v1/Avatar/none", false) // an operation without harmless parameters
	DeclareHarmless("/Fit/{shop}/Photo.aspx", true, "Cloak ID")
	DeclareHarmless("/fit/folded/photo.aspx", true, "own")
	for _, c := range []struct {
		name, path, parameter string
		want                  bool
	}{
		{"declared", "/fit/v1/Avatar/123/Room", "limit", true},
		{"another value", "/fit/v1/Avatar/梅 &/Room", "limit", true},
		{"a long value", "/fit/v1/Avatar/" + strings.Repeat("9", 5000) + "/Room", "limit", true},
		{"trailing slash", "/fit/v1/Avatar/123/Room/", "limit", true},
		{"declared later for the same path", "/fit/v1/Avatar/123/Room", "page", true},
		{"the template itself", "/fit/v1/Avatar/{avatarId}/Room", "page", true},
		{"undeclared", "/fit/v1/Avatar/123/Room", "key", false},
		{"the name in braces is no parameter", "/fit/v1/Avatar/123/Room", "avatarId", false},
		{"declared for another template", "/fit/v1/Avatar/123/Room", "dress", false},
		{"declared for another template, above", "/fit/v1/Avatar/123", "limit", false},
		{"another letter case of the path", "/fit/v1/avatar/123/Room", "limit", false},
		{"another letter case of the name", "/fit/v1/Avatar/123/Room", "Limit", false},
		{"no value", "/fit/v1/Avatar//Room", "limit", false},
		{"no value at the end", "/fit/v1/Avatar/", "dress", false},
		{"two segments", "/fit/v1/Avatar/1/2/Room", "limit", false},
		{"two trailing slashes", "/fit/v1/Avatar/123/Room//", "limit", false},
		{"a path below", "/fit/v1/Avatar/123/Room/x", "limit", false},
		{"a path that is declared itself", "/fit/v1/Avatar/new", "taste", true},
		{"what only the template declares", "/fit/v1/Avatar/new", "dress", false},
		{"a path that is declared itself, without parameters", "/fit/v1/Avatar/none", "dress", false},
		{"folded, as declared", "/Fit/1/Photo.aspx", "Cloak ID", true},
		{"folded, other letter case and white space", "/FIT/1/photo.ASPX/", " cloakid", true},
		{"folded, undeclared", "/fit/1/photo.aspx", "own", false},
		{"folded, a path that is declared itself", "/Fit/Folded/Photo.aspx", "Own", true},
		{"folded, what only the template declares", "/Fit/Folded/Photo.aspx", "cloakid", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := IsHarmless(c.path, c.parameter); got != c.want {
				t.Errorf("IsHarmless(%q, %q) is %v", c.path, c.parameter, got)
			}
		})
	}
}

func TestDeclaringAMalformedTemplatePanics(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "/shop/{id:") {
			t.Errorf("it said %q", said)
		}
	}()
	DeclareHarmless("/shop/{id", false, "sid")
}

func TestAnAliasOfATemplate(t *testing.T) {
	DeclareHarmless("/aliased/{id}/Room", false, "limit")
	for path, target := range map[string]string{"/old/room.aspx": "/aliased/{id}/Room", "/old/room7.aspx": "/aliased/7/Room/"} {
		if err := AliasHarmless(path, target); err != nil {
			t.Fatal(err)
		}
		if !IsHarmless(path, "limit") || IsHarmless(path, "key") {
			t.Errorf("%s does not answer as %s", path, target)
		}
	}
	if err := AliasHarmless("/old/room8.aspx", "/aliased/8/room"); err == nil {
		t.Error("an alias of what fits no template is taken")
	}
}

func TestAnAliasAnswersAsItsTarget(t *testing.T) {
	DeclareHarmless("/crm/Auth", true, "login_id")
	DeclareHarmless("/crm/delete", true) // an operation without harmless parameters
	DeclareHarmless("/exact/list", false, "Sid")
	DeclareHarmless("/old/own.aspx", true, "own")
	for path, target := range map[string]string{
		"/old/Auth.aspx":    "/CRM/auth/",
		"/old/delete.aspx":  "/crm/delete",
		"/old/exact.aspx/":  "/exact/list",
		"/old/own.aspx":     "/crm/auth",
		"/old/İtself.aspx":  "/crm/auth", // not ASCII
		"/old/anew.aspx":    "/crm/delete",
		"/crm/delete/again": "/crm/delete",
	} {
		if err := AliasHarmless(path, target); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := AliasHarmless("/old/anew.aspx", "/crm/auth"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, path, parameter string
		want                  bool
	}{
		{"declared at the target", "/old/Auth.aspx", "login_id", true},
		{"another letter case, trailing slash", "/OLD/auth.ASPX/", " Login_ID", true},
		{"not ASCII", "/old/İTSELF.aspx", "login_id", true},
		{"two trailing slashes", "/old/auth.aspx//", "login_id", false},
		{"undeclared at the target", "/old/Auth.aspx", "user_pasword", false},
		{"a target without harmless parameters", "/old/delete.aspx", "login_id", false},
		{"a path below", "/old/auth.aspx/x", "login_id", false},
		{"the target itself", "/crm/auth", "login_id", true},
		{"an exact target, any letter case of the path", "/old/Exact.aspx", "Sid", true},
		{"an exact target, another letter case of the name", "/old/exact.aspx", "sid", false},
		{"a declared path that became an alias", "/old/own.aspx", "login_id", true},
		{"what a path declared before it became one", "/old/own.aspx", "own", false},
		{"aliased anew", "/old/anew.aspx", "login_id", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := IsHarmless(c.path, c.parameter); got != c.want {
				t.Errorf("IsHarmless(%q, %q) is %v", c.path, c.parameter, got)
			}
		})
	}
}

func TestAnAliasOfNothingIsRefused(t *testing.T) {
	DeclareHarmless("/there/auth", false, "login_id")
	for _, target := range []string{"/there/nowhere", "/There/auth", "/old/chained.aspx", ""} {
		if err := AliasHarmless("/old/refused.aspx", target); err == nil || !strings.Contains(err.Error(), target) {
			t.Errorf("target %q: got %v", target, err)
		}
	}
	if err := AliasHarmless("/old/chained.aspx", "/there/auth"); err != nil {
		t.Fatal(err)
	}
	if err := AliasHarmless("/old/refused.aspx", "/old/chained.aspx"); err == nil {
		t.Error("the alias of an alias is taken")
	}
	if IsHarmless("/old/refused.aspx", "login_id") {
		t.Error("a refused alias answers")
	}
}

// An address is logged with each of its parameters asked for.
func TestAskingTakesNoMemory(t *testing.T) {
	DeclareHarmless("/cheap/auth", true, "login_id")
	if err := AliasHarmless("/cheap/auth.aspx", "/cheap/auth"); err != nil {
		t.Fatal(err)
	}
	DeclareHarmless("/cheap/v1/Avatar/{avatarId}/Room", false, "limit")
	DeclareHarmless("/cheap/{shop}/room", true, "limit")
	allocated := testing.AllocsPerRun(100, func() {
		IsHarmless("/cheap/auth", "login_id")
		IsHarmless("/cheap/AUTH", "login_id")
		IsHarmless("/cheap/v1/Avatar/9007199254740991/Room", "limit")
		IsHarmless("/cheap/v1/Avatar/梅/Room/", "key")
		IsHarmless("/cheap/Tea/Room", "limit")
		IsHarmless("/cheap/auth.aspx/", "user_pasword")
		IsHarmless("/cheap/nowhere", "login_id")
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
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
				DeclareHarmless(path+"/{id}", i%2 == 0, "sid")
				if err := AliasHarmless(path+".aspx", path); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 100 {
				IsHarmless(path, "sid")
				IsHarmless(path+"/1", "sid")
				IsHarmless(path+".aspx", "sid")
			}
		})
	}
	all.Wait()
	for i := range 8 {
		path := fmt.Sprintf("/race/%d", i)
		if !IsHarmless(path, "sid") || !IsHarmless(path+"/1", "sid") || !IsHarmless(path+".aspx", "sid") {
			t.Errorf("declaration %d is lost", i)
		}
	}
}
