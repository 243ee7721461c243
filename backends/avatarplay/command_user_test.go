package avatarplay

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

func TestUserCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		h := s.house()
		v, other := h.visitor(), h.visitor()
		v.signUp("Hanako")
		other.signUp("taro")
		inside := func(what string, v *visitor, want bool) {
			t.Helper()
			if got := v.open(pathDress).status == http.StatusOK; got != want {
				t.Errorf("%s: signed in %v, want %v", what, got, want)
			}
		}
		signsIn := func(what, login, password string, want bool) *visitor {
			t.Helper()
			v := h.visitor()
			if got := v.submit(pathSignIn, "login", login, "password", password).status == http.StatusSeeOther; got != want {
				t.Errorf("%s: signing in %v, want %v", what, got, want)
			}
			return v
		}
		inside("before", v, true)

		s.Must("", "user", "disable", "--login", "HANAKO")
		inside("disabled", v, false)
		inside("another", other, true)
		signsIn("disabled", "hanako", "password-of-Hanako", false)
		if got := listed(t, s.Must("", "user", "list")); !slices.ContainsFunc(got, func(line string) bool {
			return strings.HasSuffix(line, " Hanako ゆき disabled TIME -")
		}) {
			t.Errorf("listed %q", got)
		}
		s.Must("", "user", "enable", "--login", "hanako")
		inside("enabled, with the old session", v, false)
		v = signsIn("enabled", "hanako", "password-of-Hanako", true)

		found := regexp.MustCompile(`^password, shown this once: ([0-9a-f]{16})\n$`).FindStringSubmatch(s.Must("", "user", "password", "--login", "hanako"))
		if found == nil {
			t.Fatal("no password is shown")
		}
		inside("with another password", v, false)
		signsIn("with the password before", "hanako", "password-of-Hanako", false)
		signsIn("with the made password", "hanako", found[1], true)
		if out := s.Must("あたらしい パスワード\n", "user", "password", "--login", "hanako", "--pass-file", "-"); out != "" {
			t.Errorf("printed %q", out)
		}
		signsIn("with the given password", "hanako", "あたらしい パスワード", true)
		inside("another", other, true)
	})
}

func TestUserCommandsRefuse(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	s.house().visitor().signUp("hanako")
	s.refuses(
		call{"", "user disable --login nobody", "no user has this login"},
		call{"", "user enable --login nobody", "no user has this login"},
		call{"", "user password --login nobody", "no user has this login"},
		call{"short", "user password --login hanako --pass-file -", "the password must have 8 to 100 characters"},
		call{strings.Repeat("長", 101), "user password --login hanako --pass-file -", "the password must have 8 to 100 characters"},
		call{"\xff\xff\xff\xff\xff\xff\xff\xff", "user password --login hanako --pass-file -", "the password must have 8 to 100 characters"},
		call{"", "user disable", `required flag(s) "login" not set`},
		call{"", "user password --login hanako s3cret", `unknown command "s3cret" for "sekisho user password"`},
	)
}
