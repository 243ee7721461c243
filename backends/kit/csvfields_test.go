package kit

import (
	"fmt"
	"testing"
)

// readFields reads the one row of a file and gives what read made of it, and
// what is wrong.
func readFields(t *testing.T, text string, format CSVFormat, read func(*CSVFields) string) (got, faults string) {
	t.Helper()
	err := openText(t, text, format).Check(t.Context(), func(row CSVRow) error {
		f := NewCSVFields(row)
		got = read(f)
		return f.Err()
	})
	if err != nil {
		faults = err.Error()
	}
	return got, faults
}

func TestCSVColumns(t *testing.T) {
	format := CSVColumns("id!", "name", "note!")
	if got := fmt.Sprint(format.Columns); got != "[{id true} {name false} {note true}]" {
		t.Errorf("the columns are %s", got)
	}
	_, faults := readFields(t, "id,name\n1,海山\n", format, func(*CSVFields) string { return "" })
	if want := "line 1: note: the column is missing"; faults != want {
		t.Errorf("without a column that must be there: %q, want %q", faults, want)
	}
}

// Each kind of value at its borders.
func TestCSVFields(t *testing.T) {
	text := func(f *CSVFields) string { return f.Text("v", 3) }
	need := func(f *CSVFields) string { return f.Need("v", 3) }
	number := func(f *CSVFields) string { return fmt.Sprint(f.Number("v", 2, 9, 5)) }
	id := func(f *CSVFields) string { return fmt.Sprint(f.ID("v")) }
	flag := func(f *CSVFields) string { return fmt.Sprint(f.Flag("v")) }
	at := func(f *CSVFields) string { return fmt.Sprint(f.Time("v", 7)) }
	const (
		noNumber = "line 2: v: must be a number from 2 to 9"
		noID     = "line 2: v: must be a number from 1 to 9007199254740991"
		noFlag   = "line 2: v: must be a number from 0 to 1"
		noTime   = "line 2: v: is no time of the form 2006-01-02 15:04:05 or 2006-01-02T15:04:05+09:00"
	)
	for _, test := range []struct {
		kind        string
		read        func(*CSVFields) string
		value, want string
		fault       string // "" for none
	}{
		{"text", text, "", "", ""},
		{"text", text, "海山太", "海山太", ""},
		{"text", text, "海山太郎", "海山太郎", "line 2: v: is longer than 3 characters"},
		{"needed text", need, "海", "海", ""},
		{"needed text", need, "", "", "line 2: v: is empty"},
		{"needed text", need, "海山太郎", "海山太郎", "line 2: v: is longer than 3 characters"},
		{"number", number, "", "5", ""},
		{"number", number, "2", "2", ""},
		{"number", number, "9", "9", ""},
		{"number", number, "1", "1", noNumber},
		{"number", number, "10", "10", noNumber},
		{"number", number, "x", "0", noNumber},
		{"id", id, "1", "1", ""},
		{"id", id, "9007199254740991", "9007199254740991", ""},
		{"id", id, "9007199254740992", "9007199254740992", noID},
		{"id", id, "0", "0", noID},
		{"id", id, "", "0", "line 2: v: is empty"},
		{"flag", flag, "", "false", ""},
		{"flag", flag, "0", "false", ""},
		{"flag", flag, "1", "true", ""},
		{"flag", flag, "2", "false", noFlag},
		{"flag", flag, "yes", "false", noFlag},
		{"time", at, "", "7", ""},
		{"time", at, "2018-05-01 09:30:00", "1525134600000", ""},
		{"time", at, "1525134600", "0", noTime},
	} {
		got, fault := readFields(t, "v,other\n"+test.value+",x\n", CSVColumns("v", "other"), test.read)
		if got != test.want || fault != test.fault {
			t.Errorf("%s %q: %s, %q; want %s, %q", test.kind, test.value, got, fault, test.want, test.fault)
		}
	}
}

// All that is wrong with a row is told at once, in the order it was looked at.
func TestCSVFieldsGatherFaults(t *testing.T) {
	_, faults := readFields(t, "id,name\nx,\n", CSVColumns("id", "name"), func(f *CSVFields) string {
		f.ID("id")
		f.Need("name", 3)
		f.Fail("name", "is nobody's")
		return ""
	})
	want := "line 2: id: must be a number from 1 to 9007199254740991\nline 2: name: is empty\nline 2: name: is nobody's"
	if faults != want {
		t.Errorf("the faults are\n%s\nwant\n%s", faults, want)
	}
}

func TestCSVPasswords(t *testing.T) {
	const sha1 = "{sha1}a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
	for row, want := range map[string]string{
		",":               `clear "", hash ""`,
		"test,":           `clear "test", hash ""`,
		"," + sha1:        `clear "", hash "` + sha1 + `"`,
		",{plain}test":    `clear "test", hash ""`,
		"test," + sha1:    "line 2: pass: is given, and pass_hash too",
		",test":           "line 2: pass_hash: " + errStoredForm.Error(),
		",$2y$99$invalid": "line 2: pass_hash: " + errStoredForm.Error(),
	} {
		got, faults := readFields(t, "pass,pass_hash,other\n"+row+",x\n", CSVColumns("pass", "pass_hash", "other"), func(f *CSVFields) string {
			clear, hash := f.Password("pass", "pass_hash")
			return fmt.Sprintf("clear %q, hash %q", clear, hash)
		})
		if faults != "" {
			got = faults
		}
		if got != want {
			t.Errorf("%q: %s, want %s", row, got, want)
		}
	}
}
