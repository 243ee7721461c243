// Package patient lets the stores of a test program wait ten times as long as a
// gateway's. Tests whose subject is no outage import it for that alone:
//
//	import _ "sekisho/caddymodules/stores/storetest/patient"
//
// A crowd of calls is else answered a failure on a busy machine, as it should be in
// a gateway, and the test fails over it.
package patient

import (
	"time"
	_ "unsafe" // for go:linkname

	_ "sekisho/caddymodules/stores"
)

// patience is that of package stores, which has no way to change it, so that nothing
// of which a gateway is built can.
//
//go:linkname patience sekisho/caddymodules/stores.patience
var patience struct{ call, group, commit, redis time.Duration }

func init() {
	patience.call *= 10
	patience.group *= 10
	patience.commit *= 10
	patience.redis *= 10
}
