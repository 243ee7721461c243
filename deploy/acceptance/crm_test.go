package acceptance

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The demo's chain: where its pages are, its system login and its customer.
const (
	crmPages     = "/cv.net_adi-mo/isql/api/"
	crmLogin     = "demo"
	crmPass      = "demo1234"
	crmCustomer  = "1234567890123"
	formEncoding = "application/x-www-form-urlencoded"
)

// crmPageNames are the ten pages.
var crmPageNames = []string{
	"Auth", "Get_UserToken", "Set_LoginInfo", "Get_UserInfo2", "Get_UserPoint", "Set_UserPoint", "Set_UserInfo2", "Set_Password",
	"Set_DelFlg", "Get_SalesInfo",
}

// crmAnswer is an answer of any page.
type crmAnswer struct {
	StatusCode, Status, Token, TokenID, Code string

	UserPoint []struct{ Point string }
}

// program is one of a chain's programs: a connection of its own, and the cookies
// in which Auth keeps its session.
type program struct{ *http.Client }

func newProgram() program {
	p := program{newClient()}
	p.Jar, _ = cookiejar.New(nil) // never fails
	return p
}

// beside is a program with a connection of its own and the same session.
func (p program) beside() program {
	other := program{newClient()}
	other.Jar = p.Jar
	return other
}

// call sends a page's parameters as a form. An error is a connection that broke;
// an answer that is none of the pages' has no StatusCode of theirs.
func (p program) call(site, page string, parameters url.Values) (answer crmAnswer, err error) {
	status, text, err := send(p.Client, http.MethodPost, site+crmPages+page+".aspx", formEncoding, parameters.Encode())
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
		answer.StatusCode = fmt.Sprintf("%d %s", status, text)
	}
	return answer, nil
}

// auth opens a session.
func (p program) auth(site, login, pass string) (crmAnswer, error) {
	return p.call(site, "Auth", url.Values{"login_id": {login}, "password": {pass}})
}

// mustAuth opens a session of the demo's system login.
func (p program) mustAuth(t *testing.T, site string) {
	t.Helper()
	if answer, err := p.auth(site, crmLogin, crmPass); err != nil || answer.StatusCode != "0" {
		t.Fatalf("Auth: %+v, %v", answer, err)
	}
}

// mustCall is call for what must be answered.
func (p program) mustCall(t *testing.T, site, page string, pairs ...string) crmAnswer {
	t.Helper()
	parameters := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		parameters.Set(pairs[i], pairs[i+1])
	}
	answer, err := p.call(site, page, parameters)
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	return answer
}

// newCustomers brings customers with these codes in, who have no points yet.
func newCustomers(t *testing.T, g *gateway, codes ...string) {
	t.Helper()
	feed(t, g, "code\n"+strings.Join(codes, "\n"), "crm", "import", "customers", "-")
}

// exported gives the rows of a table as `sekisho crm export` writes it.
func exported(t *testing.T, g *gateway, table string) (rows []map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), table+".csv")
	g.run("crm", "export", table, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("the export of %s: %d lines, %v", table, len(lines), err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// caddyfileWith gives the path of a Caddyfile that is the repository's, but for
// options in its crm blocks.
func caddyfileWith(t *testing.T, options ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	const bare = "\tcrm\n}\n"
	if strings.Count(string(text), bare) != 1 {
		t.Fatal("the Caddyfile has not one bare crm at the end of a snippet")
	}
	with := "\tcrm {\n\t\t" + strings.Join(options, "\n\t\t") + "\n\t}\n}\n"
	path := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), bare, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
