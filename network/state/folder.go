// Package state is the folder that holds everything of one running network:
// keys, ledgers, logs, and what was decided when it was made. Nothing outside
// of it is written, so that removing it removes the network.
//
// Every artefact is written beside its place and renamed into it, so that a
// killed run leaves it whole or absent and the next run goes on from there.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"henanchain/internal/connection"
	"henanchain/network/failure"
	"henanchain/network/topology"
)

// Layout is the version of the folder's layout. A change that an older program
// could not read raises it.
const Layout = 1

// minFree is the disk space without which no network is started.
const minFree = 1 << 30

// Folder is a state folder, as an absolute path.
type Folder struct{ Root string }

// marker is what version.json holds.
type marker struct {
	Layout  int    `json:"layout"`
	Network string `json:"network"`
}

// At makes a Folder of a path, which need not exist.
func At(path string) (Folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Folder{}, fmt.Errorf("state folder %s: %w", path, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return Folder{Root: abs}, nil
}

// Path joins parts under the folder.
func (f Folder) Path(parts ...string) string {
	return filepath.Join(append([]string{f.Root}, parts...)...)
}

// Where things are.
func (f Folder) Organisation(org string) string { return f.Path("organisations", org) }
func (f Folder) OrgMSP(org string) string       { return f.Path("organisations", org, "msp") }
func (f Folder) Identity(org, name string) string {
	return f.Path("organisations", org, "identities", name)
}
func (f Folder) Admin(org string) string        { return f.Identity(org, "admin."+org) }
func (f Folder) Application(name string) string { return f.Path("apps", name) }
func (f Folder) Node(name string) string        { return f.Path("nodes", name) }
func (f Folder) Log(service string) string      { return f.Path("logs", service+".log") }
func (f Folder) Genesis(channel string) string  { return f.Path("channels", channel, "genesis.block") }
func (f Folder) Connection() string             { return f.Path(connection.FileName) }

// Exists tells whether a network was ever begun here.
func (f Folder) Exists() bool {
	_, err := os.Stat(f.Path("version.json"))
	return err == nil
}

// Open makes the folder where it is missing, and refuses one that another
// version of this program laid out, one that is not ours, and a full disk.
func (f Folder) Open(network string) error {
	if err := os.MkdirAll(f.Root, 0o700); err != nil {
		return failure.Wrap(failure.State, err, "cannot make the state folder %s", f.Root)
	}
	if err := f.Check(); err != nil {
		return err
	}
	var fsys unix.Statfs_t
	if err := unix.Statfs(f.Root, &fsys); err == nil {
		if free := fsys.Bavail * uint64(fsys.Bsize); free < minFree {
			return failure.New(failure.Disk, "only %d MB are free on the disk of %s: a network needs at least %d MB; make room, or choose another folder with --state", free>>20, f.Root, minFree>>20)
		}
	}
	if f.Exists() {
		return nil
	}
	entries, err := os.ReadDir(f.Root)
	if err != nil {
		return failure.Wrap(failure.State, err, "cannot read the state folder %s", f.Root)
	}
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != "logs" && e.Name() != "run" && holdsFiles(f.Path(e.Name())) {
			return failure.New(failure.State, "the folder %s holds %q and is not a network's state: choose an empty folder with --state", f.Root, e.Name())
		}
	}
	return f.writeJSON("version.json", marker{Layout: Layout, Network: network})
}

// holdsFiles tells whether there is any file at a path, or it cannot be told:
// empty folders are no more than places, such as those of a container's volumes.
func holdsFiles(path string) bool {
	found := false
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = true
			return fs.SkipAll
		}
		return err
	})
	return found || err != nil
}

// Check refuses a folder that another version of this program laid out.
func (f Folder) Check() error {
	data, err := os.ReadFile(f.Path("version.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failure.Wrap(failure.State, err, "cannot read the state folder")
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return failure.Wrap(failure.State, err, "%s is damaged: restore it from a backup, or run `network clean`", f.Path("version.json"))
	}
	if m.Layout != Layout {
		return failure.New(failure.State, "the state folder %s has layout %d, this program reads layout %d: use the program that made it, or run `network clean` and start anew", f.Root, m.Layout, Layout)
	}
	return nil
}

// lockPatience is how long a command waits for another one: as long as a process
// that was killed may take to be gone, and not for what the other one does.
const lockPatience = 3 * time.Second

// Lock keeps two commands from changing the network at the same time. It is
// freed by unlock, or by the end of the process.
func (f Folder) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(f.Root, 0o700); err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot make the state folder %s", f.Root)
	}
	file, err := os.OpenFile(f.Path("lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot lock the state folder")
	}
	for end := time.Now().Add(lockPatience); unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().Before(end) {
			continue
		}
		file.Close()
		return nil, failure.New(failure.Busy, "another command is changing the network in %s: wait until it has ended", f.Root)
	}
	return func() { file.Close() }, nil
}

// Network reads what the folder was made for. It returns an error that wraps
// fs.ErrNotExist where nothing was made.
func (f Folder) Network() (*topology.Network, error) {
	data, err := os.ReadFile(f.Path("network.json"))
	if err != nil {
		return nil, fmt.Errorf("read the network's record: %w", err)
	}
	var n topology.Network
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, fmt.Errorf("read the network's record %s: %w", f.Path("network.json"), err)
	}
	return &n, nil
}

// InContainers tells whether the folder's network runs in containers.
func (f Folder) InContainers() bool {
	n, err := f.Network()
	return err == nil && n.Containers
}

// SetNetwork records what the folder is made for.
func (f Folder) SetNetwork(n *topology.Network) error { return f.writeJSON("network.json", n) }

func (f Folder) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return WriteFile(f.Path(name), append(data, '\n'), 0o600)
}
