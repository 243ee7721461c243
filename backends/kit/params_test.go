package kit

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// read reads the parameters of POST /?query with a body.
func read(policy Policy, query, contentType, body string) (Params, error) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.URL.RawQuery = query
	r.Header.Set("Content-Type", contentType)
	return ReadParams(httptest.NewRecorder(), r, policy)
}

func TestParametersAreReadFromEverywhere(t *testing.T) {
	form := "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n梅\r\n--x--\r\n"
	tests := []struct {
		what                     string
		policy                   Policy
		query, contentType, body string
		want                     string
	}{
		{"the query", Policy{}, "name=%E6%A2%85", "", "", "梅"},
		{"the query, unescaped", Policy{}, "name=梅", "", "", "梅"},
		{"a form", Policy{}, "", formType, "name=%E6%A2%85", "梅"},
		{"a form with a charset", Policy{}, "", formType + "; charset=UTF-8", "name=梅", "梅"},
		{"a form with half an attribute", Policy{}, "", formType + "; charset", "name=梅", "梅"},
		{"a form in capitals", Policy{}, "", strings.ToUpper(formType), "name=梅", "梅"},
		{"a multipart form", Policy{}, "", `multipart/form-data; boundary="x"`, form, "梅"},
		{"JSON", Policy{JSON: true}, "", jsonType, `{"name":"梅"}`, "梅"},
		{"JSON that says it is a form", Policy{JSON: true}, "", formType, ` {"name":"\u6885"}`, "梅"},
		{"JSON that says nothing", Policy{JSON: true}, "", "", `{"name":"梅"}`, "梅"},
		{"a form where JSON would do", Policy{JSON: true}, "", formType, "name=梅", "梅"},
		{"the query before the form", Policy{}, "name=梅", formType, "name=松&name=竹", "梅"},
		{"the query before JSON", Policy{JSON: true, LastWins: true}, "name=梅", jsonType, `{"name":["松"]}`, "梅"},
		{"an empty query before the form", Policy{}, "name=", formType, "name=松", ""},
		{"a text that says it is something else", Policy{}, "", "text/plain", "name=梅", ""},
		{"no body at all", Policy{JSON: true}, "", jsonType, "", ""},

		{"a number", Policy{JSON: true}, "", "", `{"name":12345678901234567890}`, "12345678901234567890"},
		{"a fraction", Policy{JSON: true}, "", "", `{"name":-1.50e3}`, "-1.50e3"},
		{"true", Policy{JSON: true}, "", "", `{"name":true}`, "1"},
		{"false", Policy{JSON: true}, "", "", `{"name":false}`, ""},
		{"null", Policy{JSON: true}, "", "", `{"name":null}`, ""},
		{"JSON twice", Policy{JSON: true}, "", "", `{"name":"松","name":"梅"}`, "梅"},
		{"JSON twice, once a list", Policy{JSON: true}, "", "", `{"name":["松"],"name":"梅"}`, "梅"},
		{"a list nobody asks for", Policy{JSON: true}, "", "", `{"other":[1,{}],"name":"梅"}`, "梅"},

		{"the first of two", Policy{}, "name=梅&name=松", "", "", "梅"},
		{"the last of two, as in PHP", Policy{LastWins: true}, "name=松&name=梅", "", "", "梅"},
		{"other case", Policy{}, "Name=松&name=梅", "", "", "梅"},
		{"any case, first", Policy{FoldCase: true}, "nAmE=梅&name=松&NAME=竹", "", "", "梅"},
		{"any case, last", Policy{FoldCase: true, LastWins: true}, "NAME=竹&name=松&nAmE=梅", "", "", "梅"},
		{"white space about a name", Policy{FoldCase: true}, "+name%09=梅", "", "", "梅"},
		{"white space within a name", Policy{FoldCase: true}, "n+a%09%0D%0Ame=梅", "", "", "梅"},
		{"a full-width space within a name", Policy{FoldCase: true}, "%E3%80%80Na%E3%80%80Me%C2%A0=梅", "", "", "梅"},
		{"white space where names match exactly", Policy{}, "na+me=松&name=梅", "", "", "梅"},
		{"white space within a value", Policy{FoldCase: true}, "name=+梅+", "", "", " 梅 "},

		// What PHP and ASP.NET made of escapes that are none.
		{"a bare %", Policy{}, "name=100%", "", "", "100%"},
		{"a % before other letters", Policy{}, "", formType, "name=50%off+%zz%4", "50%off %zz%4"},
		{"a % beside an escape", Policy{}, "name=%61%zz", "", "", "a%zz"},
		{"a semicolon", Policy{}, "name=a;name=b", "", "", "a;name=b"},
		{"a second =", Policy{}, "name=a=b", "", "", "a=b"},
		{"%uXXXX", Policy{FoldCase: true}, "name=%u6885", "", "", "%u6885"},
		{"empty pairs", Policy{}, "&&name=梅&", "", "", "梅"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			for range 20 { // as often as a map could shuffle
				p, err := read(test.policy, test.query, test.contentType, test.body)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := p.Text("name", 50); got != test.want || err != nil {
					t.Fatalf("%q, %v; want %q", got, err, test.want)
				}
			}
		})
	}
}

func TestAllValuesStayInTheirOrder(t *testing.T) {
	p, err := read(Policy{FoldCase: true}, "tag=海&TAG=夏&Tag=空", formType, "tag=山")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.All("tAG"); !slices.Equal(got, []string{"海", "夏", "空"}) {
		t.Errorf("%q", got)
	}
}

func TestFilesOfAFormAreNoParameters(t *testing.T) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("comment", "夏の海")
	file, _ := form.CreateFormFile("photo", "sea.jpg")
	_, _ = file.Write([]byte{0xff, 0xd8, 0})
	_ = form.Close()
	p, err := read(Policy{}, "", form.FormDataContentType(), body.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Text("comment", 10); got != "夏の海" || err != nil {
		t.Errorf("comment %q, %v", got, err)
	}
	if _, there := p.Raw("photo"); there {
		t.Error("the photo became a parameter")
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	tests := []struct {
		what, query string
		want        fault.Kind
	}{
		{"absent", "", fault.Missing},
		{"empty", "name=", fault.Missing},
		{"another case", "NAME=a", fault.Missing},
		{"a NUL", "name=a%00b", fault.Malformed},
		{"no UTF-8", "name=%ff", fault.Malformed},
		{"half a surrogate", "name=%ed%a0%80", fault.Malformed},
		{"four characters of three", "name=梅松竹菊", fault.TooLong},
	}
	for _, test := range tests {
		p, err := read(Policy{}, test.query, "", "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Required("name", 3)
		if f := fault.Of(err); f == nil || f.Kind != test.want || f.Subject != "name" {
			t.Errorf("%s: %v", test.what, err)
		}
	}
}

func TestJSONValuesThatAreNoParameters(t *testing.T) {
	for _, body := range []string{`{"name":[]}`, `{"name":["a"]}`, `{"name":{"a":1}}`} {
		p, err := read(Policy{JSON: true}, "", jsonType, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Text("name", 50); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", body, err)
		}
		if raw, _ := p.Raw("name"); raw != "" {
			t.Errorf("%s reads %q", body, raw)
		}
	}
}

func TestRequestsThatAreRefusedWhole(t *testing.T) {
	part := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
	multipartType := "multipart/form-data; boundary=x"
	tests := []struct {
		what, query, contentType, body string
		want                           fault.Kind
	}{
		{"no JSON", "", jsonType, "mail=a&pass=b", fault.Malformed},
		{"a JSON list", "", jsonType, `["a"]`, fault.Malformed},
		{"a JSON text", "", jsonType, `"a"`, fault.Malformed},
		{"half an object", "", jsonType, `{"a":"b"`, fault.Malformed},
		{"two objects", "", jsonType, `{"a":"b"}{}`, fault.Malformed},
		{"a trailing comma", "", jsonType, `{"a":"b",}`, fault.Malformed},
		{"a number out of form", "", jsonType, `{"a":01}`, fault.Malformed},
		{"a NUL in JSON", "", jsonType, `{"a":"\u0000"}`, fault.Malformed},
		{"a form in a form without a boundary", "", "multipart/form-data", part + "--x--", fault.Malformed},
		{"a multipart form cut short between parts", "", multipartType, part, fault.Malformed},
		{"a multipart form cut short in a part", "", multipartType, part[:len(part)-2], fault.Malformed},
		{"a multipart form of another boundary", "", "multipart/form-data; boundary=y", part + "--x--", fault.Malformed},
		{"a million parts", "", multipartType, strings.Repeat("--x\r\n\r\n\r\n", 90_000) + "--x--", fault.Malformed},
		{"a thousand and one in the query", strings.Repeat("a&", 1001), "", "", fault.Malformed},
		{"a thousand and one together", strings.Repeat("a&", 500), formType, strings.Repeat("b&", 501), fault.Malformed},
		{"a thousand and one in JSON", "", jsonType, "{" + strings.Repeat(`"a":1,`, 1000) + `"a":1}`, fault.Malformed},
		{"a body beyond the bound", "", formType, "a=" + strings.Repeat("b", serve.MaxBody-1), fault.TooLarge},
	}
	for _, test := range tests {
		_, err := read(Policy{JSON: test.contentType == jsonType}, test.query, test.contentType, test.body)
		if f := fault.Of(err); f == nil || f.Kind != test.want || f.Subject != "" {
			t.Errorf("%s: %v", test.what, err)
		}
	}
	if _, err := read(Policy{}, strings.Repeat("a&", 500), formType, strings.Repeat("b&", 500)); err != nil {
		t.Errorf("a thousand: %v", err)
	}
	if _, err := read(Policy{}, "", formType, "a="+strings.Repeat("b", serve.MaxBody-2)); err != nil {
		t.Errorf("a body at the bound: %v", err)
	}
	if _, err := read(Policy{MaxBody: 10}, "", formType, "a=234567890"); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a body beyond a bound of its own: %v", err)
	}
}

// Whatever is sent: no panic, a bounded number of parameters, only texts that
// can be stored, and a parameter of the query is never the body's.
func FuzzReadParams(f *testing.F) {
	multipartBody := "--x\r\nContent-Disposition: form-data; name=\"sid\"\r\n\r\nb\r\n--x--"
	f.Add("sid=3&key=00000000", formType, "sid=4&key=%e6%a2%85", byte(0))
	f.Add("SID=3&%20sid+=%", formType, "Sid=4;x", byte(1))
	f.Add("", jsonType, `{"sid":[1],"sid":"\ud842\udfb7","step":null}`, byte(2))
	f.Add("sid", "multipart/form-data; boundary=x", multipartBody, byte(5))
	f.Add("sid=%ff%00", "multipart/form-data", multipartBody[5:], byte(7))
	f.Add("sid=%95%5c&%d5%b7=", formType+"; charset=sjis", "sid=\xd5\xb7", byte(9))
	f.Add("sid=\xfb\xfc", "multipart/form-data; boundary=x", multipartBody, byte(17))
	f.Fuzz(func(t *testing.T, query, contentType, body string, flags byte) {
		policy := Policy{FoldCase: flags&1 != 0, JSON: flags&2 != 0, LastWins: flags&4 != 0, MaxBody: 4096}
		switch {
		case flags&8 != 0:
			policy.Charset = CharsetAuto
		case flags&16 != 0:
			policy.Charset = CharsetShiftJIS
		}
		p, err := read(policy, query, contentType, body)
		if err != nil {
			if kind := fault.Of(err).Kind; kind != fault.Malformed && kind != fault.TooLarge {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if len(p.fields) > maxParams {
			t.Fatalf("%d parameters", len(p.fields))
		}
		for _, f := range p.fields {
			name := f.name
			text, err := p.Text(name, 100)
			if err == nil && (!utf8.ValidString(text) || strings.Contains(text, "\x00") || utf8.RuneCountInString(text) > 100) {
				t.Fatalf("%q passed as %q", name, text)
			}
		}
		if policy.Charset != "" {
			return // the body too decides what the query is written in
		}
		alone, err := read(policy, query, "", "")
		if err != nil {
			t.Fatalf("the query alone: %v", err)
		}
		for _, f := range alone.fields {
			if got, want := fmt.Sprint(p.named(f.name)), fmt.Sprint(alone.named(f.name)); got != want {
				t.Fatalf("%q: %s, but the query says %s", f.name, got, want)
			}
		}
	})
}

// BenchmarkParams reads the parameters of a small request, as nearly all are, and
// of the largest.
func BenchmarkParams(b *testing.B) {
	for name, query := range map[string]string{
		"2":    "key=demo-api-key&message=hello",
		"1000": strings.TrimSuffix(strings.Repeat("itemId=12345&", 1000), "&"),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/?"+query, nil)
			b.ReportAllocs()
			for b.Loop() {
				p, err := ReadParams(nil, r, Policy{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.Text("message", 100); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
