package kit

import (
	"fmt"
	"testing"
)

// What stands in a file twice is told with the line where it stood first; an
// empty value is another fault.
func TestCSVTwice(t *testing.T) {
	const file = "id,mail\n1,a@example.com\n2,b@example.com\n1,\n3,a@example.com\n0,\n0,a@example.com\n"
	const want = "line 4: id: stands in line 2 already\n" +
		"line 5: mail: stands in line 2 already\n" +
		"line 7: mail: stands in line 2 already"
	ids := Seen[int64]{}
	for kind, mails := range map[string]interface {
		Twice(f *CSVFields, column, value string)
	}{"Seen": Seen[string]{}, "SeenTexts": NewSeenTexts()} {
		clear(ids)
		err := openText(t, file, CSVColumns("id", "mail")).Check(t.Context(), func(row CSVRow) error {
			f := NewCSVFields(row)
			ids.Twice(f, "id", f.Number("id", 0, LargestID, 0))
			mails.Twice(f, "mail", f.Get("mail"))
			return f.Err()
		})
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s tells\n%s\nwant\n%s", kind, got, want)
		}
	}
}

// Texts that differ are told apart however many there are and however alike.
func TestSeenTextsTellsTextsApart(t *testing.T) {
	seen := NewSeenTexts()
	err := openText(t, "v\nx\n", CSVColumns("v")).Check(t.Context(), func(row CSVRow) error {
		f := NewCSVFields(row)
		for i := range 200_000 {
			seen.Twice(f, "v", fmt.Sprintf("customer%d@example.com", i))
		}
		return f.Err()
	})
	if err != nil {
		t.Error(err)
	}
}
