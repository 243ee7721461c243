package strict

//lint:file-ignore SA1019 the dashboards are of the version that every Grafana in use reads

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"sigs.k8s.io/yaml"
)

// decodeDashboard holds a dashboard to Grafana's own types: unknown fields of the
// dashboard, its panels, their options and queries are errors.
func decodeDashboard(text string) (board dashboard.Dashboard, err error) {
	plugins.RegisterDefaultPlugins() // the types of panels and queries
	err = new(dashboard.Dashboard).UnmarshalJSONStrict([]byte(text))
	var faults cog.BuildErrors
	if err != nil && (!errors.As(err, &faults) || len(faults) > 0) {
		return board, err
	}
	// Decoded strictly it has lost its panels: their list of faults, which is
	// empty, is taken for one.
	return board, json.Unmarshal([]byte(text), &board)
}

func TestEveryDashboardIsOfItsType(t *testing.T) {
	boards, panels := map[string]string{}, 0
	for _, file := range filesOf(t, repository+"/dashboards", "*.json") {
		name := filepath.Base(file)
		board, err := decodeDashboard(read(t, file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if board.Uid == nil || boards[*board.Uid] != "" {
			t.Errorf("%s has no uid of its own", name)
			continue
		}
		boards[*board.Uid] = name
		for _, panel := range panelsOf(board) {
			panels++
			if _, known := cog.ConfigForPanelcfgVariant(panel.Type); !known {
				t.Errorf("%s has a panel of the type %q, which Grafana does not have", name, panel.Type)
			}
		}
	}
	if len(boards) < 6 || panels < 20 {
		t.Errorf("%d dashboards with %d panels; want the overview and one for each API", len(boards), panels)
	}
}

func panelsOf(board dashboard.Dashboard) (all []dashboard.Panel) {
	for _, one := range board.Panels {
		switch {
		case one.Panel != nil:
			all = append(all, *one.Panel)
		case one.RowPanel != nil:
			all = append(all, one.RowPanel.Panels...)
		}
	}
	return all
}

func TestAMistakeInADashboardIsRefused(t *testing.T) {
	overview := read(t, repository, "dashboards", "overview.json")
	for from, to := range map[string]string{
		`"gridPos"`: `"gridPosition"`, `"expr"`: `"expression"`, `"fieldConfig"`: `"fieldsConfig"`, `"templating"`: `"templates"`, `"calcs"`: `"calculations"`,
	} {
		broken := strings.Replace(overview, from, to, 1)
		if broken == overview {
			t.Errorf("%s is not in the overview", from)
		} else if _, err := decodeDashboard(broken); err == nil {
			t.Errorf("%s instead of %s is taken", to, from)
		}
	}
}

// Grafana's provisioning files, as far as they are used here: it publishes no
// types for them. See "Provision Grafana" in its documentation.
type (
	datasources struct {
		APIVersion  int          `json:"apiVersion"`
		Datasources []datasource `json:"datasources"`
	}
	datasource struct {
		Name      string `json:"name"`
		UID       string `json:"uid"`
		Type      string `json:"type"`
		Access    string `json:"access"`
		URL       string `json:"url"`
		IsDefault bool   `json:"isDefault"`
		Editable  bool   `json:"editable"`
		JSONData  struct {
			HTTPMethod   string `json:"httpMethod"`
			TimeInterval string `json:"timeInterval"`
		} `json:"jsonData"`
	}
	providers struct {
		APIVersion int        `json:"apiVersion"`
		Providers  []provider `json:"providers"`
	}
	provider struct {
		Name                  string `json:"name"`
		Folder                string `json:"folder"`
		Type                  string `json:"type"`
		DisableDeletion       bool   `json:"disableDeletion"`
		AllowUIUpdates        bool   `json:"allowUiUpdates"`
		UpdateIntervalSeconds int    `json:"updateIntervalSeconds"`
		Options               struct {
			Path string `json:"path"`
		} `json:"options"`
	}
)

func TestGrafanaFindsPrometheusAndTheDashboards(t *testing.T) {
	const provisioning = deploy + "/grafana/provisioning"
	var sources datasources
	if err := yaml.UnmarshalStrict([]byte(read(t, provisioning, "datasources/prometheus.yaml")), &sources); err != nil {
		t.Fatal(err)
	}
	var boards providers
	if err := yaml.UnmarshalStrict([]byte(read(t, provisioning, "dashboards/sekisho.yaml")), &boards); err != nil {
		t.Fatal(err)
	}
	if source := sources.Datasources[0]; source.Type != "prometheus" || source.URL != "http://prometheus:9090" || !source.IsDefault {
		t.Errorf("the data source is %+v", source)
	}
	services := project(t).Services
	if services["prometheus"].Image == "" {
		t.Error("there is no prometheus to ask")
	}
	mounted := map[string]string{}
	for _, volume := range services["grafana"].Volumes {
		mounted[volume.Target] = volume.Source
	}
	// composeFolder has copied the compose file, so its neighbours are that far too.
	for target, want := range map[string]string{
		boards.Providers[0].Options.Path: "dashboards", "/etc/grafana/provisioning": "deploy/grafana/provisioning",
	} {
		if !strings.HasSuffix(mounted[target], "/"+want) {
			t.Errorf("%s is %q, want the repository's %s", target, mounted[target], want)
		}
	}
	home := *services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
	var board json.RawMessage
	if err := json.Unmarshal([]byte(read(t, repository, "dashboards", filepath.Base(home))), &board); err != nil {
		t.Errorf("the first page %s: %v", home, err)
	}
}
