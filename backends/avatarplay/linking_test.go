package avatarplay

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// The whole way, as the document describes it.
func TestLinking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		l := demoLink()
		path, ticket := h.connect(l)

		v := h.visitor()
		if a := v.open(path); a.status != http.StatusOK || !strings.Contains(a.body, "Demo") {
			t.Fatalf("the landing page: %d %s", a.status, a.body)
		}
		v.submit(pathSignUp, "login", "yuki", "nickname", "ゆき", "password", "yuki-no-hi", "ticket", ticket).
			leads(t, "signing up", pathDress+"?ticket="+ticket)
		v.open(path) // signed in now
		consent := v.open(pathConsent + "?ticket=" + ticket)
		for _, shown := range []string{"Demo", "許諾する", "許諾しない", "アバター画像の表示", "アイテムの付与", "example.com"} {
			if !strings.Contains(consent.body, shown) {
				t.Errorf("the consent page lacks %s", shown)
			}
		}
		token := v.consent(ticket)

		var answer accessTokenAnswer
		h.redeem(l, token).into(t, "AccessToken", &answer)
		if answer.AvatarID == 0 || len(answer.AccessToken) != 64 || answer.Scope != l.scope || answer.TokenType != "Bearer" {
			t.Errorf("AccessToken: %+v", answer)
		}
		var shown avatarAnswer
		h.get(avatarPath(answer.AvatarID, "")).into(t, "Avatar", &shown)
		if shown.Status != 200 || shown.Guest || shown.AvatarImageURL == "" {
			t.Errorf("the linked avatar: %+v", shown)
		}
		h.as(otherKey, http.MethodGet, avatarPath(answer.AvatarID, "")).want(t, "for another app", 404, "notFound")

		// The ticket and the token are used up.
		if a := v.open(pathConsent + "?ticket=" + ticket); a.status != http.StatusGone {
			t.Errorf("the ticket again: %d", a.status)
		}
		h.redeem(l, token).want(t, "the token again", 400, "invalid_grant")

		// Who links again keeps the avatar id.
		if again := v.linked(l); again != answer.AvatarID {
			t.Errorf("linked again as %d, not %d", again, answer.AvatarID)
		}
	})
}

func TestRefusal(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	_, ticket := h.connect(demoLink())
	v := h.visitor()
	v.signUp("yuki")
	v.submit(pathConsent, "ticket", ticket, "answer", "perhaps")
	v.submit(pathConsent, "ticket", ticket, "answer", "deny").
		leads(t, "許諾しない", "https://example.com/oauth_callback?error=access_denied")
	if a := v.submit(pathConsent, "ticket", ticket, "answer", "allow"); a.status != http.StatusGone {
		t.Errorf("許諾する after 許諾しない: %d", a.status)
	}
	if h.count("avatarplay_avatars", "1 = 1") != 0 || h.count("avatarplay_grant_tokens", "1 = 1") != 0 {
		t.Error("a refusal left something behind")
	}
}

// Whatever does not fit is refused, and the token is dead for the right call too.
func TestAWrongCallKillsTheToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.addKey("the-demo's-second-key")
		v := h.visitor()
		v.signUp("yuki")
		for name, change := range map[string]func(*linking){
			"wrong verifier":      func(l *linking) { l.verifier += "x" },
			"changed scope":       func(l *linking) { l.scope = "AvatarLoad" },
			"scope in disorder":   func(l *linking) { l.scope = "ItemGrant,AvatarLoad" },
			"changed redirect":    func(l *linking) { l.redirectURI = demoRedirects[1] },
			"another date":        func(l *linking) { l.requestDate = id(secondsIn(t, l.requestDate) - 1) },
			"the date as written": func(l *linking) { l.requestDate = "+" + l.requestDate },
			"another key of its":  func(l *linking) { l.key = "the-demo's-second-key" },
			"another app's key":   func(l *linking) { l.key, l.appID = otherKey, id(otherApp) },
		} {
			right := demoLink()
			_, ticket := h.connect(right)
			token := v.consent(ticket)
			wrong := right
			change(&wrong)
			h.redeem(wrong, token).want(t, name, 400, "invalid_grant")
			h.redeem(right, token).want(t, "after "+name, 400, "invalid_grant")
		}
		if h.count("avatarplay_avatars", "1 = 1") != 0 || h.count("avatarplay_grant_tokens", "1 = 1") != 0 {
			t.Error("a refused call left something behind")
		}
	})
}

// secondsIn reads the date of a request.
func secondsIn(t *testing.T, date string) int64 {
	t.Helper()
	seconds, err := strconv.ParseInt(date, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds
}

// The challenge holds for an hour.
func TestTimesOfChallenges(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	for _, c := range []struct {
		name string
		date time.Duration
		good bool
	}{
		{"an hour ago", -time.Hour + time.Minute, true},
		{"more than an hour ago", -time.Hour - time.Second, false},
		{"five minutes ahead", 5*time.Minute - 5*time.Second, true},
		{"more than five minutes ahead", 5*time.Minute + 30*time.Second, false},
	} {
		l := demoLink()
		l.requestDate = id(clock.Now().Add(c.date).Unix())
		_, ticket := h.connect(l)
		if a := h.redeem(l, v.consent(ticket)); (a.status == http.StatusOK) != c.good {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
}

// A guest's things pass to the person who signs up; the guest is nobody's then.
func TestUpgrade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant", "coordId", id(h.closet.coordOrder[1].ID))
		granted := h.locked("accessory", 2)
		var results itemResults
		h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(granted[0]), "itemId", id(granted[1])).into(t, "Items", &results)

		v := h.visitor()
		v.signUp("yuki")
		avatarID := v.linked(demoLink(), "avatarId", id(guest.AvatarID))
		if avatarID == guest.AvatarID {
			t.Error("the guest's id is the person's")
		}
		var items itemsAnswer
		h.get("Items", "itemId", id(granted[0]), "itemId", id(granted[1]), "avatarId", id(avatarID)).into(t, "Items", &items)
		if !items.Items[0].Have || !items.Items[1].Have {
			t.Errorf("the guest's items did not pass: %+v", items)
		}
		var shown avatarAnswer
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", &shown)
		if shown.Guest || shown.AvatarImageURL != guest.AvatarImageURL {
			t.Errorf("a person whom nobody dressed wears what the guest wore: %+v, the guest's %+v", shown, guest)
		}
		h.get(avatarPath(guest.AvatarID, "")).want(t, "the guest", 404, "notFound")
		h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(granted[0])).want(t, "granting to the guest", 404, "notFound")

		// The id of an upgraded guest, and of a person, is ignored; one that never
		// was is told.
		for _, ignored := range []int64{guest.AvatarID, avatarID} {
			if again := v.linked(demoLink(), "avatarId", id(ignored)); again != avatarID {
				t.Errorf("linked as %d, not %d", again, avatarID)
			}
		}
		other := demoLink()
		h.get("ConnectUrl", "codeChallenge", other.challenge(), "redirectUri", other.redirectURI, "scope", other.scope, "avatarId", "12").
			want(t, "an id that never was", 404, "notFound")
	})
}

// A person who has dressed keeps what they have on.
func TestUpgradeOfWhoHasDressed(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("coordId", id(h.closet.coordOrder[1].ID))
	v := h.visitor()
	v.signUp("yuki")
	v.submit(pathTaste, "taste", id(h.closet.tasteOrder[2].ID))
	v.submit(pathSave)
	before := v.linked(demoLink())
	var worn, after avatarAnswer
	h.get(avatarPath(before, "")).into(t, "Avatar", &worn)
	v.linked(demoLink(), "avatarId", id(guest.AvatarID))
	h.get(avatarPath(before, "")).into(t, "Avatar", &after)
	if worn != after {
		t.Errorf("the outfit changed from %+v to %+v", worn, after)
	}
}

// Of many who redeem one token, and of many who upgrade one guest, one does.
func TestLinkingAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		granted := h.locked("accessory", 1)
		h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(granted[0])).into(t, "Items", new(itemResults))
		const people = 8
		l := demoLink()
		var tokens []string
		for i := range people {
			v := h.visitor()
			v.signUp("person" + id(int64(i)))
			for range 64 / people / 2 { // two tokens at a time for each call
				_, ticket := h.connect(l, "avatarId", id(guest.AvatarID))
				tokens = append(tokens, v.consent(ticket))
			}
		}
		var all sync.WaitGroup
		answers := make([]answered, 2*len(tokens))
		for i := range answers {
			all.Go(func() { answers[i] = again(func() answered { return h.redeem(l, tokens[i/2]) }) })
		}
		all.Wait()
		good := 0
		for i, a := range answers {
			switch a.status {
			case http.StatusOK:
				good++
			default:
				a.want(t, "call "+id(int64(i)), 400, "invalid_grant")
			}
		}
		if good != len(tokens) {
			t.Errorf("%d of %d tokens served", good, len(tokens))
		}
		if links := h.count("avatarplay_avatars", "person_id IS NOT NULL"); links != people {
			t.Errorf("%d people have %d links", people, links)
		}
		if owners := h.count("avatarplay_owned", "item_id = ? AND wearer_id <> (SELECT wearer_id FROM avatarplay_avatars WHERE id = ?) AND app_id IS NOT NULL",
			granted[0], guest.AvatarID); owners != 1 {
			t.Errorf("the guest's item passed to %d people", owners)
		}
	})
}

// Whoever cuts a link takes every permission back; linking again gives it anew.
func TestCuttingALink(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		v := h.visitor()
		v.signUp("yuki")
		avatarID := v.linked(demoLink())
		if a := v.open(pathLinks); !strings.Contains(a.body, "Demo") {
			t.Fatalf("the linked apps: %s", a.body)
		}
		stranger := h.visitor()
		stranger.signUp("stranger")
		stranger.submit(pathCut, "app", id(demoApp)).leads(t, "cutting what is not there", pathLinks+"?done=cut")
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", new(avatarAnswer))

		l := demoLink()
		_, ticket := h.connect(l)
		underWay := v.consent(ticket)
		v.submit(pathCut, "app", id(demoApp)).leads(t, "cutting", pathLinks+"?done=cut")
		h.redeem(l, underWay).want(t, "a consent from before", 400, "invalid_grant")
		var shown avatarAnswer
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", &shown)
		if (shown != avatarAnswer{AvatarID: avatarID, Status: 401}) {
			t.Errorf("after cutting: %+v", shown)
		}
		h.get(avatarPath(avatarID, "/FittingRoom")).want(t, "FittingRoom", 403, "forbidden")
		h.post(avatarPath(avatarID, "/FittingRoom/Select"), "item_id", id(h.closet.first.outfit.Items[0])).want(t, "Select", 403, "forbidden")
		h.get("Items", "itemId", id(h.closet.first.outfit.Items[0]), "avatarId", id(avatarID)).want(t, "Items", 403, "forbidden")
		h.post(avatarPath(avatarID, "/FittingRoom/Commit")).want(t, "Commit", 403, "forbidden")
		h.post(avatarPath(avatarID, "/Items"), "itemId", id(h.locked("hair", 1)[0])).want(t, "Items", 403, "forbidden")
		if again := v.linked(demoLink()); again != avatarID {
			t.Errorf("linked again as %d, not %d", again, avatarID)
		}
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", &shown)
		if shown.Status != 200 {
			t.Errorf("linked again: %+v", shown)
		}
	})
}

func TestWithParameter(t *testing.T) {
	for uri, want := range map[string]string{
		"https://example.com/oauth_callback": "https://example.com/oauth_callback?token=x+y",
		"https://example.com/cb?a=%41&b":     "https://example.com/cb?a=%41&b&token=x+y",
		"https://example.com/cb?":            "https://example.com/cb?token=x+y",
		"https://example.com/cb?a=1&":        "https://example.com/cb?a=1&token=x+y",
		"myapp://linked":                     "myapp://linked?token=x+y",
		"myapp:linked?q=1":                   "myapp:linked?q=1&token=x+y",
	} {
		if got := withParameter(uri, "token", "x y"); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}

// Where the operator says what the site is called, no Host of a caller's gets into
// a URL that a person may be sent to.
func TestTheHostOfACallerLeadsNobody(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, "site_url https://sdk.example.com")
	l := demoLink()
	for path, pairs := range map[string][]string{
		"OpenUrl":    {"key", demoKey},
		"ConnectUrl": {"key", demoKey, "codeChallenge", l.challenge(), "redirectUri", l.redirectURI, "scope", l.scope},
	} {
		r := httptest.NewRequest(http.MethodGet, "/avatar/v1/"+path+"?"+form(pairs...), nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		var answer urlAnswer
		a := h.send(r)
		a.into(t, path, &answer)
		if !strings.HasPrefix(answer.URL, "https://sdk.example.com/fit/") || strings.Contains(a.body, "evil") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}
