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
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

const (
	// fittingFor is how long what is tried on is kept after the last change.
	fittingFor = 24 * time.Hour

	// mostUndone is how many steps can be undone.
	mostUndone = 20

	// fittingPatience bounds how long a change begins anew because others of the
	// same fitting room were faster, and fittingPause how long it waits each time.
	fittingPatience = 5 * time.Second
	fittingPause    = 4 * time.Millisecond
)

// fitting is what is tried on in one fitting room.
type fitting struct {
	Outfit outfit   `json:"outfit"`
	Past   []outfit `json:"past,omitempty"` // what was on before, the last at the end

	// Saved says that nothing is tried on any more: it became the main coord.
	Saved bool `json:"saved,omitempty"`

	Mark string `json:"mark"` // another one with each change
	Step int64  `json:"step"` // grows with each change: Unix microseconds, or one more
}

// fittingRoom is where one avatar is dressed: by an app's calls, or by a person
// on the dress-up site. Nothing of it is anybody else's until it is committed.
type fittingRoom struct {
	sessions stores.Sessions
	key      string
	lane     *kit.Turns

	// saved is the step that the main coord came from when the request was read: of
	// this room or of another one of the same wearer, by whatever clock.
	saved int64

	// main reads what the wearer has on, and save makes an outfit of a step that,
	// unless that of a later step is.
	main func(context.Context) (outfit, error)
	save func(ctx context.Context, worn outfit, step int64) error
}

// roomOf is the fitting room of an avatar.
func (s *service) roomOf(caller app, of avatar) fittingRoom {
	return fittingRoom{
		sessions: s.sessions,
		key:      "avatarplay:fitting:" + strconv.FormatInt(of.ID, 10),
		lane:     s.lanes.of(of.ID),
		saved:    of.step,
		main:     func(ctx context.Context) (outfit, error) { return s.store.mainCoord(ctx, of.WearerID) },
		save: func(ctx context.Context, worn outfit, step int64) error {
			return s.store.dress(ctx, caller, of.ID, worn, step)
		},
	}
}

// roomOfPerson is the fitting room of a person on the dress-up site.
func (s *service) roomOfPerson(who person) fittingRoom {
	return fittingRoom{
		sessions: s.sessions,
		key:      "avatarplay:dressing:" + strconv.FormatInt(who.ID, 10),
		lane:     s.lanes.of(who.ID),
		saved:    who.step,
		main:     func(ctx context.Context) (outfit, error) { return s.store.mainCoord(ctx, who.WearerID) },
		save: func(ctx context.Context, worn outfit, step int64) error {
			return s.store.save(ctx, who, worn, step)
		},
	}
}

// lanes let those who change fitting rooms at the same gateway go one after the
// other, as many at a time as there are lanes, so that few have to begin anew. Each
// room has one of them.
type lanes [64]*kit.Turns

// mostInLane is how many may wait in a lane.
const mostInLane = 256

func newLanes() (all lanes) {
	for i := range all {
		all[i] = kit.NewTurns(1, mostInLane, fittingPatience)
	}
	return all
}

func (l *lanes) of(id int64) *kit.Turns { return l[id%int64(len(l))] }

// read gives what is in the room, and how it is kept; nil and the zero value
// where nothing is.
func (f fittingRoom) read(ctx context.Context) (in fitting, kept []byte, err error) {
	kept, err = f.sessions.Get(ctx, f.key)
	if errors.Is(err, stores.ErrNotFound) {
		return fitting{Saved: true}, nil, nil
	}
	if err != nil {
		return in, nil, fmt.Errorf("reading a fitting room: %w", err)
	}
	if err := json.Unmarshal(kept, &in); err != nil {
		return in, nil, fmt.Errorf("reading a fitting room: %w", err)
	}
	return in, kept, nil
}

// now gives what is tried on: the main coord where nothing is.
func (f fittingRoom) now(ctx context.Context) (fitting, error) {
	on, _, err := f.worn(ctx)
	return on, err
}

// worn is now with how it is kept. The main coord is read after the room, so that
// whatever was committed before the room was emptied is in it.
func (f fittingRoom) worn(ctx context.Context) (on fitting, kept []byte, err error) {
	on, kept, err = f.read(ctx)
	if err != nil || !on.Saved {
		return on, kept, err
	}
	main, err := f.main(ctx)
	return fitting{Outfit: main, Mark: on.Mark, Step: on.Step}, kept, err
}

// change puts on what next makes of what is tried on. Changes that come at once
// are made one after the other; none is lost.
func (f fittingRoom) change(ctx context.Context, next func(fitting) (fitting, error)) (after fitting, err error) {
	err = f.retry(ctx, func(mark string) (done bool, err error) {
		before, kept, err := f.worn(ctx)
		if err != nil {
			return false, err
		}
		if before.Mark == mark { // the change was made, and its answer lost
			after = before
			return true, nil
		}
		if after, err = next(before); err != nil {
			return false, err
		}
		after = after.following(before, mark)
		return f.swap(ctx, kept, after)
	})
	return after, err
}

// commit makes what is tried on the main coord, if anything is. Of several at once
// each saves what it found, and the last step found is what stays.
func (f fittingRoom) commit(ctx context.Context) (worn outfit, err error) {
	var claimed fitting
	err = f.retry(ctx, func(mark string) (done bool, err error) {
		in, kept, err := f.read(ctx)
		if err != nil {
			return false, err
		}
		if claimed = in; in.Saved || in.Mark == mark {
			return true, nil
		}
		// Later than what was saved before this was asked for. A person is dressed in
		// a room for each app and one more, at gateways whose clocks may differ.
		claimed = in.following(fitting{Step: max(in.Step, f.saved)}, mark)
		return f.swap(ctx, kept, claimed)
	})
	if err != nil {
		return outfit{}, err
	}
	if claimed.Saved {
		return f.main(ctx)
	}
	if err := f.save(ctx, claimed.Outfit, claimed.Step); err != nil {
		return outfit{}, err
	}
	// Whoever changed it since goes on from there.
	saved := fitting{Outfit: claimed.Outfit, Saved: true}.following(claimed, kit.RandomToken(8))
	_, err = f.swap(ctx, []byte(toJSON(claimed)), saved)
	return claimed.Outfit, err
}

// retry does something again, with the same mark, until it is done.
func (f fittingRoom) retry(ctx context.Context, try func(mark string) (done bool, err error)) error {
	leave, err := f.lane.Enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	mark := kit.RandomToken(8)
	for began := time.Now(); time.Since(began) < fittingPatience; time.Sleep(rand.N(fittingPause)) {
		if done, err := try(mark); done || err != nil {
			return err
		}
	}
	return &fault.Fault{Kind: fault.TooMany, RetryAfter: time.Second}
}

func (f fittingRoom) swap(ctx context.Context, kept []byte, to fitting) (swapped bool, err error) {
	swapped, err = f.sessions.Swap(ctx, f.key, kept, []byte(toJSON(to)), fittingFor)
	if err != nil {
		return false, fmt.Errorf("changing a fitting room: %w", err)
	}
	return swapped, nil
}

// following gives the fitting as it is kept after another one.
func (f fitting) following(before fitting, mark string) fitting {
	f.Mark = mark
	f.Step = max(before.Step+1, clock.Now().UnixMicro())
	return f
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
