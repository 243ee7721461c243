package photocloak

import (
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores/storetest"
)

// stalled is a body of which nothing comes until the test lets it end.
type stalled struct{ begun, end chan struct{} }

func (s stalled) Read([]byte) (int, error) {
	s.begun <- struct{}{}
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
	for range uploadsOfOne {
		<-slow.begun
	}
	h.mustUpload(yamada, c.ID, drawJPEG(t, 20, 10, 1))
	close(slow.end)
	for range uploadsAtOnce {
		<-done
	}
	if n := len(h.service.uploadShares.members); n > 0 || len(h.service.uploads) > 0 {
		t.Errorf("%d shares and %d places are left", n, len(h.service.uploads))
	}
}

func TestUploadShares(t *testing.T) {
	shares := newUploadShares()
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
