package operate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/backup"
	"henanchain/network/failure"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
	"henanchain/network/units"
)

// Saved is what a backup came to. Its JSON form is stable.
type Saved struct {
	File    string            `json:"file"`
	Files   int               `json:"files"`
	Bytes   int64             `json:"bytes"` // of the file
	Sealed  bool              `json:"sealed"`
	Heights map[string]uint64 `json:"heights"` // of the channels, at least
	Away    []Away            `json:"away"`    // what was stopped while it was copied
	Seconds float64           `json:"seconds"`
}

// Away is a service that was stopped for its copy.
type Away struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Save writes the state folder into one file. A network that does not run is
// copied as it lies. One that runs goes on: what is copied is stopped for as long
// as its copying takes, in an order in which nobody's copy knows more than the
// copy of those that it learns from. The gateway follows the peers, so it comes
// first; then the peers, one after another; then all orderers together, because
// copies of one ordering service from different moments would contradict each
// other; then the CAs.
func (o *Operator) Save(ctx context.Context, path, passphrase string) (*Saved, error) {
	began := time.Now()
	if _, err := o.Network(); err != nil {
		return nil, err
	}
	unlock, err := o.State.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	n, err := o.Network() // as it is under the lock
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	b := &saving{Operator: o, net: n, out: &Saved{File: path, Sealed: passphrase != "", Heights: map[string]uint64{}, Away: []Away{}}}
	if err := o.notSystemds(ctx); err != nil {
		return nil, err
	}
	if o.client.Alive() {
		if err := b.wellAtFirst(ctx); err != nil {
			return nil, err
		}
	}
	w, err := backup.Create(path, o.State.Root, passphrase, backup.Header{
		Layout: state.Layout, Network: n.Name, Profile: n.Profile, PortBase: n.PortBase, Made: began.UTC().Truncate(time.Second), Heights: b.out.Heights,
	})
	if err != nil {
		return nil, err
	}
	b.w, b.board = w, progress.New(o.Out)
	defer b.board.Close()
	if err := b.all(ctx); err != nil {
		return nil, errors.Join(full(err, path), w.Discard())
	}
	if b.out.Files, b.out.Bytes, err = w.Close(); err != nil {
		return nil, full(err, path)
	}
	b.out.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	return b.out, nil
}

// full says it where a disk is.
func full(err error, path string) error {
	if failure.NoSpace(err) {
		return failure.Wrap(failure.Disk, err, "the disk of %s is full: choose another place, or make room", path)
	}
	return err
}

type saving struct {
	*Operator
	net      *topology.Network
	w        *backup.Writer
	board    *progress.Board
	out      *Saved
	services []supervise.Status
	done     []string // paths that are saved already, under the state folder
}

// wellAtFirst refuses to stop nodes of a network in which others are away: a
// backup must not be what stops a channel.
func (b *saving) wellAtFirst(ctx context.Context) error {
	r, err := b.Status(ctx)
	if err != nil {
		return err
	}
	if !r.Disk.Healthy { // what is stopped on a full disk does not start again
		return r.Failure()
	}
	for _, ch := range r.Channels {
		b.out.Heights[ch.Name] = ch.Height
	}
	for _, nd := range r.Nodes {
		if !nd.Healthy {
			return failure.New(failure.Unhealthy, "%s is not well (%s): bring it up first, or stop the network (`network down`) and save it as it lies", nd.Name, nd.Detail)
		}
	}
	b.services, err = b.client.Services()
	return err
}

// all saves everything, in the order that Save tells of.
func (b *saving) all(ctx context.Context) error {
	if err := b.w.Add("version.json", nil); err != nil {
		return err
	}
	b.done = append(b.done, "version.json")
	steps := [][]string{b.door()}
	for _, p := range b.net.Peers() {
		steps = append(steps, []string{p.Name})
	}
	var orderers []string
	for _, od := range b.net.Orderers {
		orderers = append(orderers, od.Name)
	}
	steps = append(steps, orderers)
	for _, s := range b.services {
		if s.Role == "ca" {
			steps = append(steps, []string{s.Name})
		}
	}
	for _, names := range steps {
		if err := b.together(ctx, names); err != nil {
			return err
		}
	}
	return phase(b.board, "The rest", func(*progress.Task) (string, error) { return "keys, contracts, decisions", b.rest() })
}

// together stops services, saves what they have, and starts them again.
func (b *saving) together(ctx context.Context, names []string) error {
	var dirs []string
	for _, name := range names {
		dir := b.folder(name)
		if state.Exists(b.State.Path(dir)) && !slices.Contains(b.done, dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	return phase(b.board, strings.Join(names, ", "), func(t *progress.Task) (string, error) {
		began := time.Now()
		err := b.stopped(ctx, names, t, func() error {
			t.Phase("copying")
			for _, dir := range dirs {
				b.done = append(b.done, dir)
				if err := b.w.Add(dir, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if len(b.services) == 0 {
			return "copied", err
		}
		for _, name := range names {
			b.out.Away = append(b.out.Away, Away{Name: name, Seconds: time.Since(began).Round(time.Millisecond).Seconds()})
		}
		return "copied, and serves again", err
	})
}

// folder is where a service keeps what it has, under the state folder.
func (b *saving) folder(name string) string {
	if server, ok := strings.CutPrefix(name, "ca."); ok {
		return filepath.Join("ca", server)
	}
	if slices.Contains(b.door(), name) {
		return "gateway"
	}
	return filepath.Join("nodes", name)
}

// door are the gateway and whatever else works in its folder.
func (b *saving) door() []string {
	names := []string{"gateway"}
	for _, s := range b.services {
		if s.Stage == supervise.StageGateway && s.Name != "gateway" {
			names = append(names, s.Name)
		}
	}
	return names
}

// stopped does something while services are stopped, and starts again, whatever
// comes of it, those that ran.
func (b *saving) stopped(ctx context.Context, names []string, t *progress.Task, do func() error) error {
	var ran []supervise.Status
	for _, s := range b.services {
		if slices.Contains(names, s.Name) && s.PID != 0 {
			ran = append(ran, s)
		}
	}
	each := func(f func(supervise.Status) error) error {
		var g errgroup.Group
		for _, s := range ran {
			g.Go(func() error { return f(s) })
		}
		return g.Wait()
	}
	err := each(func(s supervise.Status) error { return b.client.Stop(s.Name) })
	if err == nil {
		err = do()
	}
	t.Phase("starting again")
	return errors.Join(err, each(func(s supervise.Status) error { return b.client.Start(s.Name) }),
		each(func(s supervise.Status) error { return b.waitHealthy(ctx, s.Service, patience) }), b.led(ctx, names))
}

// led waits for a leader where orderers were stopped.
func (b *saving) led(ctx context.Context, names []string) error {
	if len(b.services) == 0 || len(names) == 0 || !slices.ContainsFunc(b.net.Orderers, func(od topology.Node) bool { return od.Name == names[0] }) {
		return nil
	}
	return (&up{Operator: b.Operator, net: b.net}).awaitLeaders(ctx)
}

// notSaved are parts of the state folder that belong to what runs on this machine.
var notSaved = []string{"lock", "run", "logs", units.Remembered}

func (b *saving) rest() error {
	entries, err := os.ReadDir(b.State.Root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(notSaved, e.Name()) || slices.Contains(b.done, e.Name()) {
			continue
		}
		err := b.w.Add(e.Name(), func(path string) bool {
			return slices.Contains(b.done, path) || strings.HasPrefix(filepath.Base(path), ".tmp-")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Restore puts a backup into a state folder that is empty or not there, whole or
// not at all. `network up` then starts the network that was saved.
func (o *Operator) Restore(path, passphrase string) (*backup.Header, error) {
	root := o.State.Root
	entries, err := os.ReadDir(root)
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == "lock" }) // a command looked for a network here
	if err == nil && len(entries) > 0 {
		return nil, failure.New(failure.State, "the state folder %s is not empty: choose another with --state, or `network clean` first", root)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, failure.Wrap(failure.State, err, "cannot read the state folder")
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o700); err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot make the state folder")
	}
	tmp, err := os.MkdirTemp(filepath.Dir(root), "."+filepath.Base(root)+"-restore-*")
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot make the state folder")
	}
	defer os.RemoveAll(tmp)
	board := progress.New(o.Out)
	defer board.Close()
	var h *backup.Header
	err = phase(board, "Reading and checking", func(*progress.Task) (string, error) {
		if h, err = backup.Read(path, passphrase, tmp); err != nil {
			return "", full(err, root)
		}
		return fmt.Sprintf("%s of %s", h.Network, h.Made.Local().Format(time.DateTime)), nil
	})
	if err != nil {
		return nil, err
	}
	if err := moved(filepath.Join(tmp, "gateway", "gateway.yaml"), h.Root, root); err != nil {
		return nil, err
	}
	for _, path := range []string{filepath.Join(root, "lock"), root} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return h, os.Rename(tmp, root)
}

// moved takes a configuration that names the state folder to another place. All
// others are written anew by every `up`.
func moved(path, from, to string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || from == to {
		return nil
	}
	if err != nil {
		return err
	}
	return state.WriteFile(path, []byte(strings.ReplaceAll(string(data), from+"/", to+"/")), 0o600)
}
