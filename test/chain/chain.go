// Package chain reads a channel's ledger from a peer, block by block, so that
// tests and measurements compare what the gateway says with what is written.
// It shares no code with the gateway: it would share its mistakes.
package chain

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/connection"
)

// maxMessage is what the peers themselves take: a full batch is beyond the default of gRPC.
const maxMessage = 100 << 20

// Ledger is one channel as one peer keeps it.
type Ledger struct {
	Peer    connection.Peer
	conn    *grpc.ClientConn
	gateway *client.Gateway
	network *client.Network
	channel string
}

// Application finds a business system of the network.
func Application(c *connection.Connection, name string) (connection.Application, error) {
	for _, a := range c.Applications {
		if a.Name == name {
			return a, nil
		}
	}
	return connection.Application{}, fmt.Errorf("the network has no application %q", name)
}

// Open connects to the channel's peer of an organisation, in the name of an
// application; an empty mspID is the application's own.
func Open(c *connection.Connection, channel, app, mspID string) (*Ledger, error) {
	a, err := Application(c, app)
	if err != nil {
		return nil, err
	}
	if mspID == "" {
		mspID = a.MSPID
	}
	ch, ok := c.Channel(channel)
	if !ok {
		return nil, fmt.Errorf("the network has no channel %q", channel)
	}
	for _, p := range ch.Peers {
		if p.MSPID == mspID {
			return open(p, a, ch.Name)
		}
	}
	return nil, fmt.Errorf("%s has no peer on %s", mspID, channel)
}

// OpenAll connects to every peer of the channel, in the name of an application.
func OpenAll(c *connection.Connection, channel, app string) ([]*Ledger, error) {
	a, err := Application(c, app)
	if err != nil {
		return nil, err
	}
	ch, ok := c.Channel(channel)
	if !ok {
		return nil, fmt.Errorf("the network has no channel %q", channel)
	}
	var all []*Ledger
	for _, p := range ch.Peers {
		l, err := open(p, a, ch.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func open(p connection.Peer, a connection.Application, channel string) (*Ledger, error) {
	conn, err := Dial(p)
	if err != nil {
		return nil, err
	}
	gw, err := Connect(conn, a)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Ledger{Peer: p, conn: conn, gateway: gw, network: gw.GetNetwork(channel), channel: channel}, nil
}

// Dial makes a connection to a peer's client endpoint.
func Dial(p connection.Peer) (*grpc.ClientConn, error) {
	pem, err := os.ReadFile(p.TLSCACert)
	if err != nil {
		return nil, fmt.Errorf("read the TLS root of %s: %w", p.Name, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conn, err := grpc.NewClient("passthrough:///"+p.Address,
		grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, p.TLSServerName)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", p.Name, err)
	}
	return conn, nil
}

// Connect makes a fabric-gateway client of an application's identity.
func Connect(conn *grpc.ClientConn, a connection.Application) (*client.Gateway, error) {
	id, sign, err := Identity(a)
	if err != nil {
		return nil, err
	}
	gw, err := client.Connect(id, client.WithSign(sign), client.WithHash(hash.SHA256), client.WithClientConnection(conn))
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", a.Name, err)
	}
	return gw, nil
}

// Identity reads an application's certificate and key.
func Identity(a connection.Application) (*identity.X509Identity, identity.Sign, error) {
	certPEM, err := os.ReadFile(a.Cert)
	if err != nil {
		return nil, nil, fmt.Errorf("read the certificate of %s: %w", a.Name, err)
	}
	keyPEM, err := os.ReadFile(a.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("read the key of %s: %w", a.Name, err)
	}
	cert, err := identity.CertificateFromPEM(certPEM)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate of %s: %w", a.Name, err)
	}
	id, err := identity.NewX509Identity(a.MSPID, cert)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate of %s: %w", a.Name, err)
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, nil, fmt.Errorf("key of %s: %w", a.Name, err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, nil, fmt.Errorf("key of %s: %w", a.Name, err)
	}
	return id, sign, nil
}

// Close ends the connection.
func (l *Ledger) Close() error { return errors.Join(l.gateway.Close(), l.conn.Close()) }

// Height is how many blocks the peer has.
func (l *Ledger) Height(ctx context.Context) (uint64, error) {
	out, err := l.ask(ctx, "GetChainInfo", l.channel)
	if err != nil {
		return 0, err
	}
	var info common.BlockchainInfo
	if err := proto.Unmarshal(out, &info); err != nil {
		return 0, fmt.Errorf("read the height of %s: %w", l.channel, err)
	}
	return info.GetHeight(), nil
}

func (l *Ledger) ask(ctx context.Context, function string, args ...string) ([]byte, error) {
	out, err := l.network.GetContract("qscc").EvaluateWithContext(ctx, function, client.WithArguments(args...),
		client.WithEndorsingOrganizations(l.Peer.MSPID))
	if err != nil {
		return nil, fmt.Errorf("ask %s for %s(%s): %w", l.Peer.Name, function, strings.Join(args, ", "), err)
	}
	return out, nil
}

// Commits tells the numbers of blocks from one on, each as soon as the peer has it,
// until ctx ends.
func (l *Ledger) Commits(ctx context.Context, from uint64) (<-chan uint64, error) {
	blocks, err := l.network.FilteredBlockEvents(ctx, client.WithStartBlock(from))
	if err != nil {
		return nil, fmt.Errorf("read the blocks of %s at %s: %w", l.channel, l.Peer.Name, err)
	}
	numbers := make(chan uint64)
	go func() {
		defer close(numbers)
		for b := range blocks {
			select {
			case numbers <- b.GetNumber():
			case <-ctx.Done():
				return
			}
		}
	}()
	return numbers, nil
}

// Block reads one block.
func (l *Ledger) Block(ctx context.Context, number uint64) ([]Transaction, error) {
	out, err := l.ask(ctx, "GetBlockByNumber", l.channel, fmt.Sprint(number))
	if err != nil {
		return nil, err
	}
	var block common.Block
	if err := proto.Unmarshal(out, &block); err != nil {
		return nil, fmt.Errorf("read block %d of %s: %w", number, l.channel, err)
	}
	return Transactions(&block)
}

// Walk shows each transaction from a block on, as far as the ledger reaches
// when it starts, valid or not.
func (l *Ledger) Walk(ctx context.Context, from uint64, each func(*Transaction) error) error {
	return l.Blocks(ctx, from, func(block *common.Block) error {
		all, err := Transactions(block)
		if err != nil {
			return err
		}
		for i := range all {
			if err := each(&all[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Blocks shows each block from one on, as far as the ledger reaches when it
// starts, as the peer tells it.
func (l *Ledger) Blocks(ctx context.Context, from uint64, each func(*common.Block) error) error {
	height, err := l.Height(ctx)
	if err != nil || from >= height {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	blocks, err := l.network.BlockEvents(ctx, client.WithStartBlock(from))
	if err != nil {
		return fmt.Errorf("read the blocks of %s: %w", l.channel, err)
	}
	next := from
	for block := range blocks {
		if n := block.GetHeader().GetNumber(); n != next {
			return fmt.Errorf("%s gave block %d of %s after block %d", l.Peer.Name, n, l.channel, next-1)
		}
		if err := each(block); err != nil {
			return err
		}
		if next++; next == height {
			return nil
		}
	}
	return fmt.Errorf("the blocks of %s ended after block %d of %d: %w", l.channel, next-1, height-1, context.Cause(ctx))
}

// Contract is a contract of the channel, called as the ledger's application.
func (l *Ledger) Contract(name string) *client.Contract { return l.network.GetContract(name) }

// Created counts how often each record of a contract was made by a valid
// transaction, from a block on. Records are named by ids of 32 hex digits;
// others are left out.
func (l *Ledger) Created(ctx context.Context, from uint64, contract string) (map[[16]byte]int, error) {
	found := map[[16]byte]int{}
	return found, l.Walk(ctx, from, func(tx *Transaction) error {
		if !tx.Valid() || tx.Contract != contract {
			return nil
		}
		_, results, err := tx.Operations()
		for _, r := range results {
			var id [16]byte
			if n, err := hex.Decode(id[:], []byte(r.ID)[:min(len(r.ID), 32)]); err == nil && n == 16 && r.Version == 1 && !r.Existing {
				found[id]++
			}
		}
		return err
	})
}
