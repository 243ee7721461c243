package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// canaryPaths are paths of the APIs but the CRM's, with what lets a call come
// further, and paths that nobody knows.
var canaryPaths = []string{
	"/ydits-api/ydits-account/auth.php?step=1", "/ydits-api/ydits-account/auth.php?step=2", "/ydits-api/ydits-account/auth.php?step=3",
	"/ydits-api/ydits-account/regist.php?g=false", "/ydits-api/ydits-account/inquiry.php?g=false",
	"/api/v2/auth/token", "/oauth2/token", "/api/v2/mycloaks/", "/api/v2/mycloaks/complete", "/api/v2/mycloaks/delete",
	"/api/v2/mycloaks/list", "/api/v2/mycloaks/addfollow", "/api/v2/mycloaks/delfollow", "/api/v2/cloaks/prefix",
	"/api/v2/cloaks/check", "/api/v2/cloaks/search", "/api/v2/cloaks", "/api/v2/cloaks/detail/", "/API/v2/Cloaks/Token",
	"/api/v2/photos", "/api/v2/photos/export", "/api/v2/photos/delete", "/api/v2/photos/look", "/api/v2/account",
	"/api/v2/account/update", "/api/v2/pictures/noimage.jpg",
	"/avatar/v1/AccessToken", "/avatar/v1/Avatar/1/FittingRoom/Select", "/fit/signin", "/fit/consent", "/avatar/v1/nowhere",
	"/docs", "/docs/crm/", "/docs/ydits/openapi.yaml", "/docs/assets/docs.css", "/docs/nowhere",
	"/user/list", "/user/nowhere", "/", "/api/v2/nowhere",
	"/cv.net_other/isql/api/Auth.aspx", "/Auth.aspx", "/crm/auth",
}

// shopCanaryPaths are what a shop may do with its customers.
var shopCanaryPaths = []string{"/user/list", "/user/create", "/user/info", "/user/detail?id=1", "/user/update", "/user/delete?id=1"}

// crmCanaryPaths are the CRM's pages under each prefix that is served, in any
// letter case, and under one that is not; and what they are inside.
var crmCanaryPaths = func() (paths []string) {
	for _, page := range crmPageNames {
		paths = append(paths, crmPages+page+".aspx", "/"+page+".aspx")
	}
	return append(paths, "/CV.NET_adi-mo/ISQL/api/SET_userpoint.ASPX", "/Set_UserInfo2.aspx/",
		"/cv.net_other/isql/api/Auth.aspx", crmPages+"Get_UserInfo.aspx", "/crm/auth", "/crm/get_userpoint")
}()

// customerCanaryPaths are what the CRM does with a customer who is known, what takes
// something away last.
var customerCanaryPaths = []string{
	crmPages + "Get_UserPoint.aspx?user_code=" + crmCustomer,
	crmPages + "Set_UserPoint.aspx?sales_date=20140501&sales_division=10&sales_shop=0001&register_no=01&receipt_no=000123&get_point=1&use_point=0",
	crmPages + "Get_UserInfo2.aspx?uuid=000111222eeefff", crmPages + "Get_SalesInfo.aspx?month=201404&user_code=" + crmCustomer,
	crmPages + "Set_UserInfo2.aspx?Segment=1&user_code=" + crmCustomer, crmPages + "Set_Password.aspx?user_pasword=okamoto1",
	crmPages + "Set_DelFlg.aspx?user_code=" + crmCustomer,
}

// memberCanaryPaths are what a member of PhotoCloak may do with their cloaks, what
// takes something away last.
var memberCanaryPaths = []string{
	"/api/v2/mycloaks/", "/api/v2/mycloaks/list?vm=all", "/api/v2/mycloaks/addfollow?ci=1", "/api/v2/mycloaks/delfollow?ci=1",
	"/api/v2/cloaks/prefix", "/api/v2/cloaks/check?pd=ume&no=11", "/api/v2/cloaks/search", "/api/v2/cloaks?ci=1",
	"/api/v2/cloaks/detail/?ci=2", "/api/v2/cloaks/token?ci=1", "/api/v2/photos?ci=1&cd=1", "/api/v2/photos/export?ci=1&cd=1",
	"/api/v2/photos/look?cd=1", "/api/v2/account", "/api/v2/account/update", "/api/v2/mycloaks/complete?ci=1&st=1",
	"/api/v2/photos/delete?ci=1&cd=2", "/api/v2/mycloaks/delete?ci=2",
}

// canaryNames are the parameters of the APIs, misspelt ones, and ones that
// nobody knows.
var canaryNames = []string{
	"key", "KEY", "kye", "email", "password", "reminder_answer", "secret_key", "name01", "name02", "data",
	"mail", "pass", "uuid", "softname", "softid", "name", "access_token", "x",
	"username", "refresh_token", "client_id", "client_secret", "LK", " lk ", "tg", "nm", "dc", "an",
	"login_id", "user_loginid", " user_ loginid", "user_pasword", "user_new_pasword", "user_new_password", "tokenid", "Token",
	"hintcode", "hintans", "user_code", "user_tel", "Kana", "Postalcode", "address1", "tel1", "Tel2", "Memo", "expandmemo",
	"user_remarks", "get_point", "use_point", "Attribute1", "sales_shop_", "receipt-no", "segment.", "ASP.NET_SessionId", ".ASPXAUTH",
}

// canaryPass is a way to send canaries to some paths.
type canaryPass struct {
	site  string
	host  string // whom it asks, "" for the site itself
	paths []string
	known string                // what lets each call come further
	but   []string              // names that would not let it
	as    func(r *http.Request) // who is calling, nil for somebody whom nobody knows
	more  func(path string) []cargo
}

// A canary in every parameter, header and body value that is not declared
// harmless comes out in no log line, no span, no metric, no row of the census and
// no refusal, whatever the operation makes of it, and whoever sends it. What lets
// a caller in is no less secret: the key, the bearer token, the cloak token, the
// CRM's session and what its pages answer.
func TestNoSecretComesOut(t *testing.T) {
	w := startWatched(t)
	register := newProgram()
	session, err := register.auth(w.crm, crmLogin, crmPass)
	customer := register.mustCall(t, w.crm, "Get_UserToken", "user_loginid", "okamoto", "user_pasword", "okamoto1")
	if err != nil || session.Token == "" || customer.TokenID == "" {
		t.Fatalf("Auth: %+v, %v; Get_UserToken: %+v", session, err, customer)
	}
	key, bearer, opened := newSite(t, w.gateway, 7), demoToken(t, w.gateway), cloakToken(t, w.gateway)
	w.secrets = append(w.secrets, key, "demo-secret", "ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ", "umi2018", session.Token, customer.TokenID, "okamoto1", bearer, opened)

	client := func(r *http.Request) { r.SetBasicAuth("demo-client", "demo-secret") }
	member := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+bearer) }
	holder := func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Set("X-PhotoCloakToken", opened)
	}
	person := func(r *http.Request) { r.Header.Del("Origin") } // or the page takes the form for another site's
	for _, p := range []canaryPass{
		{site: w.url, paths: canaryPaths},
		{site: w.url, paths: shopCanaryPaths, known: "sid=7&key=" + key},
		{site: w.crm, paths: crmCanaryPaths, known: "Token=" + session.Token},
		{site: w.crm, paths: customerCanaryPaths, known: "Token=" + session.Token + "&tokenid=" + customer.TokenID},
		{site: w.url, paths: []string{"/ydits-api/ydits-account/regist.php?g=true", "/ydits-api/ydits-account/inquiry.php?g=true"}, as: person},
		{
			site: w.url, paths: []string{"/api/v2/auth/token?grant_type=password", "/oauth2/token?grant_type=refresh_token"},
			but: []string{"client_id", "client_secret"}, as: client,
		},
		{site: w.url, paths: []string{"/api/v2/cloaks?ci=2", "/api/v2/cloaks/detail/?ci=2", "/api/v2/photos?ci=2&cd=3", "/api/v2/photos/look?cd=3"}, as: holder},
		{site: w.url, paths: memberCanaryPaths, as: member, more: w.photos},
		{site: w.url, host: "photocloak.localhost", paths: []string{"/api/v2/account"}, as: member},
		{site: w.url, host: "customers.localhost", paths: []string{"/user/list"}, known: "sid=7&key=" + key},
		{site: w.url, host: "ydits.localhost", paths: []string{"/ydits-api/ydits-account/regist.php?g=true"}},
		{site: w.url, host: "avatarplay.localhost", paths: []string{"/fit/consent"}},
		{site: w.url, host: "crm.localhost", paths: []string{"/Auth.aspx"}},
		{site: w.metrics, paths: []string{"/metrics", "/healthz/live", "/healthz/ready", "/nowhere"}},
	} {
		w.pass(p)
	}
	if w.signedUp == 0 {
		t.Error("no page answered a TokenID: nobody was signed up")
	}
	w.staysInside("photocloak", "customers", "ydits", "crm")
}

// pass sends canaries to each path.
func (w *watched) pass(p canaryPass) {
	w.t.Helper()
	names := slices.DeleteFunc(slices.Clone(canaryNames), func(name string) bool { return slices.Contains(p.but, name) })
	for _, path := range p.paths {
		path, known, _ := strings.Cut(path, "?")
		known = strings.Trim(p.known+"&"+known, "&")
		for _, method := range canaryMethods {
			sent := w.cargoes(method, known, names)
			if p.more != nil && method == http.MethodPost {
				sent = append(sent, p.more(path)...)
			}
			for _, s := range sent {
				request := w.request(method, p.site+path, s)
				request.Host = p.host
				if p.as != nil {
					p.as(request)
				}
				w.send(unled, request)
			}
		}
	}
}

// unled is a client that goes nowhere else.
var unled = &http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// watched is a gateway that tells all it can, and what it may not tell.
type watched struct {
	*gateway
	secrets  []string
	canaries int // so many were sent
	logged   int // so many requests must be in the access log
	signedUp int // so many TokenIDs were answered
}

// startWatched starts a gateway whose log is that of DEBUG, with its spans between
// the lines.
func startWatched(t *testing.T) *watched {
	t.Helper()
	return &watched{gateway: startGateway(t, "SEKISHO_LOG_LEVEL=DEBUG", "OTEL_TRACES_EXPORTER=console"), secrets: []string{"canary"}}
}

// canary gives the next one.
func (w *watched) canary() string {
	w.canaries++
	return fmt.Sprintf("canary%dcanary", w.canaries)
}

// canaryFor gives the next one in the form that a parameter must have.
func (w *watched) canaryFor(name string) string {
	if name == "mail" || name == "email" {
		return w.canary() + "@example.com"
	}
	return w.canary()
}

// answeredTokens are secrets in answers.
var answeredTokens = regexp.MustCompile(`"(Token|TokenID|CloakToken|access_token|refresh_token)":"([^"]{16,})"`)

// send sends a request, whose canaries no refusal may give back.
func (w *watched) send(client *http.Client, request *http.Request) {
	w.t.Helper()
	if "http://"+request.URL.Host != w.metrics { // which keeps no access log
		w.logged++
	}
	response, err := client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, token := range answeredTokens.FindAllSubmatch(body, -1) {
		w.secrets = append(w.secrets, string(token[2]))
		if string(token[1]) == "TokenID" {
			w.signedUp++
		}
	}
	if refuses(request.URL.Path, response.StatusCode, body) && strings.Contains(echoed.ReplaceAllString(string(body), ""), "canary") {
		w.t.Errorf("%s %s is answered %s\n%.2000s", request.Method, request.URL.Path, response.Status, body)
	}
}

// echoed is the field of a form that is to be corrected: all that a refusal gives
// back of what was sent, but for numbers, which are harmless.
var echoed = regexp.MustCompile(`<input id="(login|nickname|name|mail)"[^>]*value="[^"]*"`)

// refuses says whether an answer is a refusal, whose status may well be 200. That
// of the customers' API with 400 tells callers their own value, as documented.
func refuses(path string, status int, body []byte) bool {
	var codes struct {
		StatusCode string // the CRM's
		ResultCode int    // that of YDITS
	}
	_ = json.Unmarshal(body, &codes) // pages and photos have neither
	switch {
	case status == http.StatusBadRequest && strings.HasPrefix(path, "/user/"):
		return false
	case codes.StatusCode != "" && codes.StatusCode != "0", codes.ResultCode != 0 && codes.ResultCode != http.StatusOK:
		return true
	}
	return status >= http.StatusBadRequest || bytes.Contains(body, []byte(`id="problem"`))
}

// staysInside ends the gateway, and looks for secrets in its metrics, its census
// and its log with the spans, which must tell of all requests; each operation of
// the APIs must have come to look at what was sent.
func (w *watched) staysInside(apis ...string) {
	w.t.Helper()
	status, metrics, err := send(client, http.MethodGet, w.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("the metrics: %d, %v", status, err)
	}
	for _, operation := range unreached(metrics, apis) {
		w.t.Errorf("no canary came beyond the guard of %s", operation)
	}
	w.stop()
	log := w.log.String()
	if lines := strings.Count(log, "handled request"); lines < w.logged {
		w.t.Fatalf("only %d access lines of %d: the test did not see the log", lines, w.logged)
	}
	if spans := strings.Count(log, `"Key":"http.response.status_code"`); spans < w.logged {
		w.t.Fatalf("only %d spans of %d: the test did not see the traces", spans, w.logged)
	}
	census := w.run("census", "--csv")
	if rows := strings.Count(census, "\n"); rows < 20 {
		w.t.Fatalf("only %d rows of the census:\n%s", rows, census)
	}
	slices.Sort(w.secrets)
	w.secrets = slices.Compact(w.secrets)
	for where, text := range map[string]string{"log": log, "metrics": metrics, "census": census} {
		text = strings.ToLower(text)
		for _, secret := range w.secrets {
			if at := strings.Index(text, strings.ToLower(secret)); at >= 0 {
				w.t.Errorf("%s came out in the %s:\n%s", secret, where, text[max(0, at-1000):min(len(text), at+200)])
			}
		}
	}
}

// unreached are the operations of the APIs of which nothing was answered but that
// nobody knows the caller, or the method.
func unreached(metrics string, apis []string) (operations []string) {
	reached := map[string]bool{}
	for line := range strings.Lines(metrics) {
		operation := label(line, "api") + " " + label(line, "operation")
		switch name, _, _ := strings.Cut(line, "{"); {
		case !slices.Contains(apis, label(line, "api")):
		case name == "sekisho_failures_total" && !reached[operation]:
			reached[operation] = false
		case name == "sekisho_requests_total":
			unlet := []string{"unauthorized", "missing", "too_many", "method_not_allowed"}
			reached[operation] = reached[operation] || !slices.Contains(unlet, label(line, "outcome"))
		}
	}
	for operation, was := range reached {
		if !was && !strings.HasSuffix(operation, " none") {
			operations = append(operations, operation)
		}
	}
	return operations
}

var canaryMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead}

// cargo is what a request holds beside its headers.
type cargo struct{ query, contentType, body string }

// cargoes put canaries into the query, a form of either kind and JSON, beside what
// is known and lets a call come further. A method that is only refused gets one.
func (w *watched) cargoes(method, known string, names []string) []cargo {
	values, sent := w.values(known, names), w.values("", names).Encode()
	form := cargo{known, formEncoding, known + "&" + values.Encode()}
	asked := []cargo{
		{query: known + "&" + values.Encode()},
		{query: known + "&" + w.canary()},
		{query: known + "&%zz" + w.canary() + "&;x=" + w.canary()},
	}
	switch method {
	case http.MethodGet:
		return append(asked, form, cargo{query: sent})
	case http.MethodPost:
		object := w.object(names)
		return append(
			asked, form,
			cargo{known, "application/json", object},
			cargo{known, "application/json", `{"data":[` + object + `]}`},
			cargo{known, "application/json", `{"data":[{"customer_id":"1","email":"` + w.canary() + `"}]}`},
			cargo{known, "application/json", `{"data":[{"email":"` + w.canary()},
			w.parts(known, values, w.canary()),
			cargo{known, "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"lk\"\r\n" + w.canary() + "\r\n\r\n" + w.canary()},
		)
	}
	return []cargo{form}
}

// values are canaries under all names but those that are known.
func (w *watched) values(known string, names []string) url.Values {
	there, _ := url.ParseQuery(known)
	values := url.Values{}
	for _, name := range names {
		if !there.Has(name) {
			values.Set(name, w.canaryFor(name))
		}
	}
	return values
}

// object is a customer, or a whole request, in JSON.
func (w *watched) object(names []string) string {
	fields := []string{`"customer_id":"1"`}
	for _, name := range names {
		fields = append(fields, fmt.Sprintf("%q:%q", name, w.canaryFor(name)))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// parts is a form in parts, the last of which is a file.
func (w *watched) parts(known string, values url.Values, file string) cargo {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	there, _ := url.ParseQuery(known)
	for _, fields := range []url.Values{there, values} {
		for name := range fields {
			_ = form.WriteField(name, fields.Get(name)) // into memory
		}
	}
	part, _ := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="photo"; filename="` + w.canary() + `.jpg"`},
		"Content-Type":        {"image/jpeg"},
		"X-Unknown":           {w.canary()},
	})
	_, _ = io.WriteString(part, file)
	_ = form.Close()
	return cargo{known, form.FormDataContentType(), body.String()}
}

// photos are uploads: no photo, and one with a canary in its comment and behind
// its end, as they are and in a form.
func (w *watched) photos(path string) (all []cargo) {
	w.t.Helper()
	if path != "/api/v2/photos" {
		return nil
	}
	const known = "ci=1"
	comment := jpegtest.Segment(0xfe, []byte(w.canary()))
	photo := string(slices.Insert(written(w.t, camera(16, 16, 1, false)), 2, comment...)) + w.canary()
	for _, file := range []string{w.canary(), "\xff\xd8" + w.canary(), photo} {
		all = append(all, cargo{known, "image/jpeg", file}, w.parts(known, nil, file))
	}
	return all
}

// request has canaries in its headers and cookies too.
func (w *watched) request(method, address string, s cargo) *http.Request {
	w.t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(s.body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.URL.RawQuery = strings.TrimPrefix(s.query, "&")
	request.Header.Set("Content-Type", s.contentType)
	request.SetBasicAuth(w.canary(), w.canary())
	request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	request.Header.Set("Tracestate", "vendor="+w.canary())
	request.Header.Set("Baggage", "x="+w.canary())
	for _, name := range []string{"Cookie", "Token", "X-PhotoCloakToken", "X-Unknown", "Referer", "X-Forwarded-For", "Origin"} {
		request.Header.Set(name, "https://"+w.canary()+"/?key="+w.canary())
	}
	for _, name := range []string{"ASP.NET_SessionId", ".ASPXAUTH", "user_pasword", "unknown"} {
		request.AddCookie(&http.Cookie{Name: name, Value: w.canary()})
	}
	return request
}

// What is harmless can be read in the access log, on the path as it was asked
// for.
func TestHarmlessParametersShow(t *testing.T) {
	g := startGateway(t)
	for _, asked := range []string{
		crmPages + "Set_UserPoint.aspx?sales_date=20140501&sales_division=10&sales_shop=0001&register_no=01&receipt_no=000123",
		"/CV.NET_Adi-mo/iSQL/api/SET_userpoint.ASPX?Sales_Shop=0001&RECEIPT_NO=000123",
		"/Get_SalesInfo.aspx?month=201404&count=10",
		"/cv.net_adi-mo/ISQL/api/Set_UserInfo2.aspx/?Segment=2",
	} {
		for _, site := range []string{g.crm, g.url} {
			if status, _, err := send(client, http.MethodGet, site+asked+"&user_code=1234567890123&user_pasword=okamoto1", "", ""); err != nil || status != http.StatusOK {
				t.Fatalf("%s: %d, %v", asked, status, err)
			}
		}
		line := `"uri":"` + asked + `&user_code=***&user_pasword=***"`
		eventually(t, 5*time.Second, "the access log shows "+asked, func() bool {
			return strings.Count(g.log.String(), line) >= 2
		})
	}
}
