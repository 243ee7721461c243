package crm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/backends/kit/cp932"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"

	_ "sekisho/backends/kit/kittest/cheaphash"
	_ "sekisho/caddymodules/aspx"
)

// directives is the inside of the site block of the tests, with room for options
// of crm. Two chains stand side by side.
const directives = `
	aspx_rewrite crm {
		tenant adi-mo /cv.net_adi-mo/isql/api/ /
		tenant other  /cv.net_other/isql/api/
		pages Auth Get_UserToken Set_LoginInfo Get_UserInfo2 Get_UserPoint Set_UserPoint Set_UserInfo2 Set_Password Set_DelFlg Get_SalesInfo
	}
	crm {
		%s
	}
	respond "Not Found" 404
`

const (
	otherTenant = "other"
	prefix      = "/cv.net_adi-mo/isql/api/"
	otherPrefix = "/cv.net_other/isql/api/"

	formBody = "application/x-www-form-urlencoded"
)

// house is a gateway over stores with the demo's chain in it, and a second one
// of which only a system login is known.
type house struct {
	t       testing.TB
	stores  *stores.Stores
	handler http.Handler
	store   store  // of the demo's tenant
	token   string // a session of its system login
}

func newHouse(t testing.TB, s *stores.Stores, options ...string) *house {
	t.Helper()
	ctx := context.Background()
	if err := loadDemo(ctx, s); err != nil {
		t.Fatal(err)
	}
	root := store{sql: s.SQL, seal: s.Seal}
	h := &house{t: t, stores: s, handler: gateway(t, s, options...), store: root.of(demoTenant)}
	if login, err := root.of(otherTenant).systemLogin(ctx, "other"); err != nil || login.LoginID == "" {
		if err := root.of(otherTenant).addSystemLogin(ctx, "other", h.hash("other123")); err != nil {
			t.Fatal(err)
		}
	}
	h.token = h.auth(prefix, demoSystemLogin, demoSystemPassword)
	return h
}

// described is the API's description with the prefixes of both chains for its
// servers. Under any other prefix somebody else answers.
var described = bytes.Replace(openAPI,
	[]byte("  - url: /cv.net_adi-mo/isql/api\n"),
	[]byte("  - url: /cv.net_adi-mo/isql/api\n  - url: /cv.net_other/isql/api\n"), 1)

// gateway serves the API over s with the given options.
func gateway(t testing.TB, s *stores.Stores, options ...string) http.Handler {
	t.Helper()
	return kittest.Described(t, storetest.Gateway(t, s, fmt.Sprintf(directives, strings.Join(options, "\n"))), described)
}

func (h *house) hash(password string) string {
	h.t.Helper()
	hash, err := kit.HashPassword(context.Background(), password)
	if err != nil {
		h.t.Fatal(err)
	}
	return hash
}

// answered is an answer of any page.
type answered struct {
	status int
	header http.Header
	body   string
	code   string // StatusCode
	words  string // Status

	Token, TokenID, Code, Uuid string
	User                       map[string]any
	UserPoint                  []map[string]any
	Sales                      []map[string]any
	Tokenid                    string // Set_Password's, which differs in its letter case
}

// send sends any request.
func (h *house) send(r *http.Request) answered {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	a := answered{status: w.Code, header: w.Header(), body: w.Body.String()}
	text := w.Body.Bytes()
	if strings.HasSuffix(a.header.Get("Content-Type"), "shift_jis") {
		utf8, _ := cp932.Decode(text)
		text = []byte(utf8)
	}
	var exact map[string]json.RawMessage
	if json.Unmarshal(text, &exact) == nil {
		_ = json.Unmarshal(exact["StatusCode"], &a.code)
		_ = json.Unmarshal(exact["Status"], &a.words)
		_ = json.Unmarshal(exact["Token"], &a.Token)
		_ = json.Unmarshal(exact["TokenID"], &a.TokenID)
		_ = json.Unmarshal(exact["tokenid"], &a.Tokenid)
		_ = json.Unmarshal(exact["Code"], &a.Code)
		_ = json.Unmarshal(exact["Uuid"], &a.Uuid)
		_ = json.Unmarshal(exact["User"], &a.User)
		_ = json.Unmarshal(exact["UserPoint"], &a.UserPoint)
		_ = json.Unmarshal(exact["Sales"], &a.Sales)
	}
	return a
}

// call asks for a page of the demo's chain with its session, as the vendor's
// clients do: everything in the query. The parameters are pairs of names and
// values.
func (h *house) call(page string, pairs ...string) answered {
	h.t.Helper()
	return h.callFrom("", prefix, page, h.token, pairs...)
}

// again asks until the answer is another than a page's code for an error of its
// own, as clients do: on a slow machine a call of a crowd may run out of its
// time, and has changed nothing.
func again(failed string, ask func() answered) (a answered) {
	for range 20 {
		if a = ask(); a.code != failed {
			break
		}
	}
	return a
}

// callFrom is call from an address, below a prefix, and with another session or
// none.
func (h *house) callFrom(address, prefix, page, session string, pairs ...string) answered {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, prefix+page+".aspx?"+form(pairs...), nil)
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "ASP.NET_SessionId", Value: session})
	}
	if address != "" {
		r.RemoteAddr = address + ":5000"
	}
	return h.send(r)
}

// auth opens a session.
func (h *house) auth(prefix, loginID, password string) string {
	h.t.Helper()
	a := h.callFrom("", prefix, "Auth", "", "login_id", loginID, "password", password)
	if len(a.Token) != 40 {
		h.t.Fatalf("Auth: %s", a.body)
	}
	return a.Token
}

// want holds an answer's StatusCode against a page's.
func (a answered) want(t testing.TB, what, code string) {
	t.Helper()
	if a.code != code || a.status != http.StatusOK {
		t.Errorf("%s: %d %s, want %s", what, a.status, a.body, code)
	}
}

// form writes pairs of names and values as a form or query.
func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// tokenID is the TokenID of the demo's customer.
func (h *house) tokenID() string {
	h.t.Helper()
	return h.tokenOf(demoLogin)
}

func (h *house) tokenOf(loginID string) string {
	h.t.Helper()
	login, err := h.store.loginByID(context.Background(), loginID)
	if err != nil {
		h.t.Fatal(err)
	}
	plain, err := h.store.open(login)
	if err != nil {
		h.t.Fatal(err)
	}
	return plain.token
}

// signUp signs a customer up and gives code and TokenID.
func (h *house) signUp(loginID string) (code, token string) {
	h.t.Helper()
	a := h.call("Set_LoginInfo", "user_loginid", loginID, "user_pasword", "pass1", "uuid", "device of "+loginID)
	a.want(h.t, "signing up", "0")
	return a.Code, a.TokenID
}

// customer gives a customer of the demo's chain as the database has them.
func (h *house) customer(code string) comingCustomer {
	h.t.Helper()
	var found comingCustomer
	err := h.store.eachCustomer(context.Background(), func(c comingCustomer) error {
		if c.Code == code {
			found = c
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// balance gives a customer's balance, and fails where it is not the sum of the
// history.
func (h *house) balance(code string) int64 {
	h.t.Helper()
	var kept, sum int64
	err := h.store.read(context.Background(), "points", func(ctx context.Context, db bun.IDB) error {
		var row points
		if _, err := h.store.one(ctx, db, &row, "code = ?", code); err != nil {
			return err
		}
		kept = row.Balance
		return db.NewRaw("SELECT COALESCE(SUM(get_point - use_point), 0) FROM hc_tran_point_rireki WHERE tenant = ? AND code = ?",
			h.store.tenant, code).Scan(ctx, &sum)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if kept != sum {
		h.t.Errorf("the balance of %s is %d, its history sums up to %d", code, kept, sum)
	}
	return kept
}

// everything is all that a tenant has in SQL, to see whether it changed.
func everything(t testing.TB, s store) string {
	t.Helper()
	var all bytes.Buffer
	encoder := json.NewEncoder(&all)
	ctx := context.Background()
	put := func(v any) error { return encoder.Encode(v) }
	terms, err := s.terms(ctx, kubunNumber, kubunRank, kubunAttribute1, kubunAttribute2)
	if err != nil {
		t.Fatal(err)
	}
	_ = put(terms)
	logins, err := s.systemLogins(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_ = put(logins)
	for _, err := range []error{
		s.eachCustomer(ctx, func(c comingCustomer) error { return errorsOf(put(c.customer), put(c.lastYear), put(c.attributes)) }),
		s.eachLogin(ctx, func(l customerLogin) error { return put(l) }),
		s.eachEntry(ctx, func(e entry) error { return put(e) }),
		s.eachSale(ctx, func(l sale) error { return put(l) }),
		s.eachShop(ctx, func(o shop) error { return put(o) }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// count is how many rows of a table the tenant has.
func (s store) countRows(t testing.TB, table string) (rows int) {
	t.Helper()
	err := s.read(context.Background(), table, func(ctx context.Context, db bun.IDB) error {
		n, err := db.NewSelect().Table(table).Where("tenant = ?", s.tenant).Count(ctx)
		rows = int(n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
