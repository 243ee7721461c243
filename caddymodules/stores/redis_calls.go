package stores

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// redisCalls is go-redis' hook around each command and pipeline.
type redisCalls struct{ *calls }

// DialHook implements [redis.Hook].
func (redisCalls) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements [redis.Hook].
func (c redisCalls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		call := commandKind(command.Name())
		began := time.Now()
		ctx, span := c.begin(ctx, call)
		err := next(ctx, command)
		c.done(call, began, span, isRedisFailure(err))
		return err
	}
}

// ProcessPipelineHook implements [redis.Hook].
func (c redisCalls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		began := time.Now()
		ctx, span := c.begin(ctx, "pipeline")
		err := next(ctx, commands)
		c.done("pipeline", began, span, isRedisFailure(err))
		return err
	}
}

// commandKinds are the words by which commands are told apart in metrics.
var commandKinds = map[string]string{
	"get": "get", "set": "set", "del": "delete", "getdel": "take", "pexpire": "extend", "hlen": "count", "ping": "ping",
	"eval": "script", "evalsha": "script", "evalsha_ro": "script", "eval_ro": "script",
}

func newRedisCalls() *calls {
	return newCalls("redis", "redis", append(slices.Collect(maps.Values(commandKinds)), "pipeline", "other")...)
}

func commandKind(name string) string {
	if kind, known := commandKinds[name]; known {
		return kind
	}
	return "other"
}

// isRedisFailure says whether a command failed, and not only found nothing, or a
// script that Redis is then sent whole.
func isRedisFailure(err error) bool {
	return err != nil && !errors.Is(err, redis.Nil) && !errors.Is(err, context.Canceled) &&
		!strings.HasPrefix(err.Error(), "NOSCRIPT")
}

// redisPool shows the connections to Redis.
type redisPool struct{ client redis.UniversalClient }

var (
	redisConnections    = prometheus.NewDesc("sekisho_redis_connections", "Connections to Redis, by state (in_use, idle).", []string{"state"}, nil)
	redisConnectionsMax = prometheus.NewDesc("sekisho_redis_connections_max", "The most connections to Redis; in a cluster, to each node.", nil, nil)
	redisTimeouts       = prometheus.NewDesc("sekisho_redis_pool_timeouts_total", "Calls that waited for a connection to Redis in vain.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (p redisPool) Describe(to chan<- *prometheus.Desc) {
	to <- redisConnections
	to <- redisConnectionsMax
	to <- redisTimeouts
}

// Collect implements [prometheus.Collector].
func (p redisPool) Collect(to chan<- prometheus.Metric) {
	stats := p.client.PoolStats()
	gauge := prometheus.GaugeValue
	to <- prometheus.MustNewConstMetric(redisConnections, gauge, float64(stats.TotalConns-stats.IdleConns), "in_use")
	to <- prometheus.MustNewConstMetric(redisConnections, gauge, float64(stats.IdleConns), "idle")
	to <- prometheus.MustNewConstMetric(redisConnectionsMax, gauge, float64(p.size()))
	to <- prometheus.MustNewConstMetric(redisTimeouts, prometheus.CounterValue, float64(stats.Timeouts))
}

func (p redisPool) size() int {
	switch client := p.client.(type) {
	case *redis.Client: // also behind sentinels
		return client.Options().PoolSize
	case *redis.ClusterClient:
		return client.Options().PoolSize
	}
	return 0
}
