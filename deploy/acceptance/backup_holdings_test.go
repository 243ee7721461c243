package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// holdings are what callers of the five APIs had before the backup.
type holdings struct {
	t        *testing.T
	cloak    string
	photos   []string
	customer int64
	software software
	guest    int64
	picture  string // the path of the guest's
}

const holdingLooks = 3

func newHoldings(t *testing.T, g *gateway) holdings {
	t.Helper()
	h := holdings{t: t}
	token := demoToken(t, g)
	a := album{gateway: g, token: token, id: taggedCloak(t, g, token)}
	h.cloak = a.id
	for noisy := range 2 {
		h.photos = append(h.photos, a.mustUpload(written(t, camera(320, 240, 4+noisy, noisy > 0))))
	}
	for range holdingLooks {
		g.call(http.MethodPost, "/api/v2/photos/look", "cd="+h.photos[0])
	}
	var err error
	if h.customer, err = create(client, g, shopKey, "before@example.com"); err != nil {
		t.Fatal(err)
	}
	person := url.Values{"name": {"山田"}, "mail": {"yamada@example.com"}, "pass": {"himitsu1"}}
	ydits(t, g, "regist.php?g=false", person)
	h.software = ydits(t, g, "auth.php?step=1", person)
	ydits(t, g, "auth.php?step=2", url.Values{"uuid": {h.software.UUID}, "key": {h.software.Key}, "softname": {"SoftName"}})
	app := demoApp(t, g)
	guest := app.guest()
	h.guest = guest.AvatarID
	app.grant(h.guest, catEars)
	dress(app, h.guest, catEars)
	h.picture = pathOf(t, app.avatar(h.guest).AvatarImageURL)
	return h
}

// taggedCloak makes a public cloak that only its own words find.
func taggedCloak(t *testing.T, g *gateway, token string) (id string) {
	t.Helper()
	status, answer := g.call(http.MethodPost, "/api/v2/mycloaks/", url.Values{"nm": {"松島"}, "dc": {"牡蠣と\n二日"}}.Encode(), "Authorization", "Bearer "+token)
	var made struct{ CloakId string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusOK {
		t.Fatalf("making a cloak: %d %s", status, answer)
	}
	form := url.Values{"ci": {made.CloakId}, "st": {"1"}, "tg": {"退避 復元"}}
	if status, answer := g.call(http.MethodPost, "/api/v2/mycloaks/complete", form.Encode(), "Authorization", "Bearer "+token); status != http.StatusOK {
		t.Fatalf("publishing a cloak: %d %s", status, answer)
	}
	return made.CloakId
}

// demoApp is the demo's own app.
func demoApp(t *testing.T, g *gateway) *partner { return &partner{t: t, g: g, key: "demo-api-key"} }

// dress has an avatar wear an item.
func dress(app *partner, avatar int64, item string) {
	app.t.Helper()
	room := fmt.Sprintf("Avatar/%d/FittingRoom", avatar)
	for _, call := range [][]string{{room + "/Select", "item_id", item}, {room + "/Commit"}} {
		if status, answer := app.ask(app.g, http.MethodPost, call[0], call[1:]...); status != http.StatusOK {
			app.t.Fatalf("%s was answered %d %s", call[0], status, answer)
		}
	}
}

// read asks a gateway for all of it, each API's own answers.
func (h holdings) read(g *gateway) map[string]string {
	h.t.Helper()
	answers := map[string]string{}
	note := func(what string, status int, answer string) {
		answers[what] = fmt.Sprint(status, " ", strings.ReplaceAll(answer, g.url, "http://gateway"))
	}
	token := demoToken(h.t, g)
	call := func(method, path, body string) {
		h.t.Helper()
		status, answer := g.call(method, path, body, "Authorization", "Bearer "+token)
		note(method+" "+path, status, answer)
	}
	eventually(h.t, patience, "the looks are counted", func() bool {
		_, answer := g.get("/api/v2/cloaks?ci=" + h.cloak)
		return strings.Contains(answer, fmt.Sprintf(`"ViewCount":"%d"`, holdingLooks))
	})
	call(http.MethodGet, "/api/v2/account", "")
	call(http.MethodGet, "/api/v2/cloaks?ci="+h.cloak, "")
	call(http.MethodPost, "/api/v2/mycloaks/list", "tp=0")
	for _, word := range []string{"松島", "牡蠣", "復元"} { // by name, description and tag
		search := "/api/v2/cloaks/search?tg=" + url.QueryEscape(word)
		call(http.MethodGet, search, "")
		if found := answers["GET "+search]; !strings.Contains(found, `"CloakId":"`+h.cloak+`"`) {
			h.t.Errorf("the cloak is not found by %s: %.300s", word, found)
		}
	}
	for _, photo := range h.photos {
		for ps := range 3 {
			call(http.MethodGet, fmt.Sprintf("/api/v2/photos?ci=%s&cd=%s&ps=%d", h.cloak, photo, ps), "")
		}
	}
	for _, path := range []string{
		"/user/info?sid=3&key=" + shopKey + "&email=before@example.com",
		fmt.Sprintf("/user/detail?sid=3&key=%s&id=%d", shopKey, h.customer),
		"/user/detail?sid=3&key=" + shopKey + "&id=1",
		h.picture,
	} {
		call(http.MethodGet, path, "")
	}
	status, answer := g.post("/ydits-api/ydits-account/auth.php?step=3", formEncoding, url.Values{"uuid": {h.software.UUID}, "key": {h.software.Key}}.Encode())
	note("step 3", status, answer)
	app := demoApp(h.t, g)
	for _, operation := range []string{"Avatar/%d", "Avatar/%d/FittingRoom", "Items?avatarId=%d"} {
		operation, query, _ := strings.Cut(fmt.Sprintf(operation, h.guest), "?")
		pairs := []string{"itemId", catEars, "itemId", tiara}
		if name, value, asked := strings.Cut(query, "="); asked {
			pairs = append(pairs, name, value)
		}
		status, answer := app.ask(g, http.MethodGet, operation, pairs...)
		note(operation, status, answer)
	}
	h.readCRM(g, note)
	return answers
}

func (h holdings) readCRM(g *gateway, note func(what string, status int, answer string)) {
	h.t.Helper()
	p := newProgram()
	p.mustAuth(h.t, g.crm)
	for page, form := range map[string]url.Values{
		"Get_UserPoint": {"user_code": {crmCustomer}},
		"Get_UserToken": {"user_loginid": {"okamoto"}, "user_pasword": {"okamoto1"}}, // opens what is sealed
	} {
		status, answer, err := send(p.Client, http.MethodPost, g.crm+crmPages+page+".aspx", formEncoding, form.Encode())
		if err != nil {
			h.t.Fatal(err)
		}
		note(page, status, answer)
	}
	for _, row := range exported(h.t, g, "points") {
		if row["code"] == crmCustomer {
			note("history", 0, fmt.Sprint(row))
		}
	}
}

// expectHoldings holds a restored gateway against what the first one answers, and
// against itself: what was written meanwhile is there as of one moment.
func expectHoldings(t *testing.T, restored *gateway, before holdings, want map[string]string, answered map[string]int64) {
	t.Helper()
	before.t = t
	got := before.read(restored)
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) || len(got) < 20 {
		t.Errorf("%d answers, want %d", len(got), len(want))
	}
	for what, answer := range want {
		if !strings.HasPrefix(answer, "200 ") && !strings.HasPrefix(answer, "0 ") {
			t.Errorf("the first gateway answered %s with %.200s", what, answer)
		}
		if got[what] != answer {
			t.Errorf("%s is answered\n%.500s\nwant\n%.500s", what, got[what], answer)
		}
	}
	checkCreated(t, restored, shopKey, answered)
	expectBalances(t, restored)
	expectWholePhotos(t, restored)
}

// expectBalances says whether each balance is the sum of its history.
func expectBalances(t *testing.T, g *gateway) {
	t.Helper()
	sums := map[string]int{}
	rows := exported(t, g, "points")
	for _, row := range rows {
		get, errGet := strconv.Atoi(row["get_point"])
		use, errUse := strconv.Atoi(row["use_point"])
		if errGet != nil || errUse != nil {
			t.Fatalf("a row of the history: %v", row)
		}
		sums[row["code"]] += get - use
	}
	if len(rows) < 2 {
		t.Errorf("%d rows of history", len(rows))
	}
	asking := newProgram()
	asking.mustAuth(t, g.crm)
	for code, sum := range sums {
		answer := asking.mustCall(t, g.crm, "Get_UserPoint", "user_code", code)
		if len(answer.UserPoint) != 1 || answer.UserPoint[0].Point != strconv.Itoa(sum) {
			t.Errorf("the balance of %s is %+v, its history says %d", code, answer.UserPoint, sum)
		}
	}
}

// The member of the demo who uploads and deletes meanwhile.
const (
	workingMail = "yamada@example.com"
	workingPass = "yamada12"
)

// expectWholePhotos fetches all files of the photos that came and went meanwhile.
func expectWholePhotos(t *testing.T, g *gateway) {
	t.Helper()
	token := tokenOf(t, g, workingMail, workingPass)
	_, answer := g.call(http.MethodPost, "/api/v2/mycloaks/list", "tp=0", "Authorization", "Bearer "+token)
	_, rest, found := strings.Cut(answer, `"CloakId":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no cloak in %s", answer)
	}
	a := album{gateway: g, token: token, id: id}
	photos := a.photos()
	if len(photos) == 0 {
		t.Error("there is no photo")
	}
	for _, photo := range photos {
		for ps := range 3 {
			a.fetch(photo.CloakImageID, ps)
		}
	}
}

func tokenOf(t *testing.T, g *gateway, mail, pass string) string {
	t.Helper()
	status, answer := tokenFor(t, g, mail, pass)
	var issued issue
	if err := json.Unmarshal([]byte(answer), &issued); err != nil || status != http.StatusOK {
		t.Fatalf("no token: %d %s", status, answer)
	}
	return issued.Access
}
