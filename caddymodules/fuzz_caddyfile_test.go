package caddymodules

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// A Caddyfile is refused, or becomes a configuration that is the same each time,
// and in which each of our modules holds what it was told: it is read strictly,
// and written again as it was.
func FuzzCaddyfile(f *testing.F) {
	for _, pattern := range []string{"*/testdata/*.caddyfiletest", "../backends/*/testdata/*.caddyfiletest"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %q, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			caddyfile, _, _ := strings.Cut(string(text), "\n----------\n")
			f.Add(caddyfile)
		}
	}
	f.Add("{\n\tsekisho {\n\t\tdata {env.SEKISHO_DATA}\n\t\tdatabase sqlite://a.db\n\t\tsessions database\n\t\tblobs file://b\n\t\tsecret x\n\t\tdemo 1\n\t}\n}\n")
	f.Add("http://a {\n\tdocs\n\tsekisho_health\n}\n{\n\tstorage sekisho\n}\n")
	adapter := caddyconfig.GetAdapter("caddyfile")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "import") || strings.Contains(text, "{$") {
			return // what it becomes is told by other files, and by the environment
		}
		adapted, _, err := adapter.Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
		if err != nil {
			return
		}
		again, _, err := adapter.Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
		if err != nil || !bytes.Equal(adapted, again) {
			t.Fatalf("%q became\n%s\nand then\n%s, %v", text, adapted, again, err)
		}
		var whole any
		if err := json.Unmarshal(adapted, &whole); err != nil {
			t.Fatal(err)
		}
		eachOfOurs(whole, func(id string, config map[string]any) { keepsItsConfig(t, id, config) })
	})
}

// eachOfOurs finds the modules of the house in a configuration: handlers, and the
// app.
func eachOfOurs(config any, found func(id string, config map[string]any)) {
	switch value := config.(type) {
	case []any:
		for _, element := range value {
			eachOfOurs(element, found)
		}
	case map[string]any:
		if name, _ := value["handler"].(string); isOurs("http.handlers." + name) {
			found("http.handlers."+name, value)
			return
		}
		for key, member := range value {
			if app, _ := member.(map[string]any); key == "sekisho" && app != nil {
				found(key, app)
				continue
			}
			eachOfOurs(member, found)
		}
	}
}

func isOurs(id string) bool {
	info, err := caddy.GetModule(id)
	return err == nil && strings.HasPrefix(reflect.TypeOf(info.New()).Elem().PkgPath(), "sekisho/")
}

func keepsItsConfig(t *testing.T, id string, config map[string]any) {
	t.Helper()
	delete(config, "handler") // Caddy's own, the name of the module
	told, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	info, err := caddy.GetModule(id)
	if err != nil {
		t.Fatal(err)
	}
	module := info.New()
	decoder := json.NewDecoder(bytes.NewReader(told))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(module); err != nil {
		t.Fatalf("%s does not take %s: %v", id, told, err)
	}
	if checked, ok := module.(caddy.Validator); ok {
		_ = checked.Validate() // it may refuse what cannot be served, and no more
	}
	written, err := json.Marshal(module)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := json.Unmarshal(written, &kept); err != nil || !reflect.DeepEqual(kept, config) {
		t.Errorf("%s was told %s and holds %s, %v", id, told, written, err)
	}
}
