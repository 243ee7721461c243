package photocloak

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// importCSV opens a file and the stores, imports, and says how many came in.
func importCSV(cmd *cobra.Command, path string, format kit.CSVFormat, what string,
	run func(context.Context, *stores.Stores, *kit.CSVFile) (int, error),
) error {
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		file, err := kit.OpenCSV(path, cmd.InOrStdin(), format)
		if err != nil {
			return err
		}
		defer file.Close()
		count, err := run(ctx, s, file)
		if stores.IsTaken(err) {
			return errors.New("something in the file was taken by somebody else meanwhile; nothing was imported, try again")
		}
		if err != nil {
			return fmt.Errorf("nothing was imported:\n%w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d %s imported\n", count, what)
		return nil
	})
}

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
	value := f.Get(column)
	if utf8.RuneCountInString(value) > most {
		f.fail(column, fmt.Sprintf("is longer than %d characters", most))
	}
	return value
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
	text := f.Get(column)
	if text == "" {
		return otherwise
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, clock.Japan); err == nil {
			return t.UnixMilli()
		}
	}
	f.fail(column, "is no time of the form 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00")
	return 0
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

// someOf gives as many faults as are told at once.
func someOf(faults kit.CSVFaults) error {
	if len(faults) == 0 {
		return nil
	}
	return faults[:min(len(faults), kit.MaxFaults)]
}

// hashing is a password in clear and where its hash goes.
type hashing struct {
	clear string
	into  *string
}

// hashPasswords hashes those that came in clear, on every processor.
func hashPasswords(ctx context.Context, passwords []hashing) error {
	hashed, end := kit.Counting("Hashing passwords", len(passwords))
	defer end()
	working, within := errgroup.WithContext(ctx)
	working.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range passwords {
		working.Go(func() (err error) {
			defer hashed()
			if err := within.Err(); err != nil {
				return err
			}
			*p.into, err = kit.HashPassword(within, p.clear)
			return err
		})
	}
	return working.Wait()
}
