package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Where the secret of a call stands: what it is, and what else is said.
var secretOfACall = regexp.MustCompile(`(?s)«([^|»]*)\|?([^»]*)»`)

// parts are a call's method, path, query with its question mark, headers and body,
// with its secret or without.
func (c guardedCall) parts(withSecret bool) (method, path, query, headers, body string) {
	written := secretOfACall.ReplaceAllString(c.asked, "$2")
	if withSecret {
		written = secretOfACall.ReplaceAllString(c.asked, "$1")
	}
	head, body, _ := strings.Cut(written, "\n\n")
	first, headers, _ := strings.Cut(head, "\n")
	method, target, _ := strings.Cut(first, " ")
	path, query, asks := strings.Cut(target, "?")
	if asks {
		query = "?" + query
	}
	if body != "" && !strings.Contains(headers, "Content-Type: ") {
		headers = strings.TrimPrefix(headers+"\nContent-Type: "+formEncoding, "\n")
	}
	return method, path, query, headers, body
}

// operation is the call's operation as [documentedOperations] names it.
func (c guardedCall) operation() string {
	method, path, _, _, _ := c.parts(false)
	return method + " " + path
}

// misleading are headers by which a server behind a proxy is told what was asked for
// and by whom. Who is asked without one knows better.
const misleading = "X-Original-URL: /docs/\r\nX-Rewrite-URL: /docs/\r\nX-Forwarded-Prefix: /docs\r\nX-Forwarded-Host: docs\r\n" +
	"X-HTTP-Method-Override: OPTIONS\r\nX-Method-Override: OPTIONS\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n"

// ask makes the call with its path written in some way and with headers that say
// otherwise, and gives that way and what is answered: the status, and where it leads
// or what it says.
func (c guardedCall) ask(t *testing.T, g *gateway, things thingsOfCalls, under string, write func(path string) string, withSecret bool) (target, told string) {
	t.Helper()
	method, path, query, headers, body := c.parts(withSecret)
	target = write(under+things.in(path)) + things.in(query)
	if body = things.in(body); headers != "" {
		headers = strings.ReplaceAll(things.in(headers), "\n", "\r\n") + "\r\n"
	}
	site := g.url
	if c.atTill {
		site = g.crm
	}
	w := dial(t, site) // each has its own: what is refused may be the connection's end
	defer w.Close()
	_, err := fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s%sContent-Length: %d\r\n\r\n%s", method, target, misleading, headers, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	status, header, said, err := w.answer()
	if err != nil {
		return target, err.Error()
	}
	return target, fmt.Sprintf("%d %s", status, header.Get("Location")+said)
}

// thingsOfCalls are what calls have by {names}.
type thingsOfCalls map[string]string

// in gives a text with the things in the place of their names.
func (things thingsOfCalls) in(text string) string {
	for name, thing := range things {
		text = strings.ReplaceAll(text, "{"+name+"}", thing)
	}
	return text
}

// prepareCalls makes all that the calls need, of the demo data.
func prepareCalls(t *testing.T, g *gateway) thingsOfCalls {
	t.Helper()
	things := thingsOfCalls{}
	things.ofSites(t, g)
	things.ofMembers(t, g)
	things.ofApps(t, g)
	things.ofSoftware(t, g)
	things.ofTheCRM(t, g)
	return things
}

// find keeps what an answer has at the place of a form.
func (things thingsOfCalls) find(t *testing.T, name, form, answer string) {
	t.Helper()
	found := regexp.MustCompile(form).FindStringSubmatch(answer)
	if found == nil {
		t.Fatalf("no %s in %.500s", name, answer)
	}
	things[name] = found[1]
}

func (things thingsOfCalls) ofSites(t *testing.T, g *gateway) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "backends/customers/testdata/create.json"))
	if err != nil {
		t.Fatal(err)
	}
	of := func(mail string) string { return strings.Replace(string(text), "usera@example.com", mail, 1) }
	_, answer := g.post("/user/create?sid=3&key=00000000", "application/json", of("deleted@example.com"))
	things.find(t, "customer", `"data":"?([0-9]+)`, answer)
	things["create"] = of("created@example.com")
	things["update"] = strings.Replace(of("usera@example.com"), `"name01"`, `"customer_id": "1", "name01"`, 1)
}

func (things thingsOfCalls) ofMembers(t *testing.T, g *gateway) {
	t.Helper()
	_, answer := tokenFor(t, g, "yamada@example.com", "yamada12")
	things.find(t, "member", `"access_token":"([^"]+)"`, answer)
	_, answer = g.call(http.MethodPost, "/api/v2/cloaks/token", "ci=2&lk=umi2018")
	things.find(t, "opened", `"CloakToken":"([^"]+)"`, answer)
	_, answer = g.call(http.MethodPost, "/api/v2/mycloaks", "nm=a", "Authorization", "Bearer "+things["member"])
	things.find(t, "cloak", `"CloakId":"([0-9]+)"`, answer)
	photo := written(t, camera(40, 30, 4, false))
	things["jpeg"] = string(photo)
	things["photo"] = album{g, things["member"], things["cloak"]}.mustUpload(photo)
}

// demoPartner is the demo's app.
func demoPartner(t *testing.T, g *gateway) *partner {
	return &partner{t: t, g: g, id: "5695024129900544", key: "demo-api-key", back: "https://example.com/oauth_callback"}
}

func (things thingsOfCalls) ofApps(t *testing.T, g *gateway) {
	t.Helper()
	app, d := demoPartner(t, g), newDresser(t)
	things["avatarId"] = fmt.Sprint(app.guest().AvatarID)
	things["login"] = "paths"
	d.signsUp(g, things["login"])
	site, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	things["visitor"] = d.Jar.Cookies(site)[0].Value
	things.find(t, "item", `name="item" value="([0-9]+)" aria-pressed="false"`, d.opens(g, "/fit/dress?part=tops").page)
	things.find(t, "taste", `name="taste" value="([0-9]+)"`, d.opens(g, "/fit/dress?part=taste").page)
	things["csrf"] = d.csrf
	things["ticket"] = app.connect().ticket()

	linked := app.connect()
	v := d.submits(g, "/fit/consent", "ticket", linked.ticket(), "answer", "allow")
	_, token, _ := strings.Cut(v.to, "?token=")
	things["grant"] = url.Values{
		"codeVerifier": {linked.verifier}, "redirectUri": {linked.back}, "requestDate": {linked.date}, "scope": {linked.scope}, "token": {token},
	}.Encode()
}

func (things thingsOfCalls) ofSoftware(t *testing.T, g *gateway) {
	t.Helper()
	const account = "/ydits-api/ydits-account/auth.php?step="
	_, answer := g.post(account+"1", "application/json", `{"mail":"example@example.com","pass":"example_a"}`)
	things.find(t, "uuid", `"uuid":"([^"]+)"`, answer)
	things.find(t, "key", `"key":"([^"]+)"`, answer)
	_, answer = g.post(account+"2", "application/json", things.in(`{"uuid":"{uuid}","softname":"Other","key":"softkey"}`))
	things.find(t, "software", `"resultcode":(200)`, answer)
}

func (things thingsOfCalls) ofTheCRM(t *testing.T, g *gateway) {
	t.Helper()
	_, answer := g.get(crmPages + "Auth.aspx?login_id=demo&password=demo1234")
	things.find(t, "session", `"Token":"([^"]+)"`, answer)
	_, answer = g.call(http.MethodGet, crmPages+"Get_UserToken.aspx?user_loginid=okamoto&user_pasword=okamoto1", "", "Token", things["session"])
	things.find(t, "okamoto", `"TokenID":"([^"]+)"`, answer)
	for _, login := range []string{"changerGET", "changerPOST", "changer", "leaverGET", "leaverPOST", "leaver"} {
		_, answer := g.call(http.MethodGet, crmPages+"Set_LoginInfo.aspx?user_loginid="+login+"&user_pasword=first1&uuid=phone", "", "Token", things["session"])
		things.find(t, "code of "+login, `"Code":"([^"]+)"`, answer)
		things.find(t, "token of "+login, `"TokenID":"([^"]+)"`, answer)
	}
}
