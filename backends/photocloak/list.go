package photocloak

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

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
	return s.writeList(w, r, cloaks, callerID(caller))
}

func (s *service) listed(ctx context.Context, memberID int64, shown listView, follows bool) ([]cloak, error) {
	if follows {
		return s.store.followedCloaks(ctx, memberID)
	}
	return s.store.ownCloaks(ctx, memberID, shown)
}

// The bounds of what is held of a list that is being answered.
const (
	albumsAtOnce = 10      // read from the database together
	bytesAtOnce  = 1 << 20 // an answer that fits is sent whole, with its length
)

// writeList answers with cloaks that exist for a member, each open or closed as
// it is for them: {"HttpStatus":"200","Cloak":[…]}. A long list is sent as it is
// drawn, so that it is never held as a whole.
func (s *service) writeList(w http.ResponseWriter, r *http.Request, cloaks []cloak, memberID int64) error {
	drawn := append([]byte(`{"HttpStatus":`), s.rules.numbers.Of(http.StatusOK)...)
	drawn = append(drawn, `,"Cloak":[`...)
	streaming := false
	for some := range slices.Chunk(cloaks, albumsAtOnce) {
		albums, err := s.store.albums(r.Context(), some)
		if err != nil {
			return err
		}
		for _, a := range albums {
			if len(drawn) > bytesAtOnce {
				if err := s.writePart(w, drawn, !streaming); err != nil {
					return err
				}
				drawn, streaming = drawn[:0], true
			}
			open, err := s.mayLookInto(r, a.cloak, memberID)
			if err != nil {
				return err
			}
			drawn = append(s.rules.appendAlbum(drawn, r, a, open), ',')
		}
	}
	drawn = append(bytes.TrimSuffix(drawn, []byte(",")), "]}"...)
	if streaming {
		return s.writePart(w, drawn, false)
	}
	return serve.Write(w, http.StatusOK, contentType, drawn)
}

// writePart sends a part of a long answer, the first one behind its head.
func (s *service) writePart(w http.ResponseWriter, part []byte, first bool) error {
	if first {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusOK)
	}
	if _, err := w.Write(part); err != nil {
		return fmt.Errorf("writing a list: %w", err)
	}
	return nil
}
