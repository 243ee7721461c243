package acceptance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// Whether PostgreSQL or Redis is gone or hangs: each API says within two
// seconds, in its own shape, that the failure is ours, and answers again by
// itself once the server is back.
func TestOutageIsAnsweredInTheFamilysShape(t *testing.T) {
	for _, which := range []string{"PostgreSQL", "Redis"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			postgres := startServer(t, servers.Postgres)
			redis := startServer(t, servers.Redis) // durable: what it kept before is there after
			env := []string{"SEKISHO_DATABASE=" + postgres.URL, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + storetest.Secret}
			migrate(t, env...)
			server := map[string]*servers.Server{"PostgreSQL": postgres, "Redis": redis}[which]
			expectOutages(t, startGateway(t, env...), map[string]outage{
				"gone":    {server.Kill, server.Restart},
				"hanging": {server.Pause, func() error { server.Resume(); return nil }},
			})
		})
	}
}

// outage is one of a server that a gateway stands on.
type outage struct {
	begin func()
	end   func() error
}

func expectOutages(t *testing.T, g *gateway, outages map[string]outage) {
	caller := newProgram()
	caller.mustAuth(t, g.crm)
	yuki := newDresser(t)
	yuki.signsUp(g, "yuki")
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			expectAnswers(t, g, http.StatusOK, `{"status":true,`, `"resultcode":200`)
			expectPhotoCloak(t, g, http.StatusOK, `{"access_token":"`, `{"AccountName":"海山太郎"`)
			expectCRM(t, g, caller, "0", "0")
			expectAvatarPlay(t, g, yuki, http.StatusOK, `{"url":"`, "ゆきさんのアバター")
			defer watchCRM(t, g, caller)()
			outage.begin()
			time.Sleep(4 * time.Second) // beyond what a gateway may remember of a site
			expectAnswers(t, g, http.StatusInternalServerError, `{"status":false,"message":"error",`, `"resultcode":500`)
			expectPhotoCloak(t, g, http.StatusInternalServerError, `{"error":"server_error","error_description":"`, `{"errors":[{"errorCode":"internal_error",`)
			expectCRM(t, g, caller, "-3", "-8005")
			expectAvatarPlay(t, g, yuki, http.StatusInternalServerError, `{"error":{"code":500,"errors":[{"domain":"global","message":"`, "ただいまご利用になれません")
			if err := outage.end(); err != nil {
				t.Fatal(err)
			}
			awaitHealing(t, g, caller)
		})
	}
}

// expectCRM opens a session, and with the one from before asks for a customer's
// points: the failure has a reference by which the operator finds it in the log.
func expectCRM(t *testing.T, g *gateway, caller program, auth, points string) {
	t.Helper()
	for _, page := range []struct{ name, code string }{{"Auth", auth}, {"Get_UserPoint", points}} {
		var answer crmAnswer
		storetest.InTime(t, page.name, 2*time.Second, func() {
			answer = caller.mustCall(t, g.crm, page.name, "login_id", crmLogin, "password", crmPass, "user_code", crmCustomer)
			if answer.StatusCode != page.code {
				t.Errorf("%s answered %+v; want %s", page.name, answer, page.code)
			}
		})
		if page.code != "0" {
			expectReference(t, g, answer.Status)
		}
	}
}

// expectAvatarPlay begins a linking as the demo's app, and opens a page as somebody
// who is signed in: an outage never sends them to the sign-in.
func expectAvatarPlay(t *testing.T, g *gateway, d *dresser, status int, answer, page string) {
	t.Helper()
	storetest.InTime(t, "ConnectUrl", 2*time.Second, func() {
		got, body := g.get(connectCall)
		if got != status || !strings.HasPrefix(body, answer) {
			t.Errorf("ConnectUrl answered %d %s; want %d %s…", got, body, status, answer)
		}
	})
	storetest.InTime(t, "the dressing page", 2*time.Second, func() {
		if v := d.opens(g, "/fit/dress"); v.status != status || !strings.Contains(v.page, page) {
			t.Errorf("the dressing page is answered %d %.400s; want %d …%s", v.status, v.page, status, page)
		}
	})
}

// expectReference looks for the log line of a failure of the gateway's own.
func expectReference(t *testing.T, g *gateway, words string) {
	t.Helper()
	reference, ok := strings.CutPrefix(words, "内部エラー: ")
	if !ok || len(reference) != 10 {
		t.Errorf("the words are %q; want 内部エラー and a reference", words)
		return
	}
	eventually(t, 5*time.Second, "the reference is in the log", func() bool {
		for line := range strings.Lines(g.log.String()) {
			if strings.Contains(line, `"reference":"`+reference+`"`) {
				return strings.Contains(line, `"msg":"answering failed"`)
			}
		}
		return false
	})
}

// watchCRM asks all the while, over an outage from before its beginning to after
// its end: nobody is ever told that a password is wrong or a session over.
func watchCRM(t *testing.T, g *gateway, caller program) (stop func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	for page, may := range map[string][]string{"Auth": {"0", "-3"}, "Get_UserPoint": {"0", "-8005"}} {
		watching.Go(func() {
			watcher := caller.beside()
			parameters := url.Values{"login_id": {crmLogin}, "password": {crmPass}, "user_code": {crmCustomer}}
			for {
				select {
				case <-done:
					return
				case <-time.After(25 * time.Millisecond): // an Auth costs a hash
				}
				if answer, err := watcher.call(g.crm, page, parameters); err != nil || !slices.Contains(may, answer.StatusCode) {
					t.Errorf("%s was answered %+v, %v", page, answer, err)
				}
			}
		})
	}
	return func() { close(done); watching.Wait() }
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
	connectCall   = "/avatar/v1/ConnectUrl?codeChallenge=f39cbe2061f39cbe2061f39cbe2061f39cbe2061f39cbe2061f39cbe2061abcd&redirectUri=http%3A%2F%2Flocalhost%3A9000%2Fcallback&scope=AvatarLoad&key=demo-api-key"
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

func awaitHealing(t *testing.T, g *gateway, caller program) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		status, _ := g.get(customersCall)
		_, ydits := g.post(yditsCall, "application/json", yditsBody)
		token, _ := tokenFor(t, g, demoMail, demoPass)
		auth, err := caller.auth(g.crm, crmLogin, crmPass)
		connect, _ := g.get(connectCall)
		if status == http.StatusOK && strings.Contains(ydits, `"resultcode":200`) && token == http.StatusOK && err == nil && auth.StatusCode == "0" &&
			connect == http.StatusOK {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("it did not heal: customers %d, YDITS %s, the CRM %+v, Avatar Play %d", status, ydits, auth, connect)
		}
	}
}
