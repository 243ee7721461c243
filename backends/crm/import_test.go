package crm

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores/storetest"
)

// The TokenIDs that the old chain's customers have.
const (
	takahashiToken = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	satoToken      = "OLD-TOKEN"
)

// oldChain is a chain's old database as its operator hands it over.
func oldChain(t *testing.T) map[string]string {
	t.Helper()
	plainSum, saltedSum := md5.Sum([]byte("first1")), sha256.Sum256([]byte("salty"+"second2"))
	bcrypted, err := bcrypt.GenerateFromPassword([]byte("third3"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"shops": "code,name\r\n0001,池袋店\r\n0002,新宿店～南口\r\n",
		"ranks": "code,name,rate\r\n5,ゴールド,1.05\r\n6,シルバー,1\r\n",
		"attributes": "kind,id,name\r\n" +
			"1,01,ｼﾛｯﾌﾟ\r\n1,03,①番館\r\n2,0001,池袋店\r\n",
		"customers": "code,name,kana,postal_code,address1,tel1,tel2,email,rank,shop,birth,memo,gender,tanto,total_shop_count,total_sales_count," +
			"total_sales_amount,segment,division01,division10,expand_memo,last_shop_date,last_year_point,resist_date,has_left,left_date,attribute1,attribute2\r\n" +
			"0000000000007,髙橋　一,ﾀｶﾊｼ ﾊｼﾞﾒ,170-0013,\"豊島区東池袋1～2, ①号室\",03-1111-2222,.,taka@example.com,5,0001,19800229,\"一行目\r\n二行目\"," +
			"2,0042,3,-1,9999999999,1,A,J,.,20140401,120,20100401,0,.,03 01,0001\r\n" +
			"0000000000008,佐藤,.,,,０３（３３３３）４４４４,,.,,,.,,,,,,,9,,,,.,,.,,,,.\r\n" +
			"OLD-1,退会者,,,,,,,6,,,,,,,,,,,,,,,,1,20130331,,\r\n",
		"logins": "login_id,code,pass,pass_hash,token,uuid,hint_code,hint_ans\r\n" +
			"taka,0000000000007,,{md5}" + hex.EncodeToString(plainSum[:]) + "," + takahashiToken + ",device of taka,01,ﾎﾟﾁ\r\n" +
			"sato,0000000000008,,{sha256:salt+password}salty$" + hex.EncodeToString(saltedSum[:]) + "," + satoToken + ",.,.,.\r\n" +
			"third,0000000000008,," + string(bcrypted) + ",,,,\r\n" +
			"fourth,0000000000008,,{plain}fourth4,.,,,\r\n" +
			"fifth,0000000000008,ﾊﾟｽﾜｰﾄﾞ,,,,,\r\n",
		"points": "code,get_point,use_point,kind,sales_date,sales_division,shop,register_no,receipt_no,remarks,rank,created_at\r\n" +
			"0000000000007,1000,,,,,,,,期首残高,,2013-04-01\r\n" +
			"0000000000007,50,200,0,20140401,10,0001,01,123,.,5,2014-04-01 12:34:56\r\n" +
			"0000000000007,-50,-200,0,20140402,20,0001,01,124,,5,2014-04-02 12:34:56\r\n" +
			"0000000000008,,30,1,.,.,.,.,.,失効,.,\r\n",
		"sales": "line_id,code,sales_date,shop,goods_name,color_name,size_name,category,brand,price,quantity,amount\r\n" +
			"1-1,0000000000007,20140401,0002,ﾘﾈﾝｼｬﾂ,白,M,シャツ,ｼﾛｯﾌﾟ,5800,1,5800\r\n" +
			".,0000000000007,20140402,0001,返品,.,,,,,-1,-5800\r\n" +
			".,0000000000007,20140402,0001,ソックス,,,,,100,3,300\r\n",
	}
}

// takeOver imports all tables of a tenant.
func (s shell) takeOver(tenant string, tables map[string]string) {
	s.T.Helper()
	for _, table := range crmTables {
		s.Must(tables[table], "import", table, "-", "--tenant", tenant)
	}
}

// exported gives all tables of a tenant.
func (s shell) exported(tenant string) map[string]string {
	s.T.Helper()
	tables := map[string]string{}
	for _, table := range crmTables {
		tables[table] = s.Must("", "export", table, "-", "--tenant", tenant)
	}
	return tables
}

func TestImportSaysHowMany(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		want := map[string]int{"shops": 2, "ranks": 2, "attributes": 3, "customers": 3, "logins": 5, "points": 4, "sales": 3}
		old := oldChain(t)
		for _, table := range crmTables {
			file := filepath.Join(t.TempDir(), table+".csv")
			if err := os.WriteFile(file, []byte(old[table]), 0o600); err != nil {
				t.Fatal(err)
			}
			if out := s.Must("", "import", table, file); out != fmt.Sprintf("%d %s imported\n", want[table], table) {
				t.Errorf("printed %q", out)
			}
		}
	})
}

// An old chain comes in whole: its telephones show the TokenIDs that they have
// always had, and get what the old service gave them.
func TestImportedCustomers(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.takeOver(demoTenant, oldChain(t))
		h := s.house()
		h.token = h.enter(prefix)

		h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "another device").want(t, "a device that is not the imported one", "-31003")
		a := h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "device of taka")
		a.want(t, "the imported device", "0")
		for key, want := range map[string]string{
			"Code": "0000000000007", "Name": "髙橋　一", "Kana": "ﾀｶﾊｼ ﾊｼﾞﾒ", "PostalCode": "170-0013", "Address1": "豊島区東池袋1～2, ①号室",
			"Tel1": "03-1111-2222", "Tel2": "", "Email": "taka@example.com", "Rank": "5", "Shop": "0001", "Birth": "19800229", "Memo": "一行目\r\n二行目",
			"Gender": "2", "Point": "1000", "Tanto": "0042", "TotalShopCount": "3", "TotalSalesCount": "-1", "TotalSalesAmount": "9999999999",
			"Segment": "1", "Division01": "A", "Division10": "J", "ExpandMemo": "", "LastShopDate": "20140401", "LastYearPoint": "120",
			"ResistDate": "20100401", "LoginId": "taka", "HintCode": "01", "HintAns": "ﾎﾟﾁ",
		} {
			if a.User[key] != want {
				t.Errorf("%s is %q, want %q", key, a.User[key], want)
			}
		}
		const attributes = `"Attribute1":[{"AttrID":"03","AttrName":"①番館"},{"AttrID":"01","AttrName":"ｼﾛｯﾌﾟ"}],"Attribute2":[{"AttrID":"0001","AttrName":"池袋店"}]`
		if !strings.Contains(a.body, attributes) {
			t.Errorf("want %s in\n%s", attributes, a.body)
		}

		// Without a device the first one is bound. What was only "." is missing.
		a = h.call("Get_UserInfo2", "tokenid", satoToken, "uuid", "first")
		if a.want(t, "the first device", "0"); strings.Contains(a.body, `"."`) || !strings.Contains(a.body, `"Attribute2":[]`) {
			t.Errorf("%s", a.body)
		}
		h.call("Get_UserInfo2", "tokenid", satoToken, "uuid", "second").want(t, "the second one", "-31003")

		a = h.call("Get_UserPoint", "user_tel", "0333334444")
		if a.want(t, "by telephone", "0"); len(a.UserPoint) != 1 || a.UserPoint[0]["Code"] != "0000000000008" {
			t.Errorf("by telephone: %s", a.body)
		}
		h.call("Get_UserPoint", "user_code", "OLD-1").want(t, "who left", "-8004")
	})
}

func TestImportedPasswords(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.takeOver(demoTenant, oldChain(t))
		h := s.house()
		h.token = h.enter(prefix)
		passwords := map[string]string{"taka": "first1", "sato": "second2", "third": "third3", "fourth": "fourth4", "fifth": "ﾊﾟｽﾜｰﾄﾞ"}
		if kept := everything(t, h.store); strings.Contains(kept, "fourth4") || strings.Contains(kept, "ﾊﾟｽ") {
			t.Error("a password is stored in clear")
		}
		for loginID, password := range passwords {
			h.call("Get_UserToken", "user_loginid", loginID, "user_pasword", "wrong").want(t, loginID+" with a wrong password", "-26003")
			if a := h.call("Get_UserToken", "user_loginid", loginID, "user_pasword", password); a.code != "0" || a.TokenID != h.tokenOf(loginID) {
				t.Errorf("%s: %s", loginID, a.body)
			}
			if login, err := h.store.loginByID(t.Context(), loginID); err != nil || !strings.HasPrefix(login.PassHash, "$argon2id$") {
				t.Errorf("%s is hashed as %.12s…, %v", loginID, login.PassHash, err)
			}
			h.call("Get_UserToken", "user_loginid", loginID, "user_pasword", password).want(t, loginID+" again", "0")
		}
		for loginID, want := range map[string]string{"taka": takahashiToken, "sato": satoToken} {
			if got := h.tokenOf(loginID); got != want {
				t.Errorf("%s: the TokenID became %s", loginID, got)
			}
		}
		if made := h.tokenOf("third"); len(made) != 64 || made == h.tokenOf("fourth") {
			t.Errorf("made TokenIDs are %s and %s", made, h.tokenOf("fourth"))
		}
	})
}

func TestImportedPointsAndSales(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.takeOver(demoTenant, oldChain(t))
		h := s.house()
		h.token = h.enter(prefix)
		for code, want := range map[string]int64{"0000000000007": 1000, "0000000000008": -30, "OLD-1": 0} {
			if got := h.balance(code); got != want {
				t.Errorf("the balance of %s is %d, want %d", code, got, want)
			}
		}
		a := h.call("Get_UserPoint", "user_code", "0000000000007")
		if shown := a.UserPoint[0]; shown["RankCode"] != "5" || shown["RankName"] != "ゴールド" || shown["PointRate"] != "10.5" || shown["Point"] != "1000" {
			t.Errorf("%s", a.body)
		}

		// A cash register that repeats an imported sale books nothing.
		sale := []string{
			"user_code", "0000000000007", "sales_date", "20140401", "sales_division", "10", "sales_shop", "0001",
			"register_no", "01", "receipt_no", "123", "use_point", "200", "get_point",
		}
		h.call("Set_UserPoint", append(sale, "50")...).want(t, "the imported sale", "0")
		if got := h.balance("0000000000007"); got != 1000 {
			t.Errorf("the sale is booked twice: %d points", got)
		}
		h.call("Set_UserPoint", append(sale, "51")...).want(t, "another sale", "0")
		if got := h.balance("0000000000007"); got != 851 {
			t.Errorf("with another sale: %d points", got)
		}

		a = h.call("Get_SalesInfo", "tokenid", takahashiToken, "user_code", "0000000000007", "month", "201404")
		var got []string
		for _, line := range a.Sales {
			got = append(got, fmt.Sprint(line["SalesDate"], line["ShopCode"], line["ShopName"], line["GoodsName"], line["ColorName"], line["SizeName"],
				line["Category"], line["Brand"], line["Price"], "*", line["Quantity"], "=", line["Amount"]))
		}
		if want := []string{
			"201404020001池袋店ソックス100*3=300", "201404020001池袋店返品0*-1=-5800", "201404010002新宿店～南口ﾘﾈﾝｼｬﾂ白Mシャツｼﾛｯﾌﾟ5800*1=5800",
		}; !slices.Equal(got, want) {
			t.Errorf("the sales are\n%q\nwant\n%q", got, want)
		}
	})
}

// A file in CP932 comes in as the same file in UTF-8 does.
func TestImportOfCP932(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.addTenant(otherTenant)
		inUTF8 := oldChain(t)
		old := map[string]string{}
		for table, text := range inUTF8 {
			old[table] = inCP932(t, text)
		}
		s.takeOver(demoTenant, inUTF8)
		s.takeOver(otherTenant, old)
		want, got := s.exported(demoTenant), s.exported(otherTenant)
		for table := range old {
			if a, b := madeUp.ReplaceAllString(got[table], "…"), madeUp.ReplaceAllString(want[table], "…"); a != b {
				t.Errorf("%s from CP932:\n%s\nfrom UTF-8:\n%s", table, a, b)
			}
		}
	})
}

// madeUp is what no two imports make alike: hashes, TokenIDs, the time.
var madeUp = regexp.MustCompile(`\$argon2id\$[^"]*|\b[0-9a-f]{64}\b|\b20[2-9]\d-\d\d-\d\dT[0-9:.+]*`)

// What is imported again is named anew; everything else stays.
func TestImportOfMastersAgain(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.takeOver(demoTenant, oldChain(t))
		for table, file := range map[string]string{
			"shops":      "name,code\n池袋本店,0001\n渋谷店,0003\n",
			"ranks":      "code,name,rate\n5,プラチナ,1.5\n",
			"attributes": "kind,id,name\n1,01,Chloé\n2,01,新宿店\n",
		} {
			s.Must("\ufeff"+file, "import", table, "-")
		}
		for table, want := range map[string]string{
			"shops":      "code,name\r\n0001,池袋本店\r\n0002,新宿店～南口\r\n0003,渋谷店\r\n",
			"ranks":      "code,name,rate\r\n5,プラチナ,1.50\r\n6,シルバー,1.00\r\n",
			"attributes": "kind,id,name\r\n1,01,Chloé\r\n1,03,①番館\r\n2,0001,池袋店\r\n2,01,新宿店\r\n",
		} {
			if got := s.Must("", "export", table); got != "\ufeff"+want {
				t.Errorf("%s: %q, want %q", table, got, want)
			}
		}
		h := s.house()
		h.token = h.enter(prefix)
		a := h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "device of taka")
		if !strings.Contains(a.body, `"Attribute1":[{"AttrID":"03","AttrName":"①番館"},{"AttrID":"01","AttrName":"Chloé"}]`) {
			t.Errorf("%s", a.body)
		}
	})
}

// The first to sign up after an import is numbered behind the old customers.
func TestNumberAfterImport(t *testing.T) {
	const digits = 13
	tests := []struct {
		what  string
		codes []string
		last  string // --last-number, "" for none
		want  string
	}{
		{"the highest code", []string{"0000000000010", "0000000000012", "0000000000011"}, "", "0000000000013"},
		{"that is a number", []string{"0000000000010", "A0000000000099", "12-34", "１２３"}, "", "0000000000011"},
		{"of at most 18 digits", []string{"10", strings.Repeat("9", 19)}, "", "0000000000011"},
		{"none of them a number", []string{"A", "B"}, "", "0000000000001"},
		{"the largest number", []string{strings.Repeat("9", 18)}, "", "1" + strings.Repeat("0", 18)},
		{"a number that is given", []string{"0000000000010", "9999999999999"}, "41", "0000000000042"},
		{"codes behind it that are taken", []string{"0000000000042", "0000000000043", "0000000000045"}, "41", "0000000000044"},
		{"codes of other digits are others", []string{"42", "0042"}, "41", "0000000000042"},
		{"0, as the first customer's", []string{"0000000000002"}, "0", "0000000000001"},
		{"without customers", nil, "41", "0000000000042"},
	}
	eachShell(t, func(t *testing.T, s shell) {
		for i, test := range tests {
			tenant := fmt.Sprint("tenant", i)
			s.Must("", "login", "add", "--tenant", tenant, "--login", "registers")
			args := []string{"import", "customers", "-", "--tenant", tenant}
			if test.last != "" {
				args = append(args, "--last-number", test.last)
			}
			s.Must("code\n"+strings.Join(test.codes, "\n")+"\n", args...)
			code, err := s.of(tenant).signUp(t.Context(), newcomer{loginID: "new", token: kit.RandomToken(tokenBytes)}, today(), digits)
			if err != nil || code != test.want {
				t.Errorf("%s: the next code is %s, want %s; %v", test.what, code, test.want, err)
			}
		}
	})
}

// Over the gateway too, the number passes over codes that came in, and a later
// import never takes it back.
func TestSignUpAfterImport(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		h := s.house()
		h.token = h.enter(prefix)
		s.Must("code\n0000000000006\n0000000000007\n", "import", "customers", "-", "--last-number", "5")
		if code, _ := h.signUp("first"); code != "0000000000008" {
			t.Errorf("the first code is %s", code)
		}
		s.Must("code\n0000000000003\n", "import", "customers", "-")
		s.Must("code\n0000000000004\n", "import", "customers", "-", "--last-number", "4")
		if code, _ := h.signUp("second"); code != "0000000000009" {
			t.Errorf("the second code is %s", code)
		}
		for _, number := range []string{"-1", "1000000000000000000"} {
			before := everything(t, h.store)
			_, err := s.Run("code\n0000000000099\n", "import", "customers", "-", "--last-number", number)
			if want := "nothing was imported:\n--last-number must be from 0 to 999999999999999999"; err == nil || err.Error() != want {
				t.Errorf("--last-number %s: %v, want %s", number, err, want)
			}
			if everything(t, h.store) != before {
				t.Errorf("--last-number %s changed something", number)
			}
		}
	})
}

// Two chains whose customers have the same codes, login ids and TokenIDs come in
// side by side, and neither sees the other.
func TestImportOfTwoTenants(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.addTenant(otherTenant)
		mine := oldChain(t)
		theirs := maps.Clone(mine)
		theirs["shops"] = strings.ReplaceAll(theirs["shops"], "池袋店", "別の店")
		theirs["ranks"] = strings.ReplaceAll(theirs["ranks"], "1.05", "2")
		theirs["customers"] = strings.ReplaceAll(theirs["customers"], "髙橋　一", "別人")
		theirs["logins"] = strings.ReplaceAll(theirs["logins"], "device of taka", "another device")
		theirs["points"] = strings.ReplaceAll(theirs["points"], ",1000,", ",77,")

		s.takeOver(demoTenant, mine)
		before := everything(t, s.of(demoTenant))
		s.takeOver(otherTenant, theirs)
		if after := everything(t, s.of(demoTenant)); after != before {
			t.Errorf("another tenant's import changed\n%s\nto\n%s", before, after)
		}

		h := s.house()
		h.token = h.enter(prefix)
		session := h.enter(otherPrefix)
		a := h.call("Get_UserInfo2", "tokenid", takahashiToken, "uuid", "device of taka")
		b := h.callFrom("", otherPrefix, "Get_UserInfo2", session, "tokenid", takahashiToken, "uuid", "another device")
		if a.User["Name"] != "髙橋　一" || a.User["Point"] != "1000" || b.User["Name"] != "別人" || b.User["Point"] != "77" {
			t.Errorf("%s\n%s", a.body, b.body)
		}
		b = h.callFrom("", otherPrefix, "Get_UserPoint", session, "user_code", "0000000000007")
		if b.UserPoint[0]["PointRate"] != "20" {
			t.Errorf("%s", b.body)
		}
		b = h.callFrom("", otherPrefix, "Get_SalesInfo", session, "tokenid", takahashiToken, "user_code", "0000000000007", "month", "201404", "count", "1")
		if b.Sales[0]["ShopName"] != "別の店" {
			t.Errorf("%s", b.body)
		}
	})
}

// A chain with nothing but a tenant's name takes nobody else's customers, shops
// and sales for its own.
func TestImportSeesNoOtherTenant(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.addTenant(demoTenant)
		s.addTenant(otherTenant)
		old := oldChain(t)
		s.takeOver(demoTenant, old)
		before := everything(t, s.of(otherTenant))
		for table, want := range map[string]string{
			"logins": "line 2: code: there is no such customer\n",
			"points": "line 2: code: there is no such customer\n",
			"sales":  "line 2: code: there is no such customer\nline 2: shop: there is no such shop\n",
		} {
			_, err := s.Run(old[table], "import", table, "-", "--tenant", otherTenant)
			if err == nil || !strings.HasPrefix(err.Error(), "nothing was imported:\n"+want) {
				t.Errorf("%s: %v, want %s", table, err, want)
			}
		}
		if after := everything(t, s.of(otherTenant)); after != before {
			t.Errorf("something came in:\n%s", after)
		}
	})
}

// A file that is no longer what was checked does not come in.
func TestImportOfAChangedFile(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	s.addTenant(demoTenant)
	s.Must("code\n1\n2\n3\n", "import", "customers", "-")
	kept := s.of(demoTenant)
	const checked = "login_id,code,pass\none,1,pass1\ntwo,2,pass2\n"
	for what, changed := range map[string]string{
		"a row more":       checked + "three,3,pass3\n",
		"a row less":       "login_id,code,pass\none,1,pass1\n",
		"a row at fault":   "login_id,code,pass\none,1,pass1\ntwo,,pass2\n",
		"another password": "login_id,code,pass\none,1,pass2\ntwo,2,pass1\n",
	} {
		before := everything(t, kept)
		path := secretFile(t, checked)
		file, err := kit.OpenCSV(path, nil, kit.CSVColumns("login_id!", "code!", "pass"))
		if err != nil {
			t.Fatal(err)
		}
		rows, clear, err := checkLogins(t.Context(), kept, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keepLogins(t.Context(), kept, file, rows, clear); !errors.Is(err, kit.ErrFileChanged) {
			t.Errorf("%s: %v", what, err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
		if everything(t, kept) != before {
			t.Errorf("%s came in", what)
		}
	}
}
