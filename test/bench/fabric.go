package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"

	"henanchain/network/channel"
	"henanchain/network/identity"
	"henanchain/network/lifecycle"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
	"henanchain/test/chain"
)

const (
	plainContract = "benchplain"
	plainVersion  = "1.0"
)

// value is what raw writes: 256 bytes.
var value = strings.Repeat("河南链 raw record ", 16)[:256]

// deployPlain serves the plain contract beside the network's own, and puts it
// onto the channel, endorsed by both organisations as those are.
func deployPlain(ctx context.Context, st state.Folder, n *topology.Network, program string) error {
	host := n.Province().Host
	_, last := n.ContractPorts()
	address := net.JoinHostPort(n.HostAddress(host), strconv.Itoa(last))
	pkg, err := plainPackage(st, n, last)
	if err != nil {
		return err
	}
	tls := filepath.Join(st.Identity(n.Province().Name, identity.ContractServer(host)), "tls")
	if err := supervise.NewClient(st.Root).Run(supervise.Service{
		Name: plainContract, Role: "chaincode", Stage: supervise.StageChaincode, Dir: st.Root,
		Command: []string{program, "--id", pkg.ID, "--address", address, "--tls-cert", filepath.Join(tls, "server.crt"),
			"--tls-key", filepath.Join(tls, "server.key"), "--tls-ca", provinceRoot(st, n)},
		Listen: []string{address}, Health: supervise.Health{TCP: address},
	}); err != nil {
		return err
	}
	ch, ok := n.Channel(city)
	if !ok {
		return fmt.Errorf("the network has no channel %s", city)
	}
	target := lifecycle.Channel{Name: ch.Name}
	var msps []string
	for _, name := range ch.Organisations {
		org, _ := n.Organisation(name)
		o := lifecycle.Organisation{MSPID: org.MSP}
		for _, nd := range org.Peers {
			p, err := channel.OpenPeer(st, n, nd)
			if err != nil {
				return err
			}
			defer p.Close()
			o.Signer = p.Signer
			o.Peers = append(o.Peers, lifecycle.Peer{Name: nd.Name, Conn: p.Conn})
		}
		msps = append(msps, org.MSP)
		target.Organisations = append(target.Organisations, o)
	}
	target.Policy = lifecycle.AllOf(msps...)
	_, err = lifecycle.Deploy(ctx, lifecycle.Deployment{
		Name: plainContract, Version: plainVersion, Packages: map[string]*lifecycle.Package{"": pkg}, Channels: []lifecycle.Channel{target},
	})
	return err
}

func plainPackage(st state.Folder, n *topology.Network, port int) (*lifecycle.Package, error) {
	root, err := readFile(provinceRoot(st, n))
	if err != nil {
		return nil, err
	}
	return lifecycle.NewPackage(lifecycle.Label(plainContract, plainVersion), lifecycle.Service{
		Address: "{{.host}}:" + strconv.Itoa(port), RootCert: root,
		ClientCert: []byte("{{.clientCert}}"), ClientKey: []byte("{{.clientKey}}"),
	})
}

func provinceRoot(st state.Folder, n *topology.Network) string {
	return filepath.Join(st.OrgMSP(n.Province().Name), "tlscacerts", "tlsca.pem")
}

// raw is fabric-gateway as an application uses it without this project.
type raw struct {
	ledger   *chain.Ledger
	contract *client.Contract
	run      uint64
}

func openRaw(b *bench) (*raw, error) {
	l, err := chain.Open(b.connection, city, caller, "")
	if err != nil {
		return nil, err
	}
	r := &raw{ledger: l, contract: l.Contract(plainContract), run: b.files.run}
	// Discovery hears of a new contract a moment later.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if _, err = r.contract.SubmitTransaction("put", "first", value); err == nil {
			return r, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("the plain contract does not answer: %w", err)
		}
	}
}

// submit is a caller that writes one record per transaction.
func (r *raw) submit(caller int) worker {
	n := 0
	return func(ctx context.Context) (int, error) {
		n++
		_, err := r.contract.SubmitWithContext(ctx, "put", client.WithArguments(fmt.Sprintf("%x/%d/%d", r.run, caller, n), value))
		return 1, err
	}
}

// bulk is a caller that writes many records per transaction, each of the size of
// a deposit on the ledger and under a key like a deposit's, by a contract that
// does nothing else: no gateway can be faster than that.
func (r *raw) bulk(b *bench, caller, size int) worker {
	n := 0
	return func(ctx context.Context) (int, error) {
		args := make([]string, 0, 2*size)
		for range size {
			n++
			hash := b.files.hash(caller, n)
			args = append(args, "bulk/"+hash[:32], (hash + recordOf(hash))[:recordSize])
		}
		_, err := r.contract.SubmitWithContext(ctx, "putall", client.WithArguments(args...))
		return size, err
	}
}

// recordSize is what a deposit takes on the ledger.
const recordSize = 640

// recordOf fills a record with text that compresses as little as one does.
func recordOf(hash string) string { return strings.Repeat(hash+value, 2) }

// evaluate is a caller that reads one record with each call.
func (r *raw) evaluate(int) worker {
	return func(ctx context.Context) (int, error) {
		got, err := r.contract.EvaluateWithContext(ctx, "get", client.WithArguments("first"))
		if err == nil && string(got) != value {
			err = fmt.Errorf("the record is %.40q", got)
		}
		return 1, err
	}
}
