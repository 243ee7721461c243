package kit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// CSVColumns makes a format of column names; those that end in ! must be there.
func CSVColumns(names ...string) CSVFormat {
	var format CSVFormat
	for _, name := range names {
		name, required := strings.CutSuffix(name, "!")
		format.Columns = append(format.Columns, CSVColumn{Name: name, Required: required})
	}
	return format
}

// LargestID is the largest number that every JSON reader keeps whole.
const LargestID = 1<<53 - 1

// CSVFields reads the values of a row and gathers what is wrong with them.
type CSVFields struct {
	CSVRow
	faults []error
}

// NewCSVFields begins to read the values of a row.
func NewCSVFields(row CSVRow) *CSVFields { return &CSVFields{CSVRow: row} }

// Fail notes what is wrong with a column; why must not quote the value, which
// may be a secret.
func (f *CSVFields) Fail(column, why string) { f.note(f.Fault(column, why)) }

func (f *CSVFields) note(err error) {
	if err != nil {
		f.faults = append(f.faults, err)
	}
}

// Err gives all that is wrong with the row.
func (f *CSVFields) Err() error { return errors.Join(f.faults...) }

// Text reads a text of at most so many characters.
func (f *CSVFields) Text(column string, most int) string {
	f.note(f.Within(column, most))
	return f.Get(column)
}

// Need is Text for what must not be empty.
func (f *CSVFields) Need(column string, most int) string {
	value := f.Text(column, most)
	if value == "" {
		f.Fail(column, "is empty")
	}
	return value
}

// Number reads a number from least to most, otherwise where it is empty.
func (f *CSVFields) Number(column string, least, most, otherwise int64) int64 {
	value := f.Get(column)
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		f.Fail(column, fmt.Sprintf("must be a number from %d to %d", least, most))
	}
	return n
}

// ID reads a number from 1 to [LargestID], which must be there.
func (f *CSVFields) ID(column string) int64 {
	if f.Get(column) == "" {
		f.Fail(column, "is empty")
	}
	return f.Number(column, 1, LargestID, 0)
}

// Flag reads 0 or 1, 0 where it is empty.
func (f *CSVFields) Flag(column string) bool { return f.Number(column, 0, 1, 0) == 1 }

// Time reads a time as [CSVRow.Time] does, in Unix milliseconds, otherwise where
// it is empty.
func (f *CSVFields) Time(column string, otherwise int64) int64 {
	t, err := f.CSVRow.Time(column, otherwise)
	f.note(err)
	return t
}

// Password reads a password that stands in clear in one column or hashed in
// another. {plain} is one in clear, too.
func (f *CSVFields) Password(clearColumn, hashColumn string) (clear, hash string) {
	clear, hash = f.Get(clearColumn), f.Get(hashColumn)
	if clear != "" && hash != "" {
		f.Fail(clearColumn, "is given, and "+hashColumn+" too")
		return "", ""
	}
	if hash != "" {
		if err := CheckStored(hash); err != nil {
			f.Fail(hashColumn, err.Error())
			return "", ""
		}
	}
	if plain, found := strings.CutPrefix(hash, "{plain}"); found {
		return plain, ""
	}
	return clear, hash
}
