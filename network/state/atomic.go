package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile writes a file beside its place and renames it, so that a reader
// sees the old content or the new, whole. Missing folders are made.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
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

// MakeDir fills a folder beside its place and renames it, so that it is whole
// or absent. It does nothing where the folder exists.
func MakeDir(path string, fill func(dir string) error) error {
	if Exists(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return nil
}

// Sweep removes what a killed run left beside the places of its artefacts. The
// folder must be locked, or the work of a command that runs would be removed.
func (f Folder) Sweep() error {
	for _, pattern := range []string{".tmp-*", "*/.tmp-*", "*/*/.tmp-*", "*/*/*/.tmp-*"} {
		paths, err := filepath.Glob(f.Path(pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("remove what a killed run left: %w", err)
			}
		}
	}
	return nil
}

// Exists tells whether something is at a path.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Copy copies a file or a folder with all that is in it, for its owner alone,
// and replaces only what differs.
func Copy(to, from string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("copy %s: %w", path, err)
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("copy %s: %w", path, err)
		}
		if was, err := os.ReadFile(target); err == nil && bytes.Equal(was, data) {
			return nil
		}
		return WriteFile(target, data, info.Mode().Perm()&0o700)
	})
}
