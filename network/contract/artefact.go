package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Where an artefact comes from.
const (
	FromHere    = "contracts" // chaincode/ of this repository
	FromPath    = "path"      // the source of a contract that was not written here
	FromPackage = "package"   // a package whose service somebody else runs
)

// Artefact is a contract's version as it can be served: its package, and the
// program that the package leads to.
type Artefact struct {
	Contract string    `json:"contract"`
	Version  string    `json:"version"`
	Package  string    `json:"package"` // ID
	Origin   string    `json:"origin"`
	Source   string    `json:"source,omitempty"`  // the folder or file that was given
	Program  string    `json:"program,omitempty"` // SHA-256 in hex; empty where somebody else runs it
	Port     int       `json:"port,omitempty"`
	Service  string    `json:"service,omitempty"` // its name at the supervisor
	Made     time.Time `json:"made"`
}

// artefact finds one by its package.
func (b *Book) artefact(id string) *Artefact {
	for _, a := range b.Artefacts {
		if a.Package == id {
			return a
		}
	}
	return nil
}

// latest is the artefact of a version that was made last.
func (b *Book) latest(contract, version string) *Artefact {
	for _, a := range slices.Backward(b.Artefacts) {
		if a.Contract == contract && a.Version == version {
			return a
		}
	}
	return nil
}

// store keeps programs and packages by their content.
type store struct{ st state.Folder }

func (s store) program(digest, name string) string {
	return s.st.Path("contracts", "programs", digest[:16], name)
}

func (s store) pack(id string) string {
	_, digest, _ := strings.Cut(id, ":")
	return s.st.Path("contracts", "packages", digest+".tar.gz")
}

// keepProgram copies a program into the state folder, so that what serves a
// version stays what it was when everything is built anew.
func (s store) keepProgram(path, name string) (digest string, err error) {
	if digest, err = fileDigest(path); err != nil {
		return "", fmt.Errorf("read the program %s: %w", path, err)
	}
	to := s.program(digest, name)
	if state.Exists(to) {
		return digest, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the program %s: %w", path, err)
	}
	return digest, state.WriteFile(to, data, 0o700)
}

func (s store) keepPackage(p *lifecycle.Package) error {
	return state.WriteFile(s.pack(p.ID), p.Bytes, 0o600)
}

// load reads a package that was kept.
func (s store) load(id string) (*lifecycle.Package, error) {
	data, err := os.ReadFile(s.pack(id))
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "the package %s is not in the state folder any more", id)
	}
	p, err := lifecycle.ReadPackage(data)
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "%s", s.pack(id))
	}
	if p.ID != id {
		return nil, failure.New(failure.State, "%s is damaged: it holds %s", s.pack(id), p.ID)
	}
	return p, nil
}

// prune removes artefacts that no channel has, is to have, or can go back to.
func (s store) prune(b *Book) error {
	var errs []error
	b.Artefacts = slices.DeleteFunc(b.Artefacts, func(a *Artefact) bool {
		if b.needed(a.Package) {
			return false
		}
		errs = append(errs, remove(s.pack(a.Package)))
		return true
	})
	kept := map[string]bool{}
	for _, a := range b.Artefacts {
		if a.Program != "" {
			kept[a.Program[:16]] = true
		}
	}
	dirs, _ := filepath.Glob(s.st.Path("contracts", "programs", "*"))
	for _, dir := range dirs {
		if !kept[filepath.Base(dir)] {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// served registers a program that serves a version, with a port of its own so
// that it runs beside every other, and packs it. The package names the program's
// digest: another program is another package, which organisations have to
// approve. It is the same for every organisation and machine, because its places
// are filled in by each peer (node.Peer).
func (s store) served(n *topology.Network, b *Book, a Artefact, program string) (*Artefact, error) {
	name := a.Contract
	if a.Origin == FromHere {
		name = ownProgram
	}
	digest, err := s.keepProgram(program, name)
	if err != nil {
		return nil, err
	}
	for _, was := range b.Artefacts {
		if was.Contract == a.Contract && was.Version == a.Version && was.Program == digest && was.Origin == a.Origin {
			return was, nil
		}
	}
	a.Program = digest
	if a.Port, err = freePort(n, b); err != nil {
		return nil, err
	}
	a.Service = a.Contract + "-" + a.Version
	if slices.ContainsFunc(b.Artefacts, func(o *Artefact) bool { return o.Service == a.Service }) {
		a.Service += "-" + digest[:6]
	}
	p, err := lifecycle.NewPackage(lifecycle.Label(a.Contract, a.Version), lifecycle.Service{
		Address: "{{.host}}:" + strconv.Itoa(a.Port), RootCert: []byte("{{.rootCert}}"),
		ClientCert: []byte("{{.clientCert}}"), ClientKey: []byte("{{.clientKey}}"), Program: digest,
	})
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "%s %s cannot be packed", a.Contract, a.Version)
	}
	return s.register(b, a, p)
}

// register keeps a package, and its artefact in the book; the caller saves.
func (s store) register(b *Book, a Artefact, p *lifecycle.Package) (*Artefact, error) {
	if err := s.keepPackage(p); err != nil {
		return nil, err
	}
	a.Package, a.Made = p.ID, time.Now().UTC().Truncate(time.Second)
	b.Artefacts = append(b.Artefacts, &a)
	return &a, nil
}

// freePort is a port that no artefact has and nobody listens on here.
func freePort(n *topology.Network, b *Book) (int, error) {
	taken := map[int]bool{}
	for _, a := range b.Artefacts {
		taken[a.Port] = true
	}
	first, last := n.ContractPorts()
	for port := first; port <= last; port++ {
		if taken[port] {
			continue
		}
		if n.Containers { // theirs are all their own
			return port, nil
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(n.ContractsAddress(n.HomeHosts()[0]), strconv.Itoa(port)))
		if err != nil {
			continue
		}
		ln.Close()
		return port, nil
	}
	return 0, failure.New(failure.Port, "all ports for contracts from %d to %d are taken", first, last)
}

// fileDigest is a file's SHA-256 in hex.
func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
