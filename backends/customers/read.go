package customers

import (
	"net/http"

	"go.uber.org/zap"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// info answers GET /user/info (利用者ID取得): the living customer with an e-mail
// address, whatever the case of its ASCII letters.
func (s *service) info(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	email, err := readParameter(w, r, colEmail)
	if err != nil {
		return err
	}
	if !address.valid(email) {
		return malformed(colEmail, email)
	}
	found, err := s.store.byEmail(r.Context(), email)
	if err != nil {
		return err
	}
	delete(found.Values, colAnswer) // info does not show it
	s.disclose(r, caller, opInfo, found)
	return serve.Write(w, http.StatusOK, contentType, infoAnswer(found))
}

// detail answers GET /user/detail (詳細な利用者情報の取得): every column of a
// living customer.
func (s *service) detail(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	id, err := readID(w, r)
	if err != nil {
		return err
	}
	found, err := s.store.byID(r.Context(), id)
	if err != nil {
		return err
	}
	s.disclose(r, caller, opDetail, found)
	return serve.Write(w, http.StatusOK, contentType, detailAnswer(found))
}

// disclose empties the sealed columns where they are withheld, and otherwise
// counts and logs that the caller is given them.
func (s *service) disclose(r *http.Request, caller identity.Caller, operation string, found customer) {
	secret := false
	for _, c := range columns {
		if !c.sealed {
			continue
		}
		if !s.reveals(caller) {
			found.Values[c.name] = ""
		}
		secret = secret || found.Values[c.name] != ""
	}
	if !secret || r.Method == http.MethodHead {
		return
	}
	s.disclosures.WithLabelValues(operation).Inc()
	s.log.Info("password disclosed",
		zap.String("operation", operation), zap.String("site", caller.ID), zap.Int64("customer", found.ID))
}
