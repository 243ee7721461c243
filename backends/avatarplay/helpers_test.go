package avatarplay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"

	_ "sekisho/backends/kit/kittest/cheaphash"
	_ "sekisho/caddymodules/apikey"
)

// directives is the inside of the site block of the tests, with room for options
// of api_key and of avatarplay.
const directives = `
	api_key {
		apps avatarplay
	}
	avatarplay {
		%s
	}
	respond "Not Found" 404
`

// generous lifts the limits that most tests would come up against.
const generous = "guests 10000 1h\nsign_ups 10000 1h"

// Another app, which may load avatars only.
const (
	otherApp = 1234567890123456
	otherKey = "another-api-key"
)

const formBody = "application/x-www-form-urlencoded"

// house is a gateway over stores with the demo in it, and with another app that
// has nothing of its own.
type house struct {
	t       testing.TB
	stores  *stores.Stores
	handler http.Handler
	store   store
	closet  *closet
}

func newHouse(t testing.TB, s *stores.Stores, options ...string) *house {
	t.Helper()
	linkArtwork(t, s)
	ctx := context.Background()
	if err := loadDemo(ctx, s); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, stores: s, store: store{sql: s.SQL, seal: s.Seal}}
	h.handler = gateway(t, s, append(options, generous)...)
	err := h.store.addApp(ctx, newApp{
		row: appRow{ID: otherApp, Name: "Other", AvatarLoad: true}, key: otherKey, redirects: []string{"https://other.example/back"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.closet, err = newClosets(h.store).get(ctx); err != nil {
		t.Fatal(err)
	}
	return h
}

// gateway serves the API over s with the given options. Each answer must be as
// the OpenAPI file says.
func gateway(t testing.TB, s *stores.Stores, options ...string) http.Handler {
	t.Helper()
	return kittest.Described(t, storetest.Gateway(t, s, fmt.Sprintf(directives, strings.Join(options, "\n"))), openAPI)
}

// answered is an answer of any operation.
type answered struct {
	status int
	header http.Header
	body   string
}

// again asks until the answer is no failure and no "later", as clients do: on a slow
// machine one of a crowd may run out of its time, and has changed nothing.
func again(ask func() answered) (a answered) {
	for range 20 {
		if a = ask(); a.status != http.StatusInternalServerError && a.status != http.StatusTooManyRequests {
			break
		}
	}
	return a
}

// into reads the answer's JSON, and fails the test where its status is not 200.
func (a answered) into(t testing.TB, what string, v any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", what, a.status, a.body)
	}
	decoder := json.NewDecoder(strings.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%s: %s: %v", what, a.body, err)
	}
}

// want holds an answer against a status and, beyond 200, the reason of its error.
func (a answered) want(t testing.TB, what string, status int, reason string) {
	t.Helper()
	var drawn errorAnswer
	_ = json.Unmarshal([]byte(a.body), &drawn)
	got := ""
	if len(drawn.Error.Errors) > 0 {
		got = drawn.Error.Errors[0].Reason
	}
	if a.status != status || got != reason || reason != "" && drawn.Error.Code != status {
		t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, reason)
	}
}

// send sends any request.
func (h *house) send(r *http.Request) answered {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return answered{status: w.Code, header: w.Header(), body: w.Body.String()}
}

// get asks for an operation of the demo's app. The parameters are pairs of names
// and values.
func (h *house) get(path string, pairs ...string) answered {
	h.t.Helper()
	return h.as(demoKey, http.MethodGet, path, pairs...)
}

// post is get for what is posted, with everything in the query as the document
// shows it.
func (h *house) post(path string, pairs ...string) answered {
	h.t.Helper()
	return h.as(demoKey, http.MethodPost, path, pairs...)
}

func (h *house) as(key, method, path string, pairs ...string) answered {
	h.t.Helper()
	query := form(append([]string{"key", key}, pairs...)...)
	return h.send(httptest.NewRequest(method, "/avatar/v1/"+path+"?"+query, nil))
}

// form writes pairs of names and values as a form or query.
func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// id writes an id as a parameter or a part of a path.
func id(id int64) string { return strconv.FormatInt(id, 10) }

// avatarPath is the path of an operation on an avatar.
func avatarPath(avatarID int64, rest string) string { return "Avatar/" + id(avatarID) + rest }

// guest makes a guest of the demo's app.
func (h *house) guest(pairs ...string) avatarAnswer {
	h.t.Helper()
	var made avatarAnswer
	h.post("Guest", pairs...).into(h.t, "Guest", &made)
	return made
}

// item gives the item of the starter catalogue with a key.
func (h *house) item(key string) *item {
	h.t.Helper()
	for _, i := range h.closet.itemOrder {
		if i.Key == key {
			return i
		}
	}
	h.t.Fatalf("the starter catalogue has no item %s", key)
	return nil
}

// locked gives some items, of a part or of any (""), that nobody has until they
// are granted.
func (h *house) locked(part string, count int) (found []int64) {
	h.t.Helper()
	for _, i := range h.closet.itemOrder {
		if (part == "" || string(i.Part) == part) && !i.Free && !h.closet.first.outfit.wears(i.ID) && len(found) < count {
			found = append(found, i.ID)
		}
	}
	if len(found) < count {
		h.t.Fatalf("the starter catalogue has only %d of %s that are not free", len(found), part)
	}
	return found
}

// everything is all that Avatar Play has in SQL, to see whether it changed.
func (h *house) everything() string {
	h.t.Helper()
	var all bytes.Buffer
	for _, table := range []string{
		"avatarplay_apps", "avatarplay_app_items", "avatarplay_app_coords", "avatarplay_wearers", "avatarplay_owned",
		"avatarplay_people", "avatarplay_avatars", "avatarplay_grant_tokens",
	} {
		fmt.Fprintln(&all, table, h.rows(table))
	}
	return all.String()
}

// rows is what a table holds, in no particular order but always the same one.
func (h *house) rows(table string) string {
	h.t.Helper()
	var rows []map[string]any
	err := h.store.read(context.Background(), table, func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Table(table).OrderExpr("1, 2").Scan(ctx, &rows)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return fmt.Sprint(rows)
}

// count is how many rows of a table fulfil a condition.
func (h *house) count(table, where string, args ...any) (rows int) {
	h.t.Helper()
	err := h.store.read(context.Background(), table, func(ctx context.Context, db bun.IDB) error {
		n, err := db.NewSelect().Table(table).Where(where, args...).Count(ctx)
		rows = int(n)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// unassign takes an item from the demo's app.
func (h *house) unassign(itemID int64) {
	h.t.Helper()
	h.change("DELETE FROM avatarplay_app_items WHERE item_id = ?", itemID)
}

// change runs a statement, as an operator or another gateway could.
func (h *house) change(statement string, args ...any) {
	h.t.Helper()
	err := h.store.write(context.Background(), "a test's change", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(statement, args...).Exec(ctx)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// addKey gives the demo's app one more key.
func (h *house) addKey(key string) {
	h.t.Helper()
	err := h.store.write(context.Background(), "a key", func(ctx context.Context, tx bun.Tx) error {
		return h.store.addKey(ctx, tx, demoApp, key, 1)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
