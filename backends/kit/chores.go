package kit

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"sekisho/caddymodules/stores"
)

// chorePause is how long a chore that goes on failing is not told of again.
const chorePause = time.Minute

// Chores is what a gateway does besides answering.
type Chores struct {
	cancel context.CancelFunc
	doing  sync.WaitGroup

	stopped func() // called each time that they were stopped
}

// Chore is something that is done again and again, never twice at a time.
type Chore struct {
	// Name is its name in metrics.
	Name string

	// First is how long after the start it is done the first time, and Every how
	// long after that it is done again.
	First, Every time.Duration

	// Do does it. A bug in it does not end the gateway.
	Do func(context.Context) error

	// Failure is the log message where it fails.
	Failure string
}

// StartChores starts those of an API, at the end of Provision. Each holds a lease
// on the stores while it is at work.
func StartChores(ctx caddy.Context, opened *stores.Stores, api string, all ...Chore) (*Chores, error) {
	told, err := choreSeriesOf(ctx, opened)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		told.starts(api, one)
	}
	c := startChores(ctx.Logger(), opened.Lease, all, func(name string, took time.Duration, err error) {
		told.done(api, name, took, err)
	})
	c.stopped = sync.OnceFunc(func() {
		for _, one := range all {
			told.stops(api, one)
		}
	})
	return c, nil
}

// startChores starts them; done hears of each time that one was done to its end.
func startChores(log *zap.Logger, lease func() (release func()), all []Chore, done func(name string, took time.Duration, err error)) *Chores {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Chores{cancel: cancel, stopped: func() {}}
	for _, one := range all {
		c.doing.Go(func() { one.run(ctx, log, lease, done) })
	}
	return c
}

// Stop breaks off what is being done, and returns once it is.
func (c *Chores) Stop() {
	c.cancel()
	c.doing.Wait()
	c.stopped()
}

func (c Chore) run(ctx context.Context, log *zap.Logger, lease func() func(), done func(string, time.Duration, error)) {
	next := time.NewTimer(c.First)
	defer next.Stop()
	var told time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		began := time.Now()
		err := c.once(ctx, lease)
		if ctx.Err() == nil {
			done(c.Name, time.Since(began), err)
		}
		// Where everything ends, the stores may be closed before the chores are.
		if err != nil && ctx.Err() == nil && !caddy.Exiting() && time.Since(told) >= chorePause {
			told = time.Now()
			log.Warn(c.Failure, zap.Error(err))
		}
		next.Reset(c.Every)
	}
}

// once does it one time. A bug in it must not end the gateway.
func (c Chore) once(ctx context.Context, lease func() func()) (err error) {
	defer lease()()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic of type %T\n%s", cause, debug.Stack()) // what it says may quote a value
		}
	}()
	return c.Do(ctx)
}
