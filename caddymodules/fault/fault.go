// Package fault holds the error values that walk from the rules back up to the
// door of an API, where they are drawn once, in the shape that API documents.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the sort of fault. The door of an API turns it into that API's own
// status and words.
type Kind int

// The kinds. The zero value is Internal, so that a forgotten kind blames us and
// not the caller.
const (
	Internal         Kind = iota // our own failure: a store is out of reach, a bug
	Missing                      // a required parameter is absent or empty
	Malformed                    // a value, or the whole body, is not of the documented form
	TooLong                      // a text is longer than its documented limit
	TooLarge                     // a body is larger than the operation takes
	MethodNotAllowed             // the path is known, the method is not
	Unauthorized                 // the caller did not prove who they are
	Forbidden                    // the caller is known and may not do this
	NotFound                     // what was asked for is not there
	Conflict                     // what was asked for collides with what is there
	TooMany                      // the limit on guessing, or on load, was reached
	TooShort                     // a text is shorter than its documented limit
	Excess                       // more of something than may be: tags, cloaks
	Unsupported                  // a file is of a kind that is not taken
)

var names = [...]string{
	"internal", "missing", "malformed", "too_long", "too_large", "method_not_allowed",
	"unauthorized", "forbidden", "not_found", "conflict", "too_many", "too_short", "excess", "unsupported",
}

// String is the kind's name in logs and metrics.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(names) {
		return "internal"
	}
	return names[k]
}

// Fault is one fault of a request, or of ours.
type Fault struct {
	Kind Kind

	// Subject is the parameter or thing it is about, by its documented name
	// ("email"). It may be logged.
	Subject string

	// Value is what the caller sent, for the one API that echoes it. It is
	// never part of Error and must never be logged.
	Value string

	// RetryAfter, with TooMany, is how long the caller should wait.
	RetryAfter time.Duration

	// Others are further faults of the same request, for APIs that list them all.
	Others []*Fault

	// Cause, with Internal, is what went wrong. It goes to the log, never to
	// the caller.
	Cause error

	// Reference, with Internal, is what the answer may quote so that its log
	// line is found. The server gives it.
	Reference string
}

// New makes a fault about subject, which may be empty.
func New(kind Kind, subject string) *Fault {
	return &Fault{Kind: kind, Subject: subject}
}

// Because makes an Internal fault of cause.
func Because(cause error) *Fault {
	return &Fault{Kind: Internal, Cause: cause}
}

// Error names kind, subject and cause, and never the value.
func (f *Fault) Error() string {
	switch {
	case f.Cause != nil:
		return fmt.Sprintf("%s: %v", f.Kind, f.Cause)
	case f.Subject != "":
		return fmt.Sprintf("%s: %s", f.Kind, f.Subject)
	default:
		return f.Kind.String()
	}
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Of makes a Fault of any error: the Fault in its chain, or else an Internal
// one with err as its cause. Of(nil) is nil.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return Because(err)
}

// Is says whether err is a fault of this kind.
func Is(err error, kind Kind) bool {
	return err != nil && Of(err).Kind == kind
}
