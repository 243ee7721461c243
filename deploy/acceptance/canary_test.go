package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
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
	"/user/nowhere", "/", "/api/v2/nowhere", "/Auth.aspx",
}

// canaryNames are the parameters of the APIs, misspelt ones, and ones that
// nobody knows.
var canaryNames = []string{
	"key", "KEY", "kye", "email", "password", "reminder_answer", "secret_key", "name01", "data",
	"mail", "pass", "uuid", "softname", "softid", "name", "access_token", "x",
	"username", "refresh_token", "client_id", "client_secret", "LK", " lk ", "tg", "nm", "dc", "an",
}

// A canary in every parameter, header and body value that is not declared
// harmless comes out in no log line, whatever the operation makes of it.
func TestNoSecretInAnyLogLine(t *testing.T) {
	g := startGateway(t, "SEKISHO_LOG_LEVEL=DEBUG")
	sent := 0
	canary := func() string { sent++; return fmt.Sprintf("canary%dcanary", sent) }
	for _, path := range canaryPaths {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead} {
			for _, request := range canaryRequests(t, method, g.url+path, canary) {
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
			}
		}
	}
	g.stop()

	log := g.log.String()
	if lines := strings.Count(log, "handled request"); lines < len(canaryPaths)*16 {
		t.Fatalf("only %d access lines: the test did not see the log", lines)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(strings.ToLower(line), "canary") {
			t.Fatalf("a canary of %d sent came out:\n%s", sent, line)
		}
	}
}

// canaryRequests puts canaries into the query, a form, JSON and headers.
func canaryRequests(t *testing.T, method, address string, canary func() string) []*http.Request {
	t.Helper()
	values := url.Values{}
	var fields []string
	for _, name := range canaryNames {
		values.Set(name, canary())
		fields = append(fields, fmt.Sprintf("%q:%q", name, canary()))
	}
	object := "{" + strings.Join(fields, ",") + "}"
	known := "sid=3&step=1&g=false&key=00000000&"
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
		for _, name := range []string{"Cookie", "Token", "X-PhotoCloakToken", "X-Unknown", "Referer", "X-Forwarded-For", "Origin"} {
			request.Header.Set(name, "https://"+canary()+"/?key="+canary())
		}
		requests = append(requests, request)
	}
	return requests
}
