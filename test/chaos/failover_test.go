//go:build e2e

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/client"
	"henanchain/test/testnet"
)

// caller writes and reads, one call after the other, as a business system that
// does not try anything again.
type caller struct {
	client *client.Client
	run    *load
	n      int
}

func newCaller(t *testing.T) *caller {
	t.Helper()
	token, err := net.Token(system)
	if err != nil {
		t.Fatal(err)
	}
	l := newLoad(t.Context(), newJournal(), net.Connection.Gateway, token)
	return &caller{client: l.client, run: l}
}

// calls makes n writes, each read back at the peers: none may fail.
func (c *caller) calls(t *testing.T, n int) {
	t.Helper()
	for range n {
		c.n++
		ack, err := c.client.Create(t.Context(), city, ledger, "evidences", deposit(c.run.mark("failover", 0, c.n)))
		if err != nil {
			t.Fatalf("write %d: %v", c.n, err)
		}
		if _, err := c.client.FromLedger().Get(t.Context(), city, ledger, "evidences", ack.ID); err != nil {
			t.Fatalf("read %d: %v", c.n, err)
		}
	}
}

// missing are the parts of the network that the gateway says it misses.
func missing(t *testing.T) []string {
	t.Helper()
	c, err := net.Client("")
	if err != nil {
		t.Fatal(err)
	}
	var p *client.Problem
	switch err := c.Ready(t.Context()); {
	case err == nil:
		return nil
	case !errors.As(err, &p):
		t.Fatal(err)
	}
	var names []string
	for _, e := range p.Errors {
		names = append(names, e.Field)
	}
	return names
}

// said counts lines of the gateway's log that are about a peer.
func said(t *testing.T, message, peer string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(net.State, "logs", "gateway.log"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(text), "\n") {
		var entry struct{ Msg, Peer string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == message && entry.Peer == peer {
			n++
		}
	}
	return n
}

// Each peer in turn is stopped: no call fails, the gateway says who is missing,
// and asks that peer again once it is back.
func TestALostPeerIsRoutedAroundAndFoundAgain(t *testing.T) {
	c := newCaller(t)
	c.calls(t, 3)
	for _, peer := range []string{"peer0.zhengzhou", "peer0.henan", "peer1.zhengzhou"} {
		if err := net.Network(os.Stderr, "stop", peer); err != nil {
			t.Fatal(err)
		}
		c.calls(t, 10)
		testnet.Eventually(t, "the gateway misses "+peer, func() error {
			if names := missing(t); !strings.Contains(strings.Join(names, " "), peer) {
				return fmt.Errorf("it misses %v", names)
			}
			return nil
		})
		if err := net.Network(os.Stderr, "start", peer); err != nil {
			t.Fatal(err)
		}
		testnet.Ready(t, net.Connection.Gateway)
		c.calls(t, 5)
	}
}

// All peers are stopped: whoever reads of them is told so, and the log of each.
func TestThatNoPeerAnswersIsSaidUntilOneDoes(t *testing.T) {
	c := newCaller(t)
	c.calls(t, 1)
	ch, _ := net.Connection.Channel(city)
	for _, p := range ch.Peers {
		if err := net.Network(os.Stderr, "stop", p.Name); err != nil {
			t.Fatal(err)
		}
	}
	var refused *client.Problem
	_, err := c.client.FromLedger().Get(t.Context(), city, ledger, "evidences", strings.Repeat("0", 32))
	if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
		t.Errorf("a read of peers that are all away: %v", err)
	}
	found := 0
	for _, p := range ch.Peers {
		if said(t, "peer does not answer", p.Name) == 0 {
			t.Errorf("the gateway's log does not tell that %s was lost", p.Name)
		}
		found += said(t, "peer found again", p.Name)
		if err := net.Network(os.Stderr, "start", p.Name); err != nil {
			t.Fatal(err)
		}
	}
	testnet.Ready(t, net.Connection.Gateway)
	c.calls(t, 5)
	for _, p := range ch.Peers {
		found -= said(t, "peer found again", p.Name)
	}
	if found >= 0 {
		t.Error("the gateway's log does not tell that a peer was found again")
	}
}

// Each orderer in turn is stopped, the leader among them.
func TestALostOrdererIsRoutedAroundAndFoundAgain(t *testing.T) {
	c := newCaller(t)
	for _, orderer := range []string{"orderer0.henan", "orderer1.henan", "orderer2.henan"} {
		if err := net.Network(os.Stderr, "stop", orderer); err != nil {
			t.Fatal(err)
		}
		c.calls(t, 10)
		if err := net.Network(os.Stderr, "start", orderer); err != nil {
			t.Fatal(err)
		}
		c.calls(t, 3)
	}
}

// A peer comes back while the other peers and the orderers are away: it does not
// have what was written meanwhile. Who wrote that is not told that it is not there,
// as another system is, but that the ledger is away.
func TestAPeerThatLagsBehindIsNotAskedForWhatTheCallerWrote(t *testing.T) {
	const late = "peer1.zhengzhou"
	steer := func(command string, nodes ...string) {
		t.Helper()
		for _, node := range nodes {
			if err := net.Network(os.Stderr, command, node); err != nil {
				t.Fatal(err)
			}
		}
	}
	ch, _ := net.Connection.Channel(city)
	others := []string{"orderer0.henan", "orderer1.henan", "orderer2.henan"}
	for _, p := range ch.Peers {
		if p.Name != late {
			others = append(others, p.Name)
		}
	}
	writer := newCaller(t)
	court, err := net.Client("zhengzhou-court")
	if err != nil {
		t.Fatal(err)
	}
	court = court.FromLedger()
	steer("stop", late)
	ack, err := writer.client.Create(t.Context(), city, ledger, "evidences", deposit(writer.run.mark("behind", 0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	steer("stop", others...)
	steer("start", late)
	testnet.Eventually(t, late+" answers, and has not got the record", func() error {
		if _, err := court.Get(t.Context(), city, ledger, "evidences", ack.ID); statusOf(err) != http.StatusNotFound {
			return fmt.Errorf("%w", err)
		}
		return nil
	})
	for range 3 {
		if _, err := writer.client.FromLedger().Get(t.Context(), city, ledger, "evidences", ack.ID); statusOf(err) != http.StatusServiceUnavailable {
			t.Errorf("the caller's own record, at a peer that has not got it yet: %v", err)
		}
	}
	steer("start", others...)
	testnet.Ready(t, net.Connection.Gateway)
	if _, err := writer.client.FromLedger().Get(t.Context(), city, ledger, "evidences", ack.ID); err != nil {
		t.Error(err)
	}
}

// statusOf is the status of an answer that is a problem; 0 of another.
func statusOf(err error) int {
	var p *client.Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}
