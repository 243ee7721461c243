package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
)

// CSVFormat says what a CSV file that an import takes must hold: a header line,
// columns in any order, quotation marks as in RFC 4180, lines that end in a
// line feed with or without a carriage return.
type CSVFormat struct {
	// Columns are those that the file may have.
	Columns []CSVColumn

	// CP932 says that the file may be UTF-8 or Windows code page 932; they are
	// told apart by themselves over the whole file. Otherwise it is UTF-8. A byte
	// order mark may stand before UTF-8.
	CP932 bool
}

// CSVColumn is a column by its name in the header line, to the letter.
type CSVColumn struct {
	Name     string
	Required bool // the file must have it; its values may still be empty
}

// CSVFile is a CSV file to import. It is read twice: [CSVFile.Check] goes over
// all of it before [CSVFile.Apply] changes anything; the first of them also
// finds out what it is written in. None holds more than a row of it in memory.
// On a terminal, each shows its progress on standard error.
type CSVFile struct {
	format  CSVFormat
	file    *os.File
	size    int64   // bytes
	spool   bool    // file is a copy of our own
	charset Charset // "" until it is known
}

// OpenCSV opens the file at path, or reads stdin where path is "-". What cannot
// be read twice is copied to a temporary file first, which only this user can
// read and which no longer has a name.
func OpenCSV(path string, stdin io.Reader, format CSVFormat) (*CSVFile, error) {
	file := &CSVFile{format: format}
	if err := file.open(path, stdin); err != nil {
		return nil, fmt.Errorf("opening the file to import: %w", errors.Join(err, file.Close()))
	}
	return file, nil
}

func (f *CSVFile) open(path string, stdin io.Reader) error {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err == nil && info.Mode().IsRegular() {
			f.file, f.size = file, info.Size()
			return nil
		}
		defer file.Close()
		if err == nil && info.IsDir() {
			err = errors.New("a folder is no CSV file")
		}
		if err != nil {
			return err
		}
		stdin = file
	}
	spool, err := os.CreateTemp("", "sekisho-import-*")
	if err != nil {
		return err
	}
	f.file, f.spool = spool, true
	_ = os.Remove(spool.Name()) // where an open file cannot lose its name, Close does it
	f.size, err = io.Copy(spool, stdin)
	return err
}

// Close gives the file back.
func (f *CSVFile) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	if f.spool {
		_ = os.Remove(f.file.Name())
	}
	return err
}

// MaxFaults is how many faults of a file are told at once.
const MaxFaults = 20

// Check calls do for each row and gathers what is wrong with the file: what do
// returns from [CSVRow.Fault], joined or not, and what is no CSV of the format.
// After 20 faults it stops. The error is then [CSVFaults]; any other error of
// do ends it at once.
func (f *CSVFile) Check(ctx context.Context, do func(CSVRow) error) error {
	return f.pass(ctx, "Checking", MaxFaults, do)
}

// Apply calls do for each row and stops at the first error, which it gives
// with its line. It can be called again: a transaction may be repeated.
func (f *CSVFile) Apply(ctx context.Context, do func(CSVRow) error) error {
	return f.pass(ctx, "Importing", 1, do)
}

func (f *CSVFile) pass(ctx context.Context, what string, limit int, do func(CSVRow) error) error {
	if err := f.recognize(ctx); err != nil {
		return err
	}
	return f.read(what, func(file io.Reader) error {
		p := newCSVPass(file, f.format, limit)
		p.input.cp932 = f.charset == CharsetShiftJIS
		return p.run(ctx, do)
	})
}

// read lets do read the file from its start, and shows how far it is.
func (f *CSVFile) read(what string, do func(io.Reader) error) error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading the file from its start: %w", err)
	}
	progress := newProgress(os.Stderr, what, f.size, progressbar.OptionShowBytes(true))
	defer progress.end()
	return do(io.TeeReader(f.file, progress))
}
