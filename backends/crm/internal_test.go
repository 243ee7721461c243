package crm

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// sql runs a statement behind the gateway's back.
func (h *house) sql(statement string, args ...any) {
	h.t.Helper()
	err := h.stores.SQL.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// A failure of ours is the code after the last one that the page lists, with a
// reference and not a word of the database's.
func TestInternalErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.sql("ALTER TABLE zzmgr_t_user RENAME TO zzmgr_t_gone")
		form := regexp.MustCompile(`^内部エラー: [0-9a-z]{10}$`)
		for _, p := range pages {
			a := h.call(p.name, "login_id", "demo", "password", "x")
			if a.code != strconv.Itoa(p.internal) || !form.MatchString(a.words) || a.status != http.StatusOK {
				t.Errorf("%s: %d %s", p.name, a.status, a.body)
			}
		}
	})
}

// HEAD and all methods but GET and POST are refused, and change nothing.
func TestOtherMethods(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	before := everything(t, h.store)
	for _, p := range pages {
		for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, "PROPFIND"} {
			r := httptest.NewRequest(method, prefix+p.name+".aspx?"+form(saleOf(demoCode)...)+"&token="+h.token, nil)
			a := h.send(r)
			if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, POST" || a.code != strconv.Itoa(p.internal) {
				t.Errorf("%s %s: %d, Allow %q, %s", method, p.name, a.status, a.header.Get("Allow"), a.body)
			}
		}
	}
	if after := everything(t, h.store); after != before {
		t.Error("something changed")
	}
}

// A customer who is changed while they are let go is not let go: the TokenID that
// was shown is dead by then.
func TestLeavingLosesTheRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, _ := h.signUp("tanaka")
		for range 20 { // until the call falls between the two
			token := h.tokenOf("tanaka")
			answers := make(chan answered, 1)
			var asked atomic.Bool
			err := h.store.write(t.Context(), "a login", func(ctx context.Context, tx bun.Tx) error {
				var row customer
				if _, err := h.store.locked(ctx, tx, &row, "code = ?", code); err != nil {
					return err
				}
				asked.Store(true)
				go func() { answers <- h.call("Set_DelFlg", "tokenid", token, "user_code", code) }()
				time.Sleep(200 * time.Millisecond) // the call has found the login, and waits to write
				_, err := tx.NewUpdate().Model((*customerLogin)(nil)).Where("tenant = ? AND code = ?", h.store.tenant, code).
					Set("token_hash = ?", h.store.tokenHash("another")).Exec(ctx)
				return err
			})
			if err != nil && !asked.Load() {
				t.Fatal(err)
			}
			if a := <-answers; err == nil && a.code == "-34004" {
				if h.customer(code).HasLeft {
					t.Error("the customer has left all the same")
				}
				return
			}
			// It was faster or slower; begin anew.
			h.sql("DELETE FROM hc_master_kokyaku_login WHERE login_id = 'tanaka'")
			code, _ = h.signUp("tanaka")
		}
		t.Error("no call was answered -34004")
	})
}

// Nothing that the document makes us give back stands in the database in clear.
func TestSecretsAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		a := h.call("Set_LoginInfo", "user_loginid", "tanaka", "user_pasword", "himitsu9", "uuid", "very-own-device", "hintans", "name-of-the-dog")
		a.want(t, "signing up", "0")
		all := everything(t, h.store)
		for what, secret := range map[string]string{
			"the password": "himitsu9", "the device": "very-own-device", "the hint's answer": "name-of-the-dog", "the TokenID": a.TokenID,
		} {
			if contains(all, secret) {
				t.Errorf("%s stands in clear", what)
			}
		}
		info := h.call("Get_UserInfo2", "tokenid", a.TokenID, "uuid", "very-own-device")
		if info.User["HintAns"] != "name-of-the-dog" {
			t.Errorf("the hint's answer does not come back: %s", info.body)
		}
	})
}

// A check that breaks leaves its seat: the address of many is not shut out.
func TestAPanicLeavesItsSeat(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	door, err := guard.NewDoor(h.stores, observe.New(), t.Name(), guard.People)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{passwords: door}
	c := &call{r: httptest.NewRequest(http.MethodGet, "/", nil), store: h.store, address: "192.0.2.1"}
	for i := range 20 {
		func() {
			defer func() { _ = recover() }()
			_, _ = s.verifyPassword(c, strconv.Itoa(i), func(context.Context) (customerLogin, error) { panic("a bug") }, "x")
		}()
	}
	look := func(ctx context.Context) (customerLogin, error) { return h.store.loginByID(ctx, demoLogin) }
	if _, err := s.verifyPassword(c, demoLogin, look, demoPassword); err != nil {
		t.Errorf("a right password after 20 panics: %v", err)
	}
}
