package avatarplay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

const (
	// fittingFor is how long what is tried on is kept after the last change.
	fittingFor = 24 * time.Hour

	// mostUndone is how many steps can be undone.
	mostUndone = 20

	// fittingAttempts bounds how often a change begins anew because another one
	// of the same fitting room was faster, and fittingPause how long it waits.
	fittingAttempts = 200
	fittingPause    = 4 * time.Millisecond
)

// fitting is what is tried on in one fitting room.
type fitting struct {
	Outfit outfit   `json:"outfit"`
	Past   []outfit `json:"past,omitempty"` // what was on before, the last at the end
	Mark   string   `json:"mark"`           // another one with each change
}

// fittingRoom is where one avatar is dressed: by an app's calls, or by a person
// on the dress-up site. Nothing of it is anybody else's until it is committed.
type fittingRoom struct {
	sessions stores.Sessions
	key      string
	main     outfit // what the wearer has on
}

// roomOf is the fitting room of an avatar.
func (s *service) roomOf(of avatar) fittingRoom {
	return fittingRoom{s.sessions, "avatarplay:fitting:" + strconv.FormatInt(of.ID, 10), of.outfit}
}

// roomOfPerson is the fitting room of a person on the dress-up site.
func (s *service) roomOfPerson(who person) fittingRoom {
	return fittingRoom{s.sessions, "avatarplay:dressing:" + strconv.FormatInt(who.ID, 10), who.outfit}
}

// now gives what is tried on, and how it is kept (nil: it is not): the main coord
// where nothing is.
func (f fittingRoom) now(ctx context.Context) (fitting, []byte, error) {
	kept, err := f.sessions.Get(ctx, f.key)
	if errors.Is(err, stores.ErrNotFound) {
		return fitting{Outfit: f.main}, nil, nil
	}
	if err != nil {
		return fitting{}, nil, fmt.Errorf("reading a fitting room: %w", err)
	}
	var on fitting
	if err := json.Unmarshal(kept, &on); err != nil {
		return fitting{}, nil, fmt.Errorf("reading a fitting room: %w", err)
	}
	return on, kept, nil
}

// change puts on what next makes of what is tried on. Changes that come at once
// are made one after the other; none is lost.
func (f fittingRoom) change(ctx context.Context, next func(fitting) (fitting, error)) (fitting, error) {
	mark := kit.RandomToken(8)
	for range fittingAttempts {
		before, kept, err := f.now(ctx)
		if err != nil {
			return fitting{}, err
		}
		if before.Mark == mark {
			return before, nil // this change was made, and its answer lost
		}
		after, err := next(before)
		if err != nil {
			return fitting{}, err
		}
		after.Mark = mark
		swapped, err := f.sessions.Swap(ctx, f.key, kept, []byte(toJSON(after)), fittingFor)
		if err != nil {
			return fitting{}, fmt.Errorf("changing a fitting room: %w", err)
		}
		if swapped {
			return after, nil
		}
		time.Sleep(rand.N(fittingPause))
	}
	return fitting{}, &fault.Fault{Kind: fault.TooMany, RetryAfter: time.Second}
}

// leave forgets what was tried on, unless it was changed since it was read so.
func (f fittingRoom) leave(ctx context.Context, kept []byte) error {
	if kept == nil {
		return nil
	}
	if _, err := f.sessions.Swap(ctx, f.key, kept, nil, 0); err != nil {
		return fmt.Errorf("leaving a fitting room: %w", err)
	}
	return nil
}

// step gives the fitting with another outfit, and remembers the one before.
func (f fitting) step(to outfit) fitting {
	past := append(f.Past[:len(f.Past):len(f.Past)], f.Outfit)
	if len(past) > mostUndone {
		past = past[len(past)-mostUndone:]
	}
	return fitting{Outfit: to, Past: past}
}

// back gives the fitting as it was a step before; the same where there is none.
func (f fitting) back() fitting {
	if len(f.Past) == 0 {
		return f
	}
	last := len(f.Past) - 1
	return fitting{Outfit: f.Past[last], Past: f.Past[:last:last]}
}

// toggled gives the fitting with an item put on, or taken off where it is worn.
// Conflict is an item that cannot come off.
func (f fitting) toggled(c *closet, chosen *item, otherHair bool) (fitting, error) {
	if !f.Outfit.wears(chosen.ID) {
		return f.step(f.Outfit.with(c, chosen)), nil
	}
	if chosen.staysOn(otherHair) {
		return f, errUnusable
	}
	return f.step(f.Outfit.without(chosen.ID)), nil
}
