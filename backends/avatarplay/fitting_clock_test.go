package avatarplay

import (
	"net/http"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A person is dressed by an app and on the dress-up site, at gateways whose clocks
// differ by ten minutes: what was committed last is worn.
func TestDressingByClocksThatDiffer(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		yuki := h.visitor()
		yuki.signUp("yuki")
		avatarID := yuki.linked(demoLink())
		hats := h.bySlot()[:4]
		h.grantAll(avatarID, hats...)
		byApp := func(hat int64) {
			h.choose(avatarID, hat).want(t, "Select", http.StatusOK, "")
			h.post(avatarPath(avatarID, "/FittingRoom/Commit")).want(t, "Commit", http.StatusOK, "")
		}
		atSite := func(hat int64) {
			for _, a := range []answered{yuki.submit(pathTry, "item", id(hat)), yuki.submit(pathSave)} {
				a.want(t, "dressing at the site", http.StatusSeeOther, "")
			}
		}
		for i, dress := range []func(hat int64){byApp, atSite, atSite, byApp} {
			back := func() {}
			if i%2 == 0 { // of two gateways the first is ahead
				back = clock.Step(10 * time.Minute)
			}
			dress(hats[i])
			back()
			if worn := h.worn(avatarID); !worn.wears(hats[i]) {
				t.Errorf("commit %d was answered, and is not worn: %v", i+1, worn.Items)
			}
		}
	})
}
