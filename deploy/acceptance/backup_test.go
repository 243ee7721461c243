package acceptance

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

const (
	backupPassphrase = "umi-no-yama-no-canary"
	shopKey          = "00000000" // of the demo's site 3
)

// A backup is made while clients of all five APIs write. On a machine that has
// nothing but the file and its passphrase, a gateway answers byte for byte what
// the first one does, to everything that was there before.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	first := startGateway(t)
	before := newHoldings(t, first)
	working := startWorking(t, first)
	eventually(t, patience, "everybody works", working.isUnderWay)
	answered := working.answeredSoFar()
	path := filepath.Join(t.TempDir(), "sekisho.backup")
	backUp(t, first, path)
	working.end()
	want := before.read(first)

	t.Run("to another folder", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "data")
		restored := restoredGateway(t, path, []string{"SEKISHO_DATA=" + data}, filepath.Join(data, "secret"))
		expectHoldings(t, restored, before, want, answered)
		expectStaysDemo(t, restored)
	})
	t.Run("to servers", func(t *testing.T) {
		t.Parallel()
		config := storetest.Config(t, storetest.PostgresRedis)
		secret := filepath.Join(t.TempDir(), "secret")
		env := []string{"SEKISHO_DATA=" + t.TempDir(), "SEKISHO_DATABASE=" + config.Database, "SEKISHO_SESSIONS=" + config.Sessions}
		env = append(env, inBucket(t, "restored"+strings.ToLower(rand.Text()))...)
		restored := restoredGateway(t, path, env, secret, "--secret-to", secret)
		expectHoldings(t, restored, before, want, answered)
	})
}

func backUp(t *testing.T, g *gateway, path string) {
	t.Helper()
	command := g.command("backup", "--to", path, "--with-secret", "--passphrase-file", "-")
	command.Stdin = strings.NewReader(backupPassphrase + "\n")
	out, err := command.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "The backup holds ") {
		t.Fatalf("sekisho backup: %v\n%s", err, out)
	}
	expectNoSecret(t, string(out), secretIn(t, filepath.Join(g.setting("SEKISHO_DATA"), "secret")))
	t.Logf("%s", out)
}

func secretIn(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func expectNoSecret(t *testing.T, shown, secret string) {
	t.Helper()
	if strings.Contains(shown, backupPassphrase) || strings.Contains(shown, secret) {
		t.Errorf("a secret is shown:\n%s", shown)
	}
}

// restoredGateway restores a backup and starts a gateway on it. secretFile is
// where the secret then is.
func restoredGateway(t *testing.T, path string, env []string, secretFile string, flags ...string) *gateway {
	t.Helper()
	command := exec.Command(binary(t), append([]string{"restore", path, "--passphrase-file", "-"}, flags...)...)
	command.Dir = repository
	command.Env = append(cleanEnvironment(), env...)
	command.Stdin = strings.NewReader(backupPassphrase + "\n")
	out, err := command.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "Restored are ") {
		t.Fatalf("sekisho restore: %v\n%s", err, out)
	}
	secret := secretIn(t, secretFile)
	expectNoSecret(t, string(out), secret)
	if len(flags) > 0 {
		env = append(env, "SEKISHO_SECRET="+secret)
	}
	return startGateway(t, env...)
}

// expectStaysDemo says whether a restored database is refused without the switch
// of the demo, as the one that was backed up is.
func expectStaysDemo(t *testing.T, g *gateway) {
	t.Helper()
	command := g.command("validate", "--config", "Caddyfile")
	command.Env = append(command.Env, "SEKISHO_DEMO=")
	if out, err := command.CombinedOutput(); err == nil || !strings.Contains(string(out), "this database holds demo data") {
		t.Errorf("without SEKISHO_DEMO the restored data is taken: %v\n%s", err, out)
	}
}
