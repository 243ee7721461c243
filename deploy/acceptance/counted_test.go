package acceptance

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// countedCall is a call, and what those who watch are told of it.
type countedCall struct {
	what    string
	api     string
	method  string
	address string // on the trying-out site
	form    string
	headers []string // pairs of names and values

	// What became of it, and the code that its client read.
	operation, outcome, code string

	// Who called, as far as that was proved, and from what family of clients.
	caller, family string
}

// Families of clients, by what they call themselves.
var (
	asGo      = []string{}
	asAndroid = []string{"User-Agent", "okhttp/2.7.5"}
	asDotNet  = []string{"User-Agent", "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.8669)"}
	asKeitai  = []string{"User-Agent", "DoCoMo/2.0 P900i(c100;TB;W24H12)"}
)

// Each call is counted once, under its operation, what became of it and the code
// that its client read; and the census has who called: the site, app, client or
// system login, where it proved to be one.
func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	token, register := demoToken(t, g), newProgram()
	register.mustAuth(t, g.url)
	home, _ := url.Parse(g.url)
	var cookies []string
	for _, cookie := range register.Jar.Cookies(home) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}

	// Headers of a caller of some family.
	by := func(family []string, more ...string) []string { return append(more, family...) }
	client := by(asAndroid, "Authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=")
	imposter := by(asAndroid, "Authorization", "Basic ZGVtby1jbGllbnQ6d3Jvbmc=") // demo-client:wrong
	member := by(asAndroid, "Authorization", "Bearer "+token)
	session := by(asDotNet, "Cookie", strings.Join(cookies, "; "))
	const (
		issue = "/ydits-api/ydits-account/auth.php?step=1"
		login = "grant_type=password&username=" + demoMail + "&password="
		sale  = "sales_date=20140501&sales_division=10&sales_shop=0001&register_no=01&receipt_no=000123&get_point=58&use_point=0"
	)

	seen := map[censusRow]int{} // by this test's calls, and the two that went before
	seen[censusRow{"photocloak", "token", "demo-client", "Go"}]++
	seen[censusRow{"crm", "auth", "adi-mo/demo", "Go"}]++
	for _, c := range []countedCall{
		{"a shop's list", "customers", "GET", "/user/list?sid=3&key=" + shopKey, "", asGo, "list", "ok", "200", "3", "Go"},
		{"a wrong key", "customers", "GET", "/user/list?sid=3&key=wrong", "", asGo, "list", "unauthorized", "401", "", "Go"},
		{"no mail address", "customers", "GET", "/user/info?sid=3&key=" + shopKey, "", asGo, "info", "missing", "400", "3", "Go"},
		{"a wrong method", "customers", "DELETE", "/user/list?sid=3&key=" + shopKey, "", asGo, "none", "method_not_allowed", "405", "", "Go"},

		{"a key for a program", "ydits", "POST", issue, "mail=example@example.com&pass=example_a", asGo, "issue", "ok", "200", "", "Go"},
		{"a wrong password", "ydits", "POST", issue, "mail=example@example.com&pass=wrong", asGo, "issue", "unauthorized", "406", "", "Go"},
		{"no step", "ydits", "POST", "/ydits-api/ydits-account/auth.php", "", asGo, "none", "malformed", "400", "", "Go"},
		{"the form", "ydits", "GET", "/ydits-api/ydits-account/regist.php?g=true", "", asKeitai, "regist_page", "ok", "200", "", "i-mode"},
		{"a wrong method", "ydits", "GET", issue, "", asGo, "none", "method_not_allowed", "405", "", "Go"},

		{"an echo", "avatarplay", "GET", "/avatar/v1/Echo?message=hello&key=demo-api-key", "", asGo, "echo", "ok", "200", "5695024129900544", "Go"},
		{"a wrong key", "avatarplay", "GET", "/avatar/v1/Echo?message=hello&key=wrong", "", asGo, "echo", "unauthorized", "authError", "", "Go"},
		{"no such avatar", "avatarplay", "GET", "/avatar/v1/Avatar/1?key=demo-api-key", "", asGo, "avatar", "not_found", "notFound", "5695024129900544", "Go"},
		{"a page for a telephone", "avatarplay", "GET", "/fit/signin", "", asKeitai, "fit_sign_in_page", "ok", "200", "", "i-mode"},
		{"a wrong method", "avatarplay", "DELETE", "/avatar/v1/Echo?key=demo-api-key", "", asGo, "none", "method_not_allowed", "httpMethodNotAllowed", "", "Go"},

		{"a token", "photocloak", "POST", "/api/v2/auth/token", login + demoPass, client, "token", "ok", "200", "demo-client", "Android app"},
		{"a wrong password", "photocloak", "POST", "/api/v2/auth/token", login + "wrong", client, "token", "unauthorized", "invalid_grant", "demo-client", "Android app"},
		{"a wrong client", "photocloak", "POST", "/api/v2/auth/token", login + demoPass, imposter, "token", "unauthorized", "invalid_client", "", "Android app"},
		{"an account", "photocloak", "GET", "/api/v2/account", "", member, "account_show", "ok", "200", "demo-client", "Android app"},
		{"no token", "photocloak", "GET", "/api/v2/account", "", asAndroid, "account_show", "missing", "invalid_token", "", "Android app"},
		{
			"an invalid cloak token", "photocloak", "GET", "/api/v2/cloaks?ci=2", "", by(asAndroid, "X-PhotoCloakToken", "wrong"),
			"cloaks_show", "malformed", "invalid_cloaktoken", "", "Android app",
		},
		{"a wrong method", "photocloak", "DELETE", "/api/v2/account", "", member, "none", "method_not_allowed", "notallowed_method", "", "Android app"},

		{"a session", "crm", "POST", "/Auth.aspx", "login_id=demo&password=demo1234", asDotNet, "auth", "ok", "0", "adi-mo/demo", ".NET"},
		{"a wrong password", "crm", "POST", "/Auth.aspx", "login_id=demo&password=wrong", asDotNet, "auth", "unauthorized", "-2", "", ".NET"},
		{"a customer's points", "crm", "POST", "/Get_UserPoint.aspx", "user_code=" + crmCustomer, session, "get_userpoint", "ok", "0", "adi-mo/demo", ".NET"},
		{
			"a sale to nobody", "crm", "POST", crmPages + "Set_UserPoint.aspx", "user_code=0000000000000&" + sale, session,
			"set_userpoint", "not_found", "-9002", "adi-mo/demo", ".NET",
		},
		{"no session", "crm", "GET", "/Get_SalesInfo.aspx", "", asDotNet, "get_salesinfo", "unauthorized", "-33098", "", ".NET"},
		{"a wrong method", "crm", "DELETE", "/Get_UserPoint.aspx", "", session, "none", "method_not_allowed", "-8005", "", ".NET"},
	} {
		before := countedRequests(t, g)
		g.call(c.method, c.address, c.form, c.headers...)
		want := map[string]int{
			fmt.Sprintf(`sekisho_requests_total{api="%s",code="%s",operation="%s",outcome="%s"}`, c.api, c.code, c.operation, c.outcome): 1,
		}
		var grown map[string]int
		eventually(t, 5*time.Second, c.api+": "+c.what+" is counted", func() bool { // after the answer has left
			grown = countedRequests(t, g)
			maps.DeleteFunc(grown, func(series string, count int) bool { return count == before[series] })
			return len(grown) > 0
		})
		for series := range grown {
			grown[series] -= before[series]
		}
		if !maps.Equal(grown, want) {
			t.Errorf("%s: %s grew %v; want %v", c.api, c.what, grown, want)
		}
		seen[censusRow{c.api, c.operation, c.caller, c.family}]++
	}
	g.stop() // which writes the census
	written := writtenCensus(t, g)
	for row, calls := range seen {
		if written[row] != calls {
			t.Errorf("the census has %d calls of %q; want %d", written[row], row, calls)
		}
	}
	for row, calls := range written {
		if seen[row] == 0 {
			t.Errorf("the census has %d calls of %q; want none", calls, row)
		}
	}
}

// censusRow is what the census tells apart.
type censusRow struct{ api, operation, caller, family string }

// writtenCensus is how often each caller called, as `sekisho census` has it.
func writtenCensus(t *testing.T, g *gateway) map[censusRow]int {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(g.run("census", "--csv"))).ReadAll()
	if err != nil || len(lines) == 0 || !slices.Equal(lines[0][:5], []string{"api", "operation", "caller", "family", "calls"}) {
		t.Fatalf("the census is %v, %v", lines, err)
	}
	written := map[censusRow]int{}
	for _, line := range lines[1:] {
		calls, err := strconv.Atoi(line[4])
		if err != nil {
			t.Fatalf("the census has %q: %v", line, err)
		}
		written[censusRow{line[0], line[1], line[2], line[3]}] = calls
	}
	return written
}

// countedRequests are the series of sekisho_requests_total.
func countedRequests(t *testing.T, g *gateway) map[string]int {
	t.Helper()
	status, metrics, err := send(client, http.MethodGet, g.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("the metrics: %d, %v", status, err)
	}
	counted := map[string]int{}
	for line := range strings.Lines(metrics) {
		series, value, ok := cutLast(strings.TrimSpace(line))
		if count, err := strconv.Atoi(value); ok && err == nil && strings.HasPrefix(series, "sekisho_requests_total{") {
			counted[series] = count
		}
	}
	return counted
}
