package operate

import (
	"context"
	"slices"
	"sync"
	"time"

	"henanchain/network/channel"
	"henanchain/network/contract"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// Report is how a network is. Its JSON form is stable.
type Report struct {
	Healthy      bool                `json:"healthy"`
	Profile      string              `json:"profile"`
	Nodes        []NodeReport        `json:"nodes"`
	Channels     []ChannelReport     `json:"channels"`
	Certificates []CertificateReport `json:"certificates"`
	Disk         DiskReport          `json:"disk"`
}

// NodeReport is how one process is.
type NodeReport struct {
	Name     string     `json:"name"`
	Role     string     `json:"role"`
	Org      string     `json:"org"`
	Healthy  bool       `json:"healthy"`
	PID      int        `json:"pid,omitempty"`
	Since    *time.Time `json:"since,omitempty"`
	Restarts int        `json:"restarts"`         // since the supervisor runs
	Detail   string     `json:"detail,omitempty"` // what is wrong
}

// ChannelReport is how one ledger is.
type ChannelReport struct {
	Name      string               `json:"name"`
	Healthy   bool                 `json:"healthy"`
	Height    uint64               `json:"height"` // the highest of its peers'
	Peers     []PeerHeight         `json:"peers"`
	Contracts []channel.Definition `json:"contracts"`
	Detail    string               `json:"detail,omitempty"` // what is wrong
}

// PeerHeight is how far one peer is on a channel.
type PeerHeight struct {
	Name   string `json:"name"`
	Height uint64 `json:"height"` // 0 where it does not answer
	Lag    uint64 `json:"lag"`    // blocks behind the highest
}

// maxLag is how far a peer may be behind and be called healthy: peers are asked
// one after another while blocks arrive.
const maxLag = 10

// Status asks every part of the network how it is.
func (o *Operator) Status(ctx context.Context) (*Report, error) {
	n, err := o.Network()
	if err != nil {
		return nil, err
	}
	book, err := contract.Open(o.State)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	services, err := o.services()
	if err != nil {
		return nil, err
	}
	r := &Report{Profile: n.Profile, Disk: diskReport(o.State.Root)}
	var wg sync.WaitGroup
	wg.Go(func() { r.Nodes = nodeReports(ctx, n, services) })
	wg.Go(func() { r.Channels = channelReports(ctx, o.State, n, book) })
	wg.Go(func() { r.Certificates = certificateReports(o.State, n, time.Now()) })
	wg.Wait()
	r.Healthy = r.Disk.Healthy
	for _, x := range r.Nodes {
		r.Healthy = r.Healthy && x.Healthy
	}
	for _, x := range r.Channels {
		r.Healthy = r.Healthy && x.Healthy
	}
	for _, x := range r.Certificates {
		r.Healthy = r.Healthy && x.Days >= 0
	}
	return r, nil
}

// nodeReports tells of every service that is defined, and of every node of the
// network that should be and is not.
func nodeReports(ctx context.Context, n *topology.Network, services []supervise.Status) []NodeReport {
	for _, nd := range n.Nodes() {
		if n.IsHere(nd.Host) && !slices.ContainsFunc(services, func(s supervise.Status) bool { return s.Name == nd.Name }) {
			services = append(services, supervise.Status{Service: supervise.Service{Name: nd.Name, Role: nd.Role, Organisation: nd.Organisation}})
		}
	}
	out := make([]NodeReport, len(services))
	var wg sync.WaitGroup
	for i, s := range services {
		wg.Go(func() { out[i] = nodeReport(ctx, s) })
	}
	wg.Wait()
	return out
}

func nodeReport(ctx context.Context, s supervise.Status) NodeReport {
	r := NodeReport{Name: s.Name, Role: s.Role, Org: s.Organisation, PID: s.PID, Restarts: s.Restarts}
	switch {
	case s.PID == 0 && s.Restarts > 0:
		r.Detail = "does not stay up: " + s.LastExit
	case s.PID == 0 && !s.Elsewhere:
		r.Detail = "does not run"
	default:
		if !s.Elsewhere {
			r.Since = &s.Since
		}
		p := newProbe(s.Service)
		defer p.close()
		if err := p.ask(ctx); err != nil {
			r.Detail = err.Error()
		} else {
			r.Healthy = true
		}
	}
	return r
}

// channelReports asks every peer for its height on each of its channels, and
// one peer of each channel for the contracts.
func channelReports(ctx context.Context, st state.Folder, n *topology.Network, book *contract.Book) []ChannelReport {
	peers := map[string][]*channel.Peer{}
	for _, nd := range n.Peers() {
		if !n.AtHome(nd.Organisation) {
			continue // its own administrator sees how it is
		}
		p, err := channel.OpenPeer(st, n, nd)
		if err != nil {
			p = &channel.Peer{Node: nd} // counted as one that does not answer
		} else {
			defer p.Close()
		}
		peers[nd.Organisation] = append(peers[nd.Organisation], p)
	}
	out := make([]ChannelReport, len(n.Channels))
	var wg sync.WaitGroup
	for i, ch := range n.Channels {
		var members []*channel.Peer
		for _, org := range ch.Organisations {
			members = append(members, peers[org]...)
		}
		wg.Go(func() { out[i] = channelReport(ctx, n, book, ch, members) })
	}
	wg.Wait()
	return out
}

func channelReport(ctx context.Context, n *topology.Network, book *contract.Book, ch topology.Channel, members []*channel.Peer) ChannelReport {
	r := ChannelReport{Name: ch.Name, Healthy: true, Peers: make([]PeerHeight, len(members)), Contracts: []channel.Definition{}}
	var wg sync.WaitGroup
	for i, p := range members {
		r.Peers[i].Name = p.Node.Name
		if p.Conn == nil {
			continue
		}
		wg.Go(func() {
			if h, err := p.Height(ctx, ch.Name); err == nil {
				r.Peers[i].Height = h
			}
		})
	}
	wg.Wait()
	for _, p := range r.Peers {
		r.Height = max(r.Height, p.Height)
	}
	for i, p := range r.Peers {
		r.Peers[i].Lag = r.Height - p.Height
		if p.Height == 0 {
			r.unwell(p.Name + " does not answer")
		} else if r.Peers[i].Lag > maxLag {
			r.unwell(p.Name + " is behind")
		}
	}
	for i, p := range r.Peers {
		if p.Lag > 0 || p.Height == 0 {
			continue
		}
		found, err := members[i].Contracts(ctx, ch.Name)
		if err != nil {
			r.unwell(err.Error())
			break
		}
		r.Contracts = found
		for _, name := range book.OnChannel(ch) {
			i := slices.IndexFunc(found, func(d channel.Definition) bool { return d.Name == name })
			if i < 0 {
				r.unwell("contract " + name + " is not committed")
			} else if wanted := book.Wanted(n, ch, name); found[i].Version != wanted {
				r.unwell("contract " + name + " is to have version " + wanted)
			}
		}
		break
	}
	return r
}

func (r *ChannelReport) unwell(why string) {
	r.Healthy = false
	if r.Detail != "" {
		r.Detail += "; "
	}
	r.Detail += why
}
