package kit

import (
	"bufio"
	"errors"
	"io"
)

// maxRow is the longest row of a CSV file, in bytes.
const maxRow = 1 << 20

var errLongRow = errors.New("a row is too long")

// csvInput gives encoding/csv a file in a form in which no byte gets lost and
// no row is longer than maxRow. encoding/csv drops the carriage return before a
// line feed also within quotation marks, where it is part of the value; there
// it is given two.
type csvInput struct {
	source  *bufio.Reader
	quoted  bool // within quotation marks
	again   bool // a carriage return is due
	line    int  // from 1
	rowLine int  // on which the row begins
	rowSize int  // bytes
}

func newCSVInput(file io.Reader) *csvInput {
	in := &csvInput{source: bufio.NewReaderSize(file, 64<<10), line: 1, rowLine: 1}
	const byteOrderMark = "\ufeff"
	if head, _ := in.source.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
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
	if in.again {
		in.again = false
		return '\r', nil
	}
	c, err := in.source.ReadByte()
	if err != nil {
		return 0, err
	}
	if in.rowSize++; in.rowSize > maxRow {
		return 0, errLongRow
	}
	switch {
	case c == '"':
		in.quoted = !in.quoted // a doubled one flips it twice
	case c == '\r' && in.quoted:
		following, _ := in.source.Peek(1)
		in.again = len(following) == 1 && following[0] == '\n'
	case c == '\n':
		in.line++
		if !in.quoted {
			in.rowLine, in.rowSize = in.line, 0
		}
	}
	return c, nil
}
