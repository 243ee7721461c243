package photocloak

import (
	"runtime"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute { // on the busiest machine
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// A gateway writes views back within two seconds, and no chore outlives it.
func TestChores(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
		before := runtime.NumGoroutine()
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		defer cancel()
		running, err := h.service.startChores(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "looking")
		eventually(t, "the view in SQL", func() bool { return h.imageViews(i.ID) == 1 })
		running.Stop()
		eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
		running.Stop() // again, as a Cleanup may
	})
}
