package guard

import "context"

type usualKey struct{}

// In marks what is done for the attempt (see [Usual]).
func (a *Attempt) In(ctx context.Context) context.Context {
	if !a.usual {
		return ctx
	}
	return context.WithValue(ctx, usualKey{}, true)
}

// Usual says whether something is done for an attempt from an address that has been
// right on the account before. Where strangers guess from everywhere, these attempts
// go on: whoever made them is who they say, as far as one can know beforehand.
func Usual(ctx context.Context) bool { return ctx.Value(usualKey{}) != nil }
