package guard

import (
	"context"
	"sync"
	"time"
)

// The bounds of what one address may have under way in one crowd of a gateway.
const (
	mostSeats     = 16               // that are served: a password is being checked, a picture drawn
	mostStanding  = 256              // that wait for a seat
	seatsPatience = 10 * time.Second // that they wait
)

// Crowd gives each address its seats for what takes time that all callers share,
// so that one that asks for much at once does not keep the others waiting: 16 of
// an address sit, 256 more stand and wait for 10 seconds.
type Crowd struct {
	mu    sync.Mutex
	seats map[string]*seats
}

type seats struct {
	taken chan struct{}
	users int // who sit or stand
}

// NewCrowd makes a crowd of nobody.
func NewCrowd() *Crowd { return &Crowd{seats: map[string]*seats{}} }

// Sit waits for a seat of an address (see [Address]), and gives what leaves it. It
// is false where none came free in time, or too many stand already.
func (c *Crowd) Sit(ctx context.Context, address string) (leave func(), ok bool) {
	c.mu.Lock()
	s := c.seats[address]
	if s == nil {
		s = &seats{taken: make(chan struct{}, mostSeats)}
		c.seats[address] = s
	}
	full := s.users >= mostSeats+mostStanding
	if !full {
		s.users++
	}
	c.mu.Unlock()
	if full {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, seatsPatience)
	defer cancel()
	select {
	case s.taken <- struct{}{}:
		return func() { <-s.taken; c.gone(address, s) }, true
	case <-ctx.Done():
		c.gone(address, s)
		return nil, false
	}
}

func (c *Crowd) gone(address string, s *seats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.users--; s.users == 0 {
		delete(c.seats, address)
	}
}
