package photocloak

import (
	"net/http"

	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

// deletePhoto takes a photo out of a cloak, for the cloak's owner and for
// whoever uploaded it. Whoever may not look into a locked cloak does not learn
// which photos are in it.
func (s *service) deletePhoto(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ci, cd := p.id("ci"), p.id("cd")
	if err := p.err(); err != nil {
		return err
	}
	memberID := callerID(caller)
	c, i, err := s.store.heldIn(r.Context(), ci, cd)
	if err != nil {
		return err
	}
	if !c.exists(memberID) {
		return unknownCloak(ci)
	}
	if i.ID == 0 || !c.owned(memberID) && i.MemberID != memberID {
		if err := s.admit(r, c, ci, memberID); err != nil {
			return err
		}
		if i.ID == 0 {
			return unknownImage(cd)
		}
		return notAcceptable(ci)
	}
	removed, err := s.store.removePhoto(r.Context(), i, clock.Now().UnixMilli())
	if err != nil {
		return err
	}
	if !removed {
		return unknownImage(cd) // somebody else was quicker
	}
	if err := forgetPhoto(r.Context(), s.blobs, i.Blob); err != nil {
		s.log.Warn("deleting the files of a deleted photo failed; the janitor will", zap.Int64("image_id", i.ID), zap.Error(err))
	}
	return writeEmpty(w)
}
