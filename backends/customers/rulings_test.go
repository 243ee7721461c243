package customers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	doneBody     = `{"status":true,"message":"success","data":"\"\""}`
	noErrorBody  = `{"status":false,"message":"error","data":"No error"}`
	failureBody  = `{"status":false,"message":"error","data":"internal error"}`
	noDataBody   = `{"status":false,"message":"No data","data":"No users were found"}`
	mismatchBody = `{"status":false,"message":"site key mismatch","data":"site key mismatch"}`
)

// TestCalls is what a client sends, and what it gets, with the demo data there.
// None of these calls changes anything.
func TestCalls(t *testing.T) {
	tests := []struct {
		name    string
		method  string
		address string
		body    string
		status  int
		want    string
	}{
		{
			"trailing slash", "GET", "/user/info/?sid=3&key=00000000&email=userc@example.com", "", 200,
			`{"status":true,"message":"success","data":[{"customer_id":3,"name01":"テスト","name02":"太郎","password":"userc","email":"userc@example.com"}]}`,
		},
		{
			"address in other case", "GET", "/user/info?sid=3&key=00000000&email=UserC@EXAMPLE.com", "", 200,
			`{"status":true,"message":"success","data":[{"customer_id":3,"name01":"テスト","name02":"太郎","password":"userc","email":"userc@example.com"}]}`,
		},
		{
			"the last sid and key count", "GET", "/user/info?sid=9&key=x&sid=3&key=00000000&email=userc@example.com", "", 200,
			`{"status":true,"message":"success","data":[{"customer_id":3,"name01":"テスト","name02":"太郎","password":"userc","email":"userc@example.com"}]}`,
		},
		{"leading zeros in sid", "GET", "/user/info?sid=003&key=00000000&email=none@example.com", "", 404, refusedWith("No users were found")},
		{"sid is no number", "GET", "/user/list?sid=3a&key=00000000", "", 400, refusedWith("3ais used invalid character")},
		{"sid beyond 64 bits", "GET", "/user/list?sid=9223372036854775808&key=00000000", "", 400, refusedWith("9223372036854775808is used invalid character")},
		{"sid is judged before key", "GET", "/user/list?sid=x&key=%22", "", 400, refusedWith("xis used invalid character")},
		{"key of other characters", "GET", "/user/list?sid=3&key=0000_0000", "", 400, refusedWith("0000_0000is used invalid character")},
		{"key with a quote", "GET", "/user/list?sid=3&key=%27+OR+%271%27=%271", "", 400, refusedWith("' OR '1'='1is used invalid character")},
		{"key of no UTF-8", "GET", "/user/list?sid=3&key=a%FFb", "", 400, refusedWith("a\uFFFDbis used invalid character")},
		{"badly escaped key", "GET", "/user/list?sid=3&key=%zz", "", 400, refusedWith("%zzis used invalid character")},
		{"overlong key", "GET", "/user/list?sid=3&key=" + strings.Repeat("k", 256), "", 400, refusedWith(strings.Repeat("k", 100) + "is used invalid character")},
		{"no sid", "GET", "/user/list?key=00000000", "", 400, refusedWith("sidis used invalid character")},
		{"empty sid", "GET", "/user/list?sid=&key=00000000", "", 400, refusedWith("sidis used invalid character")},
		{"no key", "GET", "/user/list?sid=3", "", 400, refusedWith("keyis used invalid character")},
		{"no query", "GET", "/user/list", "", 400, refusedWith("sidis used invalid character")},
		{"sid and key in a body", "POST", "/user/create", "sid=3&key=00000000", 400, refusedWith("sidis used invalid character")},
		{"wrong key", "GET", "/user/list?sid=3&key=00000001", "", 401, mismatchBody},
		{"key in other case", "GET", "/user/list?sid=3&key=0000000O", "", 401, mismatchBody},
		{"unknown site", "GET", "/user/list?sid=4&key=00000000", "", 401, mismatchBody},

		{"info without email", "GET", "/user/info?sid=3&key=00000000", "", 400, refusedWith("emailis used invalid character")},
		{"info of no address", "GET", "/user/info?sid=3&key=00000000&email=userc", "", 400, refusedWith("usercis used invalid character")},
		{"info with NUL", "GET", "/user/info?sid=3&key=00000000&email=a%00@example.com", "", 400, refusedWith(`a\u0000@example.comis used invalid character`)},
		{"info with a bad escape", "GET", "/user/info?sid=3&key=00000000&email=%zz", "", 400, refusedWith("%zzis used invalid character")},
		{"info of nobody", "GET", "/user/info?sid=3&key=00000000&email=nobody@example.com", "", 404, refusedWith("No users were found")},

		{"detail with leading zeros", "GET", "/user/detail?sid=3&key=00000000&id=0000000000000000000000004", "", 404, refusedWith("No users were found")},
		{"detail without id", "GET", "/user/detail?sid=3&key=00000000", "", 400, refusedWith("idis used invalid character")},
		{"detail of no number", "GET", "/user/detail?sid=3&key=00000000&id=-1", "", 400, refusedWith("-1is used invalid character")},
		{"detail beyond 64 bits", "GET", "/user/detail?sid=3&key=00000000&id=9223372036854775808", "", 400, refusedWith("9223372036854775808is used invalid character")},
		{"detail of full-width digits", "GET", "/user/detail?sid=3&key=00000000&id=%EF%BC%91", "", 400, refusedWith("１is used invalid character")},
		{"detail of SQL", "GET", "/user/detail?sid=3&key=00000000&id=1+OR+1=1", "", 400, refusedWith("1 OR 1=1is used invalid character")},
		{"detail of nobody", "GET", "/user/detail?sid=3&key=00000000&id=4", "", 404, refusedWith("No users were found")},

		{"delete of nobody", "GET", "/user/delete?sid=3&key=00000000&id=4", "", 500, `{"status":false,"message":"error","data":"error"}`},
		{"delete without id", "GET", "/user/delete?sid=3&key=00000000", "", 400, refusedWith("idis used invalid character")},

		{"update without customer_id", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"name01":"x"}]}`, 400, refusedWith("customer_idis used invalid character")},
		{"update of customer_id null", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":null,"name01":"x"}]}`, 400, refusedWith("customer_idis used invalid character")},
		{"update of an empty customer_id", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":""}]}`, 400, refusedWith("customer_idis used invalid character")},
		{"update of customer_id 1.0", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1.0}]}`, 400, refusedWith("1.0is used invalid character")},
		{"update of customer_id 1e0", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1e0}]}`, 400, refusedWith("1e0is used invalid character")},
		{"update of customer_id -1", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":-1}]}`, 400, refusedWith("-1is used invalid character")},
		{"update of nobody", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":4}]}`, 500, noErrorBody},
		{"update of one and nobody", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1,"note":"x"},{"customer_id":4,"note":"x"}]}`, 500, noErrorBody},
		{"update to a taken address", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1,"note":"x"},{"customer_id":2,"email":"USERC@example.com"}]}`, 500, noErrorBody},
		{"update that empties a name", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1,"name01":""}]}`, 400, refusedWith("name01is used invalid character")},
		{"update with a fault in the second", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1,"note":"x"},{"customer_id":2,"pref":"48"}]}`, 400, refusedWith("48is used invalid character")},

		{"create without a name", "POST", "/user/create?sid=3&key=00000000", `{"data":[{"name01":"海","email":"x@example.com"}]}`, 400, refusedWith("name02is used invalid character")},
		{"create with an empty name", "POST", "/user/create?sid=3&key=00000000", `{"data":[{"name01":"","name02":"山","email":"x@example.com"}]}`, 400, refusedWith("name01is used invalid character")},
		{"create with a null address", "POST", "/user/create?sid=3&key=00000000", `{"data":[{"name01":"海","name02":"山","email":null}]}`, 400, refusedWith("emailis used invalid character")},
		{"create of two", "POST", "/user/create?sid=3&key=00000000", `{"data":[{"name01":"海"},{}]}`, 400, refusedWith(`{\"data\":[{\"name01\":\"is used invalid character`)},
		{"create with a taken address", "POST", "/user/create?sid=3&key=00000000", minimal("UserA@Example.com"), 500, noErrorBody},

		{"empty body", "POST", "/user/create?sid=3&key=00000000", "", 400, refusedWith("is used invalid character")},
		{"body of no JSON", "POST", "/user/update?sid=3&key=00000000", "これはJSONではありません、利用者の情報でもありません", 400, refusedWith("これはJSONではありません、利用者の情is used invalid character")},
		{"body of no UTF-8", "POST", "/user/update?sid=3&key=00000000", "\xff{", 400, refusedWith("\uFFFD{is used invalid character")},
		{"body without data", "POST", "/user/update?sid=3&key=00000000", `{"dat":[]}`, 400, refusedWith(`{\"dat\":[]}is used invalid character`)},
		{"Data is not data", "POST", "/user/update?sid=3&key=00000000", `{"Data":[{"customer_id":1}]}`, 400, refusedWith(`{\"Data\":[{\"customer_is used invalid character`)},
		{"data null", "POST", "/user/update?sid=3&key=00000000", `{"data":null}`, 400, refusedWith(`{\"data\":null}is used invalid character`)},
		{"data empty", "POST", "/user/update?sid=3&key=00000000", `{"data":[]}`, 400, refusedWith(`{\"data\":[]}is used invalid character`)},
		{"data an object", "POST", "/user/update?sid=3&key=00000000", `{"data":{}}`, 400, refusedWith(`{\"data\":{}}is used invalid character`)},
		{"data of numbers", "POST", "/user/update?sid=3&key=00000000", `{"data":[1]}`, 400, refusedWith(`{\"data\":[1]}is used invalid character`)},
		{"data of null", "POST", "/user/update?sid=3&key=00000000", `{"data":[null]}`, 400, refusedWith(`{\"data\":[null]}is used invalid character`)},
		{"body of a list", "POST", "/user/update?sid=3&key=00000000", `[{"data":[]}]`, 400, refusedWith(`[{\"data\":[]}]is used invalid character`)},
		{"two bodies", "POST", "/user/update?sid=3&key=00000000", `{"data":[{"customer_id":1}]}{}`, 400, refusedWith(`{\"data\":[{\"customer_is used invalid character`)},

		{"POST where GET is documented", "POST", "/user/list?sid=3&key=00000000", "", 405, refusedWith("method not allowed")},
		{"GET where POST is documented", "GET", "/user/create?sid=3&key=00000000", "", 405, refusedWith("method not allowed")},
		{"HEAD that would delete", "HEAD", "/user/delete?sid=3&key=00000000&id=1", "", 405, refusedWith("method not allowed")},
		{"HEAD that would update", "HEAD", "/user/update?sid=3&key=00000000", "", 405, refusedWith("method not allowed")},
		{"unknown path", "GET", "/user/lists?sid=3&key=wrong", "", 404, "fell through"},
		{"path in other case", "GET", "/User/List?sid=3&key=wrong", "", 404, "fell through"},
		{"path above", "GET", "/user?sid=3&key=wrong", "", 404, "fell through"},
	}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		before := shop.everything()
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				got := shop.do(test.method, test.address, test.body)
				got.want(t, test.status, test.want)
				if test.status != 404 || test.want != "fell through" {
					wantHeader(t, got, "Content-Type", "application/json")
					wantHeader(t, got, "X-Content-Type-Options", "nosniff")
				}
			})
		}
		if after := shop.everything(); after != before {
			t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
		}
	})
}

func wantHeader(t *testing.T, got answered, name, want string) {
	t.Helper()
	if value := got.Header.Get(name); value != want {
		t.Errorf("%s: %q, want %q", name, value, want)
	}
}

// TestAllow says which methods a path takes.
func TestAllow(t *testing.T) {
	shop := openDemo(t, storetest.Open(t, storetest.Embedded))
	for address, want := range map[string]string{
		"/user/list": "GET, HEAD", "/user/info": "GET, HEAD", "/user/detail/": "GET, HEAD",
		"/user/update": "POST", "/user/create": "POST", "/user/delete": "GET",
	} {
		wantHeader(t, shop.do("PUT", address, ""), "Allow", want)
	}
}

// TestHead asks with HEAD for what a GET only reads.
func TestHead(t *testing.T) {
	shop := openDemo(t, storetest.Open(t, storetest.Embedded))
	for _, address := range []string{
		"/user/list?sid=3&key=00000000", "/user/detail?sid=3&key=00000000&id=1",
		"/user/info?sid=3&key=00000000&email=userc@example.com",
	} {
		got := shop.do(http.MethodHead, address, "")
		if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD %s: %d %v", address, got.Status, got.Header)
		}
	}
}

// TestCreateDefaults reads back a customer made of the required columns only.
// What was sent for secret_key and customer_id is not even looked at.
func TestCreateDefaults(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		shop.post("create", `{"data":[{"customer_id":[7],"secret_key":{"mine":1},"kana01":null,"unknown":[[]],
			"name01":"海","name02":"山","email":"Umi@Example.com"}]}`).
			want(t, 200, `{"status":true,"message":"success","data":1}`)
		got := shop.read(1)
		want := record{
			"customer_id": "1", "name01": "海", "name02": "山", "email": "Umi@Example.com",
			"buy_times": "0", "buy_total": "0", "point": "0", "status": "2", "del_flg": "0",
			colSecretKey: got[colSecretKey], colCreateDate: got[colCreateDate], colUpdateDate: got[colUpdateDate],
		}
		for _, c := range columns {
			if got[c.name] != want[c.name] {
				t.Errorf("%s is %q, want %q", c.name, got[c.name], want[c.name])
			}
		}
		if len(got) != len(columns)+1 {
			t.Errorf("%d columns came back", len(got))
		}
		if len(got[colSecretKey]) != 36 {
			t.Errorf("secret_key is %q, no UUID", got[colSecretKey])
		}
		if len(got[colCreateDate]) != len(timeLayout) || got[colUpdateDate] != got[colCreateDate] {
			t.Errorf("dates are %q and %q", got[colCreateDate], got[colUpdateDate])
		}
	})
}

// TestUpdateKeepsTheRest changes a few columns and finds the others as they
// were, but for update_date.
func TestUpdateKeepsTheRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		before := shop.read(1)
		shop.post("update", `{"data":[{"customer_id":"001","note":"一行目\n二行目\t\r\n","point":12,"sex":null,"cell01":"?"}]}`).want(t, 200, doneBody)
		after := shop.read(1)
		if after[colUpdateDate] == before[colUpdateDate] || len(after[colUpdateDate]) != len(timeLayout) {
			t.Errorf("update_date is %q", after[colUpdateDate])
		}
		before["note"], before["point"], before[colUpdateDate] = "一行目\n二行目\t\r\n", "12", after[colUpdateDate]
		for name, want := range before {
			if after[name] != want {
				t.Errorf("%s is %q, want %q", name, after[name], want)
			}
		}
	})
}

// TestUpdateInOrder sends the same customer twice in one call, and hands an
// address from one to the next.
func TestUpdateInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		shop.post("update", `{"data":[{"customer_id":3,"point":"1","note":"first"},{"customer_id":3,"point":"2"},{"customer_id":3,"note":"third"}]}`).want(t, 200, doneBody)
		if got := shop.read(3); got["point"] != "2" || got["note"] != "third" {
			t.Errorf("point %q, note %q", got["point"], got["note"])
		}
		shop.post("update", `{"data":[{"customer_id":3,"email":"new@example.com"},{"customer_id":2,"email":"userc@example.com"},{"customer_id":1,"email":"userb@example.com"}]}`).want(t, 200, doneBody)
		if got := shop.read(1)[colEmail] + shop.read(2)[colEmail] + shop.read(3)[colEmail]; got != "userb@example.comuserc@example.comnew@example.com" {
			t.Errorf("addresses: %s", got)
		}
		shop.post("update", `{"data":[{"customer_id":3,"del_flg":"1"},{"customer_id":3,"note":"too late"}]}`).want(t, 500, noErrorBody)
		if got := shop.read(3); got["note"] != "third" {
			t.Errorf("note %q", got["note"])
		}
	})
}

// TestDeletedAddress creates a customer with the address of a deleted one.
func TestDeletedAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		shop.get("delete", "&id=3").want(t, 200, doneBody)
		shop.post("create", minimal("userc@EXAMPLE.com")).want(t, 200, `{"status":true,"message":"success","data":4}`)
		shop.get("info", "&email=USERC@example.com").want(t, 200,
			`{"status":true,"message":"success","data":[{"customer_id":4,"name01":"海","name02":"山","password":"","email":"userc@EXAMPLE.com"}]}`)
		shop.post("create", `{"data":[{"name01":"海","name02":"山","email":"userc@example.com","del_flg":1}]}`).want(t, 200, `{"status":true,"message":"success","data":5}`)
		if living := shop.number("SELECT COUNT(*) FROM dtb_customer WHERE email_key = 'userc@example.com' AND del_flg <> '1'"); living != 1 {
			t.Errorf("%d living customers have the address", living)
		}
	})
}

// TestManyInOneCall updates more customers than one statement takes.
func TestManyInOneCall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		const n = 4*batchChanges + 1
		shop := openShop(t, s, usual)
		shop.fillMany(n)
		type object struct {
			ID    int    `json:"customer_id"`
			Point string `json:"point"`
		}
		var body struct {
			Data []object `json:"data"`
		}
		for id := n; id > 0; id-- {
			body.Data = append(body.Data, object{id, "77"})
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		shop.post("update", string(encoded)).want(t, 200, doneBody)
		if changed := shop.number("SELECT COUNT(*) FROM dtb_customer WHERE point = '77'"); changed != n {
			t.Errorf("%d customers changed, want %d", changed, n)
		}
	})
}

// TestWrittenAsRead posts back what detail answered, as the old clients do.
func TestWrittenAsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		odd := `{"data":[{"customer_id":2,"name01":" \"<&>'\\ ","zip02":"0007","pref":"07","buy_total":"000","password":"p\"w\\d'--","reminder_answer":"🗻 '; DROP TABLE dtb_customer; --","note":"\u2028?{0}%s𠮟","email":"a..b.@docomo.example","point":9223372036854775807}]}`
		shop.post("update", odd).want(t, 200, doneBody)
		before := shop.read(2)
		for name, want := range map[string]string{
			"name01": ` "<&>'\ `, "zip02": "0007", "pref": "07", "buy_total": "000", "password": `p"w\d'--`,
			"reminder_answer": "🗻 '; DROP TABLE dtb_customer; --", "note": "\u2028?{0}%s𠮟", "email": "a..b.@docomo.example", "point": "9223372036854775807",
		} {
			if before[name] != want {
				t.Errorf("%s came back as %q, was written as %q", name, before[name], want)
			}
		}
		body, err := json.Marshal(map[string][]record{"data": {before}})
		if err != nil {
			t.Fatal(err)
		}
		shop.post("update", string(body)).want(t, 200, doneBody)
		after := shop.read(2)
		for name := range before {
			if after[name] != before[name] {
				t.Errorf("%s is %q, was %q", name, after[name], before[name])
			}
		}
	})
}

// TestTakenNumbers creates customers where PostgreSQL's next numbers are taken,
// as by an import that runs at the same time: a number is no address, and the
// next free one will do.
func TestTakenNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openShop(t, s, usual)
		for id := 1; id <= 3; id++ {
			shop.exec("INSERT INTO dtb_customer (customer_id, email, email_key, del_flg) VALUES (?, ?, ?, '0')",
				id, fmt.Sprintf("c%d@example.com", id), fmt.Sprintf("c%d@example.com", id))
		}
		shop.post("create", minimal("C2@example.com")).want(t, 500, noErrorBody)
		created := shop.post("create", minimal("new@example.com"))
		if created.Status != 200 || shop.number("SELECT COUNT(*) FROM dtb_customer") != 4 {
			t.Errorf("with an address of its own: %+v", created)
		}
		if id := shop.number("SELECT customer_id FROM dtb_customer WHERE email = 'new@example.com'"); id < 4 ||
			created.Body != fmt.Sprintf(`{"status":true,"message":"success","data":%d}`, id) {
			t.Errorf("its number is %d, answered %s", id, created.Body)
		}
		shop.exec("DELETE FROM dtb_customer WHERE customer_id > 3")

		// More in a row than are tried is a failure of ours, and no taken address.
		if !s.SQL.Postgres() {
			return
		}
		for id := range int64(numbersTried + 1) {
			shop.exec("INSERT INTO dtb_customer (customer_id, email, email_key, del_flg) VALUES (?, '', '', '1')", 10+id)
		}
		shop.exec("SELECT setval(pg_get_serial_sequence('dtb_customer', 'customer_id'), 9)")
		_, err := shop.store.create(t.Context(), record{colEmail: "late@example.com"})
		if !errors.Is(err, errNoNumber) || fault.Is(err, fault.Conflict) {
			t.Errorf("with no number in reach: %v", err)
		}
		if id, err := shop.store.create(t.Context(), record{colEmail: "late@example.com"}); err != nil || id != 10+numbersTried+1 {
			t.Errorf("with one in reach: %d, %v", id, err)
		}
	})
}
