package kit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// CSVWriter writes an export: UTF-8, a header line, rows that end in CR LF. A
// value is written as it is, also where a spreadsheet would take it for a
// formula: what was exported must import again to the byte.
type CSVWriter struct {
	out     *bufio.Writer
	columns int
	file    *os.File // nil on standard output
	path    string   // where file goes once it is whole
}

// CreateCSV begins an export to path, or to stdout where path is "-". The file
// appears, in place of what was there, when [CSVWriter.Close] has found it
// whole; only this user can read it. End with Close, or with
// [CSVWriter.Abandon].
func CreateCSV(path string, stdout io.Writer, columns ...string) (*CSVWriter, error) {
	w := &CSVWriter{columns: len(columns), path: path}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && path != "-" {
		return nil, fmt.Errorf("beginning the export: %s is no file that could be replaced", path)
	}
	if path != "-" {
		file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
		if err != nil {
			return nil, fmt.Errorf("beginning the export: %w", err)
		}
		w.file, stdout = file, file
	}
	w.out = bufio.NewWriterSize(stdout, 64<<10)
	if err := w.Write(columns...); err != nil {
		w.Abandon()
		return nil, err
	}
	return w, nil
}

// Write writes one row, with a value for each column.
func (w *CSVWriter) Write(values ...string) error {
	if len(values) != w.columns {
		return fmt.Errorf("exporting: %d values for %d columns", len(values), w.columns)
	}
	for i, value := range values {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		w.value(value)
	}
	if _, err := w.out.WriteString("\r\n"); err != nil { // the first error stays
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

func (w *CSVWriter) value(value string) {
	// A lone empty value unquoted would be an empty line, which is no row.
	if !strings.ContainsAny(value, "\",\r\n") && !strings.HasPrefix(value, " ") && (value != "" || w.columns > 1) {
		_, _ = w.out.WriteString(value)
		return
	}
	_ = w.out.WriteByte('"')
	_, _ = w.out.WriteString(strings.ReplaceAll(value, `"`, `""`))
	_ = w.out.WriteByte('"')
}

// Close ends the export and puts the file in its place.
func (w *CSVWriter) Close() error {
	if err := w.out.Flush(); err != nil {
		w.Abandon()
		return fmt.Errorf("exporting: %w", err)
	}
	if w.file == nil {
		return nil
	}
	part := w.file.Name()
	err := errors.Join(w.file.Sync(), w.file.Close())
	if err == nil {
		err = os.Rename(part, w.path)
	}
	w.file = nil
	if err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("ending the export: %w", err)
	}
	return nil
}

// Abandon throws an unfinished file away. After Close it does nothing, so it
// can be deferred.
func (w *CSVWriter) Abandon() {
	if w.file == nil {
		return
	}
	_ = w.file.Close()
	_ = os.Remove(w.file.Name())
	w.file = nil
}
