// Package contract knows which version of which contract every channel is to
// have, keeps the programs that serve them, and brings channels from one version
// to the next while writes go on.
//
// What was decided is in the state folder, in contracts/deployed.json, before
// anything is changed on a channel: so a deployment that was killed goes on when
// it is run again, `network up` keeps what was deployed, and a rollback knows
// what was there before.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Release is what a channel's members agree on when they take a contract's
// version: the package, and the rules that they wrote down with it.
type Release struct {
	Version string `json:"version"`
	Package string `json:"package"` // its ID
	// Policy is who endorses a write; empty is the channel's rule in the topology.
	Policy string `json:"policy,omitempty"`
	// Collections are the private data collections of a contract that was not
	// written here. One that was has the channel's.
	Collections json.RawMessage `json:"collections,omitempty"`
	// Init are the function and arguments of the first call, where one is asked for.
	Init []string `json:"init,omitempty"`
}

func (r Release) same(o Release) bool {
	return r.Version == o.Version && r.Package == o.Package && r.Policy == o.Policy &&
		sameJSON(r.Collections, o.Collections) && slices.Equal(r.Init, o.Init)
}

// sameJSON compares but for white space.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// Who decided on a placement.
const (
	ByTopology = "topology"
	ByDeploy   = "deploy"
	ByRollback = "rollback"
)

// maxEarlier is how many releases a channel can go back to, and how many that it
// went back from are kept.
const maxEarlier = 5

// Placement is what one channel is to have of one contract.
type Placement struct {
	Release Release `json:"release"`
	By      string  `json:"by"`
	// Topology is the version that the topology named when this was decided: when
	// it names another, the topology is the later word.
	Topology string `json:"topology,omitempty"`
	// Committed tells that the channel has been seen to have the release. Until
	// then it may have any of Before.
	Committed bool      `json:"committed"`
	Before    []Release `json:"before,omitempty"`
	// Earlier is what the channel had before, the latest first: where a rollback
	// goes back to.
	Earlier []Release `json:"earlier,omitempty"`
	// Undone is what rollbacks went back from. It is kept, so that it can be
	// deployed again as it was.
	Undone []Release `json:"undone,omitempty"`
}

// Underway is a deployment or a rollback that has not come to its end.
type Underway struct {
	What     string    `json:"what"` // ByDeploy or ByRollback
	Version  string    `json:"version,omitempty"`
	Channels []string  `json:"channels"`
	Since    time.Time `json:"since"`
}

// Contract is what is recorded of one contract.
type Contract struct {
	Underway *Underway             `json:"underway,omitempty"`
	Channels map[string]*Placement `json:"channels"`
}

// clone copies the record, so that it can be restored.
func (c *Contract) clone() *Contract {
	out := &Contract{Underway: c.Underway, Channels: map[string]*Placement{}}
	for name, p := range c.Channels {
		q := *p
		q.Earlier, q.Undone, q.Before = slices.Clone(p.Earlier), slices.Clone(p.Undone), slices.Clone(p.Before)
		out.Channels[name] = &q
	}
	return out
}

// Book is the record of a state folder.
type Book struct {
	Contracts map[string]*Contract `json:"contracts"`
	Artefacts []*Artefact          `json:"artefacts"`

	path string
}

// Open reads the record of a state folder; an empty one where there is none.
func Open(st state.Folder) (*Book, error) {
	b := &Book{Contracts: map[string]*Contract{}, path: st.Path("contracts", "deployed.json")}
	data, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(data, b)
	}
	if err != nil {
		return nil, failure.Wrap(failure.State, err, "cannot read %s, the record of what is deployed: restore it from a backup", b.path)
	}
	return b, nil
}

// save writes the record, whole.
func (b *Book) save() error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return state.WriteFile(b.path, append(data, '\n'), 0o600)
}

// placement finds what a channel is to have of a contract; nil where nothing.
func (b *Book) placement(contract, channel string) *Placement {
	c := b.Contracts[contract]
	if c == nil {
		return nil
	}
	return c.Channels[channel]
}

// place decides on a channel's release. What the channel had becomes the latest
// of its earlier ones.
func (b *Book) place(contract, channel string, r Release, by, topologyVersion string) {
	c := b.Contracts[contract]
	if c == nil {
		c = &Contract{Channels: map[string]*Placement{}}
		b.Contracts[contract] = c
	}
	p := c.Channels[channel]
	if p == nil {
		c.Channels[channel] = &Placement{Release: r, By: by, Topology: topologyVersion}
		return
	}
	p.By, p.Topology = by, topologyVersion
	if p.Release.same(r) {
		return
	}
	p.Earlier = latest(append([]Release{p.Release}, p.Earlier...), r)
	p.Undone = latest(p.Undone, r)
	p.become(r)
}

// goBack decides that a channel goes back to one of its earlier releases. What
// lies between is undone.
func (b *Book) goBack(contract, channel string, r Release, topologyVersion string) {
	p := b.placement(contract, channel)
	p.By, p.Topology = ByRollback, topologyVersion
	i := slices.IndexFunc(p.Earlier, r.same)
	if i < 0 {
		return // it is there already
	}
	p.Undone = latest(slices.Concat([]Release{p.Release}, p.Earlier[:i], p.Undone), r)
	p.Earlier = slices.Clone(p.Earlier[i+1:])
	p.become(r)
}

// become gives a channel another release, of which it is not sure yet.
func (p *Placement) become(r Release) {
	p.Before = slices.DeleteFunc(append([]Release{p.Release}, p.Before...), r.same)
	p.Release, p.Committed = r, false
}

// latest are a list's first releases, each once, but for one that is left out.
func latest(list []Release, out Release) []Release {
	var kept []Release
	for _, r := range list {
		if !r.same(out) && !slices.ContainsFunc(kept, r.same) && len(kept) < maxEarlier {
			kept = append(kept, r)
		}
	}
	return kept
}

// committed notes that a channel has been seen to have a release.
func (p *Placement) committed() { p.Committed, p.Before = true, nil }

// needed tells whether a package may be wanted by any channel: now, after a
// deployment that has not ended, or for a way back or forward.
func (b *Book) needed(id string) bool {
	for _, c := range b.Contracts {
		for _, p := range c.Channels {
			if slices.ContainsFunc(slices.Concat(p.Earlier, p.Undone), func(r Release) bool { return r.Package == id }) {
				return true
			}
		}
	}
	return b.serving(id)
}

// serving tells whether a package's service may be called by any channel.
func (b *Book) serving(id string) bool {
	for _, c := range b.Contracts {
		for _, p := range c.Channels {
			if p.Release.Package == id || slices.ContainsFunc(p.Before, func(r Release) bool { return r.Package == id }) {
				return true
			}
		}
	}
	return false
}

// OnChannel names the contracts that a channel has or is to have: the
// topology's, and what was deployed beside them.
func (b *Book) OnChannel(ch topology.Channel) []string {
	names := slices.Clone(ch.Contracts)
	for _, name := range slices.Sorted(maps.Keys(b.Contracts)) {
		if b.placement(name, ch.Name) != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// OwnPolicy tells whether a contract has another endorsement policy than its
// channel's.
func (b *Book) OwnPolicy(contract, channel string) bool {
	p := b.placement(contract, channel)
	return p != nil && p.Release.Policy != ""
}

// Wanted is the version of a contract that a channel is to have; empty where it
// is to have none. What was deployed stays until the topology names another
// version than it did then.
func (b *Book) Wanted(n *topology.Network, ch topology.Channel, contract string) string {
	if p := b.kept(n, ch, contract); p != nil {
		return p.Release.Version
	}
	if slices.Contains(ch.Contracts, contract) {
		return n.Version(contract)
	}
	return ""
}

// kept is the placement that decides on what a channel has, where the topology
// does not.
func (b *Book) kept(n *topology.Network, ch topology.Channel, contract string) *Placement {
	p := b.placement(contract, ch.Name)
	if p == nil {
		return nil
	}
	listed := slices.Contains(ch.Contracts, contract)
	if listed && (p.By == ByTopology || p.Topology != n.Version(contract)) {
		return nil
	}
	return p
}
