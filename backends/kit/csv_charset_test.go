package kit

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

var japaneseShops = CSVFormat{Columns: shops.Columns, CP932: true}

func TestCSVInEitherCharset(t *testing.T) {
	tests := []struct {
		what, text string
		want       []string
	}{
		{"ASCII", "id,name\n1,a\n", []string{`2 1 a ""`}},
		{"UTF-8", "id,name\n1,池袋店\n", []string{`2 1 池袋店 ""`}},
		{"UTF-8 with a byte order mark", "\ufeffid,name\n1,池袋店\n", []string{`2 1 池袋店 ""`}},
		{"UTF-8 beyond what CP932 has", "id,name\n1,한𠮷\n", []string{`2 1 한𠮷 ""`}},
		{"CP932", sjis("id,name\n1,池袋店\n2,髙島屋\n"), []string{`2 1 池袋店 ""`, `3 2 髙島屋 ""`}},
		{"CP932 without a last line break", sjis("id,name\n1,表"), []string{`2 1 表 ""`}},
		{"a lone half-width kana at the end", sjis("id,name\n1,ﾕ"), []string{`2 1 ﾕ ""`}},
		{"half-width kana, which is UTF-8 too", sjis("id,name\n1,ﾕｷ\n"), []string{`2 1 ﾕｷ ""`}},
		{"the same behind a byte order mark", "\ufeff" + sjis("id,name\n1,ﾕｷ\n"), []string{`2 1 շ ""`}},
		{"the same before more of UTF-8", sjis("id,name\n1,ﾕｷ\n") + "2,梅\n", []string{`2 1 շ ""`, `3 2 梅 ""`}},
		{"trail bytes of 5C and 7C before what means something", sjis("id,name,note\n1,表,\"ソ\"\n2,ポ,\n"), []string{`2 1 表 "ソ"`, `3 2 ポ ""`}},
		{
			"line breaks of each kind, quotation marks",
			sjis("id,name,note\r\n1,\"池\n袋\r\n店\r\r\n\",ソ\n\r\n2,表,\"ﾕｷ \"\"表\"\"\"\r\n"),
			[]string{"2 1 池\n袋\r\n店\r\r\n \"ソ\"", `7 2 表 "ﾕｷ \"表\""`},
		},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := rowsOf(t, test.text, japaneseShops)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestCSVInNoCharset(t *testing.T) {
	tests := []struct{ what, text, want string }{
		{"a byte that is none", "id,name\n1,a\n2,\"\n\x80\"\n", "line 4: neither UTF-8 nor CP932"},
		{"UTF-8 with one byte that is none", "id,name\n1,梅\n2,松\n3,\xff\n", "line 4: neither UTF-8 nor CP932"},
		{"CP932 with one byte that is none", sjis("id,name\n1,梅\n2,松\n3,") + "\xff\n", "line 4: neither UTF-8 nor CP932"},
		{"CP932, then UTF-8", sjis("id,name\r\n1,梅\r\n") + "2,梅\r\n", "line 3: neither UTF-8 nor CP932"},
		{"UTF-8, then CP932", "id,name\n1,梅\n" + sjis("2,梅\n"), "line 3: neither UTF-8 nor CP932"},
		{"half a character before a line break", "id,name\n1,\x95\n2,b\n", "line 2: neither UTF-8 nor CP932"},
		{"half a character at the end", "id,name\n1,\x95", "line 2: neither UTF-8 nor CP932"},
		{"CP932 behind a byte order mark of UTF-8", "\ufeff" + sjis("id,name\n1,梅\n"), "line 2: name: not UTF-8"},
		{"nothing", "", "line 1: the file is empty; a header line with the names of the columns is needed"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			file := openText(t, test.text, japaneseShops)
			for _, pass := range []func(context.Context, func(CSVRow) error) error{file.Check, file.Apply} {
				err := pass(t.Context(), func(CSVRow) error { return nil })
				var faults CSVFaults
				if !errors.As(err, &faults) || err.Error() != test.want {
					t.Errorf("%v, want %s", err, test.want)
				}
			}
		})
	}
}

// What tells the charsets apart may come late, behind any number of bytes that
// say nothing.
func TestCharsetIsToldByTheWholeFile(t *testing.T) {
	const rows = 4_000 // of a kilobyte
	start := "id,name\n" + strings.Repeat("1,"+strings.Repeat("a", 1000)+"\n", rows)
	for _, charset := range []struct{ what, end string }{{"UTF-8", "2,池袋店\n"}, {"CP932", sjis("2,池袋店\n")}} {
		last, seen := "", 0
		err := openText(t, start+charset.end, japaneseShops).Check(t.Context(), func(r CSVRow) error {
			last, seen = r.Get("name"), seen+1
			return nil
		})
		if last != "池袋店" || seen != rows+1 || err != nil {
			t.Errorf("%s: %q after %d rows, %v", charset.what, last, seen, err)
		}
	}
	err := openText(t, start+sjis("2,池袋店\n3,")+"\xff", japaneseShops).Check(t.Context(), func(CSVRow) error {
		return errors.New("a row was handed on")
	})
	if want := "line 4003: neither UTF-8 nor CP932"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestCharsetIsToldInParts(t *testing.T) {
	for text, want := range map[string]Charset{"池袋店": CharsetUTF8, sjis("池袋店"): CharsetShiftJIS, "池\xff": "", "\ufeff": CharsetUTF8} {
		charset, _, err := charsetOfFile(t.Context(), iotest.OneByteReader(strings.NewReader(text)))
		if charset != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", text, charset, err, want)
		}
	}
}

// A file far larger than what may be held in memory is streamed.
func TestCharsetIsToldOfAStream(t *testing.T) {
	line := sjis("池袋店") + "\n"
	before, after := heap(), uint64(0)
	atEnd := readerFunc(func([]byte) (int, error) {
		after = heap()
		return 0, io.EOF
	})
	file := io.MultiReader(io.LimitReader(&repeat{line}, 4<<20/int64(len(line))*int64(len(line))), atEnd)
	charset, _, err := charsetOfFile(t.Context(), file)
	if charset != CharsetShiftJIS || err != nil || after > before+1<<20 {
		t.Errorf("%q, %v, %d bytes in use after %d", charset, err, after, before)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A row is as long as it is in the file, whatever it is in UTF-8.
func TestRowsOfCP932AreBoundedInTheFile(t *testing.T) {
	row := "1," + sjis(strings.Repeat("ﾕ", maxRow-3)) + "\n"
	if got, err := rowsOf(t, "id,name\n"+row, japaneseShops); len(got) != 1 || err != nil {
		t.Errorf("%d rows, %v", len(got), err)
	}
	_, err := rowsOf(t, "id,name\n1,a\n"+sjis("ﾕ")+row, japaneseShops)
	if want := "line 3: the row that begins here is longer than 1048576 bytes; a quotation mark may be missing"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

// A character that lies across the bound of a buffer is whole.
func TestCharactersOfCP932AcrossBuffers(t *testing.T) {
	for _, name := range []string{strings.Repeat("表", 200_000), "a" + strings.Repeat("ソ", 200_000)} {
		got := ""
		err := openText(t, sjis("id,name\n1,"+name+"\n"), japaneseShops).Check(t.Context(), func(r CSVRow) error {
			got = r.Get("name")
			return nil
		})
		if got != name || err != nil {
			t.Errorf("%d bytes of %d, %v", len(got), len(name), err)
		}
	}
}

// What a file was written in when it was checked, it still is when it is
// applied; what was written to it meanwhile is looked at no less.
func TestCharsetIsRemembered(t *testing.T) {
	file := openText(t, sjis("id,name\n1,梅\n2,松\n"), japaneseShops)
	if err := file.Check(t.Context(), func(CSVRow) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := file.file.WriteAt([]byte("\xff\xff"), int64(len(sjis("id,name\n1,梅\n2,")))); err != nil {
		t.Fatal(err)
	}
	rows := 0
	err := file.Apply(t.Context(), func(r CSVRow) error {
		rows++
		return nil
	})
	if want := "line 3: neither UTF-8 nor CP932"; rows != 1 || err == nil || err.Error() != want {
		t.Errorf("%d rows, %v; want %s", rows, err, want)
	}
}

func TestCharsetThatCannotBeTold(t *testing.T) {
	broken := errors.New("the disk is away")
	for what, file := range map[string]io.Reader{
		"at once":         iotest.ErrReader(broken),
		"after some time": io.MultiReader(strings.NewReader("id,name\n"), iotest.ErrReader(broken)),
	} {
		if charset, _, err := charsetOfFile(t.Context(), file); charset != "" || !errors.Is(err, broken) {
			t.Errorf("%s: %q, %v", what, charset, err)
		}
	}
	p := newCSVPass(io.MultiReader(strings.NewReader("id,name\n1,\x95"), iotest.ErrReader(broken)), japaneseShops, 1)
	p.input.cp932 = true
	if err := p.run(t.Context(), func(CSVRow) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("within a character: %v", err)
	}
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	err := openText(t, sjis("id,name\n1,梅\n"), japaneseShops).Check(interrupted, func(CSVRow) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func BenchmarkCharsetOfFile(b *testing.B) {
	for what, line := range map[string]string{"ASCII": "1,a,b\n", "UTF-8": "1,池袋店,b\n", "CP932": sjis("1,池袋店,b\n")} {
		b.Run(what, func(b *testing.B) {
			text := strings.Repeat(line, 10_000)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, _, err := charsetOfFile(b.Context(), strings.NewReader(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
