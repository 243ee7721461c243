package main

import (
	"bytes"
	"encoding/json"
)

// What Grafana takes, as far as it is used here. Fields stand in the order of the
// files.
type (
	object = map[string]any

	dashboardJSON struct {
		UID           string `json:"uid"`
		Title         string `json:"title"`
		Description   string `json:"description"`
		Tags          list   `json:"tags"`
		SchemaVersion int    `json:"schemaVersion"`
		Editable      bool   `json:"editable"`
		GraphTooltip  int    `json:"graphTooltip"`
		Timezone      string `json:"timezone"`
		Refresh       string `json:"refresh"`
		Time          object `json:"time"`
		Links         []any  `json:"links"`
		Templating    object `json:"templating"`
		Annotations   object `json:"annotations"`
		Panels        []any  `json:"panels"`
	}

	rowJSON struct {
		ID        int      `json:"id"`
		Type      string   `json:"type"`
		Title     string   `json:"title"`
		Collapsed bool     `json:"collapsed"`
		GridPos   position `json:"gridPos"`
		Panels    []any    `json:"panels"`
	}

	panelJSON struct {
		ID              int          `json:"id"`
		Type            string       `json:"type"`
		Title           string       `json:"title"`
		Description     string       `json:"description"`
		Datasource      object       `json:"datasource"`
		GridPos         position     `json:"gridPos"`
		FieldConfig     fieldConfig  `json:"fieldConfig"`
		Options         object       `json:"options"`
		Transformations []any        `json:"transformations,omitempty"`
		Targets         []targetJSON `json:"targets"`
	}

	targetJSON struct {
		RefID        string `json:"refId"`
		Datasource   object `json:"datasource"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat,omitempty"`
		Format       string `json:"format,omitempty"`
		Instant      bool   `json:"instant,omitempty"`
		Range        bool   `json:"range,omitempty"`
	}

	position struct {
		X int `json:"x"`
		Y int `json:"y"`
		W int `json:"w"`
		H int `json:"h"`
	}

	fieldConfig struct {
		Defaults  fieldDefaults `json:"defaults"`
		Overrides []override    `json:"overrides"`
	}

	fieldDefaults struct {
		Unit       string   `json:"unit,omitempty"`
		Min        *float64 `json:"min,omitempty"`
		Max        float64  `json:"max,omitempty"`
		NoValue    string   `json:"noValue,omitempty"`
		Mappings   []any    `json:"mappings,omitempty"`
		Thresholds object   `json:"thresholds,omitempty"`
		Color      object   `json:"color,omitempty"`
		Custom     object   `json:"custom,omitempty"`
	}

	override struct {
		Matcher    object   `json:"matcher"`
		Properties []object `json:"properties"`
	}

	list = []string
)

// source is the Prometheus that was chosen.
var source = object{"type": "prometheus", "uid": "${datasource}"}

// encode gives the file of a dashboard.
func (b board) encode(name string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(dashboardJSON{
		UID:           "sekisho-" + name,
		Title:         b.title,
		Description:   b.says,
		Tags:          list{"sekisho"},
		SchemaVersion: 39,
		Editable:      true,
		GraphTooltip:  1, // one cross-hair over all panels
		Timezone:      "browser",
		Refresh:       "30s",
		Time:          object{"from": "now-3h", "to": "now"},
		Links:         []any{others},
		Templating:    object{"list": []any{chooseSource, chooseGateways}},
		Annotations:   object{"list": []any{}},
		Panels:        b.draw(),
	})
	return text.Bytes(), err
}

// others leads to the other dashboards, with the same gateways and time.
var others = object{
	"title": "", "type": "dashboards", "icon": "dashboard", "tooltip": "", "tags": list{"sekisho"},
	"asDropdown": false, "targetBlank": false, "includeVars": true, "keepTime": true,
}

// The variables of every dashboard.
var (
	chooseSource = object{
		"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus",
	}
	chooseGateways = object{
		"name": "instance", "label": "Gateway", "type": "query", "datasource": source,
		"query":      object{"query": `label_values(up{job="sekisho"}, instance)`, "refId": "instance"},
		"definition": `label_values(up{job="sekisho"}, instance)`,
		"refresh":    2, // when the time range changes
		"sort":       1, // by the alphabet
		"multi":      true, "includeAll": true, "allValue": ".+",
		"current": object{"text": list{"All"}, "value": list{"$__all"}},
	}
)
