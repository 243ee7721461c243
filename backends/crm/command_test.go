package crm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// shell runs the commands over stores of its own.
type shell struct{ kittest.Shell }

func newShell(t *testing.T, combination string) shell {
	t.Helper()
	return shell{kittest.NewShell(t, combination, addCommands)}
}

func eachShell(t *testing.T, test func(t *testing.T, s shell)) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} { // the commands know of no sessions
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			test(t, newShell(t, combination))
		})
	}
}

// of is what the shell's database keeps of a tenant.
func (s shell) of(tenant string) store {
	return store{sql: s.Stores.SQL, seal: s.Stores.Seal}.of(tenant)
}

// house is a gateway over the shell's stores, with no session yet.
func (s shell) house() *house {
	s.T.Helper()
	return &house{t: s.T, stores: s.Stores, handler: gateway(s.T, s.Stores), store: s.of(demoTenant)}
}

// addTenant makes the tenant known, with a system login for [house.enter].
func (s shell) addTenant(tenant string) {
	s.T.Helper()
	s.Must(demoSystemPassword, "login", "add", "--tenant", tenant, "--login", demoSystemLogin, "--pass-file", "-")
}

// enter gives a session of a tenant that addTenant made.
func (h *house) enter(prefix string) (session string) {
	h.t.Helper()
	return h.auth(prefix, demoSystemLogin, demoSystemPassword)
}

// secretFile is a file that holds a secret.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var shownPassword = regexp.MustCompile(`(?m)^tenant: adi-mo\nlogin_id: registers\npassword, shown this once: (\S{20})\n$`)

// shown gives the password that a command printed.
func shown(t *testing.T, out string) string {
	t.Helper()
	found := shownPassword.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("printed %q", out)
	}
	return found[1]
}

// tryAuth gives the StatusCode of Auth.
func (h *house) tryAuth(loginID, password string) string {
	h.t.Helper()
	return h.callFrom("", prefix, "Auth", "", "login_id", loginID, "password", password).code
}

// tryPage gives the StatusCode of a page: inside with a session that lives,
// outside without.
func (h *house) tryPage(session string) string {
	h.t.Helper()
	return h.callFrom("", prefix, "Get_UserPoint", session, "user_code", "nobody").code
}

const (
	right, wrong    = "0", "-2"        // of tryAuth
	inside, outside = "-8002", "-8098" // of tryPage
)

// What the operator makes opens Auth, until they change it or shut it out.
func TestLoginCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := s.house()
		made := shown(t, s.Must("", "login", "add", "--tenant", demoTenant, "--login", "registers"))
		for loginID, stdin := range map[string]string{"homepage": "old +pass\n", "店 1": "よんもじ\r\n"} {
			out := s.Must(stdin, "login", "add", "--tenant", demoTenant, "--login", loginID, "--pass-file", "-")
			if want := "tenant: adi-mo\nlogin_id: " + loginID + "\n"; out != want {
				t.Errorf("printed %q, want %q", out, want)
			}
		}
		s.Must("", "login", "add", "--login", "reports", "--pass-file", secretFile(t, "from a file\n"))
		for loginID, password := range map[string]string{"registers": made, "homepage": "old +pass", "店 1": "よんもじ", "reports": "from a file"} {
			if got := h.tryAuth(loginID, password); got != right {
				t.Errorf("%s: Auth answers %s", loginID, got)
			}
		}
		if got := h.callFrom("", otherPrefix, "Auth", "", "login_id", "registers", "password", made).code; got != wrong {
			t.Errorf("at another tenant: Auth answers %s", got)
		}

		session, homepage := h.auth(prefix, "registers", made), h.auth(prefix, "homepage", "old +pass")
		rotated := shown(t, s.Must("", "login", "rotate", "--login", "registers"))
		if old, next := h.tryAuth("registers", made), h.tryAuth("registers", rotated); old != wrong || next != right {
			t.Errorf("rotated: with the old password Auth answers %s, with the new one %s", old, next)
		}
		if its, others := h.tryPage(session), h.tryPage(homepage); its != outside || others != inside {
			t.Errorf("rotated: with its old session a page answers %s, with another login's %s", its, others)
		}
		if out := s.Must("", "login", "rotate", "--login", "registers", "--pass-file", secretFile(t, "given")); strings.Contains(out, "given") {
			t.Errorf("a given password is shown: %q", out)
		}
		if old, next := h.tryAuth("registers", rotated), h.tryAuth("registers", "given"); old != wrong || next != right {
			t.Errorf("rotated by a file: with the old password Auth answers %s, with the new one %s", old, next)
		}

		session = h.auth(prefix, "registers", "given")
		s.Must("", "login", "disable", "--login", "registers")
		if auth, page := h.tryAuth("registers", "given"), h.tryPage(session); auth != wrong || page != outside {
			t.Errorf("disabled: Auth answers %s, a page %s", auth, page)
		}
		if others := h.tryPage(homepage); others != inside {
			t.Errorf("another login is shut out, too: %s", others)
		}
		s.Must("", "login", "enable", "--login", "registers")
		if page := h.tryPage(h.auth(prefix, "registers", "given")); page != inside {
			t.Errorf("enabled: a page answers %s", page)
		}

		kept := everything(t, s.of(demoTenant))
		if n := strings.Count(kept, "$argon2id$"); n != 4 {
			t.Errorf("%d hashes of four passwords", n)
		}
		for _, password := range []string{made, rotated, "old +pass", "よんもじ", "from a file", "given"} {
			if strings.Contains(kept, password) {
				t.Errorf("a password is stored in clear:\n%s", kept)
			}
		}
	})
}

func TestLoginList(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("pass", "login", "add", "--tenant", "b", "--login", "two\x1b[2J", "--pass-file", "-")
		s.Must("pass", "login", "add", "--tenant", "b", "--login", "one", "--pass-file", "-")
		s.Must("pass", "login", "add", "--tenant", "a", "--login", "three", "--pass-file", "-")
		s.Must("", "login", "disable", "--tenant", "b", "--login", "one")
		when := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?`)
		lines := strings.Split(when.ReplaceAllString(s.Must("", "login", "list"), "TIME"), "\n")
		for i := range lines {
			lines[i] = strings.Join(strings.Fields(lines[i]), " ")
		}
		got := strings.Join(lines, "\n")
		want := "TENANT LOGIN ADDED DISABLED\na three TIME -\nb one TIME TIME\nb two\uFFFD[2J TIME -\n"
		if got != want {
			t.Errorf("listed:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestLoginCommandsRefuse(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		before := everything(t, s.of(demoTenant))
		long := strings.Repeat("店", 21)
		for _, test := range []struct {
			stdin string
			args  []string
			want  string
		}{
			{"", []string{"add", "--login", demoSystemLogin}, "the tenant has this system login already"},
			{"", []string{"add", "--login", ""}, "--login must have 1 to 20 characters"},
			{"", []string{"add", "--login", long}, "--login must have 1 to 20 characters"},
			{"", []string{"add", "--login", "a\x00b"}, "--login must have 1 to 20 characters"},
			{"", []string{"add"}, `required flag(s) "login" not set`},
			{long, []string{"add", "--login", "new", "--pass-file", "-"}, "the password must have 1 to 20 characters"},
			{long, []string{"rotate", "--login", demoSystemLogin, "--pass-file", "-"}, "the password must have 1 to 20 characters"},
			{"\n", []string{"add", "--login", "new", "--pass-file", "-"}, "the secret is empty"},
			{"\xff", []string{"add", "--login", "new", "--pass-file", "-"}, "the password must have 1 to 20 characters"},
			{"", []string{"add", "--login", "new", "--pass", "s3cret"}, "unknown flag: --pass"},
			{"", []string{"add", "--login", "new", "s3cret"}, `unknown command "s3cret" for "sekisho login add"`},
			{"", []string{"add", "--login", "new", "--pass-file", "/no/file"}, "reading the secret: open /no/file: no such file or directory"},
			{"", []string{"add", "--tenant", "ADI-MO", "--login", "new"}, "--tenant must be 1 to 32 of a-z, 0-9, - and _, as the Caddyfile's aspx_rewrite has it"},
			{"", []string{"rotate", "--login", "nobody"}, "the tenant has no such system login"},
			{"", []string{"disable", "--login", "nobody"}, "the tenant has no such system login"},
			{"", []string{"enable", "--login", "nobody"}, "the tenant has no such system login"},
			{"", []string{"rotate", "--tenant", "adimo", "--login", demoSystemLogin}, "there is no tenant \"adimo\"; there are adi-mo"},
			{"", []string{"disable", "--tenant", "adimo", "--login", demoSystemLogin}, "there is no tenant \"adimo\"; there are adi-mo"},
		} {
			out, err := s.Run(test.stdin, append([]string{"login"}, test.args...)...)
			if err == nil || err.Error() != test.want || out != "" {
				t.Errorf("%q: printed %q, %v, want %s", test.args, out, err, test.want)
			}
		}
		if after := everything(t, s.of(demoTenant)); after != before {
			t.Errorf("a refused command changed something:\n%s\n%s", before, after)
		}
	})
}

// A command means the tenant that it names, or the only one there is.
func TestWhichTenant(t *testing.T) {
	const file = "code,name\n0001,池袋店\n"
	eachShell(t, func(t *testing.T, s shell) {
		const none = "there is no tenant yet; `sekisho crm login add --tenant` makes one, by the name that the Caddyfile's aspx_rewrite gives it"
		const unknown = "there is no tenant \"adimo\"; there are adi-mo"
		refused := func(want, stdin string, args ...string) {
			t.Helper()
			if out, err := s.Run(stdin, args...); err == nil || err.Error() != want || out != "" {
				t.Errorf("%v: printed %q, %v, want %s", args, out, err, want)
			}
		}
		refused("nothing was imported:\n"+none, file, "import", "shops", "-")
		refused(none, "", "login", "add", "--login", "registers")
		refused(none, "", "export", "shops")

		s.addTenant(demoTenant)
		if out := s.Must(file, "import", "shops", "-"); out != "1 shops imported\n" {
			t.Errorf("printed %q", out)
		}
		refused("nothing was imported:\n"+unknown, file, "import", "shops", "-", "--tenant", "adimo")
		refused(unknown, "", "export", "shops", "--tenant", "adimo")

		s.addTenant(otherTenant)
		refused("nothing was imported:\ngive --tenant; there are adi-mo, other", file, "import", "shops", "-")
		refused("give --tenant; there are adi-mo, other", "", "login", "disable", "--login", demoSystemLogin)
		for tenant, want := range map[string]string{demoTenant: "\ufeffcode,name\r\n0001,池袋店\r\n", otherTenant: "\ufeffcode,name\r\n"} {
			if out := s.Must("", "export", "shops", "--tenant", tenant); out != want {
				t.Errorf("%s has %q, want %q", tenant, out, want)
			}
		}
	})
}

// crmTables are the tables that import and export move, in the order of an
// import.
var crmTables = []string{"shops", "ranks", "attributes", "customers", "logins", "points", "sales"}

// The help of an import names every column that the import takes, and no other.
func TestHelpNamesEveryColumn(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	s.addTenant(demoTenant)
	for _, table := range crmTables {
		named := columnsOfHelp(t, s.Must("", "import", table, "--help"))
		if out := s.Must(strings.Join(named, ",")+"\n", "import", table, "-"); out != "0 "+table+" imported\n" {
			t.Errorf("%s: printed %q", table, out)
		}
		exported, _, _ := strings.Cut(strings.TrimPrefix(s.Must("", "export", table), "\ufeff"), "\r\n")
		for _, column := range strings.Split(exported, ",") {
			if !strings.Contains(","+strings.Join(named, ",")+",", ","+column+",") {
				t.Errorf("the help of import %s lacks %s", table, column)
			}
		}
	}
}

// columnsOfHelp gives the columns that a help text lists, those of "address1 to
// address3" each by its name.
func columnsOfHelp(t *testing.T, help string) (columns []string) {
	t.Helper()
	_, list, _ := strings.Cut(help, "Columns, in any order:\n\n")
	list, _, found := strings.Cut(list, "\n\n")
	if !found {
		t.Fatalf("there is no list of columns:\n%s", help)
	}
	for line := range strings.Lines(list) {
		names, indented := strings.CutPrefix(line, "  ")
		if !indented || strings.HasPrefix(names, " ") {
			continue // more about the last one
		}
		names, _, _ = strings.Cut(names, "  ")
		for name := range strings.SplitSeq(strings.TrimRight(names, ",\n"), ", ") {
			columns = append(columns, namesOf(t, name)...)
		}
	}
	return columns
}

var severalColumns = regexp.MustCompile(`^([a-z]+)(\d+) to ([a-z]+)(\d+)$`)

func namesOf(t *testing.T, text string) (names []string) {
	t.Helper()
	found := severalColumns.FindStringSubmatch(text)
	if found == nil {
		return []string{text}
	}
	var first, last int
	if _, err := fmt.Sscan(strings.TrimLeft(found[2], "0"), &first); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(strings.TrimLeft(found[4], "0"), &last); err != nil {
		t.Fatal(err)
	}
	for n := first; n <= last; n++ {
		names = append(names, fmt.Sprintf("%s%0*d", found[1], len(found[2]), n))
	}
	return names
}

// Every command has an example, and each example is a call of that command.
func TestCommandExamples(t *testing.T) { kittest.Examples(t, "crm", addCommands) }
