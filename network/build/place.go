package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"henanchain/network/failure"
)

// builderProgram is the external builder, which the peer calls by three names.
const builderProgram = "ccaas"

// installBuilder puts the external builder where the peer looks for it.
func installBuilder(root string) error {
	data, err := os.ReadFile(filepath.Join(Bin(root), builderProgram))
	if err != nil {
		return fmt.Errorf("read the built program: %w", err)
	}
	dir := filepath.Join(Builder(root), "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	for _, step := range []string{"detect", "build", "release"} {
		path := filepath.Join(dir, step)
		if was, err := os.ReadFile(path); err == nil && bytes.Equal(was, data) {
			continue
		}
		if err := writeFile(path, data, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// copySamples puts Fabric's sample configuration where nodes read it.
func (j *job) copySamples(ctx context.Context, u unit) error {
	dir, err := j.tool.quiet(ctx, filepath.Join(j.Root, u.dir), nil, "list", "-m", "-f", "{{.Dir}}", u.samples)
	if err != nil {
		return j.tool.explain(ctx, "cannot find the module "+u.samples, err)
	}
	for _, name := range []string{"core.yaml", "orderer.yaml"} {
		data, err := os.ReadFile(filepath.Join(strings.TrimSpace(dir), "sampleconfig", name))
		if err != nil {
			return failure.Wrap(failure.Toolchain, err, "cannot read Fabric's sample %s", name)
		}
		if err := writeFile(filepath.Join(Config(j.Root), name), data, 0o644); err != nil {
			return failure.Wrap(diskOr(err, failure.Other), err, "cannot copy Fabric's sample %s", name)
		}
	}
	return nil
}

// writeFile writes beside the place and renames, so that a killed build leaves
// the old file or the new one.
func writeFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
