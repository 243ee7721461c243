package customers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// TestListPages lists as many customers as fill pages to the brim, one fewer
// and one more, and finds each living one once, in order.
func TestListPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		const n = 2*listPage + 1
		shop.fillMany(n)
		for _, living := range []int{n, n - 1, n - 2, 1} {
			shop.exec("UPDATE dtb_customer SET del_flg = CASE WHEN customer_id > ? THEN '0' ELSE '1' END", n-living)
			got := shop.get("list", "")
			var answer struct {
				Status  bool
				Message string
				Data    []struct {
					ID    int64 `json:"customer_id"`
					Email string
				}
			}
			if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Status != 200 || !answer.Status || answer.Message != "success" {
				t.Fatalf("%d living: %d %v", living, got.Status, err)
			}
			if len(answer.Data) != living {
				t.Fatalf("%d customers are listed, want %d", len(answer.Data), living)
			}
			for i, c := range answer.Data {
				if c.ID != int64(n-living+i+1) {
					t.Fatalf("customer %d stands at %d of %d", c.ID, i, living)
				}
			}
		}
		shop.exec("UPDATE dtb_customer SET del_flg = '1'")
		shop.get("list", "").want(t, 500, noDataBody)
	})
}

// sabotage runs once, after the first page is written and before the next is
// read.
type sabotage struct {
	http.ResponseWriter
	do   func()
	done bool
}

func (s *sabotage) Write(b []byte) (int, error) {
	n, err := s.ResponseWriter.Write(b)
	if !s.done {
		s.done = true
		s.do()
	}
	return n, err
}

func (s *sabotage) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// TestListBreaks takes the table away in the middle of a list: the connection
// breaks, and what has come does not look whole.
func TestListBreaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.fillMany(3 * listPage)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shop.gateway.ServeHTTP(&sabotage{ResponseWriter: w, do: func() {
				shop.exec("ALTER TABLE dtb_customer RENAME TO gone")
			}}, r)
		}))
		defer server.Close()
		response, err := http.Get(server.URL + "/user/list?" + shop.query)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("reading ended with %v, want a broken connection", err)
		}
		if response.StatusCode != 200 || bytes.HasSuffix(body, []byte("]}")) || !bytes.HasSuffix(body, []byte(`"}`)) {
			t.Errorf("%d, %d bytes that end in %.30q", response.StatusCode, len(body), body[max(0, len(body)-30):])
		}

		// Before the first page there is still an answer to give.
		got := shop.get("list", "")
		got.want(t, 500, `{"status":false,"message":"error","data":"internal error"}`)
	})
}

// deadlines notes what a list asks of its connection.
type deadlines struct {
	*httptest.ResponseRecorder
	set    []time.Time
	writes int
	fail   error
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func (d *deadlines) Write(b []byte) (int, error) {
	d.writes++
	if d.fail != nil && d.writes == 2 {
		return 0, d.fail
	}
	return d.ResponseRecorder.Write(b)
}

// TestListDeadlines gives a caller 30 seconds for each page, and the
// connection's next request as much time as it likes.
func TestListDeadlines(t *testing.T) {
	shop := openShop(t, storetest.Open(t, storetest.Embedded), usual)
	shop.fillMany(2*listPage + 1)
	service := &service{store: shop.store, lists: make(chan struct{}, 1)}
	for _, fail := range []error{nil, errors.New("i/o timeout")} {
		w := &deadlines{ResponseRecorder: httptest.NewRecorder(), fail: fail}
		start := time.Now()
		err := service.list(w, httptest.NewRequest("GET", "/user/list", nil), identity.Caller{})
		if !errors.Is(err, fail) {
			t.Errorf("the list ended with %v, want %v", err, fail)
		}
		if fail == nil && len(w.set) != 4 || fail != nil && len(w.set) != 3 {
			t.Fatalf("%d deadlines were set", len(w.set))
		}
		for _, deadline := range w.set[:len(w.set)-1] {
			if d := deadline.Sub(start); d < listPatience || d > listPatience+10*time.Second {
				t.Errorf("a page has %v", d)
			}
		}
		if last := w.set[len(w.set)-1]; !last.IsZero() {
			t.Errorf("the deadline %v was left behind", last)
		}
	}
}

// TestListsAtOnce asks for one list more than there may be.
func TestListsAtOnce(t *testing.T) {
	shop := openShop(t, storetest.Open(t, storetest.Embedded), usual)
	shop.fillMany(1)
	service := &service{store: shop.store, lists: make(chan struct{}, 1)}
	call := func() error {
		return service.list(httptest.NewRecorder(), httptest.NewRequest("GET", "/user/list", nil), identity.Caller{})
	}
	service.lists <- struct{}{}
	if f := fault.Of(call()); f == nil || f.Kind != fault.TooMany || f.RetryAfter != listRetry {
		t.Errorf("a list too many got %v", f)
	}
	<-service.lists
	if err := call(); err != nil {
		t.Errorf("the next list got %v", err)
	}
	if len(service.lists) != 0 {
		t.Error("a list that is over still counts")
	}
}

// TestListHead tells whether there is anybody without listing them.
func TestListHead(t *testing.T) {
	shop := openShop(t, storetest.Open(t, storetest.Embedded), usual)
	if got := shop.do("HEAD", "/user/list?"+shop.query, ""); got.Status != 500 {
		t.Errorf("nobody: %d", got.Status)
	}
	shop.fillMany(1)
	if got := shop.do("HEAD", "/user/list?"+shop.query, ""); got.Status != 200 || strings.TrimSpace(got.Body) != "" {
		t.Errorf("one: %d %q", got.Status, got.Body)
	}
}
