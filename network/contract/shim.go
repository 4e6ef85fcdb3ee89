package contract

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"henanchain/network/failure"
)

// serveSource is what is added to a copy of Fabric's library: its Start functions
// under their own names. Where this network started the program they serve as it
// asks; elsewhere they do what they always did.
//
//go:embed shim_service.go.txt
var serveSource []byte

// What the library's own functions are called in the copy.
const (
	startAsClient = "startAsClient"
	startServer   = "startServer"
)

// patchShim renames the library's functions Start and (*ChaincodeServer).Start
// in a copy of its package, and adds ours.
func patchShim(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	renamed := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		if err := renameStarts(path, renamed); err != nil {
			return fmt.Errorf("prepare Fabric's library: %w", err)
		}
	}
	if !renamed[startAsClient] || !renamed[startServer] {
		return failure.New(failure.Toolchain, "the contract uses a version of Fabric's library that cannot serve (it is older than 2.0): move it to a newer one, or make a package of its service and give it with --package")
	}
	return os.WriteFile(filepath.Join(dir, "henanchain_service.go"), serveSource, 0o600)
}

func renameStarts(path string, renamed map[string]bool) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	out, shift := string(source), 0
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Start" {
			continue
		}
		to := startAsClient
		if f.Recv != nil {
			if to = startServer; receiver(f) != "ChaincodeServer" {
				continue
			}
		}
		at := files.Position(f.Name.Pos()).Offset + shift
		out = out[:at] + to + out[at+len("Start"):]
		shift += len(to) - len("Start")
		renamed[to] = true
	}
	if out == string(source) {
		return nil
	}
	return os.WriteFile(path, []byte(out), 0o600)
}

func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
