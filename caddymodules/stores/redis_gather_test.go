package stores

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// heldRedis answers nothing before it is let, and notes what came in one go.
type heldRedis struct {
	came  chan []redis.Cmder
	allow chan error
}

func (heldRedis) DialHook(next redis.DialHook) redis.DialHook {
	return func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody dials here") }
}

func (h heldRedis) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, command redis.Cmder) error { return h.answer([]redis.Cmder{command}) }
}

func (h heldRedis) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(_ context.Context, commands []redis.Cmder) error { return h.answer(commands) }
}

func (h heldRedis) answer(commands []redis.Cmder) error {
	h.came <- commands
	err := <-h.allow
	for _, command := range commands {
		command.SetErr(err)
	}
	return err
}

// What comes while enough is under way goes together when something comes back,
// each with its own answer, and without those who have given up.
func TestGathering(t *testing.T) {
	held := heldRedis{make(chan []redis.Cmder), make(chan error)}
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	client.AddHook(held)
	g := newGathered(client)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	answers := make(chan error, 8)
	send := func(ctx context.Context, key string) {
		command := redis.NewStringCmd(ctx, "get", key)
		if err := g.send(ctx, command); err != nil {
			answers <- err
			return
		}
		answers <- command.Err()
	}
	for range mostUnderWay {
		go send(ctx, "at once")
		if came := <-held.came; len(came) != 1 {
			t.Fatalf("%d commands came together while nothing was under way", len(came))
		}
	}

	gone, leave := context.WithCancel(ctx)
	go send(gone, "given up")
	for _, key := range []string{"a", "b", "c"} {
		go send(ctx, key)
	}
	for waiting := 0; waiting < 4; time.Sleep(time.Millisecond) {
		g.mu.Lock()
		waiting = len(g.waiting)
		g.mu.Unlock()
	}
	leave()
	if err := <-answers; !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up is told %v", err)
	}

	held.allow <- nil
	if err := <-answers; err != nil {
		t.Errorf("the first: %v", err)
	}
	together := <-held.came
	if len(together) != 3 {
		t.Errorf("%v came together", together)
	}
	failure := errors.New("away")
	held.allow <- nil // the other one that went at once
	if err := <-answers; err != nil {
		t.Errorf("the second: %v", err)
	}
	held.allow <- failure
	for range together {
		if err := <-answers; !errors.Is(err, failure) {
			t.Errorf("of a pipeline that failed: %v", err)
		}
	}

	go send(ctx, "afterwards")
	if came := <-held.came; len(came) != 1 {
		t.Errorf("%d commands came afterwards", len(came))
	}
	held.allow <- nil
	if err := <-answers; err != nil {
		t.Errorf("afterwards: %v", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay != 0 || g.waiting != nil {
		t.Errorf("%d are under way still, %d wait", g.underWay, len(g.waiting))
	}
}
