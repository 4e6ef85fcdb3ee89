package build

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"henanchain/network/failure"
)

// goTool runs the go command and keeps a log of all that it says.
type goTool struct {
	path    string
	version string // of the go that runs, as "go1.26.8"
	env     []string
	logPath string
	tmp     string

	mu  sync.Mutex
	log *os.File
}

// commandError is a failed go command and what it wrote to stderr.
type commandError struct {
	command string
	stderr  string
	cause   error
}

func (e *commandError) Error() string { return fmt.Sprintf("%s: %v", e.command, e.cause) }
func (e *commandError) Unwrap() error { return e.cause }

func newGoTool(root string) (*goTool, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, failure.New(failure.Toolchain, "Go is not on the PATH: install Go %s or newer and run again", wantedGo(root))
	}
	dir := filepath.Join(root, "build")
	// Programs are linked here and renamed into place: a killed build leaves no half of one.
	tmp := filepath.Join(dir, "tmp")
	if err := os.RemoveAll(tmp); err != nil {
		return nil, failure.Wrap(failure.Other, err, "cannot empty the folder %s", tmp)
	}
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return nil, failure.Wrap(diskOr(err, failure.Other), err, "cannot make the folder %s", tmp)
	}
	logPath := filepath.Join(dir, "build.log")
	log, err := os.Create(logPath)
	if err != nil {
		return nil, failure.Wrap(diskOr(err, failure.Other), err, "cannot write the log %s", logPath)
	}
	env := append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOTMPDIR="+tmp)
	return &goTool{path: path, env: env, logPath: logPath, tmp: tmp, log: log}, nil
}

func (g *goTool) close() {
	g.log.Close()
	os.RemoveAll(g.tmp)
}

// quiet runs go and gives its output.
func (g *goTool) quiet(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	return g.run(ctx, dir, env, func(string) {}, args...)
}

// run runs go, hands each line of its stderr to onLine, and gives its stdout.
// When ctx ends, the command and all that it started end.
func (g *goTool) run(ctx context.Context, dir string, env []string, onLine func(string), args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir = dir
	cmd.Env = append(append([]string{}, g.env...), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return "", fmt.Errorf("run go: %w", err)
	}
	command := "go " + strings.Join(args, " ")
	g.logf("$ cd %s && %s %s\n", dir, strings.Join(env, " "), command)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run go: %w", err)
	}
	var stderr strings.Builder
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		g.logf("[%s] %s\n", filepath.Base(dir), lines.Text())
		fmt.Fprintln(&stderr, lines.Text())
		onLine(lines.Text())
	}
	err = cmd.Wait()
	g.logf("= %s: %v, %s\n", command, err, time.Since(start).Round(time.Millisecond))
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", &commandError{command: command, stderr: stderr.String(), cause: err}
	}
	return stdout.String(), nil
}

func (g *goTool) logf(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fmt.Fprintf(g.log, format, args...)
}

var unreachable = regexp.MustCompile(`(?i)dial tcp|no such host|i/o timeout|connection (refused|reset)|TLS handshake|network is unreachable|proxyconnect|server misbehaving|module lookup disabled|\b(403|404|407|410|429|50\d) |x509:|EOF$`)

// explain turns a failed go command into a sentence that says what to do.
func (g *goTool) explain(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var failed *commandError
	if !errors.As(err, &failed) {
		return failure.Wrap(failure.Toolchain, err, "%s", what)
	}
	said := telling(failed.stderr)
	switch {
	case strings.Contains(failed.stderr, "no space left on device"):
		return failure.New(failure.Disk, "%s: the disk is full (%s); make room and run again, log: %s", what, said, g.logPath)
	case strings.Contains(failed.stderr, "checksum mismatch"), strings.Contains(failed.stderr, "SECURITY ERROR"):
		return failure.New(failure.Toolchain, "%s: a module is not the one that go.sum pins (%s); do not trust this proxy or cache, log: %s", what, said, g.logPath)
	case strings.Contains(failed.stderr, "updates to go.mod needed"), strings.Contains(failed.stderr, "missing go.sum entry"):
		return failure.New(failure.Toolchain, "%s: go.mod or go.sum is not complete (%s), log: %s", what, said, g.logPath)
	case unreachable.MatchString(failed.stderr):
		return failure.New(failure.Toolchain, "%s: the Go module proxy does not answer (%s); check the network, or name a proxy that can be reached with `go env -w GOPROXY=…`, and run again, log: %s", what, said, g.logPath)
	default:
		return failure.New(failure.Toolchain, "%s: %s; log: %s", what, said, g.logPath)
	}
}

// telling is the first line of a go command's output that carries the reason.
func telling(stderr string) string {
	kept := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "#") || !strings.ContainsAny(line, " :") {
			continue
		}
		kept = line
		break
	}
	if len(kept) > 300 {
		kept = kept[:300] + "…"
	}
	if kept == "" {
		return "no reason was given"
	}
	return kept
}
