package customers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	_ "sekisho/caddymodules/sitekey" // the guard that every Caddyfile here names
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// usual is the site block of the tests.
const usual = `
	site_key {
		sites customers
	}
	customers
	respond "fell through" 404`

// shop is a calling site of the tests, with the gateway that it calls.
type shop struct {
	t       testing.TB
	store   *store
	gateway http.Handler
	query   string // sid and key
}

// described is a gateway over s whose every answer is held against openapi.yaml.
func described(t testing.TB, s *stores.Stores, directives string) http.Handler {
	t.Helper()
	return kittest.Described(t, storetest.Gateway(t, s, directives), openAPI)
}

// openShop makes a gateway over s with site 3 and its key 00000000.
func openShop(t testing.TB, s *stores.Stores, directives string) *shop {
	t.Helper()
	shop := &shop{t: t, store: &store{s}, query: "sid=3&key=00000000"}
	shop.addSite(siteRow{SID: 3, Name: "店", Passwords: true}, "00000000")
	shop.gateway = described(t, s, directives)
	return shop
}

// openDemo makes a gateway over s with the demo data.
func openDemo(t testing.TB, s *stores.Stores) *shop {
	t.Helper()
	if err := demo(context.Background(), s); err != nil {
		t.Fatalf("loading the demo data: %v", err)
	}
	return &shop{t: t, store: &store{s}, query: "sid=3&key=00000000", gateway: described(t, s, usual)}
}

func (s *shop) addSite(row siteRow, key string) {
	s.t.Helper()
	row.CreatedAt = clock.Now().UnixMilli()
	if err := s.store.addSite(context.Background(), row, key); err != nil {
		s.t.Fatalf("adding a site: %v", err)
	}
}

// answered is what a call got.
type answered struct {
	Status int
	Header http.Header
	Body   string
}

// do sends one request; address is everything after the host.
func (s *shop) do(method, address, body string) answered {
	request := httptest.NewRequest(method, "/", strings.NewReader(body))
	path, query, _ := strings.Cut(address, "?")
	request.URL.Path, request.URL.RawQuery, request.RequestURI = path, query, address
	if body != "" {
		request.Header.Set("Content-Type", contentType)
	}
	recorder := httptest.NewRecorder()
	s.gateway.ServeHTTP(recorder, request)
	return answered{recorder.Code, recorder.Header(), recorder.Body.String()}
}

// get calls an operation with the shop's own key.
func (s *shop) get(operation, params string) answered {
	return s.do(http.MethodGet, "/user/"+operation+"?"+s.query+params, "")
}

// post calls update or create with the shop's own key.
func (s *shop) post(operation, body string) answered {
	return s.do(http.MethodPost, "/user/"+operation+"?"+s.query, body)
}

// want fails the test unless the answer is this one, to the byte.
func (a answered) want(t testing.TB, status int, body string) {
	t.Helper()
	if a.Status != status || a.Body != body {
		t.Errorf("answer: %d %s\nwant:   %d %s", a.Status, a.Body, status, body)
	}
}

// refusedWith is the envelope of a refusal that says the same twice.
func refusedWith(text string) string {
	return `{"status":false,"message":"` + text + `","data":"` + text + `"}`
}

// minimal is a customer with nothing but what is required.
func minimal(email string) string {
	return `{"data":[{"name01":"海","name02":"山","email":"` + email + `"}]}`
}

// everything gives all rows of the customers, sealed columns opened, to tell
// whether anything changed.
func (s *shop) everything() string {
	s.t.Helper()
	var all bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.store.each(ctx, func(c customer) error {
		all.Write(detailAnswer(c))
		return nil
	})
	if err != nil {
		s.t.Fatalf("reading everything: %v", err)
	}
	return all.String()
}

// read gives what detail answers for a living customer, by column.
func (s *shop) read(id int64) record {
	s.t.Helper()
	got := s.get("detail", fmt.Sprintf("&id=%d", id))
	var answer struct{ Data []record }
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Status != 200 || len(answer.Data) != 1 {
		s.t.Fatalf("detail of %d: %d %s", id, got.Status, got.Body)
	}
	return answer.Data[0]
}
