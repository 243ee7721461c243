package identity

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOfWithoutAGuard(t *testing.T) {
	if caller, err := Of(context.Background(), "shop"); !errors.Is(err, ErrUnguarded) || caller.ID != "" {
		t.Errorf("got %v, %v", caller, err)
	}
}

func TestTheCheckWaitsUntilItIsAskedAndRunsOnce(t *testing.T) {
	var ran atomic.Int32
	ctx := WithCheck(context.Background(), "shop", func(context.Context) (Caller, error) {
		ran.Add(1)
		return Caller{ID: "3", Extra: "shop"}, nil
	})
	if ran.Load() != 0 {
		t.Fatal("the check ran before anybody asked")
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if caller, err := Of(ctx, "shop"); err != nil || caller.ID != "3" || caller.Extra != "shop" {
				t.Errorf("got %v, %v", caller, err)
			}
		})
	}
	all.Wait()
	if ran.Load() != 1 {
		t.Errorf("the check ran %d times", ran.Load())
	}
}

func TestARefusalStaysARefusal(t *testing.T) {
	refused := errors.New("refused")
	ctx := WithCheck(context.Background(), "shop", func(context.Context) (Caller, error) { return Caller{}, refused })
	for range 2 {
		if _, err := Of(ctx, "shop"); !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
	}
}

// Who asks again after a check that broke off must not be let in.
func TestACheckThatPanicsLetsNobodyIn(t *testing.T) {
	ctx := WithCheck(context.Background(), "shop", func(context.Context) (Caller, error) { panic("a bug") })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_, _ = Of(ctx, "shop")
	}()
	if caller, err := Of(ctx, "shop"); err == nil {
		t.Errorf("let in as %v", caller)
	}
}

func TestTheCheckSeesTheContextOfWhoAsks(t *testing.T) {
	type key struct{}
	ctx := WithCheck(context.Background(), "shop", func(ctx context.Context) (Caller, error) {
		return Caller{ID: ctx.Value(key{}).(string)}, nil
	})
	if caller, err := Of(context.WithValue(ctx, key{}, "later"), "shop"); err != nil || caller.ID != "later" {
		t.Errorf("got %v, %v", caller, err)
	}
}

func TestLeave(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/?key=demo", nil)
	Leave(r, "shop", func(context.Context) (Caller, error) { return Caller{ID: "3"}, nil })
	if caller, err := Of(r.Context(), "shop"); err != nil || caller.ID != "3" {
		t.Errorf("got %v, %v", caller, err)
	}
}

// BenchmarkLeave leaves a check in a request, and in a copy of it.
func BenchmarkLeave(b *testing.B) {
	received := httptest.NewRequest(http.MethodGet, "/?key=demo", nil)
	check := func(context.Context) (Caller, error) { return Caller{ID: "3"}, nil }
	behind := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	serve := func(next http.Handler, r *http.Request) { next.ServeHTTP(nil, r) }
	b.Run("in-place", func(b *testing.B) {
		b.ReportAllocs()
		unguarded := received.Context()
		for b.Loop() {
			Leave(received, "shop", check)
			serve(behind, received)
			*received = *received.WithContext(unguarded)
		}
	})
	b.Run("in-a-copy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			serve(behind, received.WithContext(WithCheck(received.Context(), "shop", check)))
		}
	})
}

func TestTheInnermostGuardCounts(t *testing.T) {
	named := func(id string) Check {
		return func(context.Context) (Caller, error) { return Caller{ID: id}, nil }
	}
	ctx := WithCheck(WithCheck(context.Background(), "shop", named("outer")), "shop", named("inner"))
	if caller, err := Of(ctx, "shop"); err != nil || caller.ID != "inner" {
		t.Errorf("got %v, %v", caller, err)
	}
}

func TestAKeyIsValidUntilItEnds(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name string
		ends time.Time
		want bool
	}{
		{"no end", time.Time{}, true},
		{"ends later", now.Add(time.Millisecond), true},
		{"ends now", now, false},
		{"ended", now.Add(-time.Hour), false},
	} {
		if got := (Key{Ends: c.ends}).ValidAt(now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// On a site that serves every API, each backend asks the guard of its own.
func TestGuardsOfSeveralAPIs(t *testing.T) {
	named := func(name string) Check {
		return func(context.Context) (Caller, error) { return Caller{ID: name}, nil }
	}
	ctx := WithCheck(WithCheck(context.Background(), "shop", named("site 3")), "photos", named("member 7"))
	for api, want := range map[string]string{"shop": "site 3", "photos": "member 7"} {
		if caller, err := Of(ctx, api); err != nil || caller.ID != want {
			t.Errorf("%s is called by %q, %v", api, caller.ID, err)
		}
		if caller, err := Again(ctx, api); err != nil || caller.ID != want {
			t.Errorf("%s is called again by %q, %v", api, caller.ID, err)
		}
	}
	if _, err := Of(ctx, "other"); !errors.Is(err, ErrUnguarded) {
		t.Errorf("an API without a guard: %v", err)
	}
}
