package stores_test

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestSwappingSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		largest := bytes.Repeat([]byte{0xff}, 64<<10)
		for name, c := range map[string]struct {
			kept, old, value []byte // kept nil: nothing is kept
			want             bool
			left             []byte // nil: nothing is left
		}{
			"right":                       {[]byte("a"), []byte("a"), []byte("b"), true, []byte("b")},
			"right, the same again":       {[]byte("a"), []byte("a"), []byte("a"), true, []byte("a")},
			"right, every byte":           {every, every, largest, true, largest},
			"right, the largest":          {largest, largest, every, true, every},
			"right, from empty":           {[]byte{}, []byte{}, []byte("b"), true, []byte("b")},
			"right, to empty":             {[]byte("a"), []byte("a"), []byte{}, true, []byte{}},
			"wrong":                       {[]byte("a"), []byte("x"), []byte("b"), false, []byte("a")},
			"wrong, another letter case":  {[]byte("a"), []byte("A"), []byte("b"), false, []byte("a")},
			"wrong, a beginning":          {[]byte("a b"), []byte("a"), []byte("b"), false, []byte("a b")},
			"wrong, empty":                {[]byte("a"), []byte{}, []byte("b"), false, []byte("a")},
			"wrong, longer than any":      {[]byte("a"), make([]byte, 64<<10+1), []byte("b"), false, []byte("a")},
			"missing":                     {nil, []byte("a"), []byte("b"), false, nil},
			"missing, empty":              {nil, []byte{}, []byte("b"), false, nil},
			"new":                         {nil, nil, []byte("b"), true, []byte("b")},
			"new, empty":                  {nil, nil, []byte{}, true, []byte{}},
			"new where there is one":      {[]byte("a"), nil, []byte("b"), false, []byte("a")},
			"new where there is an empty": {[]byte{}, nil, []byte("b"), false, []byte{}},
			"forgetting":                  {[]byte("a"), []byte("a"), nil, true, nil},
			"forgetting, empty":           {[]byte{}, []byte{}, nil, true, nil},
			"forgetting, wrong":           {[]byte("a"), []byte("x"), nil, false, []byte("a")},
			"forgetting, missing":         {nil, []byte("a"), nil, false, nil},
			"nothing is kept":             {nil, nil, nil, true, nil},
			"something is kept":           {[]byte("a"), nil, nil, false, []byte("a")},
			"something empty is kept":     {[]byte{}, nil, nil, false, []byte{}},
		} {
			if c.kept != nil {
				put(t, s, name, string(c.kept))
			}
			swapped, err := s.Sessions.Swap(t.Context(), name, c.old, c.value, time.Minute)
			if swapped != c.want || err != nil {
				t.Errorf("%s: swapped %v, %v", name, swapped, err)
			}
			if c.left == nil {
				expectNoSession(t, s, name)
			} else {
				expectSession(t, s, name, c.left)
			}
		}
	})
}

func TestSwappingRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "k", "a")
		for name, refused := range map[string]struct {
			key      string
			value    []byte
			lifetime time.Duration
		}{
			"an empty key":       {"", []byte("b"), time.Minute},
			"a long key":         {strings.Repeat("k", 201), []byte("b"), time.Minute},
			"a key to forget":    {"鍵", nil, time.Minute},
			"a long value":       {"k", make([]byte, 64<<10+1), time.Minute},
			"no lifetime":        {"k", []byte("b"), 0},
			"no whole lifetime":  {"k", []byte("b"), time.Millisecond - 1},
			"an empty lifetime":  {"k", []byte{}, 0},
			"a lifetime past":    {"k", []byte("b"), -time.Minute},
			"a key beyond ASCII": {"鍵", []byte("b"), time.Minute},
		} {
			swapped, err := s.Sessions.Swap(t.Context(), refused.key, []byte("a"), refused.value, refused.lifetime)
			if swapped || err == nil || errors.Is(err, stores.ErrNotFound) {
				t.Errorf("swapping %s: %v, %v; want a refusal", name, swapped, err)
			}
		}
		for _, refused := range [][]byte{make([]byte, 64<<10+1), {}} {
			if swapped, err := s.Sessions.Swap(t.Context(), "new", nil, refused, 0); swapped || err == nil {
				t.Errorf("swapping %d bytes in where nothing was: %v, %v; want a refusal", len(refused), swapped, err)
			}
		}
		expectSession(t, s, "k", []byte("a"))
		if swapped, err := s.Sessions.Swap(t.Context(), "k", []byte("a"), nil, 0); !swapped || err != nil {
			t.Errorf("forgetting, which takes no lifetime: %v, %v", swapped, err)
		}
	})
}

// What is outlived is as nothing, and what is swapped in lives on its own.
func TestLifetimesOfSwappedSessions(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			swap := func(key string, old, value []byte, want bool) {
				t.Helper()
				if swapped, err := s.Sessions.Swap(t.Context(), key, old, value, time.Minute); swapped != want || err != nil {
					t.Errorf("swapping %s: %v, %v", key, swapped, err)
				}
			}
			a, b := []byte("a"), []byte("b")
			for _, key := range []string{"goes", "forgotten late", "replaced late", "seen late", "renewed", "kept"} {
				put(t, s, key, "a")
			}
			defer clock.Step(50 * time.Second)()
			swap("renewed", a, b, true)
			swap("kept", []byte("x"), b, false)
			defer clock.Step(11 * time.Second)()
			swap("goes", a, b, false)
			swap("forgotten late", a, nil, false)
			swap("seen late", nil, nil, true)
			swap("replaced late", nil, b, true)
			swap("renewed", b, a, true)
			expectNoSession(t, s, "goes")
			expectNoSession(t, s, "kept") // a swap that fails extends nothing
			expectSession(t, s, "replaced late", b)
			defer clock.Step(50 * time.Second)() // beyond the end of its first swap
			expectSession(t, s, "renewed", a)
			defer clock.Step(11 * time.Second)()
			expectNoSession(t, s, "renewed")
			expectNoSession(t, s, "replaced late")
		})
	}
}

// Each of 64 adds one to a number, again and again until nobody came between,
// which each of the others does once.
func TestManySwapASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		const callers = 64
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				swapped := false
				for tries := 0; tries < callers && !swapped && !t.Failed(); tries++ {
					swapped = addOne(t, s, "sum")
				}
				if !swapped {
					t.Error("more came between than there are")
				}
			})
		}
		all.Wait()
		expectSession(t, s, "sum", []byte(strconv.Itoa(callers)))
	})
}

// addOne adds one to the number under key, nothing being 0, unless another comes
// between.
func addOne(t *testing.T, s *stores.Stores, key string) (swapped bool) {
	old, err := s.Sessions.Get(t.Context(), key)
	if err != nil && !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("getting %q: %v", key, err)
		return false
	}
	sum, _ := strconv.Atoi(string(old))
	swapped, err = s.Sessions.Swap(t.Context(), key, old, []byte(strconv.Itoa(sum+1)), time.Minute)
	if err != nil {
		t.Errorf("swapping %q: %v", key, err)
	}
	return swapped
}

// Of 32 who swap the same value for their own, or forget it, one does.
func TestOneSwapsASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "once", "a")
		var swapped atomic.Int32
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				var value []byte
				if i%2 == 0 {
					value = []byte(strconv.Itoa(i))
				}
				mine, err := s.Sessions.Swap(t.Context(), "once", []byte("a"), value, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if !mine {
					return
				}
				swapped.Add(1)
				if value == nil {
					expectNoSession(t, s, "once")
				} else {
					expectSession(t, s, "once", value)
				}
			})
		}
		all.Wait()
		if n := swapped.Load(); n != 1 {
			t.Errorf("%d of 32 swapped", n)
		}
	})
}
