// Package fabric is the gateway's way to the ledgers: one gRPC connection for
// each peer, one Fabric identity for each business system, and the four calls
// of a transaction's life (evaluate, endorse, submit, commit status), each with
// errors that say what may be done about them.
//
// A channel is served by several peers. A call goes to the best one that
// answers; one that does not is routed around, and found again when it is back.
package fabric

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/internal/connection"
)

// Options tune a Network; the zero value is what a gateway runs with.
type Options struct {
	// ReadKey reads an application's private key file; it may open a sealed
	// one. The default is os.ReadFile.
	ReadKey func(path string) ([]byte, error)
	// EvaluateTimeout bounds one evaluation on one peer (default 10 s).
	EvaluateTimeout time.Duration
	// EndorseTimeout bounds one endorsement through one peer (default 35 s,
	// beyond the 30 s that a peer gives a contract).
	EndorseTimeout time.Duration
	// SubmitTimeout bounds one hand-over to the orderers through one peer (default 10 s).
	SubmitTimeout time.Duration
	// Log hears of peers lost and found; nil is silence.
	Log *zap.Logger
}

func (o *Options) fill() {
	if o.ReadKey == nil {
		o.ReadKey = os.ReadFile
	}
	if o.EvaluateTimeout <= 0 {
		o.EvaluateTimeout = 10 * time.Second
	}
	if o.EndorseTimeout <= 0 {
		o.EndorseTimeout = 35 * time.Second
	}
	if o.SubmitTimeout <= 0 {
		o.SubmitTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
}

// Network is a running network as the gateway sees it. It is safe for
// concurrent use.
type Network struct {
	opts Options

	mu     sync.RWMutex
	conn   *connection.Connection
	links  map[linkKey]*link
	apps   map[string]*application
	closed bool

	ready    readiness
	together together
	written  written
}

// New makes a network from its description. Nothing is dialled until the
// first call needs it.
func New(c *connection.Connection, opts Options) (*Network, error) {
	opts.fill()
	n := &Network{opts: opts}
	if err := n.Reload(c); err != nil {
		return nil, err
	}
	return n, nil
}

// Reload takes a new description of the network: peers and applications that
// are the same keep their connections, what is gone is closed, what is new is
// there for the next call. A description that cannot be used changes nothing.
func (n *Network) Reload(c *connection.Connection) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return errClosed
	}
	links, fresh := map[linkKey]*link{}, []*link{}
	for _, ch := range c.Channels {
		for _, p := range ch.Peers {
			key := keyOf(p)
			if links[key] != nil {
				continue
			}
			if old := n.links[key]; old != nil {
				links[key] = old
				continue
			}
			l, err := newLink(p)
			if err != nil {
				closeAll(fresh)
				return fmt.Errorf("peer %s of channel %s: %w", p.Name, ch.Name, err)
			}
			links[key] = l
			fresh = append(fresh, l)
		}
	}
	for key, l := range n.links {
		if links[key] == nil {
			l.close()
		}
	}
	apps := map[string]*application{}
	for _, a := range c.Applications {
		if old := n.apps[a.Name]; old != nil && old.same(a) {
			apps[a.Name] = old
			continue
		}
		apps[a.Name] = &application{Application: a, readKey: n.opts.ReadKey}
	}
	n.conn, n.links, n.apps = c, links, apps
	return nil
}

// Close ends every connection. Calls in progress fail as unavailable.
func (n *Network) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, l := range n.links {
		l.close()
	}
	n.links = nil
	return nil
}

// Connection is the description of the network that is in use now.
func (n *Network) Connection() *connection.Connection {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.conn
}

func closeAll(links []*link) {
	for _, l := range links {
		l.close()
	}
}

var errClosed = errors.New("the gateway's connections are closed")

// route finds the application and the peers that serve the channel, the best
// first: peers of the application's own organisation before the city's before
// the others, and whoever failed a moment ago last.
func (n *Network) route(channel, app string) (*application, []*link, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.closed {
		return nil, nil, &Error{Kind: Unavailable, Err: errClosed}
	}
	a := n.apps[app]
	if a == nil {
		return nil, nil, &Error{Kind: Denied, Err: fmt.Errorf("the application %q has no identity on the network", app)}
	}
	ch, ok := n.conn.Channel(channel)
	if !ok {
		return nil, nil, &Error{Kind: Failed, Err: fmt.Errorf("the network has no channel %q", channel)}
	}
	rank := map[string]int{}
	for i, msp := range ch.Organisations {
		rank[msp] = i + 1
	}
	rank[a.MSPID] = 0
	links := make([]*link, 0, len(ch.Peers))
	for _, p := range ch.Peers {
		links = append(links, n.links[keyOf(p)])
	}
	now := time.Now()
	sort.SliceStable(links, func(i, j int) bool {
		if a, b := links[i].suspect(now), links[j].suspect(now); a != b {
			return b
		}
		return rank[links[i].peer.MSPID] < rank[links[j].peer.MSPID]
	})
	return a, links, nil
}
