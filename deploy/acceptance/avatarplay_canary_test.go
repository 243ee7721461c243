package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// avatarPlayHarmless are the paths of Avatar Play and of the dress-up site, each
// with the parameters that a log may show. {guest} is an avatar. Those that may
// end a session come last.
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
	{"/avatar/v1/Avatars", []string{"avatarId"}},
	{"/avatar/v1/ConnectUrl", []string{"avatarId"}},
	{"/avatar/v1/Coords", []string{"coordId"}},
	{"/avatar/v1/Echo", nil},
	{"/avatar/v1/Guest", []string{"coordId"}},
	{"/avatar/v1/Items", []string{"itemId", "avatarId"}},
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
	g := startWatched(t)
	app := newPartner(t, g, "Canary")
	sent := 0
	canary := func() string { sent++; return fmt.Sprintf("canary%dcanary", sent) }
	d := newDresser(t)
	secrets := append(secretsOfLinking(t, app, d, canary()), "canary")
	guest := fmt.Sprint(app.guest().AvatarID)
	l := app.connect()
	d.opens(g, "/fit/dress")
	known := url.Values{"key": {app.key}, "ticket": {l.ticket()}, "csrf": {d.csrf}}.Encode() + "&"
	secrets = append(secrets, l.ticket(), d.csrf)

	for _, tried := range avatarPlayHarmless {
		path := strings.ReplaceAll(tried.path, "{guest}", guest)
		names := slices.DeleteFunc(slices.Clone(avatarPlayNames), func(name string) bool { return slices.Contains(tried.harmless, name) })
		for _, method := range canaryMethods {
			for _, request := range canaryRequests(t, method, g.url+path, known, names, canary) {
				expectNoCanary(t, client, request)
			}
			for _, request := range canaryRequests(t, method, g.url+path, known, names, canary) {
				request.Header.Del("Origin") // or the site takes it for another's
				expectNoCanary(t, d.Client, request)
			}
		}
	}
	stayInside(t, g, secrets, len(avatarPlayHarmless)*len(canaryMethods)*16)
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

// echoed is the field of a form that is to be corrected: all that an error gives
// back of what was sent, but for numbers, which are harmless.
var echoed = regexp.MustCompile(`<input id="(login|nickname)"[^>]*value="[^"]*"`)

// expectNoCanary sends a request, whose canaries no error may give back.
func expectNoCanary(t *testing.T, client *http.Client, request *http.Request) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= http.StatusBadRequest && strings.Contains(echoed.ReplaceAllString(string(body), ""), "canary") {
		t.Errorf("%s %s is answered %s\n%s", request.Method, request.URL.Path, response.Status, body)
	}
}

// What is harmless can be read in the access log.
func TestHarmlessParametersOfAvatarPlayShow(t *testing.T) {
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
