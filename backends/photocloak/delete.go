package photocloak

import (
	"net/http"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

// deleteCloak ends a cloak for everybody, its owner too (フォトクローク削除 API). The
// janitor takes the row and the photos away when the number has rested.
func (s *service) deleteCloak(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.id("ci")
	if err := p.err(); err != nil {
		return err
	}
	err = s.store.changeCloak(r.Context(), id, nil, func(c *cloak) error {
		if err := c.mustBeOwned(id, callerID(caller)); err != nil {
			return err
		}
		now := clock.Now().UnixMilli()
		c.DeletedAt, c.EndsAt, c.UpdatedAt = now, now, now
		return nil
	})
	if err != nil {
		return err
	}
	return writeEmpty(w)
}
