package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// avatarPlayHarmless are the paths of Avatar Play and of the dress-up site, each
// with the parameters that a log may show, and those without which a call does not
// come further. {guest} is an avatar. Those that may end a session come last.
var avatarPlayHarmless = []struct {
	path     string
	harmless []string
}{
	{"/avatar/v1/AccessToken", []string{"requestDate"}},
	{"/avatar/v1/Avatar/{guest}", nil},
	{"/avatar/v1/Avatar/{guest}/FittingRoom", []string{"limit", "page"}},
	{"/avatar/v1/Avatar/{guest}/FittingRoom/Select", []string{"item_id"}},
	{"/avatar/v1/Avatar/{guest}/FittingRoom/Commit", nil},
	{"/avatar/v1/Avatar/{guest}/Items", []string{"itemId"}},
	{"/avatar/v1/Avatars?avatarId={guest}", []string{"avatarId"}},
	{"/avatar/v1/ConnectUrl", []string{"avatarId"}},
	{"/avatar/v1/Coords", []string{"coordId"}},
	{"/avatar/v1/Echo", nil},
	{"/avatar/v1/Guest", []string{"coordId"}},
	{"/avatar/v1/Items?itemId=" + catEars, []string{"itemId", "avatarId"}},
	{"/avatar/v1/OpenUrl", nil},
	{"/avatar/v1/Nowhere", nil},
	{"/avatar/images/00000000000000000000000000000000.gif", nil},
	{"/fit", nil},
	{"/fit/lp", nil},
	{"/fit/dress", []string{"part", "page", "done"}},
	{"/fit/try", []string{"part", "page", "done"}},
	{"/fit/taste", []string{"part", "page", "done"}},
	{"/fit/undo", []string{"part", "page", "done"}},
	{"/fit/save", []string{"part", "page", "done"}},
	{"/fit/consent", nil},
	{"/fit/links", []string{"part", "page", "done"}},
	{"/fit/links/cut", nil},
	{"/fit/assets/nothing.css", nil},
	{"/fit/nowhere", nil},
	{"/fit/signin", nil},
	{"/fit/signup", nil},
	{"/fit/signout", nil},
}

// avatarPlayNames are the parameters of Avatar Play and of the dress-up site, and
// misspelt ones.
var avatarPlayNames = []string{
	"key", "KEY", "apiKey", "codeVerifier", "redirectUri", "requestDate", "scope", "token", "codeChallenge", "avatarId", "itemId", "item_id",
	"coordId", "message", "limit", "page", "ticket", "csrf", "login", "nickname", "password", "item", "taste", "app", "answer", "next", "part",
	"done", "state", "access_token", "x",
}

// What an app and a person keep to themselves comes out in no log line, span,
// metric, row of the census or error, and neither does a canary in anything that is not declared
// harmless: sent by nobody, and by somebody whom every secret lets in.
func TestNoSecretOfAvatarPlayComesOut(t *testing.T) {
	w := startWatched(t)
	app := newPartner(t, w.gateway, "Canary")
	d := newDresser(t)
	w.secrets = append(w.secrets, secretsOfLinking(t, app, d, w.canary())...)
	guest := fmt.Sprint(app.guest().AvatarID)
	l := app.connect()
	d.opens(w.gateway, "/fit/dress")
	known := url.Values{"key": {app.key}, "ticket": {l.ticket()}, "csrf": {d.csrf}}.Encode()
	w.secrets = append(w.secrets, l.ticket(), d.csrf)

	for _, tried := range avatarPlayHarmless {
		path, needed, _ := strings.Cut(strings.ReplaceAll(tried.path, "{guest}", guest), "?")
		known := strings.Trim(known+"&"+needed, "&")
		names := slices.DeleteFunc(slices.Clone(avatarPlayNames), func(name string) bool { return slices.Contains(tried.harmless, name) })
		for _, method := range canaryMethods {
			for _, s := range w.cargoes(method, known, names) {
				w.send(unled, w.request(method, w.url+path, s))
				request := w.request(method, w.url+path, s)
				request.Header.Del("Origin") // or the site takes it for another's
				w.send(d.Client, request)
			}
		}
	}
	w.staysInside("avatarplay")
}

// secretsOfLinking links a newcomer, and gives all that nobody else may know.
func secretsOfLinking(t *testing.T, app *partner, d *dresser, login string) []string {
	t.Helper()
	d.signsUp(app.g, login)
	l := app.connect()
	token := d.consents(app.g, l)
	status, text := l.redeem(app.g, token)
	var answer struct{ AccessToken string }
	if json.Unmarshal([]byte(text), &answer) != nil || status != http.StatusOK || answer.AccessToken == "" {
		t.Fatalf("AccessToken was answered %d %s", status, text)
	}
	secrets := []string{app.key, l.ticket(), d.csrf, token, answer.AccessToken, l.verifier, fitPassword, "ゆき"}
	fit, err := url.Parse(app.g.url + "/fit/dress")
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range d.Jar.Cookies(fit) {
		secrets = append(secrets, cookie.Value)
	}
	if len(secrets) != 9 {
		t.Fatalf("the dress-up site's cookies are %v", d.Jar.Cookies(fit))
	}
	return secrets
}

// What is harmless can be read in the access log.
func TestHarmlessParametersOfAvatarPlayShow(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for asked, shown := range map[string]string{
		"/avatar/v1/Avatars?avatarId=1&avatarId=2&key=demo-api-key":           "/avatar/v1/Avatars?avatarId=1&avatarId=2&key=***",
		"/avatar/v1/Avatar/1/FittingRoom?limit=5&page=0&key=demo-api-key":     "/avatar/v1/Avatar/1/FittingRoom?limit=5&page=0&key=***",
		"/fit/dress?part=shoes&page=2&done=saved&ticket=0123456789abcdef0123": "/fit/dress?part=shoes&page=2&done=saved&ticket=***",
	} {
		g.get(asked)
		eventually(t, 5*time.Second, "the access log shows "+shown, func() bool {
			return strings.Contains(g.log.String(), `"uri":"`+shown+`"`)
		})
	}
}
