package identity

import "time"

// Keyed is a caller who proves themselves by a key, as the module that knows
// the callers describes them to a guard. The zero value is a caller nobody
// knows.
type Keyed struct {
	// ID becomes the [Caller]'s, where the key alone tells who is calling. It
	// may be logged.
	ID string

	// Keys are the keys that may be valid now; more than one while an old key
	// is being replaced.
	Keys []Key

	// Disabled refuses every key.
	Disabled bool

	// Extra becomes the [Caller]'s.
	Extra any
}

// Key is one key of a caller. The key itself is known to nobody but its owner.
type Key struct {
	// ID names the key where it is kept.
	ID int64

	// Hash is the key's HMAC-SHA-256, 32 bytes.
	Hash []byte

	// Ends is when the key stops being valid; zero means never.
	Ends time.Time
}

// ValidAt says whether the key may still be used at the moment t.
func (k Key) ValidAt(t time.Time) bool {
	return k.Ends.IsZero() || t.Before(k.Ends)
}
