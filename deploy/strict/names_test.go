package strict

import (
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// documented gives the variables that the README's table or the Caddyfile names.
func documented(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	table := found(t, read(t, repository, "README.md"), `(?s)\n## Environment\n(.*?)\n### `)
	for _, match := range regexp.MustCompile("`([A-Z][A-Z_]+)`").FindAllStringSubmatch(table, -1) {
		known[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`\{(?:\$|env\.)([A-Z][A-Z_]+)`).FindAllStringSubmatch(read(t, repository, "Caddyfile"), -1) {
		known[match[1]] = true
	}
	return known
}

// unitEnvironment is what the unit itself tells the gateway.
func unitEnvironment(t *testing.T, unit string) map[string]string {
	t.Helper()
	return settings(t, strings.Join(strings.Fields(strings.Join(option(t, unit, "Environment"), " ")), "\n"))
}

// kubernetesEnvironment is what the kustomization and the example of a secret say.
func kubernetesEnvironment(t *testing.T) map[string]string {
	t.Helper()
	all := maps.Clone(kustomized(t)["ConfigMap sekisho-environment"].(*core.ConfigMap).Data)
	objects, err := decode(read(t, manifests, "secret.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, objects[0].(*core.Secret).StringData)
	return all
}

// composeEnvironment is what a gateway is told under compose.
func composeEnvironment(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, value := range project(t).Services["gateway-1"].Environment {
		all[name] = *value
	}
	return all
}

// A variable that nobody reads is a setting that does not hold.
func TestEveryVariableIsKnownToTheGateway(t *testing.T) {
	known := documented(t)
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		known[name] = true // Caddy's own
	}
	known["CADDYFILE"] = true // compose's own
	// The commented lines of the examples count as well.
	commented := regexp.MustCompile(`(?m)^#([A-Z][A-Z_]+=)`)
	example := func(path ...string) map[string]string {
		all := map[string]string{}
		for line := range strings.Lines(commented.ReplaceAllString(read(t, append([]string{deploy}, path...)...), "$1")) {
			if name, _, assigned := strings.Cut(line, "="); assigned && !strings.HasPrefix(name, "#") {
				all[name] = line
			}
		}
		return all
	}
	credentials := map[string]string{}
	for _, pair := range option(t, "credentials.conf", "Environment") {
		name, _, _ := strings.Cut(pair, "=")
		credentials[name] = pair
	}
	for where, variables := range map[string]map[string]string{
		"the Containerfile":           imageEnvironment(t),
		"compose.yaml":                composeEnvironment(t),
		"compose/.env.example":        example("compose", ".env.example"),
		"sekisho.service":             unitEnvironment(t, "sekisho.service"),
		"sekisho-backup.service":      unitEnvironment(t, "sekisho-backup.service"),
		"systemd/environment.example": example("systemd", "environment.example"),
		"systemd/credentials.conf":    credentials,
		"the kustomization":           kubernetesEnvironment(t),
	} {
		if len(variables) == 0 {
			t.Errorf("%s says nothing", where)
		}
		for name := range variables {
			if !known[name] && !known[strings.TrimSuffix(name, "_FILE")] {
				t.Errorf("%s sets %s, which neither the README's table nor the Caddyfile knows", where, name)
			}
		}
	}
}

// filesOfDeploy gives every file of deploy/ that is not a Go program's, by its path.
func filesOfDeploy(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(deploy, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"acceptance", "strict", "secrets"}, entry.Name()):
			return fs.SkipDir
		case entry.Type().IsRegular() && filepath.Ext(path) != ".go":
			all[path] = read(t, path)
		}
		return nil
	})
	if err != nil || len(all) < 20 {
		t.Fatalf("only %d files in deploy (%v)", len(all), err)
	}
	return all
}

// Whoever reaches the admin endpoint owns the gateway.
func TestAdminStaysOnLoopback(t *testing.T) {
	port := regexp.MustCompile(`\b2019\b`)
	setting := regexp.MustCompile(`SEKISHO_ADMIN[=:]\s*(\S+)`)
	for path, text := range filesOfDeploy(t) {
		if port.MatchString(text) {
			t.Errorf("%s names the admin endpoint's port", path)
		}
		for _, match := range setting.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(match[1], "unix//") {
				t.Errorf("%s puts the admin endpoint at %s", path, match[1])
			}
		}
	}
}

// Prometheus asks the gateways that the compose file has.
func TestPrometheusAsksEveryGateway(t *testing.T) {
	var config struct {
		Scrapes []struct {
			Job     string `json:"job_name"`
			Targets []struct {
				Addresses []string `json:"targets"`
			} `json:"static_configs"`
		} `json:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, deploy, "prometheus", "prometheus.yml")), &config); err != nil {
		t.Fatal(err)
	}
	var asked, there []string
	for _, scrape := range config.Scrapes {
		for _, target := range scrape.Targets {
			asked = append(asked, target.Addresses...)
		}
	}
	for name := range project(t).Services {
		if strings.HasPrefix(name, "gateway-") {
			there = append(there, name+":9180")
		}
	}
	slices.Sort(asked)
	slices.Sort(there)
	if !slices.Equal(asked, there) {
		t.Errorf("Prometheus asks %v; there are %v", asked, there)
	}
}
