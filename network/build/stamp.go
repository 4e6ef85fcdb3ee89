package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"henanchain/network/failure"
)

// stamp says what the programs of a pinned unit were made of.
type stamp struct {
	Source   string           `json:"source"`   // digest of all that decides the outcome
	Programs map[string]int64 `json:"programs"` // size of each, so that a lost or cut one shows
}

func stampPath(root string, u unit) string {
	return filepath.Join(root, "build", u.name+".stamp.json")
}

// source digests the Go version, the platform, the flags, and the module files.
func source(root string, u unit, goVersion string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, "3", goVersion, runtime.GOOS, runtime.GOARCH, u.ldflags, strings.Join(u.packages, " "), u.change.digest())
	for _, name := range append([]string{"go.mod", "go.sum"}, u.sources...) {
		data, err := os.ReadFile(filepath.Join(root, u.dir, name))
		if err != nil {
			return "", fmt.Errorf("read %s: %w", filepath.Join(u.dir, name), err)
		}
		fmt.Fprintln(h, name, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func upToDate(root string, u unit, goVersion string) bool {
	data, err := os.ReadFile(stampPath(root, u))
	if err != nil {
		return false
	}
	var was stamp
	if json.Unmarshal(data, &was) != nil {
		return false
	}
	now, err := source(root, u, goVersion)
	if err != nil || was.Source != now || len(was.Programs) != len(u.programs) {
		return false
	}
	for program, size := range was.Programs {
		info, err := os.Stat(filepath.Join(Bin(root), program))
		if err != nil || info.Size() != size {
			return false
		}
	}
	if u.samples == "" {
		return true
	}
	for _, name := range []string{"core.yaml", "orderer.yaml"} {
		if _, err := os.Stat(filepath.Join(Config(root), name)); err != nil {
			return false
		}
	}
	return true
}

func writeStamp(root string, u unit, goVersion string) error {
	digest, err := source(root, u, goVersion)
	if err != nil {
		return failure.Wrap(failure.Toolchain, err, "cannot stamp %s", u.title)
	}
	now := stamp{Source: digest, Programs: map[string]int64{}}
	for _, program := range u.programs {
		info, err := os.Stat(filepath.Join(Bin(root), program))
		if err != nil {
			return failure.Wrap(failure.Toolchain, err, "%s was built and %s is not there", u.title, program)
		}
		now.Programs[program] = info.Size()
	}
	data, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return failure.Wrap(failure.Other, err, "cannot stamp %s", u.title)
	}
	if err := writeFile(stampPath(root, u), append(data, '\n'), 0o644); err != nil {
		return failure.Wrap(diskOr(err, failure.Other), err, "cannot stamp %s", u.title)
	}
	return nil
}
