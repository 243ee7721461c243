package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// trick is a way to write a path that one reader takes for another path than the
// next reader does.
type trick struct {
	write func(path string) string // of one like /a/b/c
	leads leading
}

// leading says whether a path as a trick writes it is one that an operation has.
type leading int

const (
	perhaps leading = iota // the contract does not tell: an operation's or nobody's
	always                 // the contract takes it
	folding                // the contract takes it where ASP.NET answered, and nowhere else
)

var tricks = map[string]trick{
	"as it is":                {func(path string) string { return path }, always},
	"a trailing slash":        {func(path string) string { return path + "/" }, always},
	"a letter encoded":        {func(path string) string { return "/%" + hexOf(path[1]) + path[2:] }, always},
	"a whole URL":             {func(path string) string { return "http://a" + path }, always},
	"another letter case":     {strings.ToUpper, folding},
	"a dot encoded":           {func(path string) string { return "/%2e" + path }, perhaps},
	"two dots encoded":        {func(path string) string { return "/x/%2e%2e" + path }, perhaps},
	"two dots":                {func(path string) string { return "/x/.." + path }, perhaps},
	"a double slash":          {func(path string) string { return "/" + path }, perhaps},
	"a double slash below":    {func(path string) string { return last(path, func(s string) string { return "/" + s }) }, perhaps},
	"a parameter":             {func(path string) string { return path + ";jsessionid=1" }, perhaps},
	"a parameter above":       {func(path string) string { return last(path, func(s string) string { return ";x/" + s }) }, perhaps},
	"a stream":                {func(path string) string { return path + "::$DATA" }, perhaps},
	"a trailing dot":          {func(path string) string { return path + "." }, perhaps},
	"a trailing space":        {func(path string) string { return path + "%20" }, perhaps},
	"a trailing slash, twice": {func(path string) string { return path + "//" }, perhaps},
	"a NUL":                   {func(path string) string { return path + "%00" }, perhaps},
	"a NUL and a suffix":      {func(path string) string { return path + "%00.gif" }, perhaps},
	"a slash encoded":         {func(path string) string { return "/" + strings.ReplaceAll(path[1:], "/", "%2f") }, perhaps},
	"a backslash":             {func(path string) string { return last(path, func(s string) string { return "x\\..\\" + s }) }, perhaps},
	"a question mark encoded": {func(path string) string { return path + "%3f" }, perhaps},
	"encoded twice":           {func(path string) string { return "/%25" + hexOf(path[1]) + path[2:] }, perhaps},
	"path information":        {func(path string) string { return path + "/x" }, perhaps},
	"another host's URL":      {func(path string) string { return "http://customers.localhost" + path }, perhaps},
}

func last(path string, change func(segment string) string) string {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i] + change(path[i:])
}

func hexOf(letter byte) string {
	return string("0123456789abcdef"[letter>>4]) + string("0123456789abcdef"[letter&15])
}

// nobodys is how the answers begin that are given whatever was asked for: no API
// knows the path, or the host speaks plain HTTP to nobody.
var nobodys = []string{"404 Not Found", "404 HTTPS only", "308 https://customers.localhost:"}

// Whatever the way in which a path is written: to who lacks the secret of a call
// that is complete otherwise, each operation answers what its document has for
// that, or the path is nobody's. With the secret it then does what it is asked for,
// which it could not if one of the calls before had done it.
func pathTricks(t *testing.T, g *gateway) {
	things := prepareCalls(t, g)
	for _, family := range guardedFamilies {
		for _, call := range family.calls {
			refusal := things.in(call.refused)
			for name, trick := range tricks {
				target, got := call.ask(t, g, things, family.under, trick.write, false)
				if !trick.fits(family, got, refusal) {
					t.Errorf("%s without its secret, %s (%s), is answered %.300s", call.operation(), target, name, got)
				}
			}
			_, got := call.ask(t, g, things, family.under, tricks["as it is"].write, true)
			if !strings.HasPrefix(got, things.in(call.done)) || strings.HasPrefix(got, refusal) {
				t.Errorf("%s with its secret is answered %.300s: this shows nothing", call.operation(), got)
			}
		}
	}
}

// fits says whether an answer to who lacks the secret is as it must be.
func (trick trick) fits(family guardedFamily, answer, refusal string) bool {
	refused := strings.HasPrefix(answer, refusal)
	ofNobody := slices.ContainsFunc(nobodys, func(begin string) bool { return strings.HasPrefix(answer, begin) })
	switch {
	case trick.leads == always, trick.leads == folding && family.folds:
		return refused
	case trick.leads == folding:
		return ofNobody
	}
	return refused || ofNobody
}

// Each documented operation is called above, or is open to everybody on purpose.
func TestEveryOperationIsGuardedOrOpenOnPurpose(t *testing.T) {
	called := map[string]bool{}
	for _, family := range guardedFamilies {
		for _, call := range family.calls {
			called[call.operation()] = true
		}
	}
	documented := documentedOperations(t)
	for operation, guarded := range documented {
		switch why := openOperations[operation]; {
		case guarded && !called[operation]:
			t.Errorf("%s asks for a secret, and is never called without", operation)
		case !guarded && !called[operation] && why == "":
			t.Errorf("%s is open, and nobody says why", operation)
		case called[operation] && why != "":
			t.Errorf("%s cannot be guarded and open", operation)
		}
	}
	for operation := range called {
		if _, there := documented[operation]; !there {
			t.Errorf("%s is no operation", operation)
		}
	}
	for operation := range openOperations {
		if _, there := documented[operation]; !there {
			t.Errorf("%s is no operation", operation)
		}
	}
}

// documentedOperations are those of the documents for callers, "GET /user/list",
// and whether nobody may call them without a secret.
func documentedOperations(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "backends/*/openapi.yaml"))
	if err != nil || len(files) != 5 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	type secured struct {
		Security *[]map[string][]string
	}
	all := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			secured `yaml:",inline"`
			Paths   map[string]map[string]yaml.Node
		}
		if err := yaml.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		for path, methods := range document.Paths {
			for method, node := range methods {
				if method != "get" && method != "post" {
					continue
				}
				var operation secured
				if err := node.Decode(&operation); err != nil {
					t.Fatal(err)
				}
				security := operation.Security
				if security == nil {
					security = document.Security
				}
				all[strings.ToUpper(method)+" "+path] = security != nil && asksForASecret(*security)
			}
		}
	}
	return all
}

// asksForASecret says whether none of the ways to call is one without.
func asksForASecret(ways []map[string][]string) bool {
	for _, way := range ways {
		if len(way) == 0 {
			return false
		}
	}
	return len(ways) > 0
}
