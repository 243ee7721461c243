package photocloak

import (
	"net/http"

	"sekisho/caddymodules/identity"
)

// look counts a view of a photo and of its cloak. It is answered once the count
// is safe.
func (s *service) look(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	cd := p.id("cd")
	if err := p.err(); err != nil {
		return err
	}
	c, err := s.store.around(r.Context(), cd)
	if err != nil {
		return err
	}
	memberID := callerID(caller)
	if !c.exists(memberID) {
		return unknownImage(cd)
	}
	if err := s.admit(r, c, c.ID, memberID); err != nil {
		return err
	}
	err = s.counters.Add(r.Context(), viewsSet, map[string]int64{
		viewsField(imageField, cd):   1,
		viewsField(cloakField, c.ID): 1,
	})
	if err != nil {
		return err
	}
	return writeEmpty(w)
}
