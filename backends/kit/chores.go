package photocloak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

const (
	viewsEvery   = time.Second
	janitorEvery = 10 * time.Minute
	janitorFirst = 30 * time.Second // about; not at once, and not all gateways at the same time

	// chorePause is how long a chore that goes on failing is not told of again.
	chorePause = time.Minute
)

// chores is what a gateway does besides answering.
type chores struct {
	cancel context.CancelFunc
	doing  sync.WaitGroup
}

// chore is something that is done again and again, never twice at a time.
type chore struct {
	first, every time.Duration
	do           func(context.Context) error
	failure      string // the log message
}

// startChores starts them. Each holds a lease on the stores while it is at work.
func startChores(s *service, lease func() func()) *chores {
	return start(s.log, lease,
		chore{viewsEvery, viewsEvery, s.writeViewsBack, "writing views back failed"},
		chore{janitorFirst/2 + rand.N(janitorFirst), janitorEvery, s.clean, "taking away what is over failed"})
}

func start(log *zap.Logger, lease func() func(), all ...chore) *chores {
	ctx, cancel := context.WithCancel(context.Background())
	c := &chores{cancel: cancel}
	for _, one := range all {
		c.doing.Go(func() { one.run(ctx, log, lease) })
	}
	return c
}

// stop breaks off what is being done, and returns once it is.
func (c *chores) stop() {
	c.cancel()
	c.doing.Wait()
}

func (c chore) run(ctx context.Context, log *zap.Logger, lease func() func()) {
	next := time.NewTimer(c.first)
	defer next.Stop()
	var told time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		err := c.once(ctx, lease)
		// Where everything ends, the stores may be closed before the chores are.
		if err != nil && ctx.Err() == nil && !caddy.Exiting() && time.Since(told) >= chorePause {
			told = time.Now()
			log.Warn(c.failure, zap.Error(err))
		}
		next.Reset(c.every)
	}
}

// once does it one time. A bug in it must not end the gateway.
func (c chore) once(ctx context.Context, lease func() func()) (err error) {
	defer lease()()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic of type %T\n%s", cause, debug.Stack()) // what it says may quote a value
		}
	}()
	return c.do(ctx)
}
