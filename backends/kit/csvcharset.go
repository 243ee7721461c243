package kit

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
)

// recognize finds out once what the file is written in. A file that is in
// neither charset is [CSVFaults], with the line of the first bytes that say so.
func (f *CSVFile) recognize(ctx context.Context) error {
	if !f.format.CP932 {
		f.charset = CharsetUTF8
	}
	if f.charset != "" {
		return nil
	}
	return f.read("Reading", func(file io.Reader) error {
		charset, wrong, err := charsetOfFile(ctx, file)
		if err != nil {
			return fmt.Errorf("reading the file: %w", err)
		}
		if f.charset = charset; charset == "" {
			return CSVFaults{{Line: wrong, Why: errCharset.Error()}}
		}
		return nil
	})
}

// charsetOfFile gives the charset of a whole file, "" and the line that is
// wrong where it is in neither. It looks no further than a byte order mark: a
// row behind it that is no UTF-8 is told with its column.
func charsetOfFile(ctx context.Context, file io.Reader) (charset Charset, wrong int, err error) {
	buffered := bufio.NewReaderSize(file, 64<<10)
	if head, _ := buffered.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
		return CharsetUTF8, 0, nil
	}
	found := newRecognition()
	for found.asUTF8.wrong == 0 || found.asCP932.wrong == 0 {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		_, err := io.CopyN(found, buffered, 1<<20)
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", 0, err
		}
	}
	found.end()
	return found.charset(), found.wrong(), nil
}
