package strict

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	program   = "/usr/local/bin/sekisho" // where the units have it
	threshold = "15"                     // tenths of systemd's score of 0 (confined) to 10
)

// credentialed are the units that open the stores: each needs the passwords.
var credentialed = []string{"sekisho.service", "sekisho-backup.service"}

// units is a folder with the units, whose program is one that is there.
func units(t *testing.T) (folder string, files []string) {
	t.Helper()
	folder = t.TempDir()
	there := filepath.Join(folder, "sekisho")
	write(t, there, "#!/bin/sh\n")
	if err := os.Chmod(there, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range append(filesOf(t, deploy+"/systemd", "*.service"), filesOf(t, deploy+"/systemd", "*.timer")...) {
		unit := filepath.Join(folder, filepath.Base(file))
		write(t, unit, strings.ReplaceAll(read(t, file), program, there))
		files = append(files, unit)
	}
	for _, unit := range credentialed {
		write(t, filepath.Join(folder, unit+".d", "credentials.conf"), read(t, deploy, "systemd", "credentials.conf"))
	}
	return folder, files
}

func TestSystemdTakesItsUnits(t *testing.T) {
	_, files := units(t)
	if len(files) != 3 {
		t.Fatalf("the units are %v", files)
	}
	if out := run(t, "systemd-analyze", append([]string{"verify"}, files...)...); out != "" {
		t.Errorf("systemd says\n%s", out)
	}
}

func TestAMistakeInAUnitIsTold(t *testing.T) {
	folder, _ := units(t)
	unit := filepath.Join(folder, "broken.service")
	write(t, unit, strings.Replace(read(t, folder, "sekisho.service"), "ProtectHome=", "ProtectHouse=", 1))
	if out := run(t, "systemd-analyze", "verify", unit); !strings.Contains(out, "ProtectHouse") {
		t.Errorf("systemd says nothing of it: %q", out)
	}
}

func TestTheUnitsAreConfined(t *testing.T) {
	folder, files := units(t)
	for _, unit := range files {
		if filepath.Ext(unit) == ".service" {
			run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+threshold, unit)
		}
	}
	open := filepath.Join(folder, "open.service")
	write(t, open, strings.Replace(read(t, folder, "sekisho.service"), "ProtectSystem=strict\n", "", 1))
	if err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+threshold, open).Run(); err == nil {
		t.Error("a unit without ProtectSystem passes too")
	}
}

// option gives the values of an option of a unit, in order.
func option(t *testing.T, unit, name string) (values []string) {
	t.Helper()
	for line := range strings.Lines(read(t, deploy, "systemd", unit)) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

func TestTheUnitFitsTheGateway(t *testing.T) {
	reload := []string{program + " validate --config /etc/sekisho/Caddyfile", program + " reload --config /etc/sekisho/Caddyfile --force"}
	if got := option(t, "sekisho.service", "ExecReload"); !slices.Equal(got, reload) {
		t.Errorf("it is reloaded by %q, want %q", got, reload)
	}
	for name, want := range map[string]string{
		"Type": "notify", "Restart": "on-failure", "User": "sekisho", "StateDirectory": "sekisho",
		"ExecStart":           program + " run --config /etc/sekisho/Caddyfile",
		"AmbientCapabilities": "CAP_NET_BIND_SERVICE", "CapabilityBoundingSet": "CAP_NET_BIND_SERVICE",
		"EnvironmentFile": "/etc/sekisho/environment",
	} {
		if got := option(t, "sekisho.service", name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s=%q, want %q", name, got, want)
		}
	}
	patience, err := time.ParseDuration(option(t, "sekisho.service", "TimeoutStopSec")[0] + "s")
	if want := leaving(t, unitEnvironment(t, "sekisho.service")); err != nil || patience <= want {
		t.Errorf("the gateway is killed after %v (%v), and may take %v to leave", patience, err, want)
	}
	// The backup reads what the gateway writes, as the same user and told the same.
	for _, name := range []string{"User", "Group", "EnvironmentFile", "UMask"} {
		if got, want := option(t, "sekisho-backup.service", name), option(t, "sekisho.service", name); !slices.Equal(got, want) {
			t.Errorf("%s is %v for the backup, and %v for the gateway", name, got, want)
		}
	}
	if !strings.Contains(read(t, deploy, "README.md"), " README.md "+strings.TrimPrefix(option(t, "sekisho.service", "Documentation")[0], "file:")) {
		t.Error("its documentation is not installed")
	}
	if user := read(t, deploy, "systemd", "sekisho.sysusers"); !strings.Contains(user, "\nu sekisho ") {
		t.Errorf("the user sekisho is not made:\n%s", user)
	}
}

// A unit that opens the stores without the passwords fails: whoever reads how
// credentials are set up must learn of every such unit.
func TestEveryUnitWithAStoreIsGivenTheCredentials(t *testing.T) {
	for _, file := range filesOf(t, deploy+"/systemd", "*.service") {
		unit := filepath.Base(file)
		if !slices.Contains(credentialed, unit) {
			t.Errorf("%s is tested without credentials", unit)
		}
		for _, text := range []string{read(t, deploy, "systemd", "credentials.conf"), read(t, deploy, "README.md")} {
			if folder := "/etc/systemd/system/" + unit + ".d/"; !strings.Contains(text, folder) {
				t.Errorf("nobody is told to copy the credentials to %s", folder)
			}
		}
	}
}
