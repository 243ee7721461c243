package avatarplay

import (
	"net/http"

	"sekisho/caddymodules/identity"
)

// getAvatar answers GET Avatar/{avatarId}.
func (s *service) getAvatar(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.pathID()
	if err := p.err(); err != nil {
		return err
	}
	found, err := s.store.avatars(r.Context(), appOf(caller), id)
	if err != nil {
		return err
	}
	if _, exists := found[id]; !exists {
		return errNoAvatar
	}
	drawn, err := s.drawAvatars(r, found)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, drawn[id])
}

// getAvatars answers GET Avatars: each id that was asked for, in that order. One
// that does not exist is an entry of the answer, not an error of the call.
func (s *service) getAvatars(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ids := p.needIDs("avatarId", mostAvatars)
	if err := p.err(); err != nil {
		return err
	}
	found, err := s.store.avatars(r.Context(), appOf(caller), ids...)
	if err != nil {
		return err
	}
	drawn, err := s.drawAvatars(r, found)
	if err != nil {
		return err
	}
	answer := avatarsAnswer{Avatars: make([]avatarAnswer, len(ids))}
	for i, id := range ids {
		one, exists := drawn[id]
		if !exists {
			one = avatarAnswer{AvatarID: id, Status: http.StatusNotFound}
		}
		answer.Avatars[i] = one
	}
	return write(w, http.StatusOK, answer)
}

// drawAvatars gives avatars as they are answered: where the app has no
// permission (any more), with status 401 and without pictures.
func (s *service) drawAvatars(r *http.Request, found map[int64]avatar) (drawn map[int64]avatarAnswer, err error) {
	closet, err := s.closets.get(r.Context())
	if err != nil {
		return nil, err
	}
	drawn = make(map[int64]avatarAnswer, len(found))
	var shown []avatar
	var outfits []outfit
	for id, one := range found {
		if one.may.avatarLoad {
			shown, outfits = append(shown, one), append(outfits, one.outfit)
		} else {
			drawn[id] = avatarAnswer{AvatarID: id, Status: http.StatusUnauthorized}
		}
	}
	told, err := s.tell(r.Context(), closet, forEver, outfits...)
	for i, one := range shown {
		drawn[one.ID] = drawAvatar(one, s.siteURL(r), told[i])
	}
	return drawn, err
}

// drawAvatar gives an avatar that may be seen.
func drawAvatar(one avatar, site string, told pictures) avatarAnswer {
	return avatarAnswer{
		AvatarID:                   one.ID,
		AvatarImageURL:             site + told.moving,
		AvatarNonAnimationImageURL: site + told.still,
		FaceImageURL:               site + told.face,
		Guest:                      one.Guest,
		Status:                     http.StatusOK,
	}
}
