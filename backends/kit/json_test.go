package kit

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

func TestBodiesThatAreTaken(t *testing.T) {
	deep := strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)
	for _, body := range []string{
		`{}`, ` [1] `, `"text"`, `null`, deep,
		`"\\u0000"`,       // a backslash, then the letters u0000
		`"\\\\\"{[{["`,    // brackets in a text have no depth
		`"\uD842\uDFB7"`,  // 𠮷 as a pair
		`"𠮷\u6d77\t\/"`,   // and as itself
		`{"a":1e999999}`,  // a number that no machine holds
		`{"\u0061":"\b"}`, // an escape in a name
	} {
		var v any
		if err := DecodeJSON([]byte(body), &v); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestBodiesThatAreMalformed(t *testing.T) {
	for _, body := range []string{
		``, ` `, `{`, `[1,]`, `{"a":1}{"b":2}`, `{"a":1} x`, `{'a':1}`, `nul`, `01`, `"a`,
		"\ufeff\ufeff{}",   // two byte order marks
		"\"\xff\"",         // no UTF-8
		"\"\xed\xa0\x80\"", // a surrogate in UTF-8
		"\"\x00\"", "{\x00}", `"\u0000"`, `{"\u0000":1}`, `"\\\u0000"`,
		`"\ud842"`, `"\udfb7"`, `"\ud842\ud842"`, `"\ud842x\udfb7"`, `"\ud842\n"`, `"\uD842\u0041"`, `{"\ud842":1}`,
		`"\u12"`, `"\u12xy"`, `"\x41"`, `"\`,
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1),
		strings.Repeat("[", serve.MaxBody),
	} {
		var v any
		if err := DecodeJSON([]byte(body), &v); !fault.Is(err, fault.Malformed) {
			t.Errorf("%.40q: %v, decoded as %v", body, err, v)
		}
	}
}

func TestWrongTypesAreMalformed(t *testing.T) {
	var v struct {
		Name string `json:"name"`
	}
	if err := DecodeJSON([]byte(`{"name":1}`), &v); !fault.Is(err, fault.Malformed) {
		t.Error(err)
	}
}

// What passes can be given back as it came, and holds nothing that a database
// refuses.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"customer_id":1,"name01":"ああ"}]}`, `"\ud842\udfb7\u0000"`, `"\\u0000\ud842"`, `[[[[]]]]`,
		`{"a":1e400,"a":-0.0}`, "\"\xff\"", `"\u2028<&>"`, `{"a":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if DecodeJSON(body, &v) != nil {
			return
		}
		walkTexts(v, func(text string) {
			// encoding/json puts U+FFFD in place of what it could not keep.
			if !utf8.ValidString(text) || strings.Contains(text, "\x00") ||
				strings.Contains(text, "\ufffd") && !mentionsReplacement(body) {
				t.Fatalf("%q holds %q", body, text)
			}
		})
		encoded, err := serve.Encode(v)
		if err != nil {
			t.Fatalf("%q does not go back: %v", body, err)
		}
		var again any
		if err := DecodeJSON(encoded, &again); err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q came back as %q: %v", body, encoded, err)
		}
		if members, err := decodeMembers(body); err == nil {
			object := map[string]any{}
			for _, m := range members {
				object[m.name] = m.value
			}
			if !reflect.DeepEqual(v, any(object)) {
				t.Fatalf("%q has the members %v", body, members)
			}
		}
	})
}

func mentionsReplacement(body []byte) bool {
	return bytes.Contains(body, []byte("\ufffd")) || bytes.Contains(bytes.ToLower(body), []byte(`\ufffd`))
}

func walkTexts(v any, see func(string)) {
	switch v := v.(type) {
	case string:
		see(v)
	case json.Number:
		see(v.String())
	case []any:
		for _, element := range v {
			walkTexts(element, see)
		}
	case map[string]any:
		for name, element := range v {
			see(name)
			walkTexts(element, see)
		}
	}
}
