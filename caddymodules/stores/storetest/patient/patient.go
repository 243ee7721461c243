// Package patient lets the stores of a test program wait ten times as long as a
// gateway's. Tests whose subject is no outage import it for that alone:
//
//	import _ "sekisho/caddymodules/stores/storetest/patient"
//
// A crowd of calls would otherwise be answered with failures on a busy machine, as it
// should be in a gateway, and the test would fail over it.
package patient

import (
	"time"
	_ "unsafe" // for go:linkname

	"sekisho/caddymodules/stores"
)

// patience is that of package stores, which has no way to change it, so that no
// gateway does.
//
//go:linkname patience sekisho/caddymodules/stores.patience
var patience struct{ call, group, commit, redis time.Duration }

func init() {
	was := struct{ call, group, commit, redis time.Duration }{stores.Timeout, time.Second, 900 * time.Millisecond, time.Second}
	if patience != was { // a linker says nothing
		panic("patient: package stores has its patience elsewhere, or other parts of it")
	}
	patience.call *= 10
	patience.group *= 10
	patience.commit *= 10
	patience.redis *= 10
}
