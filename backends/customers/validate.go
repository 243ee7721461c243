package customers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
)

const (
	maxText = 255   // characters of every text column but the note
	maxNote = 10000 // characters of the note
)

// check says whether value may be written into c; the error echoes it.
func (c column) check(value string) error {
	switch {
	case value == "" && c.required:
		return fault.New(fault.Missing, c.name)
	case value == "" || c.form.valid(value):
		return nil
	}
	return malformed(c.name, value)
}

// malformed is the fault of a value that is not of the documented form.
func malformed(subject, value string) error {
	return &fault.Fault{Kind: fault.Malformed, Subject: subject, Value: value}
}

// parseID reads a customer's id: digits only, within 64 bits; 007 is 7.
func parseID(digits string) (id int64, ok bool) {
	if !allDigits(digits) {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil
}

// form is what a value must look like.
type form struct {
	valid func(string) bool
	words string // in the words of a command: "a number from 1 to 47"
}

var (
	text = form{func(value string) bool {
		return utf8.RuneCountInString(value) <= maxText && !strings.ContainsFunc(value, unicode.IsControl)
	}, fmt.Sprintf("up to %d characters without line breaks and other control characters", maxText)}

	note = form{func(value string) bool {
		forbidden := func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
		}
		return utf8.RuneCountInString(value) <= maxNote && !strings.ContainsFunc(value, forbidden)
	}, fmt.Sprintf("up to %d characters without control characters but line breaks and tabs", maxNote)}

	address = form{func(value string) bool {
		return len(value) <= maxText && addressForm.MatchString(value)
	}, "an e-mail address"}

	// count takes what fits into 64 bits, as whoever adds it up expects.
	count = form{func(value string) bool {
		_, ok := parseID(value)
		return ok
	}, "a whole number"}
)

// addressForm takes what mobile carriers gave out before the standard was
// enforced: consecutive dots, a dot before the @, and the quoted form that other
// mailers asked for such names.
var addressForm = regexp.MustCompile("^(?:[0-9A-Za-z.!#$%&'*+/=?^_`{|}~-]+|\"[ !#-\\[\\]-~]+\")" +
	"@[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?(?:\\.[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?)*$")

// digits takes exactly n digits.
func digits(n int) form {
	return form{func(value string) bool {
		return len(value) == n && allDigits(value)
	}, fmt.Sprintf("%d digits", n)}
}

// between takes a number from least to most, written with no more digits than
// most has: of two, 07 is a 7; of one, only 7 is.
func between(least, most int) form {
	width := len(strconv.Itoa(most))
	return form{func(value string) bool {
		if len(value) > width || !allDigits(value) {
			return false
		}
		number, err := strconv.Atoi(value)
		return err == nil && number >= least && number <= most
	}, fmt.Sprintf("a number from %d to %d", least, most)}
}

func allDigits(value string) bool {
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	return value != "" && !strings.ContainsFunc(value, notDigit)
}
