package node

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// Programs says where the binaries and Fabric's sample configuration are.
type Programs struct {
	Bin     string // folder with peer, orderer, configtxgen, …
	Samples string // folder with core.yaml and orderer.yaml
	Builder string // folder of the external builder (bin/detect, build, release)
}

// Orderer configures an orderer and says how to run it.
func Orderer(st state.Folder, n *topology.Network, o topology.Node, p Programs) (supervise.Service, error) {
	dir := st.Node(o.Name)
	id, err := identityOf(st, n, o)
	if err != nil {
		return supervise.Service{}, err
	}
	org, _ := n.Organisation(o.Organisation)
	cert, key, root := tlsFiles(id)
	data := filepath.Join(dir, "data")
	config, err := apply(filepath.Join(p.Samples, "orderer.yaml"), settings{
		"General.ListenAddress":             o.ListenHost(),
		"General.ListenPort":                o.Port,
		"General.TLS.Enabled":               true,
		"General.TLS.Certificate":           cert,
		"General.TLS.PrivateKey":            key,
		"General.TLS.RootCAs":               []string{root},
		"General.Cluster.SendBufferSize":    100,
		"General.LocalMSPDir":               filepath.Join(id, "msp"),
		"General.LocalMSPID":                org.MSP,
		"FileLedger.Location":               data,
		"Operations.ListenAddress":          o.ListenOn(o.OperationsPort),
		"Operations.TLS.Enabled":            true,
		"Operations.TLS.Certificate":        cert,
		"Operations.TLS.PrivateKey":         key,
		"Operations.TLS.ClientRootCAs":      []string{root},
		"Metrics.Provider":                  "prometheus",
		"Admin.ListenAddress":               o.ListenOn(o.AdminPort),
		"Admin.TLS.Enabled":                 true,
		"Admin.TLS.Certificate":             cert,
		"Admin.TLS.PrivateKey":              key,
		"Admin.TLS.ClientRootCAs":           []string{root},
		"ChannelParticipation.Enabled":      true,
		"Consensus.WALDir":                  filepath.Join(data, "consensus", "wal"),
		"Consensus.SnapDir":                 filepath.Join(data, "consensus", "snapshot"),
		"General.Authentication.TimeWindow": "15m",
	})
	if err != nil {
		return supervise.Service{}, err
	}
	if err := state.WriteFile(filepath.Join(dir, "orderer.yaml"), config, 0o600); err != nil {
		return supervise.Service{}, err
	}
	return supervise.Service{
		Name: o.Name, Role: o.Role, Organisation: o.Organisation, Stage: supervise.StageOrderer, Dir: dir,
		Command: []string{filepath.Join(p.Bin, "orderer")},
		Env:     []string{"FABRIC_CFG_PATH=" + dir},
		Listen:  []string{o.Endpoint(), o.Admin(), o.Operations()},
		Health:  supervise.Health{URL: "https://" + o.Operations() + "/healthz", CA: root, TCP: o.Admin()},
	}, nil
}

// Peer configures a peer and says how to run it.
func Peer(st state.Folder, n *topology.Network, o topology.Node, p Programs) (supervise.Service, error) {
	dir := st.Node(o.Name)
	id, err := identityOf(st, n, o)
	if err != nil {
		return supervise.Service{}, err
	}
	org, _ := n.Organisation(o.Organisation)
	cert, key, root := tlsFiles(id)
	data := filepath.Join(dir, "data")
	values := settings{
		"peer.id":                                o.Name,
		"peer.networkId":                         n.Name,
		"peer.listenAddress":                     o.ListenOn(o.Port),
		"peer.address":                           o.Endpoint(),
		"+peer.chaincodeListenAddress":           "127.0.0.1:" + strconv.Itoa(o.ChaincodePort),
		"peer.localMspId":                        org.MSP,
		"peer.mspConfigPath":                     filepath.Join(id, "msp"),
		"peer.fileSystemPath":                    data,
		"peer.tls.enabled":                       true,
		"peer.tls.cert.file":                     cert,
		"peer.tls.key.file":                      key,
		"peer.tls.rootcert.file":                 root,
		"peer.tls.clientRootCAs.files":           []string{root},
		"peer.limits.concurrency.gatewayService": 2500,
		"chaincode.externalBuilders": []any{map[string]any{
			"name": "ccaas", "path": p.Builder, "propagateEnvironment": []string{builderVariable},
		}},
		"vm.endpoint":                                    "", // no Docker: contracts are services
		"chaincode.logging.level":                        "warning",
		"chaincode.runtimeParams.useWriteBatch":          true,
		"chaincode.runtimeParams.maxSizeWriteBatch":      10000,
		"chaincode.runtimeParams.useGetMultipleKeys":     true,
		"chaincode.runtimeParams.maxSizeGetMultipleKeys": 10000,
		"ledger.snapshots.rootDir":                       filepath.Join(data, "snapshots"),
		"operations.listenAddress":                       o.ListenOn(o.OperationsPort),
		"operations.tls.enabled":                         true,
		"operations.tls.cert.file":                       cert,
		"operations.tls.key.file":                        key,
		"operations.tls.clientRootCAs.files":             []string{root},
		"metrics.provider":                               "prometheus",
	}
	places, err := contractPlaces(st, n, o)
	if err != nil {
		return supervise.Service{}, err
	}
	for path, v := range gossip(o, len(n.Peers())) {
		values[path] = v
	}
	config, err := apply(filepath.Join(p.Samples, "core.yaml"), values)
	if err != nil {
		return supervise.Service{}, err
	}
	if err := state.WriteFile(filepath.Join(dir, "core.yaml"), config, 0o600); err != nil {
		return supervise.Service{}, err
	}
	return supervise.Service{
		Name: o.Name, Role: o.Role, Organisation: o.Organisation, Stage: supervise.StagePeer, Dir: dir,
		Command: []string{filepath.Join(p.Bin, "peer"), "node", "start"},
		Env:     []string{"FABRIC_CFG_PATH=" + dir, builderVariable + "=" + places},
		Listen:  []string{o.Endpoint(), o.Operations(), "127.0.0.1:" + strconv.Itoa(o.ChaincodePort)},
		Health:  supervise.Health{URL: "https://" + o.Operations() + "/healthz", CA: root, TCP: o.Endpoint()},
	}, nil
}

// identityOf is the folder of a node's identity as the node finds it: its
// container sees its own folder alone.
func identityOf(st state.Folder, n *topology.Network, o topology.Node) (string, error) {
	id := st.Identity(o.Organisation, o.Name)
	if !n.Containers {
		return id, nil
	}
	to := filepath.Join(st.Node(o.Name), "identity")
	return to, state.Copy(to, id)
}

// builderVariable hands values to the external builder, for the places in a
// package's connection.json.
const builderVariable = "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"

// contractPlaces are those values: the machine whose contract services the peer
// calls, which is its own, the root to know them by, and the TLS certificate and
// key to show there. So one package, with one package ID, serves every peer on
// every machine.
func contractPlaces(st state.Folder, n *topology.Network, o topology.Node) (string, error) {
	cert, key, root := tlsFiles(st.Identity(n.Owner(o.Host).Name, identity.ContractClient(o.Host)))
	certPEM, err := os.ReadFile(cert)
	if err != nil {
		return "", fmt.Errorf("certificate of the peers of %s: %w", o.Host, err)
	}
	keyPEM, err := os.ReadFile(key)
	if err != nil {
		return "", fmt.Errorf("key of the peers of %s: %w", o.Host, err)
	}
	rootPEM, err := os.ReadFile(root)
	if err != nil {
		return "", fmt.Errorf("root of the contracts' services of %s: %w", o.Host, err)
	}
	data, err := json.Marshal(map[string]string{
		"host": n.ContractsAddress(o.Host), "clientCert": string(certPEM), "clientKey": string(keyPEM), "rootCert": string(rootPEM),
	})
	return string(data), err
}

// gossip is tuned for many channels with few peers in each: blocks come from
// the orderers to every peer, so that gossip serves only to find peers, and
// idles. The price: a peer that vanishes is noticed after 13 minutes, not seconds
// (callers find out at once, from the failed connection).
func gossip(o topology.Node, peers int) settings {
	return settings{
		"peer.gossip.bootstrap":         o.Endpoint(),
		"peer.gossip.endpoint":          o.Endpoint(),
		"peer.gossip.externalEndpoint":  o.Endpoint(),
		"peer.gossip.useLeaderElection": false,
		"peer.gossip.orgLeader":         true,
		"peer.gossip.state.enabled":     false,
		// A sign of life goes to five peers, and only to its own organisation does
		// a peer send on what it hears: of twenty peers with one for each
		// organisation three in four miss it. Forty in a row none does.
		"peer.gossip.aliveTimeInterval":         "20s",
		"peer.gossip.aliveExpirationTimeout":    "800s",
		"peer.gossip.pullInterval":              "60s",
		"peer.gossip.membershipTrackerInterval": "60s",
		"peer.gossip.publishCertPeriod":         "60s",
		// Messages are sent on in bursts; by default a timer wakes every peer a
		// hundred times a second to see whether there are any.
		"peer.gossip.maxPropagationBurstLatency": "250ms",
		// What a peer has not been told it asks for this often. The work grows
		// with the square of the peers, and few of them can afford to ask often.
		"peer.gossip.requestStateInfoInterval": fmt.Sprintf("%ds", max(2, min(peers, 20))),
		// Only a new height or an unreachable peer causes these: short, so that
		// a network that has just started finds itself within seconds.
		"peer.gossip.publishStateInfoInterval": "2s",
		"peer.gossip.propagatePeerNum":         5,
		// A transaction that was ordered twice, as busy BFT orderers do, is invalid
		// the second time, and its private data are nobody's to give: no block
		// waits for them.
		"peer.gossip.pvtData.skipPullingInvalidTransactionsDuringCommit": true,
		// Every holder of private data endorses the write and has the data before
		// the block comes. A peer that catches up after the loss of its disk asks
		// the others this long for each block; what it does not get in that time,
		// as when its neighbours are not found yet, it gets a little later.
		"peer.gossip.pvtData.pullRetryThreshold":     "3s",
		"peer.gossip.pvtData.reconcileSleepInterval": "10s",
		"peer.gossip.pvtData.reconcileBatchSize":     100,
		"peer.gossip.reconnectInterval":              "2s",
	}
}

func tlsFiles(identity string) (cert, key, root string) {
	dir := filepath.Join(identity, "tls")
	return filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"), filepath.Join(dir, "ca.crt")
}
