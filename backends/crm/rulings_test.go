package crm

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// contains says whether a dump of rows holds a text, as it is or as JSON writes
// bytes.
func contains(dump, text string) bool {
	return strings.Contains(dump, text) || strings.Contains(dump, base64.StdEncoding.EncodeToString([]byte(text)))
}

// long is a text of n characters, of three bytes each.
func long(n int) string { return strings.Repeat("岡", n) }

// Set_UserInfo2 changes what is sent and nothing else, each within its length.
func TestWhatSetUserInfo2Changes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		set := func(pairs ...string) answered {
			t.Helper()
			return h.call("Set_UserInfo2", append([]string{"tokenid", h.tokenID(), "user_code", demoCode, "Segment", "1"}, pairs...)...)
		}
		for _, test := range []struct {
			param, key string
			most       int
		}{
			{"Name", "Name", 100},
			{"Kana", "Kana", 80},
			{"Postalcode", "PostalCode", 30},
			{"address1", "Address1", 200},
			{"address2", "Address2", 200},
			{"address3", "Address3", 200},
			{"tel1", "Tel1", 40},
			{"tel2", "Tel2", 40},
			{"Email", "Email", 200},
			{"Shop", "Shop", 8},
			{"Memo", "Memo", 60},
			{"Tanto", "Tanto", 20},
			{"division01", "Division01", 20},
			{"division02", "Division02", 20},
			{"division03", "Division03", 20},
			{"division04", "Division04", 20},
			{"division05", "Division05", 20},
			{"division06", "Division06", 20},
			{"division07", "Division07", 20},
			{"division08", "Division08", 20},
			{"division09", "Division09", 20},
			{"division10", "Division10", 20},
			{"expandmemo", "ExpandMemo", 400},
			{"hintcode", "HintCode", 30},
			{"hintans", "HintAns", 100},
			{"rank", "Rank", 4},
		} {
			before := set().User
			set(test.param, long(test.most+1)).want(t, test.param+", a character too long", "-28001")
			a := set(strings.ToUpper(test.param), long(test.most))
			a.want(t, test.param, "0")
			before[test.key] = long(test.most)
			if !maps.EqualFunc(a.User, before, func(x, y any) bool { return fmt.Sprint(x) == fmt.Sprint(y) }) {
				t.Errorf("%s: the customer is %s", test.param, a.body)
			}
			if a := set(test.param, ""); a.User[test.key] != "" {
				t.Errorf("%s, sent empty: %s", test.param, a.body)
			}
		}
		for _, test := range []struct{ param, value, key, want string }{
			{"Birth", "19800229", "Birth", "19800229"},
			{"Birth", "", "Birth", ""},
			{"Birth", "19810229", "", "-28001"},
			{"Birth", "1981-02-28", "", "-28001"},
			{"Birth", ".", "", "-28001"},
			{"Resistdate", "20150501", "ResistDate", "20150501"},
			{"Resistdate", "", "ResistDate", "20150501"},
			{"Resistdate", "20150532", "", "-28001"},
			{"Gender", "2", "Gender", "2"},
			{"Gender", "", "Gender", "0"},
			{"Gender", "3", "", "-28001"},
			{"Gender", "女", "", "-28001"},
			{"Segment", "9", "Segment", "1"}, // the first of a repeated one counts
		} {
			a := set(test.param, test.value)
			if test.key == "" {
				a.want(t, test.param+"="+test.value, test.want)
			} else if a.User[test.key] != test.want {
				t.Errorf("%s=%s: %s", test.param, test.value, a.body)
			}
		}
		for _, segment := range []string{"", "3", "-1", "10", "x", "1.0"} {
			h.call("Set_UserInfo2", "tokenid", h.tokenID(), "user_code", demoCode, "Segment", segment).want(t, "Segment="+segment, "-28001")
		}
		if got := h.customer(demoCode).UpdatedDate; got != today() {
			t.Errorf("最終更新日 is %s", got)
		}
	})
}

// awayFromMidnight waits for the next day in Japan where that is a minute away: what
// is of today would be of yesterday when it is looked at.
func awayFromMidnight() {
	now := clock.Now().In(clock.Japan)
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, clock.Japan)
	if left := next.Sub(now); left < time.Minute {
		time.Sleep(left)
	}
}

// 会員登録日 is set where there is none, whatever the old database held for that.
func TestResistDateIsSet(t *testing.T) {
	awayFromMidnight()
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for _, test := range []struct{ before, sent, want string }{
			{"", "", today()},
			{".", "", today()},
			{"19010101", "", today()},
			{"19010101", "19010101", today()},
			{"19010101", ".", today()},
			{"19010101", "20150501", "20150501"},
			{"20140401", "19010101", "20140401"},
			{"20140401", "", "20140401"},
			{"", "20150501", "20150501"},
		} {
			h.sql("UPDATE hc_master_kokyaku SET resist_date = ? WHERE code = ?", test.before, demoCode)
			pairs := []string{"tokenid", h.tokenID(), "user_code", demoCode, "Segment", "1"}
			if test.sent != "" {
				pairs = append(pairs, "Resistdate", test.sent)
			}
			if a := h.call("Set_UserInfo2", pairs...); a.User["ResistDate"] != test.want {
				t.Errorf("%q, sent %q: %v, want %s", test.before, test.sent, a.User["ResistDate"], test.want)
			}
		}
	})
}

// Lists of attributes are replaced whole, in the order in which they are sent;
// names are the master's.
func TestAttributesAreReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.sql("INSERT INTO hc_master_meisho (tenant, kubun, code, name) VALUES ('adi-mo', 'ZK1', '02', 'ブランド2')")
		set := func(list string) answered {
			return h.call("Set_UserInfo2", "tokenid", h.tokenID(), "user_code", demoCode, "Segment", "1", "Attribute1", list)
		}
		for _, test := range []struct{ list, want string }{
			{`[{"AttrID":"02","AttrName":"mine"},{"attrid":"01"}]`, `[{"AttrID":"02","AttrName":"ブランド2"},{"AttrID":"01","AttrName":"ブランド1"}]`},
			{`[{"AttrID":"01"},{"AttrID":"01"},{"AttrID":"99"}]`, `[{"AttrID":"01","AttrName":"ブランド1"},{"AttrID":"99","AttrName":""}]`},
			{`[{"AttrID":"19010101"}]`, `[{"AttrID":"19010101","AttrName":""}]`},
			{`[]`, `[]`},
			{`[{"AttrID":"02"}]`, `[{"AttrID":"02","AttrName":"ブランド2"}]`},
			{``, `[]`},
		} {
			a := set(test.list)
			if !strings.Contains(a.body, `"Attribute1":`+test.want+`,"Attribute2":[{"AttrID":"0001","AttrName":"新宿店"}]`) {
				t.Errorf("%s: %s", test.list, a.body)
			}
		}
		before := everything(t, h.store)
		for _, list := range []string{
			"{}", "01", "[1]", `[{"AttrID":""}]`, `[{"AttrID":1}]`, `[{"AttrName":"x"}]`, `[{"AttrID":"12345678901"}]`, `[{"AttrID":"01"}`,
			`[{"AttrID":"\u0000"}]`, strings.Repeat("[", 100), "[" + strings.Repeat(`{"AttrID":"1"},`, 200) + `{"AttrID":"1"}]`,
		} {
			set(list).want(t, list, "-28001")
		}
		if after := everything(t, h.store); after != before {
			t.Error("something changed")
		}
	})
}

// A customer is found by code, or by either telephone number however it is
// written; who has left is found no more.
func TestWhoIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		first, firstToken := h.signUp("first")
		second, secondToken := h.signUp("second")
		h.call("Set_UserInfo2", "tokenid", firstToken, "user_code", first, "Segment", "1", "tel1", "０３−１２３４−５６７８").want(t, "the first", "0")
		h.call("Set_UserInfo2", "tokenid", secondToken, "user_code", second, "Segment", "1", "tel2", "03(1234)5678", "tel1", "").want(t, "the second", "0")
		codes := func(a answered) string {
			var all []string
			for _, one := range a.UserPoint {
				all = append(all, one["Code"].(string))
			}
			return strings.Join(all, " ")
		}
		for _, test := range []struct{ pairs, want string }{
			{"user_tel 03-1234-5678", first + " " + second},
			{"user_tel 0312345678", first + " " + second},
			{"user_tel 03-1234-567", ""},
			{"user_tel -", ""},
			{"user_code " + second + " user_tel 03-1234-5678", second},
			{"user_code " + demoCode + " user_tel x", demoCode},
		} {
			if got := codes(h.call("Get_UserPoint", strings.Fields(test.pairs)...)); got != test.want {
				t.Errorf("%s: %q, want %q", test.pairs, got, test.want)
			}
		}
		h.call("Set_DelFlg", "tokenid", firstToken, "user_code", first).want(t, "leaving", "0")
		if got := codes(h.call("Get_UserPoint", "user_tel", "0312345678")); got != second {
			t.Errorf("after the first has left: %q", got)
		}
		h.call("Get_UserPoint", "user_code", first).want(t, "who has left", "-8004")
		h.call("Set_DelFlg", "tokenid", secondToken, "user_code", second).want(t, "leaving", "0")
		h.call("Get_UserPoint", "user_tel", "0312345678").want(t, "all have left", "-8004")
		if got := h.customer(first); !got.HasLeft || got.LeftDate != today() {
			t.Errorf("who has left: %+v", got.customer)
		}
		h.call("Get_UserPoint", "user_code", long(longestCode+1)).want(t, "too long", "-8001")
		h.call("Get_UserPoint", "user_tel", long(longestTel+1)).want(t, "too long", "-8001")
	})
}

// numbers bare sends what the document calls int as JSON numbers, and quoted
// codes stay quoted.
func TestBareNumbers(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "numbers bare")
	h.sql("UPDATE hc_master_meisho SET rate = 105 WHERE kubun = 'RNK'")
	for _, test := range []struct {
		page  string
		pairs []string
		want  string
	}{
		{"Auth", []string{"login_id", "demo"}, `{"StatusCode":-1,`},
		{"Get_UserToken", nil, `{"StatusCode":-26001,"Status":"パラメータが不足しています","TokenID":null}`},
		{"Get_UserPoint", []string{"user_code", demoCode}, `"RankCode":"5","RankName":"E","PointRate":10.5,"Shop":"0001","Birth":"","Memo":"","Gender":1,"Point":4250}`},
		{"Get_UserInfo2", []string{"tokenid", h.tokenID(), "uuid", demoUUID}, `"Gender":1,"Point":4250,"Tanto":"","TotalShopCount":0,"TotalSalesCount":0,"TotalSalesAmount":0,"Segment":1,`},
		{"Get_UserInfo2", []string{"tokenid", h.tokenID(), "uuid", demoUUID}, `"LastYearPoint":0,"ResistDate":"20140401"`},
		{"Get_SalesInfo", []string{"tokenid", h.tokenID(), "user_code", demoCode, "month", "201404"}, `"Price":9800,"Quantity":2,"Amount":19600`},
	} {
		a := h.call(test.page, test.pairs...)
		if !strings.Contains(a.body, test.want) || !json.Valid([]byte(a.body)) {
			t.Errorf("%s lacks %s:\n%s", test.page, test.want, a.body)
		}
	}
}

// unset "." is what the old database held for a missing text: it goes out, and
// what comes back is none again.
func TestUnset(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), `unset "."`)
	a := h.call("Set_UserInfo2", "tokenid", h.tokenID(), "user_code", demoCode, "Segment", "1", "Birth", ".", "Email", ".", "Memo", "...", "Kana", ".")
	for _, want := range []string{`"Kana":"."`, `"Birth":"."`, `"Email":"."`, `"Memo":"..."`, `"Tel1":"."`, `"LastShopDate":"."`, `"Name":"岡本"`, `"Attribute1":[{"AttrID":"01","AttrName":"ブランド1"}]`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the customer lacks %s: %s", want, a.body)
		}
	}
	h.call("Get_UserPoint", "user_code", ".", "user_tel", "03").want(t, "no code, and a telephone number that nobody has", "-8003")
	if got := h.customer(demoCode); got.Birth != "" || got.Email != "" || got.Memo != "..." || got.Kana != "" {
		t.Errorf("kept: %+v", got.customer)
	}
}

// Get_SalesInfo gives a month and earlier, at most so many.
func TestWhichSalesAreShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for day := 1; day <= 31; day++ {
			for line := range 4 {
				h.sql("INSERT INTO hc_tran_uriage (tenant, code, sales_date, shop, goods) VALUES ('adi-mo', ?, ?, 'gone', ?)",
					demoCode, fmt.Sprintf("201503%02d", day), fmt.Sprint(day, "-", line))
			}
		}
		shown := func(pairs ...string) []map[string]any {
			t.Helper()
			return h.call("Get_SalesInfo", append([]string{"tokenid", h.tokenID(), "user_code", demoCode}, pairs...)...).Sales
		}
		for _, test := range []struct {
			month, count string
			sales        int
			first        string
		}{
			{"201503", "", 100, "31-3"},
			{"201503", "999", 126, "31-3"},
			{"201503", "2", 2, "31-3"},
			{"201502", "", 2, "デニムパンツ"},
			{"999912", "1", 1, "31-3"},
			{"201404", "", 2, "デニムパンツ"},
		} {
			got := shown("month", test.month, "count", test.count)
			if len(got) != test.sales || got[0]["GoodsName"] != test.first {
				t.Errorf("%s, %s: %d sales, the first %v", test.month, test.count, len(got), got[:min(1, len(got))])
			}
		}
		if got := shown("month", "201503")[0]; got["ShopCode"] != "gone" || got["ShopName"] != "" || got["SalesDate"] != "20150331" {
			t.Errorf("a sale of a shop that nobody knows: %v", got)
		}
		for _, bad := range [][]string{
			{"month", ""},
			{"month", "201413"},
			{"month", "2014-4"},
			{"month", "20144"},
			{"month", "201400"},
			{"month", "201404", "count", "0"},
			{"month", "201404", "count", "1000"},
			{"month", "201404", "count", "-1"},
			{"month", "201404", "count", "x"},
		} {
			h.call("Get_SalesInfo", append([]string{"tokenid", h.tokenID(), "user_code", demoCode}, bad...)...).want(t, strings.Join(bad, " "), "-33001")
		}
	})
}

// What is refused at the sign-up, and in which order.
func TestWhatSetLoginInfoRefuses(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "sign_ups 1000 1h")
	before := everything(t, h.store)
	good := map[string]string{"user_loginid": "tanaka", "user_pasword": "pass1", "uuid": "u"}
	for _, test := range []struct {
		change map[string]string
		want   string
	}{
		{map[string]string{"user_loginid": ""}, "-27001"},
		{map[string]string{"user_pasword": ""}, "-27001"},
		{map[string]string{"uuid": ""}, "-27001"},
		{map[string]string{"uuid": "."}, "-27001"},
		{map[string]string{"uuid": "", "user_loginid": "田中"}, "-27001"},
		{map[string]string{"user_loginid": "田中", "user_pasword": "パス"}, "-27003"},
		{map[string]string{"user_loginid": strings.Repeat("a", 21)}, "-27003"},
		{map[string]string{"user_loginid": strings.Repeat("a", 201)}, "-27003"},
		{map[string]string{"user_loginid": "a\n"}, "-27003"},
		{map[string]string{"user_loginid": "ａ"}, "-27003"},
		{map[string]string{"user_pasword": "a b"}, "-27004"},
		{map[string]string{"user_pasword": strings.Repeat("a", 21)}, "-27004"},
		{map[string]string{"uuid": long(301), "user_pasword": "-"}, "-27004"},
		{map[string]string{"uuid": long(301)}, "-27001"},
		{map[string]string{"hintcode": long(31)}, "-27001"},
		{map[string]string{"hintans": long(101)}, "-27001"},
		{map[string]string{"hintans": "a\x00"}, "-27001"},
		{map[string]string{"user_loginid": demoLogin}, "-27002"},
	} {
		sent := maps.Clone(good)
		maps.Copy(sent, test.change)
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(sent)) {
			pairs = append(pairs, name, sent[name])
		}
		h.call("Set_LoginInfo", pairs...).want(t, fmt.Sprint(test.change), test.want)
	}
	if after := everything(t, h.store); after != before {
		t.Error("something changed")
	}
	h.call("Set_LoginInfo", "user_loginid", strings.Repeat("a", 20), "user_password", strings.Repeat("b", 20), "uuid", long(300),
		"hintcode", long(30), "hintans", long(100)).want(t, "as long as may be", "0")
}

// A parameter stands in the query, a form, a multipart form or a cookie, in this
// order, in any letter case and with any white space in its name.
func TestWhereParametersStand(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	target := prefix + "Get_UserPoint.aspx"
	posted := func(query, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, target+query, strings.NewReader(body))
		r.Header.Set("Content-Type", formBody)
		return r
	}
	multipart := httptest.NewRequest(http.MethodPost, target, strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"User_Code\"\r\n\r\n"+demoCode+"\r\n--b--\r\n"))
	multipart.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	cookie := httptest.NewRequest(http.MethodGet, target, nil)
	cookie.AddCookie(&http.Cookie{Name: "USER_CODE", Value: demoCode})
	both := posted("", "user_code="+demoCode)
	both.AddCookie(&http.Cookie{Name: "user_code", Value: "9"})
	tooLarge := posted("", "user_code="+demoCode+"&x="+strings.Repeat("x", 1<<20))
	for _, test := range []struct {
		what string
		r    *http.Request
		want string
	}{
		{"query", httptest.NewRequest(http.MethodGet, target+"?USER_CODE="+demoCode, nil), "0"},
		{"white space", httptest.NewRequest(http.MethodGet, target+"?+user_+code%09="+demoCode, nil), "0"},
		{"a trailing slash", httptest.NewRequest(http.MethodGet, target+"/?user_code="+demoCode, nil), "0"},
		{"form", posted("", "user_code="+demoCode), "0"},
		{"multipart", multipart, "0"},
		{"cookie", cookie, "0"},
		{"query before form", posted("?user_code=9", "user_code="+demoCode), "-8002"},
		{"form before cookie", both, "0"},
		{"a body of more than 1 MiB", tooLarge, "-8001"},
		{"a thousand and one parameters", posted("", strings.Repeat("x=1&", 1000)+"user_code="+demoCode), "-8001"},
	} {
		test.r.Header.Set("Token", h.token)
		h.send(test.r).want(t, test.what, test.want)
	}
}
