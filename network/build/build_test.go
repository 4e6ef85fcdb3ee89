package build

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"henanchain/network/failure"
)

// writeAll writes files into a folder.
func writeAll(t *testing.T, dir string, files map[string]string, mode os.FileMode) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// repository makes a small one, which the real go builds.
func repository(t *testing.T, files map[string]string) Options {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module small\n\ngo 1.26\n" + files["go.mod"]
	files["go.sum"] += ""
	writeAll(t, root, files, 0o644)
	u := unit{name: "small", title: "Small", dir: ".", packages: []string{"./hello"}, programs: []string{"hello"}, pinned: true, sources: []string{"hello/main.go"}}
	return Options{Root: root, Out: &bytes.Buffer{}, units: []unit{u}}
}

const hello = "package main\n\nfunc main() { println(\"hello\") }\n"

func build(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := All(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOnlyWhatIsNotUpToDateIsBuilt(t *testing.T) {
	o := repository(t, map[string]string{"hello/main.go": hello})
	program := filepath.Join(Bin(o.Root), "hello")
	for _, step := range []struct {
		name   string
		change func() error
		builds bool
	}{
		{"nothing is there", func() error { return nil }, true},
		{"nothing has changed", func() error { return nil }, false},
		{"the program is gone", func() error { return os.Remove(program) }, true},
		{"the program was cut short", func() error { return os.Truncate(program, 100) }, true},
		{"the source has changed", func() error {
			return os.WriteFile(filepath.Join(o.Root, "hello/main.go"), []byte(hello+"// changed\nvar X = 1\n"), 0o644)
		}, true},
		{"the stamp is no JSON", func() error { return os.WriteFile(stampPath(o.Root, o.units[0]), []byte("{"), 0o644) }, false},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := step.change(); err != nil {
				t.Fatal(err)
			}
			if r := build(t, o); (len(r.Built) == 1) != step.builds {
				t.Fatalf("built %v, want something: %t", r.Built, step.builds)
			}
			if info, err := os.Stat(program); err != nil || info.Size() < 1000 || info.Mode()&0o111 == 0 {
				t.Fatalf("the program is %v, %v, want one that runs", info, err)
			}
		})
	}
}

func TestFailuresSayWhatAndWhereTheLogIs(t *testing.T) {
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOMODCACHE", t.TempDir())
	module := "require example.test/away v1.0.0\n"
	sums := "example.test/away v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.test/away v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	imports := "package main\n\nimport _ \"example.test/away\"\n\nfunc main() {}\n"
	for name, tc := range map[string]struct {
		files map[string]string
		says  []string
	}{
		"the proxy is away":      {map[string]string{"go.mod": module, "go.sum": sums, "hello/main.go": imports}, []string{"modules of Small", "proxy does not answer", "GOPROXY"}},
		"go.sum is not complete": {map[string]string{"go.mod": module, "hello/main.go": imports}, []string{"go.sum is not complete"}},
		"the source is wrong":    {map[string]string{"hello/main.go": "package main\n\nfunc main() { x }\n"}, []string{"cannot build Small", "hello/main.go:3:15", "undefined: x"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := repository(t, tc.files)
			_, err := All(context.Background(), o)
			if err == nil {
				t.Fatal("it was built")
			}
			for _, part := range append(tc.says, filepath.Join(o.Root, "build", "build.log")) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if got := failure.ExitStatus(err); got != failure.Toolchain {
				t.Errorf("the exit status is %d, want %d", got, failure.Toolchain)
			}
		})
	}
}

func TestGoThatIsMissingIsSaidSo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := All(context.Background(), repository(t, map[string]string{"hello/main.go": hello}))
	if err == nil || !strings.Contains(err.Error(), "install Go 1.26") {
		t.Fatalf("got %v, want a sentence that says which Go to install", err)
	}
}

func TestAFolderThatIsNoRepositoryIsRefused(t *testing.T) {
	_, err := All(context.Background(), Options{Root: t.TempDir(), Out: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Fatalf("got %v, want a refusal", err)
	}
}

// writer is called with what is written.
type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

func TestTwoBuildsOfOneRepositoryTakeTurns(t *testing.T) {
	o := repository(t, map[string]string{"hello/main.go": hello})
	if err := os.MkdirAll(filepath.Join(o.Root, "build"), 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(context.Background(), o.Root, o.Out)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	waiting := o
	waiting.Out = writer(func(line string) {
		if !strings.Contains(line, "another build") {
			t.Errorf("it said %q, want why it waits", line)
		}
		cancel()
	})
	if _, err := All(ctx, waiting); !errors.Is(err, context.Canceled) {
		t.Fatalf("a second build did not wait: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := All(context.Background(), o); err != nil {
			t.Errorf("after its turn came: %v", err)
		}
	})
	unlock()
	wg.Wait()
}

func TestAStoppedBuildGoesOnAndLeavesNoHalfProgram(t *testing.T) {
	o := repository(t, map[string]string{"hello/main.go": hello})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := All(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want it stopped", err)
	}
	if r := build(t, o); len(r.Built) != 1 {
		t.Fatalf("built %v after a stop, want all", r.Built)
	}
	if left, err := os.ReadDir(filepath.Join(o.Root, "build", "tmp")); err == nil {
		t.Errorf("%d temporary files stayed", len(left))
	}
}

func TestVersionsAreComparedAsNumbers(t *testing.T) {
	for _, tc := range []struct {
		have, want string
		older      bool
	}{
		{"go1.26.8", "1.26", false}, {"go1.9", "1.26", true}, {"go1.26", "1.26.1", true},
		{"go1.26rc1", "1.26", false}, {"go2.0", "1.26", false}, {"go1.25.9", "1.26", true},
	} {
		if got := older(tc.have, tc.want); got != tc.older {
			t.Errorf("older(%s, %s) is %t, want %t", tc.have, tc.want, got, tc.older)
		}
	}
}

func TestAnUnknownUnitIsRefused(t *testing.T) {
	_, err := All(context.Background(), Options{Root: t.TempDir(), Only: []string{"fabrik"}, Out: &bytes.Buffer{}})
	if err == nil || failure.ExitStatus(err) != failure.Usage {
		t.Fatalf("got %v, want a usage failure", err)
	}
}
