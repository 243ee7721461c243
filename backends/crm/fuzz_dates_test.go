package crm

import (
	"strings"
	"testing"
)

// A date that is taken is eight digits, and lies in the month of its first six,
// whose last day is a date that is not before it.
func FuzzDates(f *testing.F) {
	for _, text := range []string{"19800101", "20140229", "20120229", "201404", "00010101", "99991231", "1980-1-1", "２０１４０４０１", " 20140401", "+2014040", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if day, ok := lastDay(text); ok && (!isDate(day) || !strings.HasPrefix(day, text)) {
			t.Errorf("the last day of %q is %q", text, day)
		}
		if !isDate(text) {
			return
		}
		if len(text) != 8 || strings.Trim(text, "0123456789") != "" {
			t.Errorf("%q is taken", text)
		}
		if day, ok := lastDay(text[:6]); !ok || day < text {
			t.Errorf("the last day of the month of %q is %q", text, day)
		}
	})
}
