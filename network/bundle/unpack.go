package bundle

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// maxFile is the size of the largest file that is taken: a program.
const maxFile = 1 << 30

// Unpack puts a host's bundle into its state folder. Keys, ledgers and what was
// decided there stay as they are; programs, the topology and the genesis blocks
// of new channels are taken.
func Unpack(file string, st state.Folder) error {
	was, err := st.Network()
	if err == nil {
		n, err := networkIn(file)
		if err != nil {
			return err
		}
		if n.Name != was.Name || n.Here != was.Here {
			return failure.New(failure.State, "%s is of %s of %s, and %s holds %s of %s: choose another folder with --state", file, n.Placement, n.Name, st.Root, was.Placement, was.Name)
		}
	}
	return each(file, func(name string, mode os.FileMode, content io.Reader) error {
		to := st.Path(filepath.FromSlash(name))
		replace := strings.HasPrefix(name, "programs/") || name == TopologyFile || name == "README.md"
		if !replace && state.Exists(to) {
			return nil
		}
		return place(to, mode, content)
	})
}

// Import takes the public part of an organisation that makes its own keys.
func Import(file string, st state.Folder) error {
	return each(file, func(name string, mode os.FileMode, content io.Reader) error {
		if !strings.HasPrefix(name, "organisations/") {
			return failure.New(failure.Usage, "%s is no organisation's public part: it holds %s", file, name)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		if strings.Contains(string(data), "PRIVATE KEY") {
			return failure.New(failure.Refused, "%s holds a private key, %s: it must not travel; make the file anew with `network keys`", file, name)
		}
		return state.WriteFile(st.Path(filepath.FromSlash(name)), data, mode)
	})
}

// networkIn reads which part of which network a bundle is.
func networkIn(file string) (*topology.Network, error) {
	var n *topology.Network
	err := each(file, func(name string, _ os.FileMode, content io.Reader) error {
		if name != "network.json" {
			return nil
		}
		n = &topology.Network{}
		return errors.Join(json.NewDecoder(content).Decode(n), errFound)
	})
	if errors.Is(err, errFound) && n != nil {
		return n, nil
	}
	if err == nil {
		err = errors.New("it holds no network.json")
	}
	return nil, failure.Wrap(failure.Usage, err, "%s is not a bundle", file)
}

var errFound = errors.New("found")

// each hands on every file of a bundle. Whoever made it, nothing is written
// outside of the folder: names must be local, and only files are taken.
func each(file string, take func(name string, mode os.FileMode, content io.Reader) error) error {
	in, err := os.Open(file)
	if err != nil {
		return failure.Wrap(failure.Usage, err, "cannot read the bundle")
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		return failure.Wrap(failure.Usage, err, "%s is not a bundle", file)
	}
	for tape := tar.NewReader(zip); ; {
		h, err := tape.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failure.Wrap(failure.Usage, err, "%s is damaged", file)
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(h.Name)) || path.Clean(h.Name) != h.Name || h.Size > maxFile {
			return failure.New(failure.Usage, "%s is not a bundle: it holds %q", file, h.Name)
		}
		if err := take(h.Name, os.FileMode(h.Mode).Perm()&0o755, tape); err != nil {
			return err
		}
	}
}

// place writes a file beside its place and renames it: a program may be running.
func place(to string, mode os.FileMode, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return failure.Wrap(failure.State, err, "cannot unpack the bundle")
	}
	tmp, err := os.CreateTemp(filepath.Dir(to), ".tmp-*")
	if err != nil {
		return failure.Wrap(failure.State, err, "cannot unpack the bundle")
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, content)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return failure.Wrap(failure.State, err, "cannot unpack %s", to)
	}
	return os.Rename(tmp.Name(), to)
}
