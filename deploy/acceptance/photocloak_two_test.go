package acceptance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Two gateways over the same stores are one to PhotoCloak's apps and members.
func TestTwoPhotoCloaks(t *testing.T) {
	t.Parallel()
	gateways := twoGateways(t)
	first, second := gateways[0], gateways[1]
	app := newApp(t, first, "Android")
	const mail, pass = "hanako@example.com", "hanako12"
	feed(t, first, pass, "photocloak", "member", "add", "--mail", mail, "--name", "花子", "--pass-file", "-")

	issued := app.login(t, first, mail, pass)
	renewed := app.refresh(t, second, issued)
	if again := app.refresh(t, first, issued); again != renewed {
		t.Error("the lost answer to a refresh is another pair at the other gateway")
	}
	for number, g := range gateways {
		expectMember(t, number, g, renewed.Access, http.StatusOK)
		expectMember(t, number, g, issued.Access, http.StatusUnauthorized)
	}

	a := album{gateway: first, token: renewed.Access, id: addCloak(t, first, renewed.Access)}
	b := album{gateway: second, token: renewed.Access, id: a.id}
	t.Run("a photo", func(t *testing.T) {
		photo := written(t, camera(800, 600, 8, true))
		id := a.mustUpload(photo)
		if _, kept := b.fetch(id, 0); kept != string(photo) {
			t.Error("the original at the second gateway is not what the first was given")
		}
		for ps := 1; ps <= 2; ps++ {
			one, here := a.fetch(id, ps)
			other, there := b.fetch(id, ps)
			if here != there || one.Get("ETag") != other.Get("ETag") || one.Get("ETag") == "" {
				t.Errorf("ps=%d is %d bytes as %s at one, %d as %s at the other", ps, len(here), one.Get("ETag"), len(there), other.Get("ETag"))
			}
		}
		const looks = 60
		for look := range looks {
			if status, answer := gateways[look%2].call(http.MethodPost, "/api/v2/photos/look", "cd="+id); status != http.StatusOK {
				t.Fatalf("a look was answered %d %s", status, answer)
			}
		}
		eventually(t, 2*time.Second, "both tell all views", func() bool {
			return viewsOf(t, first, a.id) == looks && viewsOf(t, second, a.id) == looks
		})
		if status, answer := second.call(http.MethodPost, "/api/v2/photos/delete", "ci="+a.id+"&cd="+id, "Authorization", "Bearer "+renewed.Access); status != http.StatusOK {
			t.Fatalf("deleting it on the second: %d %s", status, answer)
		}
		if status, answer := first.get("/api/v2/photos?ps=1&ci=" + a.id + "&cd=" + id); !strings.Contains(answer, `"notfound_image"`) {
			t.Errorf("a photo that the second has deleted, at the first: %d %s", status, answer)
		}
	})

	t.Run("a changed password ends tokens", func(t *testing.T) {
		feed(t, second, "kawatta12", "photocloak", "member", "password", mail, "--pass-file", "-")
		expectRefused(t, gateways, renewed.Access)
		for number, g := range gateways {
			if answer := app.ask(t, g, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {renewed.Refresh}}); answer.Error != "invalid_grant" {
				t.Errorf("gateway %d: a refresh token from before is answered %+v", number+1, answer)
			}
			if answer := app.ask(t, g, passwordGrant(mail, pass)); answer.Error != "invalid_grant" {
				t.Errorf("gateway %d: the password from before is answered %+v", number+1, answer)
			}
		}
	})

	t.Run("a disabled client is refused", func(t *testing.T) {
		other := newApp(t, second, "iPhone")
		issued := other.login(t, first, mail, "kawatta12")
		other.login(t, second, mail, "kawatta12")
		first.run("photocloak", "client", "disable", other.id)
		expectRefused(t, gateways, issued.Access)
		eventually(t, 5*time.Second, "both refuse the client", func() bool {
			return other.ask(t, first, passwordGrant(mail, "kawatta12")).Error == "invalid_client" &&
				other.ask(t, second, passwordGrant(mail, "kawatta12")).Error == "invalid_client"
		})
		app.login(t, first, mail, "kawatta12") // another app of theirs goes on
	})

	t.Run("a disabled member is refused", func(t *testing.T) {
		issued := app.login(t, first, mail, "kawatta12")
		for number, g := range gateways {
			expectMember(t, number, g, issued.Access, http.StatusOK)
		}
		second.run("photocloak", "member", "disable", mail)
		expectRefused(t, gateways, issued.Access)
		for number, g := range gateways {
			for _, grant := range []url.Values{passwordGrant(mail, "kawatta12"), {"grant_type": {"refresh_token"}, "refresh_token": {issued.Refresh}}} {
				if answer := app.ask(t, g, grant); answer.Error != "invalid_grant" {
					t.Errorf("gateway %d: %s is answered %+v", number+1, grant.Get("grant_type"), answer)
				}
			}
		}
	})
}

// app is a client that was added on the command line.
type app struct{ id, secret string }

func newApp(t *testing.T, g *gateway, name string) app {
	t.Helper()
	out := g.run("photocloak", "client", "add", "--name", name)
	found := regexp.MustCompile(`client_id: (\S+)\n(?s:.*)client_secret, shown this once: (\S+)\n`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("no client in:\n%s", out)
	}
	return app{found[1], found[2]}
}

// feed runs a command that takes its secret from standard input.
func feed(t *testing.T, g *gateway, secret string, args ...string) {
	t.Helper()
	command := g.command(args...)
	command.Stdin = strings.NewReader(secret + "\n")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("sekisho %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// issue is what the token endpoint answers.
type issue struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

func (a app) ask(t *testing.T, g *gateway, grant url.Values) (answer issue) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(a.id + ":" + a.secret))
	status, text := g.call(http.MethodPost, "/api/v2/auth/token", grant.Encode(), "Authorization", "Basic "+basic)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || (status == http.StatusOK) != (answer.Error == "") {
		t.Fatalf("the token endpoint: %d %s, %v", status, text, err)
	}
	return answer
}

func passwordGrant(mail, pass string) url.Values {
	return url.Values{"grant_type": {"password"}, "username": {mail}, "password": {pass}}
}

func (a app) login(t *testing.T, g *gateway, mail, pass string) issue {
	t.Helper()
	answer := a.ask(t, g, passwordGrant(mail, pass))
	if answer.Access == "" {
		t.Fatalf("logging in: %+v", answer)
	}
	return answer
}

func (a app) refresh(t *testing.T, g *gateway, before issue) issue {
	t.Helper()
	answer := a.ask(t, g, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {before.Refresh}})
	if answer.Access == "" {
		t.Fatalf("refreshing: %+v", answer)
	}
	return answer
}

func accountOf(g *gateway, token string) (int, string) {
	g.t.Helper()
	return g.call(http.MethodGet, "/api/v2/account", "", "Authorization", "Bearer "+token)
}

func expectMember(t *testing.T, number int, g *gateway, token string, want int) {
	t.Helper()
	if status, answer := accountOf(g, token); status != want {
		t.Errorf("gateway %d: the account is answered %d %s, want %d", number+1, status, answer, want)
	}
}

// expectRefused waits until both gateways refuse a token, which ends within five seconds.
func expectRefused(t *testing.T, gateways []*gateway, token string) {
	t.Helper()
	for number, g := range gateways {
		eventually(t, 5*time.Second, fmt.Sprintf("gateway %d refuses the token", number+1), func() bool {
			status, answer := accountOf(g, token)
			return status == http.StatusUnauthorized && strings.HasPrefix(answer, `{"error":"invalid_token",`)
		})
	}
}

// addCloak makes a cloak and publishes it.
func addCloak(t *testing.T, g *gateway, token string) (id string) {
	t.Helper()
	status, answer := g.call(http.MethodPost, "/api/v2/mycloaks/", "nm="+url.QueryEscape("夏の旅"), "Authorization", "Bearer "+token)
	var made struct{ CloakId string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusOK {
		t.Fatalf("making a cloak: %d %s", status, answer)
	}
	if status, answer := g.call(http.MethodPost, "/api/v2/mycloaks/complete", "st=1&ci="+made.CloakId, "Authorization", "Bearer "+token); status != http.StatusOK {
		t.Fatalf("publishing a cloak: %d %s", status, answer)
	}
	return made.CloakId
}

// viewsOf is how often a cloak was looked at, as a gateway tells anybody.
func viewsOf(t *testing.T, g *gateway, id string) (views int) {
	t.Helper()
	status, answer := g.get("/api/v2/cloaks?ci=" + id)
	var found struct {
		Cloak struct {
			ViewCount int `json:",string"`
			Images    []struct {
				ViewCount int `json:",string"`
			}
		}
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil || status != http.StatusOK || len(found.Cloak.Images) != 1 {
		t.Fatalf("the cloak: %d %s, %v", status, answer, err)
	}
	if found.Cloak.Images[0].ViewCount != found.Cloak.ViewCount {
		t.Errorf("the photo was looked at %d times, its cloak %d times", found.Cloak.Images[0].ViewCount, found.Cloak.ViewCount)
	}
	return found.Cloak.ViewCount
}
