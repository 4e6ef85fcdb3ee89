package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"henanchain/network/channel"
	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Members are connections to every peer of the network, as its administrators
// where their keys are here.
type Members struct {
	st    state.Folder
	net   *topology.Network
	peers map[string][]*channel.Peer // by organisation
}

// OpenMembers makes connections to all peers.
func OpenMembers(st state.Folder, n *topology.Network) (*Members, error) {
	m := &Members{st: st, net: n, peers: map[string][]*channel.Peer{}}
	for _, nd := range n.Peers() {
		p, err := channel.OpenPeer(st, n, nd)
		if err != nil {
			m.Close()
			return nil, err
		}
		m.peers[nd.Organisation] = append(m.peers[nd.Organisation], p)
	}
	return m, nil
}

// Close ends the connections.
func (m *Members) Close() {
	for _, peers := range m.peers {
		for _, p := range peers {
			p.Close()
		}
	}
}

// channel is a channel as a deployment takes it: members, who endorses, and
// where private data lives.
func (m *Members) channel(ch topology.Channel) lifecycle.Channel {
	out := lifecycle.Channel{Name: ch.Name}
	var msps []string
	for _, name := range ch.Organisations {
		org, _ := m.net.Organisation(name)
		o := lifecycle.Organisation{MSPID: org.MSP}
		for _, p := range m.peers[name] {
			o.Signer = p.Signer
			o.Peers = append(o.Peers, lifecycle.Peer{Name: p.Node.Name, Conn: p.Conn})
		}
		msps = append(msps, org.MSP)
		out.Organisations = append(out.Organisations, o)
	}
	province := m.net.Province().MSP
	out.Policy = lifecycle.AllOf(msps...)
	if ch.Endorsement == topology.EndorseProvinceAndOwner {
		out.Policy = lifecycle.WithOneOf(province, msps...)
	}
	var left []string
	for _, name := range ch.Left {
		if org, ok := m.net.Organisation(name); ok {
			left = append(left, org.MSP)
		}
	}
	out.Collections = collections(ch, province, msps, left)
	return out
}

// taking is a channel as it takes a release, which may have rules of its own.
func (m *Members) taking(ch topology.Channel, r Release, origin string) lifecycle.Channel {
	out := m.channel(ch)
	if r.Policy != "" {
		out.Policy = r.Policy
	}
	if origin != FromHere || len(r.Collections) > 0 {
		out.Collections = r.Collections
	}
	out.InitRequired = len(r.Init) > 0
	return out
}

// collections are a channel's private data collections: on a city's ledger one,
// held by both members; on the main ledger one for each member, held by it and
// the province.
//
// requiredPeerCount is 0: the endorsement policy already makes every holder
// execute the write and so have the data before it can be valid, and a peer that
// is away must not stop the others. maxPeerCount is the number of other holders,
// for holders that have several peers.
//
// The collection of a member that left stays, with the province alone: Fabric
// removes none, and refuses holders that are not members.
func collections(ch topology.Channel, province string, msps, left []string) []byte {
	collection := func(name string, holders ...string) map[string]any {
		slices.Sort(holders)
		holders = slices.Compact(holders)
		policy := ""
		for i, h := range holders {
			if i > 0 {
				policy += ","
			}
			policy += "'" + h + ".member'"
		}
		return map[string]any{
			"name": name, "policy": "OR(" + policy + ")", "requiredPeerCount": 0, "maxPeerCount": len(holders),
			"blockToLive": 0, "memberOnlyRead": true, "memberOnlyWrite": true,
		}
	}
	var list []any
	if ch.Main {
		for _, msp := range msps {
			list = append(list, collection("restricted_"+msp, msp, province))
		}
		for _, msp := range left {
			list = append(list, collection("restricted_"+msp, province))
		}
	} else {
		list = append(list, collection("restricted", slices.Clone(msps)...))
	}
	data, _ := json.Marshal(list) // plain data: cannot fail
	return data
}

// Peers find each other within seconds, by what they tell each other every two;
// one that missed another's greeting waits 20 s for its next sign of life. To
// answer who endorses costs a peer as much as a write, so that it is asked less
// and less often.
const (
	settlePatience = 3 * time.Minute
	shortestPause  = 100 * time.Millisecond
	longestPause   = time.Second
)

// Settle waits until every peer of the channels that is administered here knows who endorses a contract
// beside it: before that, its gateway service refuses writes. With a policy of
// the contract's own, any combination of endorsers will do.
func (m *Members) Settle(ctx context.Context, contract string, channels []topology.Channel, ownPolicy bool) error {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)
	for _, ch := range channels {
		for _, name := range ch.Organisations {
			for _, p := range m.peers[name] {
				if p.Signer == nil {
					continue
				}
				g.Go(func() error { return m.awaitEndorsers(gctx, p, ch, contract, ownPolicy) })
			}
		}
	}
	return g.Wait()
}

// awaitEndorsers waits until a peer knows whom its organisation's writes need:
// the province's peers and its own, and the province's peer everybody's.
func (m *Members) awaitEndorsers(ctx context.Context, p *channel.Peer, ch topology.Channel, contract string, anybody bool) error {
	province := m.net.Province().Name
	for pause := shortestPause; ; pause = min(3*pause/2, longestPause) {
		known, err := p.Endorsers(ctx, ch.Name, contract)
		missing := ""
		for _, name := range ch.Organisations {
			needed := name == province || name == p.Node.Organisation || p.Node.Organisation == province
			if org, _ := m.net.Organisation(name); needed && !anybody && !known[org.MSP] {
				missing = org.MSP
			}
		}
		if err == nil && missing == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("it does not know a peer of %s", missing)
			}
			return failure.Wrap(failure.Other, err, "%s cannot have %s endorsed on %s, see %s", p.Node.Name, contract, ch.Name, m.st.Log(p.Node.Name))
		case <-time.After(pause):
		}
	}
}
