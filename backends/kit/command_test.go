package kit

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestSecretsOfCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	cmd.SetIn(strings.NewReader("from stdin\n"))
	for path, want := range map[string]string{file: "from a file", "-": "from stdin"} {
		if secret, made, err := NewSecret(cmd, path, 8); secret != want || made || err != nil {
			t.Errorf("%s: %q, made %v, %v", path, secret, made, err)
		}
	}
	secret, made, err := NewSecret(cmd, "", 8)
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(secret) || !made || err != nil {
		t.Errorf("without a file: %q, made %v, %v", secret, made, err)
	}
	if again, _, _ := NewSecret(cmd, "", 8); again == secret {
		t.Errorf("two made secrets are both %q", secret)
	}
	if _, _, err := NewSecret(cmd, file+" that is not there", 8); err == nil {
		t.Error("no file, and no error")
	}
}

func TestTextsOfCommands(t *testing.T) {
	for text, good := range map[string]bool{"海": true, "海山太": true, "": false, "海山太郎": false, "海\x00": false, "\xe6": false} {
		err := CheckText("--name", text, 3)
		if good != (err == nil) || err != nil && err.Error() != "--name must have 1 to 3 characters" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// An export's help says where the file goes and what takes it again.
func TestExportCommand(t *testing.T) {
	cmd := ExportCommand("tea", "cups", "Leaves stay here.", []string{"id"}, nil)
	if cmd.Name() != "cups" || cmd.Short != "Writes all cups" || cmd.Example != "  sekisho tea export cups cups.csv" ||
		!strings.HasSuffix(cmd.Long, `"import cups" takes it as it is. Leaves stay here.`) {
		t.Errorf("%q: %s\n%s\n%s", cmd.Use, cmd.Short, cmd.Long, cmd.Example)
	}
	if cmd.Flags().Lookup("config") == nil {
		t.Error("it has no flag that finds the stores")
	}
}
