package avatarplay

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// exported gives all tables.
func (s shell) exported() map[string]string {
	s.T.Helper()
	tables := map[string]string{}
	for _, table := range movedTables {
		tables[table] = s.Must("", "export", table, "-")
	}
	return tables
}

// sameTables holds exports against others.
func sameTables(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, table := range movedTables {
		if got[table] != want[table] {
			t.Errorf("%s: %s\n%s\nwant:\n%s", what, table, got[table], want[table])
		}
	}
}

// lived is an old service that was taken over, and what happened at the gateway
// since. It gives the avatar id of a newcomer, by which the app 5001 knows them;
// its key is livedKey.
func (s shell) lived() (newcomer int64) {
	s.T.Helper()
	s.bring()
	s.takeOver(oldService(s.T))
	s.Must(livedKey, "key", "rotate", "--app", "5001", "--keep", "100h", "--key-file", "-")
	s.Must("", "key", "disable", "--app", "5001", "--key-id", "1")
	s.Must("", "app", "add", "--name", "長い, \"名前\"", "--redirect", "https://a.example/?a=1,2", "--redirect", "b.c:d", "--all")
	h := s.house()
	post := func(path string, pairs ...string) {
		s.T.Helper()
		h.as(livedKey, http.MethodPost, path, pairs...).want(s.T, path, http.StatusOK, "")
	}
	var guest avatarAnswer
	h.as(livedKey, http.MethodPost, "Guest", "coordId", "22", "scope", "AvatarLoad,ItemGrant").into(s.T, "Guest", &guest)
	post(avatarPath(guest.AvatarID, "/Items"), "itemId", "106", "itemId", "104")
	post(avatarPath(guest.AvatarID, "/FittingRoom/Select"), "item_id", "106")
	post(avatarPath(guest.AvatarID, "/FittingRoom/Commit"))
	post(avatarPath(8001, "/Items"), "itemId", "106")

	v := h.visitor()
	v.signUp("newcomer")
	l := demoLink()
	l.key, l.appID, l.redirectURI = livedKey, "5001", "https://chat.example/back"
	newcomer = v.linked(l, "avatarId", id(guest.AvatarID))

	hanako := h.visitor()
	hanako.submit(pathSignIn, "login", "hanako", "password", "first password").leads(s.T, "signing in", pathDress)
	hanako.open(pathLinks)
	hanako.submit(pathCut, "app", "5002").leads(s.T, "cutting a link", pathLinks+"?done=cut")
	s.Must("", "user", "password", "--login", "Saburo")
	s.Must("", "user", "disable", "--login", "五郎")
	return newcomer
}

const livedKey = "key of app 5001"

// What was exported imports into an empty database of any kind, exports again to
// the byte, and works there as it did.
func TestExportImports(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		newcomer := s.lived()
		storetest.Widen(t, s.Stores)
		h := s.house()
		tables := s.exported()
		for table, want := range map[string]string{
			"apps":       "\r\n5001,チャット,\"AvatarLoad,ItemGrant\",https://chat.example/back mychat://linked,2014-04-01T09:00:00.000+09:00,\r\n5002,\"名前, \"\"の\"\" 長い\",AvatarLoad,,",
			"keys":       "id,key_hash,created_at,ends_at\r\n5001,",
			"app-items":  "app_id,item\r\n5001,106\r\n5001,bob\r\n5001,body\r\n5001,gown\r\n5001,hat\r\n5001,shirt\r\n5001,smile\r\n5002,hat\r\n",
			"app-coords": "app_id,coord,initial\r\n5001,ball,1\r\n5001,first,1\r\n5002,ball,0\r\n5002,first,0\r\n",
			"users":      ",1,2015-05-05T10:00:00.000+09:00,,lively,body smile bob gown 106,2016-01-01T00:00:00.000+09:00\r\n702,taro@example.com,taro@example.com,\"$argon2id$",
			"avatars":    "9001,5001,\"AvatarLoad,ItemGrant\",2014-06-01T00:00:00.000+09:00,,lively,gown body bob smile,\r\n9002,5001,AvatarLoad,2014-06-02T00:00:00.000+09:00,,calm,body smile bob shirt,\r\n",
			"links":      "8001,5001,701,\"AvatarLoad,ItemGrant\",2015-05-05T10:00:01.000+09:00,2015-05-05T10:00:01.000+09:00,\r\n8002,5001,702,,2015-06-01T00:00:00.000+09:00,2015-06-01T00:00:00.000+09:00,2016-06-01T00:00:00.000+09:00\r\n",
			"grants":     "9001,,gown,2013-12-31T00:00:00.000+09:00,\r\n9001,,hat,2015-01-01T00:00:00.000+09:00,5001\r\n9001,,shirt,2015-01-02T00:00:00.000+09:00,5001\r\n9001,,smile,2014-06-01T00:00:00.000+09:00,\r\n",
		} {
			if !strings.Contains(tables[table], want) {
				t.Errorf("%s lacks\n%s:\n%s", table, want, tables[table])
			}
		}
		for _, combination := range storetest.Combinations {
			elsewhere := newShell(t, combination)
			elsewhere.bring()
			elsewhere.takeOver(tables)
			sameTables(t, combination, elsewhere.exported(), tables)
			there := elsewhere.house()
			for _, ask := range [][]string{
				{livedKey, "Avatars", "avatarId", "9001", "avatarId", "9002", "avatarId", "9003", "avatarId", "8001", "avatarId", "8002", "avatarId", id(newcomer)},
				{livedKey, avatarPath(newcomer, "/FittingRoom")},
				{livedKey, avatarPath(9001, "/FittingRoom")},
				{livedKey, "Items", "avatarId", "8001", "itemId", "104", "itemId", "105", "itemId", "106", "itemId", "107"},
				{livedKey, "Coords"},
				{"other key", avatarPath(8004, "")},
				{"old +key%1", "Echo"},
			} {
				was, is := h.as(ask[0], http.MethodGet, ask[1], ask[2:]...), there.as(ask[0], http.MethodGet, ask[1], ask[2:]...)
				if is.status != was.status || is.body != was.body {
					t.Errorf("%q answers %d\n%s\nwhat was %d\n%s", ask, is.status, is.body, was.status, was.body)
				}
			}
		}
	})
}

// Where the same catalogue has other ids, everybody wears and owns the same.
func TestExportToOtherIDs(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		tables := s.exported()
		elsewhere := newShell(t, storetest.Embedded)
		elsewhere.Must("", "catalogue", "import", wardrobe(t, regexp.MustCompile(` id: \d+,`).ReplaceAllString(smallWardrobe, "")))
		elsewhere.takeOver(tables)
		sameTables(t, "with other ids", elsewhere.exported(), tables)
	})
}

// An export goes to a file that only its user can read, and is the same on
// standard output.
func TestExportToAFile(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	s.takeOver(oldService(t))
	for table, want := range s.exported() {
		path := filepath.Join(t.TempDir(), table+".csv")
		s.Must("", "export", table, path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want only this user to read it", table, info.Mode(), err)
		}
		if string(content) != want {
			t.Errorf("%s: the file and standard output differ:\n%s\n%s", table, content, want)
		}
	}
}

// More rows than two statements give.
func TestExportInBulk(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		for _, test := range inBulk {
			s.Must(bulkFile(test.header, test.row, ""), "import", test.table, "-")
		}
		tables := s.exported()
		for table, want := range map[string]int{"grants": 9 * bulk, "app-items": bulk} {
			if got := strings.Count(tables[table], "\r\n") - 1; got != want {
				t.Errorf("%s has %d rows, want %d", table, got, want)
			}
		}
		elsewhere := newShell(t, storetest.Embedded)
		elsewhere.bring()
		elsewhere.takeOver(tables)
		sameTables(t, "elsewhere", elsewhere.exported(), tables)
	})
}

// Hashes of keys serve beside the same secret only.
func TestExportedKeysUnderAnotherSecret(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("the key", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
		keys := s.Must("", "export", "keys")

		same := newShell(t, storetest.Embedded)
		same.Must("id,name\n7,One\n", "import", "apps", "-")
		same.Must(keys, "import", "keys", "-")
		if got := same.opensNow("the key"); got != 7 {
			t.Errorf("under the same secret the key opens for %d", got)
		}

		config := storetest.Config(t, storetest.Embedded)
		config.Secret = "another secret, 32 characters long"
		other := shell{kittest.OpenShell(t, config, addCommands)}
		other.Must("id,name\n7,One\n", "import", "apps", "-")
		const want = "nothing was imported:\nline 2: key_hash: was not exported for this app from this database, nor under this SEKISHO_SECRET"
		if _, err := other.Run(keys, "import", "keys", "-"); err == nil || err.Error() != want {
			t.Errorf("under another secret: %v", err)
		}
	})
}

// The help of an import names every column that the import takes, and those that
// an export writes among them.
func TestHelpNamesEveryColumn(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	for _, table := range movedTables {
		named := columnsOfHelp(t, s.Must("", "import", table, "--help"))
		if out := s.Must(strings.Join(named, ",")+"\n", "import", table, "-"); out != "0 "+table+" imported\n" {
			t.Errorf("%s: printed %q", table, out)
		}
		exported, _, _ := strings.Cut(s.Must("", "export", table), "\r\n")
		for column := range strings.SplitSeq(exported, ",") {
			if !slices.Contains(named, column) {
				t.Errorf("the help of import %s lacks %s", table, column)
			}
		}
	}
}

// columnsOfHelp gives the columns that a help text lists.
func columnsOfHelp(t *testing.T, help string) (columns []string) {
	t.Helper()
	_, list, _ := strings.Cut(help, "Columns, in any order:\n\n")
	list, _, found := strings.Cut(list, "\n\n")
	if !found {
		t.Fatalf("there is no list of columns:\n%s", help)
	}
	for line := range strings.Lines(list) {
		if name, indented := strings.CutPrefix(line, "  "); indented && !strings.HasPrefix(name, " ") {
			columns = append(columns, strings.Fields(name)[0])
		}
	}
	return columns
}
