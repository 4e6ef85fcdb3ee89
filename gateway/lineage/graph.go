// Package lineage draws how data went from whom to whom and what became of them
// (数据溯源): produced, shared, used, derived, across channels. It reads the read model
// and nothing else, so that a graph is as true as the blocks.
package lineage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"henanchain/gateway/index"
	"henanchain/internal/operation"
)

// Kinds of nodes: who produced, what, encrypted as what, by which consent, each
// use, and what was computed together or made of it.
const (
	Department = "department"
	Item       = "item"
	Parcel     = "parcel"
	Grant      = "grant"
	Use        = "use"
	Joint      = "joint"
	Derivation = "derivation"
)

// Kinds of edges.
const (
	Produced = "PRODUCED"
	Shared   = "SHARED"
	Used     = "USED"
	Derived  = "DERIVED"
)

// MaxNodes bounds a graph. One that is cut off says so.
const MaxNodes = 400

// Node is a department or a record.
type Node struct {
	Key     string `json:"key"`
	Kind    string `json:"kind"`
	Channel string `json:"channel,omitempty"`
	ID      string `json:"id"`
	Title   string `json:"title"`
	Status  string `json:"status,omitempty"`
	Dept    string `json:"dept,omitempty"`
	Time    string `json:"time,omitempty"`
	Digest  string `json:"digest,omitempty"`
}

// Edge leads from what was there first to what came of it.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind"`
	// Proven is false where the record that an edge begins at is of another channel
	// and is not there, or never had the digest that was written down.
	Proven bool `json:"proven"`
}

// Graph is a record's lineage.
type Graph struct {
	Start string       `json:"start"`
	Nodes []Node       `json:"nodes"`
	Edges []Edge       `json:"edges"`
	Cut   bool         `json:"cut,omitempty"` // there is more
	AsOf  []index.AsOf `json:"asOf"`
}

// Source is the read model; *index.Index in a gateway.
type Source interface {
	Get(ctx context.Context, channel, contract, recordType, id string) (*index.Found, error)
	List(ctx context.Context, q index.Query) (*index.Page, error)
	History(ctx context.Context, channel, contract, recordType, id string) ([]index.Version, index.AsOf, error)
	Head(ctx context.Context, channel string) (index.AsOf, error)
}

// Ledger is the contract whose records are followed.
const Ledger = "sharing"

// ErrNotFound tells that there is no such record to begin with.
var ErrNotFound = errors.New("there is no such record")

// Builder makes graphs of what stands on some channels: those that the caller
// may see.
type Builder struct {
	Source   Source
	Channels []string
}

// body is what lineage reads of any record.
type body struct {
	Name        string   `json:"name"`
	CatalogCode string   `json:"catalogCode"`
	GrantID     string   `json:"grantId"`
	UserDept    string   `json:"userDept"`
	GranteeDept string   `json:"granteeDept"`
	Purpose     string   `json:"purpose"`
	Items       []string `json:"items"`
	ParcelID    string   `json:"parcelId"`
	JointID     string   `json:"jointId"`
	Kind        string   `json:"kind"`
	Output      string   `json:"output"`
	Inputs      []struct {
		Channel, Type, ID, Digest string
	} `json:"inputs"`
}

type record struct {
	operation.Record
	channel string
	body    body
}

func (r *record) key() string { return r.channel + "/" + r.Type + "/" + r.ID }

// walk is a graph while it is made.
type walk struct {
	*Builder
	ctx   context.Context
	graph *Graph
	nodes map[string]bool
	edges map[[2]string]bool
	queue []*record
}

// Of makes the graph of an item or a derivation: of what it came from, and what
// came of it.
func (b *Builder) Of(ctx context.Context, channel, recordType, id string) (*Graph, error) {
	w := &walk{Builder: b, ctx: ctx, graph: &Graph{Nodes: []Node{}, Edges: []Edge{}, AsOf: []index.AsOf{}}, nodes: map[string]bool{}, edges: map[[2]string]bool{}}
	for _, ch := range b.Channels {
		at, err := b.Source.Head(ctx, ch)
		if errors.Is(err, index.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		w.graph.AsOf = append(w.graph.AsOf, at)
	}
	start, err := w.get(channel, recordType, id)
	if err != nil {
		return nil, err
	}
	if start == nil {
		return nil, ErrNotFound
	}
	w.graph.Start = start.key()
	if err := w.back(start); err != nil {
		return nil, err
	}
	w.queue = []*record{start}
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		if err := w.forward(next); err != nil {
			return nil, err
		}
	}
	return w.graph, nil
}

func (w *walk) get(channel, recordType, id string) (*record, error) {
	if !slices.Contains(w.Channels, channel) {
		return nil, nil
	}
	f, err := w.Source.Get(w.ctx, channel, Ledger, recordType, id)
	if errors.Is(err, index.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s of %s: %w", recordType, id, channel, err)
	}
	return decode(channel, f.Value)
}

func decode(channel string, value []byte) (*record, error) {
	rec, err := operation.DecodeRecord(value)
	if err != nil {
		return nil, err
	}
	r := &record{Record: *rec, channel: channel}
	if err := json.Unmarshal(rec.Body, &r.body); err != nil {
		return nil, fmt.Errorf("read the body of %s %s: %w", rec.Type, rec.ID, err)
	}
	return r, nil
}

// all lists the records of a channel that name a value in a field, the oldest
// first.
func (w *walk) all(channel, recordType, field, value string) ([]*record, error) {
	var out []*record
	q := index.Query{Channel: channel, Contract: Ledger, Type: recordType, Limit: 100, Sort: index.ByCreated, Filters: []index.Filter{{Field: field, Equal: []string{value}}}}
	for {
		page, err := w.Source.List(w.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("look for %s of %s: %w", recordType, channel, err)
		}
		for _, v := range page.Values {
			r, err := decode(channel, v)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		if q.Cursor = page.Next; q.Cursor == "" || len(out) > MaxNodes {
			return out, nil
		}
	}
}

// add puts a record into the graph, and tells whether it is new there.
func (w *walk) add(r *record) bool {
	if w.nodes[r.key()] {
		return false
	}
	if len(w.nodes) >= MaxNodes {
		w.graph.Cut = true
		return false
	}
	w.nodes[r.key()] = true
	w.graph.Nodes = append(w.graph.Nodes, Node{Key: r.key(), Kind: r.Type, Channel: r.channel, ID: r.ID, Title: titleOf(r), Status: r.Status, Dept: r.Dept, Time: r.Time, Digest: r.Digest})
	return true
}

func titleOf(r *record) string {
	if r.Version == 0 { // it is on a channel that the caller may not call
		return ""
	}
	switch r.Type {
	case Use:
		return r.body.Purpose + " · " + r.body.UserDept
	case Grant:
		return r.body.Purpose + " → " + r.body.GranteeDept
	case Joint:
		return r.body.Purpose + " · " + r.body.Kind
	case Parcel:
		return r.ID
	}
	return r.body.Name
}

// link draws an edge between nodes that are there.
func (w *walk) link(from, to, kind string, proven bool) {
	if k := [2]string{from, to}; w.nodes[from] && w.nodes[to] && !w.edges[k] {
		w.edges[k] = true
		w.graph.Edges = append(w.graph.Edges, Edge{from, to, kind, proven})
	}
}

// item puts an item into the graph, with the department that produced it.
func (w *walk) item(r *record) bool {
	if !w.add(r) {
		return false
	}
	key := "department/" + r.Dept
	if !w.nodes[key] && len(w.nodes) < MaxNodes {
		w.nodes[key] = true
		w.graph.Nodes = append(w.graph.Nodes, Node{Key: key, Kind: Department, ID: r.Dept, Title: r.Dept})
	}
	w.link(key, r.key(), Produced, true)
	return true
}

// back follows a record to where its data came from.
func (w *walk) back(r *record) error {
	switch r.Type {
	case Item:
		w.item(r)
		return nil
	case Use:
		return w.backFromUse(r)
	case Derivation:
		return w.backFromDerivation(r)
	}
	return nil
}

func (w *walk) backFromUse(r *record) error {
	w.add(r)
	item, err := w.get(r.channel, Item, r.body.CatalogCode)
	if err != nil || item == nil {
		return err
	}
	w.item(item)
	return w.through(item, r)
}

// through links an item with a use, by the grant and the encrypted parcel where
// there are such, and the use with the joint computation that it went into.
func (w *walk) through(item, use *record) error {
	if err := w.around(item, use); err != nil {
		return err
	}
	grant, err := w.get(use.channel, Grant, use.body.GrantID)
	if err != nil {
		return err
	}
	if grant == nil || !slices.Contains(grant.body.Items, item.ID) {
		w.link(item.key(), use.key(), Used, true)
		return nil
	}
	w.add(grant)
	w.link(item.key(), grant.key(), Shared, true)
	w.link(grant.key(), use.key(), Used, true)
	return nil
}

// around adds the parcel that a use opened, and the joint computation that it is
// part of.
func (w *walk) around(item, use *record) error {
	if use.body.ParcelID != "" {
		parcel, err := w.get(use.channel, Parcel, use.body.ParcelID)
		if err != nil {
			return err
		}
		if parcel != nil {
			w.add(parcel)
			w.link(item.key(), parcel.key(), Shared, true)
			w.link(parcel.key(), use.key(), Used, true)
		}
	}
	if use.body.JointID == "" {
		return nil
	}
	joint, err := w.get(use.channel, Joint, use.body.JointID)
	if err != nil || joint == nil {
		return err
	}
	w.add(joint)
	w.link(use.key(), joint.key(), Derived, true)
	return nil
}

func (w *walk) backFromDerivation(r *record) error {
	if !w.add(r) {
		return nil
	}
	for _, in := range r.body.Inputs {
		channel := in.Channel
		if channel == "" {
			channel = r.channel
		}
		origin, err := w.get(channel, in.Type, in.ID)
		if err != nil {
			return err
		}
		proven := true
		if origin == nil {
			origin, proven = &record{Record: operation.Record{Type: in.Type, ID: in.ID, Digest: in.Digest}, channel: channel}, false
			w.add(origin)
		} else if err := w.back(origin); err != nil {
			return err
		} else if channel != r.channel {
			if proven, err = w.had(origin, in.Digest); err != nil {
				return err
			}
		}
		w.link(origin.key(), r.key(), Derived, proven)
	}
	return nil
}

// had tells whether a record ever had a digest.
func (w *walk) had(r *record, digest string) (bool, error) {
	versions, _, err := w.Source.History(w.ctx, r.channel, Ledger, r.Type, r.ID)
	if err != nil {
		return false, fmt.Errorf("read the history of %s: %w", r.key(), err)
	}
	for _, v := range versions {
		if v.Value == nil {
			continue
		}
		rec, err := operation.DecodeRecord(v.Value)
		if err != nil {
			return false, err
		}
		if rec.Digest == digest {
			return true, nil
		}
	}
	return false, nil
}

// forward follows a record to what came of it.
func (w *walk) forward(r *record) error {
	switch r.Type {
	case Item:
		return w.forwardFromItem(r)
	case Use, Derivation:
		return w.forwardToDerivations(r)
	}
	return nil
}

func (w *walk) forwardFromItem(item *record) error {
	w.item(item)
	for _, of := range []struct{ recordType, field string }{{Parcel, "catalogCode"}, {Grant, "items"}} {
		shared, err := w.all(item.channel, of.recordType, of.field, item.ID)
		if err != nil {
			return err
		}
		for _, s := range shared {
			w.add(s)
			w.link(item.key(), s.key(), Shared, true)
		}
	}
	uses, err := w.all(item.channel, Use, "catalogCode", item.ID)
	if err != nil {
		return err
	}
	computed := map[string]bool{}
	for _, u := range uses {
		computed[u.body.JointID] = true
		if !w.add(u) && !w.nodes[u.key()] {
			continue
		}
		if err := w.through(item, u); err != nil {
			return err
		}
		w.queue = append(w.queue, u)
	}
	// Computations that the item is named in, and has given nothing to yet.
	joints, err := w.all(item.channel, Joint, "parties.catalogCode", item.ID)
	if err != nil {
		return err
	}
	for _, j := range joints {
		if !computed[j.ID] {
			w.add(j)
			w.link(item.key(), j.key(), Used, true)
		}
	}
	return nil
}

func (w *walk) forwardToDerivations(r *record) error {
	for _, channel := range w.Channels {
		derived, err := w.all(channel, Derivation, "inputs.id", r.ID)
		if err != nil {
			return err
		}
		for _, d := range derived {
			if !namesOrigin(d, r) {
				continue
			}
			fresh := !w.nodes[d.key()]
			if err := w.back(d); err != nil {
				return err
			}
			if !fresh {
				continue
			}
			if d.body.Output != "" {
				out, err := w.get(d.channel, Item, d.body.Output)
				if err != nil {
					return err
				}
				if out != nil && out.key() != r.key() {
					if w.item(out) {
						w.queue = append(w.queue, out)
					}
					w.link(d.key(), out.key(), Produced, true)
				}
			}
			w.queue = append(w.queue, d)
		}
	}
	return nil
}

// namesOrigin tells whether a derivation names that very record.
func namesOrigin(d, r *record) bool {
	for _, in := range d.body.Inputs {
		channel := in.Channel
		if channel == "" {
			channel = d.channel
		}
		if channel == r.channel && strings.EqualFold(in.Type, r.Type) && in.ID == r.ID {
			return true
		}
	}
	return false
}
