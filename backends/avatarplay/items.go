package avatarplay

import (
	"net/http"

	"sekisho/caddymodules/identity"
)

// getItems answers GET Items: thumbnails of items that are all the app's, and
// with an avatar whether its wearer has each.
func (s *service) getItems(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ids := p.needIDs("itemId", mostListed)
	avatarID, hasAvatar := p.id("avatarId")
	if err := p.err(); err != nil {
		return err
	}
	closet, err := s.itemsOfApp(r, appOf(caller), ids)
	if err != nil {
		return err
	}
	var owned map[int64]bool
	if hasAvatar {
		if owned, err = s.ownedBy(r, appOf(caller), avatarID, ids); err != nil {
			return err
		}
	}
	told, err := s.tellItems(r.Context(), closet, forEver, ids)
	if err != nil {
		return err
	}
	answer := itemsAnswer{Items: make([]itemAnswer, len(ids))}
	for i, id := range ids {
		answer.Items[i] = itemAnswer{Have: owned[id], ItemID: id, ThumbnailURL: s.siteURL(r) + told[i]}
	}
	return write(w, http.StatusOK, answer)
}

// itemsOfApp gives the closet, in which all of some items are that an app may
// use.
func (s *service) itemsOfApp(r *http.Request, caller app, ids []int64) (*closet, error) {
	closet, err := s.closets.get(r.Context())
	if err != nil {
		return nil, err
	}
	usable, err := s.store.usableItems(r.Context(), caller.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !usable[id] || closet.items[id] == nil {
			return nil, errNoItem
		}
	}
	return closet, nil
}

func (s *service) ownedBy(r *http.Request, caller app, avatarID int64, ids []int64) (map[int64]bool, error) {
	found, err := s.store.avatars(r.Context(), caller, avatarID)
	if err != nil {
		return nil, err
	}
	of, exists := found[avatarID]
	switch {
	case !exists:
		return nil, errNoAvatar
	case of.may == scope{}: // the person cut the link
		return nil, errMayNotLoad
	}
	return s.store.have(r.Context(), of.WearerID, ids)
}

// postItems answers POST Avatar/{avatarId}/Items: each item is granted (200) or
// was had already (409).
func (s *service) postItems(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	avatarID := p.pathID()
	ids := p.needIDs("itemId", mostItemsGranted)
	if err := p.err(); err != nil {
		return err
	}
	fresh, err := s.store.grant(r.Context(), appOf(caller), avatarID, ids)
	if err != nil {
		return err
	}
	answer := itemResults{Results: make([]itemResult, len(ids))}
	for i, id := range ids {
		answer.Results[i] = itemResult{ItemID: id, Status: http.StatusConflict}
		if fresh[id] {
			answer.Results[i].Status = http.StatusOK
			delete(fresh, id) // named twice, the second time it is had already
		}
	}
	return write(w, http.StatusOK, answer)
}
