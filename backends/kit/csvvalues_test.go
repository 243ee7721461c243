package kit

import (
	"errors"
	"fmt"
	"testing"
)

var times = CSVFormat{Columns: []CSVColumn{{Name: "at"}, {Name: "name"}}}

func TestCSVTimes(t *testing.T) {
	const noTime = "line 2: at: is no time of the form 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00"
	for text, want := range map[string]string{
		"":                              "-1", // what stands for none
		"2018-05-01 09:30:00":           "1525134600000",
		"2018-05-01":                    "1525100400000",
		"2018-05-01T09:30:00+09:00":     "1525134600000",
		"2018-05-01T00:30:00Z":          "1525134600000",
		"2018-05-01T09:30:00.250+09:00": "1525134600250",
		"2018/05/01":                    noTime,
		"2018-05-01 9:30":               noTime,
		"2018-02-30":                    noTime,
		"0":                             noTime,
	} {
		got := ""
		err := openText(t, "at,name\n"+text+",x\n", times).Check(t.Context(), func(row CSVRow) error {
			at, err := row.Time("at", -1)
			got = fmt.Sprint(at)
			return err
		})
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// A time that was written is read again to the millisecond, and none as none.
func TestCSVTimesReadAgain(t *testing.T) {
	for milliseconds, want := range map[int64]string{
		0:             "",
		1525134600250: "2018-05-01T09:30:00.250+09:00",
		1525134600000: "2018-05-01T09:30:00.000+09:00",
	} {
		text := CSVTime(milliseconds)
		if text != want {
			t.Errorf("%d is written %q, want %q", milliseconds, text, want)
		}
		err := openText(t, "at,name\n"+text+",x\n", times).Check(t.Context(), func(row CSVRow) error {
			if at, err := row.Time("at", 0); at != milliseconds || err != nil {
				t.Errorf("%q is read as %d, %v", text, at, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestCSVLengths(t *testing.T) {
	for text, want := range map[string]string{"": "", "海山": "", "海山太": "line 2: name: is longer than 2 characters"} {
		err := openText(t, "at,name\n2018-05-01,"+text+"\n", times).Check(t.Context(), func(row CSVRow) error { return row.Within("name", 2) })
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%q: %s, want %q", text, got, want)
		}
	}
}

// As many faults as are told at once become an error, and none does not.
func TestCSVFaultsAsAnError(t *testing.T) {
	var faults CSVFaults
	if err := faults.Err(); err != nil {
		t.Errorf("no faults are %v", err)
	}
	for range MaxFaults + 5 {
		faults = append(faults, &CSVFault{Line: 2, Why: "is wrong"})
	}
	var told CSVFaults
	if err := faults.Err(); !errors.As(err, &told) || len(told) != MaxFaults {
		t.Errorf("%d faults are told as %d", len(faults), len(told))
	}
}

func TestLists(t *testing.T) {
	if got := Printable("海\x1b[2J\x7f\u0085山\n"); got != "海\ufffd[2J\ufffd\ufffd山\ufffd" {
		t.Errorf("a terminal is shown %q", got)
	}
	if got := ShortTime(1525134600250); got != "2018-05-01 09:30" {
		t.Errorf("a time is %q", got)
	}
	if got := ShortTime(0); got != "-" {
		t.Errorf("no time is %q", got)
	}
}
