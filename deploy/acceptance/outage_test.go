package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// Whether PostgreSQL or Redis is gone or hangs: each API says within two
// seconds, in its own shape, that the failure is ours, and answers again by
// itself once the server is back.
func TestOutageIsAnsweredInTheFamilysShape(t *testing.T) {
	postgres, err := servers.Postgres(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(postgres.Stop)
	redis, err := servers.Redis(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Stop)
	env := []string{"SEKISHO_DATABASE=" + postgres.URL, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + storetest.Secret}
	migrate(t, env...)
	g := startGateway(t, env...)

	for name, outage := range map[string]struct {
		begin func()
		end   func() error
	}{
		"PostgreSQL gone":    {postgres.Kill, postgres.Restart},
		"PostgreSQL hanging": {postgres.Pause, func() error { postgres.Resume(); return nil }},
		"Redis gone":         {redis.Kill, redis.Restart},
		"Redis hanging":      {redis.Pause, func() error { redis.Resume(); return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			expectAnswers(t, g, http.StatusOK, `{"status":true,`, `"resultcode":200`)
			expectPhotoCloak(t, g, http.StatusOK, `{"access_token":"`, `{"AccountName":"海山太郎"`)
			outage.begin()
			time.Sleep(4 * time.Second) // beyond what a gateway may remember of a site
			expectAnswers(t, g, http.StatusInternalServerError, `{"status":false,"message":"error",`, `"resultcode":500`)
			expectPhotoCloak(t, g, http.StatusInternalServerError, `{"error":"server_error","error_description":"`, `{"errors":[{"errorCode":"internal_error",`)
			if err := outage.end(); err != nil {
				t.Fatal(err)
			}
			awaitHealing(t, g)
		})
	}
}

// expectPhotoCloak asks for a token, and with one from before for the account:
// an outage is never an answer that logs somebody out.
func expectPhotoCloak(t *testing.T, g *gateway, status int, token, account string) {
	t.Helper()
	storetest.InTime(t, "PhotoCloak's token", 2*time.Second, func() {
		got, answer := tokenFor(t, g, demoMail, demoPass)
		if got != status || !strings.HasPrefix(answer, token) {
			t.Errorf("the token endpoint answered %d %s; want %d %s…", got, answer, status, token)
		}
		if status == http.StatusOK {
			g.token = demoToken(t, g)
		}
	})
	storetest.InTime(t, "PhotoCloak's account", 2*time.Second, func() {
		got, answer := g.call(http.MethodGet, "/api/v2/account", "", "Authorization", "Bearer "+g.token)
		if got != status || !strings.HasPrefix(answer, account) {
			t.Errorf("the account was answered %d %s; want %d %s…", got, answer, status, account)
		}
	})
}

const (
	customersCall = "/user/detail?sid=3&key=00000000&id=1"
	yditsCall     = "/ydits-api/ydits-account/auth.php?step=1"
	yditsBody     = `{"mail":"example@example.com","pass":"example_a"}`
)

func expectAnswers(t *testing.T, g *gateway, customersStatus int, customersPart, yditsPart string) {
	t.Helper()
	storetest.InTime(t, "customers", 2*time.Second, func() {
		if status, answer := g.get(customersCall); status != customersStatus || !strings.HasPrefix(answer, customersPart) {
			t.Errorf("customers answered %d %s; want %d %s…", status, answer, customersStatus, customersPart)
		}
	})
	storetest.InTime(t, "YDITS", 2*time.Second, func() {
		if status, answer := g.post(yditsCall, "application/json", yditsBody); status != http.StatusOK || !strings.Contains(answer, yditsPart) {
			t.Errorf("YDITS answered %d %s; want 200 …%s", status, answer, yditsPart)
		}
	})
}

func awaitHealing(t *testing.T, g *gateway) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		status, _ := g.get(customersCall)
		_, ydits := g.post(yditsCall, "application/json", yditsBody)
		token, _ := tokenFor(t, g, demoMail, demoPass)
		if status == http.StatusOK && strings.Contains(ydits, `"resultcode":200`) && token == http.StatusOK {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("it did not heal: customers %d, YDITS %s", status, ydits)
		}
	}
}
