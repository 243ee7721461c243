package customers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// everyText stands for all columns at once that take any text.
const everyText = "every text"

// What would be SQL is a text like any other, in every parameter of every
// operation and in every column that one writes.
func TestSQLInEveryField(t *testing.T) { storetest.EachDatabase(t, testSQLInEveryField) }

func testSQLInEveryField(t *testing.T, s *stores.Stores) {
	shop := openDemo(t, s)
	shop.gateway = described(t, s, strings.Replace(usual, "sites customers",
		"sites customers\nlimits {\nper_address 10000 5m\nper_account 10000 1h\nper_source 10000 5m\n}", 1))

	written := []string{everyText}
	var texts []string
	for _, c := range columns {
		if c.form.valid(`" OR ""="`) {
			texts = append(texts, c.name)
		} else {
			written = append(written, c.name)
		}
	}
	guarded := []string{"sid", "key"}
	besides := map[string][]string{opUpdate: slices.Concat(guarded, written, []string{colID}), opCreate: slices.Concat(guarded, written)}
	for _, operation := range []string{opList, opInfo, opDetail, opDelete} {
		besides[operation] = guarded
	}

	calls := 0
	kittest.Inject(t, openAPI, new(service).api(), kittest.Injected{
		Ask: func(row serve.Operation, parameter, text string) string {
			calls++
			query := url.Values{"sid": {"3"}, "key": {demoKey}}
			var body any
			switch row.Name {
			case opInfo:
				query.Set("email", "userc@example.com")
			case opDetail, opDelete:
				query.Set("id", "2")
			case opUpdate:
				body = withText(map[string]any{colID: 3}, texts, parameter, text)
			case opCreate:
				body = withText(map[string]any{"name01": "海", "name02": "山", colEmail: fmt.Sprintf("c%d@example.com", calls)}, texts, parameter, text)
			}
			encoded := ""
			if body != nil {
				data, err := json.Marshal(map[string]any{"data": body})
				if err != nil {
					t.Fatal(err)
				}
				encoded = string(data)
			}
			if row.Method == http.MethodGet || slices.Contains(guarded, parameter) {
				query.Set(parameter, text)
			}
			got := shop.do(row.Method, row.Path+"?"+query.Encode(), encoded)
			if row.Name == opCreate && got.Status == http.StatusOK { // the id is another each time
				return "200"
			}
			return fmt.Sprint(got.Status, " ", got.Body)
		},
		Everything: func() string {
			var all strings.Builder
			err := shop.store.each(context.Background(), func(c customer) error {
				all.Write(detailAnswer(c))
				all.WriteByte('\n')
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return all.String()
		},
		Failed:  func(outcome string) bool { return strings.HasPrefix(outcome, "500") },
		Besides: besides,
		Except:  []string{"data"}, // which holds the customers
	})
}

// withText puts a text into a customer, under one name or under those of all texts.
func withText(customer map[string]any, texts []string, parameter, text string) any {
	names := []string{parameter}
	switch parameter {
	case everyText:
		names = texts
	case "sid", "key":
		names = nil
	}
	for _, name := range names {
		customer[name] = text
	}
	return []any{customer}
}
