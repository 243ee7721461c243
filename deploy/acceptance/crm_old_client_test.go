package acceptance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The demo's customer in Get_UserPoint, in UTF-8 and as an old Windows client
// reads it: 岡本 is 89AA 967B there.
const (
	okamotoPoints       = `{"StatusCode":"0","Status":"OK","UserPoint":[{"Code":"1234567890123","Name":"岡本","RankCode":"5","RankName":"E","PointRate":"11","Shop":"0001","Birth":"","Memo":"","Gender":"1","Point":"4250"}]}`
	okamotoPointsInSJIS = `{"StatusCode":"0","Status":"OK","UserPoint":[{"Code":"1234567890123","Name":"` + "\x89\xaa\x96\x7b" + `","RankCode":"5","RankName":"E","PointRate":"11","Shop":"0001","Birth":"","Memo":"","Gender":"1","Point":"4250"}]}`
)

// hardName is 表髙 ﾕｷ in CP932: a second byte that is a backslash, a character
// that other encoders lack, and half-width kana.
const (
	hardName        = "表髙 ﾕｷ"
	hardNameInSJIS  = "\x95\x5c\xfb\xfc \xd5\xb7"
	hardNameEscaped = "%95%5c%FB%fc+%D5%B7"
)

// What the clients of twenty years ago send is understood on the registers'
// port: no Host, no escaping, any letter case, and a connection for each call.
func TestCRMOldClients(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	old := newOldClient(g)
	old.auth(t)

	for name, line := range map[string]string{
		"HTTP/1.0 without Host":      "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.0\r\n",
		"Connection: close":          "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.1\r\nHost: 192.168.10.5:85\r\nConnection: close\r\n",
		"a host that is not ours":    "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.1\r\nHost: www.cv-net.example\r\nConnection: close\r\n",
		"a host of another API":      "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.1\r\nHost: customers.localhost\r\nConnection: close\r\n",
		"letter case":                "GET /CV.NET_adi-mo/ISQL/Api/GET_userPOINT.ASPX?USER_Code=1234567890123 HTTP/1.0\r\n",
		"white space around a name":  "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?%20user_+code%20=1234567890123 HTTP/1.0\r\n",
		"a slash at the end":         "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx/?user_code=1234567890123 HTTP/1.0\r\n",
		"the whole address":          "GET http://www.cv-net.example:85/cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.0\r\n",
		"a cookie for the parameter": "GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx HTTP/1.0\r\nCookie: user_code=1234567890123\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			old.expect(t, line+old.cookie+"\r\n", okamotoPoints)
		})
	}
	t.Run("a form as .NET sends it", func(t *testing.T) {
		old.expect(t, "POST /cv.net_adi-mo/isql/api/Get_UserPoint.aspx HTTP/1.1\r\nHost: 192.168.10.5:85\r\nExpect: 100-continue\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 23\r\nConnection: close\r\n"+old.cookie+
			"\r\nuser_code=1234567890123", okamotoPoints)
	})
}

// CP932 is taken as it came, escaped or not, in the query and in forms that do
// not say what they are written in.
func TestCRMOldClientsText(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	old := newOldClient(g)
	old.auth(t)
	owner := "tokenid=" + old.tokenID(t) + "&user_code=1234567890123&Segment=1&Name="

	for name, request := range map[string]string{
		"raw in the query": "GET /cv.net_adi-mo/isql/api/Set_UserInfo2.aspx?" + owner + strings.ReplaceAll(hardNameInSJIS, " ", "+") +
			" HTTP/1.0\r\n" + old.cookie + "\r\n",
		"escaped in the query":       "GET /cv.net_adi-mo/isql/api/Set_UserInfo2.aspx?" + owner + hardNameEscaped + " HTTP/1.0\r\n" + old.cookie + "\r\n",
		"raw in a form":              old.form("", owner+hardNameInSJIS),
		"escaped in a form":          old.form("", owner+hardNameEscaped),
		"a form that says Shift_JIS": old.form("; charset=Shift_JIS", owner+hardNameEscaped),
		"a form that says UTF-8":     old.form("; charset=UTF-8", owner+url.QueryEscape(hardName)),
		"UTF-8 and says nothing":     old.form("", owner+url.QueryEscape(hardName)),
	} {
		t.Run(name, func(t *testing.T) {
			old.expect(t, old.form("", owner+"before"), `"Name":"before"`)
			old.expect(t, request, `"Name":"`+hardName+`"`)
		})
	}
}

// With `charset shift_jis` the answers are CP932 too, to the byte.
func TestCRMOldClientsAnsweredInSJIS(t *testing.T) {
	t.Parallel()
	g := startGatewayOf(t, caddyfileWith(t, "charset shift_jis"))
	old := newOldClient(g)
	old.charset = "shift_jis"
	old.auth(t)
	old.expect(t, "GET /Get_UserPoint.aspx?user_code=1234567890123 HTTP/1.0\r\n"+old.cookie+"\r\n", okamotoPointsInSJIS)
	old.expect(t, "GET /Get_UserPoint.aspx?user_code=9 HTTP/1.0\r\n"+old.cookie+"\r\n",
		`{"StatusCode":"-8002","Status":"`+"\x8c\xda\x8bqCD\x82\xaa\x91\xb6\x8d\xdd\x82\xb5\x82\xdc\x82\xb9\x82\xf1"+`","UserPoint":null}`)

	owner := "tokenid=" + old.tokenID(t) + "&user_code=1234567890123&Segment=1&Name="
	for name, request := range map[string]string{
		"CP932": old.form("", owner+hardNameInSJIS),
		"UTF-8": old.form("; charset=utf-8", owner+url.QueryEscape(hardName)),
	} {
		t.Run(name, func(t *testing.T) {
			old.expect(t, old.form("", owner+"before"), `"User":{`)
			old.expect(t, request, `"Name":"`+hardNameInSJIS+`"`)
		})
	}
}

// A wrong method is told which ones there are, on every page.
func TestCRMMethods(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	old := newOldClient(g)
	for _, page := range crmPageNames {
		for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete} {
			answer, body := old.ask(t, method+" /cv.net_adi-mo/isql/api/"+page+".aspx HTTP/1.0\r\n\r\n")
			if allow := answer.Header.Get("Allow"); answer.StatusCode != http.StatusMethodNotAllowed || allow != "GET, POST" {
				t.Errorf("%s of %s: %s, Allow %q", method, page, answer.Status, allow)
			}
			if (method == http.MethodHead) != (body == "") {
				t.Errorf("%s of %s has the body %q", method, page, body)
			}
		}
	}
}

// The paths to which the pages are rewritten are nobody's from outside, with a
// session or without.
func TestCRMInnerPaths(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	https := "https://crm.localhost:" + g.setting("SEKISHO_HTTPS_PORT")
	secure := localClient(t, g)
	eventually(t, 10*time.Second, "the CRM's host has a certificate", func() bool {
		response, err := secure.Get(https + "/nowhere")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	for site, from := range map[string]*http.Client{g.url: newClient(), g.crm: newClient(), https: secure} {
		p := newProgram()
		p.Transport = from.Transport
		p.mustAuth(t, site)
		if answer := p.mustCall(t, site, "Get_UserPoint", "user_code", crmCustomer); answer.StatusCode != "0" {
			t.Errorf("%s does not answer a page: %+v", site, answer)
		}
		for _, path := range []string{
			"/crm/auth", "/crm/get_userpoint", "/CRM/Get_UserPoint", "/crm/Auth.aspx", "/cv.net_other/isql/api/Get_UserPoint.aspx",
			"/cv.net_adi-mo/isql/api/Get_UserInfo.aspx", "/cv.net_adi-mo/isql/api/crm/auth",
		} {
			status, body, err := send(p.Client, http.MethodGet, site+path+"?login_id=demo&password=demo1234&user_code=1234567890123", "", "")
			if err != nil || status != http.StatusNotFound || body != "Not Found" {
				t.Errorf("%s answered %d %s, %v", site+path, status, body, err)
			}
		}
	}
}

// oldClient writes its requests by hand, and reads until the connection closes.
type oldClient struct {
	address string
	charset string // of the answers
	cookie  string // the line of a session
}

func newOldClient(g *gateway) oldClient {
	return oldClient{address: strings.TrimPrefix(g.crm, "http://"), charset: "utf-8"}
}

// auth opens a session, in the oldest way there is.
func (c *oldClient) auth(t *testing.T) {
	t.Helper()
	answer, body := c.ask(t, "GET /cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234 HTTP/1.0\r\n\r\n")
	cookies := answer.Cookies()
	if !strings.HasPrefix(body, `{"StatusCode":"0","Status":"OK","Token":"`) || len(cookies) != 2 ||
		cookies[0].Name != "ASP.NET_SessionId" || cookies[1].Name != ".ASPXAUTH" {
		t.Fatalf("Auth: %s %v\n%s", answer.Status, answer.Header, body)
	}
	c.cookie = fmt.Sprintf("Cookie: %s=%s\r\n", cookies[0].Name, cookies[0].Value)
}

// tokenID is the TokenID of the demo's customer.
func (c *oldClient) tokenID(t *testing.T) string {
	t.Helper()
	_, body := c.ask(t, "GET /Get_UserToken.aspx?user_loginid=okamoto&user_pasword=okamoto1 HTTP/1.0\r\n"+c.cookie+"\r\n")
	token := strings.TrimSuffix(strings.TrimPrefix(body, `{"StatusCode":"0","Status":"OK","TokenID":"`), `"}`)
	if len(token) != 64 {
		t.Fatalf("Get_UserToken: %s", body)
	}
	return token
}

// form is a request that changes the demo's customer. The charset, or nothing,
// ends the line of its Content-Type.
func (c *oldClient) form(charset, body string) string {
	return fmt.Sprintf("POST /cv.net_adi-mo/isql/api/Set_UserInfo2.aspx HTTP/1.0\r\n"+
		"content-type: application/x-www-form-urlencoded%s\r\n%sContent-Length: %d\r\n\r\n%s", charset, c.cookie, len(body), body)
}

// expect holds an answer against its bytes, or a part of them.
func (c *oldClient) expect(t *testing.T, request, want string) {
	t.Helper()
	answer, body := c.ask(t, request)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Location") != "" {
		t.Errorf("%q was answered %s %v", request, answer.Status, answer.Header)
	}
	if got := answer.Header.Get("Content-Type"); got != "application/json; charset="+c.charset {
		t.Errorf("%q was answered as %q", request, got)
	}
	if whole := strings.HasPrefix(want, "{"); whole && body != want || !strings.Contains(body, want) {
		t.Errorf("%q was answered\n%q\nwant\n%q", request, body, want)
	}
}

// ask sends a request over a connection of its own, which the gateway must close
// after an answer that is as long as it says.
func (c *oldClient) ask(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%q: the connection was not closed: %v\n%q", request, err, all)
	}
	method, _, _ := strings.Cut(request, " ")
	rest := bufio.NewReader(bytes.NewReader(all))
	answer, err := http.ReadResponse(rest, &http.Request{Method: method})
	if err == nil && answer.StatusCode == http.StatusContinue {
		answer, err = http.ReadResponse(rest, &http.Request{Method: method})
	}
	if err != nil {
		t.Fatalf("%q: %v\n%q", request, err, all)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%q: %v\n%q", request, err, all)
	}
	if method != http.MethodHead && answer.ContentLength != int64(len(body)) || rest.Buffered() > 0 {
		t.Errorf("%q: the length of the answer is not what it says\n%q", request, all)
	}
	return answer, string(body)
}
