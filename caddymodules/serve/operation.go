// Package serve is how an API answers: its table of operations and the server
// that walks it, bodies within bounds, whole answers in the JSON that old
// clients parse.
package serve

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
)

// OperationVar is the Caddy variable in which a dispatching module (ydits_step)
// leaves the name of the operation that it chose.
const OperationVar = "sekisho.operation"

// Operation is one row of an API's table.
type Operation struct {
	// Name is the operation's name in metrics and logs, and what a dispatching
	// module calls it.
	Name string

	// Method is GET or POST.
	Method string

	// Path is matched as a whole; a trailing slash may be there or not. A segment
	// in braces, {name}, stands for any one that is not empty, which the handler
	// asks r.PathValue(name) for. A path that an operation has without braces is
	// never one that another has with them.
	Path string

	// Dispatched operations share a path; a module before the backend names the
	// one that is meant in [OperationVar].
	Dispatched bool

	// Reads says that a GET changes nothing, so that HEAD is answered too.
	Reads bool

	// Guarded operations ask the guard who is calling before anything else.
	Guarded bool

	// Open operations ask the guard too, but are also for those who show nothing
	// to it (its fault is Missing): they get the zero Caller. Who shows something
	// wrong is refused all the same.
	Open bool

	// Harmless names the parameters that may be logged with their values.
	Harmless []string

	// Handle decodes, lets the rules decide, and writes the answer. The error
	// is a *[fault.Fault], or else counts as a failure of ours. Once it has
	// written it may still return an error: the connection is then broken, so
	// that half an answer never looks whole.
	Handle func(w http.ResponseWriter, r *http.Request, caller identity.Caller) error
}

// API is a table of operations with the error shape of its family.
type API struct {
	// Name is the API's name in metrics and logs, and what its guard knows it by.
	Name string

	// FoldCase matches paths whatever their letter case (the ASP.NET families).
	FoldCase bool

	// Operations is the table.
	Operations []Operation

	// Refuse draws a fault in the documented shape of the API. op is nil where
	// a path is known but no operation was chosen.
	Refuse func(w http.ResponseWriter, r *http.Request, op *Operation, f *fault.Fault)
}

// names are those of the operations.
func (a *API) names() (names []string) {
	for _, op := range a.Operations {
		names = append(names, op.Name)
	}
	return names
}

// checks are what a guard usually finds out, where an operation asks one.
func (a *API) checks() []string {
	if !slices.ContainsFunc(a.Operations, func(op Operation) bool { return op.Guarded || op.Open }) {
		return nil
	}
	usual := []string{"ok"}
	for _, kind := range []fault.Kind{fault.Missing, fault.Malformed, fault.Unauthorized, fault.TooMany, fault.Internal} {
		usual = append(usual, kind.String())
	}
	return usual
}

// DeclareHarmless tells the redactor which parameters of the table may be
// logged. Backends call it when the program starts: malformed braces in a path
// panic.
func (a *API) DeclareHarmless() {
	for _, op := range a.Operations {
		observe.DeclareHarmless(op.Path, a.FoldCase, op.Harmless...)
	}
}

// setPathValues leaves what stands in place of the braces for the handler.
func (op *Operation) setPathValues(r *http.Request) {
	if !observe.IsTemplate(op.Path) {
		return
	}
	for name, value := range observe.Braced(op.Path, r.URL.Path) {
		r.SetPathValue(name, value)
	}
}

// answers says whether an operation takes a method.
func (op *Operation) answers(method string) bool {
	return op.Method == method || op.Reads && method == http.MethodHead
}

// errUndispatched says that the Caddyfile lacks a directive.
var errUndispatched = errors.New("nothing dispatches this path; the Caddyfile needs the dispatching directive before the backend's")

// errUnknownOperation says that the dispatching directive names what this
// backend does not have.
var errUnknownOperation = errors.New("the dispatching directive names an operation that this backend does not have")

// choose picks the operation that a method, and where there is one a
// dispatching module, asks for. op is nil only beside a fault.
func choose(w http.ResponseWriter, r *http.Request, candidates []*Operation) (op *Operation, f *fault.Fault) {
	known := false
	for _, candidate := range candidates {
		if !candidate.answers(r.Method) {
			continue
		}
		if !candidate.Dispatched {
			return candidate, nil
		}
		known = true
	}
	if !known {
		w.Header().Set("Allow", allowed(candidates))
		return nil, fault.New(fault.MethodNotAllowed, "")
	}
	return dispatched(r, candidates)
}

// dispatched picks the operation that a module before the backend has named.
func dispatched(r *http.Request, candidates []*Operation) (op *Operation, f *fault.Fault) {
	name, named := caddyhttp.GetVar(r.Context(), OperationVar).(string)
	if !named {
		return nil, fault.Because(errUndispatched)
	}
	for _, candidate := range candidates {
		if candidate.answers(r.Method) && candidate.Name == name {
			return candidate, nil
		}
	}
	if name != "" {
		return nil, fault.Because(errUnknownOperation)
	}
	return nil, fault.New(fault.Malformed, "")
}

// allowed is the Allow header of a path.
func allowed(candidates []*Operation) string {
	var methods []string
	for _, op := range candidates {
		methods = append(methods, op.Method)
		if op.Reads {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return strings.Join(slices.Compact(methods), ", ")
}
