package fabric

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/connectivity"

	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// Readiness tells what of the network answers.
type Readiness struct {
	// Ready is true where every channel has a peer and every contract answers.
	Ready    bool               `json:"ready"`
	Channels []ChannelReadiness `json:"channels"`
	At       time.Time          `json:"at"`
}

// ChannelReadiness is one channel's part of it.
type ChannelReadiness struct {
	Name      string      `json:"name"`
	Ready     bool        `json:"ready"`
	Peers     []PartReady `json:"peers"`
	Contracts []PartReady `json:"contracts"`
}

// PartReady is one peer or one contract.
type PartReady struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"`
}

const (
	readyFor     = 3 * time.Second // how long an answer serves later askers
	readyWithin  = 5 * time.Second
	readyAtOnce  = 8 // contracts asked at a time
	probeForType = "readiness"
)

type readiness struct {
	mu   sync.Mutex
	last *Readiness
	of   *connection.Connection
}

// Ready asks every peer and every one of these contracts on every channel, a few
// at a time, and remembers the answer for a few seconds.
func (n *Network) Ready(ctx context.Context, contracts []string) *Readiness {
	n.ready.mu.Lock()
	defer n.ready.mu.Unlock()
	conn := n.Connection()
	if r := n.ready.last; r != nil && n.ready.of == conn && time.Since(r.At) < readyFor {
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	r := &Readiness{Ready: true, Channels: make([]ChannelReadiness, len(conn.Channels))}
	var (
		wait  sync.WaitGroup
		slots = make(chan struct{}, readyAtOnce)
	)
	run := func(f func()) {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			f()
		})
	}
	for i := range conn.Channels {
		ch, report := &conn.Channels[i], &r.Channels[i]
		report.Name = ch.Name
		report.Peers = make([]PartReady, len(ch.Peers))
		asked := slices.DeleteFunc(slices.Clone(ch.Contracts), func(name string) bool { return !slices.Contains(contracts, name) })
		report.Contracts = make([]PartReady, len(asked))
		for j, p := range ch.Peers {
			run(func() { report.Peers[j] = n.peerReady(ctx, p) })
		}
		for j, contract := range asked {
			run(func() { report.Contracts[j] = n.contractReady(ctx, conn, ch.Name, contract) })
		}
	}
	wait.Wait()
	for i := range r.Channels {
		c := &r.Channels[i]
		c.Ready = anyReady(c.Peers) && allReady(c.Contracts)
		r.Ready = r.Ready && c.Ready
	}
	r.At = time.Now()
	n.ready.last, n.ready.of = r, conn
	return r
}

func (n *Network) peerReady(ctx context.Context, p connection.Peer) PartReady {
	n.mu.RLock()
	l := n.links[keyOf(p)]
	n.mu.RUnlock()
	if l == nil {
		return PartReady{Name: p.Name, Reason: errClosed.Error()}
	}
	for {
		state := l.conn.GetState()
		switch state {
		case connectivity.Ready:
			return PartReady{Name: p.Name, Ready: true}
		case connectivity.Idle:
			l.conn.Connect()
		case connectivity.TransientFailure, connectivity.Shutdown:
			return PartReady{Name: p.Name, Reason: "no connection to " + p.Address}
		}
		if !l.conn.WaitForStateChange(ctx, state) {
			return PartReady{Name: p.Name, Reason: "no connection to " + p.Address + " in time"}
		}
	}
}

// contractReady asks for a record that cannot be there: a contract that says
// so runs.
func (n *Network) contractReady(ctx context.Context, conn *connection.Connection, channel, contract string) PartReady {
	app := callerFor(conn, channel)
	if app == "" {
		return PartReady{Name: contract, Reason: "no application may call this channel, so that nobody can ask"}
	}
	_, err := n.Evaluate(ctx, Proposal{
		Channel: channel, Contract: contract, App: app,
		Function: operation.Get, Args: [][]byte{[]byte(probeForType), []byte(probeForType)},
	})
	var e *Error
	if err == nil || errors.As(err, &e) && e.Answered {
		return PartReady{Name: contract, Ready: true}
	}
	return PartReady{Name: contract, Reason: err.Error()}
}

func callerFor(conn *connection.Connection, channel string) string {
	for _, a := range conn.Applications {
		for _, city := range a.Cities {
			if city == channel {
				return a.Name
			}
		}
	}
	return ""
}

func anyReady(parts []PartReady) bool {
	for _, p := range parts {
		if p.Ready {
			return true
		}
	}
	return false
}

func allReady(parts []PartReady) bool {
	for _, p := range parts {
		if !p.Ready {
			return false
		}
	}
	return true
}
