package photocloak

import (
	"math/rand/v2"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

const (
	viewsEvery   = time.Second
	janitorEvery = 10 * time.Minute
	janitorFirst = 30 * time.Second // about; not at once, and not all gateways at the same time
)

// startChores starts what a gateway does besides answering.
func (s *service) startChores(ctx caddy.Context, opened *stores.Stores) (*kit.Chores, error) {
	return kit.StartChores(ctx, opened, apiName,
		kit.Chore{Name: "views", First: viewsEvery, Every: viewsEvery, Do: s.writeViewsBack, Failure: "writing views back failed"},
		kit.Chore{Name: "janitor", First: janitorFirst/2 + rand.N(janitorFirst), Every: janitorEvery, Do: s.clean, Failure: "taking away what is over failed"})
}
