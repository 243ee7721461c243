package photocloak

import (
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
)

// Who sees a cloak: everybody a public one, its owner also one in the making or
// paused, nobody one that has ended, and nobody what is not there.
func TestExists(t *testing.T) {
	const owner, other, nobody = 1, 2, 0
	later := clock.Now().Add(time.Hour).UnixMilli()
	earlier := clock.Now().Add(-time.Millisecond).UnixMilli()
	for name, test := range map[string]struct {
		cloak                         cloak
		forOwner, forOther, forNobody bool
	}{
		"public":           {cloak{ID: 1, MemberID: owner, Status: statusPublic, EndsAt: later}, true, true, true},
		"locked":           {cloak{ID: 1, MemberID: owner, Status: statusPublic, Scope: scopeLocked, EndsAt: later}, true, true, true},
		"in the making":    {cloak{ID: 1, MemberID: owner, Status: statusMaking, EndsAt: later}, true, false, false},
		"paused":           {cloak{ID: 1, MemberID: owner, Status: statusPaused, EndsAt: later}, true, false, false},
		"ended":            {cloak{ID: 1, MemberID: owner, Status: statusPublic, EndsAt: earlier}, false, false, false},
		"ended, paused":    {cloak{ID: 1, MemberID: owner, Status: statusPaused, EndsAt: earlier}, false, false, false},
		"deleted":          {cloak{ID: 1, MemberID: owner, Status: statusPublic, EndsAt: earlier, DeletedAt: earlier}, false, false, false},
		"not there at all": {cloak{}, false, false, false},
	} {
		for id, want := range map[int64]bool{owner: test.forOwner, other: test.forOther, nobody: test.forNobody} {
			if got := test.cloak.exists(id); got != want {
				t.Errorf("%s exists for member %d: %v, want %v", name, id, got, want)
			}
		}
		wantOther := fault.NotFound
		if test.forOther {
			wantOther = fault.Forbidden
		}
		if err := test.cloak.mustBeOwned(1, other); !fault.Is(err, wantOther) {
			t.Errorf("%s is another's: %v, want %v", name, err, wantOther)
		}
		if err := test.cloak.mustBeOwned(1, owner); (err == nil) != test.forOwner {
			t.Errorf("%s is one's own: %v", name, err)
		}
	}
}

// A cloak ends at its end, not after it.
func TestEnded(t *testing.T) {
	now := clock.Now().UnixMilli()
	if !(cloak{EndsAt: now}).ended() {
		t.Error("a cloak whose end has come has not ended")
	}
	if (cloak{EndsAt: now + 60_000}).ended() {
		t.Error("a cloak whose end is in a minute has ended")
	}
}
