package customers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// TestWithheld reads passwords where the gateway, or the site, is given none,
// and posts back what was read.
func TestWithheld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		shop.addSite(siteRow{SID: 5, Name: "倉庫"}, "warehouse-5")
		off := strings.Replace(usual, "customers\n\trespond", "customers {\n\treveal_passwords off\n\t}\n\trespond", 1)
		dark := described(t, s, off)
		type caller struct {
			gateway http.Handler
			query   string
		}
		for name, c := range map[string]caller{
			"the site is given none":   {shop.gateway, "sid=5&key=warehouse-5"},
			"the gateway reveals none": {dark, shop.query},
			"neither is willing":       {dark, "sid=5&key=warehouse-5"},
		} {
			t.Run(name, func(t *testing.T) {
				blind := *shop
				blind.t, blind.gateway, blind.query = t, c.gateway, c.query
				blind.get("info", "&email=usera@example.com").want(t, 200,
					`{"status":true,"message":"success","data":[{"customer_id":1,"name01":"ユーザーA","name02":"太郎","password":"","email":"usera@example.com"}]}`)
				read := blind.read(1)
				if read[colPassword] != "" || read[colAnswer] != "" {
					t.Fatalf("password %q, reminder_answer %q", read[colPassword], read[colAnswer])
				}
				blind.post("update", `{"data":[{"customer_id":1,"password":"","reminder_answer":"","note":"`+name+`"}]}`).want(t, 200, doneBody)
				got := shop.read(1)
				if got[colPassword] != "usera" || got[colAnswer] != "テスト" || got["note"] != name {
					t.Errorf("password %q, reminder_answer %q, note %q", got[colPassword], got[colAnswer], got["note"])
				}
				blind.post("update", `{"data":[{"customer_id":1,"password":"changed"}]}`).want(t, 200, doneBody)
				if got := shop.read(1); got[colPassword] != "changed" || got[colAnswer] != "テスト" {
					t.Errorf("password %q, reminder_answer %q", got[colPassword], got[colAnswer])
				}
				shop.post("update", `{"data":[{"customer_id":1,"password":"usera"}]}`).want(t, 200, doneBody)
			})
		}
		// A site that sees passwords empties them.
		shop.post("update", `{"data":[{"customer_id":1,"password":"","reminder_answer":""}]}`).want(t, 200, doneBody)
		if got := shop.read(1); got[colPassword] != "" || got[colAnswer] != "" {
			t.Errorf("password %q, reminder_answer %q", got[colPassword], got[colAnswer])
		}
	})
}

// TestSealed looks for a password in the table.
func TestSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.post("create", `{"data":[{"name01":"海","name02":"山","email":"a@b.jp","password":"canary","reminder_answer":"canary"}]}`)
		shop.post("update", `{"data":[{"customer_id":1,"reminder_answer":"canary two"}]}`).want(t, 200, doneBody)
		if got := shop.read(1); got[colPassword] != "canary" || got[colAnswer] != "canary two" {
			t.Fatalf("password %q, reminder_answer %q", got[colPassword], got[colAnswer])
		}
		for _, column := range []string{colPassword, colAnswer} {
			if sealed := shop.bytes("SELECT " + column + " FROM dtb_customer"); len(sealed) < 40 || strings.Contains(string(sealed), "canary") {
				t.Errorf("%s is kept as %q", column, sealed)
			}
		}
	})
}

// TestDisclosures counts and logs each answer that carries a password, and
// never the password.
func TestDisclosures(t *testing.T) {
	shop := openDemo(t, storetest.Open(t, storetest.Embedded))
	shop.post("create", minimal("without@example.com"))
	core, logged := observer.New(zapcore.DebugLevel)
	service := &service{
		store: shop.store, reveal: true, log: zap.New(core),
		disclosures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "disclosures"}, []string{"operation"}),
	}
	seeing := identity.Caller{ID: "3", Extra: site{Passwords: true}}
	blind := identity.Caller{ID: "5", Extra: site{}}
	for _, call := range []struct {
		method, address string
		caller          identity.Caller
	}{
		{"GET", "/user/info?email=userc@example.com", seeing},
		{"GET", "/user/info?email=without@example.com", seeing}, // has none
		{"GET", "/user/detail?id=1", seeing},
		{"GET", "/user/detail?id=1", blind},
		{"HEAD", "/user/detail?id=1", seeing},
		{"GET", "/user/detail?id=2", seeing},
		{"GET", "/user/detail?id=9", seeing}, // is not there
	} {
		handle := service.detail
		if strings.Contains(call.address, "info") {
			handle = service.info
		}
		_ = handle(httptest.NewRecorder(), httptest.NewRequest(call.method, call.address, nil), call.caller)
	}
	if n := counted(t, service.disclosures, "info"); n != 1 {
		t.Errorf("info disclosed %v times, want 1", n)
	}
	if n := counted(t, service.disclosures, "detail"); n != 2 {
		t.Errorf("detail disclosed %v times, want 2", n)
	}
	want := []map[string]any{
		{"operation": "info", "site": "3", "customer": int64(3)},
		{"operation": "detail", "site": "3", "customer": int64(1)},
		{"operation": "detail", "site": "3", "customer": int64(2)},
	}
	entries := logged.All()
	if len(entries) != len(want) {
		t.Fatalf("%d entries were logged, want %d", len(entries), len(want))
	}
	for i, entry := range entries {
		fields := entry.ContextMap()
		if entry.Message != "password disclosed" || len(fields) != len(want[i]) {
			t.Errorf("logged %q %v", entry.Message, fields)
		}
		for name, value := range want[i] {
			if fields[name] != value {
				t.Errorf("logged %s %v, want %v", name, fields[name], value)
			}
		}
	}
}

func counted(t *testing.T, counter *prometheus.CounterVec, label string) float64 {
	t.Helper()
	var metric dto.Metric
	if err := counter.WithLabelValues(label).Write(&metric); err != nil {
		t.Fatal(err)
	}
	return metric.GetCounter().GetValue()
}
