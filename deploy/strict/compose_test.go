package strict

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	compose "github.com/compose-spec/compose-go/v2/types"
)

// composeFolder is a copy of deploy/compose as an operator has it who has run
// secrets.sh: with .env and secrets/.
func composeFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "deploy", "compose")
	for _, name := range []string{"compose.yaml", ".env.example", "secrets.sh"} {
		write(t, filepath.Join(folder, name), read(t, deploy, "compose", name))
	}
	run(t, "bash", filepath.Join(folder, "secrets.sh"))
	return folder
}

// project is the compose file as today's compose reads it: held to its schema
// and decoded into its types.
func project(t *testing.T) *compose.Project {
	t.Helper()
	file := filepath.Join(composeFolder(t), "compose.yaml")
	project, err := loader.LoadWithContext(t.Context(), compose.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []compose.ConfigFile{{Filename: file}},
		Environment: compose.Mapping{},
	}, func(o *loader.Options) { o.SetProjectName("sekisho", true) })
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// Debian's docker-compose is of another line than today's, and reads it too.
func TestDebiansComposeTakesIt(t *testing.T) {
	out := run(t, "docker-compose", "-f", filepath.Join(composeFolder(t), "compose.yaml"), "config")
	for _, part := range []string{"gateway-1:", "gateway-2:", "SEKISHO_METRICS: 0.0.0.0:9180", "CRM_HOSTS: crm.localhost"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in\n%s", part, out)
		}
	}
}

// An operator's Caddyfile takes the repository's place in every gateway.
func TestComposeTakesAnotherCaddyfile(t *testing.T) {
	file := filepath.Join(composeFolder(t), "compose.yaml")
	project, err := loader.LoadWithContext(t.Context(), compose.ConfigDetails{
		WorkingDir: filepath.Dir(file), ConfigFiles: []compose.ConfigFile{{Filename: file}}, Environment: compose.Mapping{"CADDYFILE": "./Caddyfile"},
	}, func(o *loader.Options) { o.SetProjectName("sekisho", true) })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gateway-1", "gateway-2", "migrate"} {
		if got, want := project.Services[name].Volumes[0].Source, filepath.Join(filepath.Dir(file), "Caddyfile"); got != want {
			t.Errorf("%s has the Caddyfile %s, want %s", name, got, want)
		}
	}
}

func TestAMistakeInTheComposeFileIsRefused(t *testing.T) {
	file := filepath.Join(composeFolder(t), "compose.yaml")
	text := []byte(strings.Replace(read(t, file), "read_only:", "readonly:", 1))
	_, err := loader.LoadWithContext(t.Context(), compose.ConfigDetails{
		WorkingDir: filepath.Dir(file), ConfigFiles: []compose.ConfigFile{{Filename: file, Content: text}}, Environment: compose.Mapping{},
	}, func(o *loader.Options) { o.SetProjectName("sekisho", true) })
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a misspelt key is taken: %v", err)
	}
}

func TestComposeHasWhatAGatewayNeeds(t *testing.T) {
	services := project(t).Services
	want := []string{"door", "gateway-1", "gateway-2", "grafana", "migrate", "postgres", "prometheus", "redis", "s3"}
	if got := slices.Sorted(maps.Keys(services)); !slices.Equal(got, want) {
		t.Fatalf("the services are %v, want %v", got, want)
	}
	for _, name := range []string{"gateway-1", "gateway-2"} {
		gateway := services[name]
		for needed, condition := range map[string]string{
			"migrate": compose.ServiceConditionCompletedSuccessfully, "redis": compose.ServiceConditionHealthy, "s3": compose.ServiceConditionHealthy,
		} {
			if got := gateway.DependsOn[needed].Condition; got != condition {
				t.Errorf("%s waits for %s until %q, want %q", name, needed, got, condition)
			}
		}
		if got, want := time.Duration(*gateway.StopGracePeriod), leaving(t, composeEnvironment(t)); got <= want {
			t.Errorf("%s is killed %v after it is stopped, and may take %v to leave", name, got, want)
		}
		if len(gateway.Command) > 0 || gateway.Build.Dockerfile != "deploy/container/Containerfile" {
			t.Errorf("%s runs %v of %s", name, gateway.Command, gateway.Build.Dockerfile)
		}
	}
	if got := strings.Join(services["migrate"].Command, " "); got != "migrate up --config /etc/sekisho/Caddyfile" {
		t.Errorf("the tables are brought up to date by %q", got)
	}
	if got := services["migrate"].DependsOn["postgres"].Condition; got != compose.ServiceConditionHealthy {
		t.Errorf("the migration waits for PostgreSQL until %q", got)
	}
}

// What is reached from outside is the door, and Grafana from this machine.
func TestComposePublishesTheDoorAlone(t *testing.T) {
	published := map[string]string{}
	for name, service := range project(t).Services {
		if service.NetworkMode != "" || service.Privileged {
			t.Errorf("%s is not kept apart", name)
		}
		for _, port := range service.Ports {
			published[name] += " " + port.HostIP + ":" + port.Published
		}
	}
	if want := map[string]string{"door": " :80 :443 :85", "grafana": " 127.0.0.1:3000"}; !maps.Equal(published, want) {
		t.Errorf("published are %v, want %v", published, want)
	}
	if back := project(t).Networks["back"]; !back.Internal {
		t.Error("the stores are reached from outside")
	}
	for _, store := range []string{"postgres", "redis", "s3"} {
		if got := slices.Collect(maps.Keys(project(t).Services[store].Networks)); !slices.Equal(got, []string{"back"}) {
			t.Errorf("%s is in the networks %v", store, got)
		}
	}
}

// The gateways believe what the door says of a client's address, and nobody else.
func TestTheDoorIsTrustedAlone(t *testing.T) {
	project := project(t)
	door := project.Services["door"].Networks["front"].Ipv4Address
	for _, name := range []string{"gateway-1", "gateway-2"} {
		if got := *project.Services[name].Environment["SEKISHO_TRUSTED_PROXIES"]; got != door+"/32" {
			t.Errorf("%s trusts %s; the door is %s", name, got, door)
		}
	}
	pool := project.Networks["front"].Ipam.Config[0]
	if pool.Subnet != "172.31.80.0/24" || pool.IPRange != "172.31.80.128/25" || door != "172.31.80.2" {
		t.Errorf("another container may be given the door's address %s from %s of %s", door, pool.IPRange, pool.Subnet)
	}
}

// A password in the environment or the command line shows in `docker inspect`.
func TestPasswordsStandInFiles(t *testing.T) {
	project := project(t)
	for name, service := range project.Services {
		given := map[string]bool{}
		for _, secret := range service.Secrets {
			given["/run/secrets/"+secret.Source] = false
			if project.Secrets[secret.Source].File == "" {
				t.Errorf("%s: the secret %s is no file", name, secret.Source)
			}
		}
		text := strings.Join(append(slices.Clone(service.Command), service.Entrypoint...), " ")
		for variable, value := range service.Environment {
			if value == nil {
				t.Errorf("%s takes %s from whoever starts it", name, variable)
				continue
			}
			text += " " + *value
		}
		for _, file := range regexp.MustCompile(`/run/secrets/[\w.]+`).FindAllString(text, -1) {
			if _, ok := given[file]; !ok {
				t.Errorf("%s reads %s, which it is not given", name, file)
			}
			given[file] = true
		}
		for file, used := range given {
			if !used {
				t.Errorf("%s is given %s and does not read it", name, file)
			}
		}
		for _, secret := range project.Secrets {
			if content := strings.TrimSpace(read(t, secret.File)); strings.Contains(text, content) {
				t.Errorf("%s holds the secret %s in clear", name, secret.Name)
			}
		}
	}
}

func TestSecretsAreMadeOnce(t *testing.T) {
	folder := composeFolder(t)
	before := map[string]string{}
	for _, file := range filesOf(t, folder, "secrets/*") {
		before[file] = read(t, file)
	}
	run(t, "bash", filepath.Join(folder, "secrets.sh"))
	for _, file := range filesOf(t, folder, "secrets/*") {
		if read(t, file) != before[file] {
			t.Errorf("%s is another one now", file)
		}
	}
	// The addresses hold the passwords that the servers are given.
	for address, password := range map[string]string{
		"sekisho_database": strings.TrimSpace(read(t, folder, "secrets/postgres_password")),
		"sekisho_sessions": strings.TrimSpace(strings.TrimPrefix(read(t, folder, "secrets/redis_password.conf"), "requirepass ")),
	} {
		if len(password) != 64 || !strings.Contains(read(t, folder, "secrets", address), ":"+password+"@") {
			t.Errorf("%s does not hold the server's password", address)
		}
	}
}

// latest means another program tomorrow.
func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+(\.\d+)?(-alpine)?$`)
	for name, service := range project(t).Services {
		if service.Image != "sekisho:local" && !pinned.MatchString(service.Image) {
			t.Errorf("%s runs %s, which is not one version", name, service.Image)
		}
	}
}
