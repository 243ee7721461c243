// Package cheaphash makes the password hashes of a test program cheap, of 64 KiB
// and one pass. Tests whose subject is not hashing import it for that alone:
//
//	import _ "sekisho/backends/kit/kittest/cheaphash"
//
// Hashes as the gateway makes them were half of what some packages' tests cost
// under the race detector.
package cheaphash

import (
	"runtime"
	"testing"
	_ "unsafe" // for go:linkname

	_ "sekisho/backends/kit"
)

// argonCost is kit's own.
type argonCost struct {
	kib    uint32
	passes uint32
	lanes  uint8
}

// cost is the cost of new hashes in package kit. That package has no way to
// change it, so that nothing of which a gateway is built can.
//
//go:linkname cost sekisho/backends/kit.ourCost
var cost argonCost

var dear argonCost

func init() {
	dear = cost
	cost.kib, cost.passes, cost.lanes = 64, 1, 1
}

// Off makes hashes cost what the gateway's do until the test ends, which must run
// beside no other.
func Off(t testing.TB) {
	t.Setenv("CHEAPHASH", "off") // refuses a test that runs beside others
	cheap := cost
	cost = dear
	t.Cleanup(func() { cost = cheap })
}

// Hashed counts the passwords that are hashed as dearly as the gateway's while do
// runs, by the memory that goes through it: what time would tell a stranger, but
// on a busy machine too. It stands in a test that called [Off].
func Hashed(do func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	one := uint64(dear.kib) << 10
	return int((after.TotalAlloc - before.TotalAlloc + one/2) / one)
}
