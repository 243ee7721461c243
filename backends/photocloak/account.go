package photocloak

import (
	"net/http"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// longestAccountName is how long an account's name may be, in characters.
const longestAccountName = 50

// accountJSON is what the document's account answers.
type accountJSON struct {
	AccountName   string     `json:"AccountName"`
	Email         string     `json:"Email"`
	MaxCloakCount kit.Number `json:"MaxCloakCount"`
}

// account tells a member about their account.
func (s *service) account(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	m, err := s.store.member(r.Context(), callerID(caller))
	if err != nil {
		return err
	}
	if m.ID == 0 {
		return fault.New(fault.Unauthorized, "") // gone since the guard looked
	}
	return write(w, accountJSON{m.Name, m.Mail, s.rules.numbers.Of(m.MaxCloaks)})
}

// updateAccount changes the name of an account, its picture, or both.
func (s *service) updateAccount(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	name := p.text("an", longestAccountName)
	picture, given := int64(0), false
	if raw, _ := p.Raw("cd"); raw != "" {
		picture, given = p.id("cd"), true
	}
	if name == "" && !given && len(p.faults) == 0 {
		p.fail(fault.Missing, "an", "")
	}
	if err := p.err(); err != nil {
		return err
	}
	if err := s.store.updateAccount(r.Context(), callerID(caller), accountChange{name: name, picture: picture, setsPicture: given}); err != nil {
		return err
	}
	return writeEmpty(w)
}
