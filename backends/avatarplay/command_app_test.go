package avatarplay

import (
	"slices"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

func TestAppCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		made := shown(t, shownApp, s.Must("", "app", "add", "--name", "チャット", "--redirect", "https://example.com/back?a=1,2",
			"--redirect", "mychat://linked", "--permissions", "ItemGrant,AvatarLoad", "--all"))
		if got := id(s.opensNow(made[1])); got != made[0] {
			t.Errorf("the key of app %s opens for %s", made[0], got)
		}
		if out := s.Must("old key +%\r\n", "app", "add", "--name", "Old", "--id", "5695024129900544", "--key-file", "-"); !strings.HasPrefix(out, "app id: 5695024129900544\n") || !strings.Contains(out, "fewer than 16 characters") {
			t.Errorf("printed %q", out)
		}
		if got := s.opensNow("old key +%"); got != 5695024129900544 {
			t.Errorf("an old key opens for %d", got)
		}
		s.Must("", "app", "add", "--name", "File", "--id", "7", "--key-file", secretFile(t, "from a file\n"), "--redirect", "http://[::1]:80/")
		if got := s.opensNow("from a file"); got != 7 {
			t.Errorf("a key from a file opens for %d", got)
		}
		list := func() []string { return listed(t, s.Must("", "app", "list")) }
		hasLine := func(what, want string) {
			t.Helper()
			if got := list(); !slices.Contains(got, want) {
				t.Errorf("%s: the list lacks %q:\n%s", what, want, strings.Join(got, "\n"))
			}
		}
		hasLine("with all", made[0]+" チャット open AvatarLoad,ItemGrant 7 2 1 - https://example.com/back?a=1,2 mychat://linked")
		hasLine("with nothing", "5695024129900544 Old open AvatarLoad 0 0 1 -")
		wantLines(t, "what it may use", s.Must("", "coord", "list", "--app", made[0]),
			"21 first はじめて calm yes yes body smile bob shirt", "22 ball ぶとうかい lively - - body smile bob gown")

		s.Must("", "app", "change", "--app", "7", "--name", "Renamed", "--permissions", "ItemGrant",
			"--add-redirect", "https://b.example/", "--add-redirect", "https://a.example/", "--add-redirect", "https://a.example/", "--remove-redirect", "http://[::1]:80/")
		hasLine("changed", "7 Renamed open ItemGrant 0 0 1 - https://a.example/ https://b.example/")
		s.Must("", "app", "change", "--app", "7", "--name", "Again")
		hasLine("renamed", "7 Again open ItemGrant 0 0 1 - https://a.example/ https://b.example/")

		s.Must("", "app", "disable", "--app", "7")
		if one, other := s.opensNow("from a file"), s.opensNow("old key +%"); one != 0 || other == 0 {
			t.Errorf("after disabling 7 its key opens for %d, another's for %d", one, other)
		}
		hasLine("disabled", "7 Again disabled ItemGrant 0 0 1 - https://a.example/ https://b.example/")
		s.Must("", "app", "enable", "--app", "7")
		if got := s.opensNow("from a file"); got != 7 {
			t.Errorf("after enabling 7 its key opens for %d", got)
		}
		for _, key := range []string{made[1], "old key", "from a file"} {
			if strings.Contains(s.everything(), key) {
				t.Errorf("the key %q is stored in clear", key)
			}
		}
	})
}

func TestAppCommandsRefuse(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.Must("taken", "app", "add", "--name", "Taken", "--id", "7", "--key-file", "-", "--redirect", "https://example.com/")
	long := strings.Repeat("長", 51)
	const permissions = "--permissions must be AvatarLoad, ItemGrant, or both with a comma between"
	s.refuses(
		call{"", "app add --name New --id 7", "there is an app with this id already"},
		call{"taken", "app add --name New --id 8 --key-file -", "an app has this API key already"},
		call{"", "app add", `required flag(s) "name" not set`},
		call{"", "app add --name " + long, "--name must have 1 to 50 characters"},
		call{"", "app add --name ␣␣", "--name must hold something to be seen, and no control characters"},
		call{"", "app add --name a\x1b[2J", "--name must hold something to be seen, and no control characters"},
		call{"", "app add --name New --id 0", "--id must be from 1 to 9007199254740991"},
		call{"", "app add --name New --id 9007199254740992", "--id must be from 1 to 9007199254740991"},
		call{"", "app add --name New --permissions Everything", permissions},
		call{"", "app add --name New --permissions=", permissions},
		call{"", "app add --name New --redirect javascript:alert(1)", `--redirect "javascript:alert(1)" is no absolute URI of https, of http or of an app's own scheme to which browsers go`},
		call{"", "app add --name New --redirect http://example.com/", `--redirect "http://example.com/" is of http beyond localhost, 127.0.0.1 and [::1]; elsewhere it must be of https`},
		call{"\n", "app add --name New --key-file -", "the secret is empty"},
		call{"キー", "app add --name New --key-file -", "the API key must be of 1 to 255 printable ASCII characters: apps can send no other"},
		call{strings.Repeat("k", 256), "app add --name New --key-file -", "the API key must be of 1 to 255 printable ASCII characters: apps can send no other"},
		call{"", "app add --name New --key s3cret", "unknown flag: --key"},
		call{"", "app add --name New s3cret", `unknown command "s3cret" for "sekisho app add"`},
		call{"", "app add --name New --all", errNoCatalogue.Error()},
		call{"", "app change --app 8 --name Other", "there is no such app"},
		call{"", "app change --app 7", "give what is to be changed"},
		call{"", "app change --app 7 --name=", "--name must have 1 to 50 characters"},
		call{"", "app change --app 7 --permissions=", permissions},
		call{"", "app change --app 7 --name Other --remove-redirect https://example.com", `the app does not have the redirect URI "https://example.com"`},
		call{"", "app change --app 7 --add-redirect data:text/html,x", `--add-redirect "data:text/html,x" is no absolute URI of https, of http or of an app's own scheme to which browsers go`},
		call{"", "app disable --app 8", "there is no such app"},
		call{"", "app enable --app 8", "there is no such app"},
		call{"", "app disable", `required flag(s) "app" not set`},
	)
	many := []string{"app", "change", "--app", "7"}
	for i := range mostRedirects {
		many = append(many, "--add-redirect", "https://example.com/"+id(int64(i)))
	}
	if _, err := s.Run("", many...); err == nil || err.Error() != "an app has at most 100 redirect URIs" {
		t.Errorf("101 redirect URIs: %v", err)
	}
	s.Must("", append(many, "--remove-redirect", "https://example.com/")...)
}
