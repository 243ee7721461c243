package kit

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"sekisho/backends/kit/cp932"
)

// maxRow is the longest row of a CSV file, in bytes.
const maxRow = 1 << 20

var (
	errLongRow = errors.New("a row is too long")
	errCharset = errors.New("neither UTF-8 nor CP932")
)

// csvInput gives encoding/csv a file as UTF-8, in a form in which no byte gets
// lost and no row is longer than maxRow. encoding/csv drops the carriage return
// before a line feed also within quotation marks, where it is part of the
// value; there it is given two.
type csvInput struct {
	source  *bufio.Reader
	cp932   bool // the file is
	due     []byte
	quoted  bool // within quotation marks
	line    int  // from 1
	rowLine int  // on which the row begins
	rowSize int  // bytes of the file

	character [utf8.UTFMax]byte // that due is of
}

func newCSVInput(file io.Reader) *csvInput {
	in := &csvInput{source: bufio.NewReaderSize(file, 64<<10), line: 1, rowLine: 1}
	if head, _ := in.source.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
		_, _ = in.source.Discard(len(byteOrderMark))
	}
	return in
}

func (in *csvInput) Read(p []byte) (n int, err error) {
	for ; n < len(p); n++ {
		if p[n], err = in.next(); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (in *csvInput) next() (byte, error) {
	if len(in.due) > 0 {
		return in.give(in.due), nil
	}
	c, err := in.source.ReadByte()
	if err != nil {
		return 0, err
	}
	if in.rowSize++; in.rowSize > maxRow {
		return 0, errLongRow
	}
	switch {
	case c >= utf8.RuneSelf && in.cp932:
		return in.decode()
	case c == '"':
		in.quoted = !in.quoted // a doubled one flips it twice
	case c == '\r' && in.quoted:
		if following, _ := in.source.Peek(1); len(following) == 1 && following[0] == '\n' {
			in.due = append(in.character[:0], '\r')
		}
	case c == '\n':
		in.line++
		if !in.quoted {
			in.rowLine, in.rowSize = in.line, 0
		}
	}
	return c, nil
}

// decode gives the first byte of the character of CP932 that the last byte
// begins, and makes the others due. No second byte is one that means anything
// to CSV.
func (in *csvInput) decode() (byte, error) {
	_ = in.source.UnreadByte()
	pair, err := in.source.Peek(2)
	if err != nil && err != io.EOF {
		return 0, err
	}
	char, size := cp932.DecodeRune(pair)
	if char == utf8.RuneError {
		return 0, errCharset // it was none when the file was recognized
	}
	_, _ = in.source.Discard(size)
	in.rowSize += size - 1
	return in.give(utf8.AppendRune(in.character[:0], char)), nil
}

// give gives the first of some bytes and makes the others due.
func (in *csvInput) give(all []byte) byte {
	in.due = all[1:]
	return all[0]
}
