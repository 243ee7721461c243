package crm

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever a stranger with a session sends, a page answers one of its own codes
// in JSON of the clients' charset, and fails by no fault of ours.
func FuzzPages(f *testing.F) {
	s := storetest.Open(f, storetest.Embedded)
	limits := []string{"limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}", "token_guesses 10000 1s", "sign_ups 10000 1s"}
	houses := map[bool]*house{
		false: newHouse(f, s, limits...),
		true:  newHouse(f, s, append(limits, "charset shift_jis", "numbers bare", "unset .")...),
	}
	token := houses[false].tokenID()
	for i, seed := range []string{
		"login_id=demo&password=demo1234",
		"user_loginid=okamoto&user_pasword=okamoto1",
		"user_loginid=tanaka&user_pasword=tanaka1&uuid=u&hintans=%8C%A2",
		"tokenid=" + token + "&uuid=" + demoUUID,
		"user_tel=03%2D1234&user_code=" + demoCode,
		form(saleOf(demoCode)...),
		"tokenid=" + token + "&user_code=" + demoCode + "&Segment=1&Name=%89%AA%96%7B&Attribute1=%5B%7B%22AttrID%22:%2201%22%7D%5D&Birth=19800101",
		"tokenid=" + token + "&user_code=9&user_pasword=okamoto1&user_new_pasword=next1",
		"tokenid=" + token + "&user_code=9",
		"tokenid=" + token + "&user_code=" + demoCode + "&month=201404&count=999",
	} {
		f.Add(i, false, seed, "", "")
		f.Add(i, true, "", formBody+"; charset=shift_jis", seed)
	}
	f.Fuzz(func(t *testing.T, number int, shiftJIS bool, query, contentType, body string) {
		p := pages[uint(number)%uint(len(pages))]
		h := *houses[shiftJIS]
		h.t = t
		r := httptest.NewRequest(http.MethodPost, prefix+p.name+".aspx", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", contentType)
		r.AddCookie(&http.Cookie{Name: ".ASPXAUTH", Value: h.token})
		a := h.send(r)
		text := a.body
		if shiftJIS {
			decoded, ok := cp932.Decode([]byte(text))
			if !ok {
				t.Fatalf("%s answered what is no CP932: %q", p.name, text)
			}
			text = decoded
		}
		if a.status != http.StatusOK || !json.Valid([]byte(text)) {
			t.Fatalf("%s answered %d %q", p.name, a.status, text)
		}
		if strings.Contains(text, internalWords) && !strings.Contains(text, "混み合っています") || strings.Contains(text, strconv.Itoa(p.session)+`"`) && !p.open {
			t.Errorf("%s failed: %s", p.name, text)
		}
	})
}
