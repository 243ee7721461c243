package acceptance

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// leaves know nothing of the house; everything may lean on them.
var leaves = []string{
	"caddymodules/identity", "caddymodules/fault", "caddymodules/observe", "caddymodules/clock", "caddymodules/query",
	"caddymodules/directory",
}

// guards say who is calling.
var guards = []string{"caddymodules/sitekey", "caddymodules/apikey", "caddymodules/oauth2"}

// mayImport says which packages of the house a package may import. What stands
// in no row may import nothing of the house.
func mayImport(from string) (allowed []string) {
	switch {
	case from == "caddymodules" || from == "backends":
		return []string{"*"} // they bundle for xcaddy
	case strings.HasPrefix(from, "caddymodules/stores/"):
		return []string{"caddymodules/stores", "caddymodules/stores/storetest/servers"}
	case from == "caddymodules/stores":
		return []string{"caddymodules/clock", "caddymodules/redact", "caddymodules/observe"}
	case from == "caddymodules/census" || from == "caddymodules/certificates":
		return append([]string{"caddymodules/stores"}, leaves...)
	case from == "caddymodules/backup":
		return []string{"caddymodules/stores", "caddymodules/clock"}
	case from == "caddymodules/traces":
		return []string{"caddymodules/redact"}
	case from == "caddymodules/directory":
		return []string{"caddymodules/clock"}
	case from == "caddymodules/guard":
		return append([]string{"caddymodules/stores"}, leaves...)
	case from == "backends/kit/kittest":
		return []string{
			"backends/kit/cp932", "caddymodules/golden", "caddymodules/observe", "caddymodules/serve", "caddymodules/stores",
			"caddymodules/stores/storetest", "caddymodules/stores/storetest/patient",
		}
	case from == "caddymodules/redact":
		return []string{"caddymodules/observe"}
	case from == "caddymodules/health":
		return []string{"caddymodules/stores", "caddymodules/clock"}
	case from == "caddymodules/serve":
		return append([]string{"caddymodules/stores", "caddymodules/census"}, leaves...)
	case from == "caddymodules/aspx":
		return leaves
	case from == "caddymodules/yditsstep":
		return append([]string{"caddymodules/serve"}, leaves...)
	case slices.Contains(guards, from):
		return append([]string{"caddymodules/stores", "caddymodules/guard", "caddymodules/serve", "caddymodules/census"}, leaves...)
	case from == "backends/kit/cp932":
		return nil // a leaf of its own
	case from == "backends/kit":
		return append([]string{"backends/kit/cp932", "caddymodules/stores", "caddymodules/guard", "caddymodules/serve"}, leaves...)
	case strings.HasPrefix(from, "backends/photocloak/"):
		return []string{"backends/photocloak/thumbnail/scaledjpeg"}
	case from == "backends/photocloak":
		return append([]string{"backends/photocloak/thumbnail"}, mayImport("backends/")...)
	case from == "backends/avatarplay/catalogue":
		return []string{"backends/avatarplay/drawing"}
	case from == "backends/avatarplay/pages":
		return append([]string{"caddymodules/serve"}, leaves...)
	case strings.HasPrefix(from, "backends/avatarplay/"):
		return nil // pictures, which know nothing of the house
	case from == "backends/avatarplay":
		return append([]string{
			"backends/avatarplay/catalogue", "backends/avatarplay/catalogue/starter", "backends/avatarplay/drawing", "backends/avatarplay/pages",
		}, mayImport("backends/")...)
	case strings.HasPrefix(from, "backends/"):
		return append([]string{
			"backends/kit", "backends/kit/cp932", "caddymodules/directory", "caddymodules/docs", "caddymodules/stores", "caddymodules/guard", "caddymodules/serve",
		}, leaves...)
	}
	return nil
}

// kept says in which packages, or in which files of a backend, an outside
// module may be imported.
var kept = map[string]func(pkg, file string) bool{
	"github.com/ory/fosite": func(pkg, _ string) bool { return pkg == "caddymodules/oauth2" },
	"github.com/redis/go-redis": func(pkg, _ string) bool {
		return strings.HasPrefix(pkg, "caddymodules/stores") || pkg == "caddymodules/guard"
	},
	"github.com/uptrace/bun": func(pkg, file string) bool {
		return strings.HasPrefix(pkg, "caddymodules/stores") || strings.HasPrefix(file, "store") ||
			strings.HasPrefix(pkg, "backends/") && file == "demo.go"
	},
}

type goPackage struct {
	Dir, ImportPath string
	GoFiles         []string
}

func TestWhoMayImportWhom(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages found", len(packages))
	}
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, "sekisho/")
		allowed := mayImport(from)
		for _, file := range p.GoFiles {
			for _, imported := range importsOf(t, filepath.Join(p.Dir, file)) {
				if to, ours := strings.CutPrefix(imported, "sekisho/"); ours {
					if !slices.Contains(allowed, to) && !slices.Contains(allowed, "*") {
						t.Errorf("%s/%s imports %s", from, file, to)
					}
					continue
				}
				for module, ok := range kept {
					if (imported == module || strings.HasPrefix(imported, module+"/")) && !ok(from, file) {
						t.Errorf("%s/%s imports %s", from, file, imported)
					}
				}
				if slices.Contains(leaves, from) && strings.Contains(imported, ".") &&
					!(from == "caddymodules/observe" && strings.HasPrefix(imported, "github.com/prometheus/client_golang/")) {
					t.Errorf("the leaf %s/%s imports %s", from, file, imported)
				}
			}
		}
	}
}

// The top level is the map of the house: what is not on it is lost on a reader.
func TestTopLevel(t *testing.T) {
	wanted := []string{
		".ci", ".gitignore", "Caddyfile", "LICENSE", "README.md", "SECURITY.md", "backends", "caddymodules",
		"dashboards", "deploy", "go.mod", "go.sum", "xcaddy.mk",
	}
	out, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Fatalf("listing the repository: %v", err)
	}
	var got []string
	for path := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(path), "/")
		got = append(got, top)
	}
	slices.Sort(got)
	got = slices.Compact(got)
	if !slices.Equal(got, wanted) {
		t.Errorf("the top level holds\n%v\nwant\n%v", got, wanted)
	}
}

func listPackages(t *testing.T) (all []goPackage) {
	t.Helper()
	command := exec.Command("go", "list", "-json=Dir,ImportPath,GoFiles", "./caddymodules/...", "./backends/...")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("reading the list of packages: %v", err)
		}
		all = append(all, p)
	}
}

func importsOf(t *testing.T, file string) (paths []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
