package strict

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const manifests = deploy + "/kubernetes"

// newObject makes an empty object of an apiVersion and kind.
var newObject = map[string]func() any{
	"v1 Namespace":                       func() any { return new(core.Namespace) },
	"v1 ConfigMap":                       func() any { return new(core.ConfigMap) },
	"v1 Secret":                          func() any { return new(core.Secret) },
	"v1 Service":                         func() any { return new(core.Service) },
	"v1 PersistentVolumeClaim":           func() any { return new(core.PersistentVolumeClaim) },
	"apps/v1 Deployment":                 func() any { return new(apps.Deployment) },
	"batch/v1 Job":                       func() any { return new(batch.Job) },
	"batch/v1 CronJob":                   func() any { return new(batch.CronJob) },
	"policy/v1 PodDisruptionBudget":      func() any { return new(policy.PodDisruptionBudget) },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return new(networking.NetworkPolicy) },
}

// decode reads the documents of a YAML file into the Go types that the cluster
// itself has for them. What a type does not know is an error, and so is a key
// that stands twice.
func decode(text string) (objects []any, err error) {
	for _, document := range regexp.MustCompile(`(?m)^---$`).Split(text, -1) {
		var kind meta.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			return nil, err
		}
		name := kind.APIVersion + " " + kind.Kind
		if newObject[name] == nil {
			return nil, fmt.Errorf("there is no %s", name)
		}
		object := newObject[name]()
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			return nil, fmt.Errorf("reading the %s: %w", kind.Kind, err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

func TestEveryManifestIsOfItsType(t *testing.T) {
	for _, file := range filesOf(t, manifests, "*.yaml") {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		if _, err := decode(read(t, file)); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

func TestAMistakeInAManifestIsRefused(t *testing.T) {
	deployment := read(t, manifests, "deployment.yaml")
	for _, c := range []struct{ mistake, from, to, want string }{
		{"a misspelt field", "readinessProbe:", "readynessProbe:", `unknown field "readynessProbe"`},
		{"a field in the wrong place", "      enableServiceLinks: false\n", "      replicas: 2\n", `unknown field "replicas"`},
		{"a word for a number", "maxSkew: 1", "maxSkew: one", "cannot unmarshal string"},
		{"a key twice", "  replicas: 2\n", "  replicas: 2\n  replicas: 3\n", `"replicas" already set in map`},
		{"a kind of another group", "apiVersion: apps/v1", "apiVersion: apps/v1beta1", "there is no apps/v1beta1 Deployment"},
	} {
		broken := strings.Replace(deployment, c.from, c.to, 1)
		if _, err := decode(broken); broken == deployment || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.mistake, err, c.want)
		}
	}
}

// kustomized is what `kubectl kustomize` makes of the folder.
func kustomized(t *testing.T) map[string]any {
	t.Helper()
	return kustomizedIn(t, manifests)
}

func kustomizedIn(t *testing.T, folder string) map[string]any {
	t.Helper()
	var file kustomize.Kustomization
	if err := yaml.UnmarshalStrict([]byte(read(t, folder, "kustomization.yaml")), &file); err != nil {
		t.Fatalf("kustomization.yaml: %v", err)
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = kustomize.LoadRestrictionsNone
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(string(text))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]any{}
	for _, object := range objects {
		named[nameOf(object)] = object
	}
	return named
}

// nameOf is the kind and name of an object, without the hash that kustomize puts
// behind the name of a ConfigMap.
func nameOf(object any) string {
	kind := strings.TrimPrefix(fmt.Sprintf("%T", object), "*v1.")
	name := object.(meta.Object).GetName()
	if kind == "ConfigMap" {
		name = name[:strings.LastIndex(name, "-")]
	}
	return kind + " " + name
}

// podsOf gives the pods of everything that runs one.
func podsOf(objects map[string]any) map[string]core.PodSpec {
	return map[string]core.PodSpec{
		"gateway": objects["Deployment sekisho"].(*apps.Deployment).Spec.Template.Spec,
		"migrate": objects["Job sekisho-migrate"].(*batch.Job).Spec.Template.Spec,
		"backup":  objects["CronJob sekisho-backup"].(*batch.CronJob).Spec.JobTemplate.Spec.Template.Spec,
	}
}

func TestWhatKustomizeMakes(t *testing.T) {
	objects := kustomized(t)
	want := []string{
		"ConfigMap sekisho-caddyfile", "ConfigMap sekisho-environment", "CronJob sekisho-backup", "Deployment sekisho",
		"Job sekisho-migrate", "Namespace sekisho", "NetworkPolicy sekisho", "PersistentVolumeClaim sekisho-backup",
		"PodDisruptionBudget sekisho", "Service sekisho", "Service sekisho-metrics",
	}
	if got := slices.Sorted(maps.Keys(objects)); !slices.Equal(got, want) {
		t.Fatalf("got\n%v\nwant\n%v", got, want)
	}
	for name, object := range objects {
		if got := object.(meta.Object).GetNamespace(); got != "sekisho" && name != "Namespace sekisho" {
			t.Errorf("%s is in the namespace %q", name, got)
		}
	}
	if got := objects["ConfigMap sekisho-caddyfile"].(*core.ConfigMap).Data["Caddyfile"]; got != read(t, repository, "Caddyfile") {
		t.Errorf("the gateways' Caddyfile is not the repository's:\n%s", got)
	}
	caddyfile, environment := "", ""
	for name, object := range objects {
		switch name {
		case "ConfigMap sekisho-caddyfile":
			caddyfile = object.(meta.Object).GetName()
		case "ConfigMap sekisho-environment":
			environment = object.(meta.Object).GetName()
		}
	}
	for name, pod := range podsOf(objects) {
		container := pod.Containers[0]
		if got := pod.Volumes[0].ConfigMap.Name; got != caddyfile {
			t.Errorf("%s mounts the ConfigMap %s, want %s", name, got, caddyfile)
		}
		if got := container.EnvFrom[0].ConfigMapRef.Name; got != environment {
			t.Errorf("%s has its environment from %s, want %s", name, got, environment)
		}
		if got := container.EnvFrom[1].SecretRef.Name; got != "sekisho" {
			t.Errorf("%s has its secrets from %s", name, got)
		}
		if !strings.Contains(container.Image, ":") || strings.HasSuffix(container.Image, ":latest") {
			t.Errorf("%s runs %s, which names no version", name, container.Image)
		}
	}
}

// What a pod of the strictest kind must say (Pod Security Standards, restricted),
// and what an image without a shell can bear.
func TestEveryPodIsConfined(t *testing.T) {
	for name, pod := range podsOf(kustomized(t)) {
		if len(pod.Containers) != 1 || len(pod.InitContainers) != 0 {
			t.Fatalf("%s has other containers than one", name)
		}
		container := pod.Containers[0]
		for what, holds := range map[string]bool{
			"runs as nobody in particular":   *pod.SecurityContext.RunAsNonRoot && *pod.SecurityContext.RunAsUser == 65532,
			"has the default seccomp filter": pod.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault,
			"has no account in the cluster":  !*pod.AutomountServiceAccountToken,
			"hears of no service":            !*pod.EnableServiceLinks,
			"cannot become root":             !*container.SecurityContext.AllowPrivilegeEscalation,
			"cannot change its image":        *container.SecurityContext.ReadOnlyRootFilesystem,
			"has no capability": slices.Equal(container.SecurityContext.Capabilities.Drop, []core.Capability{"ALL"}) &&
				container.SecurityContext.Capabilities.Add == nil,
			"asks for memory":        !container.Resources.Requests.Memory().IsZero(),
			"has its memory bounded": !container.Resources.Limits.Memory().IsZero(),
		} {
			if !holds {
				t.Errorf("it does not hold that %s %s", name, what)
			}
		}
	}
}

func TestGatewaysAreReplacedOneByOne(t *testing.T) {
	objects := kustomized(t)
	deployment := objects["Deployment sekisho"].(*apps.Deployment)
	container := deployment.Spec.Template.Spec.Containers[0]
	if *deployment.Spec.Replicas != 2 || deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue() != 0 {
		t.Errorf("%d gateways, of which %s may be missing", *deployment.Spec.Replicas, deployment.Spec.Strategy.RollingUpdate.MaxUnavailable)
	}
	if budget := objects["PodDisruptionBudget sekisho"].(*policy.PodDisruptionBudget); budget.Spec.MaxUnavailable.IntValue() != 1 {
		t.Errorf("a drained node may take %s gateways", budget.Spec.MaxUnavailable)
	}
	for probe, want := range map[*core.Probe]string{
		container.StartupProbe: "/healthz/live", container.LivenessProbe: "/healthz/live", container.ReadinessProbe: "/healthz/ready",
	} {
		if got := probe.HTTPGet; got.Path != want || got.Port.String() != "metrics" {
			t.Errorf("a probe asks %s on port %s, want %s on port metrics", got.Path, got.Port.String(), want)
		}
	}
	patience := time.Duration(*deployment.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	if want := leaving(t, kubernetesEnvironment(t)); patience <= want {
		t.Errorf("a gateway is killed after %v, and may take %v to leave", patience, want)
	}
}

// What is for the gateways must leave the jobs' pods alone: a budget that counts a
// job, or a service that leads to one, is wrong. The network policy confines all.
func TestSelectorsFindTheirPods(t *testing.T) {
	objects := kustomized(t)
	labels := map[string]map[string]string{
		"gateway": objects["Deployment sekisho"].(*apps.Deployment).Spec.Template.Labels,
		"migrate": objects["Job sekisho-migrate"].(*batch.Job).Spec.Template.Labels,
		"backup":  objects["CronJob sekisho-backup"].(*batch.CronJob).Spec.JobTemplate.Spec.Template.Labels,
	}
	gateways, all := []string{"gateway"}, []string{"backup", "gateway", "migrate"}
	for _, c := range []struct {
		name     string
		selector map[string]string
		want     []string
	}{
		{"the deployment", objects["Deployment sekisho"].(*apps.Deployment).Spec.Selector.MatchLabels, gateways},
		{"the service", objects["Service sekisho"].(*core.Service).Spec.Selector, gateways},
		{"the metrics' service", objects["Service sekisho-metrics"].(*core.Service).Spec.Selector, gateways},
		{"the budget", objects["PodDisruptionBudget sekisho"].(*policy.PodDisruptionBudget).Spec.Selector.MatchLabels, gateways},
		{"the network policy", objects["NetworkPolicy sekisho"].(*networking.NetworkPolicy).Spec.PodSelector.MatchLabels, all},
	} {
		var selected []string
		for name, has := range labels {
			if selects(c.selector, has) {
				selected = append(selected, name)
			}
		}
		if slices.Sort(selected); !slices.Equal(selected, c.want) {
			t.Errorf("%s, by %v, selects %v, want %v", c.name, c.selector, selected, c.want)
		}
	}
}

// selects says whether a selector matches labels.
func selects(selector, labels map[string]string) bool {
	for label, value := range selector {
		if labels[label] != value {
			return false
		}
	}
	return true
}

// The overlay that the README shows puts an operator's own image, host names and
// Caddyfile into every pod.
func TestTheOverlayOfTheREADME(t *testing.T) {
	top := t.TempDir()
	for _, file := range filesOf(t, manifests, "*") {
		write(t, filepath.Join(top, "sekisho", "deploy", "kubernetes", filepath.Base(file)), read(t, file))
	}
	write(t, filepath.Join(top, "sekisho", "Caddyfile"), read(t, repository, "Caddyfile"))
	overlay := found(t, read(t, deploy, "README.md"), "(?s)\n```yaml\n# kustomization.yaml\n(.*?)```")
	write(t, filepath.Join(top, "overlay", "kustomization.yaml"), overlay)
	write(t, filepath.Join(top, "overlay", "environment"), "CRM_HOSTS=crm.chain.example\n")
	write(t, filepath.Join(top, "overlay", "Caddyfile"), "# of one's own\n")
	objects := kustomizedIn(t, filepath.Join(top, "overlay"))
	if got := objects["ConfigMap sekisho-caddyfile"].(*core.ConfigMap).Data["Caddyfile"]; got != "# of one's own\n" {
		t.Errorf("the gateways' Caddyfile is\n%s", got)
	}
	environment := objects["ConfigMap sekisho-environment"].(*core.ConfigMap)
	if environment.Data["CRM_HOSTS"] != "crm.chain.example" || environment.Data["SEKISHO_METRICS"] == "" {
		t.Errorf("the gateways' environment is %v", environment.Data)
	}
	for name, pod := range podsOf(objects) {
		if got := pod.Containers[0].Image; got != "registry.example.com/sekisho:1" {
			t.Errorf("%s runs %s", name, got)
		}
		if got := pod.Containers[0].EnvFrom[0].ConfigMapRef.Name; got != environment.Name {
			t.Errorf("%s has its environment from %s, want %s", name, got, environment.Name)
		}
	}
}

func TestOnlyTheLegacyPortsAreOpenToTheWorld(t *testing.T) {
	objects := kustomized(t)
	ports := map[string]int32{}
	for _, port := range objects["Deployment sekisho"].(*apps.Deployment).Spec.Template.Spec.Containers[0].Ports {
		ports[port.Name] = port.ContainerPort
	}
	if want := map[string]int32{"http": 80, "https": 443, "crm": 85, "metrics": 9180}; !maps.Equal(ports, want) {
		t.Errorf("the gateways' ports are %v, want %v", ports, want)
	}
	door := objects["Service sekisho"].(*core.Service)
	if door.Spec.ExternalTrafficPolicy != core.ServiceExternalTrafficPolicyLocal {
		t.Error("clients' addresses are lost on the way")
	}
	served := map[int32]string{}
	for _, port := range door.Spec.Ports {
		served[port.Port] = port.TargetPort.String()
	}
	if want := map[int32]string{80: "http", 443: "https", 85: "crm"}; !maps.Equal(served, want) {
		t.Errorf("open to the world are %v, want %v", served, want)
	}
	metrics := objects["Service sekisho-metrics"].(*core.Service)
	if metrics.Spec.ClusterIP != core.ClusterIPNone || metrics.Spec.Type != "" {
		t.Error("the metrics are reached from outside the cluster")
	}
	var open []string
	for _, rule := range objects["NetworkPolicy sekisho"].(*networking.NetworkPolicy).Spec.Ingress {
		for _, port := range rule.Ports {
			if rule.From == nil {
				open = append(open, port.Port.String())
			} else if port.Port.String() != "metrics" {
				t.Errorf("port %s is for some only", port.Port)
			}
		}
	}
	if !slices.Equal(open, []string{"http", "https", "crm"}) {
		t.Errorf("the network policy opens %v to everybody", open)
	}
}
