package operation

import (
	"fmt"
	"strconv"

	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Encode sets the record's digest and returns the canonical JSON (RFC 8785)
// that the ledger stores.
func (r *Record) Encode() ([]byte, error) {
	body, err := strictjson.Canonical(r.Body)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON of %s %s: %w", r.Type, r.ID, err)
	}
	r.Body = body
	return r.Seal(), nil
}

// Seal is Encode for a record whose body is canonical already.
func (r *Record) Seal() []byte {
	bare, at := r.canonical()
	r.Digest = gm.HexDigest(bare)
	out := append(make([]byte, 0, len(bare)+len(r.Digest)+16), bare[:at]...)
	out = strictjson.AppendText(append(out, `,"digest":`...), r.Digest)
	return append(out, bare[at:]...)
}

// ComputeDigest returns the SM3 digest that the record should carry.
func (r *Record) ComputeDigest() (string, error) {
	body, err := strictjson.Canonical(r.Body)
	if err != nil {
		return "", fmt.Errorf("canonical JSON of %s %s: %w", r.Type, r.ID, err)
	}
	bare := *r
	bare.Body = body
	text, _ := bare.canonical()
	return gm.HexDigest(text), nil
}

// canonical writes the members but the digest, in the order that RFC 8785 asks
// for, and tells where the digest belongs. The body must be canonical already.
func (r *Record) canonical() (out []byte, digestAt int) {
	out = make([]byte, 0, len(r.Body)+400)
	text := func(name, value string) {
		out = strictjson.AppendText(append(out, name...), value)
	}
	text(`{"app":`, r.App)
	out = append(append(out, `,"body":`...), r.Body...)
	text(`,"dept":`, r.Dept)
	digestAt = len(out)
	text(`,"id":`, r.ID)
	text(`,"op":`, r.Op)
	text(`,"org":`, r.Org)
	if r.Schema != 0 {
		out = strconv.AppendInt(append(out, `,"schema":`...), int64(r.Schema), 10)
	}
	text(`,"status":`, r.Status)
	text(`,"time":`, r.Time)
	text(`,"type":`, r.Type)
	out = strconv.AppendInt(append(out, `,"ver":`...), int64(r.Version), 10)
	return append(out, '}'), digestAt
}

// DecodeRecord reads what Encode wrote.
func DecodeRecord(data []byte) (*Record, error) {
	var r Record
	if err := strictjson.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	return &r, nil
}
