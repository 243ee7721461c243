package serve

import (
	"context"
	"time"
)

// lasting is a request's context that does not end with its client, like that of
// [context.WithoutCancel], which however allocates each time a value is asked for.
type lasting struct{ context.Context }

// Deadline implements [context.Context]: there is none.
func (lasting) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done implements [context.Context]: it never ends.
func (lasting) Done() <-chan struct{} { return nil }

// Err implements [context.Context]: it has not ended.
func (lasting) Err() error { return nil }
