package photocloak

import (
	"mime"
	"strings"
	"testing"
)

func TestPhotoName(t *testing.T) {
	long := strings.Repeat("海", 300)
	for sent, want := range map[string]string{
		"a.jpg":                      "a.jpg",
		"":                           "",
		"海.jpg":                      "海.jpg",
		"/etc/passwd":                "passwd",
		`..\..\a.jpg`:                "a.jpg",
		"dir/":                       "",
		"..":                         "",
		".":                          "",
		"a/..":                       "",
		" a .jpg ":                   "a .jpg",
		"a\x00b\r\nc\u202e.jpg":      "abc.jpg",
		"\xff.jpg":                   "",
		"\x8aC.jpg":                  "", // CP932
		long:                         long[:255*3],
		"=?utf-8?B?5rW3LmpwZw==?=":   "海.jpg",
		"=?utf-8?B?Li4vLi4v5rW3?=":   "海",
		"=?nonsense":                 "=?nonsense",
		"=?x-unknown?B?5rW3LmpwZw?=": "=?x-unknown?B?5rW3LmpwZw?=",
	} {
		if got := photoName(sent); got != want {
			t.Errorf("%q is called %q, want %q", sent, got, want)
		}
	}
}

// Whatever a file is called, its name is harmless and comes back as it is kept.
func FuzzPhotoName(f *testing.F) {
	for _, name := range []string{"a.jpg", `C:\海.jpg`, `a"b\c`, "=?utf-8?B?5rW3?=", "\xff", "100%", "a\r\nSet-Cookie: b", "日本'語"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		name := photoName(sent)
		if strings.ContainsAny(name, "/\\\x00\r\n") || len([]rune(name)) > longestPhotoName || strings.ToValidUTF8(name, "") != name {
			t.Errorf("%q is called %q", sent, name)
		}
		for _, name := range []string{name, sent} { // an imported name may be anything
			header := attachment(name)
			if strings.ContainsFunc(header, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("%q: the header is %q", name, header)
			}
			media, attributes, err := mime.ParseMediaType(header)
			if want := strings.ToValidUTF8(name, "\ufffd"); err != nil || media != "attachment" || attributes["filename"] != want {
				t.Errorf("%q: %s reads as %q, %v", name, header, attributes["filename"], err)
			}
		}
	})
}
