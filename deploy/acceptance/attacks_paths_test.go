package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// tricks are ways to write a path that one reader takes for another path than the
// next reader does. Each makes one of /a/b/c.
var tricks = map[string]func(path string) string{
	"as it is":             func(path string) string { return path },
	"a dot encoded":        func(path string) string { return "/%2e" + path },
	"two dots encoded":     func(path string) string { return "/x/%2e%2e" + path },
	"two dots":             func(path string) string { return "/x/.." + path },
	"a double slash":       func(path string) string { return "/" + path },
	"a double slash below": func(path string) string { return last(path, func(s string) string { return "/" + s }) },
	"a parameter":          func(path string) string { return path + ";jsessionid=1" },
	"a parameter above":    func(path string) string { return last(path, func(s string) string { return ";x/" + s }) },
	"another letter case":  strings.ToUpper,
	"a stream":             func(path string) string { return path + "::$DATA" },
	"a trailing dot":       func(path string) string { return path + "." },
	"a trailing space":     func(path string) string { return path + "%20" },
	"a trailing slash":     func(path string) string { return path + "/" },
	"a NUL":                func(path string) string { return path + "%00" },
	"a NUL and a suffix":   func(path string) string { return path + "%00.gif" },
	"a slash encoded":      func(path string) string { return "/" + strings.ReplaceAll(path[1:], "/", "%2f") },
	"a backslash":          func(path string) string { return last(path, func(s string) string { return "x\\..\\" + s }) },
	"a letter encoded":     func(path string) string { return "/%" + hexOf(path[1]) + path[2:] },
	"encoded twice":        func(path string) string { return "/%25" + hexOf(path[1]) + path[2:] },
	"path information":     func(path string) string { return path + "/x" },
	"a whole URL":          func(path string) string { return "http://a" + path },
	"another host's URL":   func(path string) string { return "http://customers.localhost" + path },
}

func last(path string, change func(segment string) string) string {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i] + change(path[i:])
}

func hexOf(letter byte) string {
	return string("0123456789abcdef"[letter>>4]) + string("0123456789abcdef"[letter&15])
}

// Whatever the way in which a path is written: without its key, token or session
// no operation that asks for one does anything.
func pathTricks(t *testing.T, g *gateway) {
	operations := guardedOperations(t)
	if len(operations) < 35 {
		t.Fatalf("only %d guarded operations are found", len(operations))
	}
	for _, o := range operations {
		for trick, write := range tricks {
			path := write(o.path)
			// A connection for each: what is refused may be the connection's end.
			for _, answer := range sendRaw(t, g.url, o.method+" "+path+" HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") {
				if !refused(answer) {
					t.Errorf("%s %s (%s) is answered %.300s", o.method, path, trick, answer)
				}
			}
		}
	}
}

// refused says whether an answer has nothing in it but a refusal.
func refused(answer string) bool {
	status, body, _ := strings.Cut(answer, " ")
	if status >= "400" {
		return true
	}
	if status == "200" && strings.HasPrefix(body, `{"StatusCode":"`) { // the CRM's answers are all 200
		return !strings.HasPrefix(body, `{"StatusCode":"0"`)
	}
	return status[0] == '3' && body == "" // to where one signs in
}

// guardedOperation is one that its document lets nobody call without a secret.
type guardedOperation struct{ method, path string }

// guardedOperations reads them from the documents for callers. Auth itself is one
// too, as it asks for a password.
func guardedOperations(t *testing.T) (all []guardedOperation) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "backends/*/openapi.yaml"))
	if err != nil || len(files) != 5 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	type secured struct {
		Security *[]map[string][]string
	}
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
				if security != nil && asksForASecret(*security) {
					all = append(all, guardedOperation{strings.ToUpper(method), strings.NewReplacer("{", "1", "}", "").Replace(path)})
				}
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
