package acceptance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Items of the starter catalogue: two that nobody has until they are granted, and
// one that everybody has.
const (
	catEars     = "6329767627975467" // ねこみみ
	tiara       = "4185201294352583" // プリンセスティアラ
	summerDress = "6824325709212721" // サマーワンピース（ブルー）
)

// partner is an app whose users link their avatars to it.
type partner struct {
	t    *testing.T
	g    *gateway
	id   string
	key  string
	back string // the redirect URI, at a server of the app's own

	arrived chan *http.Request // who was led back to the app
}

// newPartner adds an app on the command line, and waits until its key opens.
func newPartner(t *testing.T, g *gateway, name string) *partner {
	t.Helper()
	a := &partner{t: t, g: g, arrived: make(chan *http.Request, 16)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/linked" {
			w.WriteHeader(http.StatusNoContent) // an icon
			return
		}
		a.arrived <- r
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!DOCTYPE html><title>App</title><p>おかえりなさい`)
	}))
	t.Cleanup(server.Close)
	a.back = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/linked?from=fit"
	out := g.run("avatarplay", "app", "add", "--name", name, "--permissions", "AvatarLoad,ItemGrant", "--redirect", a.back, "--all")
	made := regexp.MustCompile(`app id: ([0-9]+)\nAPI key, shown this once: (\S+)`).FindStringSubmatch(out)
	if made == nil {
		t.Fatalf("sekisho avatarplay app add printed\n%s", out)
	}
	a.id, a.key = made[1], made[2]
	eventually(t, 5*time.Second, "the app's key opens", func() bool {
		status, _ := a.ask(g, http.MethodGet, "Echo")
		return status == http.StatusOK
	})
	return a
}

// ask calls an operation of a gateway's API. The parameters are pairs of names
// and values.
func (a *partner) ask(g *gateway, method, operation string, pairs ...string) (int, string) {
	a.t.Helper()
	query := url.Values{"key": {a.key}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return g.do(method, "/avatar/v1/"+operation+"?"+query.Encode(), "", "")
}

// must is ask for what must be answered 200; what is answered goes into an object.
func (a *partner) must(into any, method, operation string, pairs ...string) {
	a.t.Helper()
	status, answer := a.ask(a.g, method, operation, pairs...)
	if status != http.StatusOK || json.Unmarshal([]byte(answer), into) != nil {
		a.t.Fatalf("%s was answered %d %s", operation, status, answer)
	}
}

// partnersAvatar is an avatar as an app is told of it.
type partnersAvatar struct {
	AvatarID                   int64
	AvatarImageURL             string
	AvatarNonAnimationImageURL string
	Guest                      bool
	Status                     int
}

// avatar asks for an avatar.
func (a *partner) avatar(id int64) (found partnersAvatar) {
	a.t.Helper()
	a.must(&found, http.MethodGet, "Avatar/"+strconv.FormatInt(id, 10))
	return found
}

// guest makes a guest, whom the app may do everything with.
func (a *partner) guest() (made partnersAvatar) {
	a.t.Helper()
	a.must(&made, http.MethodPost, "Guest", "scope", "AvatarLoad,ItemGrant")
	return made
}

// grant grants items to an avatar that does not have them.
func (a *partner) grant(id int64, items ...string) {
	a.t.Helper()
	var answer struct{ Results []struct{ Status int } }
	var parameters []string
	for _, item := range items {
		parameters = append(parameters, "itemId", item)
	}
	a.must(&answer, http.MethodPost, fmt.Sprintf("Avatar/%d/Items", id), parameters...)
	for _, result := range answer.Results {
		if result.Status != http.StatusOK {
			a.t.Fatalf("granting items: %+v", answer)
		}
	}
}

// lockedAccessories are ten accessories that nobody has until they are granted,
// as `sekisho avatarplay item list` shows them.
func lockedAccessories(t *testing.T, g *gateway) (items []string) {
	t.Helper()
	list := g.run("avatarplay", "item", "list")
	for _, line := range regexp.MustCompile(`(?m)^([0-9]+) .* accessory +[a-z]+ +-$`).FindAllStringSubmatch(list, 10) {
		items = append(items, line[1])
	}
	if len(items) != 10 || !slices.Contains(items, catEars) {
		t.Fatalf("the accessories are %v in\n%s", items, list)
	}
	return items
}

// has says whether an avatar has an item.
func (a *partner) has(id int64, item string) bool {
	a.t.Helper()
	var answer struct{ Items []struct{ Have bool } }
	a.must(&answer, http.MethodGet, "Items", "itemId", item, "avatarId", strconv.FormatInt(id, 10))
	return len(answer.Items) == 1 && answer.Items[0].Have
}

// partnersLink is one linking, as the app that began it sees it.
type partnersLink struct {
	*partner
	address               string // where the person is sent
	scope, date, verifier string
}

// connect begins a linking. Parameters beyond those that must be may be given, as
// pairs.
func (a *partner) connect(pairs ...string) *partnersLink {
	a.t.Helper()
	l := &partnersLink{partner: a, scope: "AvatarLoad,ItemGrant", date: strconv.FormatInt(time.Now().Unix(), 10), verifier: "4hmLHty5K6P"}
	challenge := sha256.Sum256([]byte(strings.Join([]string{a.id, "grant_token", a.back, l.scope, l.date, a.key, l.verifier}, ":")))
	var answer struct{ URL string }
	a.must(&answer, http.MethodGet, "ConnectUrl", append([]string{
		"codeChallenge", hex.EncodeToString(challenge[:]), "redirectUri", a.back, "scope", l.scope,
	}, pairs...)...)
	l.address = answer.URL
	return l
}

// came gives what the app was told of a person who was just led back to it: the
// query of the address, and nothing else.
func (l *partnersLink) came() url.Values {
	l.t.Helper()
	select {
	case r := <-l.arrived:
		told := r.URL.Query()
		if referrer := r.Header.Get("Referer"); referrer != "" || told.Get("from") != "fit" {
			l.t.Errorf("led back to %s from %q", r.URL, referrer)
		}
		told.Del("from")
		return told
	case <-time.After(patience):
		l.t.Fatal("nobody was led back to the app")
		return nil
	}
}

// redeem calls AccessToken of a gateway with the grant token of a person who was
// led back.
func (l *partnersLink) redeem(g *gateway, token string) (int, string) {
	l.t.Helper()
	return l.ask(g, http.MethodPost, "AccessToken", "codeVerifier", l.verifier, "redirectUri", l.back,
		"requestDate", l.date, "scope", l.scope, "token", token)
}

// linked gives the avatar of a person who was just led back with a consent.
func (l *partnersLink) linked() int64 {
	l.t.Helper()
	told := l.came()
	token := told.Get("token")
	if token == "" || len(told) != 1 {
		l.t.Fatalf("led back with %v", told)
	}
	return l.avatarFor(token)
}

// avatarFor redeems a grant token.
func (l *partnersLink) avatarFor(token string) int64 {
	l.t.Helper()
	status, text := l.redeem(l.g, token)
	var answer struct {
		AvatarID         int64
		Scope, TokenType string
		AccessToken      string
	}
	if json.Unmarshal([]byte(text), &answer) != nil || status != http.StatusOK || answer.AvatarID == 0 ||
		answer.Scope != l.scope || answer.TokenType != "Bearer" || answer.AccessToken == "" {
		l.t.Fatalf("AccessToken was answered %d %s", status, text)
	}
	return answer.AvatarID
}

// dresser is somebody on the dress-up site, with a browser that knows no script.
type dresser struct {
	*http.Client
	t    *testing.T
	csrf string // what the forms of the last page held
}

func newDresser(t *testing.T) *dresser {
	d := &dresser{Client: newClient(), t: t}
	d.Jar, _ = cookiejar.New(nil) // never fails
	d.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return d
}

// visited is what a gateway answered to a dresser.
type visited struct {
	status int
	to     string // where it leads, "" for nowhere
	page   string
}

// opens asks a gateway for a page.
func (d *dresser) opens(g *gateway, path string) visited {
	d.t.Helper()
	return d.visit(http.MethodGet, g.url+path, nil)
}

// submits posts a form with the token that the last page held. What is entered
// are pairs of names and values.
func (d *dresser) submits(g *gateway, path string, pairs ...string) visited {
	d.t.Helper()
	form := url.Values{"csrf": {d.csrf}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return d.visit(http.MethodPost, g.url+path, form)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

func (d *dresser) visit(method, address string, form url.Values) (v visited) {
	d.t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", formEncoding)
	}
	response, err := d.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if found := csrfField.FindSubmatch(page); found != nil {
		d.csrf = string(found[1])
	}
	return visited{response.StatusCode, response.Header.Get("Location"), string(page)}
}

// signsUp opens an account, which is signed in then.
func (d *dresser) signsUp(g *gateway, login string) {
	d.t.Helper()
	if v := d.submits(g, "/fit/signup", "login", login, "nickname", "ゆき", "password", fitPassword); v.to != "/fit/dress" {
		d.t.Fatalf("the sign-up is answered %+v", v)
	}
}

var avatarPicture = regexp.MustCompile(`id="avatar" src="([^"]+)"`)

// sees gives the path of the avatar's picture as a gateway shows it.
func (d *dresser) sees(g *gateway) string {
	d.t.Helper()
	v := d.opens(g, "/fit/dress")
	found := avatarPicture.FindStringSubmatch(v.page)
	if found == nil {
		d.t.Fatalf("no picture in %+v", v)
	}
	return found[1]
}

// consents answers 許諾する at a gateway, and gives the grant token.
func (d *dresser) consents(g *gateway, l *partnersLink) (token string) {
	d.t.Helper()
	ticket := l.ticket()
	d.opens(g, "/fit/consent?ticket="+ticket)
	v := d.submits(g, "/fit/consent", "ticket", ticket, "answer", "allow")
	token, ok := strings.CutPrefix(v.to, l.back+"&token=")
	if !ok {
		d.t.Fatalf("the consent is answered %+v", v)
	}
	return token
}

// ticket is what names the linking at the dress-up site.
func (l *partnersLink) ticket() string {
	l.t.Helper()
	_, ticket, ok := strings.Cut(l.address, "/fit/lp?ticket=")
	if !ok {
		l.t.Fatalf("ConnectUrl gives %s", l.address)
	}
	return ticket
}
