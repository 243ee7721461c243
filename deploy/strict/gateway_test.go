package strict

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// adapted is what the built gateway makes of the repository's Caddyfile when it is
// told nothing but this.
func adapted(t *testing.T, environment map[string]string) (admin string, listens []string, err string) {
	t.Helper()
	binary := os.Getenv("SEKISHO_BINARY")
	if binary == "" {
		t.Fatal("SEKISHO_BINARY is not set: this test needs the built gateway; run `make -f xcaddy.mk test`")
	}
	command := exec.Command(binary, "adapt", "--config", "Caddyfile")
	command.Dir = repository
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	if command.Run() != nil {
		return "", nil, said.String()
	}
	var config struct {
		Admin struct{ Listen string }
		Apps  struct {
			HTTP struct {
				Servers map[string]struct{ Listen []string }
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &config); err != nil {
		t.Fatal(err)
	}
	for _, server := range config.Apps.HTTP.Servers {
		listens = append(listens, server.Listen...)
	}
	slices.Sort(listens)
	return config.Admin.Listen, listens, ""
}

// inFolder puts what stands at /run/secrets into a folder of this test.
func inFolder(environment map[string]string, folder string) map[string]string {
	all := maps.Clone(environment)
	for name, value := range all {
		all[name] = strings.Replace(value, "/run/secrets/", folder+"/secrets/", 1)
	}
	return all
}

// What each way to deploy tells the gateway, as the gateway understands it.
func TestWhereADeployedGatewayListens(t *testing.T) {
	image := imageEnvironment(t)
	over := func(environments ...map[string]string) map[string]string {
		all := map[string]string{}
		for _, one := range environments {
			maps.Copy(all, one)
		}
		return all
	}
	for _, c := range []struct {
		name        string
		environment map[string]string
		open        []string // what must listen beyond this machine
		admin       string
	}{
		{
			"compose", over(image, inFolder(composeEnvironment(t), composeFolder(t))),
			[]string{"0.0.0.0:443", "0.0.0.0:80", "0.0.0.0:85", "0.0.0.0:9180"},
			"localhost:2019",
		},
		{
			"kubernetes", over(image, kubernetesEnvironment(t)),
			[]string{"0.0.0.0:443", "0.0.0.0:80", "0.0.0.0:85", "0.0.0.0:9180"},
			"localhost:2019",
		},
		{
			"systemd", over(unitEnvironment(t, "sekisho.service"), settings(t, read(t, deploy, "systemd", "environment.example"))),
			[]string{"[::]:443", "[::]:80", "[::]:85"},
			"unix//run/sekisho/admin.sock",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			admin, listens, err := adapted(t, c.environment)
			if err != "" {
				t.Fatal(err)
			}
			if admin != c.admin {
				t.Errorf("the admin endpoint is at %s, want %s", admin, c.admin)
			}
			var open []string
			for _, address := range listens {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					t.Fatal(err)
				}
				if ip := net.ParseIP(host); host != "localhost" && !(ip != nil && ip.IsLoopback()) {
					open = append(open, address)
				}
			}
			if open = slices.Compact(open); !slices.Equal(open, c.open) {
				t.Errorf("it listens on %v, want %v", open, c.open)
			}
			if c.environment["SEKISHO_LISTEN"] != "off" {
				t.Errorf("the trying-out site is on: SEKISHO_LISTEN is %q", c.environment["SEKISHO_LISTEN"])
			}
		})
	}
}

// A secret that cannot be read is no reason to serve without.
func TestASecretFileMustBeThere(t *testing.T) {
	environment := inFolder(composeEnvironment(t), filepath.Join(t.TempDir(), "nowhere"))
	if _, _, err := adapted(t, environment); !strings.Contains(err, "_FILE") {
		t.Errorf("without its secrets the gateway says %q", err)
	}
}

// Each command that a unit, a pod or a container runs is one of the built gateway,
// with flags that it has.
func TestEveryCommandIsTheGateways(t *testing.T) {
	binary := os.Getenv("SEKISHO_BINARY")
	if binary == "" {
		t.Fatal("SEKISHO_BINARY is not set: this test needs the built gateway; run `make -f xcaddy.mk test`")
	}
	pods, services := podsOf(kustomized(t)), project(t).Services
	ofUnit := func(unit, name string, number int) []string {
		line := strings.TrimSuffix(option(t, unit, name)[number], "'")
		line = regexp.MustCompile(`\$\$\([^)]*\)`).ReplaceAllString(line, "now") // a shell's
		return strings.Fields(line[strings.Index(line, program)+len(program):])
	}
	for where, args := range map[string][]string{
		"sekisho.service, start":         ofUnit("sekisho.service", "ExecStart", 0),
		"sekisho.service, before reload": ofUnit("sekisho.service", "ExecReload", 0),
		"sekisho.service, reload":        ofUnit("sekisho.service", "ExecReload", 1),
		"sekisho-backup.service":         ofUnit("sekisho-backup.service", "ExecStart", 0),
		"the job for migrations":         pods["migrate"].Containers[0].Args,
		"the job for backups":            pods["backup"].Containers[0].Args,
		"compose's migrate":              services["migrate"].Command,
	} {
		// Asked for help, a command reads its flags and does nothing.
		if out, err := exec.Command(binary, append(slices.Clone(args), "--help")...).CombinedOutput(); err != nil {
			t.Errorf("%s runs sekisho %s: %v\n%s", where, strings.Join(args, " "), err, out)
		}
	}
	if err := exec.Command(binary, "migrate", "up", "--no-such-flag", "--help").Run(); err == nil {
		t.Error("a flag that is not there is taken too")
	}
}
