package avatarplay

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// room asks for the fitting room of an avatar.
func (h *house) room(avatarID int64, pairs ...string) fittingRoomAnswer {
	h.t.Helper()
	var answer fittingRoomAnswer
	h.get(avatarPath(avatarID, "/FittingRoom"), pairs...).into(h.t, "FittingRoom", &answer)
	return answer
}

// choose selects an item.
func (h *house) choose(avatarID, itemID int64) answered {
	h.t.Helper()
	return h.post(avatarPath(avatarID, "/FittingRoom/Select"), "item_id", id(itemID))
}

// grantAll grants items to an avatar, ten at a time.
func (h *house) grantAll(avatarID int64, ids ...int64) {
	h.t.Helper()
	for some := range slices.Chunk(ids, mostItemsGranted) {
		var pairs []string
		for _, one := range some {
			pairs = append(pairs, "itemId", id(one))
		}
		h.post(avatarPath(avatarID, "/Items"), pairs...).into(h.t, "Items", new(itemResults))
	}
}

// worn is the main coord of an avatar as the database has it.
func (h *house) worn(avatarID int64) outfit {
	h.t.Helper()
	found, err := h.store.avatars(h.t.Context(), app{ID: demoApp}, avatarID)
	if err != nil {
		h.t.Fatal(err)
	}
	return found[avatarID].outfit
}

// From the first look into the fitting room to the new picture of the avatar.
func TestDressing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		hat := h.locked("accessory", 1)[0]
		h.grantAll(guest.AvatarID, hat)
		before := h.room(guest.AvatarID)
		if before.AvatarImageURL != guest.AvatarNonAnimationImageURL {
			t.Errorf("before, the fitting room shows %s, not the main coord %s", before.AvatarImageURL, guest.AvatarNonAnimationImageURL)
		}
		if a := h.choose(guest.AvatarID, hat); a.status != http.StatusOK || a.body != "" {
			t.Fatalf("Select: %d %q", a.status, a.body)
		}
		trying := h.room(guest.AvatarID)
		var shown avatarAnswer
		h.get(avatarPath(guest.AvatarID, "")).into(t, "Avatar", &shown)
		if trying.AvatarImageURL == before.AvatarImageURL || shown != guest {
			t.Errorf("what is tried on is not in the picture, or on the avatar: %+v, %+v", trying, shown)
		}
		if a := h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")); a.status != http.StatusOK || a.body != "" {
			t.Fatalf("Commit: %d %q", a.status, a.body)
		}
		h.get(avatarPath(guest.AvatarID, "")).into(t, "Avatar", &shown)
		if shown.AvatarNonAnimationImageURL != trying.AvatarImageURL || shown.FaceImageURL == "" || shown.AvatarImageURL == guest.AvatarImageURL {
			t.Errorf("after Commit: %+v", shown)
		}
		h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")).want(t, "nothing to commit", 200, "")
		h.choose(guest.AvatarID, hat).want(t, "taking it off", 200, "")
		if off := h.room(guest.AvatarID); off.AvatarImageURL != before.AvatarImageURL {
			t.Error("what was taken off is still on")
		}
	})
}

// What is tried on is forgotten after a day.
func TestTryingOnEnds(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	h := newHouse(t, s)
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	hat := h.locked("accessory", 1)[0]
	h.grantAll(guest.AvatarID, hat)
	h.choose(guest.AvatarID, hat)
	trying := h.room(guest.AvatarID)
	defer clock.Step(fittingFor + time.Second)()
	if later := h.room(guest.AvatarID); later.AvatarImageURL == trying.AvatarImageURL {
		t.Error("a day later it is still tried on")
	}
}

// The main coord's items come first, then the newest grant.
func TestOrderOfTheWardrobe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		main := h.worn(guest.AvatarID).Items
		fresh := h.locked("tops", 3)
		for _, one := range fresh {
			h.grantAll(guest.AvatarID, one)
			time.Sleep(2 * time.Millisecond) // grants are ordered by the millisecond
		}
		var got []int64
		for page := range 20 {
			part := h.room(guest.AvatarID, "limit", "3", "page", fmt.Sprint(page)).Items
			for _, one := range part {
				got = append(got, one.ItemID)
			}
		}
		if !slices.Equal(sorted(got[:len(main)]), sorted(main)) {
			t.Errorf("first come %v, not the main coord %v", got[:len(main)], main)
		}
		slices.Reverse(fresh)
		if !slices.Equal(got[len(main):], fresh) {
			t.Errorf("then come %v, not the newest grant first %v", got[len(main):], fresh)
		}
		if len(h.room(guest.AvatarID).Items) != min(defaultPageItems, len(got)) || len(h.room(guest.AvatarID, "limit", "50").Items) != len(got) {
			t.Error("the number of items on a page")
		}
	})
}

// What cannot be taken off, or may not be used, says so, and is refused.
func TestSelectable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		selectable := func() map[string]bool {
			parts := map[string]bool{}
			for _, one := range h.room(guest.AvatarID, "limit", "50").Items {
				if worn := h.closet.items[one.ItemID]; h.worn(guest.AvatarID).wears(one.ItemID) {
					parts[string(worn.Part)] = one.Selectable
				}
			}
			return parts
		}
		wornOf := func(part string) int64 {
			for _, one := range h.closet.wornBy(h.worn(guest.AvatarID)) {
				if string(one.Part) == part {
					return one.ID
				}
			}
			t.Fatalf("the default coord has no %s", part)
			return 0
		}
		parts := selectable()
		if parts["body"] || parts["face"] || parts["hair"] || !parts["shoes"] {
			t.Errorf("selectable while no other hair is owned: %v", parts)
		}
		for _, part := range []string{"body", "face", "hair"} {
			h.choose(guest.AvatarID, wornOf(part)).want(t, "taking off the "+part, 409, "conflict")
		}
		otherHair := h.locked("hair", 1)[0]
		h.choose(guest.AvatarID, otherHair).want(t, "what is not owned", 403, "forbidden")
		h.choose(guest.AvatarID, 5).want(t, "what there is not", 403, "forbidden")
		h.grantAll(guest.AvatarID, otherHair)
		if parts := selectable(); parts["body"] || parts["face"] || !parts["hair"] {
			t.Errorf("selectable with other hair: %v", parts)
		}
		h.choose(guest.AvatarID, wornOf("hair")).want(t, "taking off the hair", 200, "")
		h.choose(guest.AvatarID, otherHair).want(t, "putting on other hair", 200, "")

		// What the app may not use (any more).
		h.unassign(otherHair)
		for _, one := range h.room(guest.AvatarID, "limit", "50").Items {
			if one.ItemID == otherHair && one.Selectable {
				t.Error("an item is selectable that the app may not use")
			}
		}
		h.choose(guest.AvatarID, otherHair).want(t, "what the app may not use", 409, "conflict")
	})
}

// A dress takes the place of a top and of a bottom, and they that of a dress.
func TestExclusion(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	dress, top, bottom := h.locked("dress", 1)[0], h.locked("tops", 1)[0], h.locked("bottoms", 1)[0]
	h.grantAll(guest.AvatarID, dress, top, bottom)
	parts := func() string {
		h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")).want(t, "Commit", 200, "")
		var worn []string
		for _, one := range h.closet.wornBy(h.worn(guest.AvatarID)) {
			if part := string(one.Part); part == "dress" || part == "tops" || part == "bottoms" {
				worn = append(worn, part)
			}
		}
		slices.Sort(worn)
		return strings.Join(worn, " ")
	}
	for _, step := range []struct {
		item int64
		want string
	}{{top, "bottoms tops"}, {dress, "dress"}, {top, "tops"}, {bottom, "bottoms tops"}, {dress, "dress"}, {dress, ""}} {
		h.choose(guest.AvatarID, step.item).want(t, "Select", 200, "")
		if got := parts(); got != step.want {
			t.Errorf("after %s: %q, want %q", h.closet.items[step.item].Key, got, step.want)
		}
	}
}

// 64 at once: every item that was selected is on, and none doubled.
func TestSelectAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		accessories := h.bySlot()
		h.grantAll(guest.AvatarID, accessories...)
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				again(func() answered { return h.choose(guest.AvatarID, accessories[i%len(accessories)]) }).want(t, "Select", 200, "")
			})
		}
		all.Wait()
		want := h.worn(guest.AvatarID)
		for i, one := range accessories {
			selections := 64 / len(accessories)
			if i < 64%len(accessories) {
				selections++
			}
			if selections%2 == 1 {
				want = want.with(h.closet, h.closet.items[one])
			}
		}
		h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")).want(t, "Commit", 200, "")
		if got := h.worn(guest.AvatarID); !got.equal(want) {
			t.Errorf("worn are %v, want %v", sorted(got.Items), sorted(want.Items))
		}
	})
}

// bySlot gives an accessory for each slot that the default coord leaves free.
func (h *house) bySlot() (ids []int64) {
	h.t.Helper()
	taken := h.closet.wornBy(h.closet.first.outfit)
	for _, one := range h.closet.itemOrder {
		if string(one.Part) == "accessory" && !slices.ContainsFunc(taken, one.excludes) {
			taken = append(taken, one)
			ids = append(ids, one.ID)
		}
	}
	if len(ids) < 3 {
		h.t.Fatalf("the starter catalogue has accessories for %d slots", len(ids))
	}
	return ids
}

// 64 grants of the same items at once: each item is granted once.
func TestGrantsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		items := h.locked("", 10)
		var all sync.WaitGroup
		var mu sync.Mutex
		granted := map[int64]int{}
		for i := range 64 {
			all.Go(func() {
				var results itemResults
				again(func() answered {
					return h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(items[i%10]), "itemId", id(items[(i+3)%10]))
				}).into(t, "Items", &results)
				mu.Lock()
				defer mu.Unlock()
				for _, one := range results.Results {
					if one.Status == http.StatusOK {
						granted[one.ItemID]++
					}
				}
			})
		}
		all.Wait()
		for _, one := range items {
			if granted[one] != 1 {
				t.Errorf("an item was granted %d times", granted[one])
			}
		}
		if owned := h.count("avatarplay_owned", "1 = 1"); owned != len(h.closet.first.outfit.Items)+10 {
			t.Errorf("%d items are owned", owned)
		}
	})
}

// Whatever is granted to a guest while a person takes them over is the person's,
// or was refused.
func TestGrantsDuringAnUpgrade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		items := h.locked("", 20)
		v := h.visitor()
		v.signUp("yuki")
		l := demoLink()
		_, ticket := h.connect(l, "avatarId", id(guest.AvatarID))
		token := v.consent(ticket)
		var all sync.WaitGroup
		var mu sync.Mutex
		var granted []int64
		var linked accessTokenAnswer
		for i, one := range items {
			all.Go(func() {
				a := again(func() answered { return h.post(avatarPath(guest.AvatarID, "/Items"), "itemId", id(one)) })
				if a.status == http.StatusOK {
					mu.Lock()
					granted = append(granted, one)
					mu.Unlock()
				} else {
					a.want(t, "Items", 404, "notFound")
				}
			})
			if i == len(items)/2 {
				all.Go(func() { again(func() answered { return h.redeem(l, token) }).into(t, "AccessToken", &linked) })
			}
		}
		all.Wait()
		who, err := h.store.personByLogin(t.Context(), "yuki")
		if err != nil {
			t.Fatal(err)
		}
		has, err := h.store.have(t.Context(), who.WearerID, items)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range granted {
			if !has[one] {
				t.Errorf("the grant of %d was answered 200 and is lost", one)
			}
		}
	})
}
