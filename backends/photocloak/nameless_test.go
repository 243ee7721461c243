package photocloak

import (
	"io"
	"os"
	"testing"
)

// Either way of opening gives a file that can be written, read again and sought
// in, and has no name.
func TestNamelessFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for name, open := range map[string]func() (*os.File, error){"nameless": openNameless, "renounced": openRenounced} {
		file, err := open()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%s: it has a name: %v, %v", name, left, err)
		}
		if _, err := io.WriteString(file, "photo"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err = file.Seek(2, io.SeekStart)
		if got, _ := io.ReadAll(file); err != nil || string(got) != "oto" {
			t.Errorf("%s: read %q, %v", name, got, err)
		}
		file.Close()
	}
	t.Setenv("TMPDIR", folder+"/none")
	if file, err := openNameless(); err == nil {
		file.Close()
		t.Error("opened in a folder that is not there")
	}
}
