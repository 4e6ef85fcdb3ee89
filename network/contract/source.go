package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"henanchain/network/failure"
	"henanchain/network/state"
)

// goCommand runs the go tool in a folder and gives its output. When ctx ends, the
// command and all that it started end.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", failure.New(failure.Toolchain, "Go is not on the PATH: install it and run again")
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", &goError{said: strings.TrimSpace(stderr.String()), cause: err}
	}
	return stdout.String(), nil
}

// goError is a go command that failed, and what it said.
type goError struct {
	said  string
	cause error
}

func (e *goError) Error() string {
	if e.said == "" {
		return e.cause.Error()
	}
	return e.said
}

func (e *goError) Unwrap() error { return e.cause }

// toolchain makes a failure of a go command that failed.
func toolchain(err error, format string, args ...any) error {
	var own *failure.Error
	if errors.As(err, &own) || errors.Is(err, context.Canceled) {
		return err
	}
	var said *goError
	if errors.As(err, &said) && strings.Contains(said.said, "no space left on device") {
		return failure.Wrap(failure.Disk, err, format, args...)
	}
	return failure.Wrap(failure.Toolchain, err, format, args...)
}

// workFolder is a folder of the state for work that is thrown away.
func (o *Operator) workFolder() (string, error) {
	dir := o.State.Path("contracts", "work")
	if err := os.RemoveAll(dir); err != nil { // what a killed run left
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

var buildFlags = []string{"build", "-trimpath", "-buildvcs=false"}

// buildOwn builds this repository's contracts with a version of their own. Where
// the repository is not, as in a container, it takes the program that was built
// from it and came with this one.
func (o *Operator) buildOwn(ctx context.Context, contract, version string) (program string, err error) {
	if o.Root == "" && !state.Exists(o.Built) {
		return "", failure.New(failure.Usage, "the repository is not known, and %s is to be built from it: name it with --root, or give --path or --package", contract)
	}
	dir, err := o.workFolder()
	if err != nil {
		return "", err
	}
	program = filepath.Join(dir, ownProgram)
	if o.Root == "" {
		err = state.Copy(program, o.Built)
	} else {
		args := append(slices.Clone(buildFlags), "-ldflags=-s -w -X main.version="+version, "-o", program, "./chaincode")
		_, err = goCommand(ctx, o.Root, args...)
	}
	if err != nil {
		return "", toolchain(err, "cannot build %s %s", contract, version)
	}
	names, err := contractsOf(ctx, program)
	if err != nil {
		return "", err
	}
	if !slices.Contains(names, contract) {
		return "", failure.New(failure.NotThere, "there is no contract %q in chaincode/: it has %s; a contract from elsewhere is given with --path or --package", contract, strings.Join(names, ", "))
	}
	return program, nil
}

// contractsOf are the contracts that a program serves.
func contractsOf(ctx context.Context, program string) ([]string, error) {
	out, err := exec.CommandContext(ctx, program, "list").Output()
	if err != nil {
		return nil, failure.Wrap(failure.Toolchain, err, "the program that was built does not list its contracts")
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			names = append(names, fields[0])
		}
	}
	return names, nil
}

// shimPath is the import path of Fabric's chaincode library, of any major version.
var shimPath = regexp.MustCompile(`^(github\.com/hyperledger/fabric-chaincode-go(?:/v\d+)?)/shim$`)

// buildForeign builds a contract that was not written here, from a folder with a
// main package that calls shim.Start (by itself or through contractapi) or a
// shim.ChaincodeServer. Its source stays as it is: the build takes a copy of
// Fabric's library in which both start the service that this network asks for.
func (o *Operator) buildForeign(ctx context.Context, contract, source string) (program string, err error) {
	dir, err := o.workFolder()
	if err != nil {
		return "", err
	}
	module, modfile, err := borrowModule(ctx, source, dir)
	if err != nil {
		return "", err
	}
	if err := checkMain(ctx, source, modfile); err != nil {
		return "", err
	}
	shim, err := findShim(ctx, source, modfile)
	if err != nil {
		return "", err
	}
	library := filepath.Join(dir, "shim")
	if err := os.CopyFS(library, os.DirFS(shim.Dir)); err != nil {
		return "", fmt.Errorf("copy %s: %w", shim.Path, err)
	}
	if err := patchShim(filepath.Join(library, "shim")); err != nil {
		return "", err
	}
	if _, err := goCommand(ctx, module, "mod", "edit", "-dropreplace="+shim.Path, "-replace="+shim.Path+"="+library, modfile); err != nil {
		return "", toolchain(err, "cannot prepare the contract's go.mod")
	}
	program = filepath.Join(dir, contract)
	args := append(slices.Clone(buildFlags), "-mod=mod", "-modfile="+modfile, "-ldflags=-s -w", "-o", program, ".")
	if _, err := goCommand(ctx, source, args...); err != nil {
		return "", toolchain(err, "cannot build %s", source)
	}
	return program, nil
}

// borrowModule finds the module that a folder belongs to, and writes a copy of
// its go.mod and go.sum, which builds may change.
func borrowModule(ctx context.Context, source, dir string) (module, modfile string, err error) {
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		return "", "", failure.New(failure.Usage, "%s is no folder: give the folder of the contract's main package", source)
	}
	gomod, err := goCommand(ctx, source, "env", "GOMOD")
	if err != nil {
		return "", "", toolchain(err, "cannot run Go in %s", source)
	}
	if gomod = strings.TrimSpace(gomod); gomod == "" || gomod == os.DevNull {
		return "", "", failure.New(failure.Usage, "%s belongs to no module: make one with `go mod init` and `go mod tidy`", source)
	}
	module, modfile = filepath.Dir(gomod), filepath.Join(dir, "contract.mod")
	for from, to := range map[string]string{gomod: modfile, filepath.Join(module, "go.sum"): filepath.Join(dir, "contract.sum")} {
		data, err := os.ReadFile(from)
		if err != nil && (from == gomod || !errors.Is(err, os.ErrNotExist)) {
			return "", "", fmt.Errorf("read the contract's module: %w", err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			return "", "", err
		}
	}
	return module, modfile, nil
}

// checkMain refuses a folder that holds no program.
func checkMain(ctx context.Context, source, modfile string) error {
	out, err := goCommand(ctx, source, "list", "-mod=mod", "-modfile="+modfile, "-f", "{{.Name}}", ".")
	if err != nil {
		return toolchain(err, "%s holds no Go program", source)
	}
	if name := strings.TrimSpace(out); name != "main" {
		return failure.New(failure.Usage, "%s holds the package %s: give the folder of the contract's main package", source, name)
	}
	return nil
}

// shimModule is the module that a contract's library is in.
type shimModule struct{ Path, Dir string }

func findShim(ctx context.Context, source, modfile string) (*shimModule, error) {
	out, err := goCommand(ctx, source, "list", "-mod=mod", "-modfile="+modfile, "-deps", "-f", "{{.ImportPath}}\t{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}", ".")
	if err != nil {
		return nil, toolchain(err, "cannot read the source in %s", source)
	}
	var found []*shimModule
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) == 3 && shimPath.MatchString(fields[0]) {
			found = append(found, &shimModule{Path: fields[1], Dir: fields[2]})
		}
	}
	switch {
	case len(found) == 0:
		return nil, failure.New(failure.Usage, "the program in %s does not use Fabric's library (github.com/hyperledger/fabric-chaincode-go): it is no contract in Go; make a package of its service and give it with --package", source)
	case len(found) > 1:
		return nil, failure.New(failure.Usage, "the program in %s uses two versions of Fabric's library, %s and %s: only one can be the contract's", source, found[0].Path, found[1].Path)
	}
	return found[0], nil
}
