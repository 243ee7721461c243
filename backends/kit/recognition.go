package kit

import (
	"unicode/utf8"

	"sekisho/backends/kit/cp932"
)

// recognition tells UTF-8 and CP932 apart. It is given texts byte by byte and
// reads them as both, in constant memory.
type recognition struct {
	asUTF8, asCP932 reading

	line       int  // from 1
	beyond     bool // there is something beyond ASCII
	beyondKana bool // and not all of it could be half-width kana in CP932
}

func newRecognition() *recognition {
	return &recognition{
		asUTF8:  reading{full: utf8.FullRune, decode: utf8.DecodeRune},
		asCP932: reading{full: cp932.FullRune, decode: cp932.DecodeRune},
		line:    1,
	}
}

// Write takes a part of a text; it never fails.
func (r *recognition) Write(part []byte) (int, error) {
	for _, c := range part {
		r.next(c)
	}
	return len(part), nil
}

// text takes a whole text.
func (r *recognition) text(s string) {
	for i := range len(s) {
		r.next(s[i])
	}
	r.end()
}

func (r *recognition) next(c byte) {
	if c >= utf8.RuneSelf {
		r.beyond = true
		r.beyondKana = r.beyondKana || c < 0xA1 || c > 0xDF
	}
	if c >= utf8.RuneSelf || r.asUTF8.size > 0 || r.asCP932.size > 0 {
		r.asUTF8.next(c, r.line)
		r.asCP932.next(c, r.line)
	}
	if c == '\n' {
		r.line++
	}
}

// end says that a text ends here, and no character goes on in the next one.
func (r *recognition) end() {
	r.asUTF8.end(r.line)
	r.asCP932.end(r.line)
}

// charset is what the texts are in, "" where they are in neither. Texts whose
// bytes beyond ASCII are all half-width kana in CP932 are that, though they may
// be UTF-8 too, all of it characters of two bytes: ﾕｷ is D5 B7, which is also a
// letter of Armenian.
func (r *recognition) charset() Charset {
	kana := r.beyond && !r.beyondKana
	switch {
	case r.whole(CharsetUTF8) && !kana:
		return CharsetUTF8
	case r.whole(CharsetShiftJIS):
		return CharsetShiftJIS
	}
	return ""
}

// whole says whether all texts are in a charset.
func (r *recognition) whole(charset Charset) bool {
	switch charset {
	case CharsetUTF8:
		return r.asUTF8.wrong == 0
	case CharsetShiftJIS:
		return r.asCP932.wrong == 0
	}
	return false
}

// fits says whether all texts are in a charset, or in ASCII.
func (r *recognition) fits(charset Charset) bool { return !r.beyond || r.whole(charset) }

// wrong is the line of the first bytes with which the texts were in neither
// charset any more.
func (r *recognition) wrong() int { return max(r.asUTF8.wrong, r.asCP932.wrong) }

// reading is the reading of texts in one charset, up to its first fault.
type reading struct {
	full   func([]byte) bool
	decode func([]byte) (rune, int)

	begun [utf8.UTFMax]byte // a character
	size  int               // how much of it
	wrong int               // the line of what is no character; 0 where all are
}

func (r *reading) next(c byte, line int) {
	if r.wrong > 0 {
		return
	}
	r.begun[r.size] = c
	r.size++
	if begun := r.begun[:r.size]; r.full(begun) {
		if char, size := r.decode(begun); char == utf8.RuneError && size == 1 {
			r.wrong = line
		}
		r.size = 0
	}
}

func (r *reading) end(line int) {
	if r.size > 0 {
		r.wrong, r.size = line, 0
	}
}
