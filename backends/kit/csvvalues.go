package kit

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"sekisho/caddymodules/clock"
)

// CSVTime writes a time of Unix milliseconds as exports have it, in Japan's time
// and with its milliseconds; 0, which stands for none, is "". [CSVRow.Time]
// reads it again.
func CSVTime(milliseconds int64) string {
	if milliseconds == 0 {
		return ""
	}
	return time.UnixMilli(milliseconds).In(clock.Japan).Format("2006-01-02T15:04:05.000Z07:00")
}

// CSVNumber writes a number as exports have it.
func CSVNumber(n int64) string { return strconv.FormatInt(n, 10) }

// CSVFlag writes what is or is not so as exports have it, 1 or 0.
func CSVFlag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// Time reads a column's time as Unix milliseconds: RFC 3339, or a date with or
// without a time of day, which is Japan's. An empty value is otherwise. The
// error is the column's [CSVFault].
func (r CSVRow) Time(column string, otherwise int64) (int64, error) {
	text := r.Get(column)
	if text == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, clock.Japan); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, r.Fault(column, "is no time of the form 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00")
}

// Within is the [CSVFault] of a column whose value has more than most
// characters.
func (r CSVRow) Within(column string, most int) error {
	if utf8.RuneCountInString(r.Get(column)) <= most {
		return nil
	}
	return r.Fault(column, fmt.Sprintf("is longer than %d characters", most))
}

// Unwrap gives each fault, so that the faults of some rows can be told among
// those of others.
func (f CSVFaults) Unwrap() []error {
	each := make([]error, len(f))
	for i, fault := range f {
		each[i] = fault
	}
	return each
}

// Err gives as many of the faults as are told at once, [MaxFaults], and nil
// where there is none.
func (f CSVFaults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f[:min(len(f), MaxFaults)]
}
