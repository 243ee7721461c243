package kit

import (
	"fmt"
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

// Err gives as many of the faults as are told at once, [MaxFaults], and nil
// where there is none.
func (f CSVFaults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f[:min(len(f), MaxFaults)]
}
