package guard

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/stores"
)

var (
	//go:embed enter.lua
	enterText   string
	enterScript = redis.NewScript(enterText)

	//go:embed settle.lua
	settleText   string
	settleScript = redis.NewScript(settleText)
)

// redisWindows keep the windows that several gateways share. Each call is one
// script, one round trip, and each key has a lifetime.
type redisWindows struct {
	client redis.UniversalClient
	prefix string
}

func (r *redisWindows) enter(ctx context.Context, now time.Time, try try, as outcome) (verdict, error) {
	args := []any{
		string(as), strconv.FormatUint(try.id, 36), now.UnixMilli(),
		undecidedAtMost.Milliseconds(), slack.Milliseconds(),
	}
	for _, s := range try.slots {
		args = append(args, s.limit.Failures, time.Duration(s.limit.Window).Milliseconds())
	}
	ctx, cancel := stores.Bounded(ctx)
	defer cancel()
	reply, err := enterScript.Run(ctx, r.client, r.keys(try), args...).Slice()
	if err != nil {
		return verdict{}, fmt.Errorf("asking Redis: %w", err)
	}
	return readVerdict(reply)
}

func (r *redisWindows) settle(ctx context.Context, try try, as outcome) error {
	args := []any{string(as), strconv.FormatUint(try.id, 36), slack.Milliseconds()}
	for _, s := range try.slots {
		args = append(args, time.Duration(s.limit.Window).Milliseconds())
	}
	ctx, cancel := stores.Bounded(ctx)
	defer cancel()
	if err := settleScript.Run(ctx, r.client, r.keys(try), args...).Err(); err != nil {
		return fmt.Errorf("asking Redis: %w", err)
	}
	return nil
}

// keys are those of a try's windows. The hashed account in braces keeps them on
// one node of a cluster.
func (r *redisWindows) keys(try try) []string {
	keys := make([]string, 0, 2*len(try.slots))
	for _, s := range try.slots {
		key := r.prefix + "guard:{" + try.account + "}:" + s.key
		keys = append(keys, key+":failed", key+":undecided")
	}
	return keys
}

func readVerdict(reply []any) (verdict, error) {
	if len(reply) == 3 {
		said, ok1 := reply[0].(string)
		slot, ok2 := reply[1].(int64)
		retry, ok3 := reply[2].(int64)
		if ok1 && ok2 && ok3 {
			return verdict{answer: answer(said), slot: int(slot), retry: time.Duration(retry) * time.Millisecond}, nil
		}
	}
	return verdict{}, fmt.Errorf("reading what Redis said: %v", reply)
}
