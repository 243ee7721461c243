package avatarplay

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// The order asked for is kept, and so are repeats; what does not exist or may not
// be seen is an entry of its own.
func TestAvatars(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		seen, unseen := h.guest(), h.guest("scope", "ItemGrant")
		if unseen.Status != 200 || !unseen.Guest || unseen.AvatarImageURL == "" {
			t.Errorf("Guest with ItemGrant alone: %+v", unseen)
		}
		var answer avatarsAnswer
		h.get("Avatars", "avatarId", id(seen.AvatarID), "avatarId", "77", "avatarId", id(unseen.AvatarID), "avatarId", id(seen.AvatarID)).
			into(t, "Avatars", &answer)
		want := []avatarAnswer{
			seen, {AvatarID: 77, Status: 404}, {AvatarID: unseen.AvatarID, Status: 401}, seen,
		}
		if !slices.Equal(answer.Avatars, want) {
			t.Errorf("got %+v, want %+v", answer.Avatars, want)
		}
		var others avatarsAnswer
		h.as(otherKey, http.MethodGet, "Avatars", "avatarId", id(seen.AvatarID)).into(t, "another app", &others)
		if (others.Avatars[0] != avatarAnswer{AvatarID: seen.AvatarID, Status: 404}) {
			t.Errorf("another app's avatar: %+v", others.Avatars[0])
		}
		var one avatarAnswer
		h.get(avatarPath(unseen.AvatarID, "")).into(t, "Avatar", &one)
		if (one != avatarAnswer{AvatarID: unseen.AvatarID, Status: 401}) {
			t.Errorf("without permission: %+v", one)
		}
		// The same outfit is the same picture, whoever wears it.
		if other := h.guest(); other.AvatarID == seen.AvatarID || other.AvatarImageURL != seen.AvatarImageURL {
			t.Errorf("two guests in one coord: %+v, %+v", seen, other)
		}
		if strings.Contains(seen.AvatarImageURL, demoKey) {
			t.Error("a picture's URL holds the API key")
		}
	})
}

// Nothing of an app exists for another one.
func TestAppsAreApart(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	item := id(h.locked("tops", 1)[0])
	before := h.everything()
	for _, c := range []struct {
		method, path string
		pairs        []string
		status       int
	}{
		{"GET", avatarPath(guest.AvatarID, ""), nil, 404},
		{"GET", avatarPath(guest.AvatarID, "/FittingRoom"), nil, 404},
		{"POST", avatarPath(guest.AvatarID, "/FittingRoom/Commit"), nil, 404},
		{"POST", avatarPath(guest.AvatarID, "/FittingRoom/Select"), []string{"item_id", item}, 404},
		{"POST", avatarPath(guest.AvatarID, "/Items"), []string{"itemId", item}, 404},
		{"GET", "Items", []string{"itemId", item}, 404},
		{"GET", "Coords", []string{"coordId", id(h.closet.first.ID)}, 404},
		{"POST", "Guest", []string{"coordId", id(h.closet.first.ID)}, 404},
		{"POST", "Guest", []string{"scope", "ItemGrant"}, 403},
		{"POST", "Guest", []string{"scope", "AvatarLoad,ItemGrant"}, 403},
	} {
		h.as(otherKey, c.method, c.path, c.pairs...).want(t, c.method+" "+c.path, c.status, map[int]string{404: "notFound", 403: "forbidden"}[c.status])
	}
	if after := h.everything(); after != before {
		t.Error("refused calls changed something")
	}
	var none coordsAnswer
	h.as(otherKey, "GET", "Coords").into(t, "Coords", &none)
	if none.CoordImages == nil || len(none.CoordImages) != 0 {
		t.Errorf("an app without coords: %+v", none)
	}
}

// An app grants what it has, not what the catalogue holds for others.
func TestAnItemOfAnotherAppIsNotGranted(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("scope", "ItemGrant")
	items := h.locked("tops", 2)
	h.unassign(items[0])
	before := h.everything()
	for _, asked := range [][]string{{"itemId", id(items[0])}, {"itemId", id(items[1]), "itemId", id(items[0])}} {
		h.post(avatarPath(guest.AvatarID, "/Items"), asked...).want(t, "another app's item", 404, "notFound")
	}
	if after := h.everything(); after != before {
		t.Error("refused grants changed something")
	}
	h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(items[1])).want(t, "its own", 200, "")
}

// A grant is all or nothing.
func TestGrants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest, loadOnly := h.guest("scope", "ItemGrant"), h.guest()
		items := h.locked("tops", 2)
		first, second := items[0], items[1]
		path := avatarPath(guest.AvatarID, "/Items")
		before := h.everything()
		h.post(path, "itemId", id(first), "itemId", "5").want(t, "an item that is not the app's", 404, "notFound")
		h.post(avatarPath(loadOnly.AvatarID, "/Items"), "itemId", id(first)).want(t, "without ItemGrant", 403, "forbidden")
		if after := h.everything(); after != before {
			t.Error("refused grants changed something")
		}
		var results itemResults
		h.post(path, "itemId", id(first), "itemId", id(h.closet.first.outfit.Items[0]), "itemId", id(first)).into(t, "Items", &results)
		want := []itemResult{{first, 200}, {h.closet.first.outfit.Items[0], 409}, {first, 409}}
		if !slices.Equal(results.Results, want) {
			t.Errorf("got %+v, want %+v", results.Results, want)
		}
		h.post(path, "itemId", id(first), "itemId", id(second)).into(t, "Items", &results)
		if want := []itemResult{{first, 409}, {second, 200}}; !slices.Equal(results.Results, want) {
			t.Errorf("got %+v, want %+v", results.Results, want)
		}
		var listed itemsAnswer
		h.get("Items", "itemId", id(second), "itemId", id(second), "avatarId", id(guest.AvatarID)).into(t, "Items", &listed)
		if len(listed.Items) != 2 || !listed.Items[0].Have || listed.Items[0] != listed.Items[1] {
			t.Errorf("Items: %+v", listed)
		}
		h.get("Items", "itemId", id(second)).into(t, "Items", &listed)
		if listed.Items[0].Have {
			t.Error("without an avatar somebody has an item")
		}
	})
}

func TestGuestsCoord(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	var initial coordsAnswer
	h.get("Coords").into(t, "Coords", &initial)
	if len(initial.CoordImages) == 0 {
		t.Fatal("the demo's app has no initial coords")
	}
	for _, one := range initial.CoordImages {
		if made := h.guest("coordId", id(one.CoordID)); made.AvatarNonAnimationImageURL != one.CoordImageURL {
			t.Errorf("a guest in coord %d looks otherwise", one.CoordID)
		}
	}
	for _, one := range h.closet.coordOrder {
		if !one.Initial {
			h.post("Guest", "coordId", id(one.ID)).want(t, "a coord that is not initial", 404, "notFound")
			h.get("Coords", "coordId", id(one.ID)).into(t, "Coords", new(coordsAnswer))
		}
	}
	h.get("Coords", "coordId", id(initial.CoordImages[0].CoordID), "coordId", "7").want(t, "one unknown coord", 404, "notFound")
}

// What was disabled is out within five seconds.
func TestDisabled(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	v := h.visitor()
	v.signUp("yuki")
	avatarID := v.linked(demoLink())
	h.change("UPDATE avatarplay_people SET disabled_at = 1")
	h.get(avatarPath(avatarID, "")).want(t, "a disabled person's avatar", 404, "notFound")
	v.open(pathDress).leads(t, "a disabled person", pathSignIn)

	h.change("UPDATE avatarplay_apps SET disabled_at = 1")
	defer clock.Step(5 * time.Second)()
	h.get("Echo").want(t, "a disabled app", 401, "authError")
	h.change("UPDATE avatarplay_apps SET disabled_at = NULL")
	h.change("UPDATE avatarplay_apps SET item_grant = ?", false)
	defer clock.Step(5 * time.Second)()
	h.post("Guest", "scope", "ItemGrant").want(t, "a permission that was taken away", 403, "forbidden")
}

// HEAD is answered where GET only reads, and nowhere else.
func TestHead(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	if a := h.as(demoKey, http.MethodHead, "Echo", "message", "hello"); a.status != 200 || a.header.Get("Content-Length") != "19" {
		t.Errorf("HEAD Echo: %d %v", a.status, a.header)
	}
	for _, path := range []string{"ConnectUrl", "Guest", "AccessToken", avatarPath(1, "/Items")} {
		if a := h.as(demoKey, http.MethodHead, path); a.status != 405 || a.header.Get("Allow") == "" {
			t.Errorf("HEAD %s: %d %v", path, a.status, a.header)
		}
	}
}

// The key counts in the query only; everything else in the query or the form, and
// the query wins.
func TestWhereParametersStand(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	post := func(target, body string) answered {
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
		r.Header.Set("Content-Type", formBody)
		return h.send(r)
	}
	post("/avatar/v1/Guest", "key="+demoKey).want(t, "the key in the body", 401, "authError")
	post("/avatar/v1/Guest?key="+demoKey, "scope=Everything").want(t, "a scope in the body", 400, "badRequest")
	post("/avatar/v1/Guest?scope=AvatarLoad&key="+demoKey, "scope=Everything").want(t, "in both", 200, "")
	for _, body := range []string{"scope=AvatarLoad&scope=ItemGrant", "scope=AvatarLoad,ItemGrant", "scope=ItemGrant&scope=&scope=AvatarLoad"} {
		var made avatarAnswer
		post("/avatar/v1/Guest?key="+demoKey, body).into(t, body, &made)
		h.room(made.AvatarID) // AvatarLoad
		h.grantAll(made.AvatarID, h.locked("", 1)...)
	}
	post("/avatar/v1/Guest?key="+demoKey, strings.Repeat("x", 1<<20+1)).want(t, "a body of more than 1 MiB", 400, "badRequest")
}

// With site_url everything begins with it.
func TestSiteURL(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "site_url https://sdk.example.jp/")
	guest := h.guest()
	var open urlAnswer
	h.get("OpenUrl").into(t, "OpenUrl", &open)
	if !strings.HasPrefix(guest.FaceImageURL, "https://sdk.example.jp/avatar/images/") || open.URL != "https://sdk.example.jp/fit/" {
		t.Errorf("%+v, %+v", guest, open)
	}
}

// With TLS, and without site_url, URLs are https.
func TestSchemeOfURLs(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	r := httptest.NewRequest(http.MethodGet, "https://sdk.example.jp:8443/avatar/v1/OpenUrl?key="+demoKey, nil)
	var open urlAnswer
	h.send(r).into(t, "OpenUrl", &open)
	if open.URL != "https://sdk.example.jp:8443/fit/" {
		t.Errorf("got %s", open.URL)
	}
}

// What is exactly at a bound is taken, what is beyond it is not.
func TestBounds(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	repeat := func(name string, ids []int64) (pairs []string) {
		for _, one := range ids {
			pairs = append(pairs, name, id(one))
		}
		return pairs
	}
	var avatars avatarsAnswer
	h.get("Avatars", repeat("avatarId", slices.Repeat([]int64{guest.AvatarID}, 50))...).into(t, "50 avatars", &avatars)
	if len(avatars.Avatars) != 50 {
		t.Errorf("%d avatars", len(avatars.Avatars))
	}
	h.post(avatarPath(guest.AvatarID, "/Items"), repeat("itemId", h.locked("", 10))...).want(t, "10 items", 200, "")
	h.post(avatarPath(guest.AvatarID, "/Items"), repeat("itemId", h.locked("", 11))...).want(t, "11 items", 400, "badRequest")
	path := avatarPath(guest.AvatarID, "/FittingRoom")
	for _, c := range []struct {
		pairs  []string
		status int
		reason string
	}{
		{[]string{"limit", "1", "page", "0"}, 200, ""},
		{[]string{"limit", "50", "page", "99"}, 200, ""},
		{[]string{"limit", "51"}, 400, "badRequest"},
		{[]string{"limit", "-1"}, 400, "badRequest"},
		{[]string{"page", "100"}, 400, "badRequest"},
		{[]string{"page", "-1"}, 400, "badRequest"},
	} {
		h.get(path, c.pairs...).want(t, strings.Join(c.pairs, " "), c.status, c.reason)
	}
	var coords coordsAnswer
	first, second := h.closet.coordOrder[0].ID, h.closet.coordOrder[1].ID
	h.get("Coords", repeat("coordId", []int64{second, first, second})...).into(t, "Coords", &coords)
	if len(coords.CoordImages) != 3 || coords.CoordImages[0].CoordID != second || coords.CoordImages[1].CoordID != first || coords.CoordImages[2].CoordID != second {
		t.Errorf("order and repeats: %+v", coords)
	}
	h.get("Coords", "coordId", id(first)+","+id(second)).want(t, "commas are not split", 400, "badRequest")
	h.get("Items", "itemId", "1,2").want(t, "commas are not split", 400, "badRequest")
}

// ConnectUrl asks for no more than the app was given, and leads nowhere else.
func TestConnectURLOfAnotherApp(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest()
	challenge := demoLink().challenge()
	own := "https://other.example/back"
	for _, c := range []struct {
		name   string
		pairs  []string
		status int
		reason string
	}{
		{"its own", []string{"redirectUri", own, "scope", "AvatarLoad"}, 200, ""},
		{"a scope that it was not given", []string{"redirectUri", own, "scope", "AvatarLoad,ItemGrant"}, 403, "forbidden"},
		{"another app's redirect URI", []string{"redirectUri", demoRedirects[0], "scope", "AvatarLoad"}, 400, "badRequest"},
		{"another app's guest", []string{"redirectUri", own, "scope", "AvatarLoad", "avatarId", id(guest.AvatarID)}, 404, "notFound"},
	} {
		h.as(otherKey, http.MethodGet, "ConnectUrl", append(c.pairs, "codeChallenge", challenge)...).want(t, c.name, c.status, c.reason)
	}
	// An item of both apps, and an avatar of the other.
	item := h.locked("tops", 1)[0]
	h.change("INSERT INTO avatarplay_app_items (app_id, item_id) VALUES (?, ?)", otherApp, item)
	h.as(otherKey, http.MethodGet, "Items", "itemId", id(item)).want(t, "its item", 200, "")
	h.as(otherKey, http.MethodGet, "Items", "itemId", id(item), "avatarId", id(guest.AvatarID)).want(t, "and another app's avatar", 404, "notFound")
}

// Ids are random and fit into what every JSON reader takes as a whole number.
func TestNewID(t *testing.T) {
	seen := map[int64]bool{}
	large := 0
	for range 10_000 {
		one := newID()
		if one < 1 || one > maxID || seen[one] {
			t.Fatalf("%d", one)
		}
		seen[one] = true
		if one > maxID/2 {
			large++
		}
	}
	if large < 4500 || large > 5500 {
		t.Errorf("%d of 10,000 are in the upper half", large)
	}
	for _, ids := range [][]int64{nil, {1}, {maxID, 1, maxID}} {
		if again, err := splitIDs(joinIDs(ids)); err != nil || !slices.Equal(again, ids) {
			t.Errorf("%v became %v, %v", ids, again, err)
		}
	}
	for _, broken := range []string{",", "1,", "x", "1,,2"} {
		if _, err := splitIDs(broken); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}

// An old client may name no host: what it came to stands in its place.
func TestURLsWithoutAHost(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	r := httptest.NewRequest(http.MethodGet, "/avatar/v1/OpenUrl?key="+demoKey, nil)
	r.Host, r.Proto, r.ProtoMinor = "", "HTTP/1.0", 0
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}))
	var open urlAnswer
	a := h.send(r)
	a.into(t, "OpenUrl", &open)
	if open.URL != "http://192.0.2.1:8080/fit/" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s, %v", open.URL, a.header)
	}
}
