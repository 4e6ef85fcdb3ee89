package ledger

import (
	"fmt"

	"henanchain/internal/catalog"
	"henanchain/internal/strictjson"
)

// Restricted is the private data collection of every contract: on a city's
// channel the city and the province have it. On the main channel, where all
// organisations meet, each owner has one of its own with the province
// (restricted_ZhengzhouMSP and so on).
const Restricted = "restricted"

// Private is the private half of a request: see operation.Private.
type Private[P any] struct {
	Salt string `json:"salt" is:"pattern=^[0-9a-f]{32}$" doc:"16 random bytes, hex"`
	Data P      `json:"data"`
}

// PrivateHalfMissing refuses an operation without the private half that it
// needs, or about a record whose half was purged. A contract with such
// operations declares it.
const PrivateHalfMissing = "PRIVATE_HALF_MISSING"

// Half is what the private half carries; it refuses an operation that came
// without one. what says what should be in it.
func Half[P any](p *Private[P], what string) (*P, error) {
	if p == nil {
		return nil, RefuseField(PrivateHalfMissing, "private", "%s of this operation travel in its private half, which is missing", what)
	}
	return &p.Data, nil
}

// collection is where the private half of a record of an organisation lives.
func (c *Call) collection(owner string) string {
	if c.Channel() == MainChannel {
		return Restricted + "_" + owner
	}
	return Restricted
}

// PutPrivate writes the private half of a record. The public state then holds
// a salted hash of it and nothing else.
func PutPrivate[B, P any](c *Call, e *Entity[B], half *Private[P]) error {
	data, err := strictjson.Marshal(half)
	if err != nil {
		return fmt.Errorf("encode the private half of %s %s: %w", e.Type, e.ID, err)
	}
	c.tx.state.put(address{c.collection(e.Org), Key(e.Type, e.ID)}, data)
	return nil
}

// PrefetchPrivate reads the private halves of many records in one exchange with
// the peer for each collection: GetPrivate finds them without another.
func PrefetchPrivate[B any](c *Call, all []*Entity[B]) error {
	wanted := make([]address, len(all))
	for i, e := range all {
		wanted[i] = address{c.collection(e.Org), Key(e.Type, e.ID)}
	}
	return c.tx.state.prefetchAll(wanted)
}

// GetPrivate reads the private half of a record; nil where there is none, or
// none any more. Only the peers of the collection's members can run a call
// that does so.
func GetPrivate[B, P any](c *Call, e *Entity[B]) (*P, error) {
	data, err := c.tx.state.get(address{c.collection(e.Org), Key(e.Type, e.ID)})
	if err != nil || data == nil {
		return nil, err
	}
	half := new(Private[P])
	if err := strictjson.Unmarshal(data, half); err != nil {
		return nil, fmt.Errorf("decode the private half of %s %s: %w", e.Type, e.ID, err)
	}
	return &half.Data, nil
}

// purgeInput is what every purge operation takes.
type purgeInput struct {
	ID     string `json:"id" is:"maxLen=256" zh:"记录编号" doc:"The record whose private half is purged"`
	Reason string `json:"reason" is:"maxLen=512" zh:"清除原因" doc:"Why, and by which rule: it stays in the transaction"`
}

// Purge describes a purge operation that says nothing more of itself.
func Purge(name, title, titleZh string, roles ...string) catalog.Operation {
	return catalog.Operation{Name: name, Title: title, TitleZh: titleZh, Verb: "purge", Roles: roles}
}

// HandlePurge registers an operation that removes a record's private half from
// every peer, with all its earlier values. The record itself, its history and
// the salted hash stay: that somebody purged it, when and as whom, is on the
// ledger for ever. The state machine needs rows for it (Stay).
func HandlePurge[B any](c *Contract, info catalog.Operation, records *Records[B]) {
	info.Record, info.ID = records.info.Type, "id"
	Handle(c, info, func(call *Call, in *purgeInput) error {
		e, err := records.Open(call, in.ID)
		if err != nil {
			return err
		}
		call.tx.state.put(address{call.collection(e.Org), Key(e.Type, e.ID)}, nil)
		return e.Keep(call)
	})
}
