package crm

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// awkward are texts that an export must write so that an import reads the same.
var awkward = []string{
	"a,b", `"q"`, `"`, "line\r\nbreak", "\n", "\r", "=1+1", " space ", "　", "\ufeff", "Chloé", "ﾕｷ①髙～", "𠮷", "\\n", "'", "\t",
}

// lived is a tenant with a past: what came in by an import, and what happened
// over the gateway since.
func (s shell) lived() *house {
	s.T.Helper()
	s.addTenant(demoTenant)
	s.takeOver(demoTenant, oldChain(s.T))
	h := s.house()
	h.token = h.enter(prefix)
	code, token := h.signUp("newcomer")
	params := []string{"Name", "Kana", "address1", "address2", "address3", "Email", "Memo", "Tanto", "division01", "division02", "division03", "expandmemo"}
	for i, param := range params {
		h.call("Set_UserInfo2", "tokenid", token, "user_code", code, "Segment", "1", param, awkward[i]).want(s.T, param, "0")
	}
	h.call("Set_UserInfo2", "tokenid", token, "user_code", code, "Segment", "2", "hintans", "ポチ,\"\r\n", "Birth", "19991231",
		"Attribute1", `[{"AttrID":"b,\""},{"AttrID":"a"},{"AttrID":"unknown"}]`).want(s.T, "attributes", "0")
	for i, text := range awkward {
		s.Must("\ufeffkind,id,name\n1,"+string(rune('A'+i))+",\""+strings.ReplaceAll(text, `"`, `""`)+"\"\n", "import", "attributes", "-")
		h.call("Set_UserPoint", "user_code", code, "sales_date", "20140501", "sales_division", "10", "sales_shop", "0001", "register_no", "02",
			"receipt_no", string(rune('A'+i)), "get_point", "10", "use_point", "3", "user_remarks", text).want(s.T, "a sale", "0")
	}
	h.call("Get_UserToken", "user_loginid", "sato", "user_pasword", "second2").want(s.T, "a login that is free", "0")
	leaving, token := h.signUp("leaving")
	h.call("Set_UserInfo2", "tokenid", token, "user_code", leaving, "Segment", "1", "Attribute2", `[{"AttrID":"0001"}]`).want(s.T, "attributes", "0")
	h.call("Set_DelFlg", "tokenid", token, "user_code", leaving).want(s.T, "leaving", "0")
	return h
}

// What was exported imports into an empty database of any kind, exports again to
// the byte, and works there as it did.
func TestExportImports(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := s.lived()
		storetest.Widen(t, s.Stores)
		tables := s.exported(demoTenant)
		for table, want := range map[string]string{
			"customers": "\"line\r\nbreak\"", "attributes": "Chloé", "logins": "sato,0000000000008", "points": "期首残高", "sales": "1-1,",
		} {
			if !strings.Contains(tables[table], want) || !strings.HasPrefix(tables[table], "\ufeff") {
				t.Errorf("%s lacks %q:\n%s", table, want, tables[table])
			}
		}
		for _, combination := range storetest.Combinations {
			elsewhere := newShell(t, combination)
			elsewhere.addTenant(demoTenant)
			elsewhere.takeOver(demoTenant, tables)
			again := elsewhere.exported(demoTenant)
			for _, table := range crmTables {
				if again[table] != tables[table] {
					t.Errorf("%s exported again:\n%q\nat first:\n%q", table, again[table], tables[table])
				}
			}
			there := elsewhere.house()
			there.token = there.enter(prefix)
			for _, call := range [][]string{
				{"Get_UserInfo2", "tokenid", takahashiToken, "uuid", "device of taka"},
				{"Get_UserInfo2", "tokenid", h.tokenOf("newcomer"), "uuid", "device of newcomer"},
				{"Get_UserPoint", "user_code", "0000000000007"},
				{"Get_UserPoint", "user_code", "0000000000010"}, // who left
				{"Get_SalesInfo", "tokenid", takahashiToken, "user_code", "0000000000007", "month", "201404"},
			} {
				if was, is := h.call(call[0], call[1:]...), there.call(call[0], call[1:]...); is.body != was.body {
					t.Errorf("%s answers\n%s\nwhat was\n%s", call[0], is.body, was.body)
				}
			}
			there.call("Get_UserInfo2", "tokenid", satoToken, "uuid", "new telephone").want(t, "a login that was free", "0")
			there.call("Get_UserInfo2", "tokenid", satoToken, "uuid", "another").want(t, "and is no more", "-31003")
			if code, _ := there.signUp("next"); code != "0000000000011" {
				t.Errorf("the next code is %s", code)
			}
		}
	})
}

// The number of the next new customer goes along where the codes do not tell it.
func TestExportTellsTheLastNumber(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		export := func() (file, said string) {
			var out, errors bytes.Buffer
			if err := s.RunTo(&out, &errors, "", "export", "customers"); err != nil {
				t.Fatal(err)
			}
			return out.String(), errors.String()
		}
		for _, step := range []struct{ codes, last, said string }{
			{"", "", ""},
			{"code\n0000000000007\n", "7", ""},
			{"code\n9999999999999\n", "41", "Import this with --last-number 41.\n"},
			{"code\n0000000000042\n", "9999999999999", ""},
		} {
			if step.codes != "" {
				s.Must(step.codes, "import", "customers", "-", "--last-number", step.last)
			}
			if _, said := export(); said != step.said {
				t.Errorf("after --last-number %s it says %q, want %q", step.last, said, step.said)
			}
		}
	})
}

// Set_UserInfo2 takes no attribute that an export could not write among others.
func TestAttributesThatNoExportWrites(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	s.addTenant(demoTenant)
	h := s.house()
	h.token = h.enter(prefix)
	code, token := h.signUp("newcomer")
	for _, id := range []string{"a b", "a　b", " a", "a\\n", "."} {
		h.call("Set_UserInfo2", "tokenid", token, "user_code", code, "Segment", "1", "Attribute1", `[{"AttrID":"01"},{"AttrID":"`+id+`"}]`).want(t, id, "-28001")
	}
	if kept := h.customer(code).attributes; len(kept) != 0 {
		t.Errorf("kept %v", kept)
	}
}

// An export goes to a file that only its user can read, and is the same on
// standard output.
func TestExportToAFile(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	s.populate()
	for _, table := range crmTables {
		path := filepath.Join(t.TempDir(), table+".csv")
		s.Must("", "export", table, path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want only this user to read it", table, info.Mode(), err)
		}
		if out := s.Must("", "export", table); out != string(content) {
			t.Errorf("%s: the file and standard output differ:\n%s\n%s", table, content, out)
		}
	}
}

// More rows than two statements give.
func TestExportInBulk(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.populate()
		s.addTenant(otherTenant)
		for _, test := range inBulk {
			s.Must(bulkFile(test.header, test.row, ""), "import", test.table, "-", "--tenant", demoTenant)
		}
		tables := s.exported(demoTenant)
		s.takeOver(otherTenant, tables)
		again := s.exported(otherTenant)
		for _, table := range crmTables {
			if again[table] != tables[table] {
				t.Errorf("%s exported again:\n%s\nat first:\n%s", table, again[table], tables[table])
			}
		}
	})
}

// Under a changed secret TokenIDs, devices and hint answers are what they were.
func TestReseal(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			config := storetest.Config(t, combination)
			s := shell{kittest.OpenShell(t, config, addCommands)}
			h := s.lived()
			before := s.exported(demoTenant)
			token := h.tokenOf("newcomer")

			config.SecretPrevious, config.Secret = config.Secret, "the new secret, 32 characters long"
			changed := map[string]int{}
			if err := storetest.OpenConfig(t, config).Reseal(t.Context(), func(table string, n int) { changed[table] += n }); err != nil {
				t.Fatal(err)
			}
			if changed[tableLogins] == 0 {
				t.Errorf("sealed anew: %v", changed)
			}
			config.SecretPrevious = ""
			after := shell{kittest.OpenShell(t, config, addCommands)}
			for table, was := range before {
				if is := after.Must("", "export", table); is != was {
					t.Errorf("%s was\n%s\nand is\n%s", table, was, is)
				}
			}
			h = after.house()
			h.token = h.enter(prefix)
			h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "another device").want(t, "another device", "-31003")
			a := h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "device of taka")
			if a.want(t, "an imported TokenID", "0"); a.User["HintAns"] != "ﾎﾟﾁ" {
				t.Errorf("%s", a.body)
			}
			h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of newcomer").want(t, "a made TokenID", "0")
			if a := h.call("Get_UserToken", "user_loginid", "taka", "user_pasword", "first1"); a.TokenID != takahashiToken {
				t.Errorf("%s", a.body)
			}
		})
	}
}
