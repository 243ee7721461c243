package crm

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// hard are texts that go wrong where CP932 is taken for another Shift_JIS: half-width
// kana, NEC's and IBM's characters, both dashes and tildes, and characters whose
// second byte is a backslash or a bar.
var hard = []string{"ﾕｷ ﾀﾛｳ", "①㈱№", "髙﨑", "～－", "表ソ能", "ポ｜", "〒100-0001", "岡本"}

// inCP932 is a text as an old Windows client sends it.
func inCP932(t testing.TB, text string) string {
	t.Helper()
	b, ok := cp932.Encode(text)
	if !ok {
		t.Fatalf("%q cannot be written in CP932", text)
	}
	return string(b)
}

// escaped writes every byte as %XX.
func escaped(bytes string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(bytes) {
		b.WriteString("%" + string(digits[bytes[i]>>4]) + string(digits[bytes[i]&15]))
	}
	return b.String()
}

// rename sends a new name with Set_UserInfo2, its bytes as they are given, and
// gives the name that is then in the database.
func (h *house) rename(how, contentType, name string) (answered, string) {
	h.t.Helper()
	parameters := "tokenid=" + h.tokenID() + "&user_code=" + demoCode + "&Segment=1&Name=" + name
	r := httptest.NewRequest(http.MethodGet, prefix+"Set_UserInfo2.aspx", nil)
	if how == "query" {
		r.URL.RawQuery = parameters
	} else {
		r = httptest.NewRequest(http.MethodPost, prefix+"Set_UserInfo2.aspx", strings.NewReader(parameters))
	}
	r.Header.Set("Content-Type", contentType)
	r.AddCookie(&http.Cookie{Name: "ASP.NET_SessionId", Value: h.token})
	a := h.send(r)
	return a, h.customer(demoCode).Name
}

// Every charset option takes what its clients send, raw and escaped, in the query
// and in a form.
func TestTextComesIn(t *testing.T) {
	const form, formUTF8, formSJIS = formBody, formBody + "; charset=utf-8", formBody + "; charset=Shift_JIS"
	for _, option := range []string{"auto", "shift_jis", "utf-8"} {
		t.Run(option, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, storetest.Embedded), "charset "+option)
			for _, text := range hard {
				cp932 := inCP932(t, text)
				for _, test := range []struct {
					what, how, contentType, bytes string
					taken                         bool
				}{
					{"CP932", "query", "", escaped(cp932), option != "utf-8"},
					{"CP932", "form", form, escaped(cp932), option != "utf-8"},
					{"CP932, raw", "form", form, cp932, option != "utf-8"},
					{"CP932, declared", "form", formSJIS, escaped(cp932), option != "utf-8"},
					{"UTF-8", "query", "", escaped(text), option != "shift_jis"},
					{"UTF-8", "form", form, escaped(text), option != "shift_jis"},
					{"UTF-8, declared", "form", formUTF8, escaped(text), true},
				} {
					h.rename("form", formUTF8, "before")
					a, name := h.rename(test.how, test.contentType, test.bytes)
					if test.taken && (a.code != "0" || name != text) {
						t.Errorf("%s as %s in the %s became %q: %s", text, test.what, test.how, name, a.body)
					}
					if !test.taken && name == text {
						t.Errorf("%s as %s in the %s was taken", text, test.what, test.how)
					}
				}
			}
		})
	}
}

// What is neither is パラメータが不足しています, and changes nothing.
func TestTextThatIsNeither(t *testing.T) {
	for _, option := range []string{"auto", "shift_jis", "utf-8"} {
		t.Run(option, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, storetest.Embedded), "charset "+option)
			before := everything(t, h.store)
			for _, bytes := range []string{"%FF", "%81", "%81%20", "%85%40x", escaped("岡") + "%82"} {
				a, _ := h.rename("query", "", bytes)
				a.want(t, bytes, "-28001")
			}
			if after := everything(t, h.store); after != before {
				t.Errorf("something changed:\n%s\nand was\n%s", after, before)
			}
		})
	}
}

// charset shift_jis answers in CP932, character by character as Windows writes
// them; what CP932 lacks goes out as an escape.
func TestTextGoesOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "charset shift_jis")
		plain := newHouse(t, s, "charset utf-8")
		for _, test := range []struct{ text, bytes string }{
			{"ﾕｷ", "\xd5\xb7"},
			{"①", "\x87\x40"},
			{"髙﨑", "\xfb\xfc\xfa\xb1"},
			{"～－", "\x81\x60\x81\x7c"},
			{"〜−", "\x81\x60\x81\x7c"},
			{"表ソ", "\x95\x5c\x83\x5c"},
			{"é한", `\u00e9\ud55c`},
			{"𠮷", `\ud842\udfb7`},
			{"¥", `\u00a5`},
		} {
			a, name := plain.rename("form", formBody+"; charset=utf-8", escaped(test.text))
			if name != test.text {
				t.Fatalf("%s did not come in: %s", test.text, a.body)
			}
			if a.User["Name"] != test.text || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s in UTF-8 (%s): %s", test.text, a.header.Get("Content-Type"), a.body)
			}
			got := h.call("Get_UserPoint", "user_code", demoCode)
			if !strings.Contains(got.body, `"Name":"`+test.bytes+`"`) || got.header.Get("Content-Type") != "application/json; charset=shift_jis" {
				t.Errorf("%s in CP932 (%s): %q", test.text, got.header.Get("Content-Type"), got.body)
			}
			utf8, ok := cp932.Decode([]byte(got.body))
			var parsed struct{ UserPoint []struct{ Name string } }
			if !ok || json.Unmarshal([]byte(utf8), &parsed) != nil || strings.ContainsRune(test.text, '？') {
				t.Errorf("%s: what came is no JSON in CP932: %q", test.text, got.body)
			}
		}
		refused := h.call("Get_UserToken", "user_loginid", "nobody", "user_pasword", "x")
		if want := `{"StatusCode":"-26002","Status":"` + inCP932(t, "ログインIDが存在しません") + `","TokenID":null}`; refused.body != want {
			t.Errorf("a refusal is %q, want %q", refused.body, want)
		}
	})
}

// One client may write half-width kana only: ユキ in CP932 is valid UTF-8 for a
// letter of Armenian, and no client means that.
func TestHalfWidthKanaIsNoArmenian(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	if _, name := h.rename("query", "", "%D5%B7"); name != "ﾕｷ" {
		t.Errorf("it became %q", name)
	}
	if _, name := h.rename("form", formBody+"; charset=utf-8", "%D5%B7"); name != "շ" {
		t.Errorf("declared as UTF-8 it became %q", name)
	}
}
