package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEveryKindHasANameOfItsOwn(t *testing.T) {
	if len(names) != int(Unsupported)+1 {
		t.Fatalf("%d names for %d kinds", len(names), Unsupported+1)
	}
	seen := map[string]Kind{}
	for kind := Internal; kind <= Unsupported; kind++ {
		name := kind.String()
		if other, taken := seen[name]; name == "" || taken {
			t.Errorf("kind %d is called %q, as is %d", kind, name, other)
		}
		seen[name] = kind
	}
	for _, unknown := range []Kind{-1, Unsupported + 1, 1 << 20} {
		if unknown.String() != "internal" {
			t.Errorf("unknown kind %d is called %q", int(unknown), unknown)
		}
	}
}

func TestErrorNamesKindSubjectAndCauseButNeverTheValue(t *testing.T) {
	refused := errors.New("connection refused")
	for _, c := range []struct {
		fault *Fault
		want  string
	}{
		{New(Missing, "email"), "missing: email"},
		{New(TooMany, ""), "too_many"},
		{Because(refused), "internal: connection refused"},
		{&Fault{Kind: Malformed, Subject: "email", Value: "s3cret"}, "malformed: email"},
		{&Fault{Kind: Internal, Value: "s3cret", Cause: refused}, "internal: connection refused"},
		{new(Fault), "internal"},
	} {
		if got := c.fault.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
			if printed := fmt.Sprintf(verb, c.fault); strings.Contains(printed, "s3cret") {
				t.Errorf("%s prints the value: %s", verb, printed)
			}
		}
	}
}

func TestOfFindsTheFaultInAChain(t *testing.T) {
	conflict := New(Conflict, "email")
	conflict.RetryAfter = time.Minute
	if got := Of(fmt.Errorf("creating: %w", conflict)); got != conflict {
		t.Errorf("wrapped: %v", got)
	}
	if got := Of(errors.Join(errors.New("x"), conflict)); got != conflict {
		t.Errorf("joined: %v", got)
	}
	if got := Of(nil); got != nil {
		t.Errorf("of nil: %v", got)
	}
	plain := errors.New("no route to host")
	if got := Of(plain); got.Kind != Internal || !errors.Is(got, plain) {
		t.Errorf("of a plain error: %v", got)
	}
}

func TestIs(t *testing.T) {
	wrapped := fmt.Errorf("reading: %w", New(NotFound, "id"))
	for _, c := range []struct {
		err  error
		kind Kind
		want bool
	}{
		{wrapped, NotFound, true},
		{wrapped, Internal, false},
		{errors.New("plain"), Internal, true},
		{nil, Internal, false},
	} {
		if got := Is(c.err, c.kind); got != c.want {
			t.Errorf("Is(%v, %v) is %v", c.err, c.kind, got)
		}
	}
}
