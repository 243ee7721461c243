package kit

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// ClearPassword is a password that came in clear, and where its hash goes.
type ClearPassword struct {
	Clear string
	Into  *string
}

// HashPasswords hashes the passwords of an import with [HashPassword], on every
// processor, and counts them on the terminal. The first error ends it, and so
// does ctx; some hashes may be there then.
func HashPasswords(ctx context.Context, passwords []ClearPassword) error {
	hashed, end := Counting("Hashing passwords", len(passwords))
	defer end()
	working, within := errgroup.WithContext(ctx)
	working.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range passwords {
		working.Go(func() (err error) {
			defer hashed()
			if err := within.Err(); err != nil {
				return err
			}
			*p.Into, err = HashPassword(within, p.Clear)
			return err
		})
	}
	return working.Wait()
}
