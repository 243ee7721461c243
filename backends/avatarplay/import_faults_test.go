package avatarplay

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/kit"
	"sekisho/caddymodules/stores/storetest"
)

// Everything that is wrong with a file is told with its line, without a value of
// it, and nothing comes in.
func TestImportRefuses(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.takeOver(oldService(t))
		before := s.everything()
		keys := s.Must("", "export", "keys")
		_, exported, _ := strings.Cut(keys[strings.Index(keys, "\n5001,"):], ",")
		exported, _, _ = strings.Cut(exported, ",")
		const foreign = "was not exported for this app from this database, nor under this SEKISHO_SECRET"
		const form = "must be of 1 to 255 printable ASCII characters: apps can send no other"
		const scopes = "must be AvatarLoad, ItemGrant, or both with a comma between"
		const ids = "must be a number from 1 to 9007199254740991"
		const noTime = "is no time of the form 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00"
		const none = "is none of the catalogue's"
		const md5 = "{md5}d41d8cd98f00b204e9800998ecf8427e"
		for _, test := range []struct{ table, file, want string }{
			{"apps", "", "line 1: the file is empty; a header line with the names of the columns is needed"},
			{"apps", "id,name,colour\n", `line 1: unknown column "colour"`},
			{"apps", "name\na\n", "line 1: id: the column is missing"},
			{"apps", "id,name\n,a\n0,b\n-1,c\n9007199254740992,d\nx,e\n", "line 2: id: is empty\nline 3: id: " + ids + "\nline 4: id: " + ids + "\nline 5: id: " + ids + "\nline 6: id: " + ids},
			{"apps", "id,name\n1,a\n1,b\n", "line 3: id: stands in line 2 already"},
			{"apps", "id,name\n1,a\n5001,b\n", "line 3: id: an app has it already"},
			{"apps", "id,name\n1,\n2," + strings.Repeat("名", 51) + "\n3, \n4,\"a\nb\"\n", "line 2: name: is empty\nline 3: name: is longer than 50 characters\nline 4: name: holds nothing to be seen, or a control character\nline 5: name: holds nothing to be seen, or a control character"},
			{"apps", "id,name,permissions\n1,a,AvatarLoad ItemGrant\n2,b,avatarload\n3,c,\",\"\n", "line 2: permissions: " + scopes + "\nline 3: permissions: " + scopes + "\nline 4: permissions: " + scopes},
			{"apps", "id,name,redirect_uris\n1,a,https://ok.example/ javascript:secret\n2,b,http://secret.example/\n3,c,https://a/ https://a/\n", "line 2: redirect_uris: holds one that is no absolute URI of https, of http or of an app's own scheme to which browsers go\nline 3: redirect_uris: holds one that is of http beyond localhost, 127.0.0.1 and [::1]; elsewhere it must be of https\nline 4: redirect_uris: holds one twice"},
			{"apps", "id,name,redirect_uris\n1,a," + manyURIs(101) + "\n", "line 2: redirect_uris: holds more than 100"},
			{"apps", "id,name,created_at,disabled_at\n1,a,soon,2014\n", "line 2: created_at: " + noTime + "\nline 2: disabled_at: " + noTime},

			{"keys", "app_id\n5001\n", "line 2: key: is empty, and so is key_hash"},
			{"keys", "app_id,key,key_hash\n5001,a," + exported + "\n", "line 2: key: is given, and key_hash too"},
			{"keys", "app_id,key\n5001,鍵\n5001," + strings.Repeat("k", 256) + "\n", "line 2: key: " + form + "\nline 3: key: " + form},
			{"keys", "app_id,key\n5001,new\n5002,new\n", "line 3: key: stands in line 2 already"},
			{"keys", "app_id,key\n5002,old +key%1\n", "line 2: key: an app has it already"},
			{"keys", "app_id,key\n5004,new\n", "line 2: app_id: no app has it"},
			{"keys", "app_id,key_hash\n5001," + exported + "\n", "line 2: key_hash: an app has it already"},
			{"keys", "app_id,key_hash\n5002," + exported + "\n5001," + exported[:64] + "\n5001,secret\n", "line 2: key_hash: " + foreign + "\nline 3: key_hash: " + foreign + "\nline 4: key_hash: " + foreign},
			{"keys", "app_id,key,ends_at\n5001,new,never\n", "line 2: ends_at: " + noTime},

			{"app-items", "app_id,item\n5001,\n5001,22\n5001,first\n,hat\n5004,hat\n", "line 2: item: is empty\nline 3: item: " + none + "\nline 4: item: " + none + "\nline 5: app_id: is empty\nline 6: app_id: no app has it"},
			{"app-items", "app_id,item\n5002,104\n5001,shirt\n5002,shirt\n", "line 4: item: stands in line 2 already"},
			{"app-coords", "app_id,coord,initial\n5001,first,yes\n5001,hat,\n", "line 2: initial: must be a number from 0 to 1\nline 3: coord: " + none},
			{"app-coords", "app_id,coord\n5002,21\n5002,first\n", "line 3: coord: stands in line 2 already"},

			{"users", "id,login\n1,one\n", "line 2: pass: is empty, and so is pass_hash"},
			{"users", "id,login,pass,pass_hash\n1,one,secret," + md5 + "\n", "line 2: pass: is given, and pass_hash too"},
			{"users", "id,login,pass_hash\n1,one,secret\n", "line 2: pass_hash: " + kit.CheckStored("secret").Error()},
			{"users", "id,login,pass,pass_hash\n1,one," + strings.Repeat("長", 334) + ",\n2,two,,{plain}" + strings.Repeat("a", 1001) + "\n", "line 2: pass: is longer than 1000 bytes\nline 3: pass_hash: is longer than 1000 bytes"},
			{"users", "id,login,pass_hash\n1,," + md5 + "\n2," + strings.Repeat("長", 61) + "," + md5 + "\n3, three," + md5 + "\n4,\"a\tb\"," + md5 + "\n", "line 2: login: is empty\nline 3: login: is longer than 60 characters\nline 4: login: begins or ends with a blank, or holds a control character\nline 5: login: begins or ends with a blank, or holds a control character"},
			{"users", "id,login,pass_hash\n1,One," + md5 + "\n2,oNE," + md5 + "\n3,HANAKO," + md5 + "\n701,new," + md5 + "\n1,other," + md5 + "\n", "line 3: login: stands in line 2 already\nline 4: login: a user has it already\nline 5: id: a user has it already\nline 6: id: stands in line 2 already"},
			{"users", "id,login,pass_hash,nickname\n1,one," + md5 + "," + strings.Repeat("名", 61) + "\n2,two," + md5 + ",\"\x1b[2J\"\n", "line 2: nickname: is longer than 60 characters\nline 3: nickname: holds nothing to be seen, or a control character"},
			{"users", "id,login,pass_hash,generation\n1,one," + md5 + ",0\n", "line 2: generation: " + ids},
			{"users", "id,login,pass_hash,taste,items,saved_at\n1,a," + md5 + ",11,body smile shirt gown,\n2,b," + md5 + ",sad,body body smile,\n3,c," + md5 + ",21,hat,today\n4,d," + md5 + ",,body smile 21,\n", "line 2: items: holds two that cannot be worn together\nline 3: taste: " + none + "\nline 3: items: holds two that cannot be worn together\nline 4: saved_at: " + noTime + "\nline 4: taste: " + none + "\nline 4: items: lacks a body\nline 4: items: lacks a face\nline 5: items: holds one that is none of the catalogue's"},
			{"users", "id,login,pass_hash,items\n1,a," + md5 + "," + strings.Repeat("body ", 51) + "\n", "line 2: items: holds more than 50"},

			{"avatars", "id,app_id\n9001,5001\n8001,5001\n1,5004\n1,5001\n2,\n", "line 2: id: an avatar has it already\nline 3: id: an avatar has it already\nline 4: app_id: no app has it\nline 5: id: stands in line 4 already\nline 6: app_id: is empty"},
			{"avatars", "id,app_id,permissions,upgraded_at,items\n1,5001,None,x,hat\n", "line 2: permissions: " + scopes + "\nline 2: items: lacks a body\nline 2: items: lacks a face\nline 2: upgraded_at: " + noTime},

			{"links", "avatar_id,app_id,user_id\n9001,5001,704\n8001,5001,705\n1,5004,704\n2,5001,707\n", "line 2: avatar_id: an avatar has it already\nline 3: avatar_id: an avatar has it already\nline 4: app_id: no app has it\nline 5: user_id: no user has it"},
			{"links", "avatar_id,app_id,user_id\n1,5001,704\n1,5002,704\n2,5001,704\n3,5001,702\n4,5002,702\n", "line 3: avatar_id: stands in line 2 already\nline 4: user_id: stands in line 2 already\nline 5: user_id: the user is linked to this app already"},
			{"links", "avatar_id,app_id,user_id,permissions,linked_at,cut_at\n1,5001,704,All,x,y\n", "line 2: permissions: " + scopes + "\nline 2: linked_at: " + noTime + "\nline 2: cut_at: " + noTime},

			{"grants", "item\nhat\n", "line 2: avatar_id: is empty, and so is user_id"},
			{"grants", "avatar_id,user_id,item\n9001,701,hat\n", "line 2: avatar_id: is given, and user_id too"},
			{"grants", "avatar_id,user_id,item,app_id\n9999,,hat,\n,799,hat,\n9001,,hat,5004\n9001,,wig,\n0,,hat,\n", "line 2: avatar_id: no avatar has it\nline 3: user_id: no user has it\nline 4: app_id: no app has it\nline 5: item: " + none + "\nline 6: avatar_id: " + ids},
			{"grants", "avatar_id,user_id,item\n9001,,hat\n,701,hat\n9001,,hat\n,701,hat\n", "line 4: item: stands in line 2 already\nline 5: item: stands in line 3 already"},
		} {
			out, err := s.Run(test.file, "import", test.table, "-")
			if want := "nothing was imported:\n" + test.want; err == nil || err.Error() != want || out != "" {
				t.Errorf("%s %.120q: printed %q\n%v\nwant\n%s", test.table, test.file, out, err, want)
			}
		}
		if after := s.everything(); after != before {
			t.Errorf("a refused file changed something:\n%s\nbefore:\n%s", after, before)
		}
	})
}

func manyURIs(count int) string {
	uris := make([]string, count)
	for i := range uris {
		uris[i] = fmt.Sprintf("https://example.com/%d", i)
	}
	return strings.Join(uris, " ")
}

// Without a catalogue there is nothing that anybody could wear or use.
func TestImportWithoutACatalogue(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("id,name\n7,One\n", "import", "apps", "-")
		for _, test := range []struct{ table, file string }{
			{"app-items", "app_id,item\n"}, {"app-coords", "app_id,coord\n"}, {"users", "id,login\n"}, {"avatars", "id,app_id\n"}, {"grants", "user_id,item\n"},
		} {
			if _, err := s.Run(test.file, "import", test.table, "-"); !errors.Is(err, errNoCatalogue) {
				t.Errorf("%s: %v", test.table, err)
			}
		}
		if out := s.Must("avatar_id,app_id,user_id\n", "import", "links", "-"); out != "0 links imported\n" {
			t.Errorf("printed %q", out)
		}
		for _, table := range movedTables[2:] {
			if out := s.Must("", "export", table); strings.Count(out, "\r\n") != 1 {
				t.Errorf("%s exported: %q", table, out)
			}
		}
	})
}

// As many faults are told as MaxFaults, in the order of the lines, also where
// the database finds some of them only after a batch.
func TestImportTellsTheFirstFaults(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	s.Must("id,name\n7,One\n", "import", "apps", "-")
	_, err := s.Run(bulkFile("id,app_id,permissions", "%d,8,AvatarLoad", ""), "import", "avatars", "-")
	want := []string{"nothing was imported:"}
	for line := range kit.MaxFaults {
		want = append(want, fmt.Sprintf("line %d: app_id: no app has it", line+2))
	}
	want = append(want, "stopped after 20 faults; there may be more")
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v", err)
	}
}

// FuzzWorn lets what somebody wears be refused, or be worn by them together; and
// it is read as it is written.
func FuzzWorn(f *testing.F) {
	for _, worn := range [][3]string{
		{"", "", ""},
		{"calm", "body smile", "2015-01-01"},
		{"12", "106 102 101", "2015-01-01T00:00:00.001Z"},
		{"21", "body  smile\tgown bob", "x"},
		{"0", "body body smile", ""},
		{"-1", "body smile shirt gown", "0001-01-01"},
		{"calm ", "９", "9999-12-31 23:59:59"},
	} {
		f.Add(worn[0], worn[1], worn[2])
	}
	brought, err := catalogue.Load(os.DirFS(wardrobe(f, smallWardrobe)), nil)
	if err != nil {
		f.Fatal(err)
	}
	rows, err := merge(brought, catalogueRows{})
	if err != nil {
		f.Fatal(err)
	}
	rows.head.Generation = 1
	all, err := newIndex(rows)
	if err != nil {
		f.Fatal(err)
	}
	known := keysIn(rows)
	f.Fuzz(func(t *testing.T, taste, items, savedAt string) {
		worn, err := readWorn(t, all, taste, items, savedAt)
		if err != nil {
			return
		}
		if all.tastes[worn.Taste] == nil || len(all.wornBy(worn.outfit)) != len(worn.Items) {
			t.Errorf("something of %+v is none of the catalogue's", worn)
		}
		var on outfit
		for _, one := range all.wornBy(worn.outfit) {
			on = on.with(all.closet, one)
		}
		if len(on.Items) != len(worn.Items) {
			t.Errorf("not all of %v can be worn together", worn.Items)
		}
		written, err := wornOut(wearerRow{Items: joinIDs(worn.Items), TasteID: worn.Taste, SavedAt: worn.savedAt}, known)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readWorn(t, all, written[0], written[1], written[2])
		if err != nil || !slices.Equal(again.Items, worn.Items) || again.Taste != worn.Taste || again.savedAt != worn.savedAt {
			t.Errorf("%+v written as %q is read as %+v, %v", worn, written, again, err)
		}
	})
}

// readWorn reads one row of a file.
func readWorn(t *testing.T, all *index, values ...string) (worn wearing, err error) {
	t.Helper()
	var text strings.Builder
	out := csv.NewWriter(&text)
	_ = out.WriteAll([][]string{append(slices.Clone(wornColumns), "id"), append(values, "1")})
	file, err := kit.OpenCSV("-", strings.NewReader(text.String()), kit.CSVColumns(append(slices.Clone(wornColumns), "id")...))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = file.Check(t.Context(), func(row kit.CSVRow) error {
		fields := kit.NewCSVFields(row)
		worn = wornIn(fields, all)
		return fields.Err()
	})
	return worn, err
}
