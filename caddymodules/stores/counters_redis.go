package stores

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// redisCounters count in Redis hashes, one a set, and move what gathers there
// into the database.
//
// A Drain sets a batch aside under a name of its own together with an id that
// no other batch ever has, applies it in one transaction that also writes the
// id into sekisho_counter_batches, and then deletes the batch, if it is still
// the one with that id. Killed before the commit, the batch waits for the next
// Drain; killed after it, the next Drain finds the id and only deletes. Of two
// at once one waits on the other's id and then finds it.
type redisCounters struct {
	redis *Redis
	sql   *SQL
	*gathering
}

// newRedisCounters counts in Redis until close, and drains into the database.
func newRedisCounters(r *Redis, sql *SQL) *redisCounters {
	c := &redisCounters{redis: r, sql: sql}
	c.gathering = newGathering(c.writeAll)
	return c
}

// Both keys of a set stand in one slot of a cluster.
func (c *redisCounters) liveKey(set string) string {
	return c.redis.Prefix + "{counters:" + set + "}:live"
}

func (c *redisCounters) batchKey(set string) string {
	return c.redis.Prefix + "{counters:" + set + "}:batch"
}

// batchID is the field of a batch that holds its id. No count has an empty name.
const batchID = ""

func (c *redisCounters) Add(ctx context.Context, set string, deltas map[string]int64) error {
	return c.add(ctx, set, deltas)
}

// writeAll sends everything in one go. Where it fails half-way, some of it may
// have counted.
func (c *redisCounters) writeAll(ctx context.Context, all sums) error {
	pipe := c.redis.Client.Pipeline()
	for set, deltas := range all {
		key := c.liveKey(set)
		for field, delta := range deltas {
			_ = pipe.Process(ctx, onceInt{redis.NewIntCmd(ctx, "hincrby", key, field, delta)}) // only queued
		}
	}
	_, err := pipe.Exec(ctx)
	return err
}

// setAside makes a batch of up to ARGV[2] fields of the live hash KEYS[1] under
// KEYS[2] with the id ARGV[1], unless one still waits there; either way it gives
// the whole batch. The write that takes something away comes first: Redis refuses
// a script out of memory only before its first write, and this one gives memory
// back in the end.
const setAside = `
if redis.call('EXISTS', KEYS[2]) == 0 then
	local most = tonumber(ARGV[2])
	local waiting = redis.call('HLEN', KEYS[1])
	if waiting == 0 then
		return {}
	elseif waiting <= most then
		redis.call('RENAME', KEYS[1], KEYS[2])
	else
		local some = redis.call('HRANDFIELD', KEYS[1], most, 'WITHVALUES')
		for i = 1, #some, 2 do
			redis.call('HDEL', KEYS[1], some[i])
			redis.call('HSET', KEYS[2], some[i], some[i + 1])
		end
	end
	redis.call('HSET', KEYS[2], '', ARGV[1])
end
return redis.call('HGETALL', KEYS[2])`

// forget deletes the batch KEYS[1] if it is still the one with the id ARGV[1]:
// another Drain may have finished it and set the next one aside.
const forget = `
if redis.call('HGET', KEYS[1], '') == ARGV[1] then
	return redis.call('UNLINK', KEYS[1])
end
return 0`

func (c *redisCounters) Drain(ctx context.Context, set string, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (int, error) {
	pending, err := c.Pending(ctx, set)
	if err != nil {
		return 0, err
	}
	// A batch that was left over, then as many as hold what waits now: what is
	// counted meanwhile is for the next Drain.
	applied := 0
	for range pending/drainFields + 2 {
		id, deltas, err := c.nextBatch(ctx, set)
		if err != nil {
			return applied, fmt.Errorf("draining counters: %w", err)
		}
		if id == "" {
			break
		}
		first, err := c.applyBatch(ctx, set, id, deltas, apply)
		if err != nil {
			return applied, fmt.Errorf("draining counters: %w", err)
		}
		if first {
			applied += len(deltas)
		}
		if err := c.forgetBatch(ctx, set, id); err != nil {
			return applied, fmt.Errorf("draining counters: %w", err)
		}
	}
	return applied, nil
}

// nextBatch gives the batch that waits to be applied, or sets one aside. Without
// any the id is empty.
func (c *redisCounters) nextBatch(ctx context.Context, set string) (id string, deltas map[string]int64, err error) {
	ctx, cancel := hurry(ctx)
	defer cancel()
	// Run a second time after a lost answer it could give its id to a second batch.
	command := onceAny{redis.NewCmd(ctx, "eval", setAside, 2, c.liveKey(set), c.batchKey(set), rand.Text(), drainFields)}
	_ = c.redis.Client.Process(ctx, command) // the command holds the error
	flat, err := command.StringSlice()
	if err != nil || len(flat) == 0 {
		return "", nil, err
	}
	deltas = make(map[string]int64, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		if flat[i] == batchID {
			id = flat[i+1]
			continue
		}
		if deltas[flat[i]], err = strconv.ParseInt(flat[i+1], 10, 64); err != nil {
			return "", nil, errors.New("a batch in Redis holds something that is not a count")
		}
	}
	if id == "" {
		return "", nil, errors.New("a batch in Redis has no id")
	}
	return id, deltas, nil
}

// applyBatch applies the batch unless it was applied before, and says whether
// it did.
func (c *redisCounters) applyBatch(ctx context.Context, set, id string, deltas map[string]int64, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (first bool, err error) {
	now := clock.Now()
	err = c.sql.Write(Within(ctx, drainPatience), func(ctx context.Context, tx bun.Tx) error {
		first = false
		// Where another transaction has just written the id, this waits for its end.
		result, err := tx.ExecContext(ctx, `INSERT INTO sekisho_counter_batches (id, set_name, applied_at)
			VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`, id, set, now.UnixMilli())
		if err != nil {
			return err
		}
		added, err := result.RowsAffected()
		if err != nil || added == 0 {
			return err
		}
		if err := c.forgetOldBatches(ctx, tx, set, now.Add(-batchMemory).UnixMilli()); err != nil {
			return err
		}
		first = true
		return apply(ctx, tx, deltas)
	})
	return first && err == nil, err
}

// forgetOldBatches removes a few rows of batches that are deleted in Redis for
// long: a new batch is only set aside when the one before is gone.
func (c *redisCounters) forgetOldBatches(ctx context.Context, tx bun.Tx, set string, before int64) error {
	some := `SELECT id FROM sekisho_counter_batches WHERE set_name = ? AND applied_at < ? ORDER BY applied_at LIMIT 100`
	if c.sql.Postgres() {
		some += ` FOR UPDATE SKIP LOCKED`
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM sekisho_counter_batches WHERE id IN (`+some+`)`, set, before)
	return err
}

func (c *redisCounters) forgetBatch(ctx context.Context, set, id string) error {
	ctx, cancel := hurry(ctx)
	defer cancel()
	return c.redis.Client.Eval(ctx, forget, []string{c.batchKey(set)}, id).Err()
}

func (c *redisCounters) Pending(ctx context.Context, set string) (int, error) {
	if err := checkSet(set); err != nil {
		return 0, fmt.Errorf("asking for pending counters: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	pipe := c.redis.Client.Pipeline()
	live, batch := pipe.HLen(ctx, c.liveKey(set)), pipe.HLen(ctx, c.batchKey(set))
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, fmt.Errorf("asking for pending counters: %w", err)
	}
	return int(live.Val() + max(batch.Val()-1, 0)), nil // without the batch's id
}
