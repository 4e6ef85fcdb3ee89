// Package bundle carries a host's part of a network to that host: what its
// nodes need, the keys of the organisation that is at home there and nobody
// else's, and what all may know of the others.
//
// A bundle is a tar.gz whose content is a state folder: unpacked, `network up`
// in it starts the host's part. Where an organisation makes its keys on its own
// host, its bundle has none, and only its public part travels to the province.
package bundle

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Source is what a bundle is made of.
type Source struct {
	State    state.Folder
	Net      *topology.Network // the whole of it
	Programs *node.Programs    // nil leaves them out
	Topology string            // file
}

// Folders of a bundle's programs, under the state folder.
const (
	Bin     = "programs/bin"
	Config  = "programs/config"
	Builder = "programs/builder/ccaas"
)

// TopologyFile is the topology in a bundle.
const TopologyFile = "topology.yaml"

// needed are the programs that a host runs or types.
var needed = []string{"chaincode", "configtxgen", "configtxlator", "fabric-ca-client", "fabric-ca-server", "gateway", "network", "orderer", "osnadmin", "peer"}

// HostOf is the host whose bundle is asked for by an organisation's name or its
// own, and refuses one where organisations would see each other's keys.
func HostOf(n *topology.Network, name string) (string, error) {
	host := name
	if o, ok := n.Organisation(name); ok {
		host = o.Host
	} else if n.HostAddress(name) == "" {
		return "", failure.New(failure.NotThere, "there is no organisation and no host %q in this profile of the topology", name)
	}
	switch owners := n.Sharers(host); {
	case len(owners) == 0:
		return "", failure.New(failure.Topology, "nothing is on the host %s in this profile", host)
	case len(owners) > 1:
		return "", failure.New(failure.Topology, "the host %s has the keys of %s: give each organisation a host of its own in the topology (hosts, and `host:` with the organisation)", host, strings.Join(owners, ", "))
	}
	return host, nil
}

// Write writes the bundle of a host to a file that only its owner can read.
func Write(file, host string, s Source) error {
	return archive(file, func(w *writer) {
		part := s.Net.Part(host)
		w.json("network.json", part)
		w.file("version.json", s.State.Path("version.json"), 0o600)
		w.text("README.md", readme(part, s.Programs != nil))
		w.file(TopologyFile, s.Topology, 0o644)
		for _, o := range part.Organisations {
			w.tree(s.State, s.State.OrgMSP(o.Name))
		}
		for _, ch := range part.Channels {
			w.inState(s.State, s.State.Genesis(ch.Name))
		}
		w.keys(s.State, part)
		if s.Programs != nil {
			w.programs(*s.Programs)
		}
	})
}

// WritePublic writes what others may know of an organisation: its MSP, and the
// certificates of its orderers, which channels name.
func WritePublic(file string, st state.Folder, n *topology.Network, organisation string) error {
	return archive(file, func(w *writer) {
		w.tree(st, st.OrgMSP(organisation))
		for _, o := range n.Orderers {
			if o.Organisation == organisation {
				for _, cert := range []string{"tls/server.crt", "msp/signcerts/cert.pem"} {
					w.inState(st, filepath.Join(st.Identity(organisation, o.Name), cert))
				}
			}
		}
	})
}

// keys adds what is the host's alone: its nodes' identities, and where an
// organisation is at home its administrator, business systems and CA.
func (w *writer) keys(st state.Folder, part *topology.Network) {
	elsewhere := map[string]bool{} // identities that belong on other hosts
	for _, h := range part.Hosts {
		here := h.Name == part.Here
		for _, name := range identity.OfHost(part, h.Name) {
			elsewhere[name] = !here
			if owner := part.Owner(h.Name); here {
				w.tree(st, st.Identity(owner.Name, name))
			}
		}
	}
	for _, nd := range part.Nodes() {
		elsewhere[nd.Name] = nd.Host != part.Here
		if !elsewhere[nd.Name] {
			w.tree(st, st.Identity(nd.Organisation, nd.Name))
		}
	}
	for _, o := range part.Organisations {
		if o.Host != part.Here {
			continue
		}
		dirs, err := filepath.Glob(st.Identity(o.Name, "[^.]*"))
		w.fail(err)
		for _, dir := range dirs {
			if !elsewhere[filepath.Base(dir)] {
				w.tree(st, dir)
			}
		}
	}
	for _, a := range part.Applications {
		w.tree(st, st.Application(a.Name))
	}
	for _, ca := range identity.Servers(part) {
		w.tree(st, st.Path("ca", ca.Name))
	}
}

func (w *writer) programs(p node.Programs) {
	for _, name := range needed {
		w.file(path.Join(Bin, name), filepath.Join(p.Bin, name), 0o755)
	}
	for to, from := range map[string]string{Config: p.Samples, Builder: p.Builder} {
		w.fail(filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(from, at)
			if err == nil {
				w.file(path.Join(to, filepath.ToSlash(rel)), at, 0o755)
			}
			return err
		}))
	}
}

// writer writes an archive, each file once, and remembers the first error.
type writer struct {
	tape *tar.Writer
	seen map[string]bool
	err  error
}

func archive(file string, fill func(*writer)) error {
	out, err := os.CreateTemp(filepath.Dir(file), ".tmp-*") // mode 0600
	if err != nil {
		return failure.Wrap(failure.Other, err, "cannot write %s", file)
	}
	defer os.Remove(out.Name())
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w := &writer{tape: tar.NewWriter(zip), seen: map[string]bool{}}
	fill(w)
	if err := errors.Join(w.err, w.tape.Close(), zip.Close(), out.Close()); err != nil {
		return failure.Wrap(failure.Other, err, "cannot write %s", file)
	}
	return os.Rename(out.Name(), file)
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) put(name string, mode, size int64, content io.Reader) {
	if w.err != nil || w.seen[name] {
		return
	}
	w.seen[name] = true
	if w.err = w.tape.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size}); w.err == nil {
		_, w.err = io.Copy(w.tape, content)
	}
}

func (w *writer) text(name, text string) {
	w.put(name, 0o644, int64(len(text)), strings.NewReader(text))
}

func (w *writer) json(name string, v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	w.fail(err)
	w.put(name, 0o600, int64(len(data)), strings.NewReader(string(data)))
}

func (w *writer) file(name, from string, mode int64) {
	if w.err != nil {
		return
	}
	f, err := os.Open(from)
	if err != nil {
		w.fail(fmt.Errorf("put %s into the bundle: %w", name, err))
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		w.fail(err)
		return
	}
	w.put(name, mode, info.Size(), f)
}

// inState adds a file of the state folder, in its place, for its owner alone.
func (w *writer) inState(st state.Folder, file string) {
	rel, err := filepath.Rel(st.Root, file)
	w.fail(err)
	w.file(filepath.ToSlash(rel), file, 0o600)
}

// tree adds a folder of the state folder; one that is not there is nothing to
// add: its content is made on its own host.
func (w *writer) tree(st state.Folder, dir string) {
	if !state.Exists(dir) {
		return
	}
	w.fail(filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !slices.Contains([]string{"fabric-ca-server-config.yaml"}, d.Name()) {
			w.inState(st, at)
		}
		return err
	}))
}
