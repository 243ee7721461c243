package customers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/stores/storetest"
)

// calls are calls of every operation in which only the key may be wrong. They
// change customers, the last of all takes one away.
var calls = []struct{ operation, params, body string }{
	{opList, "", ""},
	{opInfo, "&email=userc@example.com", ""},
	{opDetail, "&id=3", ""},
	{opUpdate, "", `{"data":[{"customer_id":3,"note":"changed"}]}`},
	{opCreate, "", minimal("new@example.com")},
	{opDelete, "&id=3", ""},
}

// A wrong key, none, another site's, one that has ended and one of a disabled
// site open no operation, whichever method comes with them, and nothing changes
// by them.
func TestEveryOperationAsksForTheKey(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	shop := openDemo(t, s)
	shop.gateway = described(t, s, strings.Replace(usual, "sites customers", "sites customers\nlimits {\nper_address 1000 5m\n}", 1))
	shop.addSite(siteRow{SID: 4, Name: "隣"}, "of-site-4")
	shop.addSite(siteRow{SID: 5, Name: "閉店", DisabledAt: clock.Now().UnixMilli()}, "of-site-5")
	shop.endedKey(demoSite, "ended")
	known := map[string]bool{}
	for _, row := range new(service).api().Operations {
		known[row.Name] = true
	}
	before := shop.everything()
	for _, call := range calls {
		delete(known, call.operation)
		for what, shown := range map[string]string{
			"a wrong key": "sid=3&key=00000001", "no key": "sid=3", "an empty key": "sid=3&key=", "another site's key": "sid=3&key=of-site-4",
			"another site with the key": "sid=4&key=00000000", "a key that has ended": "sid=3&key=ended", "a disabled site's key": "sid=5&key=of-site-5",
			"a site that is not there": "sid=6&key=00000000", "no site": "key=00000000", "nothing": "", "the key with more": "sid=3&key=000000000",
			"the right key, then a wrong one": "sid=3&key=00000000&key=00000001",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead} {
				got := shop.do(method, "/user/"+call.operation+"?"+shown+call.params, call.body)
				if got.Status != 401 && got.Status != 400 && got.Status != 405 {
					t.Errorf("%s %s with %s: %d %s", method, call.operation, what, got.Status, got.Body)
				}
				if strings.Contains(got.Body, `"status":true`) || strings.Contains(got.Body, "@example.com") {
					t.Errorf("%s %s with %s gives something away: %s", method, call.operation, what, got.Body)
				}
			}
		}
	}
	for operation := range known {
		t.Errorf("no call of %s", operation)
	}
	if after := shop.everything(); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
	for _, call := range calls { // only the key was wrong
		method := map[bool]string{true: http.MethodPost, false: http.MethodGet}[call.body != ""]
		if got := shop.do(method, "/user/"+call.operation+"?"+shop.query+call.params, call.body); got.Status != 200 {
			t.Errorf("%s with the right key: %d %s", call.operation, got.Status, got.Body)
		}
	}
}

// endedKey gives a site a key that has ended.
func (s *shop) endedKey(sid int64, key string) {
	s.t.Helper()
	now := clock.Now().UnixMilli()
	err := s.store.SQL.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&siteKeyRow{SID: sid, KeyHash: s.store.hashKey(sid, key), CreatedAt: now, EndsAt: now - 1}).Exec(ctx)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// The file asks for the key at every operation.
func TestTheFileAsksForTheKeyEverywhere(t *testing.T) {
	for _, row := range new(service).api().Operations {
		if !row.Guarded || !kittest.Secured(t, openAPI, row) {
			t.Errorf("%s is open", row.Name)
		}
	}
}

// Whoever guesses a site's key from many addresses is refused, and the site at
// its usual one is not.
func TestGuessingASiteFromEverywhere(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	shop := openDemo(t, s)
	shop.gateway = described(t, s, strings.Replace(usual, "sites customers", "sites customers\n"+guardtest.Few, 1))
	guardtest.FromEverywhere(t, guardtest.Door{Name: "site_key", Try: func(right bool, from string) (bool, http.Header) {
		key := map[bool]string{true: demoKey, false: "wrong"}[right]
		request := httptest.NewRequest(http.MethodGet, "/user/list?sid=3&key="+key, nil)
		request.RemoteAddr = from + ":5000"
		recorder := httptest.NewRecorder()
		shop.gateway.ServeHTTP(recorder, request)
		return recorder.Code == 200, recorder.Header()
	}})
}
