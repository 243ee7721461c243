package serve

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"sekisho/caddymodules/census"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// Server serves an API's table.
type Server struct {
	API     *API
	Metrics *observe.Served
	Census  Census // nil takes no note
	Log     *zap.Logger

	// Lease holds the stores open while a request is under way; it returns what
	// gives them back.
	Lease func() (release func())

	// Leaving says whether a reload has replaced this configuration: an answer
	// then closes its connection, so that the client comes back to the new one.
	// nil never says so.
	Leaving func() bool

	once  sync.Once
	paths *paths // of API, made for the first request
}

// Census takes note of who still calls.
type Census interface {
	// Saw counts one call of an operation that ended at a time. caller is the id of
	// the calling program, "" where it did not prove who it is; userAgent is as it
	// came.
	Saw(at time.Time, api, operation, caller, userAgent string)
}

// New makes the server of an API over the stores of a configuration, in Provision.
func New(ctx caddy.Context, opened *stores.Stores, api *API) (*Server, error) {
	metrics, err1 := opened.Metrics(ctx.GetMetricsRegistry())
	callers, err2 := census.Of(opened)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &Server{
		API: api, Metrics: metrics.Serves(api.Name, api.names(), api.checks()), Census: callers,
		Log: ctx.Logger(), Lease: opened.Lease, Leaving: opened.Leaving,
	}, nil
}

// ServeHTTP answers a request for a path of the table, and hands every other
// one to next without asking the guard or touching the stores.
//
// An answer is counted as "ok", as the kind of its fault, or as "gone" where
// the client went away before it had it. Failures of ours are logged, panics
// too, each with a reference that its answer may quote. One that comes after
// the answer has begun breaks the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	endDoubtful(w, r)
	s.once.Do(func() { s.paths = pathsOf(s.API) })
	candidates := s.paths.at(r.URL)
	if len(candidates) == 0 {
		return next.ServeHTTP(w, r)
	}
	if mayLinger := s.answer(w, r, candidates); mayLinger {
		linger(w, r) // without the lease
	}
	return nil
}

// answer has the operation answer, or else refuses; mayLinger says that the rest of a
// refused request may be waited for.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, candidates []*Operation) (mayLinger bool) {
	defer s.Lease()()
	s.Metrics.Begun()
	defer s.Metrics.Ended()

	began := clock.Now()
	answer := newAnswer(w)
	if s.Leaving != nil && s.Leaving() {
		answer.Header().Set("Connection", "close")
	}
	op, f := choose(answer, r, candidates)
	if f == nil {
		// A client may close its half of the connection and wait for the answer,
		// as old ones do; net/http takes that for leaving. What it asked for is
		// done to the end: the stores have bounds of their own.
		r = r.WithContext(lasting{r.Context()})
		op.setPathValues(r)
		f = fault.Of(survive(func() error { return s.run(answer, r, op) }))
	}
	outcome := outcomeOf(answer, f)
	defer func() { s.tell(r, answer, operationName(op), outcome, began) }() // also where the connection is broken
	if f == nil {
		return false
	}
	if outcome == fault.Internal.String() {
		f = referenced(f)
		s.log(op, f.Reference, f)
	}
	if answer.begun {
		answer.unread = true
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	mayLinger = endReading(answer, r)
	s.refuse(answer, r, op, f)
	return mayLinger
}

// tell tells those who watch what became of a request.
func (s *Server) tell(r *http.Request, a *answer, operation, outcome string, began time.Time) {
	code, ended := a.codeRead(), clock.Now()
	s.Metrics.Answered(operation, outcome, code, ended.Sub(began))
	if s.Census != nil {
		s.Census.Saw(ended, s.API.Name, operation, a.caller, r.UserAgent())
	}
	if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
		span.SetName(s.API.Name + " " + operation)
		span.SetAttributes(
			attribute.String("sekisho.api", s.API.Name), attribute.String("sekisho.operation", operation),
			attribute.String("sekisho.outcome", outcome), attribute.String("sekisho.code", code))
	}
}

// run asks the guard and lets the operation answer.
func (s *Server) run(a *answer, r *http.Request, op *Operation) error {
	var caller identity.Caller
	if op.Guarded || op.Open {
		var err error
		caller, err = identity.Of(r.Context(), s.API.Name)
		s.Metrics.Checked(checked(err))
		if err != nil && !(op.Open && fault.Is(err, fault.Missing)) {
			return err
		}
		a.caller = caller.Program
	}
	return op.Handle(a, r, caller)
}

// checked names what a guard found out.
func checked(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.Of(err).Kind.String()
}

// refuse draws a fault in the API's shape.
func (s *Server) refuse(a *answer, r *http.Request, op *Operation, f *fault.Fault) {
	a.forgetBody()
	if f.RetryAfter > 0 {
		seconds := (f.RetryAfter + time.Second - 1) / time.Second
		a.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	err := survive(func() error {
		s.API.Refuse(a, r, op, f)
		return nil
	})
	if err != nil {
		s.log(op, f.Reference, err)
		panic(http.ErrAbortHandler)
	}
}

// log logs a failure of ours; reference is "" where it came of refusing
// something else.
func (s *Server) log(op *Operation, reference string, err error) {
	entry := s.Log.Check(zap.ErrorLevel, "answering failed")
	if entry == nil {
		return
	}
	fields := []zap.Field{zap.String("operation", operationName(op)), zap.Error(err)}
	if reference != "" {
		fields = append(fields, zap.String("reference", reference))
	}
	var p *panicked
	if errors.As(err, &p) {
		fields = append(fields, zap.ByteString("stack", p.stack))
	}
	entry.Write(fields...)
}

// outcomeOf names what became of a request. That its client did not stay for the
// answer is no failure of ours, unless something panicked over it.
func outcomeOf(a *answer, f *fault.Fault) string {
	if f == nil {
		return "ok"
	}
	var p *panicked
	if f.Kind == fault.Internal && a.unread && !errors.As(f, &p) {
		return "gone"
	}
	return f.Kind.String()
}

func operationName(op *Operation) string {
	if op == nil {
		return "none"
	}
	return op.Name
}

// panicked is a panic as an error, without the value that it was raised with:
// that may hold what a caller sent.
type panicked struct {
	what  string
	stack []byte
}

func (p *panicked) Error() string { return p.what }

// survive runs do and makes an error of a panic, but for the one by which a
// handler breaks the connection on purpose.
func survive(do func() error) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case runtime.Error: // Go's own words, which quote no value but indexes
			err = &panicked{what: "panic: " + cause.Error(), stack: debug.Stack()}
		default:
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			err = &panicked{what: fmt.Sprintf("panic of type %T", cause), stack: debug.Stack()}
		}
	}()
	return do()
}
