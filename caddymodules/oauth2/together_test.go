package oauth2

import (
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// All rules of a rotation hold as well where its calls go to the sessions
// together. (Everywhere else here a spy stands before the sessions, which are
// then called one by one.)
func TestRotationOfManyCallsTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.token.storage.records.sessions = s.Sessions
		h.bearer.storage.records.sessions = s.Sessions

		bystander, first := h.login(), h.login()
		replies := make([]reply, 32)
		var all sync.WaitGroup
		for i := range replies {
			all.Go(func() { replies[i] = h.refresh(first.RefreshToken) })
		}
		all.Wait()
		second := replies[0]
		for i, got := range replies {
			if got.status != 200 || got.tokens() != second.tokens() {
				t.Errorf("use %d: %+v, want %+v", i, got, second)
			}
		}
		if got := h.caller(first.AccessToken); got != revokedToken {
			t.Errorf("the old access token: %s", got)
		}
		if got := h.caller(second.AccessToken); got != "m1" {
			t.Errorf("the new access token: %s", got)
		}
		third := h.refreshed(second.RefreshToken)
		if got := h.refresh(first.RefreshToken); got.Error != "invalid_grant" {
			t.Errorf("reuse: %+v", got)
		}
		h.isRevoked(first, second, third)
		h.lives(bystander)
	})
}

// A family that is marked as revoked gets nothing, also where the revoking broke
// off right after the mark; and it is finished.
func TestAMarkedFamilyGetsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		pair := h.login()
		access := h.token.storage.strategy.hash(accessRecord, pair.AccessToken)
		g, found, err := h.token.storage.accessGrant(t.Context(), access)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if err := h.token.storage.RevokeRefreshToken(t.Context(), g.Family); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := h.refresh(pair.RefreshToken); got.status != 400 || got.Error != "invalid_grant" {
				t.Errorf("the rotation: %+v", got)
			}
		}
		h.isRevoked(pair)
	})
}
