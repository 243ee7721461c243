package oauth2

import (
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"
)

// The grace of a reply that was lost holds also where the gateway that is asked
// again has another clock than the one that was asked first: nobody is logged out.
func TestGraceByClocksThatDiffer(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		t.Run("first "+name, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, storetest.PostgresRedis))
			first := h.login()
			back := clock.Skew(off)
			second := h.refreshed(first.RefreshToken)
			back()
			h.getsAgain(first, second)
		})
		t.Run("then "+name, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, storetest.PostgresRedis))
			first := h.login()
			second := h.refreshed(first.RefreshToken)
			defer clock.Skew(off)()
			h.getsAgain(first, second)
		})
	}
}

// getsAgain says that the first refresh token gives the second pair, which lives.
func (h *house) getsAgain(first, second reply) {
	h.t.Helper()
	if again := h.refreshed(first.RefreshToken); again.tokens() != second.tokens() {
		h.t.Errorf("again: %+v, first %+v", again, second)
	}
	h.lives(second)
}

// A use that an earlier version kept is answered again within its grace, and not
// after.
func TestGraceOfAnEarlierVersion(t *testing.T) {
	for name, test := range map[string]struct {
		ago    time.Duration
		status int
	}{"within": {10 * time.Second, 200}, "after": {time.Minute, 400}} {
		t.Run(name, func(t *testing.T) {
			h := embedded(t)
			first := h.login()
			second := h.refreshed(first.RefreshToken)
			h.asBefore(first, second, test.ago)
			if got := h.refresh(first.RefreshToken); got.status != test.status {
				t.Errorf("again: %+v, want %d", got, test.status)
			}
		})
	}
}

// asBefore keeps the use of a refresh token as versions did that knew no
// grace:<hash>.
func (h *house) asBefore(first, second reply, ago time.Duration) {
	h.t.Helper()
	kept, strategy := h.token.storage.records, h.token.storage.strategy
	hash := strategy.hash(refreshRecord, first.RefreshToken)
	var earlier use
	_, err := kept.get(h.t.Context(), usedRecord, hash, &earlier)
	if err == nil {
		earlier.At -= ago.Milliseconds()
		earlier.Sealed, err = strategy.sealPair(first.RefreshToken, pair{Access: second.AccessToken, Refresh: second.RefreshToken})
	}
	if err == nil {
		err = kept.put(h.t.Context(), usedRecord, hash, earlier, time.Hour)
	}
	if err == nil {
		err = kept.delete(h.t.Context(), graceRecord, strategy.hash(refreshRecord, second.RefreshToken))
	}
	if err != nil {
		h.t.Fatal(err)
	}
}
