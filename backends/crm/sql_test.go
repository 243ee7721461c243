package crm

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What would be SQL is a text like any other, in every parameter of every page.
func TestSQLInEveryField(t *testing.T) { storetest.EachDatabase(t, testSQLInEveryField) }

func testSQLInEveryField(t *testing.T, s *stores.Stores) {
	const many = "limits {\nper_address 10000 5m\nper_account 10000 1h\nper_source 10000 5m\n}"
	h := newHouse(t, s, many, "system_"+many, "sign_ups 10000 1h", "token_guesses 10000 5m")
	code, token := h.signUp("tanaka")
	h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of tanaka").want(t, "the device is bound", "0")
	own := []string{"tokenid", token, "user_code", code}
	right := map[string][]string{
		"auth":          {"login_id", demoSystemLogin, "password", demoSystemPassword},
		"get_usertoken": {"user_loginid", demoLogin, "user_pasword", demoPassword},
		"set_logininfo": {"user_pasword", "pass1", "uuid", "u", "hintcode", "1", "hintans", "a"},
		"get_userinfo2": {"tokenid", token, "uuid", "device of tanaka"},
		"get_userpoint": {"user_code", demoCode},
		"set_userpoint": saleOf(demoCode),
		"set_userinfo2": append(own, "Segment", "1"),
		"set_password":  append(own, "user_pasword", "pass1", "user_new_pasword", "pass1"),
		"set_delflg":    own,
		"get_salesinfo": append(own, "month", "201404"),
	}
	api := new(service).api()
	besides := map[string][]string{}
	var asked []serve.Operation
	for _, row := range api.Operations {
		if row.Method == http.MethodGet { // a POST is the same page
			asked = append(asked, row)
			besides[row.Name] = []string{"Token"}
		}
	}
	grows := map[string]int{"set_logininfo": 1, "set_userpoint": 1} // and all that is kept is read after each call
	slices.SortStableFunc(asked, func(a, b serve.Operation) int { return grows[a.Name] - grows[b.Name] })
	api.Operations = asked

	calls := 0
	kittest.Inject(t, described, api, kittest.Injected{
		Ask: func(row serve.Operation, parameter, text string) string {
			calls++
			given := map[string]string{}
			for i := 0; i < len(right[row.Name]); i += 2 {
				given[right[row.Name][i]] = right[row.Name][i+1]
			}
			switch row.Name {
			case "set_logininfo":
				given["user_loginid"] = fmt.Sprint("c", calls)
			case "set_userpoint":
				given["receipt_no"] = fmt.Sprint(calls)
			}
			given[parameter] = text
			var pairs []string
			for name, value := range given {
				pairs = append(pairs, name, value)
			}
			session := h.token
			if parameter == "Token" {
				session = ""
			}
			a := h.callFrom("", prefix, pageAt(row.Path).name, session, pairs...)
			if a.code == "0" && !strings.HasPrefix(row.Name, "get_") { // tokens and codes are others each time
				return "0"
			}
			return a.code + " " + a.body
		},
		Everything: func() string { return everything(t, h.store) },
		Failed: func(outcome string) bool {
			code, _, _ := strings.Cut(outcome, " ")
			for _, p := range pages {
				if code == strconv.Itoa(p.internal) {
					return true
				}
			}
			return false
		},
		Besides: besides,
		Except:  []string{"division03", "division04", "division05", "division06", "division07", "division08", "division09", "division10"}, // as the first two
	})
}
