package observe

import (
	"strings"
	"sync"
)

// Which parameters may be logged with their value. An API declares them once,
// beside the operation that reads them, when the program starts; the redactor
// asks for each logged address. What is not declared is a secret.
var harmless = struct {
	sync.RWMutex
	exact  map[string]map[string]bool // path, as declared, without trailing slash
	folded map[string]map[string]bool // path and names in lower case
}{exact: map[string]map[string]bool{}, folded: map[string]map[string]bool{}}

// DeclareHarmless says that the named parameters of path may be logged with
// their values. With fold, path and names match whatever their letter case.
func DeclareHarmless(path string, fold bool, names ...string) {
	harmless.Lock()
	defer harmless.Unlock()
	table := harmless.exact
	path = trimSlash(path)
	if fold {
		table = harmless.folded
		path = strings.ToLower(path)
	}
	if table[path] == nil {
		table[path] = map[string]bool{}
	}
	for _, name := range names {
		if fold {
			name = strings.ToLower(name)
		}
		table[path][name] = true
	}
}

// IsHarmless says whether the value of a parameter of path may be logged. On
// an unknown path nothing may.
func IsHarmless(path, name string) bool {
	harmless.RLock()
	defer harmless.RUnlock()
	path = trimSlash(path)
	if harmless.exact[path][name] {
		return true
	}
	return harmless.folded[strings.ToLower(path)][strings.ToLower(strings.TrimSpace(name))]
}

func trimSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}
