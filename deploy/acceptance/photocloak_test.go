package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// The demo's member and app.
const (
	demoMail = "umiyama@example.com"
	demoPass = "umiyama1"
)

const demoAccount = `{"AccountName":"海山太郎","Email":"umiyama@example.com","MaxCloakCount":"3"}`

// demoToken logs the demo's member in.
func demoToken(t *testing.T, g *gateway) string {
	t.Helper()
	status, answer := tokenFor(t, g, demoMail, demoPass)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(answer), &token); err != nil || status != http.StatusOK || token.AccessToken == "" {
		t.Fatalf("no token: %d %s", status, answer)
	}
	return token.AccessToken
}

func tokenFor(t *testing.T, g *gateway, mail, pass string) (int, string) {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "username": {mail}, "password": {pass}}
	return g.call(http.MethodPost, "/api/v2/auth/token", form.Encode(), "Authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=")
}

// call sends one request with headers; a body is a form.
func (g *gateway) call(method, path, body string, headers ...string) (int, string) {
	g.t.Helper()
	request, err := http.NewRequest(method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, string(answer)
}

// Go's own OAuth library works as it is: a token for a password, and a new one
// by itself once that has run out.
func TestGoOAuth2Client(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	app := &oauth2.Config{
		ClientID: "demo-client", ClientSecret: "demo-secret",
		Endpoint: oauth2.Endpoint{TokenURL: g.url + "/api/v2/auth/token"},
	}
	first, err := app.PasswordCredentialsToken(t.Context(), demoMail, demoPass)
	if err != nil {
		t.Fatal(err)
	}
	expectAccount(t, g, app.Client(t.Context(), first))

	outrun := *first
	outrun.Expiry = time.Now().Add(-time.Second)
	expectAccount(t, g, app.Client(t.Context(), &outrun))
	eventually(t, 5*time.Second, "the old token is dead", func() bool {
		status, _ := g.call(http.MethodGet, "/api/v2/account", "", "Authorization", "Bearer "+first.AccessToken)
		return status == http.StatusUnauthorized
	})
}

func expectAccount(t *testing.T, g *gateway, as *http.Client) {
	t.Helper()
	response, err := as.Get(g.url + "/api/v2/account")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || string(body) != demoAccount {
		t.Errorf("the account is %d %s, %v", response.StatusCode, body, err)
	}
}

// eventually waits for what is promised within a time, four times as long: the machine
// may be busy. That the promise is kept to the second, tests with a stepped clock show.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 4*within {
			t.Fatalf("after four times %s it does not hold that %s", within, what)
		}
	}
}

// So does the one that most apps for Node.js use.
func TestSimpleOAuth2Client(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	folder := npmInstall(t, "simple-oauth2")
	got := runIn(t, folder, "node", "client.mjs", g.url)
	want := fmt.Sprintf("200 %s\n200 %s\n400 %s\n", demoAccount, demoAccount,
		`{"error":"invalid_grant","error_description":"ユーザーIDまたはパスワードが正しくありません。"}`)
	if got != want {
		t.Errorf("the client printed\n%s\nwant\n%s", got, want)
	}
}

// npmInstall gives a copy of a folder of testdata with the packages that it asks
// for, each with the hash that its lock file names.
func npmInstall(t *testing.T, name string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	runIn(t, folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	return folder
}

func runIn(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.WaitDelay = folder, 5*time.Second
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
