package gm

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// smLibraries are the modules that only this package, its sub-packages and their
// tests may import.
var smLibraries = []string{"github.com/emmansun/gmsm", "github.com/tjfoc/gmsm"}

func TestOnlyThisPackageImportsAnSMLibrary(t *testing.T) {
	root := repositoryRoot(t)
	found, files := map[string]bool{}, 0
	for path, imports := range goImports(t, root) {
		files++
		for _, name := range imports {
			library := smLibraryOf(name)
			if library == "" {
				continue
			}
			found[library] = true
			if !strings.HasPrefix(path, "internal/gm/") {
				t.Errorf("%s imports %s: go through internal/gm", path, name)
			}
		}
	}
	if files < 10 || len(found) != len(smLibraries) {
		t.Fatalf("read %d Go files under %s and found %v: the walk misses what it should see", files, root, found)
	}
}

func TestTheWorkingCodeOfThisPackageKeepsOffTheTestsLibrary(t *testing.T) {
	for path, imports := range goImports(t, repositoryRoot(t)) {
		if filepath.ToSlash(filepath.Dir(path)) != "internal/gm" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, name := range imports {
			if smLibraryOf(name) == "github.com/tjfoc/gmsm" {
				t.Errorf("%s imports %s, which is for tests and for TLCP", path, name)
			}
		}
	}
}

func smLibraryOf(importPath string) string {
	for _, library := range smLibraries {
		if importPath == library || strings.HasPrefix(importPath, library+"/") {
			return library
		}
	}
	return ""
}

// goImports maps each Go file below root, by its slash-separated relative path,
// to the paths that it imports.
func goImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	skipped := []string{"vendor", "build", "state", "node_modules"}
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(entry.Name(), ".") || slices.Contains(skipped, entry.Name())) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Logf("%s: not read: %v", relative, err) // the compiler complains about it
			return nil
		}
		key := filepath.ToSlash(relative)
		imports[key] = nil
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[key] = append(imports[key], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// repositoryRoot is the folder, this one or above, whose go.mod is the project's.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module henanchain\n") {
			return dir
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod of henanchain above this folder")
	}
}
