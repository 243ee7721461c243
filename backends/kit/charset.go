package kit

import (
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/fault"
)

// Charset says what the parameters of a request are written in. Its zero value
// is CharsetUTF8.
type Charset string

const (
	// CharsetUTF8 takes UTF-8 only, and leaves it to [Params.Text] to say which
	// parameter is none.
	CharsetUTF8 Charset = "utf-8"

	// CharsetShiftJIS takes Windows code page 932, and UTF-8 where the
	// Content-Type says so.
	CharsetShiftJIS Charset = "shift_jis"

	// CharsetAuto takes either, and tells them apart by the Content-Type, and
	// where it says nothing by the texts themselves.
	CharsetAuto Charset = "auto"
)

// charsetNames are those that a Content-Type gives the charsets known here, in
// lower case.
var charsetNames = map[string]Charset{
	"utf-8": CharsetUTF8, "utf8": CharsetUTF8,
	"shift_jis": CharsetShiftJIS, "shift-jis": CharsetShiftJIS, "sjis": CharsetShiftJIS, "x-sjis": CharsetShiftJIS,
	"windows-31j": CharsetShiftJIS, "ms932": CharsetShiftJIS, "cp932": CharsetShiftJIS,
}

// declaredCharset is "" where a Content-Type names none, or none known here.
func declaredCharset(contentType string) Charset {
	_, attributes, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return charsetNames[strings.ToLower(strings.TrimSpace(attributes["charset"]))]
}

// decode turns the names and texts of a whole request into UTF-8. What is not
// whole in the request's one charset is Malformed, without a subject; of cookies,
// which may be anybody's, it is left out instead.
func (c Charset) decode(contentType string, query, body []field, cookies *[]field) error {
	if c == "" || c == CharsetUTF8 || allASCII(query, body, *cookies) {
		return nil
	}
	asked := recognize(query, body)
	decides := asked
	if !asked.beyond {
		decides = recognize(*cookies)
	}
	charset := c.of(contentType, decides)
	if !asked.fits(charset) {
		return fault.New(fault.Malformed, "")
	}
	*cookies = slices.DeleteFunc(*cookies, func(f field) bool { return !recognize([]field{f}).fits(charset) })
	if charset == CharsetShiftJIS {
		fromCP932(query, body, *cookies)
	}
	return nil
}

func recognize(request ...[]field) *recognition {
	found := newRecognition()
	for _, fields := range request {
		for _, f := range fields {
			found.text(f.name)
			found.text(f.text)
		}
	}
	return found
}

// of decides for one request, "" where its texts are in no charset.
func (c Charset) of(contentType string, found *recognition) Charset {
	switch declared := declaredCharset(contentType); {
	case declared == CharsetUTF8:
		return CharsetUTF8
	case declared == CharsetShiftJIS || c == CharsetShiftJIS:
		return CharsetShiftJIS
	}
	return found.charset()
}

func allASCII(request ...[]field) bool {
	for _, fields := range request {
		for _, f := range fields {
			if !isASCII(f.name) || !isASCII(f.text) {
				return false
			}
		}
	}
	return true
}

func fromCP932(request ...[]field) {
	for _, fields := range request {
		for i, f := range fields {
			fields[i].name, fields[i].text = textOfCP932(f.name), textOfCP932(f.text)
		}
	}
}

func textOfCP932(s string) string {
	if isASCII(s) {
		return s
	}
	text, _ := cp932.Decode([]byte(s)) // known to be whole
	return text
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
