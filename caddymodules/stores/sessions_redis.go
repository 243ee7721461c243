package stores

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/clock"
)

// The limits that [Sessions] states.
const (
	maxSessionKey   = 200      // bytes
	maxSessionValue = 64 << 10 // bytes
)

// redisSessions keep the sessions in Redis, which forgets them by itself.
type redisSessions struct {
	redis    *Redis
	gathered *gathered
}

func newRedisSessions(r *Redis) *redisSessions {
	return &redisSessions{redis: r, gathered: newGathered(r.Client)}
}

func (s *redisSessions) key(key string) string { return s.redis.Prefix + "session:" + key }

func (s *redisSessions) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
	if err := checkSession(key, value, lifetime); err != nil {
		return fmt.Errorf("putting a session: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	return putInRedis(s.ask(ctx, s.set(ctx, key, value, lifetime)))
}

// set is the command of Put, with what Redis takes after it. It has a copy of the
// value, as it may be sent when the caller has given up.
func (s *redisSessions) set(ctx context.Context, key string, value []byte, lifetime time.Duration, options ...any) *redis.StatusCmd {
	arguments := []any{"set", s.key(key), bytes.Clone(value), "px", onRedis(lifetime).Milliseconds()}
	return redis.NewStatusCmd(ctx, append(arguments, options...)...)
}

// get is the command of Get.
func (s *redisSessions) get(ctx context.Context, key string) *redis.StringCmd {
	return redis.NewStringCmd(ctx, "get", s.key(key))
}

// unlink is the command of Delete.
func (s *redisSessions) unlink(ctx context.Context, key string) *redis.IntCmd {
	return redis.NewIntCmd(ctx, "unlink", s.key(key))
}

// ask sends a command, and gives its error.
func (s *redisSessions) ask(ctx context.Context, command redis.Cmder) error {
	if err := s.gathered.send(ctx, command); err != nil {
		return err
	}
	return command.Err()
}

func (s *redisSessions) Add(ctx context.Context, key string, value []byte, lifetime time.Duration) (bool, error) {
	if err := checkSession(key, value, lifetime); err != nil {
		return false, fmt.Errorf("adding a session: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, key); err != nil {
			return false, fmt.Errorf("adding a session: %w", err)
		}
	}
	err := s.ask(ctx, s.set(ctx, key, value, lifetime, "nx"))
	switch {
	case errors.Is(err, redis.Nil):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("adding a session: %w", err)
	}
	return true, nil
}

// swap puts ARGV[2] in the place of ARGV[1] under KEYS[1] for ARGV[3]
// milliseconds, or forgets the key where ARGV has no more than the first.
const swap = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
elseif #ARGV == 1 then
	redis.call('UNLINK', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`

func (s *redisSessions) Swap(ctx context.Context, key string, old, value []byte, lifetime time.Duration) (bool, error) {
	if old == nil {
		return swapNothing(ctx, s, key, value, lifetime)
	}
	if err := checkSwap(key, value, lifetime); err != nil {
		return false, fmt.Errorf("swapping a session: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, key); err != nil {
			return false, fmt.Errorf("swapping a session: %w", err)
		}
	}
	arguments := []any{"eval", swap, 1, s.key(key), old}
	if value != nil {
		arguments = append(arguments, value, onRedis(lifetime).Milliseconds())
	}
	// Sent a second time after a lost answer it would say that nothing was swapped.
	command := onceAny{redis.NewCmd(ctx, arguments...)}
	_ = s.redis.Client.Process(ctx, command) // the command holds the error
	swapped, err := command.Int()
	if err != nil {
		return false, fmt.Errorf("swapping a session: %w", err)
	}
	return swapped == 1, nil
}

func (s *redisSessions) Get(ctx context.Context, key string) ([]byte, error) {
	if !isSessionKey(key) {
		return nil, ErrNotFound
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, key); err != nil {
			return nil, fmt.Errorf("getting a session: %w", err)
		}
	}
	command := s.get(ctx, key)
	if err := s.ask(ctx, command); err != nil {
		return foundInRedis("getting a session", nil, err)
	}
	value, err := command.Bytes()
	return foundInRedis("getting a session", value, err)
}

func (s *redisSessions) Take(ctx context.Context, key string) ([]byte, error) {
	if !isSessionKey(key) {
		return nil, ErrNotFound
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, key); err != nil {
			return nil, fmt.Errorf("taking a session: %w", err)
		}
	}
	// Sent a second time after a lost answer it would say that there is nothing.
	command := onceString{redis.NewStringCmd(ctx, "getdel", s.key(key))}
	_ = s.redis.Client.Process(ctx, command) // the command holds the error
	value, err := command.Bytes()
	return foundInRedis("taking a session", value, err)
}

func (s *redisSessions) Extend(ctx context.Context, key string, lifetime time.Duration) error {
	if !isSessionKey(key) {
		return ErrNotFound
	}
	if err := checkLifetime(lifetime); err != nil {
		return fmt.Errorf("extending a session: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, key); err != nil {
			return fmt.Errorf("extending a session: %w", err)
		}
	}
	extended, err := s.redis.Client.PExpire(ctx, s.key(key), onRedis(lifetime)).Result()
	switch {
	case err != nil:
		return fmt.Errorf("extending a session: %w", err)
	case !extended:
		return ErrNotFound
	}
	return nil
}

func (s *redisSessions) Delete(ctx context.Context, key string) error {
	if !isSessionKey(key) {
		return nil
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	return deletedInRedis(s.ask(ctx, s.unlink(ctx, key)))
}

// together implements [Together]: all calls in one pipeline.
func (s *redisSessions) together(ctx context.Context, calls []*Call) {
	ctx, cancel := hurry(ctx)
	defer cancel()
	var (
		asked    []*Call
		commands []redis.Cmder
	)
	for _, call := range calls {
		command, err := s.command(ctx, call)
		if call.Err = err; command != nil {
			asked, commands = append(asked, call), append(commands, command)
		}
	}
	if len(commands) == 0 {
		return
	}
	failed := s.gathered.send(ctx, commands...)
	for i, call := range asked {
		call.answered(commands[i], failed)
	}
}

// command is that of a call, or nil where there is nothing to ask.
func (s *redisSessions) command(ctx context.Context, call *Call) (redis.Cmder, error) {
	switch call.kind {
	case putting:
		if err := checkSession(call.Key, call.Value, call.lifetime); err != nil {
			return nil, fmt.Errorf("putting a session: %w", err)
		}
		return s.set(ctx, call.Key, call.Value, call.lifetime), nil
	case deleting:
		if !isSessionKey(call.Key) {
			return nil, nil
		}
		return s.unlink(ctx, call.Key), nil
	}
	if !isSessionKey(call.Key) {
		return nil, ErrNotFound
	}
	if clock.Stepped() > 0 {
		if err := s.outlived(ctx, call.Key); err != nil {
			return nil, fmt.Errorf("getting a session: %w", err)
		}
	}
	return s.get(ctx, call.Key), nil
}

// answered puts into a call what came of its command, unless the command was not
// answered in time.
func (c *Call) answered(command redis.Cmder, failed error) {
	err := failed
	if err == nil {
		err = command.Err()
	}
	switch c.kind {
	case getting:
		var value []byte
		if err == nil {
			value, err = command.(*redis.StringCmd).Bytes()
		}
		c.Value, c.Err = foundInRedis("getting a session", value, err)
	case putting:
		c.Err = putInRedis(err)
	case deleting:
		c.Err = deletedInRedis(err)
	}
}

func putInRedis(err error) error {
	if err != nil {
		return fmt.Errorf("putting a session: %w", err)
	}
	return nil
}

func deletedInRedis(err error) error {
	if err != nil {
		return fmt.Errorf("deleting a session: %w", err)
	}
	return nil
}

// onRedis is the lifetime on Redis' own clock, which [clock.Step] does not move:
// what is put while ours is ahead gets the difference on top, see outlived.
func onRedis(lifetime time.Duration) time.Duration {
	return max(lifetime+clock.Stepped(), time.Millisecond)
}

// outlived deletes a session that Redis still has and our clock, while a test
// has stepped it ahead, has not.
func (s *redisSessions) outlived(ctx context.Context, key string) error {
	left, err := s.redis.Client.PTTL(ctx, s.key(key)).Result()
	if err != nil || left < 0 || left > clock.Stepped() {
		return err
	}
	return s.redis.Client.Unlink(ctx, s.key(key)).Err()
}

// foundInRedis gives what a command for one value found. Only Redis' "nil" says
// that there is nothing; READONLY, LOADING, OOM and the like are an outage.
func foundInRedis(doing string, value []byte, err error) ([]byte, error) {
	switch {
	case errors.Is(err, redis.Nil):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return notNil(value), nil
}

// notNil is value where nil would mean that nothing is kept.
func notNil(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

// swapNothing is [Sessions.Swap] where nothing is to be kept under key yet.
func swapNothing(ctx context.Context, s Sessions, key string, value []byte, lifetime time.Duration) (bool, error) {
	if value != nil {
		return s.Add(ctx, key, value, lifetime)
	}
	_, err := s.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return false, err
}

// checkSwap is checkSession for [Sessions.Swap].
func checkSwap(key string, value []byte, lifetime time.Duration) error {
	if value == nil {
		lifetime = time.Hour // any: forgetting takes none
	}
	return checkSession(key, value, lifetime)
}

// checkSession refuses what [Sessions] does not keep. The errors show no value:
// a key may be made of something secret.
func checkSession(key string, value []byte, lifetime time.Duration) error {
	if !isSessionKey(key) {
		return fmt.Errorf("its key must be 1 to %d printable ASCII characters", maxSessionKey)
	}
	if len(value) > maxSessionValue {
		return fmt.Errorf("its value of %d bytes is longer than %d", len(value), maxSessionValue)
	}
	return checkLifetime(lifetime)
}

func checkLifetime(lifetime time.Duration) error {
	if lifetime < time.Millisecond {
		return errors.New("its lifetime must be at least a millisecond")
	}
	return nil
}

func isSessionKey(key string) bool {
	if key == "" || len(key) > maxSessionKey {
		return false
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}
