package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// governorRole is the role that decides which chains are believed.
const governorRole = "relay.governor"

// Offer is a function that chains may ask of each other.
type Offer struct {
	Contract string `json:"contract"`
	Function string `json:"function"`
}

// ParseOffer reads CONTRACT.FUNCTION.
func ParseOffer(text string) (Offer, error) {
	contract, function, ok := strings.Cut(text, ".")
	if !ok || contract == "" || function == "" {
		return Offer{}, fmt.Errorf("%q must be CONTRACT.FUNCTION, such as evidence.Verify", text)
	}
	return Offer{contract, function}, nil
}

// Registrar makes the channels of a network known to each other, in the names
// of both parties that decide on it, as far as their applications are here.
type Registrar struct {
	Network *fabric.Network
	// Offers are what every channel lets the others ask beside Verify, which
	// answers match or no match. Where none are given, those in force stay.
	Offers []Offer
	// Note is told what was done.
	Note func(channel, chain, what string)
}

// wanted is a chain as it should be registered.
type wanted struct {
	Chain     string  `json:"chain"`
	Kind      string  `json:"kind"`
	Owner     string  `json:"owner"`
	Title     string  `json:"title"`
	Anchor    string  `json:"anchor"`
	Questions []Offer `json:"questions,omitempty"`
}

// Run registers every channel where it has to be known: the cities on the main
// channel, and the main channel and the other cities on each city's. Run again,
// it changes only what differs, such as anchors of a newer configuration.
func (r *Registrar) Run(ctx context.Context) error {
	c := r.Network.Connection()
	anchors := map[string]*proof.Anchor{}
	for i := range c.Channels {
		ch := &c.Channels[i]
		if !slices.Contains(ch.Contracts, Contract) {
			continue
		}
		anchor, err := r.anchor(ctx, ch)
		if err != nil {
			return err
		}
		anchors[ch.Name] = anchor
	}
	for i := range c.Channels {
		on := &c.Channels[i]
		if anchors[on.Name] == nil {
			continue
		}
		var list []wanted
		for j := range c.Channels {
			of := &c.Channels[j]
			if anchors[of.Name] == nil || of.Name == on.Name && on.Name != c.MainChannel {
				continue
			}
			w, err := r.terms(c, on, of, *anchors[of.Name])
			if err != nil {
				return err
			}
			list = append(list, *w)
		}
		if err := r.register(ctx, c, on, list); err != nil {
			return fmt.Errorf("on %s: %w", on.Name, err)
		}
	}
	return nil
}

// Anchor exports a channel's trust anchor from the configuration block that a
// peer has: every member must have signed.
func (r *Registrar) anchor(ctx context.Context, ch *connection.Channel) (*proof.Anchor, error) {
	app := r.Network.ReaderOf(ch.Name)
	raw, err := r.Network.Evaluate(ctx, fabric.Proposal{Channel: ch.Name, Contract: "cscc", App: app, Function: "GetConfigBlock", Args: [][]byte{[]byte(ch.Name)}})
	if err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", ch.Name, err)
	}
	anchor, err := proof.AnchorFromConfigBlock(raw, nil)
	if err != nil {
		return nil, fmt.Errorf("the configuration of %s: %w", ch.Name, err)
	}
	return anchor, nil
}

// terms are those by which a channel is believed on another one. On the main
// channel, where all meet, a record's owner and the province sign: whoever asks
// there believes the province and one city; a city, the province and itself.
func (r *Registrar) terms(c *connection.Connection, on, of *connection.Channel, anchor proof.Anchor) (*wanted, error) {
	if of.Name == c.MainChannel {
		var cities []string
		for _, o := range anchor.Organisations {
			if o.MSP != c.Province {
				cities = append(cities, o.MSP)
			}
		}
		anchor.Policy = proof.WithOneOf(c.Province, cities...)
		if on.Name != c.MainChannel {
			anchor.Policy = proof.All(c.Province, on.Organisations[0])
		}
	}
	text, err := json.Marshal(anchor)
	if err != nil {
		return nil, fmt.Errorf("write the anchor of %s: %w", of.Name, err)
	}
	w := &wanted{Chain: of.Name, Kind: kindFabric, Owner: of.Organisations[0], Title: of.Title, Anchor: string(text)}
	if of.Name == c.MainChannel {
		w.Owner = c.Province
	}
	for _, name := range of.Contracts {
		w.Questions = append(w.Questions, Offer{name, operation.Verify})
	}
	for _, o := range r.Offers {
		if slices.Contains(of.Contracts, o.Contract) && !slices.Contains(w.Questions, o) {
			w.Questions = append(w.Questions, o)
		}
	}
	return w, nil
}

// register proposes and approves what differs, all of it in two transactions.
func (r *Registrar) register(ctx context.Context, c *connection.Connection, on *connection.Channel, list []wanted) error {
	province, err := governor(c, on.Name, c.Province)
	if err != nil {
		return err
	}
	proposals := map[string][]operation.Request{} // by application
	approver := map[string]string{}               // by chain
	for _, w := range list {
		by, other := province, ""
		if w.Owner != c.Province || on.Name != c.MainChannel {
			owner := w.Owner
			if on.Name != c.MainChannel {
				owner = on.Organisations[0]
			}
			if other, err = governor(c, on.Name, owner); err != nil {
				return err
			}
		}
		same, err := r.same(ctx, on.Name, province, &w)
		if err != nil {
			return err
		}
		if same {
			r.Note(on.Name, w.Chain, "as it should be")
			continue
		}
		in, err := json.Marshal(w)
		if err != nil {
			return fmt.Errorf("write the terms of %s: %w", w.Chain, err)
		}
		// Where there are two parties the owner proposes, and the province approves.
		if other != "" {
			by, other = other, province
			approver[w.Chain] = other
		}
		proposals[by] = append(proposals[by], operation.Request{Op: "ProposeChain", In: in})
		r.Note(on.Name, w.Chain, "proposed")
	}
	for _, app := range sorted(proposals) {
		if err := r.apply(ctx, on.Name, app, proposals[app]); err != nil {
			return err
		}
	}
	return r.approve(ctx, on.Name, approver)
}

func (r *Registrar) approve(ctx context.Context, channel string, approver map[string]string) error {
	approvals := map[string][]operation.Request{}
	for _, name := range sorted(approver) {
		app := approver[name]
		digest, err := r.proposed(ctx, fabric.Place{Channel: channel, Contract: Contract, App: app}, name)
		if err != nil {
			return err
		}
		in, err := json.Marshal(map[string]string{"chain": name, "digest": digest})
		if err != nil {
			return err
		}
		approvals[app] = append(approvals[app], operation.Request{Op: "ApproveChain", In: in})
		r.Note(channel, name, "approved")
	}
	for _, app := range sorted(approvals) {
		if err := r.apply(ctx, channel, app, approvals[app]); err != nil {
			return err
		}
	}
	return nil
}

// proposed is the digest of what is proposed, once the peer that is asked has it.
func (r *Registrar) proposed(ctx context.Context, at fabric.Place, name string) (string, error) {
	for began := time.Now(); ; {
		ch, err := readChain(ctx, r.Network, at, name)
		if err == nil && ch.Proposal != nil {
			return ch.Proposal.Digest, nil
		}
		if err != nil && codeOf(err) != "RECORD_NOT_FOUND" || time.Since(began) > behind {
			return "", fmt.Errorf("read what is proposed for %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// same tells whether a chain is in force as wanted. Without other offers,
// those in force are wanted.
func (r *Registrar) same(ctx context.Context, channel, app string, w *wanted) (bool, error) {
	record, err := r.Network.Get(ctx, fabric.Place{Channel: channel, Contract: Contract, App: app}, chainType, w.Chain)
	if codeOf(err) == "RECORD_NOT_FOUND" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var body struct {
		Terms *struct {
			Anchor    string  `json:"anchor"`
			Questions []Offer `json:"questions"`
		} `json:"terms"`
	}
	if err := json.Unmarshal(record.Body, &body); err != nil {
		return false, fmt.Errorf("read the chain %s: %w", w.Chain, err)
	}
	if body.Terms != nil && len(r.Offers) == 0 {
		w.Questions = body.Terms.Questions
	}
	return record.Status == "ACTIVE" && body.Terms != nil && body.Terms.Anchor == w.Anchor && slices.Equal(body.Terms.Questions, w.Questions), nil
}

// apply does operations in one transaction, and waits until they are done. Just
// after a block one peer may be behind the other: then it is tried again.
func (r *Registrar) apply(ctx context.Context, channel, app string, requests []operation.Request) error {
	raw := make([][]byte, len(requests))
	for i := range requests {
		text, err := requests[i].Encode()
		if err != nil {
			return err
		}
		raw[i] = text
	}
	p := fabric.Proposal{Channel: channel, Contract: Contract, App: app, Function: operation.Apply,
		Args: [][]byte{operation.EncodeRequests(raw, func(b []byte) []byte { return b })}}
	var tx *fabric.Transaction
	var err error
	for began := time.Now(); ; {
		tx, err = r.Network.Endorse(ctx, p)
		if kind := fabric.KindOf(err); err == nil || kind != fabric.Mismatch || time.Since(began) > behind {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	var results []operation.Result
	if err := json.Unmarshal(tx.Result, &results); err != nil {
		return fmt.Errorf("read what %s answered: %w", channel, err)
	}
	for i, result := range results {
		if result.Refusal != nil {
			return fmt.Errorf("%s %.80s: %w", requests[i].Op, requests[i].In, result.Refusal)
		}
	}
	if err := r.Network.Submit(ctx, tx); err != nil {
		return err
	}
	status, err := r.Network.Status(ctx, tx)
	if err == nil && !status.Valid {
		err = fmt.Errorf("%s did not take the transaction: %s", channel, status.Code)
	}
	return err
}

// governor names an application of an organisation that decides on chains.
func governor(c *connection.Connection, channel, msp string) (string, error) {
	app, err := applicationFor(c, governorRole, channel, msp)
	if err != nil {
		return "", err
	}
	for _, a := range c.Applications {
		if a.Name == app && a.MSPID == msp {
			return app, nil
		}
	}
	return "", fmt.Errorf("no application of %s here has the role %s on %s: that organisation has to decide at its own gateway", msp, governorRole, channel)
}

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
