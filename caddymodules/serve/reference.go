package serve

import (
	"crypto/rand"

	"sekisho/caddymodules/fault"
)

// referenceSigns are Crockford's base32: what somebody reads off a screen and
// types into a search cannot be mistaken for another.
const referenceSigns = "0123456789abcdefghjkmnpqrstvwxyz"

// referenceLength is enough for a log never to hold a reference twice: 50 bits.
const referenceLength = 10

// referenced gives a copy of a fault with a reference of its own; the fault
// itself may be shared by all requests.
func referenced(f *fault.Fault) *fault.Fault {
	quoted := *f
	quoted.Reference = newReference()
	return &quoted
}

func newReference() string {
	var b [referenceLength]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = referenceSigns[b[i]%byte(len(referenceSigns))]
	}
	return string(b[:])
}
