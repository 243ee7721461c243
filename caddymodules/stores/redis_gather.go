package stores

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
)

const (
	// mostUnderWay is how many commands or pipelines are with Redis at once before
	// further commands are gathered. One alone would have reads wait for what a
	// write before them takes on Redis' disk.
	mostUnderWay = 2

	// mostTogether is how many commands go into one pipeline, so that it fits into
	// its time even with the largest sessions.
	mostTogether = 128
)

// gathered sends commands to Redis: at once while few are under way, and else
// together with all others that wait for one of those to come back. Under load
// that is one round trip for many commands, see A2 and A3 in deploy/bench; without
// load nothing waits.
//
// In a cluster each command goes by itself: a node that is away would keep those of
// all others waiting. A caller's own commands go together there too, and may be sent
// again if an answer is lost.
type gathered struct {
	client redis.UniversalClient
	alone  bool // in a cluster

	mu       sync.Mutex
	underWay int
	waiting  []*waiter
}

// waiter are the commands of a caller that waits for them to be sent.
type waiter struct {
	ctx      context.Context
	commands []redis.Cmder
	done     chan struct{} // closed once the commands hold what came of them
}

func newGathered(client redis.UniversalClient) *gathered {
	_, cluster := client.(*redis.ClusterClient)
	return &gathered{client: client, alone: cluster}
}

// send has commands answered, each of which then holds its own error. It returns
// the error of ctx where that ends first; the commands may then still be sent, and
// must not be looked at.
func (g *gathered) send(ctx context.Context, commands ...redis.Cmder) error {
	if g.alone || isUnhurried(ctx) || trace.SpanFromContext(ctx).IsRecording() { // a span shows one caller's own commands
		g.sendNow(ctx, commands)
		return nil
	}
	g.mu.Lock()
	if g.underWay < mostUnderWay {
		g.underWay++
		g.mu.Unlock()
		defer g.sendWaiting()
		g.sendNow(ctx, commands)
		return nil
	}
	w := &waiter{ctx, commands, make(chan struct{})}
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendNow sends commands by themselves. They hold the errors.
func (g *gathered) sendNow(ctx context.Context, commands []redis.Cmder) {
	if len(commands) == 1 {
		_ = g.client.Process(ctx, commands[0])
		return
	}
	pipe := g.client.Pipeline()
	for _, command := range commands {
		_ = pipe.Process(ctx, command) // only queued
	}
	_, _ = pipe.Exec(ctx)
}

// sendWaiting sends what has gathered, now that something under way has come back.
func (g *gathered) sendWaiting() {
	if waiters := g.take(); waiters != nil {
		go func() { // the caller has its answer, and does not wait for others'
			for ; waiters != nil; waiters = g.take() {
				g.sendTogether(waiters)
			}
		}()
	}
}

// take takes those who wait longest, or ends what was under way where nobody does.
func (g *gathered) take() []*waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, commands := 0, 0
	for n < len(g.waiting) && commands < mostTogether {
		commands += len(g.waiting[n].commands)
		n++
	}
	if n == 0 {
		g.underWay--
		g.waiting = nil
		return nil
	}
	waiters := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return waiters
}

// sendTogether sends the commands of all who still wait, until the last of them has
// given up: the end of one caller does not end what others wait for.
func (g *gathered) sendTogether(waiters []*waiter) {
	var (
		commands []redis.Cmder
		last     time.Time
	)
	for _, w := range waiters {
		if w.ctx.Err() != nil { // nothing is sent of who has given up already
			continue
		}
		commands = append(commands, w.commands...)
		if until, _ := w.ctx.Deadline(); until.After(last) {
			last = until
		}
	}
	if len(commands) > 0 {
		ctx, cancel := context.WithDeadline(context.Background(), last)
		defer cancel()
		g.sendNow(ctx, commands)
	}
	for _, w := range waiters {
		close(w.done)
	}
}
