package observe

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Which parameters may be logged with their value. An API declares them once,
// beside the operation that reads them, when the program starts; the redactor
// asks for each logged address. What is not declared is a secret.
var harmless = struct {
	sync.RWMutex
	exact     map[string]map[string]bool // path, as declared, without trailing slash
	folded    map[string]map[string]bool // path in lower case, names as of foldName
	templates []*harmlessTemplate
	aliases   map[string]string // path in lower case → the declared path, without trailing slash
}{exact: map[string]map[string]bool{}, folded: map[string]map[string]bool{}, aliases: map[string]string{}}

// harmlessTemplate is a declared path with segments in braces.
type harmlessTemplate struct {
	path  string // without trailing slash
	fold  bool
	names map[string]bool // with fold as of foldName
}

// DeclareHarmless says that the named parameters of path may be logged with
// their values. With fold, path and names match whatever their letter case, and
// white space in a name does not count. A segment of path in braces stands for
// any one, on paths that are not declared themselves; braces that [CheckTemplate]
// refuses panic.
func DeclareHarmless(path string, fold bool, names ...string) {
	if err := CheckTemplate(path); err != nil {
		panic("declaring harmless parameters: " + err.Error())
	}
	harmless.Lock()
	defer harmless.Unlock()
	declared := declaredNames(trimSlash(path), fold)
	for _, name := range names {
		if fold {
			name = foldName(name)
		}
		declared[name] = true
	}
}

// declaredNames are those of a path, made where there are none yet.
func declaredNames(path string, fold bool) map[string]bool {
	if IsTemplate(path) {
		return templateNames(path, fold)
	}
	table := harmless.exact
	if fold {
		table = harmless.folded
		path = strings.ToLower(path)
	}
	if table[path] == nil {
		table[path] = map[string]bool{}
	}
	return table[path]
}

func templateNames(path string, fold bool) map[string]bool {
	for _, template := range harmless.templates {
		if template.path == path && template.fold == fold {
			return template.names
		}
	}
	template := &harmlessTemplate{path: path, fold: fold, names: map[string]bool{}}
	harmless.templates = append(harmless.templates, template)
	return template.names
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
	if !isDeclared(target) {
		return fmt.Errorf("no operation answers at %s", target)
	}
	harmless.aliases[strings.ToLower(trimSlash(path))] = target
	return nil
}

func isDeclared(path string) bool {
	if harmless.exact[path] != nil || harmless.folded[strings.ToLower(path)] != nil {
		return true
	}
	return slices.ContainsFunc(harmless.templates, func(template *harmlessTemplate) bool {
		return Fits(template.path, path, template.fold)
	})
}

// IsHarmless says whether the value of a parameter of path may be logged. On
// an unknown path nothing may.
func IsHarmless(path, name string) bool {
	harmless.RLock()
	defer harmless.RUnlock()
	path = trimSlash(path)
	var room [usualPath]byte
	lower := appendLower(room[:0], path)
	if target, aliased := harmless.aliases[string(lower)]; aliased {
		path, lower = target, appendLower(room[:0], target)
	}
	exact, folded := harmless.exact[path], harmless.folded[string(lower)]
	if exact == nil && folded == nil {
		return fitsHarmless(path, name)
	}
	return exact[name] || folded != nil && folded[foldName(name)]
}

// fitsHarmless is IsHarmless for a path that is not declared itself.
func fitsHarmless(path, name string) bool {
	for _, template := range harmless.templates {
		if !Fits(template.path, path, template.fold) {
			continue
		}
		if template.names[name] || template.fold && template.names[foldName(name)] {
			return true
		}
	}
	return false
}

// usualPath is the length of a path, in bytes, up to which asking takes no
// memory.
const usualPath = 128

// appendLower appends s as [strings.ToLower] makes it.
func appendLower(b []byte, s string) []byte {
	for _, c := range s {
		b = utf8.AppendRune(b, unicode.ToLower(c))
	}
	return b
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
