package avatarplay

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/backends/avatarplay/drawing"
	"sekisho/backends/avatarplay/pages"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"
)

// shell runs the commands over stores of its own.
type shell struct{ kittest.Shell }

func newShell(t *testing.T, combination string) shell {
	t.Helper()
	return shell{kittest.NewShell(t, combination, addCommands)}
}

// eachShell runs a test on both databases: the commands know of no sessions.
func eachShell(t *testing.T, test func(t *testing.T, s shell)) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			test(t, newShell(t, combination))
		})
	}
}

func (s shell) kept() store { return keptIn(s.Stores) }

// house is a gateway over the shell's stores.
func (s shell) house() *house {
	s.T.Helper()
	return &house{t: s.T, stores: s.Stores, handler: gateway(s.T, s.Stores, generous), store: s.kept()}
}

// everything is all that the commands change, to see whether something did.
func (s shell) everything() string {
	s.T.Helper()
	h := &house{t: s.T, stores: s.Stores, store: s.kept()}
	var all strings.Builder
	for _, table := range []string{
		"avatarplay_catalogue", "avatarplay_tastes", "avatarplay_items", "avatarplay_coords", "avatarplay_app_keys", "avatarplay_app_redirects",
	} {
		all.WriteString(table + " " + h.rows(table) + "\n")
	}
	return all.String() + h.everything()
}

// The small wardrobe of these tests: enough to dress somebody in two ways. The
// cap's key looks like an id, and is that of the hat.
const smallWardrobe = `canvas: [240, 320]
bust: [60, 16, 120, 160]
tastes:
  - { key: calm, id: 11, name: のんびり, frames: [{ delay: 400 }, { delay: 200, blink: true }] }
  - { key: lively, id: 12, name: げんき, frames: [{ delay: 100 }, { delay: 100, head: [1, 2] }] }
items:
  - { key: body, id: 101, name: はだ, part: body, free: true, layers: [{ file: layers/a.png, z: 10, group: torso }] }
  - { key: smile, id: 102, name: えがお, part: face, layers: [{ file: layers/a.png, z: 60, group: head }] }
  - { key: bob, id: 103, name: ボブ, part: hair, layers: [{ file: layers/b.png, z: 70, group: head }] }
  - { key: shirt, id: 104, name: シャツ, part: tops, layers: [{ file: layers/b.png, z: 30, group: torso }] }
  - { key: gown, id: 105, name: ドレス, part: dress, layers: [{ file: layers/a.png, z: 30, group: torso }] }
  - { key: hat, id: 106, name: ぼうし, part: accessory, slots: [hat], layers: [{ file: layers/b.png, z: 90, group: head }] }
  - { key: "106", id: 107, name: キャップ, part: accessory, slots: [hat, ears], layers: [{ file: layers/b.png, z: 91, group: head }] }
coords:
  - { key: first, id: 21, name: はじめて, taste: calm, items: [body, smile, bob, shirt], initial: true, default: true }
  - { key: ball, id: 22, name: ぶとうかい, taste: lively, items: [body, smile, bob, gown] }
`

// wardrobe writes a catalogue's folder, and gives its path.
func wardrobe(t testing.TB, text string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string][]byte{
		"catalogue.yaml": []byte(text), "layers/a.png": drawnLayer(1), "layers/b.png": drawnLayer(2),
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// drawnLayer is a PNG layer with one pixel of a colour.
func drawnLayer(blue uint8) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, drawing.Width, drawing.Height))
	m.SetNRGBA(120, 60, color.NRGBA{200, 100, blue, 255})
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// bring imports the small wardrobe.
func (s shell) bring() {
	s.T.Helper()
	s.Must("", "catalogue", "import", wardrobe(s.T, smallWardrobe))
}

// opens gives the app that a key opens for at a moment, 0 for none.
func (s shell) opens(key string, at time.Time) int64 {
	s.T.Helper()
	known, err := s.kept().keyed(s.T.Context(), s.kept().hashKey(key))
	if err != nil {
		s.T.Fatal(err)
	}
	if known.Disabled || len(known.Keys) != 1 || !known.Keys[0].ValidAt(at) {
		return 0
	}
	return known.Extra.(app).ID
}

// opensNow is opens at this moment, which is over when it is asked: a key that
// ended at it has ended.
func (s shell) opensNow(key string) int64 { return s.opens(key, clock.Now()) }

var (
	shownApp = regexp.MustCompile(`^app id: (\d+)\nAPI key, shown this once: ([0-9a-f]{40})\n$`)
	shownKey = regexp.MustCompile(`(?m)^API key, shown this once: ([0-9a-f]{40})$`)
)

// shown gives what a pattern finds in what a command printed.
func shown(t *testing.T, pattern *regexp.Regexp, out string) []string {
	t.Helper()
	found := pattern.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("printed %q", out)
	}
	return found[1:]
}

// listed gives the lines of a list without its heading, single-spaced, and TIME
// for each time.
func listed(t *testing.T, out string) []string {
	t.Helper()
	when := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)
	_, lines, _ := strings.Cut(strings.TrimSpace(when.ReplaceAllString(out, "TIME")), "\n")
	all := strings.Split(lines, "\n")
	for i := range all {
		all[i] = strings.Join(strings.Fields(all[i]), " ")
	}
	return all
}

// wantLines holds the lines of a list against those it should have.
func wantLines(t *testing.T, what, out string, want ...string) {
	t.Helper()
	if got := strings.Join(listed(t, out), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, strings.Join(want, "\n"))
	}
}

// call is a call of a command that is refused.
type call struct {
	stdin string
	args  string // separated by spaces; ␣ stands for a space within one
	want  string // the error
}

// refuses holds that each call fails with its error, prints nothing and changes
// nothing.
func (s shell) refuses(calls ...call) {
	s.T.Helper()
	before := s.everything()
	for _, c := range calls {
		args := strings.Fields(c.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "␣", " ")
		}
		out, err := s.Run(c.stdin, args...)
		if err == nil || err.Error() != c.want || out != "" {
			s.T.Errorf("%q: printed %q, %v\nwant %s", args, out, err, c.want)
		}
	}
	if after := s.everything(); after != before {
		s.T.Errorf("a refused command changed something:\n%s\nbefore:\n%s", after, before)
	}
}

func TestAppCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		made := shown(t, shownApp, s.Must("", "app", "add", "--name", "チャット", "--redirect", "https://example.com/back?a=1,2",
			"--redirect", "mychat://linked", "--permissions", "ItemGrant,AvatarLoad", "--all"))
		if got := id(s.opensNow(made[1])); got != made[0] {
			t.Errorf("the key of app %s opens for %s", made[0], got)
		}
		if out := s.Must("old key +%\r\n", "app", "add", "--name", "Old", "--id", "5695024129900544", "--key-file", "-"); out != "app id: 5695024129900544\n" {
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

// secretFile is a file that holds a secret.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
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

// To what a consent can lead back, and to what not.
func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	const notLoopback = "is of http beyond localhost, 127.0.0.1 and [::1]; elsewhere it must be of https"
	const none = "is no absolute URI of https, of http or of an app's own scheme to which browsers go"
	const unseen = "holds a space or a control character"
	for uri, want := range map[string]string{
		"https://example.com/oauth_callback":    "",
		"https://example.com:8443/a?b=c&d=日本":   "",
		"HTTPS://EXAMPLE.COM/":                  "",
		"http://localhost:9000/":                "",
		"http://LOCALHOST/":                     "",
		"http://127.0.0.1/":                     "",
		"http://127.9.8.7:1/":                   "",
		"http://[::1]:9000/":                    "",
		"com.example.app:/linked":               "",
		"mygame://linked":                       "",
		"https://" + strings.Repeat("a", 1992):  "",
		"https://" + strings.Repeat("a", 1993):  "is longer than 2000 characters",
		"":                                      "is empty",
		"http://example.com/":                   notLoopback,
		"http://localhost.example.com/":         notLoopback,
		"http://10.0.0.1/":                      notLoopback,
		"http://0.0.0.0/":                       notLoopback,
		"http://[fe80::1]/":                     notLoopback,
		"https://example.com/#token":            "holds a fragment (#)",
		"https://example.com/#":                 "holds a fragment (#)",
		"https://example.com/a b":               unseen,
		"https://example.com/a\u3000b":          unseen,
		"https://example.com/\r\nSet-Cookie: a": unseen,
		"https://example.com/\x00":              unseen,
		"https://example.com/\xff":              unseen,
		"javascript:alert(1)":                   none,
		"JavaScript:alert(1)":                   none,
		"data:text/html,x":                      none,
		"file:///etc/passwd":                    none,
		"vbscript:x":                            none,
		"/oauth_callback":                       none,
		"//example.com/":                        none,
		"example.com":                           none,
		"https:///path":                         none,
		"https://user@example.com/":             none,
		"https://exa\"mple.com/":                none,
	} {
		got := ""
		if err := checkRedirect(uri); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.80q: %q, want %q", uri, got, want)
		}
	}
}

// FuzzCheckRedirect lets through only what a page can ask for consent to, and
// what a list of URIs with spaces between holds as one.
func FuzzCheckRedirect(f *testing.F) {
	for _, uri := range []string{"https://example.com/a?b", "http://localhost:1/", "my.app:x", "javascript:x", "http://[::1]", "https://a b", "%", "a:#"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if checkRedirect(uri) != nil {
			return
		}
		if err := pages.CheckRedirect(uri); err != nil || len(strings.Fields(uri)) != 1 || strings.Contains(uri, "#") {
			t.Errorf("%q: %v", uri, err)
		}
	})
}

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

func TestItemAndCoordCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.Must("key", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
		wantLines(t, "all items", s.Must("", "item", "list"),
			"101 body はだ body body yes", "102 smile えがお face face -", "103 bob ボブ hair hair -", "104 shirt シャツ tops tops -",
			"105 gown ドレス dress tops,bottoms -", "106 hat ぼうし accessory hat -", "107 106 キャップ accessory hat,ears -")
		wantLines(t, "all coords", s.Must("", "coord", "list"),
			"21 first はじめて calm yes yes body smile bob shirt", "22 ball ぶとうかい lively - - body smile bob gown")
		wantLines(t, "none yet", s.Must("", "item", "list", "--app", "7"), "")

		s.Must("", "item", "assign", "--app", "7", "gown", "101", "gown", "106") // the key goes before the id
		wantLines(t, "assigned", s.Must("", "item", "list", "--app", "7"),
			"101 body はだ body body yes", "105 gown ドレス dress tops,bottoms -", "107 106 キャップ accessory hat,ears -")
		s.Must("", "item", "assign", "--app", "7", "--all")
		s.Must("", "item", "unassign", "--app", "7", "102", "bob", "hat")
		wantLines(t, "all but three", s.Must("", "item", "list", "--app", "7"),
			"101 body はだ body body yes", "104 shirt シャツ tops tops -", "105 gown ドレス dress tops,bottoms -", "107 106 キャップ accessory hat,ears -")
		s.Must("", "item", "unassign", "--app", "7", "--all")
		wantLines(t, "none again", s.Must("", "item", "list", "--app", "7"), "")

		for _, step := range []struct{ args, first, ball string }{
			{"assign --all", "yes", "-"},
			{"assign --initial ball", "yes", "yes"},
			{"assign --initial=false first", "-", "yes"},
			{"assign 21 22", "yes", "-"},
			{"unassign ball", "yes", ""},
		} {
			s.Must("", append([]string{"coord"}, append(strings.Fields(step.args), "--app", "7")...)...)
			want := []string{"21 first はじめて calm " + step.first + " yes body smile bob shirt"}
			if step.ball != "" {
				want = append(want, "22 ball ぶとうかい lively "+step.ball+" - body smile bob gown")
			}
			wantLines(t, step.args, s.Must("", "coord", "list", "--app", "7"), want...)
		}

		s.Must("", "item", "assign", "--app", "7", "--all")
		before := s.everything()
		s.Must("", "item", "assign", "--app", "7", "--all")
		if after := s.everything(); after != before {
			t.Errorf("assigned again:\n%s\nbefore:\n%s", after, before)
		}
	})
}

func TestItemAndCoordCommandsRefuse(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.Must("key", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
	s.refuses(
		call{"", "item list", errNoCatalogue.Error()},
		call{"", "coord assign --app 7 --all", errNoCatalogue.Error()},
	)
	s.bring()
	s.Must("", "item", "assign", "--app", "7", "hat")
	s.refuses(
		call{"", "item list --app 8", "there is no such app"},
		call{"", "coord list --app 8", "there is no such app"},
		call{"", "item assign --app 8 --all", "there is no such app"},
		call{"", "item unassign --app 8 hat", "there is no such app"},
		call{"", "coord assign --app 8 --all", "there is no such app"},
		call{"", "item assign --app 7", "give either --all or the keys or ids of items"},
		call{"", "item assign --app 7 --all hat", "give either --all or the keys or ids of items"},
		call{"", "coord unassign --app 7", "give either --all or the keys or ids of coords"},
		call{"", "item assign --app 7 gown 21 first", "there is no item \"21\"\nthere is no item \"first\""},
		call{"", "coord assign --app 7 first hat 101", "there is no coord \"hat\"\nthere is no coord \"101\""},
		call{"", "item assign gown", `required flag(s) "app" not set`},
	)
}

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

// Every command has an example, and each example is a call of that command.
func TestCommandExamples(t *testing.T) { kittest.Examples(t, "avatarplay", addCommands) }
