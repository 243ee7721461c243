package avatarplay

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores/storetest"
)

// movedTables are the tables that import and export move, in the order of an
// import.
var movedTables = []string{"apps", "keys", "app-items", "app-coords", "users", "avatars", "links", "grants"}

// oldService is an old service's database as its operator hands it over, beside
// the small wardrobe.
func oldService(t *testing.T) map[string]string {
	t.Helper()
	plain, salted := md5.Sum([]byte("first password")), sha256.Sum256([]byte("salty"+"second password"))
	bcrypted, err := bcrypt.GenerateFromPassword([]byte("third password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"apps": "\ufeffid,name,permissions,redirect_uris,created_at,disabled_at\r\n" +
			"5001,チャット,\"AvatarLoad,ItemGrant\",https://chat.example/back  mychat://linked,2014-04-01 09:00:00,\r\n" +
			"5002,\"名前, \"\"の\"\" 長い\",,,2014-04-02,\r\n" +
			"5003,やめた,ItemGrant,http://localhost:9000/,2014-04-03T00:00:00Z,2019-01-01\r\n",
		"keys": "app_id,key,created_at,ends_at\n" +
			"5001,old +key%1,2014-04-01,\n" +
			"5001,ended key,,2019-01-01\n" +
			"5002,other key,,2999-01-01\n" +
			"5003,gone key,,\n",
		"app-items": "item,app_id\n" +
			"body,5001\nsmile,5001\nbob,5001\n104,5001\n105,5001\nhat,5001\n106,5001\nhat,5002\n",
		"app-coords": "app_id,coord,initial\n" +
			"5001,first,\n5001,22,1\n5002,first,0\n5002,ball,\n",
		"users": "id,login,nickname,pass,pass_hash,created_at,disabled_at,taste,items,saved_at\n" +
			"701,Hanako,花子,,{md5}" + hex.EncodeToString(plain[:]) + ",2015-05-05 10:00:00,,lively,body smile bob gown 106,2016-01-01\n" +
			"702,taro@example.com,,ﾊﾟｽﾜｰﾄﾞ,,,,,,\n" +
			"703,jiro,次郎,jiros password,,,2018-01-01,,,\n" +
			"704,saburo,三郎,,{sha256:salt+password}salty$" + hex.EncodeToString(salted[:]) + ",,,12,101 102,\n" +
			"705,花 子,四郎,," + string(bcrypted) + ",,,,,\n" +
			"706,五郎,五郎,,{plain}fifth password,,,,,\n",
		"avatars": "id,app_id,permissions,created_at,upgraded_at,taste,items\n" +
			"9001,5001,\"ItemGrant,AvatarLoad\",2014-06-01,,12,gown body bob smile\n" +
			"9002,5001,,2014-06-02,,,\n" +
			"9003,5001,,2014-06-03,2015-05-05 10:00:01,,\n" +
			"9004,5002,ItemGrant,,,,\n",
		"links": "avatar_id,app_id,user_id,permissions,linked_at,cut_at\n" +
			"8001,5001,701,\"AvatarLoad,ItemGrant\",2015-05-05 10:00:01,\n" +
			"8002,5001,702,AvatarLoad,2015-06-01,2016-06-01\n" +
			"8003,5001,703,,,\n" +
			"8004,5002,701,,,\n",
		"grants": "avatar_id,user_id,item,granted_at,app_id\n" +
			"9001,,hat,2015-01-01,5001\n" +
			"9001,,shirt,2015-01-02,5001\n" +
			"9001,,gown,2013-12-31,\n" + // which it wears, too
			",701,hat,2015-01-03,5002\n" +
			"8001,,104,2015-01-04,5001\n" +
			"8004,,104,2015-01-05,\n" + // of the same user as 8001
			"9003,,106,,\n",
	}
}

// takeOver imports all tables.
func (s shell) takeOver(tables map[string]string) {
	s.T.Helper()
	for _, table := range movedTables {
		s.Must(tables[table], "import", table, "-")
	}
}

func TestImportSaysHowMany(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		want := map[string]int{"apps": 3, "keys": 4, "app-items": 8, "app-coords": 4, "users": 6, "avatars": 4, "links": 4, "grants": 7}
		old := oldService(t)
		for _, table := range movedTables {
			file := filepath.Join(t.TempDir(), table+".csv")
			if err := os.WriteFile(file, []byte(old[table]), 0o600); err != nil {
				t.Fatal(err)
			}
			if out := s.Must("", "import", table, file); out != fmt.Sprintf("%d %s imported\n", want[table], table) {
				t.Errorf("printed %q", out)
			}
		}
		for _, secret := range []string{"old +key", "other key", "ﾊﾟｽﾜｰﾄﾞ", "jiros password", "fifth password", "{plain}"} {
			if strings.Contains(s.everything(), secret) {
				t.Errorf("%q is stored in clear", secret)
			}
		}
	})
}

// Apps go on calling with the keys, ids and redirect URIs that they always had.
func TestImportedApps(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		h := s.house()
		for key, status := range map[string]int{"old +key%1": 200, "ended key": 401, "other key": 200, "gone key": 401} {
			if got := h.as(key, http.MethodGet, "Echo"); got.status != status {
				t.Errorf("%s: %d %s, want %d", key, got.status, got.body, status)
			}
		}
		connect := func(key, uri, scope string) answered {
			return h.as(key, http.MethodGet, "ConnectUrl", "codeChallenge", strings.Repeat("0", 64), "redirectUri", uri, "scope", scope)
		}
		connect("old +key%1", "https://chat.example/back", "AvatarLoad,ItemGrant").want(t, "a redirect URI", 200, "")
		connect("old +key%1", "mychat://linked", "ItemGrant").want(t, "another", 200, "")
		connect("old +key%1", "https://chat.example/", "ItemGrant").want(t, "none of its own", 400, "badRequest")
		connect("other key", "https://chat.example/back", "AvatarLoad").want(t, "another app's", 400, "badRequest")

		var coords coordsAnswer
		h.as("old +key%1", http.MethodGet, "Coords").into(t, "Coords", &coords)
		if got := coords.CoordImages; len(got) != 2 || got[0].CoordID != 21 || got[1].CoordID != 22 {
			t.Errorf("initial coords: %+v", got)
		}
		h.as("other key", http.MethodGet, "Coords").into(t, "Coords", &coords)
		if len(coords.CoordImages) != 0 {
			t.Errorf("another app's initial coords: %+v", coords.CoordImages)
		}
		wantLines(t, "apps", s.Must("", "app", "list"),
			"5001 チャット open AvatarLoad,ItemGrant 7 2 1 TIME https://chat.example/back mychat://linked",
			`5002 名前, "の" 長い open AvatarLoad 1 2 1 TIME`,
			"5003 やめた disabled ItemGrant 0 0 1 - http://localhost:9000/")
	})
}

// Avatars are what they were: by their ids, for their apps, with what they wear
// and own.
func TestImportedAvatars(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		h := s.house()
		const key = "old +key%1"
		var all avatarsAnswer
		ask := []string{}
		ids := []int64{9001, 9002, 9003, 9004, 8001, 8002, 8003, 8004}
		for _, one := range ids {
			ask = append(ask, "avatarId", id(one))
		}
		h.as(key, http.MethodGet, "Avatars", ask...).into(t, "Avatars", &all)
		got := []string{}
		for _, a := range all.Avatars {
			got = append(got, fmt.Sprint(a.AvatarID, a.Status, a.Guest))
		}
		want := []string{
			"9001 200 true", "9002 200 true", "9003 404 false", "9004 404 false",
			"8001 200 false", "8002 401 false", "8003 404 false", "8004 404 false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("avatars %q\nwant %q", got, want)
		}
		if all.Avatars[0].AvatarImageURL == all.Avatars[1].AvatarImageURL {
			t.Error("what 9001 and 9002 wear looks the same")
		}

		// The main coord first, as the document says, then by the newest grant.
		room := func(avatarID int64) (ids []int64) {
			var answer fittingRoomAnswer
			h.as(key, http.MethodGet, avatarPath(avatarID, "/FittingRoom")).into(t, "FittingRoom", &answer)
			for _, one := range answer.Items {
				ids = append(ids, one.ItemID)
			}
			return ids
		}
		if got := room(9001); !slices.Equal(got, []int64{101, 102, 103, 105, 104, 106}) {
			t.Errorf("9001 owns %d", got)
		}
		if got := room(9002); !slices.Equal(got, []int64{101, 102, 103, 104}) {
			t.Errorf("9002 owns %d", got)
		}
		if got := room(8001); !slices.Equal(got, []int64{101, 102, 103, 105, 107, 104, 106}) {
			t.Errorf("8001 owns %d", got)
		}
		h.as(key, http.MethodPost, avatarPath(9001, "/Items"), "itemId", "106").want(t, "granting to 9001", 200, "")
		h.as(key, http.MethodPost, avatarPath(9002, "/Items"), "itemId", "106").want(t, "granting to 9002", 403, "forbidden")
		h.as(key, http.MethodPost, avatarPath(8002, "/Items"), "itemId", "106").want(t, "granting by a cut link", 403, "forbidden")

		if got := h.count("avatarplay_owned", "item_id = 104 AND granted_at = 1420383600000 AND app_id IS NULL"); got != 1 {
			t.Errorf("what two avatars of one user own is there %d times as the last of them has it", got)
		}
	})
}

// Users sign in as they always did, and old hashes are renewed.
func TestImportedUsers(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		h := s.house()
		for _, c := range []struct {
			login, password string
			want            bool
		}{
			{"hanako", "first password", true},
			{"hanako", "second password", false},
			{"taro@example.com", "ﾊﾟｽﾜｰﾄﾞ", true},
			{"jiro", "jiros password", false}, // disabled
			{"saburo", "second password", true},
			{"花 子", "third password", true},
			{"五郎", "fifth password", true},
		} {
			for range 2 { // the second time against the renewed hash
				if got := h.visitor().submit(pathSignIn, "login", c.login, "password", c.password).status == http.StatusSeeOther; got != c.want {
					t.Errorf("%s with %s: signed in %v", c.login, c.password, got)
				}
			}
		}
		if left := h.count("avatarplay_people", "pass_hash NOT LIKE '$argon2id$%'"); left != 0 {
			t.Errorf("%d hashes are still old ones", left)
		}
		who, err := s.kept().personByLogin(t.Context(), "HANAKO")
		if err != nil || who.ID != 701 || who.Login != "Hanako" || who.Nickname != "花子" || who.Generation != 1 ||
			!who.outfit.equal(outfit{Items: []int64{101, 102, 103, 105, 107}, Taste: 12}) {
			t.Errorf("%+v, %v", who, err)
		}
		if who, err = s.kept().personByLogin(t.Context(), "taro@example.com"); err != nil || who.Nickname != "taro@example.com" ||
			!who.outfit.equal(outfit{Items: []int64{101, 102, 103, 104}, Taste: 11}) {
			t.Errorf("who wears the default coord: %+v, %v", who, err)
		}
		v := h.visitor()
		v.submit(pathSignIn, "login", "hanako", "password", "first password")
		if page := v.open(pathLinks).body; !strings.Contains(page, "チャット") || !strings.Contains(page, "名前") {
			t.Errorf("the linked apps: %s", page)
		}
	})
}

// What is assigned already stays so, and app-coords say anew which are initial;
// grants say anew when and by whom.
func TestImportOverWhatIsThere(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		before := s.everything()
		for _, table := range []string{"app-items", "app-coords"} {
			s.Must(oldService(t)[table], "import", table, "-")
		}
		if after := s.everything(); after != before {
			t.Errorf("imported again:\n%s\nbefore:\n%s", after, before)
		}
		s.Must("app_id,coord,initial\n5001,ball,0\n5002,first,1\n", "import", "app-coords", "-")
		for appID, want := range map[int64]map[int64]bool{5001: {21: true, 22: false}, 5002: {21: true, 22: false}} {
			if got, err := s.kept().appCoords(t.Context(), appID); fmt.Sprint(got) != fmt.Sprint(want) || err != nil {
				t.Errorf("coords of %d: %v, %v", appID, got, err)
			}
		}
		s.Must("avatar_id,item,granted_at,app_id\n9001,hat,2020-01-01T00:00:00Z,5002\n", "import", "grants", "-")
		h := s.house()
		if got := h.count("avatarplay_owned", "item_id = 106 AND granted_at = 1577836800000 AND app_id = 5002"); got != 1 {
			t.Errorf("%d grants are what the file says", got)
		}
	})
}

// bulkFile is a file of more rows than two statements take; row has %d for the
// number of each.
func bulkFile(header, row, last string) string {
	var file strings.Builder
	file.WriteString(header + "\n")
	for i := 1; i <= bulk; i++ {
		file.WriteString(strings.ReplaceAll(row, "%d", fmt.Sprint(i)) + "\n")
	}
	return file.String() + last
}

const bulk = 2*batch + 1

// inBulk are rows of each table, and a last row that is at fault.
var inBulk = []struct{ table, header, row, last, fault string }{
	{"apps", "id,name,redirect_uris", "%d,アプリ %d,https://a.example/%d https://b.example/%d", "1,another,\n", "id: stands in line 2 already"},
	{"keys", "app_id,key", "%d,key %d", "1,key 1\n", "key: stands in line 2 already"},
	{"app-items", "app_id,item", "%d,hat", "402,hat\n", "app_id: no app has it"},
	{"app-coords", "app_id,coord,initial", "%d,ball,1", "1,prom,\n", "coord: is none of the catalogue's"},
	{"users", "id,login,pass_hash", "%d,user %d,{md5}d41d8cd98f00b204e9800998ecf8427e", "402,USER 1,{md5}d41d8cd98f00b204e9800998ecf8427e\n", "login: stands in line 2 already"},
	{"avatars", "id,app_id", "10%d,%d", "2,402\n", "app_id: no app has it"},
	{"links", "avatar_id,app_id,user_id", "20%d,7,%d", "3,7,402\n", "user_id: no user has it"},
	{"grants", "avatar_id,user_id,item", "10%d,,hat", ",402,hat\n", "user_id: no user has it"},
}

// Many rows come in with several statements, and where the last one is at fault
// none of them stays.
func TestImportInBulk(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		for _, test := range inBulk {
			before := s.everything()
			_, err := s.Run(bulkFile(test.header, test.row, test.last), "import", test.table, "-")
			if want := fmt.Sprintf("nothing was imported:\nline %d: %s", bulk+2, test.fault); err == nil || err.Error() != want {
				t.Errorf("%s with a bad last line: %v, want %s", test.table, err, want)
			}
			if after := s.everything(); after != before {
				t.Errorf("%s: something of a bad file came in", test.table)
			}
			if out := s.Must(bulkFile(test.header, test.row, ""), "import", test.table, "-"); out != fmt.Sprintf("%d %s imported\n", bulk, test.table) {
				t.Errorf("printed %q", out)
			}
		}
		h := s.house()
		for table, want := range map[string]int{
			"avatarplay_app_redirects": 2 * bulk, "avatarplay_wearers": 2 * bulk, "avatarplay_owned": 2*4*bulk + bulk,
		} {
			if got := h.count(table, "1 = 1"); got != want {
				t.Errorf("%s has %d rows, want %d", table, got, want)
			}
		}
	})
}

// Two imports of the same table at once: one comes in, the other is told why not
// and leaves nothing.
func TestImportsAtOnce(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.Must("id,name\n7,One\n", "import", "apps", "-")
		done := make(chan error)
		for range 2 {
			go func() {
				_, err := s.Run(bulkFile("id,login,pass_hash", "%d,user %d,{md5}d41d8cd98f00b204e9800998ecf8427e", ""), "import", "users", "-")
				done <- err
			}()
		}
		var refusals []string
		for range 2 {
			if err := <-done; err != nil {
				refusals = append(refusals, err.Error())
			}
		}
		if len(refusals) != 1 || !strings.Contains(refusals[0], "meanwhile") && !strings.Contains(refusals[0], "a user has it already") {
			t.Errorf("refused: %q", refusals)
		}
		h := s.house()
		if people, wearers := h.count("avatarplay_people", "1 = 1"), h.count("avatarplay_wearers", "1 = 1"); people != bulk || wearers != bulk {
			t.Errorf("%d users and %d wearers", people, wearers)
		}
	})
}

// A file that grows or shrinks between the check and the import is refused.
func TestImportOfAChangedFile(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	path := filepath.Join(t.TempDir(), "apps.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []string{"id,name\n1,a\n", "id,name\n1,a\n2,b\n3,c\n", "id,name\n1,a\n2,\n"} {
		write("id,name\n1,a\n2,b\n")
		file, err := kit.OpenCSV(path, nil, kit.CSVColumns(appColumns...))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rows, err := kit.CheckCSV(t.Context(), file, func(f *kit.CSVFields) { appIn(f) })
		if err != nil || rows != 2 {
			t.Fatal(rows, err)
		}
		write(after)
		if n, err := s.kept().importApps(t.Context(), kit.RowsOf(t.Context(), file, rows, appIn)); err == nil || !strings.Contains(err.Error(), kit.ErrFileChanged.Error()) {
			t.Errorf("%q: %d, %v", after, n, err)
		}
	}
	if got := s.house().count("avatarplay_apps", "1 = 1"); got != 0 {
		t.Errorf("%d apps came in", got)
	}
}
