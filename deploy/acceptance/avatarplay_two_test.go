package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Two gateways over the same stores are one to apps, and to people on the
// dress-up site.
func TestTwoAvatarPlays(t *testing.T) {
	t.Parallel()
	gateways := twoGateways(t, "SEKISHO_DEMO=1")
	first, second := gateways[0], gateways[1]
	app := newPartner(t, first, "Two")
	yuki := newDresser(t)

	t.Run("a linking goes over both", func(t *testing.T) {
		l := app.connect()
		yuki.signsUp(second, "yuki")
		before := yuki.sees(first)
		yuki.submits(first, "/fit/try", "item", summerDress)
		tried := yuki.sees(second)
		yuki.submits(second, "/fit/undo")
		if undone := yuki.sees(first); undone != before || tried == before {
			t.Errorf("undone on the second, the first shows %s; it was %s, and %s meanwhile", undone, before, tried)
		}
		yuki.submits(second, "/fit/try", "item", summerDress)
		yuki.submits(first, "/fit/save")
		token := yuki.consents(second, l)
		avatar := l.avatarFor(token) // on the first
		if status, answer := l.redeem(second, token); status != http.StatusBadRequest || !strings.Contains(answer, "invalid_grant") {
			t.Errorf("a token that the first took is answered %d %s", status, answer)
		}
		expectPicture(t, gateways, app, avatar, tried)
	})

	t.Run("what is done at both at once is done once", func(t *testing.T) {
		l := app.connect()
		yuki.opens(first, "/fit/consent?ticket="+l.ticket())
		tokens := atBoth(gateways, func(g *gateway) string {
			beside := *yuki
			_, token, _ := strings.Cut(beside.submits(g, "/fit/consent", "ticket", l.ticket(), "answer", "allow").to, "&token=")
			return token
		})
		if (tokens[0] == "") == (tokens[1] == "") {
			t.Fatalf("one ticket gave the tokens %q", tokens)
		}
		answers := atBoth(gateways, func(g *gateway) string {
			status, _ := l.redeem(g, tokens[0]+tokens[1])
			return fmt.Sprint(status)
		})
		if slices.Sort(answers); !slices.Equal(answers, []string{"200", "400"}) {
			t.Errorf("one token, redeemed at both, was answered %q", answers)
		}
		guest := app.guest()
		grants := atBoth(gateways, func(g *gateway) string {
			_, answer := app.ask(g, http.MethodPost, fmt.Sprintf("Avatar/%d/Items", guest.AvatarID), "itemId", tiara)
			return answer
		})
		if slices.Sort(grants); !slices.Equal(grants, []string{itemResult(tiara, 200), itemResult(tiara, 409)}) {
			t.Errorf("one grant at both was answered %q", grants)
		}
	})

	t.Run("a fitting room is one", func(t *testing.T) {
		guest := app.guest()
		room := fmt.Sprintf("Avatar/%d/FittingRoom", guest.AvatarID)
		app.grant(guest.AvatarID, catEars)
		shown := func(g *gateway) (picture string) {
			var answer struct{ AvatarImageURL string }
			status, text := app.ask(g, http.MethodGet, room)
			if json.Unmarshal([]byte(text), &answer) != nil || status != http.StatusOK {
				t.Fatalf("%s was answered %d %s", room, status, text)
			}
			return pathOf(t, answer.AvatarImageURL)
		}
		before := shown(first)
		if status, answer := app.ask(first, http.MethodPost, room+"/Select", "item_id", catEars); status != http.StatusOK {
			t.Fatalf("Select was answered %d %s", status, answer)
		}
		if tried := shown(second); tried == before || tried != shown(first) {
			t.Errorf("what the first put on, the second shows as %s", tried)
		}
		if status, answer := app.ask(second, http.MethodPost, room+"/Commit"); status != http.StatusOK {
			t.Fatalf("Commit was answered %d %s", status, answer)
		}
		if now := app.avatar(guest.AvatarID); now.AvatarImageURL == guest.AvatarImageURL {
			t.Error("what the second committed, the first does not show")
		}
	})

	t.Run("a link cut and a session ended on one are so on both", func(t *testing.T) {
		avatar := app.connect().avatarOf(yuki)
		yuki.opens(second, "/fit/links")
		yuki.submits(second, "/fit/links/cut", "app", app.id)
		if cut := app.avatar(avatar); cut.Status != http.StatusUnauthorized {
			t.Errorf("cut on the second, the first shows %+v", cut)
		}
		yuki.opens(first, "/fit/dress")
		yuki.submits(first, "/fit/signout")
		if v := yuki.opens(second, "/fit/dress"); v.to != "/fit/signin" {
			t.Errorf("signed out of the first, the second answers %+v", v)
		}
	})

	t.Run("wrong passwords count together", func(t *testing.T) {
		thief := newDresser(t)
		for guess := range 10 {
			if v := thief.submits(gateways[guess%2], "/fit/signin", "login", "yuki", "password", "wrong-password"); v.status != http.StatusForbidden {
				t.Fatalf("wrong password %d was answered %d", guess+1, v.status)
			}
		}
		for number, g := range gateways {
			if v := thief.submits(g, "/fit/signin", "login", "yuki", "password", fitPassword); v.status != http.StatusTooManyRequests {
				t.Errorf("gateway %d let an eleventh password be tried: %+v", number+1, v)
			}
		}
	})

	t.Run("what is disabled is refused by both", func(t *testing.T) {
		hana := newDresser(t)
		hana.signsUp(first, "hana")
		second.run("avatarplay", "user", "disable", "--login", "hana")
		for number, g := range gateways {
			eventually(t, 5*time.Second, fmt.Sprintf("gateway %d ends the session", number+1), func() bool {
				return hana.opens(g, "/fit/dress").to == "/fit/signin"
			})
		}
		old := *app
		out := first.run("avatarplay", "key", "rotate", "--app", app.id, "--keep", "0s")
		_, app.key, _ = strings.Cut(strings.TrimSpace(out), "shown this once: ")
		for number, g := range gateways {
			eventually(t, 5*time.Second, fmt.Sprintf("gateway %d takes the new key and not the old one", number+1), func() bool {
				opens, _ := app.ask(g, http.MethodGet, "Echo")
				refuses, _ := old.ask(g, http.MethodGet, "Echo")
				return opens == http.StatusOK && refuses == http.StatusUnauthorized
			})
		}
	})
}

// atBoth does something at two gateways at once.
func atBoth(gateways []*gateway, do func(g *gateway) string) []string {
	answers := make([]string, len(gateways))
	var doing sync.WaitGroup
	for number, g := range gateways {
		doing.Go(func() { answers[number] = do(g) })
	}
	doing.Wait()
	return answers
}

// itemResult is an answer to a grant of one item.
func itemResult(item string, status int) string {
	return fmt.Sprintf(`{"results":[{"itemId":%s,"status":%d}]}`, item, status)
}

// avatarOf links somebody who is signed in.
func (l *partnersLink) avatarOf(d *dresser) int64 {
	l.t.Helper()
	return l.avatarFor(d.consents(l.g, l))
}

func pathOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Path
}

// expectPicture holds what an app is shown of an avatar against what the person
// saw, and the picture at one gateway against that at the other.
func expectPicture(t *testing.T, gateways []*gateway, app *partner, avatar int64, saw string) {
	t.Helper()
	if shown := pathOf(t, app.avatar(avatar).AvatarImageURL); shown != saw {
		t.Errorf("the person saw %s, the app %s", saw, shown)
	}
	pictures := atBoth(gateways, func(g *gateway) string {
		status, picture, err := send(client, http.MethodGet, g.url+saw, "", "")
		if err != nil || status != http.StatusOK || !strings.HasPrefix(picture, "GIF89a") {
			t.Errorf("the picture is answered %d, %v", status, err)
		}
		return picture
	})
	if pictures[0] != pictures[1] {
		t.Error("the picture at one gateway is not that at the other")
	}
}
