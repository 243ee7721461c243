package photocloak

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores/storetest"
)

// stalled is a body of which nothing comes until the test lets it end.
type stalled struct{ begun, end chan struct{} }

func (s stalled) Read([]byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	default: // what is received reads again after the end, when nobody listens
	}
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

// A member whose uploads do not come to an end keeps nobody else out.
func TestOneMemberDoesNotTakeAllPlaces(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(func(c *cloak) { c.CanUpload = true })
	slow := stalled{make(chan struct{}, uploadsAtOnce), make(chan struct{})}
	done := make(chan struct{}, uploadsAtOnce)
	for range uploadsAtOnce {
		go func() {
			r := httptest.NewRequest("POST", "/api/v2/photos?"+query("ci", c.ID), slow)
			r.Header.Set("Content-Type", "image/jpeg")
			r.Header.Set("X-Test-Member", umiyama)
			h.do(r)
			done <- struct{}{}
		}()
	}
	end := sync.OnceFunc(func() { close(slow.end) })
	defer end()
	for range uploadsOfOne {
		select {
		case <-slow.begun:
		case <-time.After(time.Minute):
			t.Fatal("not so many uploads have begun within a minute")
		}
	}
	h.mustUpload(yamada, c.ID, drawJPEG(t, 20, 10, 1))
	end()
	for range uploadsAtOnce {
		<-done
	}
	if n := len(h.service.uploadShares.taken); n > 0 || len(h.service.uploads) > 0 {
		t.Errorf("%d shares and %d places are left", n, len(h.service.uploads))
	}
}

// Photos that are ready wait until others are added to their cloak, and are not
// kept where that takes too long.
func TestPhotosOfACloakAreAddedInTurn(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(func(c *cloak) { c.CanUpload = true })
	other := h.addCloak(func(c *cloak) { c.CanUpload = true })
	leave, err := h.service.adding.take(t.Context(), c.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func(was time.Duration) { addingPatience = was }(addingPatience)
	addingPatience = 10 * time.Millisecond
	if got := h.uploadRaw(yamada, c.ID, drawJPEG(t, 20, 10, 1)); got.status != http.StatusTooManyRequests {
		t.Errorf("while others are added: %d %s", got.status, got.body)
	}
	if blobs := h.blobs(); len(blobs) > 0 {
		t.Errorf("a refused photo leaves %q", blobs)
	}
	h.mustUpload(yamada, other.ID, drawJPEG(t, 20, 10, 1))
	leave()
	h.mustUpload(yamada, c.ID, drawJPEG(t, 20, 10, 1))
}

// Who comes when as many wait as there are places for everybody does not wait.
func TestSharesHaveNoEndlessLine(t *testing.T) {
	s := newShares(1)
	leave, err := s.take(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	refused := make(chan error, uploadsAtOnce)
	for range uploadsAtOnce {
		waiting.Go(func() {
			leave, err := s.take(t.Context(), 1, time.Hour)
			if err != nil {
				refused <- err
				return
			}
			leave()
		})
	}
	for s.users(1) < 1+uploadsAtOnce {
		select {
		case err := <-refused:
			t.Fatalf("in the line: %v", err)
		default:
			runtime.Gosched()
		}
	}
	if _, err := s.take(t.Context(), 1, time.Hour); !fault.Is(err, fault.TooMany) {
		t.Errorf("beyond the line: %v", err)
	}
	leave()
	waiting.Wait()
	if s.users(1) != 0 {
		t.Error("a share is left")
	}
}

// users is how many have a place of id's share, or wait for one.
func (s *shares) users(id int64) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if mine := s.taken[id]; mine != nil {
		return mine.users
	}
	return 0
}

func TestShares(t *testing.T) {
	shares := newShares(uploadsOfOne)
	var leave func()
	for range uploadsOfOne {
		var err error
		if leave, err = shares.take(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := shares.take(t.Context(), 1, time.Millisecond); !fault.Is(err, fault.TooMany) {
		t.Errorf("one more: %v", err)
	}
	if _, err := shares.take(t.Context(), 2, 0); err != nil {
		t.Errorf("another member: %v", err)
	}
	leave()
	if _, err := shares.take(t.Context(), 1, 0); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}
