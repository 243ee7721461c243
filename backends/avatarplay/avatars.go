package avatarplay

import (
	"context"
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
	drawn = make(map[int64]avatarAnswer, len(found))
	closet, err := s.closets.get(r.Context())
	if err != nil {
		return nil, err
	}
	var shown []outfit
	for id, one := range found {
		if !one.may.avatarLoad {
			drawn[id] = avatarAnswer{AvatarID: id, Status: http.StatusUnauthorized}
			continue
		}
		shown = append(shown, one.outfit)
		drawn[id] = s.drawAvatar(r, closet, one)
	}
	return drawn, s.ensure(r.Context(), closet, shown...)
}

func (s *service) drawAvatar(r *http.Request, c *closet, one avatar) avatarAnswer {
	pictures := picturesOf(c, one.outfit)
	site := s.siteURL(r)
	return avatarAnswer{
		AvatarID:                   one.ID,
		AvatarImageURL:             site + pictures.moving,
		AvatarNonAnimationImageURL: site + pictures.still,
		FaceImageURL:               site + pictures.face,
		Guest:                      one.Guest,
		Status:                     http.StatusOK,
	}
}

// ensure keeps the recipes of what outfits are drawn from, before their pictures
// are told to anybody.
func (s *service) ensure(ctx context.Context, c *closet, shown ...outfit) error {
	recipes := make([]recipe, 0, 2*len(shown))
	for _, o := range shown {
		recipes = append(recipes, recipeOf(c.look(o)), recipeOf(c.motion(o)))
	}
	return s.gallery.ensure(ctx, recipes...)
}
