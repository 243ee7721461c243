package stores

import (
	"context"
	"slices"
	"sync"

	"github.com/uptrace/bun"
)

// Rebuilt says that tables hold only what can be worked out from others, and
// perhaps differ on the two databases, as an index of words does. A backup leaves
// them out.
type Rebuilt struct {
	Tables []string

	// Rebuild fills the tables, which are empty, from the others.
	Rebuild func(ctx context.Context, db *SQL, tx bun.Tx) error
}

var rebuilt struct {
	sync.Mutex
	all []Rebuilt
}

// RegisterRebuilt adds such tables. It is called from init functions, as
// [Register] is.
func RegisterRebuilt(r Rebuilt) {
	rebuilt.Lock()
	defer rebuilt.Unlock()
	rebuilt.all = append(rebuilt.all, r)
}

func allRebuilt() []Rebuilt {
	rebuilt.Lock()
	defer rebuilt.Unlock()
	return slices.Clone(rebuilt.all)
}

func isRebuilt(table string) bool {
	return slices.ContainsFunc(allRebuilt(), func(r Rebuilt) bool { return slices.Contains(r.Tables, table) })
}
