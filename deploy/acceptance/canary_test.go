package acceptance

import (
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

// canaryPaths are every path of the APIs, and paths that nobody knows.
var canaryPaths = []string{
	"/user/list", "/user/info", "/user/detail", "/user/update", "/user/create", "/user/delete",
	"/ydits-api/ydits-account/auth.php", "/ydits-api/ydits-account/regist.php", "/ydits-api/ydits-account/inquiry.php",
	"/api/v2/auth/token", "/oauth2/token", "/api/v2/mycloaks/", "/api/v2/mycloaks/complete", "/api/v2/mycloaks/delete",
	"/api/v2/mycloaks/list", "/api/v2/mycloaks/addfollow", "/api/v2/mycloaks/delfollow", "/api/v2/cloaks/prefix",
	"/api/v2/cloaks/check", "/api/v2/cloaks/search", "/api/v2/cloaks", "/api/v2/cloaks/detail/", "/API/v2/Cloaks/Token",
	"/api/v2/photos", "/api/v2/photos/export", "/api/v2/photos/delete", "/api/v2/photos/look", "/api/v2/account",
	"/api/v2/account/update",
	"/avatar/v1/AccessToken", "/avatar/v1/Avatar/1/FittingRoom/Select", "/fit/signin", "/fit/consent", "/avatar/v1/nowhere",
	"/user/nowhere", "/", "/api/v2/nowhere",
}

// crmCanaryPaths are the CRM's pages under each prefix that is served, in any
// letter case, and under one that is not; and what they are inside.
var crmCanaryPaths = func() (paths []string) {
	for _, page := range crmPageNames {
		paths = append(paths, crmPages+page+".aspx", "/"+page+".aspx")
	}
	return append(paths, "/CV.NET_adi-mo/ISQL/api/SET_userpoint.ASPX", "/Set_UserInfo2.aspx/",
		"/cv.net_other/isql/api/Auth.aspx", crmPages+"Get_UserInfo.aspx", "/crm/auth", "/crm/get_userpoint")
}()

// canaryNames are the parameters of the APIs, misspelt ones, and ones that
// nobody knows.
var canaryNames = []string{
	"key", "KEY", "kye", "email", "password", "reminder_answer", "secret_key", "name01", "data",
	"mail", "pass", "uuid", "softname", "softid", "name", "access_token", "x",
	"username", "refresh_token", "client_id", "client_secret", "LK", " lk ", "tg", "nm", "dc", "an",
	"login_id", "user_loginid", " user_ loginid", "user_pasword", "user_new_pasword", "user_new_password", "tokenid", "Token",
	"hintcode", "hintans", "user_code", "user_tel", "Kana", "Postalcode", "address1", "tel1", "Tel2", "Memo", "expandmemo",
	"user_remarks", "get_point", "use_point", "Attribute1", "sales_shop_", "receipt-no", "segment.", "ASP.NET_SessionId", ".ASPXAUTH",
}

// A canary in every parameter, header and body value that is not declared
// harmless comes out in no log line, no span, no metric and no row of the census,
// whatever the operation makes of it. The CRM's session is open meanwhile, and what
// its pages answer is no less secret.
func TestNoSecretInAnyLogLine(t *testing.T) {
	g := startWatched(t)
	session, err := newProgram().auth(g.crm, crmLogin, crmPass)
	if err != nil || session.Token == "" {
		t.Fatalf("Auth: %+v, %v", session, err)
	}
	secrets := []string{"canary", session.Token}
	sent := 0
	canary := func() string { sent++; return fmt.Sprintf("canary%dcanary", sent) }
	known := "sid=3&step=1&g=false&key=00000000&Token=" + session.Token + "&"
	for site, paths := range map[string][]string{g.url: slices.Concat(canaryPaths, crmCanaryPaths), g.crm: crmCanaryPaths} {
		for _, path := range paths {
			for _, method := range canaryMethods {
				for _, request := range canaryRequests(t, method, site+path, known, canaryNames, canary) {
					secrets = append(secrets, tokenIDsIn(t, request)...)
				}
			}
		}
	}
	if len(secrets) == 2 {
		t.Fatal("no page answered a TokenID: nobody was signed up")
	}
	stayInside(t, g, secrets, (len(canaryPaths)+2*len(crmCanaryPaths))*32)
}

// startWatched starts a gateway that tells all it can: its log is that of DEBUG,
// and its spans stand between the lines.
func startWatched(t *testing.T) *gateway {
	t.Helper()
	return startGateway(t, "SEKISHO_LOG_LEVEL=DEBUG", "OTEL_TRACES_EXPORTER=console")
}

// stayInside ends the gateway, and looks for secrets in its metrics, its census and
// its log with the spans, which must tell of so many requests at least.
func stayInside(t *testing.T, g *gateway, secrets []string, requests int) {
	t.Helper()
	status, metrics, err := send(client, http.MethodGet, g.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("the metrics: %d, %v", status, err)
	}
	g.stop()
	log := strings.ToLower(g.log.String())
	if lines := strings.Count(log, "handled request"); lines < requests {
		t.Fatalf("only %d access lines: the test did not see the log", lines)
	}
	if spans := strings.Count(log, `"key":"http.response.status_code"`); spans < requests {
		t.Fatalf("only %d spans: the test did not see the traces", spans)
	}
	census := g.run("census", "--csv")
	if rows := strings.Count(census, "\n"); rows < 20 {
		t.Fatalf("only %d rows of the census:\n%s", rows, census)
	}
	for line := range strings.Lines(strings.Join([]string{log, strings.ToLower(metrics), strings.ToLower(census)}, "\n")) {
		for _, secret := range secrets {
			if strings.Contains(line, strings.ToLower(secret)) {
				t.Fatalf("%s came out:\n%s", secret, line)
			}
		}
	}
}

var canaryMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead}

// tokenIDsIn sends a request and gives the TokenIDs of its answer.
func tokenIDsIn(t *testing.T, request *http.Request) []string {
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
	return regexp.MustCompile(`[0-9a-f]{64}`).FindAllString(string(body), -1)
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

// canaryRequests puts canaries into the query, a form, JSON, headers and cookies,
// beside what is known and lets a call come further.
func canaryRequests(t *testing.T, method, address, known string, names []string, canary func() string) []*http.Request {
	t.Helper()
	values := url.Values{}
	var fields []string
	for _, name := range names {
		values.Set(name, canary())
		fields = append(fields, fmt.Sprintf("%q:%q", name, canary()))
	}
	object := "{" + strings.Join(fields, ",") + "}"
	type sending struct{ query, contentType, body string }
	var requests []*http.Request
	for _, s := range []sending{
		{query: values.Encode()},
		{query: known + values.Encode()},
		{query: known + canary()},
		{query: known + "%zz" + canary() + "&;x=" + canary()},
		{query: known, contentType: "application/x-www-form-urlencoded", body: values.Encode()},
		{query: known, contentType: "application/json", body: object},
		{query: known, contentType: "application/json", body: `{"data":[` + object + `]}`},
		{query: known, contentType: "application/json", body: `{"data":[{"email":"` + canary()},
	} {
		request, err := http.NewRequest(method, address, strings.NewReader(s.body))
		if err != nil {
			t.Fatal(err)
		}
		request.URL.RawQuery = s.query
		request.Header.Set("Content-Type", s.contentType)
		request.SetBasicAuth(canary(), canary())
		request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		request.Header.Set("Tracestate", "vendor="+canary())
		request.Header.Set("Baggage", "x="+canary())
		for _, name := range []string{"Cookie", "Token", "X-PhotoCloakToken", "X-Unknown", "Referer", "X-Forwarded-For", "Origin"} {
			request.Header.Set(name, "https://"+canary()+"/?key="+canary())
		}
		for _, name := range []string{"ASP.NET_SessionId", ".ASPXAUTH", "user_pasword", "unknown"} {
			request.AddCookie(&http.Cookie{Name: name, Value: canary()})
		}
		requests = append(requests, request)
	}
	return requests
}
