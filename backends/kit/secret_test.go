package kit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretsAreReadFromAFileOrStandardInput(t *testing.T) {
	longest := strings.Repeat("a", maxSecret)
	tests := []struct{ what, given, want, refused string }{
		{"as it is", "00000000", "00000000", ""},
		{"with a line break", "00000000\n", "00000000", ""},
		{"with a line break of Windows", "00000000\r\n", "00000000", ""},
		{"with white space about it", " a b \n\n", " a b \n", ""},
		{"with a carriage return of its own", "a\r", "a\r", ""},
		{"the longest", longest + "\r\n", longest, ""},
		{"none", "", "", "the secret is empty"},
		{"a line break only", "\n", "", "the secret is empty"},
		{"a NUL", "a\x00b", "", "the secret holds a NUL"},
		{"a byte too long", longest + "a\r\n", "", "the secret is longer than 1024 bytes"},
		{"a whole disk", strings.Repeat("a", 1<<20), "", "the secret is longer than 1024 bytes"},
	}
	for _, test := range tests {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte(test.given), 0o600); err != nil {
			t.Fatal(err)
		}
		fromFile, fileErr := ReadSecret(file, strings.NewReader("not this"))
		fromInput, inputErr := ReadSecret("-", strings.NewReader(test.given))
		for _, got := range []struct {
			secret string
			err    error
		}{{fromFile, fileErr}, {fromInput, inputErr}} {
			said := ""
			if got.err != nil {
				said = got.err.Error()
			}
			if got.secret != test.want || said != test.refused {
				t.Errorf("%s: %q, %q", test.what, got.secret, said)
			}
		}
	}
	if _, err := ReadSecret(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}
