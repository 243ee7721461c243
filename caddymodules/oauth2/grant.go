package oauth2

import (
	"net/http"
	"net/url"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// issue is 認証 API. The client is checked before everything else, as the OWIN
// server did.
func (t *Token) issue(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	f, formErr := readForm(w, r)
	shown, err := readCredentials(r.Header, f, formErr)
	if err != nil {
		return err
	}
	x := &exchange{address: guard.Address(r), session: new(session)}
	if x.client, err = t.clients.check(r.Context(), shown, x.address); err != nil {
		return err
	}
	serve.NoteCaller(w, x.client)
	if formErr != nil {
		return formErr
	}
	parameters, err := x.parameters(f)
	if err != nil {
		return err
	}
	pair, err := x.serve(r.Context(), t.provider, parameters)
	if err != nil {
		return err
	}
	return answer(w, pair)
}

// parameters cleans a form of the dialect, for fosite.
func (x *exchange) parameters(f form) (url.Values, error) {
	if err := f.single(); err != nil {
		return nil, err
	}
	kind, err := f.required("grant_type", maxName)
	if err != nil {
		return nil, err
	}
	parameters := url.Values{"grant_type": {kind}}
	switch kind {
	case grantPassword:
		return parameters, f.take(parameters, field{"username", maxName}, field{"password", maxPassword})
	case grantRefresh:
		if err := f.take(parameters, field{"refresh_token", serve.MaxBody}); err != nil {
			return nil, err
		}
		x.shown = parameters.Get("refresh_token")
		if !isRefreshToken(x.shown) {
			return nil, fault.New(fault.Unauthorized, grantRefresh)
		}
		return parameters, nil
	}
	return nil, fault.New(fault.NotFound, "grant_type")
}

// field is a required parameter, and how many bytes it may have.
type field struct {
	name string
	max  int
}

func (f form) take(into url.Values, fields ...field) error {
	for _, field := range fields {
		value, err := f.required(field.name, field.max)
		if err != nil {
			return err
		}
		into.Set(field.name, value)
	}
	return nil
}
