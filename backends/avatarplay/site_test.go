package avatarplay

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/backends/avatarplay/pages"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// submitByScript posts a form as the site's script does.
func (v *visitor) submitByScript(path string, pairs ...string) answered {
	v.h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form(append(pairs, "csrf", v.csrf)...)))
	r.Header.Set("Content-Type", formBody)
	r.Header.Set("Accept", "application/json")
	return v.send(r)
}

// state is what the script is answered.
func (v *visitor) state(path string, pairs ...string) (state pages.DressState) {
	v.h.t.Helper()
	v.submitByScript(path, pairs...).into(v.h.t, path, &state)
	return state
}

// Trying on, undoing and saving, by the script.
func TestDressingOnTheSite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		v := h.visitor()
		v.signUp("yuki")
		avatarID := v.linked(demoLink())
		before := h.worn(avatarID)
		free := h.freeNotWorn("accessory", 2)

		first := v.state(pathTry, "item", id(free[0]))
		if !first.CanUndo || !first.Changed || !slices.Contains(first.Worn, free[0]) || first.Message != "試着しました" {
			t.Errorf("after trying on: %+v", first)
		}
		if a := h.picture("http://example.com" + first.Image); a.status != http.StatusOK {
			t.Errorf("the picture of what is tried on: %d", a.status)
		}
		second := v.state(pathTry, "item", id(free[0]))
		if slices.Contains(second.Worn, free[0]) || second.Changed || !second.CanUndo || second.Image == first.Image {
			t.Errorf("after taking it off: %+v", second)
		}
		back := v.state(pathUndo)
		if !slices.Equal(sorted(back.Worn), sorted(first.Worn)) || back.Image != first.Image || back.Message != "ひとつ前に戻しました" {
			t.Errorf("after undoing: %+v, not %+v", back, first)
		}
		taste := h.closet.tasteOrder[1].ID
		if moved := v.state(pathTaste, "taste", id(taste)); moved.Taste != taste || moved.Image == back.Image || moved.StillImage != back.StillImage {
			t.Errorf("with another taste: %+v", moved)
		}
		if !h.worn(avatarID).equal(before) {
			t.Error("before saving, the main coord changed")
		}
		saved := v.state(pathSave)
		if saved.Changed || saved.CanUndo || saved.Message != "保存しました" {
			t.Errorf("after saving: %+v", saved)
		}
		if want := (outfit{Items: append(before.Items, free[0]), Taste: taste}); !h.worn(avatarID).equal(want) {
			t.Errorf("saved is %+v, not %+v", h.worn(avatarID), want)
		}
		if again := v.state(pathUndo); again.Image != saved.Image || again.CanUndo {
			t.Errorf("nothing to undo: %+v", again)
		}
	})
}

// freeNotWorn gives things that everybody has who signs up, and does not wear.
func (h *house) freeNotWorn(part string, count int) (ids []int64) {
	h.t.Helper()
	for _, i := range h.closet.itemOrder {
		if i.Free && string(i.Part) == part && !h.closet.first.outfit.wears(i.ID) && len(ids) < count {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) < count {
		h.t.Fatalf("the starter catalogue has %d of %s that are free", len(ids), part)
	}
	return ids
}

// What a person does not own, or cannot take off, is refused, and nothing
// changes.
func TestWhatCannotBeTriedOn(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	for name, c := range map[string]struct {
		path   string
		pairs  []string
		status int
	}{
		"not owned":            {pathTry, []string{"item", id(h.locked("hair", 1)[0])}, 403},
		"no such item":         {pathTry, []string{"item", "5"}, 403},
		"no number":            {pathTry, []string{"item", "hat"}, 400},
		"the body":             {pathTry, []string{"item", id(h.closet.first.outfit.Items[1])}, 409},
		"no such taste":        {pathTaste, []string{"taste", "5"}, 404},
		"a consent of nothing": {pathConsent, []string{"answer", "allow"}, 400},
	} {
		a := v.submitByScript(c.path, c.pairs...)
		var problem struct{ Message string }
		if err := json.Unmarshal([]byte(a.body), &problem); a.status != c.status || err != nil || problem.Message == "" {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.body, c.status)
		}
		if plain := v.submit(c.path, c.pairs...); plain.status != c.status || !strings.HasPrefix(plain.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s, without a script: %d %s", name, plain.status, plain.header.Get("Content-Type"))
		}
	}
	if state := v.state(pathUndo); state.CanUndo || state.Changed {
		t.Errorf("something was tried on: %+v", state)
	}
}

// Without a script each form leads back to where the person was.
func TestFormsLeadBack(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	_, ticket := h.connect(demoLink())
	v := h.visitor()
	v.signUp("yuki")
	item := id(h.freeNotWorn("hair", 1)[0])
	v.submit(pathTry, "item", item, "part", "hair", "page", "2", "ticket", ticket).
		leads(t, "trying on", "/fit/dress?done=tried&page=2&part=hair&ticket="+ticket+"#shown")
	if shown := v.open("/fit/dress?done=tried&part=hair"); !strings.Contains(shown.body, "試着しました") {
		t.Error("the page does not say what was done")
	}
	v.submit(pathUndo, "part", "nothing").leads(t, "undoing", "/fit/dress?done=undone&part=hair#shown")
	v.submit(pathSave, "part", "taste", "ticket", ticket, "next", "consent").leads(t, "saving and going on", "/fit/consent?ticket="+ticket)
	v.submit(pathSave, "part", "taste", "next", "consent").leads(t, "without a ticket", "/fit/dress?done=saved&part=taste#shown")
	v.submit(pathSignOut, "ticket", ticket).leads(t, "signing out", "/fit/lp?ticket="+ticket)
	v.submit(pathSignIn, "login", "yuki", "password", "password-of-yuki", "ticket", ticket).leads(t, "signing in", "/fit/consent?ticket="+ticket)
}

var itemButton = regexp.MustCompile(`name="item" value="([0-9]+)"`)

// Every tab shows all that the person owns of a part, over its pages.
func TestTabs(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	avatarID := v.linked(demoLink())
	h.grantAll(avatarID, h.locked("tops", 8)...)
	shown := map[string]int{}
	for _, tab := range tabs {
		for page := 1; page < 100; page++ {
			a := v.open(fmt.Sprintf("/fit/dress?part=%s&page=%d", tab.part, page))
			if a.status != http.StatusOK || !strings.Contains(a.body, tab.name) {
				t.Fatalf("%s: %d", tab.part, a.status)
			}
			found := itemButton.FindAllStringSubmatch(a.body, -1)
			if len(found) > itemsOnPage {
				t.Errorf("%s: %d items on one page", tab.part, len(found))
			}
			for _, one := range found {
				shown[one[1]]++
			}
			if !strings.Contains(a.body, "page="+fmt.Sprint(page+1)) {
				break
			}
		}
	}
	for text, times := range shown {
		if times != 1 {
			t.Errorf("item %s is shown %d times", text, times)
		}
	}
	if owned := h.count("avatarplay_owned", "1 = 1"); len(shown) != owned {
		t.Errorf("%d items are shown, %d are owned", len(shown), owned)
	}
	for _, odd := range []string{"?page=0", "?page=-1", "?page=x", "?page=999999999999999999999", "?part=%00", "?part=body&page=500"} {
		if a := v.open("/fit/dress" + odd); a.status != http.StatusOK {
			t.Errorf("/fit/dress%s: %d", odd, a.status)
		}
	}
}

// A form of another site, or without the session's token, does nothing.
func TestForeignForms(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	v.linked(demoLink())
	other := h.visitor()
	other.signUp("hana")
	before := h.everything()
	for _, path := range []string{pathTry, pathTaste, pathUndo, pathSave, pathConsent, pathCut, pathSignOut} {
		for name, change := range map[string]func(*http.Request){
			"another site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"another origin":   func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"no origin":        func(r *http.Request) { r.Header.Set("Origin", "null") },
			"without a token":  func(r *http.Request) { r.Body = http.NoBody },
			"another's token":  func(r *http.Request) { r.URL.RawQuery = "csrf=" + other.csrf },
			"the token halved": func(r *http.Request) { r.URL.RawQuery = "csrf=" + v.csrf[:32] },
		} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form("csrf", v.csrf, "app", id(demoApp), "answer", "allow")))
			r.Header.Set("Content-Type", formBody)
			change(r)
			if a := v.send(r); a.status != http.StatusForbidden {
				t.Errorf("%s from %s: %d", path, name, a.status)
			}
		}
	}
	if after := h.everything(); after != before || v.open(pathLinks).status != http.StatusOK {
		t.Error("a foreign form did something")
	}
	for path, entered := range map[string]string{
		pathSignIn: form("login", "yuki", "password", "password-of-yuki"),
		pathSignUp: form("login", "thief", "nickname", "x", "password", "12345678"),
	} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(entered))
		r.Header.Set("Content-Type", formBody)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := h.send(r); a.status != http.StatusForbidden || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s from another site: %d, Set-Cookie %q", path, a.status, a.header.Get("Set-Cookie"))
		}
	}
	if after := h.everything(); after != before {
		t.Error("a foreign form opened an account")
	}
}

// What a browser is led to holds no line of a header that a parameter brought,
// and no other host.
func TestNoHeaderIsInjected(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	_, ticket := h.connect(demoLink())
	const line = "x\r\nSet-Cookie: fit_session=thief\r\nLocation: https://evil.example/"
	for _, path := range []string{pathDress, pathConsent, pathLinks, pathLanding, pathStart, pathSignIn, pathSignUp} {
		for _, name := range []string{"ticket", "part", "page", "done", "next"} {
			for _, more := range []string{"", "&ticket=" + ticket} {
				target := path + "?" + form(name, line) + more
				for _, visitor := range []*visitor{v, h.visitor()} {
					injected(t, target, visitor.open(target))
				}
			}
		}
	}
	for _, path := range []string{pathTry, pathTaste, pathUndo, pathSave, pathSignIn} {
		for _, name := range []string{"ticket", "part", "page", "done", "next", "login"} {
			injected(t, path+" with "+name, v.submit(path, name, line))
		}
	}
}

func injected(t *testing.T, what string, a answered) {
	t.Helper()
	for name, values := range a.header {
		for _, value := range values {
			if strings.ContainsAny(value, "\r\n") {
				t.Errorf("%s: the header %s is %q", what, name, value)
			}
		}
	}
	if to := a.header.Get("Location"); to != "" && !strings.HasPrefix(to, pathStart) {
		t.Errorf("%s leads to %q", what, to)
	}
}

func TestSignUpProblems(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.visitor().signUp("taken")
	for _, c := range []struct {
		name, login, nickname, password string
		status                          int
		says                            string
	}{
		{"a login that is taken, in other letters", "Taken", "x", "12345678", 409, "すでに使われています"},
		{"a short login", "abc", "x", "12345678", 400, "4〜60文字"},
		{"a login with a blank", "a b c d", "x", "12345678", 400, "4〜60文字"},
		{"a Japanese login", "ゆきゆき", "x", "12345678", 400, "4〜60文字"},
		{"no nickname", "yuki", "  ", "12345678", 400, "ニックネームを入力"},
		{"a long nickname", "yuki", strings.Repeat("雪", 21), "12345678", 400, "20文字以内"},
		{"a nickname with a line break", "yuki", "a\nb", "12345678", 400, "使用できない文字"},
		{"a nickname that nobody sees", "yuki", "\u3164", "12345678", 400, "使用できない文字"},
		{"nothing but accents", "yuki", "\u0301\u0301", "12345678", 400, "使用できない文字"},
		{"a nickname that turns the text round", "yuki", "a\u202eb", "12345678", 400, "使用できない文字"},
		{"a short password", "yuki", "x", "1234567", 400, "8〜100文字"},
		{"a long password", "yuki", "x", strings.Repeat("x", 101), 400, "8〜100文字"},
	} {
		a := h.visitor().submit(pathSignUp, "login", c.login, "nickname", c.nickname, "password", c.password)
		if a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d, without %q", c.name, a.status, c.says)
		}
		if strings.Contains(a.body, c.password) {
			t.Errorf("%s: the page gives the password back", c.name)
		}
	}
	if people := h.count("avatarplay_people", "1 = 1"); people != 1 {
		t.Errorf("there are %d people", people)
	}
	for i, nickname := range []string{"👨‍👩‍👧", "ゆき❄️", "O'Neil", "海　山"} {
		h.visitor().submit(pathSignUp, "login", "family"+id(int64(i)), "nickname", nickname, "password", "12345678").leads(t, nickname, pathDress)
	}
	longest := h.visitor()
	longest.submit(pathSignUp, "login", strings.Repeat("a", 60), "nickname", strings.Repeat("雪", 20), "password", strings.Repeat("雪", 100)).
		leads(t, "the longest of all", pathDress)
}

// A session ends with signing out, with a disabled account, with another password,
// and two weeks after the last visit.
func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		out := func(name string, v *visitor) {
			t.Helper()
			v.open(pathLinks).leads(t, name, pathSignIn)
			v.submitByScript(pathUndo).want(t, name+", by the script", 401, "")
		}
		v := h.visitor()
		out("nobody", v)
		v.signUp("yuki")
		old := v.cookie
		v.submit(pathSignOut).leads(t, "signing out", pathStart)
		out("signed out", &visitor{h: h, cookie: old})
		for name, change := range map[string]string{
			"disabled":         "UPDATE avatarplay_people SET disabled_at = 1",
			"another password": "UPDATE avatarplay_people SET generation = generation + 1",
		} {
			again := h.visitor()
			again.submit(pathSignIn, "login", "yuki", "password", "password-of-yuki").leads(t, "signing in", pathDress)
			h.change(change)
			out(name, again)
			h.change("UPDATE avatarplay_people SET disabled_at = NULL")
		}
	})
}

func TestSessionsOutlive(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	for range 3 { // a visit keeps it
		defer clock.Step(13 * 24 * time.Hour)()
		if a := v.open(pathLinks); a.status != http.StatusOK || a.header.Get("Set-Cookie") == "" {
			t.Fatalf("a visit after 13 days: %d %v", a.status, a.header)
		}
	}
	defer clock.Step(14*24*time.Hour + time.Second)()
	v.open(pathLinks).leads(t, "after two weeks", pathSignIn)
}

func TestCookie(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	for secure, r := range map[bool]*http.Request{
		false: httptest.NewRequest(http.MethodPost, "http://example.com"+pathSignUp, strings.NewReader(form("login", "plain", "nickname", "x", "password", "12345678"))),
		true:  httptest.NewRequest(http.MethodPost, "https://example.com"+pathSignUp, strings.NewReader(form("login", "sealed", "nickname", "x", "password", "12345678"))),
	} {
		r.Header.Set("Content-Type", formBody)
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		cookies := (&http.Response{Header: h.send(r).header}).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies", len(cookies))
		}
		c := cookies[0]
		name := map[bool]string{false: "fit_session", true: "__Host-fit_session"}[secure]
		if c.Name != name || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" || len(c.Value) != 64 {
			t.Errorf("the cookie is %v", c)
		}
	}
}

// Whatever an app or a person is called, a page shows it as text.
func TestPagesShowTextAsText(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.change("UPDATE avatarplay_apps SET name = ?", `<script>alert("app")</script>`)
	v := h.visitor()
	v.submit(pathSignUp, "login", "yuki", "nickname", `"><img src=x>'`, "password", "12345678").leads(t, "signing up", pathDress)
	v.open(pathDress)
	_, ticket := h.connect(demoLink())
	for _, path := range []string{pathDress + "?ticket=" + ticket, pathConsent + "?ticket=" + ticket, pathLanding + "?ticket=" + ticket} {
		if a := v.open(path); strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
			t.Errorf("%s shows a name as HTML", path)
		}
	}
	v.linked(demoLink())
	if a := v.open(pathLinks); strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "&lt;script&gt;") {
		t.Error("the linked apps show a name as HTML")
	}
}

// Every page is for this browser alone, and its own files are for ever.
func TestPageHeaders(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	a := h.visitor().open(pathStart)
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("headers: %v", a.header)
	}
	assets := regexp.MustCompile(`"(/fit/assets/[^"]+)"`).FindAllStringSubmatch(a.body, -1)
	if len(assets) < 3 {
		t.Fatalf("a page has %d files", len(assets))
	}
	for _, one := range assets {
		if got := h.visitor().open(one[1]); got.status != 200 || got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %v", one[1], got.status, got.header)
		}
	}
	if a := h.visitor().open("/fit/assets/nothing.js"); a.status != http.StatusNotFound {
		t.Errorf("a file that is not there: %d", a.status)
	}
	if a := h.visitor().open("/fit/nowhere"); a.status != http.StatusNotFound || a.body != "Not Found" {
		t.Errorf("an unknown path does not fall through: %d %s", a.status, a.body)
	}
}

// A ticket of an app that was disabled meanwhile leads nowhere.
func TestTicketOfADisabledApp(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	_, ticket := h.connect(demoLink())
	h.change("UPDATE avatarplay_apps SET disabled_at = 1")
	if a := v.submit(pathConsent, "ticket", ticket, "answer", "allow"); a.status != http.StatusGone {
		t.Errorf("consent: %d leads to %s", a.status, a.header.Get("Location"))
	}
}

// Who dresses until a ticket is over can save all the same, and sign out.
func TestDressingWithAnOldTicket(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	_, ticket := h.connect(demoLink())
	v := h.visitor()
	v.signUp("yuki")
	v.submit(pathTry, "item", id(h.freeNotWorn("hair", 1)[0]), "ticket", ticket)
	defer clock.Step(ticketFor + time.Second)()
	v.submit(pathSave, "ticket", ticket, "next", "consent").leads(t, "saving", "/fit/dress?done=saved&part=hair#shown")
	if a := v.open(pathDress + "?ticket=" + ticket); a.status != http.StatusOK || strings.Contains(a.body, ticket) {
		t.Errorf("dressing: %d", a.status)
	}
	v.submit(pathSignOut, "ticket", ticket).leads(t, "signing out", pathStart)
}

// A ticket leads nowhere once the app lost its redirect URI.
func TestTicketOfARemovedRedirect(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	_, ticket := h.connect(demoLink())
	h.change("DELETE FROM avatarplay_app_redirects WHERE uri = ?", demoRedirects[0])
	if a := v.submit(pathConsent, "ticket", ticket, "answer", "allow"); a.status != http.StatusGone {
		t.Errorf("consent: %d leads to %s", a.status, a.header.Get("Location"))
	}
}

// A ticket is good for half an hour.
func TestTicketsOutlive(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	l := demoLink()
	_, ticket := h.connect(l)
	token := v.consent(ticket)
	path, _ := h.connect(l)
	defer clock.Step(10*time.Minute + time.Second)()
	h.redeem(l, token).want(t, "a token after ten minutes", 400, "invalid_grant")
	if a := v.open(path); a.status != http.StatusSeeOther {
		t.Errorf("a ticket after ten minutes: %d", a.status)
	}
	defer clock.Step(20 * time.Minute)()
	if a := v.open(path); a.status != http.StatusGone {
		t.Errorf("a ticket after half an hour: %d", a.status)
	}
}
