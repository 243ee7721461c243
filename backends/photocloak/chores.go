package photocloak

import (
	"math/rand/v2"
	"time"

	"sekisho/backends/kit"
)

const (
	viewsEvery   = time.Second
	janitorEvery = 10 * time.Minute
	janitorFirst = 30 * time.Second // about; not at once, and not all gateways at the same time
)

// startChores starts what a gateway does besides answering.
func (s *service) startChores(lease func() func()) *kit.Chores {
	return kit.StartChores(s.log, lease,
		kit.Chore{First: viewsEvery, Every: viewsEvery, Do: s.writeViewsBack, Failure: "writing views back failed"},
		kit.Chore{First: janitorFirst/2 + rand.N(janitorFirst), Every: janitorEvery, Do: s.clean, Failure: "taking away what is over failed"})
}
