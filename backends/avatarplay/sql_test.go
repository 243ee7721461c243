package avatarplay

import (
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
// operation, of the API's and of the dress-up site's.
func TestSQLInEveryField(t *testing.T) { storetest.EachDatabase(t, testSQLInEveryField) }

func testSQLInEveryField(t *testing.T, s *stores.Stores) {
	const many = "limits {\nper_address 10000 5m\nper_account 10000 1h\nper_source 10000 5m\n}"
	h := newHouse(t, s, many, "token_guesses 10000 5m", "fittings 10000 10m", "connects 10000 1h")
	guest := h.guest("scope", "AvatarLoad,ItemGrant")
	v := h.visitor()
	v.signUp("yuki")
	l, item, coord := demoLink(), id(h.locked("tops", 1)[0]), id(h.closet.first.ID)
	right := map[string][]string{
		"access_token": {"codeVerifier", l.verifier, "redirectUri", l.redirectURI, "requestDate", l.requestDate, "scope", l.scope, "token", "x"},
		"select":       {"item_id", item},
		"grant_items":  {"itemId", item},
		"avatars":      {"avatarId", id(guest.AvatarID)},
		"connect_url":  {"codeChallenge", l.challenge(), "redirectUri", l.redirectURI, "scope", l.scope},
		"coords":       {"coordId", coord},
		"guest":        {"coordId", coord, "scope", "AvatarLoad"},
		"items":        {"itemId", item, "avatarId", id(guest.AvatarID)},
		"fit_sign_in":  {"login", "yuki", "password", "password-of-yuki"},
		"fit_try":      {"item", item},
		"fit_cut":      {"app", id(demoApp)},
		"fit_consent":  {"answer", "allow"},
	}
	calls := 0
	kittest.Inject(t, openAPI, new(service).api(), kittest.Injected{
		Ask: func(row serve.Operation, parameter, text string) string {
			calls++
			form := url.Values{}
			for i := 0; i < len(right[row.Name]); i += 2 {
				form.Set(right[row.Name][i], right[row.Name][i+1])
			}
			path := strings.ReplaceAll(row.Path, "{"+parameter+"}", url.PathEscape(text))
			path = strings.ReplaceAll(path, "{avatarId}", id(guest.AvatarID))
			asker := v
			switch row.Name {
			case "fit_sign_up":
				asker = h.visitor()
				form = url.Values{"login": {fmt.Sprint("login", calls)}, "nickname": {"ゆき"}, "password": {"password"}}
			case "fit_sign_in":
				asker = h.visitor()
			case "fit_sign_out":
				asker = h.visitor()
				asker.submit(pathSignIn, "login", "yuki", "password", "password-of-yuki")
				asker.open(pathDress)
			}
			if path == row.Path || !strings.Contains(row.Path, "{"+parameter+"}") {
				if row.Guarded {
					form.Set("key", demoKey)
				} else if row.Method == http.MethodPost {
					form.Set("csrf", asker.csrf)
				}
				form.Set(parameter, text)
			}
			if row.Guarded {
				a := h.send(httptest.NewRequest(row.Method, path+"?"+form.Encode(), nil))
				if a.status == http.StatusOK && (row.Name == "connect_url" || row.Name == "guest") { // another ticket, another guest each time
					return "200"
				}
				return fmt.Sprint(a.status, " ", a.body)
			}
			r := httptest.NewRequest(row.Method, path+"?"+form.Encode(), nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			a := asker.send(r)
			return fmt.Sprint(a.status, " ", a.header.Get("Location"))
		},
		Everything: func() string {
			var all strings.Builder
			for _, table := range []string{"avatarplay_apps", "avatarplay_wearers", "avatarplay_people", "avatarplay_avatars", "avatarplay_grant_tokens"} {
				rows := strings.TrimSuffix(strings.TrimPrefix(h.rows(table), "["), "]")
				all.WriteString(strings.ReplaceAll("\n"+rows, " map[", "\nmap["))
			}
			for _, table := range []string{"avatarplay_app_items", "avatarplay_app_coords", "avatarplay_owned"} { // too many to be read each time
				all.WriteString(strings.Repeat("\n"+table, h.count(table, "1 = 1")))
			}
			return all.String()
		},
		Failed: func(outcome string) bool { return strings.HasPrefix(outcome, "500") },
	})
}
