package acceptance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The clock of the house is one for the process: a test that steps it while
// others run makes those fail, now and then.
func TestWhoStepsTheClockRunsAlone(t *testing.T) {
	files, stepping := token.NewFileSet(), 0
	for _, dir := range []string{"../../caddymodules", "../../backends"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				if !calls(decl, "clock", "Step") {
					continue
				}
				stepping++
				if calls(decl, "t", "Parallel") || calls(decl, "storetest", "Each") {
					t.Errorf("%s steps the clock and runs beside others", files.Position(decl.Pos()))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if stepping < 20 {
		t.Errorf("only %d functions that step the clock were found", stepping)
	}
}

// calls says whether a declaration has a call of this function of that package, or
// method of that variable.
func calls(decl ast.Decl, of, name string) (found bool) {
	ast.Inspect(decl, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == name {
				if x, ok := f.X.(*ast.Ident); ok && x.Name == of {
					found = true
				}
			}
		}
		return !found
	})
	return found
}
