package stores

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"
)

// Redis is the connection to Redis: one server, one behind sentinels, or a
// cluster. Whoever uses it puts Prefix before each of their keys, and keys that
// one atomic step touches under one {hash tag}.
//
// No command is sent a second time when its answer is lost, because a count
// would then count twice. On a cluster, where the client follows the slots
// around, that takes a command whose NoRetry says true as well.
type Redis struct {
	Client redis.UniversalClient
	Prefix string

	calls *calls
}

const (
	defaultRedisPrefix = "sekisho:"

	// redisConns are the connections to one server. Redis confirms what came over all
	// of them with one write to its disk, so that few would make a crowd of guesses
	// wait for each other.
	redisConns = 64
)

func init() {
	redis.SetLogger(quietRedis{})
}

// quietRedis takes what go-redis would print beside the errors that it returns.
type quietRedis struct{}

func (quietRedis) Printf(_ context.Context, format string, values ...any) {
	if entry := caddy.Log().Named("sekisho.redis").Check(zap.DebugLevel, "from the Redis client"); entry != nil {
		entry.Write(zap.String("text", fmt.Sprintf(format, values...)))
	}
}

// openRedis opens one of
//
//	redis://[USER:PASSWORD@]HOST:PORT[/DB]          rediss:// with TLS
//	unix://[USER:PASSWORD@]/PATH[?db=DB]
//	redis+cluster://[USER:PASSWORD@]HOST:PORT?addr=HOST2:PORT2&…         rediss+cluster://
//	redis+sentinel://[USER:PASSWORD@]HOST:PORT[/DB]?master_name=NAME&addr=…  rediss+sentinel://
//
// where for sentinels the user and password before the @ are the sentinels' own,
// and those of Redis the parameters username and password. The parameter prefix
// stands before every key (sekisho:); the others are go-redis' own (pool_size,
// dial_timeout, …). A server that does not answer is an error. No error shows
// the address, which may hold a password.
func openRedis(ctx context.Context, rawURL string) (*Redis, error) {
	address, prefix, err := takePrefix(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening Redis: %w", err)
	}
	client, err := newRedisClient(address)
	if err != nil {
		return nil, fmt.Errorf("opening Redis: %w", err)
	}
	r := &Redis{Client: client, Prefix: prefix, calls: newRedisCalls()}
	client.AddHook(redisCalls{r.calls})
	ctx, cancel := context.WithTimeout(ctx, openingTimeout)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		_ = r.close()
		return nil, fmt.Errorf("opening Redis: %w", err)
	}
	return r, nil
}

func (r *Redis) close() error {
	return r.Client.Close()
}

// takePrefix takes our own parameter out of the address.
func takePrefix(rawURL string) (address *url.URL, prefix string, err error) {
	address, err = url.Parse(rawURL)
	if err != nil {
		return nil, "", errors.New("the address is malformed")
	}
	query := address.Query()
	prefix = defaultRedisPrefix
	if given, ok := query["prefix"]; ok {
		prefix = given[len(given)-1]
		query.Del("prefix")
		address.RawQuery = query.Encode()
	}
	if strings.ContainsAny(prefix, "{}") {
		return nil, "", errors.New("prefix must not contain { or }, which mean a hash tag in a cluster")
	}
	return address, prefix, nil
}

func newRedisClient(address *url.URL) (redis.UniversalClient, error) {
	if address.Query().Has("max_retries") {
		return nil, errors.New("max_retries is not an option here: a count that is sent twice may count twice")
	}
	scheme := address.Scheme
	address.Scheme, _, _ = strings.Cut(scheme, "+") // as go-redis spells it
	switch scheme {
	case "redis", "rediss", "unix":
		return newSingleClient(address)
	case "redis+cluster", "rediss+cluster":
		return newClusterClient(address)
	case "redis+sentinel", "rediss+sentinel":
		return newSentinelClient(address)
	}
	return nil, errors.New("the address must start with redis://, rediss://, unix://, redis+cluster:// or redis+sentinel:// (rediss+… with TLS)")
}

func newSingleClient(address *url.URL) (redis.UniversalClient, error) {
	options, err := redis.ParseURL(address.String())
	if err != nil {
		return nil, err
	}
	if err := boundAll(&options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout); err != nil {
		return nil, err
	}
	options.PoolSize = connsOf(address, options.PoolSize)
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true
	options.MaintNotificationsConfig = noMaintenance()
	return redis.NewClient(options), nil
}

func newClusterClient(address *url.URL) (redis.UniversalClient, error) {
	options, err := redis.ParseClusterURL(address.String())
	if err != nil {
		return nil, err
	}
	if options.ReadOnly || options.RouteByLatency || options.RouteRandomly {
		return nil, errors.New("read_only, route_by_latency and route_randomly are not options here: a replica may not have yet what was just kept")
	}
	if err := boundAll(&options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout); err != nil {
		return nil, err
	}
	options.PoolSize = connsOf(address, options.PoolSize)
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true
	options.MaintNotificationsConfig = noMaintenance()
	return redis.NewClusterClient(options), nil
}

func newSentinelClient(address *url.URL) (redis.UniversalClient, error) {
	options, err := redis.ParseFailoverURL(address.String())
	if err != nil {
		return nil, err
	}
	if options.MasterName == "" {
		return nil, errors.New("redis+sentinel:// needs the parameter master_name")
	}
	if options.ReplicaOnly || options.RouteByLatency || options.RouteRandomly {
		return nil, errors.New("replica_only, route_by_latency and route_randomly are not options here: a replica may not have yet what was just kept")
	}
	if err := boundAll(&options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout); err != nil {
		return nil, err
	}
	options.PoolSize = connsOf(address, options.PoolSize)
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true
	return redis.NewFailoverClient(options), nil
}

// connsOf is how many connections there may be to one server: as many as the
// address says, where it does.
func connsOf(address *url.URL, said int) int {
	if address.Query().Has("pool_size") {
		return said
	}
	return redisConns
}

// boundAll gives each wait that the address leaves open our own bound, and
// refuses longer ones: an outage must be answered within [Timeout].
func boundAll(waits ...*time.Duration) error {
	for _, wait := range waits {
		switch {
		case *wait == 0:
			*wait = patience.redis
		case *wait < 0 || *wait > Timeout:
			return fmt.Errorf("dial_timeout, read_timeout, write_timeout and pool_timeout are at most %v here", Timeout)
		}
	}
	return nil
}

// noMaintenance spares each new connection the question for a feature of
// Redis' commercial edition.
func noMaintenance() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// onceString, onceInt and onceAny are commands that must not be sent again when their
// answer is lost. A single client sends nothing twice (MaxRetries is off); a
// cluster's client would, while it looks for the node that has the slot.
type (
	onceString struct{ *redis.StringCmd }
	onceInt    struct{ *redis.IntCmd }
	onceAny    struct{ *redis.Cmd }
)

func (onceString) NoRetry() bool { return true }
func (onceInt) NoRetry() bool    { return true }
func (onceAny) NoRetry() bool    { return true }
