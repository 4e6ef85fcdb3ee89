package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"henanchain/network/failure"
)

// What a build takes, measured with empty caches and rounded up.
const (
	needPinned   = 3 << 30   // bytes for modules, compiled packages and programs
	needPrograms = 512 << 20 // bytes where Fabric is built already
)

var goDirective = regexp.MustCompile(`(?m)^go (\S+)`)

// wantedGo is the Go version that the repository asks for.
func wantedGo(root string) string {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return ""
	}
	if m := goDirective.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// checkGo refuses a repository that is none and a Go that is too old.
func checkGo(ctx context.Context, tool *goTool, root string) error {
	wanted := wantedGo(root)
	if wanted == "" {
		return failure.New(failure.Usage, "%s holds no go.mod: name the folder of this repository", root)
	}
	out, err := tool.quiet(ctx, root, nil, "env", "GOVERSION")
	if err != nil {
		return tool.explain(ctx, "cannot run Go (this repository needs "+wanted+" or newer)", err)
	}
	tool.version = strings.TrimSpace(out)
	if older(tool.version, wanted) {
		return failure.New(failure.Toolchain, "Go is %s (%s) and this repository needs %s or newer: install it, or let Go fetch it with GOTOOLCHAIN=auto", strings.TrimPrefix(tool.version, "go"), tool.path, wanted)
	}
	return nil
}

// older compares Go versions such as go1.26.8, go1.26rc1 and 1.26.
func older(have, want string) bool {
	h, w := numbers(have), numbers(want)
	for i := range w {
		if h[i] != w[i] {
			return h[i] < w[i]
		}
	}
	return false
}

var number = regexp.MustCompile(`\d+`)

func numbers(version string) [3]int {
	var out [3]int
	release, _, _ := strings.Cut(strings.TrimPrefix(version, "go"), "rc")
	for i, digits := range number.FindAllString(release, 3) {
		out[i], _ = strconv.Atoi(digits)
	}
	return out
}

// checkDisk refuses to begin what cannot end, and says how much is missing.
func checkDisk(root string, tool *goTool, todo []unit) error {
	need := uint64(needPrograms)
	for _, u := range todo {
		if u.pinned {
			need = needPinned
		}
	}
	dirs := []string{filepath.Join(root, "build")}
	if out, err := tool.quiet(context.Background(), root, nil, "env", "GOCACHE", "GOMODCACHE"); err == nil {
		dirs = append(dirs, strings.Fields(out)...)
	}
	for _, dir := range dirs {
		free, ok := freeSpace(dir)
		if ok && free < need {
			return failure.New(failure.Disk, "only %d MB are free on the disk of %s, and this build needs %d MB: make room, or move Go's caches with GOCACHE and GOMODCACHE", free>>20, dir, need>>20)
		}
	}
	return nil
}

// freeSpace asks about a folder that may not exist yet.
func freeSpace(dir string) (uint64, bool) {
	for {
		var fs syscall.Statfs_t
		err := syscall.Statfs(dir, &fs)
		if err == nil {
			return fs.Bavail * uint64(fs.Bsize), true
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, os.ErrNotExist) || parent == dir {
			return 0, false
		}
		dir = parent
	}
}

func diskOr(err error, other int) int {
	if errors.Is(err, syscall.ENOSPC) {
		return failure.Disk
	}
	return other
}

// lock keeps two builds of one repository apart. The system frees it when the
// process ends, however it ends.
func lock(ctx context.Context, root string, out io.Writer) (unlock func(), err error) {
	path := filepath.Join(root, "build", ".lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, failure.Wrap(diskOr(err, failure.Other), err, "cannot open the build's lock")
	}
	for told := false; ; {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			file.Close()
			return nil, failure.Wrap(failure.Other, err, "cannot lock %s", path)
		}
		if !told {
			fmt.Fprintln(out, "… another build of this repository is running: waiting for it to end")
			told = true
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
