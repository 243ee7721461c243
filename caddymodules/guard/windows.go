package guard

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"time"

	"sekisho/caddymodules/stores"
)

// undecidedAtMost is how long an attempt may stay undecided, before it counts
// as the failure that it is taken for: its gateway may have died.
const undecidedAtMost = 10 * time.Second

// slack is how long what was counted is kept beyond its window, so that clocks
// that differ a little, or are set back, find it.
const slack = time.Minute

// windows count attempts. Both forms, in memory and in Redis, decide alike.
type windows interface {
	// enter lets try in at all of its windows, or at none. An undecided try
	// must be settled; a wrong one stays counted; a right one clears the first
	// window's failures. The time, to the millisecond, is the gateway's.
	enter(ctx context.Context, now time.Time, try try, as outcome) (verdict, error)

	// settle decides a try that entered undecided. Void takes it back, and so
	// does right, which also clears the first window's failures.
	settle(ctx context.Context, try try, as outcome) error
}

// try is one attempt, before its windows.
type try struct {
	id      uint64 // chosen by chance; no two in one window are alike
	account string // hashed; what keeps its windows together in a Redis cluster
	slots   []slot
}

// slot is one window that an attempt takes a place in.
type slot struct {
	key   string // hashed; unique within the account
	limit Limit
}

// outcome is what is known of a try.
type outcome string

const (
	undecided outcome = "undecided"
	wrong     outcome = "wrong"
	right     outcome = "right"
	void      outcome = "void" // taken back
)

func outcomeOf(isRight bool) outcome {
	if isRight {
		return right
	}
	return wrong
}

// answer is what the windows say to a try.
type answer string

const (
	pass    answer = "pass"
	wait    answer = "wait"    // undecided attempts fill a window; they may prove right
	refused answer = "refused" // failures fill a window
)

type verdict struct {
	answer answer
	slot   int           // which window, unless it is a pass
	retry  time.Duration // until the oldest that counts leaves that window
}

// windowsOf are the windows that all gateways over these stores share.
func windowsOf(s *stores.Stores) (windows, error) {
	if s.Redis != nil {
		return &redisWindows{client: s.Redis.Client, prefix: s.Redis.Prefix}, nil
	}
	return stores.Keep(s, "guard", newMemory)
}

func newTry(account string, slots ...slot) try {
	return try{id: rand.Uint64(), account: account, slots: slots}
}

// hash makes a short key of what must not stand anywhere in clear.
func hash(seal *stores.Sealer, purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(seal.MAC(purpose, parts...)[:18])
}
