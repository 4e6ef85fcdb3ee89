package codes

import (
	"context"
	"slices"

	"henanchain/internal/identifier"
)

// named looks on a channel for the record that a unified code (统一标识码) names.
func (r *Resolver) named(ctx context.Context, req *Request, ch Channel, out *Resolution) error {
	code, err := identifier.ParseHNCode(req.Code)
	if err != nil || code.Division != ch.Division || !slices.Contains(ch.Contracts, code.Ledger) {
		return nil // no unified code, or of no record here
	}
	for _, p := range slices.Concat(r.places, r.own) {
		if p.field == "" && p.contract.Name == code.Ledger && p.record.Type == code.Record {
			return r.get(ctx, req, ch, p, code.ID, identifier.HNCodeName, out)
		}
	}
	return nil
}
