package kit

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// CSVFault is one fault of a file. It never quotes a value, which may be a
// secret.
type CSVFault struct {
	Line   int    // of the file, from 1; that on which the value begins
	Column string // "" where the fault is no single column's
	Why    string
}

func (f *CSVFault) Error() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Why)
	}
	return fmt.Sprintf("line %d: %s: %s", f.Line, f.Column, f.Why)
}

// CSVFaults are the faults of a file in the order of its lines, at most 20.
type CSVFaults []*CSVFault

func (f CSVFaults) Error() string {
	var b strings.Builder
	for i, fault := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(fault.Error())
	}
	if len(f) == MaxFaults {
		fmt.Fprintf(&b, "\nstopped after %d faults; there may be more", MaxFaults)
	}
	return b.String()
}

// CSVRow is one row of a file, good until the function it was given to
// returns. (Its values are good for longer.)
type CSVRow struct {
	pass   *csvPass
	values []string
}

// Line is the line of the file on which the row begins, from 1.
func (r CSVRow) Line() int {
	line, _ := r.pass.reader.FieldPos(0)
	return line
}

// Has says whether the file has a column.
func (r CSVRow) Has(column string) bool {
	_, there := r.pass.columns[column]
	return there
}

// Get gives the value of a column, "" where the file does not have it.
func (r CSVRow) Get(column string) string {
	if i, there := r.pass.columns[column]; there {
		return r.values[i]
	}
	return ""
}

// Fault makes a [CSVFault] about a column of the row. why must not quote the
// value.
func (r CSVRow) Fault(column, why string) error {
	line := r.Line()
	if i, there := r.pass.columns[column]; there {
		line, _ = r.pass.reader.FieldPos(i)
	}
	return &CSVFault{Line: line, Column: column, Why: why}
}

// csvPass is one reading of a file from its start.
type csvPass struct {
	format  CSVFormat
	input   *csvInput
	reader  *csv.Reader
	columns map[string]int // where they stand in this file
	faults  CSVFaults
	limit   int // of faults
}

func newCSVPass(file io.Reader, format CSVFormat, limit int) *csvPass {
	input := newCSVInput(file)
	reader := csv.NewReader(input)
	reader.FieldsPerRecord = -1 // counted here, in words of ours
	reader.ReuseRecord = true
	return &csvPass{format: format, input: input, reader: reader, limit: limit, columns: map[string]int{}}
}

func (p *csvPass) run(ctx context.Context, do func(CSVRow) error) error {
	for line := 0; len(p.faults) < p.limit; line++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		values, err := p.reader.Read()
		if err == io.EOF && line > 0 {
			break
		}
		if err != nil {
			if err := p.unreadable(err); err != nil {
				return err
			}
			break // nothing behind it can be trusted
		}
		row := CSVRow{p, values}
		if line == 0 {
			p.header(row)
			if len(p.faults) > 0 {
				break // every row would be at fault
			}
			continue
		}
		if err := p.row(row, do); err != nil {
			return err
		}
	}
	if len(p.faults) > 0 {
		return p.faults[:min(len(p.faults), p.limit)]
	}
	return nil
}

func (p *csvPass) fault(line int, column, why string) {
	p.faults = append(p.faults, &CSVFault{Line: line, Column: column, Why: why})
}

// header learns where the columns stand.
func (p *csvPass) header(row CSVRow) {
	line := row.Line()
	if !slices.ContainsFunc(row.values, p.known) {
		// Not quoted: without a header the first line is somebody's data.
		p.fault(line, "", "a header line with the names of the columns is needed")
		return
	}
	if slices.ContainsFunc(row.values, func(name string) bool { return strings.Contains(name, "\r") }) {
		p.fault(line, "", "lines must end in a line feed, with or without a carriage return before it")
		return // all of the file is its first line, and nothing of it may be quoted
	}
	for i, name := range row.values {
		if !p.known(name) {
			p.fault(line, "", unknownColumn(name))
		} else if row.Has(name) {
			p.fault(line, name, "the column is there twice")
		}
		p.columns[name] = i
	}
	for _, column := range p.format.Columns {
		if column.Required && !row.Has(column.Name) {
			p.fault(line, column.Name, "the column is missing")
		}
	}
}

var columnForm = regexp.MustCompile(`^[A-Za-z0-9_]{1,40}$`)

// unknownColumn quotes a name that looks like a column's. What does not may be
// somebody's data.
func unknownColumn(name string) string {
	if columnForm.MatchString(name) {
		return fmt.Sprintf("unknown column %q", name)
	}
	return "a column's name that is not of letters, digits and _"
}

func (p *csvPass) known(name string) bool {
	return slices.ContainsFunc(p.format.Columns, func(c CSVColumn) bool { return c.Name == name })
}

// row looks at one row and hands it on. Its error is none of the file's faults.
func (p *csvPass) row(row CSVRow, do func(CSVRow) error) error {
	if got, want := len(row.values), len(p.columns); got != want {
		p.fault(row.Line(), "", fmt.Sprintf("%d values, but the header names %d columns", got, want))
		return nil
	}
	before := len(p.faults)
	for _, column := range p.format.Columns {
		switch value := row.Get(column.Name); {
		case !utf8.ValidString(value):
			p.note(row.Fault(column.Name, "not UTF-8"))
		case strings.ContainsRune(value, 0):
			p.note(row.Fault(column.Name, "holds a NUL"))
		}
	}
	if len(p.faults) > before {
		return nil
	}
	if err := do(row); !p.note(err) {
		return fmt.Errorf("line %d: %w", row.Line(), err)
	}
	return nil
}

// note keeps an error that is made of nothing but faults, and says so.
func (p *csvPass) note(err error) bool {
	switch err := err.(type) {
	case nil:
	case *CSVFault:
		p.faults = append(p.faults, err)
	case interface{ Unwrap() []error }:
		for _, each := range err.Unwrap() {
			if !p.note(each) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// unreadable makes a fault of what encoding/csv could not read. Its error is
// none of the file's faults.
func (p *csvPass) unreadable(err error) error {
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, csv.ErrBareQuote):
		p.fault(wrong.Line, "", `a quotation mark within a value that does not begin with one`)
	case errors.As(err, &wrong):
		p.fault(wrong.StartLine, "", `a quotation mark is missing, or one too many, in the row that begins here`)
	case errors.Is(err, errLongRow):
		p.fault(p.input.rowLine, "", fmt.Sprintf("the row that begins here is longer than %d bytes; a quotation mark may be missing", maxRow))
	case errors.Is(err, errCharset):
		p.fault(p.input.line, "", errCharset.Error())
	case err == io.EOF:
		p.fault(1, "", "the file is empty; a header line with the names of the columns is needed")
	default:
		return fmt.Errorf("reading the file: %w", err)
	}
	return nil
}
