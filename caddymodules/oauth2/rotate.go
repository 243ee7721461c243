package oauth2

import (
	"context"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// deadFor is how long a family stays marked as revoked: longer than any of its
// tokens can live, whatever the options were when it was issued.
const deadFor = longestRefresh + slack

// BeginTX opens what fosite takes for a transaction: a rotation, or the revoking
// of a family.
func (*storage) BeginTX(ctx context.Context) (context.Context, error) { return ctx, nil }

// RotateRefreshToken says that the transaction is a rotation. The old token is
// used up only in Commit, when the new pair's records are there.
func (*storage) RotateRefreshToken(ctx context.Context, _, _ string) error {
	exchangeOf(ctx).rotates = true
	return nil
}

// Rollback leaves what was put: nobody knows its tokens, unless the pair is
// already that of used:<hash>, and then it is needed.
func (*storage) Rollback(context.Context) error { return nil }

// Commit uses up the old refresh token of a rotation, and decides which pair the
// client gets.
func (s *storage) Commit(ctx context.Context) error {
	x := exchangeOf(ctx)
	if !x.rotates {
		return nil // a family was revoked
	}
	if !x.repeats() {
		if err := s.prepare(ctx, x); err != nil {
			return err
		}
		if err := s.use(ctx, x); err != nil {
			return err
		}
	}
	return s.settle(ctx, x)
}

// prepare puts the records of the new pair, and takes them back if the family is
// revoked. All of it is one round trip on Redis, as are the steps that follow:
// half as many as one call at a time, see A3 in deploy/bench.
func (s *storage) prepare(ctx context.Context, x *exchange) error {
	sealed, err := s.strategy.sealPair(x.shown, x.made)
	if err != nil {
		return err
	}
	if err := x.keep(s.records.putting(graceRecord, x.next.Refresh, sealed, s.grace)); err != nil {
		return err
	}
	mark := s.records.getting(deadRecord, x.old.Family)
	if err := s.records.together(ctx, append([]*stores.Call{mark}, x.kept...)...); err != nil {
		return err
	}
	dead, err := readMark(mark)
	if err != nil || !dead {
		return err
	}
	if err := s.unlink(ctx, x.next); err != nil {
		return err
	}
	if err := s.RevokeAccessToken(ctx, x.old.Family); err != nil { // where revoking broke off
		return err
	}
	return fault.New(fault.Unauthorized, grantRefresh)
}

// use adds the use of the old refresh token. Who comes too late gets the pair of
// the one who was first.
func (s *storage) use(ctx context.Context, x *exchange) error {
	now := clock.Now()
	hash := s.strategy.hash(refreshRecord, x.shown)
	added, err := s.records.add(ctx, usedRecord, hash,
		use{At: now.UnixMilli(), Next: x.next}, x.old.expires().Sub(now)+slack)
	if err != nil {
		return err
	}
	if !added {
		return s.yield(ctx, x, hash)
	}
	x.answer = x.made
	return nil
}

// yield takes back the pair of an exchange that was not the first to use its
// refresh token, and answers with the first one's.
func (s *storage) yield(ctx context.Context, x *exchange, hash string) error {
	var first use
	used, err := s.records.get(ctx, usedRecord, hash, &first)
	if err != nil {
		return err
	}
	if used && first.Next == x.next { // added after all, by a command sent twice
		x.answer = x.made
		return nil
	}
	if err := s.unlink(ctx, x.next); err != nil {
		return err
	}
	if used {
		repeated, err := s.repeat(ctx, x, first)
		if err != nil || repeated {
			return err
		}
		if err := s.revoke(ctx, x.old.Family); err != nil {
			return err
		}
	}
	return fault.New(fault.Unauthorized, grantRefresh)
}

// repeat has an earlier use of the refresh token answered again, where it may
// be: within the grace, and while the new refresh token is unused.
func (s *storage) repeat(ctx context.Context, x *exchange, earlier use) (bool, error) {
	next := earlier.Next.Refresh
	later, grace := s.records.getting(usedRecord, next), s.records.getting(graceRecord, next)
	if err := s.records.together(ctx, later, grace); err != nil {
		return false, err
	}
	used, err := read(usedRecord, later.Value, later.Err, new(use))
	if err != nil || used {
		return false, err
	}
	var sealed []byte
	runs, err := read(graceRecord, grace.Value, grace.Err, &sealed)
	if err != nil {
		return false, err
	}
	if !runs && earlier.Sealed != nil {
		sealed, runs = earlier.Sealed, !isOver(earlier.At+s.grace.Milliseconds())
	}
	if !runs {
		return false, nil
	}
	answer, err := s.strategy.openPair(x.shown, sealed)
	if err != nil {
		return false, err
	}
	x.answer, x.next = answer, earlier.Next
	return true, nil
}

// settle does what follows a use, for the first time or once more: the old
// access token dies, and so does the new pair if the family was revoked
// meanwhile.
func (s *storage) settle(ctx context.Context, x *exchange) error {
	family, err := s.records.putting(familyRecord, x.old.Family, x.next, s.refreshLifetime)
	if err != nil {
		return err
	}
	defer s.seen.forget(x.old.Access)
	access, mark := s.records.deleting(accessRecord, x.old.Access), s.records.getting(deadRecord, x.old.Family)
	if err := s.records.together(ctx, family, access, mark); err != nil {
		return err
	}
	dead, err := readMark(mark)
	if err != nil || !dead {
		return err
	}
	if err := s.unlink(ctx, x.next); err != nil {
		return err
	}
	return fault.New(fault.Unauthorized, grantRefresh)
}

// unlink deletes the records of a pair.
func (s *storage) unlink(ctx context.Context, pair link) error {
	defer s.seen.forget(pair.Access)
	return s.records.together(ctx, s.records.deleting(accessRecord, pair.Access), s.records.deleting(refreshRecord, pair.Refresh),
		s.records.deleting(graceRecord, pair.Refresh))
}

// revoke ends a family.
func (s *storage) revoke(ctx context.Context, family string) error {
	if err := s.RevokeRefreshToken(ctx, family); err != nil {
		return err
	}
	return s.RevokeAccessToken(ctx, family)
}

// RevokeRefreshToken ends all refresh tokens of a family, by its mark.
func (s *storage) RevokeRefreshToken(ctx context.Context, family string) error {
	return s.records.put(ctx, deadRecord, family, clock.Now().UnixMilli(), deadFor)
}

// RevokeAccessToken deletes the pairs of a family that is marked as revoked,
// from the one that is known to be recent to the end of the chain.
func (s *storage) RevokeAccessToken(ctx context.Context, family string) error {
	var at link
	found, err := s.records.get(ctx, familyRecord, family, &at)
	for err == nil && found {
		if err = s.unlink(ctx, at); err != nil {
			break
		}
		var next use
		found, err = s.records.get(ctx, usedRecord, at.Refresh, &next)
		at = next.Next
	}
	return err
}

func (s *storage) isDead(ctx context.Context, family string) (bool, error) {
	var since int64
	return s.records.get(ctx, deadRecord, family, &since)
}

// readMark reads what getting the mark of a revoked family gave.
func readMark(mark *stores.Call) (dead bool, err error) {
	var since int64
	return read(deadRecord, mark.Value, mark.Err, &since)
}
