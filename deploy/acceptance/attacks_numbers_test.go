package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// manyParameters are too long a head for anybody to read; as many as fit into one
// are refused in the family's words wherever parameters are read.
func manyParameters(t *testing.T, g *gateway) {
	for path, want := range map[string]string{
		"/user/list?sid=3&key=00000000":                                     `200 {"status":true,`,
		"/user/detail?sid=3&key=00000000&id=1":                              `400 {"status":false,`,
		"/api/v2/cloaks/search?tg=a":                                        `400 {"errors":[`,
		"/ydits-api/ydits-account/regist.php?g=false":                       `200 {"result":"URL引数またはPOSTデータの形式が正しくありません。",`,
		"/avatar/v1/Coords?key=demo-api-key":                                `400 {"error":{"code":400,`,
		"/fit/signin?ticket=a":                                              "400 <!DOCTYPE html>",
		"/cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234": `200 {"StatusCode":"-1",`,
		"/nowhere?a=1": "404 Not Found",
	} {
		for number, want := range map[int]string{100_000: "431 ", 7_000: want} {
			status, body := g.get(path + strings.Repeat("&a", number))
			if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, want) {
				t.Errorf("%s with %d parameters more is answered %.300s, want %s…", path, number, got, want)
			}
		}
	}
	stillAnswers(t, g)
}

// manyFields are refused likewise, behind those that are asked for.
func manyFields(t *testing.T, g *gateway) {
	for _, c := range []struct{ path, form, want string }{
		{"/api/v2/auth/token", "grant_type=password&username=umiyama@example.com&password=umiyama1&client_id=demo-client&client_secret=demo-secret", `400 {"error":"invalid_request",`},
		{"/api/v2/cloaks/token", "ci=2&lk=umi2018", `400 {"errors":[`},
		{"/ydits-api/ydits-account/auth.php?step=1", "mail=example@example.com&pass=example_a", `200 {"result":"URL引数またはPOSTデータの形式が正しくありません。",`},
		{"/avatar/v1/Guest?key=demo-api-key", "scope=AvatarLoad", `400 {"error":{"code":400,`},
		{"/fit/signin", "login=nobody&password=nobodys", "400 <!DOCTYPE html>"},
		{"/cv.net_adi-mo/isql/api/Auth.aspx", "login_id=demo&password=demo1234", `200 {"StatusCode":"-1",`},
	} {
		status, body := g.post(c.path, formEncoding, c.form+strings.Repeat("&a=1", 100_000))
		if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s is answered %.300s, want %s…", c.path, got, c.want)
		}
	}
	stillAnswers(t, g)
}
