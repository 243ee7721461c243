package kit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sekisho/caddymodules/clock"
)

// Printable gives a text as a list on a terminal may show it: without control
// characters, which a stranger may have chosen to move the cursor.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// ShortTime gives a time of Unix milliseconds as a list shows it, to the minute
// and in Japan's time; 0, which stands for none, is "-".
func ShortTime(milliseconds int64) string {
	if milliseconds == 0 {
		return "-"
	}
	return time.UnixMilli(milliseconds).In(clock.Japan).Format("2006-01-02 15:04")
}
