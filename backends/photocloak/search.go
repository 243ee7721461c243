package photocloak

import (
	"net/http"
	"strconv"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// How many cloaks a search shows.
const (
	usualFound = 20
	mostFound  = 100
)

// farthestOffset is where a search begins at the latest: beyond all cloaks.
const farthestOffset = 1 << 40

// search finds public cloaks by words in their tags, names and descriptions
// (フォトクローク検索 API).
func (s *service) search(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	query := p.wanted()
	if err := p.err(); err != nil {
		return err
	}
	cloaks, err := s.store.find(r.Context(), query)
	if err != nil {
		return err
	}
	return s.writeList(w, r, cloaks, callerID(caller))
}

// wanted reads what a search asks for.
func (p *params) wanted() wanted {
	tags, _ := p.tags("tg")
	query := wanted{
		order:  p.oneOf("s", "limit", "view", "new", "name"),
		offset: min(p.number("os", 0), farthestOffset),
		limit:  p.limit("li"),
	}
	for _, t := range tags {
		query.words = append(query.words, fold(t))
	}
	if query.order == "" {
		query.order = "new"
	}
	return query
}

// limit gives how many cloaks to show: 1 or more, and more than 100 as 100.
func (p *params) limit(name string) int64 {
	before := len(p.faults)
	n := p.number(name, usualFound)
	if n == 0 && len(p.faults) == before {
		p.fail(fault.Malformed, name, strconv.FormatInt(n, 10))
	}
	return min(n, mostFound)
}
