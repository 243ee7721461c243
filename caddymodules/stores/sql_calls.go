package stores

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel/trace"
)

// sqlCalls is bun's hook around each statement.
type sqlCalls struct{ *calls }

// spanKey is where a statement finds the span that is its own.
type spanKey struct{}

// BeforeQuery implements [bun.QueryHook].
func (c sqlCalls) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	_, span := c.begin(ctx, statementKind(event))
	if span == nil {
		return ctx
	}
	// Not as the current span: bun hands the context of a BEGIN on to all that
	// happens in its transaction.
	return context.WithValue(ctx, spanKey{}, span)
}

// AfterQuery implements [bun.QueryHook].
func (c sqlCalls) AfterQuery(ctx context.Context, event *bun.QueryEvent) {
	span, _ := ctx.Value(spanKey{}).(trace.Span)
	c.done(statementKind(event), event.StartTime, span, isSQLFailure(event.Err))
}

// statementKinds are the words by which statements are told apart in metrics.
var statementKinds = map[string]string{
	"SELECT": "select", "INSERT": "insert", "UPDATE": "update", "DELETE": "delete",
	"BEGIN": "begin", "COMMIT": "commit", "ROLLBACK": "rollback", "SAVEPOINT": "savepoint", "RELEASE": "savepoint",
}

func newSQLCalls(system string) *calls {
	return newCalls("sql", system, append(slices.Collect(maps.Values(statementKinds)), turnCall, "other")...)
}

func statementKind(event *bun.QueryEvent) string {
	word := event.Operation()
	if kind, known := statementKinds[word]; known {
		return kind
	}
	if kind, known := statementKinds[strings.ToUpper(strings.TrimRight(word, "\n\t; "))]; known {
		return kind
	}
	return "other"
}

// isSQLFailure says whether a statement failed, and not only found nothing, or a
// row that is there already, or a race that is run again.
func isSQLFailure(err error) bool {
	return err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.Is(err, sql.ErrTxDone) &&
		!errors.Is(err, context.Canceled) && !IsTaken(err) && !isRetryable(err)
}

// sqlWaits are the turns to use a connection that had to be waited for: to use
// one of PostgreSQL's, or to write to SQLite. One that was waited for in vain
// counts as a failed call.
type sqlWaits struct {
	count       atomic.Int64
	nanoseconds atomic.Int64
}

// turnCall is what a turn is called among the calls of the database.
const turnCall = "turn"

func (w *sqlWaits) waited(since time.Time) {
	w.count.Add(1)
	w.nanoseconds.Add(int64(time.Since(since)))
}

// sqlPools shows the connections of a database.
type sqlPools struct{ sql *SQL }

var (
	sqlConnections    = prometheus.NewDesc("sekisho_sql_connections", "Connections to the database, by pool (all; on SQLite read and write) and state (in_use, idle).", []string{"pool", "state"}, nil)
	sqlConnectionsMax = prometheus.NewDesc("sekisho_sql_connections_max", "The most connections that a pool opens.", []string{"pool"}, nil)
	sqlWaitsTotal     = prometheus.NewDesc("sekisho_sql_waits_total", "Calls that had to wait for a connection, by pool.", []string{"pool"}, nil)
	sqlWaitSeconds    = prometheus.NewDesc("sekisho_sql_wait_seconds_total", "Time that calls waited for a connection, by pool.", []string{"pool"}, nil)
)

// Describe implements [prometheus.Collector].
func (p sqlPools) Describe(to chan<- *prometheus.Desc) {
	to <- sqlConnections
	to <- sqlConnectionsMax
	to <- sqlWaitsTotal
	to <- sqlWaitSeconds
}

// Collect implements [prometheus.Collector].
func (p sqlPools) Collect(to chan<- prometheus.Metric) {
	if p.sql.Postgres() {
		p.collect(to, "all", p.sql.write)
		return
	}
	p.collect(to, "read", p.sql.read)
	p.collect(to, "write", p.sql.write)
}

func (p sqlPools) collect(to chan<- prometheus.Metric, pool string, db *bun.DB) {
	stats := db.DB.Stats()
	waits, waited := stats.WaitCount, stats.WaitDuration
	if pool != "read" { // who waits for a turn never waits for database/sql
		waits, waited = p.sql.waits.count.Load(), time.Duration(p.sql.waits.nanoseconds.Load())
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	to <- prometheus.MustNewConstMetric(sqlConnections, gauge, float64(stats.InUse), pool, "in_use")
	to <- prometheus.MustNewConstMetric(sqlConnections, gauge, float64(stats.Idle), pool, "idle")
	to <- prometheus.MustNewConstMetric(sqlConnectionsMax, gauge, float64(stats.MaxOpenConnections), pool)
	to <- prometheus.MustNewConstMetric(sqlWaitsTotal, counter, float64(waits), pool)
	to <- prometheus.MustNewConstMetric(sqlWaitSeconds, counter, waited.Seconds(), pool)
}
