package avatarplay

import (
	"context"
	"net/http"
	"slices"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/caddymodules/identity"
)

// getFittingRoom answers GET Avatar/{avatarId}/FittingRoom: the picture of what
// is tried on, and a page of what the wearer owns.
func (s *service) getFittingRoom(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.pathID()
	limit := p.within("limit", 1, mostPageItems, defaultPageItems)
	page := p.within("page", 0, lastPage, 0)
	if err := p.err(); err != nil {
		return err
	}
	of, closet, err := s.enter(r.Context(), appOf(caller), id)
	if err != nil {
		return err
	}
	on, err := s.roomOf(appOf(caller), of).now(r.Context())
	if err != nil {
		return err
	}
	owned, err := s.store.wardrobe(r.Context(), appOf(caller).ID, of, limit, page)
	if err != nil {
		return err
	}
	return s.writeFittingRoom(w, r, closet, of, on, owned)
}

func (s *service) writeFittingRoom(w http.ResponseWriter, r *http.Request, c *closet, of avatar, on fitting, owned []ownedItem) error {
	// What the catalogue does not have, after a table was edited by hand, is not
	// shown.
	owned = slices.DeleteFunc(owned, func(o ownedItem) bool { return c.items[o.ItemID] == nil })
	ids := make([]int64, len(owned))
	for i, o := range owned {
		ids[i] = o.ItemID
	}
	told, err := s.tell(r.Context(), c, forNow, on.Outfit)
	if err != nil {
		return err
	}
	thumbnails, err := s.tellItems(r.Context(), c, forEver, ids)
	if err != nil {
		return err
	}
	site := s.siteURL(r)
	answer := fittingRoomAnswer{AvatarImageURL: site + told[0].still, Items: make([]fittingRoomItem, len(owned))}
	for i, o := range owned {
		selectable, err := s.selectable(r.Context(), of, on, c.items[o.ItemID], o.Usable)
		if err != nil {
			return err
		}
		answer.Items[i] = fittingRoomItem{ItemID: o.ItemID, Selectable: selectable, ThumbnailURL: site + thumbnails[i]}
	}
	return write(w, http.StatusOK, answer)
}

// selectable says whether an owned item can be selected: the app may use it, and
// where it is worn it can come off.
func (s *service) selectable(ctx context.Context, of avatar, on fitting, one *item, usable bool) (bool, error) {
	if !usable || !on.Outfit.wears(one.ID) {
		return usable, nil
	}
	otherHair, err := s.otherHair(ctx, of.WearerID, one)
	return !one.staysOn(otherHair), err
}

// otherHair says whether a wearer owns other hair than this one. Of anything
// else nobody asks.
func (s *service) otherHair(ctx context.Context, wearerID int64, one *item) (bool, error) {
	if one.Part != catalogue.PartHair {
		return false, nil
	}
	return s.store.ownsOther(ctx, wearerID, string(catalogue.PartHair), one.ID)
}

// enter gives an avatar that an app may dress.
func (s *service) enter(ctx context.Context, caller app, id int64) (avatar, *closet, error) {
	closet, err := s.closets.get(ctx)
	if err != nil {
		return avatar{}, nil, err
	}
	found, err := s.store.avatars(ctx, caller, id)
	if err != nil {
		return avatar{}, nil, err
	}
	of, exists := found[id]
	switch {
	case !exists:
		return of, nil, errNoAvatar
	case !of.may.avatarLoad:
		return of, nil, errMayNotLoad
	}
	return of, closet, nil
}

// postSelect answers POST Avatar/{avatarId}/FittingRoom/Select: the item is put
// on, or taken off.
func (s *service) postSelect(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id, itemID := p.pathID(), p.needID("item_id")
	if err := p.err(); err != nil {
		return err
	}
	of, closet, err := s.enter(r.Context(), appOf(caller), id)
	if err != nil {
		return err
	}
	chosen, err := s.chosen(r.Context(), closet, appOf(caller), of, itemID)
	if err != nil {
		return err
	}
	otherHair, err := s.otherHair(r.Context(), of.WearerID, chosen)
	if err != nil {
		return err
	}
	_, err = s.roomOf(appOf(caller), of).change(r.Context(), func(on fitting) (fitting, error) {
		return on.toggled(closet, chosen, otherHair)
	})
	if err != nil {
		return err
	}
	return writeEmpty(w)
}

// chosen gives an item that an avatar's wearer owns and an app may use.
func (s *service) chosen(ctx context.Context, c *closet, caller app, of avatar, itemID int64) (*item, error) {
	owned, err := s.store.have(ctx, of.WearerID, []int64{itemID})
	if err != nil {
		return nil, err
	}
	one := c.items[itemID]
	if !owned[itemID] || one == nil {
		return nil, errNotOwned
	}
	usable, err := s.store.usableItems(ctx, caller.ID, []int64{itemID})
	if err != nil {
		return nil, err
	}
	if !usable[itemID] {
		return nil, errUnusable
	}
	return one, nil
}

// postCommit answers POST Avatar/{avatarId}/FittingRoom/Commit: what is tried on
// becomes the main coord.
func (s *service) postCommit(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.pathID()
	if err := p.err(); err != nil {
		return err
	}
	of, _, err := s.enter(r.Context(), appOf(caller), id)
	if err != nil {
		return err
	}
	if _, err := s.roomOf(appOf(caller), of).commit(r.Context()); err != nil {
		return err
	}
	return writeEmpty(w)
}
