package cp932

import (
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// What Windows writes, and what it reads from that.
func TestNamedCharacters(t *testing.T) {
	tests := []struct{ what, text, code string }{
		{"ASCII", "a\\~\x00\r\n\x7f", "615c7e000d0a7f"},
		{"a name", "山田 太郎", "8e52936320" + "91be9859"},
		{"trail bytes that look like \\", "表ソ十", "955c835c8f5c"},
		{"trail bytes that look like |", "弊ポ", "95be837c"},
		{"half-width kana", "ﾕｷ｡ﾟ", "d5b7a1df"},
		{"full-width tilde and minus", "～－", "8160817c"},
		{"the names that JIS lacks", "髙﨑彅", "fbfcfab1fa67"},
		{"the signs of JIS X 0208", "≒≡∫√⊥∠∵∩∪￢", "81e081df81e781e381db81da81e681bf81be81ca"},
		{"NEC's row 13", "①ⅠⅩ㍉㈱№℡㍻∑", "87408754875d875f878a8782878487" + "7e8794"},
		{"what IBM added", "ⅰⅹ￤＇＂", "fa40fa49fa55fa56fa57"},
		{"what users define", "\ue000\ue757", "f040f9fc"},
	}
	for _, test := range tests {
		encoded, ok := Encode(test.text)
		if got := hex.EncodeToString(encoded); got != test.code || !ok {
			t.Errorf("%s: %q is %s, %v; want %s", test.what, test.text, got, ok, test.code)
		}
		code, _ := hex.DecodeString(test.code)
		if text, ok := Decode(code); text != test.text || !ok {
			t.Errorf("%s: %s is %q, %v; want %q", test.what, test.code, text, ok, test.text)
		}
	}
}

// Codes that Windows reads, and writes in another way.
func TestOtherCodesOfACharacter(t *testing.T) {
	for code, text := range map[string]string{
		"eee0": "髙", "ed95": "﨑", "eef9": "￢", "fa54": "￢", "8790": "≒", "fa5b": "∵", "eeef": "ⅰ", "fa4a": "Ⅰ", "fa58": "㈱",
	} {
		b, _ := hex.DecodeString(code)
		if got, ok := Decode(b); got != text || !ok {
			t.Errorf("%s is %q, %v; want %q", code, got, ok, text)
		}
	}
}

func TestWhatIsNoCharacter(t *testing.T) {
	for _, b := range []string{
		"\x80", "\xa0", "\xfd", "\xff", // alone
		"\x81", "a\xfc", // cut short
		"\x81\x20", "\x95\n", "\x81\x7f", "\x81\xfd", // no trail bytes
		"\x81\xad", "\x85\x40", "\xef\x40", "\xfc\x4c", // gaps
		"\xe6\xa2\x85", // 梅 in UTF-8
	} {
		if text, ok := Decode([]byte(b)); ok || text != "" {
			t.Errorf("% x is %q", b, text)
		}
	}
	for _, s := range []string{"é", "¥", "‾", "€", "한", "𠮷", "😀", "\u0080", "\ufeff", "\ufffd", "\ue758", "\xff"} {
		if b, ok := Encode("梅" + s); ok || b != nil {
			t.Errorf("%s is % x", s, b)
		}
	}
}

func TestFolding(t *testing.T) {
	encoded, ok := Encode("〜−‖—¢£¬")
	if text, _ := Decode(encoded); text != "～－∥―￠￡￢" || !ok {
		t.Errorf("%q, %v", text, ok)
	}
}

func TestRunesOfAStream(t *testing.T) {
	tests := []struct {
		b    string
		full bool
		r    rune
		size int
	}{
		{"", false, utf8.RuneError, 0},
		{"a", true, 'a', 1},
		{"\xb1", true, 'ｱ', 1},
		{"\x95", false, utf8.RuneError, 1},
		{"\x95\x5c\x5c", true, '表', 2},
		{"\x95\x20", true, utf8.RuneError, 1},
		{"\x80", true, utf8.RuneError, 1},
	}
	for _, test := range tests {
		r, size := DecodeRune([]byte(test.b))
		if full := FullRune([]byte(test.b)); r != test.r || size != test.size || full != test.full {
			t.Errorf("% x: %q of %d, full %v", test.b, r, size, full)
		}
	}
}

func TestJSON(t *testing.T) {
	tests := []struct{ what, text, want string }{
		{"ASCII", `{"Status":"OK"}`, `{"Status":"OK"}`},
		{"in CP932", `{"Name":"表 髙"}`, "{\"Name\":\"\x95\x5c \xfb\xfc\"}"},
		{"folded", `["〜"]`, "[\"\x81\x60\"]"},
		{"lacking", `["é","한"]`, `["\u00e9","\ud55c"]`},
		{"what iconv would make an escape of", `["¥n","‾"]`, `["\u00a5n","\u203e"]`},
		{"a surrogate pair", `["𠮷野家"]`, `["\ud842\udfb7` + "\x96\xec\x89\xc6\"]"},
	}
	for _, test := range tests {
		if got := EncodeJSON([]byte(test.text)); string(got) != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}
}

func TestASCIIIsNotCopied(t *testing.T) {
	text := []byte(`{"Status":"OK"}`)
	if got := testing.AllocsPerRun(100, func() { _ = EncodeJSON(text) }); got != 0 {
		t.Errorf("EncodeJSON allocates %v times", got)
	}
}

// Whatever is read comes back the same, though maybe in other bytes.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "a", "\x95\x5c\xd5\xb7", "\xee\xcd\xfb\xfc", "\x87\x90\xf0\x40", "\x80", "\x81"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, ok := Decode(b)
		if !ok {
			return
		}
		if !utf8.ValidString(text) {
			t.Fatalf("% x is no UTF-8: %q", b, text)
		}
		encoded, ok := Encode(text)
		if !ok || len(encoded) != len(b) {
			t.Fatalf("% x is %q, which is % x, %v", b, text, encoded, ok)
		}
		if again, ok := Decode(encoded); again != text || !ok {
			t.Fatalf("% x is %q, % x is %q, %v", b, text, encoded, again, ok)
		}
	})
}

// Whatever is answered means the same in CP932, but for what is folded.
func FuzzEncodeJSON(f *testing.F) {
	for _, seed := range []string{"{}", `{"Name":"表\\ソ","é":["〜𠮷¥",1.5,null]}`, `"\ud842\udfb7—"`, `"‾\u203e"`} {
		f.Add(seed)
	}
	folding := strings.NewReplacer("〜", "～", "−", "－", "‖", "∥", "—", "―", "¢", "￠", "£", "￡", "¬", "￢")
	f.Fuzz(func(t *testing.T, text string) {
		var want, got any
		if !utf8.ValidString(text) || json.Unmarshal([]byte(folding.Replace(text)), &want) != nil {
			return
		}
		encoded := EncodeJSON([]byte(text))
		decoded, ok := Decode(encoded)
		if !ok {
			t.Fatalf("%q is no CP932: % x", text, encoded)
		}
		if err := json.Unmarshal([]byte(decoded), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q, %v", text, decoded, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	japanese, _ := Encode(strings.Repeat("池袋東口のお客様 ﾕｷ 090-0000-0000 ", 100))
	for what, text := range map[string][]byte{"ASCII": []byte(strings.Repeat("user_code=0000000000001", 100)), "Japanese": japanese} {
		b.Run(what, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Decode(text)
			}
		})
	}
}

func BenchmarkEncodeJSON(b *testing.B) {
	for what, word := range map[string]string{"ASCII": "OK 0000000000001", "Japanese": "池袋東口のお客様 ﾕｷ", "lacking": "é𠮷"} {
		text := []byte(`"` + strings.Repeat(word, 100) + `"`)
		b.Run(what, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_ = EncodeJSON(text)
			}
		})
	}
}
