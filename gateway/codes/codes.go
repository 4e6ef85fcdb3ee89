// Package codes finds the records that carry a code (码链融合): any identifier that the
// ledgers know, on every channel that the caller may see. What a code can be is
// told by package identifier, where it may stand by the contracts' own tables.
package codes

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"henanchain/gateway/index"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// perPlace bounds the records that one field of one ledger adds.
const perPlace = 20

// Source is the read model; *index.Index in a gateway.
type Source interface {
	Get(ctx context.Context, channel, contract, recordType, id string) (*index.Found, error)
	List(ctx context.Context, q index.Query) (*index.Page, error)
	Head(ctx context.Context, channel string) (index.AsOf, error)
}

// Kind is something that a code can be.
type Kind struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	TitleZh  string `json:"titleZh"`
	Standard string `json:"standard"`
	Code     string `json:"code,omitempty"` // normalised; absent where it names a person
	Personal bool   `json:"personal,omitempty"`
}

// Hit is a record that carries the code.
type Hit struct {
	Channel string `json:"channel"`
	Ledger  string `json:"ledger"`
	Title   string `json:"title"` // of the ledger, Chinese
	Type    string `json:"type"`
	TypeZh  string `json:"typeZh"`
	ID      string `json:"id"`
	Status  string `json:"status"`
	Version int    `json:"version"`
	Field   string `json:"field"` // where the code stands; id: it is the record's own
	Kind    string `json:"kind"`
	Path    string `json:"path"` // of the record over REST
	// Code is the record's own unified code (统一标识码); absent where its id is too long
	// for one, or names a person.
	Code string `json:"code,omitempty"`
}

// Resolution is what a code is and which records carry it.
type Resolution struct {
	Kinds   []Kind `json:"kinds"`
	Records []Hit  `json:"records"`
	// More tells that a field of a ledger has more records than are listed.
	More bool         `json:"more,omitempty"`
	AsOf []index.AsOf `json:"asOf"`
}

// Channel is one that the caller may see, with the contracts on it.
type Channel struct {
	Name      string
	Division  string // code of the division (行政区划代码) that it is the ledger of
	Contracts []string
}

// Request is a code, and what the caller may see.
type Request struct {
	Code     string
	Channels []Channel
	// Persons tells whether the caller may look for persons and organisations in a
	// ledger, by their keyed hashes.
	Persons func(*catalog.Contract) bool
	// Hidden tells of a record that the caller may not see; nil: none is hidden.
	Hidden func(channel string, c *catalog.Contract, rec *operation.Record) (bool, error)
}

// Resolver finds records by codes. It is safe for concurrent use.
type Resolver struct {
	Source    Source
	Contracts []catalog.Contract
	// Subjects makes a keyed hash of an identifier; nil: subjects are not found.
	Subjects schema.Resolver

	once   sync.Once
	places []spot
	own    []spot // ids that a ledger makes by a rule of its own, such as trace codes
}

// ownID is the kind of an id that no identifier's rule knows.
const ownID = "record-id"

// spot is where a code can stand: a record type's id or a search field of it.
type spot struct {
	contract *catalog.Contract
	record   *catalog.Record
	field    string // empty: the id
	kind     string // of identifier; empty: a subject's keyed hash
}

// find lists every spot, by the tables.
func (r *Resolver) find() {
	for i := range r.Contracts {
		c := &r.Contracts[i]
		for k := range c.Records {
			record := &c.Records[k]
			if kind := idKind(c, record); kind != "" {
				r.places = append(r.places, spot{c, record, "", kind})
			} else {
				r.own = append(r.own, spot{c, record, "", ownID})
			}
			for _, f := range index.SearchFields(record) {
				s := record.Body.At(f.Name)
				if f.Kind != index.Keyword || s == nil {
					continue
				}
				if s.Subject || s.Kind != "" {
					r.places = append(r.places, spot{c, record, f.Name, s.Kind})
				}
			}
		}
	}
}

// idKind is the kind of identifier that a record type's ids are; empty where
// they are none.
func idKind(c *catalog.Contract, record *catalog.Record) string {
	for i := range c.Operations {
		o := &c.Operations[i]
		if o.Record != record.Type || !o.Creates || o.ID == "" {
			continue
		}
		if s, ok := o.Input.Properties.Get(o.ID); ok {
			return s.Kind
		}
	}
	return ""
}

// Recognise tells what a code can be, the most specific first.
func Recognise(code string) []Kind {
	var all []Kind
	for _, k := range identifier.Recognise(code) {
		normal, err := k.Parse(code)
		if err != nil {
			continue
		}
		kind := Kind{Name: k.Name, Title: k.Title, TitleZh: k.TitleZh, Standard: k.Standard, Code: normal, Personal: k.Personal}
		all = append(all, kind)
	}
	if IsPersonal(code) { // it is not repeated, under whatever other kind it may pass
		for i := range all {
			all[i].Code = ""
		}
	}
	return all
}

// IsPersonal tells whether a code can name a person: such a one has no place in
// a path.
func IsPersonal(code string) bool {
	if c, err := identifier.ParseHNCode(code); err == nil {
		code = c.ID
	}
	return slices.ContainsFunc(identifier.Recognise(code), func(k *identifier.Kind) bool { return k.Personal })
}

// Resolve finds the records that carry a code.
func (r *Resolver) Resolve(ctx context.Context, req Request) (*Resolution, error) {
	r.once.Do(r.find)
	out := &Resolution{Kinds: Recognise(req.Code), Records: []Hit{}, AsOf: []index.AsOf{}}
	if out.Kinds == nil {
		out.Kinds = []Kind{}
	}
	values := map[string]string{}
	for _, k := range identifier.Recognise(req.Code) {
		if normal, err := k.Parse(req.Code); err == nil {
			values[k.Name] = normal
		}
	}
	places := r.places
	if id := strings.TrimSpace(req.Code); id != "" && !IsPersonal(id) {
		values[ownID] = id
		places = slices.Concat(r.places, r.own)
	}
	hashes := r.hashes(req.Code)
	for _, ch := range req.Channels {
		at, err := r.Source.Head(ctx, ch.Name)
		if errors.Is(err, index.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out.AsOf = append(out.AsOf, at)
		if err := r.named(ctx, &req, ch, out); err != nil {
			return nil, fmt.Errorf("look for a unified code on %s: %w", ch.Name, err)
		}
		for _, p := range places {
			if !slices.Contains(ch.Contracts, p.contract.Name) {
				continue
			}
			if err := r.look(ctx, &req, ch, p, values, hashes, out); err != nil {
				return nil, fmt.Errorf("look for a code in %s on %s: %w", p.contract.Name, ch.Name, err)
			}
		}
	}
	return out, nil
}

// hashes are the keyed hashes under which the ledgers may know the code: of an
// identity document's number with a rule of its own.
func (r *Resolver) hashes(code string) []string {
	var all []string
	if r.Subjects == nil {
		return nil
	}
	for _, t := range identifier.HolderIDTypes() {
		if t.Kind == "" {
			continue
		}
		if hash, wrong := r.Subjects(map[string]any{"type": t.Code, "number": code}); len(wrong) == 0 {
			all = append(all, hash)
		}
	}
	return all
}

func (r *Resolver) look(ctx context.Context, req *Request, ch Channel, p spot, values map[string]string, hashes []string, out *Resolution) error {
	if p.kind == "" {
		if len(hashes) == 0 || req.Persons == nil || !req.Persons(p.contract) {
			return nil
		}
		return r.list(ctx, req, ch, p, hashes, "subject", out)
	}
	value, is := values[p.kind]
	if !is {
		return nil
	}
	if p.field != "" {
		return r.list(ctx, req, ch, p, []string{value}, p.kind, out)
	}
	return r.get(ctx, req, ch, p, value, p.kind, out)
}

// get adds the record with an id, where there is one.
func (r *Resolver) get(ctx context.Context, req *Request, ch Channel, p spot, id, kind string, out *Resolution) error {
	f, err := r.Source.Get(ctx, ch.Name, p.contract.Name, p.record.Type, id)
	if errors.Is(err, index.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return out.add(req, ch, p, f.Value, kind)
}

func (r *Resolver) list(ctx context.Context, req *Request, ch Channel, p spot, values []string, kind string, out *Resolution) error {
	page, err := r.Source.List(ctx, index.Query{Channel: ch.Name, Contract: p.contract.Name, Type: p.record.Type, Limit: perPlace,
		Filters: []index.Filter{{Field: p.field, Equal: values}}})
	if err != nil {
		return err
	}
	out.More = out.More || page.Next != ""
	for _, v := range page.Values {
		if err := out.add(req, ch, p, v, kind); err != nil {
			return err
		}
	}
	return nil
}

// add puts a record among the hits, unless it is there already or hidden.
func (out *Resolution) add(req *Request, ch Channel, p spot, value []byte, kind string) error {
	rec, err := operation.DecodeRecord(value)
	if err != nil {
		return err
	}
	if req.Hidden != nil {
		if hidden, err := req.Hidden(ch.Name, p.contract, rec); err != nil || hidden {
			return err
		}
	}
	h := Hit{Channel: ch.Name, Ledger: p.contract.Name, Title: p.contract.TitleZh, Type: rec.Type, TypeZh: p.record.TitleZh, ID: rec.ID,
		Status: rec.Status, Version: rec.Version, Field: p.field, Kind: kind,
		Path: "/v1/" + ch.Name + "/" + p.contract.Name + "/" + p.record.Collection + "/" + url.PathEscape(rec.ID)}
	if h.Field == "" {
		h.Field = "id"
	}
	if !IsPersonal(rec.ID) {
		if code, err := identifier.NewHNCode(ch.Division, p.contract.Name, rec.Type, rec.ID); err == nil {
			h.Code = code.String()
		}
	}
	if !slices.ContainsFunc(out.Records, func(o Hit) bool { return o.Path == h.Path }) {
		out.Records = append(out.Records, h)
	}
	return nil
}
