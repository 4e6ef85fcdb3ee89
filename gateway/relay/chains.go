package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/connection"
	"henanchain/internal/proof"
)

// The contract's words, as far as a carrier needs them: what it does not know
// of a record, it leaves alone.
const (
	requestType    = "request"
	acceptanceType = "acceptance"
	chainType      = "chain"
	sagaType       = "saga"
	holdType       = "hold"

	requested = "REQUESTED"
	attested  = "ATTESTED"
	sagaOpen  = "OPEN"

	kindFabric  = "FABRIC"
	kindOutside = "OUTSIDE"
)

// chain is a chain as it is registered.
type chain struct {
	Name   string `json:"-"`
	Kind   string `json:"kind"`
	Owner  string `json:"owner"`
	Digest string `json:"digest"`
	Terms  *struct {
		Anchor    string `json:"anchor"`
		PublicKey string `json:"publicKey"`
		Endpoint  string `json:"endpoint"`
	} `json:"terms"`
	Proposal *struct {
		Digest string `json:"digest"`
		By     string `json:"by"`
	} `json:"proposal"`
	Status string `json:"-"`
}

// chains remembers the registered chains for a moment.
type chains struct {
	network *fabric.Network
	mu      sync.Mutex
	known   map[string]knownChain
}

type knownChain struct {
	chain
	at time.Time
}

// chainsAge is how old what is remembered may be: a proof for superseded terms
// is refused and made anew.
const chainsAge = 2 * time.Second

// get reads a chain as it is registered on a channel.
func (c *chains) get(ctx context.Context, at fabric.Place, name string) (chain, error) {
	place := at.Channel + "/" + name
	c.mu.Lock()
	k, ok := c.known[place]
	c.mu.Unlock()
	if ok && time.Since(k.at) < chainsAge {
		return k.chain, nil
	}
	found, err := readChain(ctx, c.network, at, name)
	if err != nil {
		return chain{}, err
	}
	c.mu.Lock()
	c.known[place] = knownChain{*found, time.Now()}
	c.mu.Unlock()
	return *found, nil
}

func readChain(ctx context.Context, network *fabric.Network, at fabric.Place, name string) (*chain, error) {
	record, err := network.Get(ctx, at, chainType, name)
	if err != nil {
		return nil, err
	}
	found := &chain{Name: name, Status: record.Status}
	if err := json.Unmarshal(record.Body, found); err != nil {
		return nil, fmt.Errorf("read the chain %s: %w", name, err)
	}
	return found, nil
}

// endorsers names the organisations whose peers are to sign an answer of the
// chain: as few as its policy asks for.
func (c *chain) endorsers(preferred ...string) ([]string, error) {
	if c.Terms == nil {
		return nil, fmt.Errorf("the chain %s has no terms in force", c.Name)
	}
	anchor, err := proof.ParseAnchor([]byte(c.Terms.Anchor), "")
	if err != nil {
		return nil, fmt.Errorf("the anchor of %s: %w", c.Name, err)
	}
	return anchor.Policy.Choose(preferred...), nil
}

// carrier names an application that carries on a channel: of the first of the
// organisations that has one, else of any.
func (w *Worker) carrier(channel string, organisations ...string) (string, error) {
	return applicationFor(w.network.Connection(), carrierRole, channel, organisations...)
}

// carrierOf is carrier for organisations of which one it must be.
func (w *Worker) carrierOf(channel string, organisations ...string) (string, error) {
	c := w.network.Connection()
	for _, msp := range organisations {
		for _, a := range c.Applications {
			if a.MSPID == msp && slices.Contains(a.Roles, carrierRole) && slices.Contains(a.Cities, channel) {
				return a.Name, nil
			}
		}
	}
	return "", fmt.Errorf("no application of %v here has the role %s on %s", organisations, carrierRole, channel)
}

func applicationFor(c *connection.Connection, role, channel string, organisations ...string) (string, error) {
	best, rank := "", len(organisations)+1
	for _, a := range c.Applications {
		if !slices.Contains(a.Roles, role) || !slices.Contains(a.Cities, channel) {
			continue
		}
		r := slices.Index(organisations, a.MSPID)
		if r < 0 {
			r = len(organisations)
		}
		if r < rank {
			best, rank = a.Name, r
		}
	}
	if best == "" {
		return "", fmt.Errorf("no application here has the role %s on %s: register one", role, channel)
	}
	return best, nil
}
