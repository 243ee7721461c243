package ydits

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What would be SQL is a text like any other, in every parameter of every
// operation.
func TestSQLInEveryField(t *testing.T) { storetest.EachDatabase(t, testSQLInEveryField) }

func testSQLInEveryField(t *testing.T, s *stores.Stores) {
	g := gateway(t, s, "limits {\nper_address 10000 5m\nper_account 10000 1h\nper_source 10000 5m\n}", "sign_ups 10000 1h")
	uuid := newcomerUUID(t, g, "a@example.com", "pass")
	register(t, g, uuid, "soft", "key")
	calls := 0
	kittest.Inject(t, openAPI, new(service).api(), kittest.Injected{
		Ask: func(row serve.Operation, parameter, text string) string {
			calls++
			query := url.Values{}
			var given map[string]string
			switch row.Name {
			case opIssue:
				query.Set("step", "1")
				given = map[string]string{"mail": "a@example.com", "pass": "pass"}
			case opRegister:
				query.Set("step", "2")
				given = map[string]string{"uuid": uuid, "softname": fmt.Sprint("soft ", calls), "key": fmt.Sprint("key ", calls)}
			case opAuthenticate:
				query.Set("step", "3")
				given = map[string]string{"uuid": uuid, "key": "key"}
			case opRegist:
				query.Set("g", "false")
				given = map[string]string{"name": "n", "mail": fmt.Sprintf("m%d@example.com", calls), "pass": "pass"}
			case opInquiry:
				query.Set("g", "false")
				given = map[string]string{"mail": "a@example.com", "pass": "pass"}
			default: // the pages
				query.Set("g", "true")
			}
			if parameter == "step" || parameter == "g" {
				query.Set(parameter, text)
			} else {
				given[parameter] = text
			}
			body, err := json.Marshal(given)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(row.Method, row.Path+"?"+query.Encode(), strings.NewReader(string(body)))
			r.Header.Set("Content-Type", jsonBody)
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if row.Name == opIssue && strings.Contains(w.Body.String(), `"resultcode":200`) { // the key is another each time
				return "200"
			}
			return fmt.Sprint(w.Code, " ", withoutKeys(w.Body.String()))
		},
		Everything: func() string { return everything(t, s) },
		Failed: func(outcome string) bool {
			return strings.Contains(outcome, fmt.Sprintf(`"resultcode":%d`, http.StatusInternalServerError))
		},
	})
}

// withoutKeys leaves out of an answer what no two calls have alike.
func withoutKeys(answer string) string {
	for _, form := range random {
		answer = form.ReplaceAllString(answer, "")
	}
	before, after, there := strings.Cut(answer, `"key":"key `) // the test's own
	if !there {
		return answer
	}
	_, after, _ = strings.Cut(after, `"`)
	return before + after
}
