package photocloak

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sekisho/backends/kit"
)

// csvColumns makes a format of column names; those with a ! must be there.
func csvColumns(names ...string) kit.CSVFormat {
	var format kit.CSVFormat
	for _, name := range names {
		name, required := strings.CutSuffix(name, "!")
		format.Columns = append(format.Columns, kit.CSVColumn{Name: name, Required: required})
	}
	return format
}

// largestID is the largest number that every JSON reader keeps whole.
const largestID = 1<<53 - 1

// fields reads the values of a row and gathers what is wrong with them.
type fields struct {
	kit.CSVRow
	faults []error
}

func (f *fields) fail(column, why string) { f.faults = append(f.faults, f.Fault(column, why)) }

func (f *fields) err() error { return errors.Join(f.faults...) }

// text reads a text of at most so many characters.
func (f *fields) text(column string, most int) string {
	if err := f.Within(column, most); err != nil {
		f.faults = append(f.faults, err)
	}
	return f.Get(column)
}

// required is text for what must not be empty.
func (f *fields) required(column string, most int) string {
	value := f.text(column, most)
	if value == "" {
		f.fail(column, "is empty")
	}
	return value
}

// number reads a number from least to most, otherwise where it is empty.
func (f *fields) number(column string, least, most, otherwise int64) int64 {
	value := f.Get(column)
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		f.fail(column, fmt.Sprintf("must be a number from %d to %d", least, most))
	}
	return n
}

// id reads an id, which must be there.
func (f *fields) id(column string) int64 {
	if f.Get(column) == "" {
		f.fail(column, "is empty")
	}
	return f.number(column, 1, largestID, 0)
}

// flag reads 0 or 1, 0 where it is empty.
func (f *fields) flag(column string) bool { return f.number(column, 0, 1, 0) == 1 }

// time reads a time, in Unix milliseconds, otherwise where it is empty.
func (f *fields) time(column string, otherwise int64) int64 {
	t, err := f.Time(column, otherwise)
	if err != nil {
		f.faults = append(f.faults, err)
	}
	return t
}

// password reads a password that stands in clear in one column or hashed in
// another. {plain} is one in clear, too.
func (f *fields) password(clearColumn, hashColumn string) (clear, hash string) {
	clear, hash = f.Get(clearColumn), f.Get(hashColumn)
	if clear != "" && hash != "" {
		f.fail(clearColumn, "is given, and "+hashColumn+" too")
		return "", ""
	}
	if hash != "" {
		if err := kit.CheckStored(hash); err != nil {
			f.fail(hashColumn, err.Error())
			return "", ""
		}
	}
	if plain, found := strings.CutPrefix(hash, "{plain}"); found {
		return plain, ""
	}
	return clear, hash
}

// seen finds what stands in a file twice.
type seen[K comparable] map[K]int

// twice fails a column whose value stood in an earlier line.
func (s seen[K]) twice(f *fields, column string, value K) {
	var none K
	if value == none {
		return // another fault, and told
	}
	if line, there := s[value]; there {
		f.fail(column, fmt.Sprintf("stands in line %d already", line))
		return
	}
	s[value] = f.Line()
}
