package acceptance

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
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

// What is harmless can be read in the access log, on the path as it was asked
// for.
func TestHarmlessParametersShow(t *testing.T) {
	t.Parallel()
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
