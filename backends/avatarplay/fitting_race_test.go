package avatarplay

import (
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What was committed stays committed, whatever is selected at the same time.
func TestSelectBesideCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		accessories := h.bySlot()
		hat, other := accessories[0], accessories[1]
		h.grantAll(guest.AvatarID, hat, other)
		for round := range 20 {
			h.choose(guest.AvatarID, hat).want(t, "Select", 200, "") // on in even rounds, off in odd ones
			var both sync.WaitGroup
			both.Go(func() {
				again(func() answered { return h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")) }).want(t, "Commit", 200, "")
			})
			both.Go(func() { again(func() answered { return h.choose(guest.AvatarID, other) }).want(t, "Select", 200, "") })
			both.Wait()
			h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")).want(t, "Commit", 200, "")
			worn := h.worn(guest.AvatarID)
			if on := round%2 == 0; worn.wears(hat) != on || worn.wears(other) != on {
				t.Fatalf("round %d: the hat %v, the other %v", round, worn.wears(hat), worn.wears(other))
			}
		}
	})
}

// Of many who select and commit at once, the last to commit finds all of it on.
func TestCommitsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		accessories := h.bySlot()
		h.grantAll(guest.AvatarID, accessories...)
		want := h.worn(guest.AvatarID)
		var all sync.WaitGroup
		for i := range 64 {
			if i < len(accessories) {
				want = want.with(h.closet, h.closet.items[accessories[i]])
			}
			all.Go(func() {
				if i < len(accessories) {
					again(func() answered { return h.choose(guest.AvatarID, accessories[i]) }).want(t, "Select", 200, "")
				}
				again(func() answered { return h.post(avatarPath(guest.AvatarID, "/FittingRoom/Commit")) }).want(t, "Commit", 200, "")
			})
		}
		all.Wait()
		if got := h.worn(guest.AvatarID); !got.equal(want) {
			t.Errorf("worn are %v, not %v", sorted(got.Items), sorted(want.Items))
		}
	})
}

// A commit that comes late does not undo a later one.
func TestLateCommit(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	accessories := h.bySlot()
	h.grantAll(guest.AvatarID, accessories[0])
	caller := app{ID: demoApp, may: scope{avatarLoad: true}}
	first := h.worn(guest.AvatarID)
	later := first.with(h.closet, h.closet.items[accessories[0]])
	for _, commit := range []struct {
		worn outfit
		step int64
	}{{later, 20}, {first, 10}} {
		if err := h.store.dress(t.Context(), caller, guest.AvatarID, commit.worn, commit.step); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.worn(guest.AvatarID); !got.equal(later) {
		t.Errorf("worn is %v", got)
	}
}

// Each avatar has a fitting room of its own.
func TestFittingRoomsAreApart(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	one, other := h.guest("scope", "AvatarLoad,ItemGrant"), h.guest("scope", "AvatarLoad,ItemGrant")
	hat := h.bySlot()[0]
	h.grantAll(one.AvatarID, hat)
	h.grantAll(other.AvatarID, hat)
	h.choose(one.AvatarID, hat)
	if h.room(one.AvatarID).AvatarImageURL == h.room(other.AvatarID).AvatarImageURL {
		t.Error("what one tries on the other wears")
	}
}
