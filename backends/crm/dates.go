package crm

import (
	"time"

	"sekisho/caddymodules/clock"
)

// A date is YYYYMMDD in the database and on the wire.
const dateForm = "20060102"

// isNoDate says whether a text is what the old database held where it had no
// date.
func isNoDate(text string) bool { return isNone(text) || text == "19010101" }

// today is the date in Japan.
func today() string { return clock.Now().In(clock.Japan).Format(dateForm) }

// isDate says whether a text is a day that there is.
func isDate(text string) bool {
	_, err := time.Parse(dateForm, text)
	return err == nil && len(text) == len(dateForm)
}

// lastDay gives the last day of a month of the form YYYYMM.
func lastDay(month string) (day string, ok bool) {
	first, err := time.Parse("200601", month)
	if err != nil || len(month) != len("200601") {
		return "", false
	}
	return first.AddDate(0, 1, -1).Format(dateForm), true
}
