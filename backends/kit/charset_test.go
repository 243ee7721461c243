package kit

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/fault"
)

// sjis gives text in CP932, raw.
func sjis(text string) string {
	b, ok := cp932.Encode(text)
	if !ok {
		panic(text + " is not in CP932")
	}
	return string(b)
}

// escaped gives text in CP932, percent-escaped.
func escaped(text string) string { return url.QueryEscape(sjis(text)) }

func TestCharsetOfARequest(t *testing.T) {
	const (
		saysUTF8 = formType + "; charset=UTF-8"
		saysSJIS = formType + "; charset=Shift_JIS"
		refused  = "(refused)"
	)
	tests := []struct {
		what                     string
		charset                  Charset
		query, contentType, body string
		want                     string // of name
	}{
		{"ASCII", CharsetAuto, "name=plum", "", "", "plum"},
		{"UTF-8", CharsetAuto, "name=梅", "", "", "梅"},
		{"UTF-8, escaped", CharsetAuto, "name=%E6%A2%85", "", "", "梅"},
		{"UTF-8 beyond what CP932 has", CharsetAuto, "name=é한𠮷", "", "", "é한𠮷"},
		{"CP932", CharsetAuto, "name=" + sjis("梅"), "", "", "梅"},
		{"CP932, escaped", CharsetAuto, "name=" + escaped("山田 太郎"), "", "", "山田 太郎"},
		{"CP932 in a form", CharsetAuto, "", formType, "name=" + sjis("梅"), "梅"},
		{"trail bytes of 5C and 7C", CharsetAuto, "name=" + sjis("表ソポ"), "", "", "表ソポ"},
		{"trail bytes of 5C and 7C, escaped in part", CharsetAuto, "name=%95\\%83%5C%83|", "", "", "表ソポ"},

		// What may be both.
		{"half-width kana", CharsetAuto, "name=" + escaped("ﾕｷ"), "", "", "ﾕｷ"},
		{"half-width kana beside ASCII", CharsetAuto, "name=Ms.+" + sjis("ﾕｷ") + "&code=1", "", "", "Ms. ﾕｷ"},
		{"half-width kana beside other CP932", CharsetAuto, "name=" + sjis("ﾕｷ"), formType, "memo=" + sjis("梅"), "ﾕｷ"},
		{"a letter of Armenian beside other UTF-8", CharsetAuto, "name=%D5%B7", formType, "memo=梅", "շ"},
		{"a letter of Armenian that the Content-Type vouches for", CharsetAuto, "name=%D5%B7", saysUTF8, "", "շ"},
		{"a letter of Latin that is half-width kana", CharsetAuto, "name=é", "", "", "ﾃｩ"},
		{"a letter of Latin that is not", CharsetAuto, "name=À", "", "", "À"},
		{"letters of which one is not", CharsetAuto, "name=éÀ", "", "", "éÀ"},
		{"UTF-8 that would also be CP932", CharsetAuto, "name=ああ", "", "", "ああ"},
		{"the same where the Content-Type says CP932", CharsetAuto, "name=ああ", saysSJIS, "", "縺ゅ≠"},

		// What decides is the whole request.
		{"another name that is no UTF-8", CharsetAuto, "name=ああ&" + sjis("備考") + "=", "", "", "縺ゅ≠"},
		{"another value that is no UTF-8", CharsetAuto, "name=ああ", formType, "memo=" + escaped("備考"), "縺ゅ≠"},
		{"UTF-8 and CP932", CharsetAuto, "name=梅", formType, "memo=" + sjis("備考"), refused},
		{"neither", CharsetAuto, "name=plum", formType, "memo=%FF", refused},
		{"half a character", CharsetAuto, "name=%95", "", "", refused},
		{"half a character before another name", CharsetAuto, "memo=%95&%5C=&name=plum", "", "", refused},

		{"what the Content-Type does not keep", CharsetAuto, "name=" + sjis("梅"), saysUTF8, "", refused},
		{"what the Content-Type does not keep, the other way", CharsetAuto, "name=梅", saysSJIS, "", refused},
		{"a Content-Type without a charset", CharsetAuto, "name=" + sjis("梅"), formType + "; charset", "", "梅"},
		{"a Content-Type of another charset", CharsetAuto, "name=" + sjis("梅"), formType + "; charset=iso-8859-1", "", "梅"},
		{"a Content-Type of another charset, UTF-8", CharsetAuto, "name=梅", formType + "; charset=iso-8859-1", "", "梅"},

		{"CP932 only", CharsetShiftJIS, "name=" + sjis("表ﾕｷ"), "", "", "表ﾕｷ"},
		{"CP932 only, though it would be UTF-8", CharsetShiftJIS, "name=ああ", "", "", "縺ゅ≠"},
		{"CP932 only, from UTF-8", CharsetShiftJIS, "name=梅", "", "", refused},
		{"CP932 only, but for the Content-Type", CharsetShiftJIS, "name=梅", saysUTF8, "", "梅"},
		{"CP932 only, and a Content-Type that is not kept", CharsetShiftJIS, "name=" + sjis("梅"), saysUTF8, "", refused},
		{"CP932 only, and another Content-Type", CharsetShiftJIS, "name=" + sjis("梅"), formType + "; charset=euc-jp", "", "梅"},

		{"UTF-8 only", CharsetUTF8, "name=ああ", saysSJIS, "", "ああ"},
		{"UTF-8 only, a letter of Armenian", CharsetUTF8, "name=%D5%B7", "", "", "շ"},
		{"UTF-8 where nothing is said", "", "name=ああ", saysSJIS, "", "ああ"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			p, err := read(Policy{Charset: test.charset}, test.query, test.contentType, test.body)
			if test.want == refused {
				if f := fault.Of(err); f == nil || f.Kind != fault.Malformed || f.Subject != "" {
					t.Errorf("it was taken: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Text("name", 50); got != test.want || err != nil {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// UTF-8 only is what it is without a Charset: the parameter is refused, not the
// request.
func TestUTF8OnlyLeavesItToText(t *testing.T) {
	p, err := read(Policy{Charset: CharsetUTF8}, "code=1&name="+sjis("梅"), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Text("name", 50); !fault.Is(err, fault.Malformed) || fault.Of(err).Subject != "name" {
		t.Error(err)
	}
	if got, err := p.Text("code", 50); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCharsetsOfAContentType(t *testing.T) {
	for declared, want := range map[string]Charset{
		"": "", "utf-16": "", "euc-jp": "", "utf-8": CharsetUTF8, "UTF8": CharsetUTF8, `" Utf-8 "`: CharsetUTF8,
		"shift_jis": CharsetShiftJIS, "Shift-JIS": CharsetShiftJIS, "SJIS": CharsetShiftJIS, "x-sjis": CharsetShiftJIS,
		"Windows-31J": CharsetShiftJIS, "MS932": CharsetShiftJIS, `"cp932"`: CharsetShiftJIS,
	} {
		if got := declaredCharset("multipart/form-data; boundary=x; Charset=" + declared); got != want {
			t.Errorf("%s: %q, want %q", declared, got, want)
		}
	}
}

func TestNamesAreDecodedToo(t *testing.T) {
	for what, query := range map[string]string{"raw": sjis("表示　名=梅"), "escaped": escaped("表示　名") + "=" + escaped("梅")} {
		p, err := read(Policy{FoldCase: true, Charset: CharsetAuto}, query, "", "")
		if got, there := p.Raw("表示名"); got != "梅" || !there || err != nil {
			t.Errorf("%s: %q, %v, %v", what, got, there, err)
		}
	}
}

func TestAMultipartFormHasOneCharset(t *testing.T) {
	const kind = "multipart/form-data; boundary=x"
	body := "--x\r\nContent-Disposition: form-data; name=\"" + sjis("名") + "\"\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n" + sjis("表 ソ ポ") + "\r\n--x--\r\n"
	p, err := read(Policy{Charset: CharsetAuto}, "", kind, body)
	if got, _ := p.Raw("名"); got != "表 ソ ポ" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err = read(Policy{Charset: CharsetAuto}, "", kind+"; charset=utf-8", body); !fault.Is(err, fault.Malformed) {
		t.Errorf("of another charset: %v", err)
	}
}

func TestCookiesAreReadLast(t *testing.T) {
	policy := Policy{FoldCase: true, Cookies: true, Charset: CharsetAuto}
	tests := []struct {
		what, query, body string
		cookies           []string
		want              string
	}{
		{"alone", "", "", []string{"other=1; name=plum"}, "plum"},
		{"of another case", "", "", []string{"NAME=plum"}, "plum"},
		{"in a header of its own", "", "", []string{"other=1", "name=plum"}, "plum"},
		{"behind the query", "name=cherry", "", []string{"name=plum"}, "cherry"},
		{"behind an empty query", "name=", "", []string{"name=plum"}, ""},
		{"behind the body", "", "name=cherry", []string{"name=plum"}, "cherry"},
		{"the first of two", "", "", []string{"name=plum; name=cherry"}, "plum"},
		{"as it came", "", "", []string{`name= "a%20b+c=d,\e" ;`}, `"a%20b+c=d,\e"`},
		{"in UTF-8", "", "", []string{"name=梅"}, "梅"},
		{"in CP932", "", "", []string{"name=" + sjis("表")}, "表"},
		{"in CP932, as the form says", "", "memo=" + sjis("備考"), []string{"name=ああ"}, "縺ゅ≠"},
		{"another's in no CP932, beside a form that is", "", "memo=" + sjis("備考"), []string{"name=plum; x=\xfe"}, "plum"},
		{"in no CP932, beside a form that is", "", "memo=" + sjis("備考"), []string{"name=\xfe"}, ""},
		{"in neither, beside ASCII", "", "memo=a", []string{"name=plum; x=\xfe"}, "plum"},
		{"without a name", "", "", []string{"; =plum; name"}, ""},
	}
	for _, test := range tests {
		r := httptest.NewRequest("POST", "/", strings.NewReader(test.body))
		r.URL.RawQuery = test.query
		r.Header.Set("Content-Type", formType)
		r.Header["Cookie"] = test.cookies
		p, err := ReadParams(httptest.NewRecorder(), r, policy)
		if err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
		if got, err := p.Text("name", 50); got != test.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", test.what, got, err, test.want)
		}
		p, _ = ReadParams(httptest.NewRecorder(), r, Policy{FoldCase: true})
		if got, _ := p.Raw("name"); got == "plum" {
			t.Errorf("%s: read where cookies are none", test.what)
		}
	}
}

func TestCookiesCount(t *testing.T) {
	for cookies, fits := range map[int]bool{500: true, 501: false, 100_000: false} {
		r := httptest.NewRequest("GET", "/?"+strings.Repeat("a&", 500), nil)
		r.Header.Set("Cookie", strings.Repeat("b=1;", cookies))
		_, err := ReadParams(httptest.NewRecorder(), r, Policy{Cookies: true})
		if fits && err != nil || !fits && !fault.Is(err, fault.Malformed) {
			t.Errorf("%d: %v", cookies, err)
		}
	}
}

// What is told byte by byte is what the rules say of whole texts.
func FuzzRecognition(f *testing.F) {
	f.Add("梅", "ﾕｷ")
	f.Add(sjis("表 ソ\r\n"), "\xd5\xb7")
	f.Add("a\n\xe6\xa2\n", "\x95")
	f.Add("é", "\xc3\x80\xf0\x9f\x98\x80")
	f.Fuzz(func(t *testing.T, one, other string) {
		found := newRecognition()
		found.text(one)
		found.text(other)
		isUTF8, isCP932, kana := utf8.ValidString(one) && utf8.ValidString(other), true, false
		for _, text := range []string{one, other} {
			_, whole := cp932.Decode([]byte(text))
			isCP932 = isCP932 && whole
		}
		if isUTF8 {
			kana = couldBeKana(one + other)
		}
		want := Charset("")
		switch {
		case isUTF8 && !kana:
			want = CharsetUTF8
		case isCP932:
			want = CharsetShiftJIS
		}
		if got := found.charset(); got != want {
			t.Fatalf("%q and %q: %q, want %q", one, other, got, want)
		}

		file := one + other
		charset, wrong, err := charsetOfFile(t.Context(), strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if charset != "" || strings.HasPrefix(file, string(byteOrderMark)) {
			return
		}
		if want := max(firstFault(file, utf8.DecodeRune), firstFault(file, cp932.DecodeRune)); wrong != want {
			t.Fatalf("%q: line %d is wrong, want %d", file, wrong, want)
		}
	})
}

// couldBeKana says it of UTF-8 as the contract does.
func couldBeKana(text string) (could bool) {
	for _, r := range text {
		for _, c := range []byte(string(r)) {
			if c >= utf8.RuneSelf && (r > 0x7FF || c < 0xA1 || c > 0xDF) {
				return false
			}
		}
		could = could || r >= utf8.RuneSelf
	}
	return could
}

// firstFault is the line of the first bytes that are no character.
func firstFault(text string, decode func([]byte) (rune, int)) int {
	for i := 0; i < len(text); {
		r, size := decode([]byte(text[i:]))
		if r == utf8.RuneError && size == 1 {
			return 1 + strings.Count(text[:i], "\n")
		}
		i += size
	}
	return 0
}

func BenchmarkReadParams(b *testing.B) {
	body := "user_code=0000000000001&name=%s&address1=%s&tel1=03-0000-0000&email=yuki@example.com"
	plain := fmt.Sprintf(body, "Yuki", "Ikebukuro")
	japanese := fmt.Sprintf(body, escaped("山田 ﾕｷ"), escaped("東京都豊島区東池袋"))
	for _, bench := range []struct {
		what   string
		policy Policy
		body   string
	}{
		{"as-other-APIs", Policy{FoldCase: true}, plain},
		{"ASCII", Policy{FoldCase: true, Charset: CharsetAuto, Cookies: true}, plain},
		{"CP932", Policy{FoldCase: true, Charset: CharsetAuto, Cookies: true}, japanese},
	} {
		b.Run(bench.what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(bench.policy, "", formType, bench.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
