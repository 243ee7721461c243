// Package identity carries who is calling from a guard to a backend.
//
// A guard does not refuse by itself. It leaves a check in the request's context
// and goes on; the backend that knows the path asks for the caller, and draws a
// refusal in its own API's shape. So a path that no backend knows costs no look
// into a store, counts as no guess, and falls through to whatever the operator
// put behind.
//
// Several guards may stand before several backends, as on a site that serves
// every API. Each leaves its check for the one API whose callers it knows.
package identity

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// Caller is who is calling, as a guard found out.
type Caller struct {
	// ID is the site, member, app or login, by the id that may be logged.
	ID string

	// Program is the calling program, by the id that may be logged: the site, the app,
	// the OAuth client.
	Program string

	// Extra is what the module that knows the callers attached for its own
	// backend. Guards carry it and do not look inside.
	Extra any
}

// Check finds out who is calling. Its error is a *fault.Fault.
type Check func(context.Context) (Caller, error)

// ErrUnguarded says that no guard stands before the backend: the Caddyfile
// lacks a directive. A backend answers it as a failure of ours.
var ErrUnguarded = errors.New("no guard stands before this backend; the Caddyfile needs its directive before the backend's")

// errBrokenOff is what a check leaves that panicked: whoever asks again is not
// let in.
var errBrokenOff = errors.New("finding out who is calling broke off")

// contextKey is the name of the API that a check is for.
type contextKey string

// question is a guard's check, and what came of it.
type question struct {
	check  Check
	once   sync.Once
	caller Caller
	err    error
}

// WithCheck leaves a guard's check for the backend of an API. It runs at most
// once, but for [Again].
func WithCheck(ctx context.Context, api string, check Check) context.Context {
	return context.WithValue(ctx, contextKey(api), &question{check: check, err: errBrokenOff}) // what stays if the check panics
}

// Leave leaves a guard's check in the request itself. A copy of the request would
// be 320 bytes for each guard on the way, a quarter of all that an Echo allocates
// beyond Caddy's respond: see BenchmarkLeave, and H1 in deploy/bench.
func Leave(r *http.Request, api string, check Check) {
	*r = *r.WithContext(WithCheck(r.Context(), api, check))
}

// Of asks the guard of an API who is calling. The error is the guard's
// *fault.Fault, or ErrUnguarded.
func Of(ctx context.Context, api string) (Caller, error) {
	q, ok := ctx.Value(contextKey(api)).(*question)
	if !ok {
		return Caller{}, ErrUnguarded
	}
	q.once.Do(func() { q.caller, q.err = q.check(ctx) })
	return q.caller, q.err
}

// Again asks the guard anew, for an answer that takes long: who was disabled in
// the meantime must not have the rest of it.
func Again(ctx context.Context, api string) (Caller, error) {
	q, ok := ctx.Value(contextKey(api)).(*question)
	if !ok {
		return Caller{}, ErrUnguarded
	}
	return q.check(ctx)
}
