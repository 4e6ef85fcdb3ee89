package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files writes files into a new folder, read-only as in a cache of modules.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	writeAll(t, dir, content, 0o444)
	return dir
}

func TestAModuleIsChangedInACopyThatTheBuildTakes(t *testing.T) {
	module := files(t, map[string]string{"go.mod": "module example.org/store\n", "opt/options.go": "package opt\n\nconst size = 2\n"})
	root := files(t, map[string]string{"unit/go.mod": "module unit\n", "unit/go.sum": "sums\n"})
	unit, to := filepath.Join(root, "unit"), filepath.Join(root, "build", "changed", "unit")
	c := change{module: "example.org/store", edits: []edit{{"opt/options.go", "size = 2", "size = 8"}}}
	for range 2 { // the second time over the first
		mod, err := c.apply(module, unit, to)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{
			mod:                         "module unit\n\nreplace example.org/store => ../build/changed/unit/module\n",
			filepath.Join(to, "go.sum"): "sums\n",
			filepath.Join(to, "module/opt/options.go"): "package opt\n\nconst size = 8\n",
		} {
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is %q, %v; want %q", path, got, err, want)
			}
		}
	}
	if got, _ := os.ReadFile(filepath.Join(module, "opt/options.go")); !strings.Contains(string(got), "size = 2") {
		t.Error("the module itself was changed")
	}
}

func TestAChangeForAnotherVersionIsRefused(t *testing.T) {
	for name, text := range map[string]string{"without the text": "const size = 3\n", "with the text twice": "const size = 2\nvar other, size = 2, 2\n"} {
		t.Run(name, func(t *testing.T) {
			module := files(t, map[string]string{"options.go": text})
			unit := files(t, map[string]string{"go.mod": "module unit\n", "go.sum": ""})
			c := change{module: "example.org/store", edits: []edit{{"options.go", "size = 2", "size = 8"}}}
			if _, err := c.apply(module, unit, t.TempDir()); err == nil || !strings.Contains(err.Error(), "not the version") {
				t.Errorf("it said %v", err)
			}
		})
	}
}

func TestAnotherChangeIsAnotherBuild(t *testing.T) {
	one, two := change{module: "m", edits: []edit{{"f", "a", "b"}}}, change{module: "m", edits: []edit{{"f", "a", "c"}}}
	if one.digest() == two.digest() || one.digest() == (*change)(nil).digest() {
		t.Error("the stamp of a build does not tell changes apart")
	}
}
