package ydits

import (
	"net/http"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/query"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

// The paths, to the letter.
const (
	pathAuth    = "/ydits-api/ydits-account/auth.php"
	pathRegist  = "/ydits-api/ydits-account/regist.php"
	pathInquiry = "/ydits-api/ydits-account/inquiry.php"
)

// The operations' names in metrics and logs; ydits_step calls the first three
// so too.
const (
	opIssue        = "issue"
	opRegister     = "register"
	opAuthenticate = "authenticate"
	opRegist       = "regist"
	opRegistPage   = "regist_page"
	opInquiry      = "inquiry"
	opInquiryPage  = "inquiry_page"
)

// policy is how the API reads parameters: its document prints JSON, the
// provider's own clients post forms, and the provider's server was PHP.
var policy = kit.Policy{JSON: true, LastWins: true}

// service answers the operations.
type service struct {
	store    store
	sessions stores.Sessions
	seal     *stores.Sealer

	passwords *guard.Door // account: the mail address in lower case
	uuids     *guard.Door // account: the uuid
	keys      *guard.Door // account: the uuid
	signUps   *guard.SignUps

	ownKeys bool
	mirror  bool
	log     *zap.Logger
}

// api is the table of operations.
func (s *service) api() *serve.API {
	step, g := []string{"step"}, []string{"g"}
	return &serve.API{
		Name: "ydits",
		Operations: []serve.Operation{
			{Name: opIssue, Method: http.MethodPost, Path: pathAuth, Dispatched: true, Harmless: step, Handle: s.issue},
			{Name: opRegister, Method: http.MethodPost, Path: pathAuth, Dispatched: true, Harmless: step, Handle: s.register},
			{Name: opAuthenticate, Method: http.MethodPost, Path: pathAuth, Dispatched: true, Harmless: step, Handle: s.authenticate},
			{Name: opRegist, Method: http.MethodPost, Path: pathRegist, Harmless: g, Handle: s.regist},
			{Name: opRegistPage, Method: http.MethodGet, Path: pathRegist, Reads: true, Harmless: g, Handle: s.showForm},
			{Name: opInquiry, Method: http.MethodPost, Path: pathInquiry, Harmless: g, Handle: s.inquiry},
			{Name: opInquiryPage, Method: http.MethodGet, Path: pathInquiry, Reads: true, Harmless: g, Handle: s.showForm},
		},
		Refuse: s.refuse,
	}
}

// refuse draws a fault: as a page for people, as JSON for everybody else. Where
// no operation was chosen at a known method, the step was not one.
func (s *service) refuse(w http.ResponseWriter, r *http.Request, op *serve.Operation, f *fault.Fault) {
	if op == nil && f.Kind == fault.Malformed {
		f = stepFault(r)
	}
	answer := refused(f)
	var err error
	if shown := pageOf(r); op != nil && shown != nil {
		err = s.writePage(w, shown.refused(f, answer))
	} else {
		err = s.write(w, answer.ResultCode, answer)
	}
	if err != nil {
		s.log.Debug("writing a refusal failed", zap.Error(err))
	}
}

func stepFault(r *http.Request) *fault.Fault {
	if step, _ := query.Last(r.URL.RawQuery, "step"); step == "" {
		return fault.New(fault.Missing, "step")
	}
	return fault.New(fault.Malformed, "step")
}
