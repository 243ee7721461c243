package customers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A refused create takes no number, so that both databases give the next
// customer the same one.
func TestRefusedCreateTakesNoNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.post("create", minimal("a@example.com")).want(t, 200, `{"status":true,"message":"success","data":1}`)
		shop.post("create", minimal("A@example.com")).want(t, 500, `{"status":false,"message":"error","data":"No error"}`)
		shop.post("create", minimal("b@example.com")).want(t, 200, `{"status":true,"message":"success","data":2}`)
	})
}

// What fits into a body of 1 MiB is written, all of it, on every database: each
// object another address, so that none can share a statement.
func TestLargeUpdate(t *testing.T) {
	const customers = 6_000
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.fillMany(customers)
		var objects []string
		for id := 1; id <= customers; id++ {
			objects = append(objects, fmt.Sprintf(`{"customer_id":%d,"email":"moved%d@example.com"}`, id, id))
		}
		body := `{"data":[` + strings.Join(objects, ",") + `]}`
		got := shop.post("update", body)
		for tries := 0; got.Status == 500 && tries < asksAgain; tries++ { // a busy machine, which is answered as a failure
			got = shop.post("update", body)
		}
		got.want(t, 200, `{"status":true,"message":"success","data":"\"\""}`)
		if got := shop.read(customers)[colEmail]; got != fmt.Sprintf("moved%d@example.com", customers) {
			t.Errorf("the last customer's address is %s", got)
		}
	})
}

// A site that is disabled while its list runs does not get the rest.
func TestDisabledSiteLosesItsList(t *testing.T) {
	shop := openShop(t, storetest.Open(t, storetest.Embedded), usual)
	shop.fillMany(5 * listPage)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shop.gateway.ServeHTTP(&sabotage{ResponseWriter: w, do: func() {
			shop.exec("UPDATE customers_sites SET disabled_at = 1")
			t.Cleanup(clock.Step(10 * time.Second))
		}}, r)
	}))
	defer server.Close()
	response, err := http.Get(server.URL + "/user/list?" + shop.query)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || bytes.HasSuffix(body, []byte("]}")) {
		t.Errorf("reading ended with %v after %d bytes that end in %.30q; want a broken connection", err, len(body), body[max(0, len(body)-30):])
	}
}
