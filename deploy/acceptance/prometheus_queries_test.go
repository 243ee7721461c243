package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// asked is a query, and where it stands.
type asked struct{ where, expr, health string }

// variables are those of a dashboard as Grafana fills them in: all gateways, a
// rate over some scrapes, and the time that is shown.
var variables = strings.NewReplacer("$instance", ".+", "$__rate_interval", "5m", "$__range", "10m")

// panelQueries are the queries of all panels of all dashboards.
func panelQueries(t *testing.T) (all []asked) {
	t.Helper()
	files, err := filepath.Glob("../../dashboards/*.json")
	if err != nil || len(files) != 6 {
		t.Fatalf("the dashboards are %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var dashboard struct {
			Title  string
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(text, &dashboard); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, panel := range dashboard.Panels {
			for _, target := range panel.Targets {
				expr := variables.Replace(target.Expr)
				if strings.Contains(expr, "$") {
					t.Errorf("%s, %s: an unknown variable in %s", dashboard.Title, panel.Title, expr)
				}
				all = append(all, asked{where: dashboard.Title + ", " + panel.Title, expr: expr})
			}
		}
	}
	return all
}

// selector is a metric that a query names, with what it wants of its labels.
type selector struct {
	text   string
	metric string
	labels [][2]string // name, and a value that it names
}

// excludes says whether some of the metric's series are not wanted: then there
// may be no others here.
func (s selector) excludes() bool { return strings.Contains(s.text, "!") }

var (
	metricNamed  = regexp.MustCompile(`\b((?:sekisho|caddy|process|go)_\w+|up)\b(?:\{([^}]*)\})?`)
	labelMatched = regexp.MustCompile(`(\w+)(=~|!~|!=|=)"([^"]*)"`)
	patternSigns = regexp.MustCompile(`[.+*?()\[\]\\]`)
)

// selectors are the metrics of a query. Of a pattern, only the plain words that
// it lists are values.
func selectors(expr string) (all []selector) {
	for _, named := range metricNamed.FindAllStringSubmatch(expr, -1) {
		s := selector{text: named[0], metric: named[1]}
		for _, matched := range labelMatched.FindAllStringSubmatch(named[2], -1) {
			for _, value := range strings.Split(matched[3], "|") {
				if strings.HasSuffix(matched[2], "~") && patternSigns.MatchString(matched[3]) {
					continue
				}
				s.labels = append(s.labels, [2]string{matched[1], value})
			}
		}
		all = append(all, s)
	}
	return all
}

// missing are the series and values that a query names and no gateway has.
func (p *prometheus) missing(expr string) (all []string) {
	p.t.Helper()
	for _, s := range selectors(expr) {
		if !s.excludes() && len(p.shown(s.text)) == 0 {
			all = append(all, s.text)
		}
		for _, label := range append(s.labels, [2]string{"__name__", s.metric}) {
			if !slices.Contains(p.labelValues(s.metric, label[0]), label[1]) {
				all = append(all, fmt.Sprintf("%s{%s=%q}", s.metric, label[0], label[1]))
			}
		}
	}
	return all
}

// exportedMetrics are the names of Sekisho's own metrics that a gateway shows.
func exportedMetrics(t *testing.T, g *gateway) (names []string) {
	t.Helper()
	status, text, err := send(client, http.MethodGet, g.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("/metrics: %d, %v", status, err)
	}
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (sekisho_\w+) `).FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	if len(names) < 20 {
		t.Errorf("only %v are shown", names)
	}
	return names
}

// alertRule is one alert as its file has it.
type alertRule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

// alertRules are the alerts of the rules' file.
func alertRules(t *testing.T) (all []alertRule) {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alertRule }
	}
	readYAML(t, "../prometheus/rules/sekisho.yml", &file)
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// testedAlerts are the alerts that promtool's tests expect to come, and those
// that they expect to stay away.
func testedAlerts(t *testing.T) (come, stay map[string]bool) {
	t.Helper()
	come, stay = map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("../prometheus/tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		var file struct {
			Tests []struct {
				Alerts []struct {
					Name     string      `yaml:"alertname"`
					Expected []yaml.Node `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		readYAML(t, name, &file)
		for _, test := range file.Tests {
			for _, alert := range test.Alerts {
				if len(alert.Expected) > 0 {
					come[alert.Name] = true
				} else {
					stay[alert.Name] = true
				}
			}
		}
	}
	return come, stay
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
