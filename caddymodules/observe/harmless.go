package observe

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
)

// Which parameters may be logged with their value. An API declares them once,
// beside the operation that reads them, when the program starts; the redactor
// asks for each logged address. What is not declared is a secret.
var harmless = struct {
	sync.RWMutex
	exact   map[string]map[string]bool // path, as declared, without trailing slash
	folded  map[string]map[string]bool // path in lower case, names as of foldName
	aliases map[string]string          // path in lower case → the declared path, without trailing slash
}{exact: map[string]map[string]bool{}, folded: map[string]map[string]bool{}, aliases: map[string]string{}}

// DeclareHarmless says that the named parameters of path may be logged with
// their values. With fold, path and names match whatever their letter case, and
// white space in a name does not count.
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
			name = foldName(name)
		}
		table[path][name] = true
	}
}

// AliasHarmless says that requests logged for path, whatever its letter case,
// are requests for the declared path target, because a module rewrites them:
// what may be logged of target's parameters may then be logged of path's, and
// nothing else. A path has one target, the last that was told. An error says
// that nothing has been declared at target.
//
// An alias stays when a reload takes its module away. It shows no secret then
// either: what could be rewritten may be logged anyway.
func AliasHarmless(path, target string) error {
	harmless.Lock()
	defer harmless.Unlock()
	target = trimSlash(target)
	if harmless.exact[target] == nil && harmless.folded[strings.ToLower(target)] == nil {
		return fmt.Errorf("no operation answers at %s", target)
	}
	harmless.aliases[strings.ToLower(trimSlash(path))] = target
	return nil
}

// IsHarmless says whether the value of a parameter of path may be logged. On
// an unknown path nothing may.
func IsHarmless(path, name string) bool {
	harmless.RLock()
	defer harmless.RUnlock()
	path = trimSlash(path)
	lower := strings.ToLower(path)
	if target, aliased := harmless.aliases[lower]; aliased {
		path, lower = target, strings.ToLower(target)
	}
	if harmless.exact[path][name] {
		return true
	}
	names := harmless.folded[lower]
	return names != nil && names[foldName(name)]
}

// foldName is a name as the ASP.NET families understand it: whatever its letter
// case, without the white space that their documents print in names.
func foldName(name string) string {
	return strings.ToLower(strings.Map(dropSpace, name))
}

func dropSpace(c rune) rune {
	if unicode.IsSpace(c) {
		return -1
	}
	return c
}

func trimSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}
