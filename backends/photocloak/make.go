package photocloak

import (
	"net/http"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

// How long the texts of a cloak may be, in characters.
const (
	longestCloakName   = 50
	longestDescription = 1000
)

// cloakIDJSON answers the making of a cloak and its completion.
type cloakIDJSON struct {
	CloakID kit.Number `json:"CloakId"`
}

// makeCloak makes a cloak, which is in the making until complete publishes it
// (フォトクローク新規作成 API).
func (s *service) makeCloak(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	name := p.required("nm", longestCloakName)
	description := p.text("dc", longestDescription)
	if err := p.err(); err != nil {
		return err
	}
	made := s.rules.newCloak(callerID(caller), name, description, clock.Now())
	if err := s.addWithNumber(r.Context(), &made); err != nil {
		return err
	}
	return write(w, cloakIDJSON{s.rules.numbers.Of(made.ID)})
}

// newCloak gives a cloak in the making, which has no number yet.
func (u rules) newCloak(memberID int64, name, description string, now time.Time) cloak {
	return cloak{
		MemberID:    memberID,
		Name:        name,
		Description: description,
		Status:      statusMaking,
		Scope:       scopeOpen,
		CreatedAt:   now.UnixMilli(),
		UpdatedAt:   now.UnixMilli(),
		EndsAt:      now.Add(u.making).UnixMilli(),
	}
}
