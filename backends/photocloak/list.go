package photocloak

import (
	"context"
	"net/http"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// cloaksJSON is a list of cloaks, the answer of マイクローク一覧 and フォトクローク検索.
type cloaksJSON struct {
	HTTPStatus number      `json:"HttpStatus"`
	Cloak      []cloakJSON `json:"Cloak"`
}

// listView says which of a member's own cloaks a list shows.
type listView struct{ status, scope int64 }

// whichever stands for any status or scope.
const whichever = -1

// listViews are the values of the parameter vm that show one's own cloaks.
var listViews = map[string]listView{
	"":            {whichever, whichever},
	"all":         {whichever, whichever},
	"public":      {statusPublic, scopeOpen},
	"private":     {statusPublic, scopeLocked},
	"provisional": {statusMaking, whichever},
}

// list shows the caller's cloaks, or those they follow (マイクローク一覧 API).
func (s *service) list(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	mode := p.text("vm", longestWord)
	follows := mode == "follor" || mode == "follow"
	shown, known := listViews[mode]
	if !known && !follows {
		p.fail(fault.Malformed, "vm", mode)
	}
	if err := p.err(); err != nil {
		return err
	}
	cloaks, err := s.listed(r.Context(), callerID(caller), shown, follows)
	if err != nil {
		return err
	}
	answer, err := s.drawList(r, cloaks, callerID(caller))
	if err != nil {
		return err
	}
	return write(w, answer)
}

func (s *service) listed(ctx context.Context, memberID int64, shown listView, follows bool) ([]cloak, error) {
	if follows {
		return s.store.followedCloaks(ctx, memberID)
	}
	return s.store.ownCloaks(ctx, memberID, shown)
}

// drawList draws cloaks that exist for a member, each open or closed as it is
// for them.
func (s *service) drawList(r *http.Request, cloaks []cloak, memberID int64) (cloaksJSON, error) {
	answer := cloaksJSON{HTTPStatus: s.rules.number(http.StatusOK), Cloak: []cloakJSON{}}
	albums, err := s.store.albums(r.Context(), cloaks)
	if err != nil {
		return answer, err
	}
	for _, a := range albums {
		open, err := s.mayLookInto(r, a.cloak, memberID)
		if err != nil {
			return answer, err
		}
		answer.Cloak = append(answer.Cloak, s.rules.drawAlbum(r, a, open))
	}
	return answer, nil
}
