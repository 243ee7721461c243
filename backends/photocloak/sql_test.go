package photocloak

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What would be SQL is a text like any other, in every parameter of every
// operation.
func TestSQLInEveryField(t *testing.T) { storetest.EachDatabase(t, testSQLInEveryField) }

func testSQLInEveryField(t *testing.T, s *stores.Stores) {
	a := newAPI(t, s, "max_cloak_no 100000\nlimits {\nper_address 10000 5m\nper_account 10000 1h\nper_source 10000 5m\n}")
	setMember(t, s, umiyama, "max_cloaks = 1000")
	const found = `' OR ''=' '"\?$1;-- %_%_ ! !!!! !!!!!1!!!` // by whichever of the texts is searched for
	own, making := a.public(umiyama, "夏の旅", "tg", "旅行 "+found), a.made(umiyama, "箱")
	right := map[string][]string{
		opMake:     {"nm", "箱"},
		opComplete: {"ci", making}, // which no search finds by what it is given
		opCheck:    {"pd", "ume", "no", "1"},
		opSearch:   {"tg", "旅行"},
		opDetail:   {"ci", own},
		opToken:    {"ci", own},
		opPhoto:    {"ci", own, "cd", "1"},
		opExport:   {"ci", own, "cd", "1"},
	}
	kittest.Inject(t, openAPI, new(service).api(), kittest.Injected{
		Ask: func(row serve.Operation, parameter, text string) string {
			pairs := slices.Clone(right[row.Name])
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == parameter {
					pairs[i+1] = text
				}
			}
			var headers []string
			switch {
			case strings.ToUpper(parameter[:1]) == parameter[:1]:
				headers = []string{parameter, text}
			case !slices.Contains(pairs, text):
				pairs = append(pairs, parameter, text)
			}
			got := a.request(umiyama, row.Method, row.Path, form(pairs...), headers...)
			if row.Name == opSearch && got.status == http.StatusOK { // which cloaks have the text, and not how it is shown
				return fmt.Sprint("200, cloaks: ", strings.Count(got.body, `"CloakId"`))
			}
			if row.Method == http.MethodPost && got.status == http.StatusOK { // ids and tokens are others each time
				return "200"
			}
			return fmt.Sprint(got.status, " ", got.body)
		},
		Everything: func() string { return strings.ReplaceAll(a.kept()+a.membersKept(), "},{", "},\n{") },
		Failed:     func(outcome string) bool { return strings.HasPrefix(outcome, "500") },
	})
}

// membersKept is all that is kept of the members.
func (a *api) membersKept() string {
	a.t.Helper()
	var members []member
	err := a.stores.SQL.Read(a.t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&members).Order("id").Scan(ctx)
	})
	if err != nil {
		a.t.Fatal(err)
	}
	encoded, err := json.Marshal(members)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(encoded)
}
