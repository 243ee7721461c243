package photocloak

import (
	"net/http"
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// prefixesJSON is the answer of the document's プレフィックス取得.
type prefixesJSON struct {
	Prefixs    []prefixJSON `json:"Prefixs"`
	MaxCloakNo kit.Number   `json:"MaxCloakNo"`
}

type prefixJSON struct {
	Name string `json:"Name"`
	Code string `json:"Code"`
}

// checkJSON is the answer of the document's フォトクローク確認.
type checkJSON struct {
	ScopeType kit.Number `json:"ScopeType"`
	CloakID   kit.Number `json:"CloakID"`
	Name      string     `json:"Name"`
}

// prefixes lists the first halves of the numbers, and how far the second goes
// (フォトクロークプレフィックス取得 API).
func (s *service) prefixes(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
	answer := prefixesJSON{Prefixs: []prefixJSON{}, MaxCloakNo: s.rules.numbers.Of(s.rules.maxNo)}
	for _, p := range s.rules.prefixes {
		answer.Prefixs = append(answer.Prefixs, prefixJSON{p.Name, p.Code})
	}
	return write(w, answer)
}

// longestPrefix is how long the parameter pd may be, in characters.
const longestPrefix = 100

// check finds a public cloak by its number (フォトクローク確認 API).
func (s *service) check(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	code := s.rules.prefixCode(p.required("pd", longestPrefix))
	no := p.id("no")
	if err := p.err(); err != nil {
		return err
	}
	c, err := s.store.numberedCloak(r.Context(), cloakNumber{code, no})
	if err != nil {
		return err
	}
	if !c.exists(0) { // for the owner no less: a number is what one hands out
		return fault.New(fault.NotFound, subjectCloak)
	}
	return write(w, checkJSON{ScopeType: s.rules.numbers.Of(c.Scope), CloakID: s.rules.numbers.Of(c.ID), Name: c.Name})
}

// prefixCode gives the code of a prefix by its code or name. What is neither
// stands for itself: a code that the operator took out of the options since.
func (u rules) prefixCode(codeOrName string) string {
	for _, p := range u.prefixes {
		if p.Name == codeOrName || strings.EqualFold(p.Code, codeOrName) {
			return p.Code
		}
	}
	return codeOrName
}
