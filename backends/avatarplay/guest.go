package avatarplay

import (
	"net/http"
	"slices"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

// postGuest answers POST Guest: a new guest, who wears one of the app's initial
// coords or the default one.
func (s *service) postGuest(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	coordID, hasCoord := p.id("coordId")
	may := p.guestScope()
	if err := p.err(); err != nil {
		return err
	}
	if !may.within(appOf(caller).may) {
		return errNotAllowed
	}
	closet, err := s.closets.get(r.Context())
	if err != nil {
		return err
	}
	first := closet.first
	if hasCoord {
		if first, err = s.initialCoord(r, closet, appOf(caller), coordID); err != nil {
			return err
		}
	}
	var told []pictures
	var made avatar
	err = s.guests.Try(r.Context(), guard.Address(r), func() (err error) {
		if told, err = s.tell(r.Context(), closet, forEver, first.outfit); err != nil {
			return err
		}
		made, err = s.store.addGuest(r.Context(), appOf(caller), may, first.outfit)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, drawAvatar(made, s.siteURL(r), told[0])) // with the scope ItemGrant alone too
}

// guestScope reads the scope of a guest: repeated, separated by commas, or both;
// without one, the permission to load the avatar.
func (p *params) guestScope() scope {
	all := slices.DeleteFunc(slices.Clone(p.given.All("scope")), func(text string) bool { return text == "" })
	if len(all) == 0 {
		return scope{avatarLoad: true}
	}
	may, ok := parseScope(all...)
	if !ok {
		p.fail(fault.New(fault.Malformed, "scope"))
	}
	return may
}

// initialCoord gives a coord with which an app's guest may begin.
func (s *service) initialCoord(r *http.Request, c *closet, caller app, id int64) (*coord, error) {
	assigned, err := s.store.appCoords(r.Context(), caller.ID)
	if err != nil {
		return nil, err
	}
	one := c.coords[id]
	if one == nil || !assigned[id] {
		return nil, errNoCoord
	}
	return one, nil
}
