package photocloak

import (
	"context"
	"net/http"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
)

// Who may see a cloak is decided here, and nowhere else.

// ended says whether a cloak has run out or was deleted: it is gone for
// everyone. A deleted one is so also by a clock that is behind the one of the
// gateway that deleted it.
func (c cloak) ended() bool { return c.DeletedAt != 0 || c.EndsAt <= clock.Now().UnixMilli() }

// exists says whether there is such a cloak for this member (0 for nobody): one
// in the making or paused is there for its owner only.
func (c cloak) exists(memberID int64) bool {
	return c.ID != 0 && !c.ended() && (c.Status == statusPublic || c.owned(memberID))
}

// owned says whether the cloak is this member's own.
func (c cloak) owned(memberID int64) bool { return memberID != 0 && c.MemberID == memberID }

// visible gives a cloak that exists for this member, or the fault of an unknown
// one. Whether they may look inside is another question, see enter.
func (s *service) visible(ctx context.Context, id, memberID int64) (cloak, error) {
	c, err := s.store.cloak(ctx, id)
	if err != nil {
		return cloak{}, err
	}
	if !c.exists(memberID) {
		return cloak{}, unknownCloak(id)
	}
	return c, nil
}

// owned gives a cloak that is this member's own. Another's is not acceptable
// where it exists for them, and else unknown.
func (s *service) owned(ctx context.Context, id, memberID int64) (cloak, error) {
	c, err := s.store.cloak(ctx, id)
	if err == nil {
		err = c.mustBeOwned(id, memberID)
	}
	if err != nil {
		return cloak{}, err
	}
	return c, nil
}

// mustBeOwned is the fault of a cloak that is not this member's own, for what
// was read as the cloak with this id.
func (c cloak) mustBeOwned(id, memberID int64) error {
	switch {
	case !c.exists(memberID):
		return unknownCloak(id)
	case !c.owned(memberID):
		return notAcceptable(id)
	}
	return nil
}

// enter gives a cloak that this member may look into: a locked one that is not
// theirs needs the cloak token that the request carries. Else the fault is
// invalid_cloaktoken.
func (s *service) enter(r *http.Request, id, memberID int64) (cloak, error) {
	c, err := s.store.cloak(r.Context(), id)
	if err != nil {
		return cloak{}, err
	}
	if err := s.admit(r, c, id, memberID); err != nil {
		return cloak{}, err
	}
	return c, nil
}

// admit is enter for what was read of the cloak with this id, the zero cloak
// where there is none.
func (s *service) admit(r *http.Request, c cloak, id, memberID int64) error {
	if !c.exists(memberID) {
		return unknownCloak(id)
	}
	open, err := s.mayLookInto(r, c, memberID)
	if err == nil && !open {
		err = fault.New(fault.Malformed, subjectCloakToken)
	}
	return err
}

// mayLookInto says whether this member, who sees a cloak, may look into it.
func (s *service) mayLookInto(r *http.Request, c cloak, memberID int64) (bool, error) {
	if c.Scope == scopeOpen || c.owned(memberID) {
		return true, nil
	}
	return s.opensCloak(r.Context(), c, r.Header.Values("X-PhotoCloakToken"))
}
