package stores

import (
	"context"
	"errors"
	"time"
)

// Call is a call of [Sessions] that [Together] makes with others. Made by [Getting],
// [Putting] and [Deleting]; what came of it stands in it afterwards.
type Call struct {
	Key   string
	Value []byte // what is kept: to put, or as it was found
	Err   error  // as the call alone would have given it

	kind     callKind
	lifetime time.Duration
}

type callKind int

const (
	getting callKind = iota
	putting
	deleting
)

// Getting is [Sessions] Get.
func Getting(key string) *Call { return &Call{Key: key, kind: getting} }

// Putting is [Sessions] Put.
func Putting(key string, value []byte, lifetime time.Duration) *Call {
	return &Call{Key: key, Value: value, lifetime: lifetime, kind: putting}
}

// Deleting is [Sessions] Delete.
func Deleting(key string) *Call { return &Call{Key: key, kind: deleting} }

// together are sessions that make several calls in one round trip.
type together interface {
	together(ctx context.Context, calls []*Call)
}

// Together makes calls that do not wait for one another: in one round trip on
// Redis, in whatever order a cluster takes them, and else one after the other, up
// to the first failure, which is then that of the rest as well. It gives the first
// failure; what is not there is none.
func Together(ctx context.Context, s Sessions, calls ...*Call) error {
	if all, ok := s.(together); ok {
		all.together(ctx, calls)
		return firstFailure(calls)
	}
	for i, call := range calls {
		call.make(ctx, s)
		if isFailure(call.Err) {
			for _, rest := range calls[i+1:] {
				rest.Err = call.Err
			}
			return call.Err
		}
	}
	return nil
}

// make makes a call by itself.
func (c *Call) make(ctx context.Context, s Sessions) {
	switch c.kind {
	case getting:
		c.Value, c.Err = s.Get(ctx, c.Key)
	case putting:
		c.Err = s.Put(ctx, c.Key, c.Value, c.lifetime)
	case deleting:
		c.Err = s.Delete(ctx, c.Key)
	}
}

func firstFailure(calls []*Call) error {
	for _, call := range calls {
		if isFailure(call.Err) {
			return call.Err
		}
	}
	return nil
}

func isFailure(err error) bool { return err != nil && !errors.Is(err, ErrNotFound) }
