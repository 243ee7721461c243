package customers

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// The operations' names in metrics and logs.
const (
	opList   = "list"
	opInfo   = "info"
	opDetail = "detail"
	opUpdate = "update"
	opCreate = "create"
	opDelete = "delete"
)

// service answers the operations.
type service struct {
	store       *store
	reveal      bool
	disclosures *prometheus.CounterVec
	lists       chan struct{} // one for each list under way
	log         *zap.Logger
}

// apiName is the API's name to its guard, in metrics and logs.
const apiName = "customers"

// api is the document's table of operations.
func (s *service) api() *serve.API {
	harmless := []string{"sid", "id"}
	return &serve.API{
		Name: apiName,
		Operations: []serve.Operation{
			{Name: opList, Method: http.MethodGet, Path: "/user/list", Reads: true, Guarded: true, Harmless: harmless, Handle: s.list},
			{Name: opInfo, Method: http.MethodGet, Path: "/user/info", Reads: true, Guarded: true, Harmless: harmless, Handle: s.info},
			{Name: opDetail, Method: http.MethodGet, Path: "/user/detail", Reads: true, Guarded: true, Harmless: harmless, Handle: s.detail},
			{Name: opUpdate, Method: http.MethodPost, Path: "/user/update", Guarded: true, Harmless: harmless, Handle: s.update},
			{Name: opCreate, Method: http.MethodPost, Path: "/user/create", Guarded: true, Harmless: harmless, Handle: s.create},
			{Name: opDelete, Method: http.MethodGet, Path: "/user/delete", Guarded: true, Harmless: harmless, Handle: s.delete},
		},
		Refuse: refuse,
	}
}

// readID reads the parameter id of detail and delete.
func readID(w http.ResponseWriter, r *http.Request) (int64, error) {
	text, err := readParameter(w, r, "id")
	if err != nil {
		return 0, err
	}
	id, ok := parseID(text)
	if !ok {
		return 0, malformed("id", text)
	}
	return id, nil
}

// readParameter reads a required parameter.
func readParameter(w http.ResponseWriter, r *http.Request, name string) (string, error) {
	params, err := kit.ReadParams(w, r, kit.Policy{LastWins: true})
	if f := fault.Of(err); f != nil {
		f.Subject = name // what cannot be read at all is told by the name
		return "", f
	}
	return params.Required(name, maxText)
}

// reveals says whether this caller is given passwords.
func (s *service) reveals(caller identity.Caller) bool {
	site, ok := caller.Extra.(site)
	return s.reveal && ok && site.Passwords
}
