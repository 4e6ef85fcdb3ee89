package contract

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The library that this repository itself is built with stands for any version.
func TestTheCopyOfFabricsLibraryCompilesWithBothStarts(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/hyperledger/fabric-chaincode-go/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "shim")
	if err := os.CopyFS(copied, os.DirFS(strings.TrimSpace(string(out)))); err != nil {
		t.Fatal(err)
	}
	if err := patchShim(filepath.Join(copied, "shim")); err != nil {
		t.Fatal(err)
	}
	said := source(t, filepath.Join(copied, "shim"))
	for _, f := range []string{"func Start(cc Chaincode) error", "func startAsClient(cc Chaincode) error", "func (cs *ChaincodeServer) Start() error", "func (cs *ChaincodeServer) startServer() error"} {
		if !strings.Contains(said, f) {
			t.Errorf("the copy has no %s", f)
		}
	}
	// Built with this repository's own modules, so that none has to be fetched.
	root := filepath.Join("..", "..")
	modules := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			data = append(data, "\nreplace github.com/hyperledger/fabric-chaincode-go/v2 => "+copied+"\n"...)
		}
		writeFile(t, filepath.Join(modules, name), string(data))
	}
	build := exec.Command("go", "build", "-modfile="+filepath.Join(modules, "go.mod"), "github.com/hyperledger/fabric-chaincode-go/v2/shim")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the copy does not compile: %v\n%s", err, out)
	}
}

// source is all of a package's text.
func source(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	return out.String()
}

func TestALibraryThatCannotServeIsRefused(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "shim.go"), "package shim\n\nfunc Start() error { return nil }\n")
	if err := patchShim(dir); err == nil || !strings.Contains(err.Error(), "older than 2.0") {
		t.Fatalf("got %v", err)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
