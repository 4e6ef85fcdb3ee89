package fabric

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"henanchain/internal/connection"
)

const (
	// maxMessage is what Fabric's own servers take (100 MiB): an endorsed
	// transaction of a full batch is beyond gRPC's default of 4 MiB.
	maxMessage = 100 << 20
	// keepaliveTime is the least that a peer allows its clients by default
	// (peer.keepalive.minInterval); it hangs up on a client that asks more often.
	keepaliveTime = 60 * time.Second
	// keepaliveTimeout also bounds how long sent bytes may stay unacknowledged
	// (TCP_USER_TIMEOUT), so a peer behind a cut cable is noticed in that time.
	keepaliveTimeout = 5 * time.Second
	// reconnectDelay is the longest wait between two attempts to reach a lost peer.
	reconnectDelay = 2 * time.Second
	// suspectFor is how long a peer that failed comes last in the order.
	suspectFor = time.Second
)

// linkKey tells two peers' endpoints apart.
type linkKey struct{ address, serverName, ca string }

func keyOf(p connection.Peer) linkKey { return linkKey{p.Address, p.TLSServerName, p.TLSCACert} }

// link is the connection to one peer, shared by all applications.
type link struct {
	peer   connection.Peer
	conn   *grpc.ClientConn
	failed atomic.Int64 // when a call failed last for want of this peer, Unix ns; 0 when it answers
	gone   atomic.Bool

	mu      sync.RWMutex
	heights map[string]uint64 // by channel, the last block that the peer is known to have
}

func newLink(p connection.Peer) (*link, error) {
	pem, err := os.ReadFile(p.TLSCACert)
	if err != nil {
		return nil, fmt.Errorf("read TLS root: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("TLS root %s holds no PEM certificate", p.TLSCACert)
	}
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay, reconnect.MaxDelay = 100*time.Millisecond, reconnectDelay
	conn, err := grpc.NewClient("passthrough:///"+p.Address,
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
			RootCAs: roots, ServerName: p.TLSServerName, MinVersion: tls.VersionTLS12,
		})),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: 3 * time.Second}),
		grpc.WithIdleTimeout(0),
	)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", p.Address, err)
	}
	return &link{peer: p, conn: conn}, nil
}

// suspect tells whether the peer is better asked last.
func (l *link) suspect(now time.Time) bool {
	if l.conn.GetState() == connectivity.TransientFailure {
		return true
	}
	at := l.failed.Load()
	return at != 0 && now.Sub(time.Unix(0, at)) < suspectFor
}

// reached notes that the peer has a channel's block.
func (l *link) reached(channel string, block uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heights == nil {
		l.heights = map[string]uint64{}
	}
	l.heights[channel] = max(l.heights[channel], block)
}

// has tells whether the peer is known to have a channel's block.
func (l *link) has(channel string, block uint64) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.heights[channel] >= block
}

// lost notes that the peer did not answer, and reports whether that is news. It
// may come back with an older ledger.
func (l *link) lost() bool {
	l.mu.Lock()
	l.heights = nil
	l.mu.Unlock()
	return l.failed.Swap(time.Now().UnixNano()) == 0
}

// found notes that the peer answered, and reports whether that is news.
func (l *link) found() bool {
	return l.failed.Load() != 0 && l.failed.Swap(0) != 0
}

func (l *link) close() {
	if l.gone.CompareAndSwap(false, true) {
		l.conn.Close() //nolint:errcheck // it fails only when closed twice
	}
}
