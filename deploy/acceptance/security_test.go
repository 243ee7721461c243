package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// SECURITY.md names the test of each defence: each is there under its name.
func TestSecurityNamesItsTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(text, -1)
	if len(named) < 40 {
		t.Fatalf("only %d tests are named", len(named))
	}
	out, err := exec.Command("git", "-C", repository, "grep", "--untracked", "-ohE", `^func (Test|Fuzz)\w+`, "--", "*_test.go").Output()
	if err != nil {
		t.Fatalf("looking for tests: %v", err)
	}
	there := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?:Test|Fuzz)\w+`).FindAll(out, -1) {
		there[string(found)] = true
	}
	for _, name := range named {
		if !there[string(name[1])] {
			t.Errorf("there is no %s", name[1])
		}
	}
}
