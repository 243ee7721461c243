package photocloak

import (
	"net/http"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

// follow has the caller follow another's cloak (フォトクロークフォロー追加 API). Doing so
// again changes nothing.
func (s *service) follow(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	c, err := s.others(w, r, caller)
	if err != nil {
		return err
	}
	err = s.store.addFollow(r.Context(), follow{
		MemberID: callerID(caller), CloakID: c.ID, CreatedAt: clock.Now().UnixMilli(),
	})
	if err != nil {
		return err
	}
	return writeEmpty(w)
}

// unfollow has the caller follow a cloak no more (フォトクロークフォロー解除 API). One that
// is paused, or gone, is an unknown one also to those who follow it.
func (s *service) unfollow(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	c, err := s.others(w, r, caller)
	if err != nil {
		return err
	}
	followed, err := s.store.deleteFollow(r.Context(), callerID(caller), c.ID)
	if err != nil {
		return err
	}
	if !followed {
		return notAcceptable(c.ID)
	}
	return writeEmpty(w)
}

// others gives the cloak that the request names, which must exist for the caller
// and not be their own.
func (s *service) others(w http.ResponseWriter, r *http.Request, caller identity.Caller) (cloak, error) {
	p, err := readParams(w, r)
	if err != nil {
		return cloak{}, err
	}
	id := p.id("ci")
	if err := p.err(); err != nil {
		return cloak{}, err
	}
	c, err := s.visible(r.Context(), id, callerID(caller))
	if err == nil && c.owned(callerID(caller)) {
		err = notAcceptable(id)
	}
	return c, err
}
