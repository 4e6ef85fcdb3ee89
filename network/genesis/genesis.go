// Package genesis writes the first block of each channel: who its members are,
// who orders, and by which policies it may change.
//
// configtxgen of the pinned Fabric makes the block: it knows BFT's consenters,
// which fabric-config does not.
package genesis

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// Block makes the genesis block of a channel with the program configtxgen. It
// does nothing where the block exists: a channel has one, for ever.
func Block(ctx context.Context, st state.Folder, n *topology.Network, ch topology.Channel, configtxgen string) error {
	target := st.Genesis(ch.Name)
	if state.Exists(target) {
		return nil
	}
	return state.MakeDir(filepath.Dir(target), func(tmp string) error {
		config, err := yaml.Marshal(Config(st, n, ch))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(tmp, "configtx.yaml"), config, 0o600); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, configtxgen, "-configPath", tmp, "-profile", profile, "-channelID", ch.Name, "-outputBlock", filepath.Join(tmp, filepath.Base(target)))
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("make the genesis block of channel %s: %w\n%s", ch.Name, err, out.Bytes())
		}
		return os.Chmod(filepath.Join(tmp, filepath.Base(target)), 0o600)
	})
}

const profile = "Channel"

type object = map[string]any

func implicit(rule string) object  { return object{"Type": "ImplicitMeta", "Rule": rule} }
func signature(rule string) object { return object{"Type": "Signature", "Rule": rule} }

// Config is a channel's configtx.yaml.
func Config(st state.Folder, n *topology.Network, ch topology.Channel) object {
	common := object{
		"Readers": implicit("ANY Readers"),
		"Writers": implicit("ANY Writers"),
		"Admins":  implicit("MAJORITY Admins"),
	}
	with := func(more object) object {
		out := object{}
		for k, v := range common {
			out[k] = v
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	var members []any
	var mspIDs []string
	for _, name := range ch.Organisations {
		org, _ := n.Organisation(name)
		members, mspIDs = append(members, member(st, *org)), append(mspIDs, org.MSP)
	}
	policies := with(object{
		// A contract is defined when most members have approved it: on a
		// city's channel that is both.
		"LifecycleEndorsement": implicit("MAJORITY Endorsement"),
		"Endorsement":          implicit("MAJORITY Endorsement"),
	})
	for name, rule := range Callers(mspIDs) {
		policies[name] = signature(rule)
	}
	application := object{"Organizations": members, "Capabilities": object{"V2_5": true}, "Policies": policies}
	return object{"Profiles": object{profile: object{
		"Policies":     common,
		"Capabilities": object{"V3_0": true},
		"Orderer":      orderer(st, n, with),
		"Application":  application,
	}}}
}

// member is an organisation with its peers, as the application part lists it.
func member(st state.Folder, o topology.Organisation) object {
	out := organisation(st, o)
	var anchors []any
	for _, p := range o.Peers {
		// Gossip across organisations begins at anchor peers: without them the
		// gateway service of one peer would not find the other's.
		anchors = append(anchors, object{"Host": p.Address, "Port": p.Port})
	}
	out["AnchorPeers"] = anchors
	return out
}

func organisation(st state.Folder, o topology.Organisation) object {
	role := func(roles ...string) string { return anyOf([]string{o.MSP}, roles...) }
	return object{
		"Name": o.MSP, "ID": o.MSP, "MSPDir": st.OrgMSP(o.Name),
		"Policies": object{
			"Readers":     signature(role("admin", "peer", "client", "orderer")),
			"Writers":     signature(role("admin", "client", "orderer")),
			"Admins":      signature(role("admin")),
			"Endorsement": signature(role("peer")),
		},
	}
}

// orderer is the ordering part: batches, consenters, and the organisations that
// own them. There is no global list of addresses: capability V3_0 forbids it.
func orderer(st state.Folder, n *topology.Network, with func(object) object) object {
	owners, endpoints := []string{}, map[string][]string{}
	for _, o := range n.Orderers {
		if endpoints[o.Organisation] == nil {
			owners = append(owners, o.Organisation)
		}
		endpoints[o.Organisation] = append(endpoints[o.Organisation], o.Endpoint())
	}
	var organisations []any
	for _, name := range owners {
		org, _ := n.Organisation(name)
		o := organisation(st, *org)
		o["OrdererEndpoints"] = endpoints[name]
		organisations = append(organisations, o)
	}
	out := object{
		"BatchTimeout": n.Batch.Timeout,
		"BatchSize": object{
			"MaxMessageCount":   n.Batch.MaxMessages,
			"AbsoluteMaxBytes":  n.Batch.AbsoluteMaxBytes,
			"PreferredMaxBytes": n.Batch.PreferredMaxBytes,
		},
		"Organizations": organisations,
		"Capabilities":  object{"V2_0": true},
	}
	policies := with(object{"BlockValidation": implicit("ANY Writers")})
	out["Policies"] = policies
	if n.OrderingType == topology.BFT {
		out["OrdererType"] = "BFT"
		out["ConsenterMapping"] = bftConsenters(st, n)
		out["SmartBFT"] = smartBFT()
		return out
	}
	out["OrdererType"] = "etcdraft"
	out["EtcdRaft"] = object{"Consenters": raftConsenters(st, n), "Options": raftOptions(len(n.Orderers))}
	return out
}

// raftOptions time Raft: an election takes one to two times TickInterval ×
// ElectionTick, after a leader is lost and after every start. One orderer has
// nobody to send heartbeats to, so short ticks cost it nothing; several send one
// for each channel with each tick.
func raftOptions(orderers int) object {
	tick, election := "250ms", 8
	if orderers == 1 {
		tick, election = "100ms", 10
	}
	return object{
		"TickInterval": tick, "ElectionTick": election, "HeartbeatTick": 1,
		"MaxInflightBlocks": 5, "SnapshotIntervalSize": "16 MB",
	}
}

func raftConsenters(st state.Folder, n *topology.Network) []any {
	var out []any
	for _, o := range n.Orderers {
		tls := filepath.Join(st.Identity(o.Organisation, o.Name), "tls", "server.crt")
		out = append(out, object{"Host": o.Address, "Port": o.Port, "ClientTLSCert": tls, "ServerTLSCert": tls})
	}
	return out
}

func bftConsenters(st state.Folder, n *topology.Network) []any {
	var out []any
	for i, o := range n.Orderers {
		org, _ := n.Organisation(o.Organisation)
		dir := st.Identity(o.Organisation, o.Name)
		tls := filepath.Join(dir, "tls", "server.crt")
		out = append(out, object{
			"ID": i + 1, "Host": o.Address, "Port": o.Port, "MSPID": org.MSP,
			"Identity":      filepath.Join(dir, "msp", "signcerts", "cert.pem"),
			"ClientTLSCert": tls, "ServerTLSCert": tls,
		})
	}
	return out
}

// smartBFT are SmartBFT's options, with a batch as soon as there is something
// to put in it. A transaction that the leader leaves lying is forwarded to it
// after 2 s and complained about 5 s later, so that a lost leader holds writes up
// for some 7 s; heartbeats alone would notice it after 20 s, and are few, because
// each channel has its own. Whom f + 1 others tell of a lost leader joins them at
// once; at most f of them lie, so one honest orderer has missed it too. An attempt
// at the next view has 3 s, and each further one 3 s more: it cannot succeed where
// the turn is at an orderer that is away, or that was told of it later than the
// others were, who say only once what they would begin the view with.
func smartBFT() object {
	return object{
		"RequestBatchMaxInterval": "50ms", "RequestForwardTimeout": "2s", "RequestComplainTimeout": "5s",
		"RequestAutoRemoveTimeout": "3m", "ViewChangeResendInterval": "1s", "ViewChangeTimeout": "3s",
		"LeaderHeartbeatTimeout": "20s", "LeaderHeartbeatCount": 10, "CollectTimeout": "1s", "SpeedUpViewChange": true,
		"IncomingMessageBufferSize": 200, "RequestPoolSize": 100000,
	}
}
