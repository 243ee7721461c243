package acceptance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dials are what opens a connection to somewhere else.
var dials = map[string][]string{
	"http": {"Client", "DefaultClient", "Transport", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
	"net":  {"Dial", "Dialer", "DialTimeout", "DialTCP", "DialUDP", "DialUnix"},
	"tls":  {"Dial", "Dialer", "DialWithDialer"},
	"smtp": {"Dial", "SendMail"},
}

// No URL that a stranger sends is ever fetched (SSRF): the bucket, at the
// operator's address, is all that the product's own code connects to. Databases
// are their drivers', certificates Caddy's.
func TestNobodyDials(t *testing.T) {
	allowed := []string{"../../caddymodules/stores/blobs_s3.go"}
	var found []string
	for _, dir := range []string{"../../caddymodules", "../../backends"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			ofTests := strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/storetest") || strings.Contains(path, "/kittest")
			if err != nil || ofTests || !strings.HasSuffix(path, ".go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				selected, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if of, ok := selected.X.(*ast.Ident); ok && slices.Contains(dials[of.Name], selected.Sel.Name) {
					found = append(found, path)
					if !slices.Contains(allowed, path) {
						t.Errorf("%s uses %s.%s", path, of.Name, selected.Sel.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(found, allowed[0]) {
		t.Error("not even the bucket's connections are found: this shows nothing")
	}
}
