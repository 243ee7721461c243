package stores_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// shownBy gives what a gateway over s shows of its stores, as "name label=value …",
// by the metric's value or, of a histogram, by how many it has seen.
func shownBy(t *testing.T, s *stores.Stores) map[string]float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	if err := stores.Show(s, reg); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			all[named(family.GetName(), metric)] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func named(name string, metric *dto.Metric) string {
	for _, label := range metric.GetLabel() {
		name += " " + label.GetName() + "=" + label.GetValue()
	}
	return name
}

var errBroken = errors.New("broken")

// useEach uses every kind of store once, and fails once at SQL.
func useEach(ctx context.Context, t *testing.T, s *stores.Stores) {
	t.Helper()
	read := func(ctx context.Context, db bun.IDB) error {
		var one int
		return db.NewSelect().ColumnExpr("1").Scan(ctx, &one)
	}
	fail := func(ctx context.Context, db bun.IDB) error {
		_, err := db.ExecContext(ctx, "SELECT canary")
		return err
	}
	if s.SQL.Read(ctx, read) != nil || s.SQL.Read(ctx, fail) == nil {
		t.Fatal("reading")
	}
	write := func(ctx context.Context, tx bun.Tx) error {
		if err := read(ctx, tx); err != nil {
			return err
		}
		return errBroken
	}
	if err := s.SQL.Write(ctx, write); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	if err := s.Sessions.Put(ctx, "canary", []byte("canary"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sessions.Get(ctx, "not there"); !errors.Is(err, stores.ErrNotFound) {
		t.Fatal(err)
	}
	if err := s.Blobs.Put(ctx, "canary", strings.NewReader("canary")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Blobs.Get(ctx, "not-there", 0, -1); !errors.Is(err, stores.ErrNotFound) {
		t.Fatal(err)
	}
	if err := s.Blobs.Put(ctx, "broken", io.MultiReader(strings.NewReader("x"), brokenReader{})); err == nil {
		t.Fatal("half a blob was kept")
	}
	if err := s.Counters.Add(ctx, "test_views", map[string]int64{"canary": 2, "other": 1}); err != nil {
		t.Fatal(err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func TestWhatTheStoresShow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		before := shownBy(t, s)
		useEach(t.Context(), t, s)
		after := shownBy(t, s)
		more := func(name string) float64 { return after[name] - before[name] }

		calls := map[string]float64{
			"sekisho_store_call_duration_seconds call=select store=sql":   3,
			"sekisho_store_errors_total call=select store=sql":            1,
			"sekisho_store_errors_total call=get store=blobs":             0,
			"sekisho_store_call_duration_seconds call=put store=blobs":    2,
			"sekisho_store_errors_total call=put store=blobs":             1,
			"sekisho_store_up store=sql":                                  0, // as before
			"sekisho_store_errors_total call=rollback store=sql":          0,
			"sekisho_store_call_duration_seconds call=rollback store=sql": 1,
		}
		if s.Redis != nil {
			calls["sekisho_store_call_duration_seconds call=set store=redis"] = 1
			calls["sekisho_store_errors_total call=get store=redis"] = 0
		}
		for name, want := range calls {
			got := more(name)
			if got != want && !(got > want && strings.Contains(name, "duration") && want > 0) { // the stores do more than they are asked
				t.Errorf("%s grew by %v, want %v", name, got, want)
			}
		}
		for _, store := range []string{"sql", "sessions", "blobs"} {
			if after["sekisho_store_up store="+store] != 1 {
				t.Errorf("%s is not up", store)
			}
		}
		pool := map[bool]string{true: "all", false: "read"}[s.SQL.Postgres()]
		if after["sekisho_sql_connections_max pool="+pool] < 2 {
			t.Errorf("the pool %s is not shown", pool)
		}
	})
}

// How far the counters lag behind is shown.
func TestTheCountersLag(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		if err := s.Counters.Add(t.Context(), "test_views", map[string]int64{"a": 2, "b": 1}); err != nil {
			t.Fatal(err)
		}
		const waiting, drained = "sekisho_counters_pending set=test_views", "sekisho_counters_drained_total set=test_views"
		apply := func(context.Context, bun.Tx, map[string]int64) error { return errBroken }
		if _, err := s.Counters.Drain(t.Context(), "test_views", apply); err == nil {
			t.Fatal("drained in vain")
		}
		if got := shownBy(t, s); got[waiting] != 2 || got[drained] != 0 {
			t.Errorf("after a failure %v wait, %v are drained", got[waiting], got[drained])
		}
		apply = func(context.Context, bun.Tx, map[string]int64) error { return nil }
		if _, err := s.Counters.Drain(t.Context(), "test_views", apply); err != nil {
			t.Fatal(err)
		}
		if got := shownBy(t, s); got[waiting] != 0 || got[drained] != 2 {
			t.Errorf("after draining %v wait, %v are drained", got[waiting], got[drained])
		}
	})
}

// A traced request has a span for each call of a store, which tells what was done
// and nothing of what it was done with.
func TestSpansOfTheStores(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		kept := tracetest.NewInMemoryExporter()
		provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
		ctx, request := provider.Tracer("test").Start(t.Context(), "request")
		useEach(ctx, t, s)
		request.End()
		var names []string
		failed := 0
		for _, span := range kept.GetSpans() {
			names = append(names, span.Name)
			if span.Status.Code == codes.Error {
				failed++
			}
			if strings.Contains(fmt.Sprintf("%+v", span), "canary") {
				t.Errorf("a span tells of a value: %+v", span)
			}
			if span.Name != "request" && span.Parent.SpanID() != request.SpanContext().SpanID() {
				t.Errorf("%s is not of the request", span.Name)
			}
		}
		for _, want := range []string{"blobs put", "blobs get"} {
			if !slices.Contains(names, want) {
				t.Errorf("there is no span %q among %q", want, names)
			}
		}
		selects := 0
		for _, name := range names {
			if name == "sql select" {
				selects++
			}
		}
		if selects < 3 { // two that read, one in the transaction
			t.Errorf("there are %d spans of selects among %q", selects, names)
		}
		if s.Redis != nil && (!slices.Contains(names, "redis set") || !slices.Contains(names, "redis get")) {
			t.Errorf("there are no spans of Redis among %q", names)
		}
		if failed != 2 {
			t.Errorf("%d spans failed, want those of a select and a put", failed)
		}
	})
}

// What counts goes on over a reload, whose configuration has a registry of its own.
func TestAReloadGoesOnCounting(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	old := storetest.OpenConfig(t, config)
	m, err := old.Metrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	m.Refused("door", "limit")
	next := storetest.OpenConfig(t, config)
	reg := prometheus.NewRegistry()
	again, err := next.Metrics(reg)
	if err != nil || again != m {
		t.Fatalf("the next configuration counts elsewhere (%v)", err)
	}
	m.Refused("door", "limit") // by the old one's last request
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || families[0].GetMetric()[0].GetCounter().GetValue() != 2 {
		t.Errorf("shown are %v, %v", families, err)
	}
	counter, err := stores.Series(next, reg, "test", func() prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "test_total", Help: "h"})
	})
	same, err2 := stores.Series(old, prometheus.NewRegistry(), "test", func() prometheus.Counter { panic("made again") })
	if err := errors.Join(err, err2); err != nil || counter != same {
		t.Errorf("a module's own series are made again, %v", err)
	}
}

// Who had to wait for a turn, and who waited in vain, is counted.
func TestWaitingForATurn(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			s := storetest.Open(t, combination)
			pool, turns := "write", 1
			if s.SQL.Postgres() {
				pool, turns = "all", 8 // pool_max_conns of the tests
			}
			waits := "sekisho_sql_waits_total pool=" + pool
			failed := "sekisho_store_errors_total call=turn store=sql"
			before := shownBy(t, s)
			held, release := make(chan error, 2*turns), make(chan bool)
			var all sync.WaitGroup
			for range turns {
				all.Go(func() {
					held <- s.SQL.Write(stores.Within(t.Context(), time.Minute), func(context.Context, bun.Tx) error {
						held <- nil
						<-release
						return errBroken
					})
				})
			}
			for range turns {
				if err := <-held; err != nil { // it never had its turn
					close(release)
					t.Fatal(err)
				}
			}
			short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := s.SQL.Write(short, func(context.Context, bun.Tx) error { return nil }); err == nil {
				t.Error("written without a turn")
			}
			close(release)
			all.Wait()
			after := shownBy(t, s)
			waited, inVain := after[waits]-before[waits], after[failed]-before[failed]
			seconds := after["sekisho_sql_wait_seconds_total pool="+pool]
			// The stores look after their key meanwhile, and may wait too.
			if waited < 1 || waited > 3 || inVain < 1 || inVain > 3 || seconds < 0.04 {
				t.Errorf("%v waits, %v in vain, %v seconds", waited, inVain, seconds)
			}
		})
	}
}

// The directive metrics shows the stores of the configuration that it stands in.
func TestMetricsOfAGateway(t *testing.T) {
	gateway := storetest.Gateway(t, storetest.Open(t, storetest.Embedded), "metrics /metrics")
	w := httptest.NewRecorder()
	gateway.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body := w.Body.String()
	for _, want := range []string{
		`sekisho_store_up{store="blobs"} 1`, `sekisho_store_up{store="sessions"} 1`, `sekisho_store_up{store="sql"} 1`,
		`sekisho_sql_connections_max{pool="write"} 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
}
