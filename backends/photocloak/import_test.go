package photocloak

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// photoFolder puts photos into a folder of their own, by name.
func photoFolder(t *testing.T, photos map[string][]byte) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range photos {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// An old service comes in whole: its members log in with the passwords they
// always had, and its cloaks are found under their ids and numbers.
func TestImport(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		sum := sha256.Sum256([]byte("salty" + "third"))
		for _, step := range []struct{ table, file, want string }{
			{"clients", "client_id,name,secret,secret_ends_at\n" +
				"app,アプリ,old %+secret,\n" +
				"app,アプリ,older secret,2015-04-01\n" +
				"other,別,secret,\n", "2 clients imported\n"},
			{"members", "\uFEFFid,mail,name,pass,pass_hash,created_at,disabled_at\n" +
				"70,one@example.com,一,first,,2015-04-01 09:00:00,\n" +
				"5,two@example.com,二,,{plain}second,2015-04-02,\n" +
				"6,Three@example.com,\"三, \"\"san\"\"\",,{sha256:salt+password}salty$" + hex.EncodeToString(sum[:]) + ",2015-04-03T09:00:00+09:00,\n" +
				"7,four@example.com,四,fourth,,,2016-01-01\n", "4 members imported\n"},
			{"cloaks", "id,member_id,name,description,prefix,no,status,scope,lock,lock_hash,can_download,views,created_at,ends_at\n" +
				"90,70,海の箱,\"一行目\r\n二行目\",ume,11,1,,,,1,123,2018-03-27 12:34:56,2099-01-01\n" +
				"12,5,鍵の箱,,matsu,5,1,1,umi2018,,,,2018-03-27,2099-01-01\n" +
				"13,5,古い鍵,,matsu,6,8,1,,{md5}" + hex.EncodeToString(make([]byte, 16)) + ",,,,2099-01-01\n", "3 cloaks imported\n"},
			{"tags", "cloak_id,tag\n90,夏\n12,山\n90,Ｓｅａ\n", "3 tags imported\n"},
			{"follows", "member_id,cloak_id,created_at\n70,12,2018-04-01\n5,90,\n", "2 follows imported\n"},
		} {
			if out := s.Must(step.file, "import", step.table, "-"); out != step.want {
				t.Errorf("%s: printed %q", step.table, out)
			}
		}
		folder := photoFolder(t, map[string][]byte{"2018/a.jpg": drawJPEG(t, 40, 20, 1), "b.jpg": drawJPEG(t, 20, 40, 2)})
		out := s.Must("id,cloak_id,member_id,my_photo_id,name,file,account_picture,views\n"+
			"500,90,,77,海.jpg,2018/a.jpg,1,40\n31,12,70,,,b.jpg,,\n", "import", "photos", "-", "--folder", folder)
		if out != "2 photos imported\n" {
			t.Errorf("printed %q", out)
		}

		if !s.opens("app", "old %+secret") || s.opens("app", "older secret") || !s.opens("other", "secret") {
			t.Error("the clients' secrets")
		}
		for mail, want := range map[string][2]string{"one@example.com": {"first", "70"}, "two@example.com": {"second", "5"}, "three@example.com": {"third", "6"}} {
			if m, right := s.logsIn(mail, want[0]); !right || m.ID != want[1] {
				t.Errorf("%s: %+v, %v", mail, m, right)
			}
		}
		if _, right := s.logsIn("four@example.com", "fourth"); right {
			t.Error("who was disabled logs in")
		}

		h := newHouse(t, s.Stores)
		for query, want := range map[string]string{
			"search?" + form("tg", "sea 二行"):      `"CloakId":"90"`,
			"check?" + form("pd", "松", "no", "5"): `{"ScopeType":"1","CloakID":"12","Name":"鍵の箱"}`,
		} {
			if got := h.get("", "/api/v2/cloaks/"+query, ""); !strings.Contains(got.body, want) {
				t.Errorf("%s: %s", query, got.body)
			}
		}
		shownCloak := h.get("", "/api/v2/cloaks", "ci=90").body
		for _, want := range []string{
			`"ViewCount":"123"`, `"CreateDatetime":"2018-03-27T12:34:56+09:00"`, `"Tags":[{"CloakID":"90","Tag":"夏"},{"CloakID":"90","Tag":"Ｓｅａ"}]`,
			`"CloakImageID":"500"`, `"MyPhotoImageID":"77"`, `"ImageName":"海.jpg","ViewCount":"40"`, `"MemberID":"70"`,
		} {
			if !strings.Contains(shownCloak, want) {
				t.Errorf("the cloak lacks %s: %s", want, shownCloak)
			}
		}
		if got := h.get("", "/api/v2/photos", "ci=90&cd=500"); got.body != string(drawJPEG(t, 40, 20, 1)) {
			t.Errorf("the original has %d bytes, status %d", len(got.body), got.status)
		}
		if images := h.images(); images[0].Name != "31.jpg" || images[0].MyPhotoID != 31 || images[0].Height != 40 {
			t.Errorf("what was left out: %+v", images[0])
		}
		locked, err := h.service.store.cloak(t.Context(), 12)
		if err != nil || !strings.HasPrefix(locked.LockHash, "$argon2id$") || !rightLock(t, locked, "umi2018") {
			t.Errorf("the cloak's password: %+v, %v", locked, err)
		}

		// Ids go on behind the highest.
		if made := shown(t, shownMember, s.Must("", "member", "add", "--mail", "next@example.com", "--name", "次")); made[0] != "73" { // umiyama and yamada came between
			t.Errorf("the next member is %s", made[0])
		}
		if next := h.addCloak(func(c *cloak) { c.Prefix = "momo" }); next.ID != 91 {
			t.Errorf("the next cloak is %d", next.ID)
		}
		c := h.addCloak(func(c *cloak) { c.Prefix = "momo" })
		if next := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 3)); next.ID != 501 {
			t.Errorf("the next photo is %d", next.ID)
		}
	})
}

// imports takes in what another shell exported.
func (s shell) imports(tables map[string]string, folder string) {
	s.T.Helper()
	for _, table := range []string{"members", "cloaks", "tags", "follows"} {
		s.Must(tables[table], "import", table, "-")
	}
	s.Must(tables["photos"], "import", "photos", "-", "--folder", folder)
}

// What was exported imports into an empty database, and exports again to the
// byte, from each combination of stores into each.
func TestExportImports(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.demo()
		storetest.Widen(t, s.Stores)
		h := newHouse(t, s.Stores)
		for i, text := range []string{"a,b", `"q"`, "line\r\nbreak", "=1+1", " space ", "\ufeff"} {
			addAlbum(t, s.Stores, cloak{Name: text, Description: text, Status: int64([]int{statusMaking, statusPublic, statusPaused}[i%3]), PublishedAt: int64(i%3) * 1e12}, []string{"=海", `"夏"`})
		}
		deleted := h.addCloak(func(c *cloak) { c.Prefix = "take" })
		h.post(umiyama, "/api/v2/mycloaks/delete", ci(deleted)).wantEmpty(t, "deleting")
		h.post(yamada, "/api/v2/mycloaks/addfollow", "ci=1").wantEmpty(t, "following")
		picture := h.mustUpload(yamada, 1, drawJPEG(t, 30, 20, 7))
		h.post(yamada, "/api/v2/account/update", query("cd", picture.ID)).wantEmpty(t, "setting the picture")
		h.post("", lookPath, query("cd", picture.ID)).wantEmpty(t, "looking")
		h.writeViewsBack()
		s.Must("", "client", "rotate", demoClient)
		s.Must("", "client", "disable", demoClient)
		s.Must("", "member", "disable", umiyama)

		tables, folder := s.exported()
		for table, want := range map[string]string{"photos": picture.Name + ",4.jpg,1,1,", "cloaks": "\"line\r\nbreak\"", "tags": "1,海\r\n1,夏\r\n", "follows": "2,1,"} {
			if !strings.Contains(tables[table], want) {
				t.Errorf("%s lacks %q:\n%s", table, want, tables[table])
			}
		}
		path := filepath.Join(t.TempDir(), "members.csv")
		s.Must("", "export", "members", path)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v, want only this user to read it", info.Mode(), err)
		}

		for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
			elsewhere := newShell(t, combination)
			elsewhere.Must(tables["clients"], "import", "clients", "-") // the tests' secret is one
			elsewhere.imports(tables, folder)
			again, folderAgain := elsewhere.exported()
			for table := range tables {
				if again[table] != tables[table] {
					t.Errorf("%s exported again:\n%s\nat first:\n%s", table, again[table], tables[table])
				}
			}
			for i := range 4 {
				name := fmt.Sprintf("%d.jpg", i+1)
				first, err1 := os.ReadFile(filepath.Join(folder, name))
				second, err2 := os.ReadFile(filepath.Join(folderAgain, name))
				if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
					t.Errorf("photo %s is another: %v %v", name, err1, err2)
				}
			}
		}
	})
}

// Everything that is wrong with a file is told with its line, without a value
// of it, and nothing comes in.
func TestImportRefuses(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("client_id,name,secret\nthere,n,k\n", "import", "clients", "-")
		s.Must("id,mail,name,pass\n1,there@example.com,n,p\n2,two@example.com,n,p\n", "import", "members", "-")
		s.Must("id,member_id,name,prefix,no,status,ends_at\n1,1,n,ume,11,1,2099-01-01\n2,1,n,ume,12,1,2099-01-01\n", "import", "cloaks", "-")
		s.Must("cloak_id,tag\n1,海\n", "import", "tags", "-")
		s.Must("member_id,cloak_id\n2,1\n", "import", "follows", "-")
		before, _ := s.exported()
		foreign := hex.EncodeToString(make([]byte, 32))
		const cloaks = "id,member_id,name,prefix,no,status,scope,lock,ends_at\n"
		for _, test := range []struct{ what, file, want string }{
			{"clients", "client_id,name,secret\nthere,n,k2\n", "line 2: client_id: there is such a client already"},
			{"clients", "client_id,name,secret\na:b,n,secret\n", "line 2: client_id: must have 1 to 255 bytes, without a colon"},
			{"clients", "client_id,name,secret\na,n,\n", "line 2: secret: is empty, and so is secret_hash"},
			{"clients", "client_id,name,secret,secret_hash\na,n,secret," + foreign + "\n", "line 2: secret: is given, and secret_hash too"},
			{"clients", "client_id,name,secret_hash\na,n," + foreign + ".0011223344556677\n", "line 2: secret_hash: was not exported"},
			{"clients", "client_id,name,secret\na,n,k\na,m,k2\n", "line 3: client_id: stands in an earlier line with another name"},
			{"clients", "client_id,name,secret\na,n,k\na,n,k\n", "line 3: secret: stands in an earlier line of this client too"},
			{"members", "", "line 1: the file is empty"},
			{"members", "id,mail,name,colour\n", `line 1: unknown column "colour"`},
			{"members", "mail,name,pass\nm@example.com,n,p\n", "line 1: id: the column is missing"},
			{"members", "id,mail,name,pass\n,m@example.com,n,p\n", "line 2: id: is empty"},
			{"members", "id,mail,name,pass\n0,m@example.com,n,p\n", "line 2: id: must be a number from 1 to 9007199254740991"},
			{"members", "id,mail,name,pass\n1,m@example.com,n,p\n", "line 2: id: a member has it already"},
			{"members", "id,mail,name,pass\n3,THERE@example.com,n,p\n", "line 2: mail: a member has it already"},
			{"members", "id,mail,name,pass\n3,m@example.com,n,p\n3,M@example.com,n,p\n", "line 3: id: stands in line 2 already\nline 3: mail: stands in line 2 already"},
			{"members", "id,mail,name,pass\n3,no mail,n,p\n", "line 2: mail: is no mail address"},
			{"members", "id,mail,name,pass\n3,m@example.com," + strings.Repeat("名", 51) + ",p\n", "line 2: name: is longer than 50 characters"},
			{"members", "id,mail,name\n3,m@example.com,n\n", "line 2: pass: is empty, and so is pass_hash"},
			{"members", "id,mail,name,pass_hash\n3,m@example.com,n,secret\n", "line 2: pass_hash: a password hash of no known form"},
			{"members", "id,mail,name,pass,pass_hash\n3,m@example.com,n,p,{plain}secret\n", "line 2: pass: is given, and pass_hash too"},
			{"members", "id,mail,name,pass,created_at\n3,m@example.com,n,p,yesterday\n", "line 2: created_at: is no time"},
			{"cloaks", cloaks + "1,1,n,take,1,1,,,2099-01-01\n", "line 2: id: a cloak has it already"},
			{"cloaks", cloaks + "3,1,n,ume,11,1,,,2099-01-01\n", "line 2: no: a cloak has this number already"},
			{"cloaks", cloaks + "3,1,n,take,1,1,,,2099-01-01\n4,1,n,take,1,1,,,2099-01-01\n", "line 3: no: stands in line 2 already"},
			{"cloaks", cloaks + "3,9,n,take,1,1,,,2099-01-01\n", "line 2: member_id: no member has it"},
			{"cloaks", cloaks + "3,1,,take,1,1,,,2099-01-01\n", "line 2: name: is empty"},
			{"cloaks", cloaks + "3,1,n,梅,1,1,,,2099-01-01\n", "line 2: prefix: must be 1 to 20 letters a to z"},
			{"cloaks", cloaks + "3,1,n,take,0,1,,,2099-01-01\n", "line 2: no: must be a number from 1 to 100000000"},
			{"cloaks", cloaks + "3,1,n,take,1,3,,,2099-01-01\n", "line 2: status: must be 0, 1 or 8"},
			{"cloaks", cloaks + "3,1,n,take,1,1,1,,2099-01-01\n", "line 2: lock: is empty, and so is lock_hash, but scope is 1"},
			{"cloaks", cloaks + "3,1,n,take,1,1,1,abc,2099-01-01\n", "line 2: lock: must have 4 to 20 characters"},
			{"cloaks", cloaks + "3,1,n,take,1,1,,,\n", "line 2: ends_at: is empty"},
			{"tags", "cloak_id,tag\n9,海\n", "line 2: cloak_id: no cloak has it"},
			{"tags", "cloak_id,tag\n1,海\n", "line 2: cloak_id: the cloak has tags already"},
			{"tags", "cloak_id,tag\n2,海 山\n", "line 2: tag: holds white space or a comma"},
			{"tags", "cloak_id,tag\n2,Sea\n2,ｓｅａ\n", "line 3: tag: stands in an earlier line of this cloak too"},
			{"tags", "cloak_id,tag\n2," + strings.Repeat("海", 51) + "\n", "line 2: tag: is longer than 50 characters"},
			{"tags", "cloak_id,tag\n" + manyTags(21), "line 22: tag: is one too many: a cloak has at most 20"},
			{"follows", "member_id,cloak_id\n9,1\n", "line 2: member_id: no member has it"},
			{"follows", "member_id,cloak_id\n2,9\n", "line 2: cloak_id: no cloak has it"},
			{"follows", "member_id,cloak_id\n1,1\n", "line 2: cloak_id: it is the member's own cloak"},
			{"follows", "member_id,cloak_id\n2,1\n", "line 2: cloak_id: the member follows it already"},
			{"follows", "member_id,cloak_id\n2,2\n2,2\n", "line 3: cloak_id: stands in line 2 already"},
		} {
			_, err := s.Run(test.file, "import", test.what, "-")
			if err == nil || !strings.HasPrefix(err.Error(), "nothing was imported:\n") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s %q: %v, want %q", test.what, test.file, err, test.want)
			}
			if err != nil && strings.Contains(strings.ReplaceAll(strings.ReplaceAll(err.Error(), "secret_hash", ""), ": secret:", ""), "secret:") {
				t.Errorf("a value is quoted: %v", err)
			}
		}
		if after, _ := s.exported(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}

func manyTags(n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "2,tag%d\n", i)
	}
	return lines.String()
}

// A file that is no photo is told with its line, and of those before it nothing
// is left either.
func TestImportPhotosRefuses(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := newHouse(t, s.Stores)
		c := h.addCloak(nil)
		good := drawJPEG(t, 40, 20, 1)
		h.mustUpload(umiyama, c.ID, good)
		folder := photoFolder(t, map[string][]byte{
			"good.jpg": good, "png.jpg": []byte("\x89PNG\r\n\x1a\n and so on"), "cut.jpg": good[:len(good)/2],
			"large.jpg": padJPEG(good, largestFile+1), "sub/good.jpg": good,
		})
		if err := os.Symlink("/etc/passwd", filepath.Join(folder, "link.jpg")); err != nil {
			t.Fatal(err)
		}
		before, _ := s.exported()
		const head = "id,cloak_id,member_id,file,account_picture\n"
		line := func(id int64, rest string) string { return csvNumbers(id, c.ID) + "," + rest + "\n" }
		for _, test := range []struct{ file, want string }{
			{line(1, ",good.jpg,"), "line 2: id: a photo has it already"},
			{line(9, ",good.jpg,") + line(9, ",good.jpg,"), "line 3: id: stands in line 2 already"},
			{csvNumbers(9, 99) + ",,good.jpg,\n", "line 2: cloak_id: no cloak has it"},
			{line(9, "99,good.jpg,"), "line 2: member_id: no member has it"},
			{line(9, ",,"), "line 2: file: is empty"},
			{line(9, ",none.jpg,"), "line 2: file: is not in the folder"},
			{line(9, ",../good.jpg,"), "line 2: file: cannot be read below the folder"},
			{line(9, ",link.jpg,"), "line 2: file: cannot be read below the folder"},
			{line(9, ",sub,"), "line 2: file: is no file"},
			{line(9, ",large.jpg,"), "line 2: file: is larger than 20 MiB"},
			{line(9, ",good.jpg,") + line(10, ",png.jpg,") + line(11, ",cut.jpg,"), "line 3: file: is no JPEG file, or of a rare kind\nline 4: file: is a broken or truncated JPEG file"},
			{line(9, ",good.jpg,1") + line(10, ",sub/good.jpg,1"), "line 3: account_picture: the member has a picture already"},
		} {
			_, err := s.Run(head+test.file, "import", "photos", "-", "--folder", folder)
			if err == nil || err.Error() != "nothing was imported:\n"+test.want {
				t.Errorf("%q: %v, want %q", test.file, err, test.want)
			}
		}
		if _, err := s.Run(head, "import", "photos", "-", "--folder", filepath.Join(folder, "none")); err == nil {
			t.Error("a folder that is not there")
		}
		if n := len(h.blobs()); n != 3 {
			t.Errorf("%d files are left, want those of the photo that was there", n)
		}
		if after, _ := s.exported(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		s.Must("id,cloak_id,file\n"+csvNumbers(9, c.ID)+",good.jpg\n", "import", "photos", "-", "--folder", folder)
	})
}

// What somebody else takes between the check and the transaction takes nothing
// away from them, and no file stays.
func TestImportPhotosLosesARace(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := newHouse(t, s.Stores)
		c := h.addCloak(nil)
		folder := photoFolder(t, map[string][]byte{"good.jpg": drawJPEG(t, 40, 20, 1)})
		root, err := os.OpenRoot(folder)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		coming := []*comingPhoto{{image: image{ID: 1, CloakID: c.ID, MemberID: c.MemberID}, file: "good.jpg"}}
		if err := keepPhotos(t.Context(), s.Stores.Blobs, root, coming); err != nil {
			t.Fatal(err)
		}
		h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 2))
		kept := store{s.Stores.SQL}
		if err := kept.importPhotos(t.Context(), coming); err == nil {
			t.Fatal("one id stands for two photos")
		}
		if err := forgetPhotos(t.Context(), kept, s.Stores.Blobs, coming); err != nil {
			t.Fatal(err)
		}
		if n := len(h.blobs()); n != 3 {
			t.Errorf("%d files are left, want those of the upload", n)
		}

		// Only the answer to the commit was lost: what a row has stays.
		images := h.images()
		coming[0].Blob = images[0].Blob
		if err := forgetPhotos(t.Context(), kept, s.Stores.Blobs, coming); err != nil || len(h.blobs()) != 3 {
			t.Errorf("%d files are left, %v", len(h.blobs()), err)
		}
	})
}

// More rows than one statement takes.
func TestImportInBatches(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		const hash = "{md5}5f4dcc3b5aa765d61d8327deb882cf99" // password
		files := map[string]*strings.Builder{}
		write := func(table, format string, values ...any) {
			if files[table] == nil {
				files[table] = new(strings.Builder)
			}
			fmt.Fprintf(files[table], format, values...)
		}
		write("clients", "client_id,name,secret\n")
		write("members", "id,mail,name,pass_hash\n")
		write("cloaks", "id,member_id,name,prefix,no,status,ends_at,views\n")
		write("tags", "cloak_id,tag\n")
		write("follows", "member_id,cloak_id\n")
		const rows = 2*batch + 1
		for i := rows; i > 0; i-- {
			write("clients", "c%d,n,s\n", i)
			write("members", "%d,m%d@example.com,n,%s\n", i, i, hash)
			write("cloaks", "%d,%d,箱,take,%d,1,2099-01-01,%d\n", i, i, i, i)
			write("tags", "%d,海\n", i)
			write("follows", "%d,%d\n", i, i%rows+1)
		}
		for _, table := range []string{"clients", "members", "cloaks", "tags", "follows"} {
			if out := s.Must(files[table].String(), "import", table, "-"); out != fmt.Sprintf("%d %s imported\n", rows, table) {
				t.Errorf("printed %q", out)
			}
			if lines := strings.Count(s.Must("", "export", table), "\r\n"); lines != rows+1 {
				t.Errorf("%d lines of %s exported, want %d", lines, table, rows+1)
			}
			_, err := s.Run(files[table].String(), "import", table, "-")
			if err == nil || strings.Count(err.Error(), "\n") != kit.MaxFaults+1 || !strings.Contains(err.Error(), "there may be more") {
				t.Errorf("%s again, twenty faults are enough: %v", table, err)
			}
		}
	})
}

// An interrupt ends an import of photos, and leaves nothing.
func TestImportPhotosIsInterrupted(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := newHouse(t, s.Stores)
		c := h.addCloak(nil)
		folder := photoFolder(t, map[string][]byte{"good.jpg": drawJPEG(t, 40, 20, 1)})
		root, err := os.OpenRoot(folder)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		file, err := kit.OpenCSV("-", strings.NewReader("id,cloak_id,file\n"+csvNumbers(9, c.ID)+",good.jpg\n"), photosFormat)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		interrupted, interrupt := context.WithCancel(t.Context())
		breaking := &stores.Stores{SQL: s.Stores.SQL, Sessions: s.Stores.Sessions, Blobs: brokenBlobs{Blobs: s.Stores.Blobs, put: func(key string) error {
			if strings.HasSuffix(key, "large.jpg") {
				interrupt()
				return interrupted.Err()
			}
			return nil
		}}}
		if n, err := importPhotos(interrupted, breaking, file, root); n != 0 || err == nil {
			t.Errorf("%d photos came in, %v", n, err)
		}
		if n := len(h.blobs()); n != 0 {
			t.Errorf("%d files are left", n)
		}
		if working, err := takeTenure(t.Context(), s.Stores.Sessions, janitorLock); working == nil || err != nil {
			t.Errorf("the janitor is still kept out: %v", err)
		} else {
			working.end()
		}
	})
}

// What a running gateway deletes during an export is not in it; a file that is
// lost under a photo is an error.
func TestExportPhotosMeanwhile(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := newHouse(t, s.Stores)
		c := h.addCloak(nil)
		gone, stays := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1)), h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 2))
		deleting := &stores.Stores{SQL: s.Stores.SQL, Blobs: brokenBlobs{Blobs: s.Stores.Blobs, get: func(key string) error {
			if key != blobKey(gone.Blob, originalPhoto) {
				return nil
			}
			if _, err := h.service.store.removePhoto(t.Context(), gone, 1); err != nil {
				t.Error(err)
			}
			return stores.ErrNotFound
		}}}
		var out strings.Builder
		file, err := kit.CreateCSV("-", &out, photoColumns...)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(exportPhotos(t.Context(), deleting, file, t.TempDir()), file.Close()); err != nil {
			t.Error(err)
		}
		rows := strings.Split(strings.TrimSpace(out.String()), "\r\n")
		if len(rows) != 2 || !strings.HasPrefix(rows[1], csvNumbers(stays.ID, c.ID)) {
			t.Errorf("exported:\n%s", out.String())
		}
		if err := s.Stores.Blobs.Delete(t.Context(), blobKey(stays.Blob, originalPhoto)); err != nil {
			t.Fatal(err)
		}
		if err := exportPhotos(t.Context(), s.Stores, file, t.TempDir()); !errors.Is(err, stores.ErrNotFound) {
			t.Errorf("a lost file is passed over: %v", err)
		}
	})
}
