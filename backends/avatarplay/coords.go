package avatarplay

import (
	"net/http"

	"sekisho/caddymodules/identity"
)

// getCoords answers GET Coords: the coords that are asked for, all of which the
// app must have, or else those that its guests may begin with.
func (s *service) getCoords(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ids := p.ids("coordId", mostListed)
	if err := p.err(); err != nil {
		return err
	}
	closet, err := s.closets.get(r.Context())
	if err != nil {
		return err
	}
	assigned, err := s.store.appCoords(r.Context(), appOf(caller).ID)
	if err != nil {
		return err
	}
	shown := make([]*coord, 0, len(ids))
	for _, id := range ids {
		_, may := assigned[id]
		one := closet.coords[id]
		if one == nil || !may {
			return errNoCoord
		}
		shown = append(shown, one)
	}
	if len(ids) == 0 {
		shown = closet.initialCoords(assigned)
	}
	return s.writeCoords(w, r, closet, shown)
}

// initialCoords gives those of an app's coords that its guests may begin with,
// in the catalogue's order.
func (c *closet) initialCoords(assigned map[int64]bool) (initial []*coord) {
	for _, one := range c.coordOrder {
		if assigned[one.ID] {
			initial = append(initial, one)
		}
	}
	return initial
}

func (s *service) writeCoords(w http.ResponseWriter, r *http.Request, c *closet, shown []*coord) error {
	outfits := make([]outfit, len(shown))
	for i, one := range shown {
		outfits[i] = one.outfit
	}
	told, err := s.tell(r.Context(), c, forEver, outfits...)
	if err != nil {
		return err
	}
	answer := coordsAnswer{CoordImages: make([]coordAnswer, len(shown))}
	for i, one := range shown {
		answer.CoordImages[i] = coordAnswer{CoordID: one.ID, CoordImageURL: s.siteURL(r) + told[i].still}
	}
	return write(w, http.StatusOK, answer)
}
