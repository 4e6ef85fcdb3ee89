package events

import (
	"context"
	"errors"
	"fmt"

	"henanchain/gateway/index"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Records are where records are read as they are now; *index.Index in a gateway.
type Records interface {
	Get(ctx context.Context, channel, contract, recordType, id string) (*index.Found, error)
}

// Sight tells who may see which change: as with every other way of reading, who
// may see a record now may see what it was.
type Sight struct {
	records   Records
	contracts map[string]*catalog.Contract
}

// NewSight makes a sight by the contracts' own rules.
func NewSight(records Records, contracts []catalog.Contract) *Sight {
	s := &Sight{records, map[string]*catalog.Contract{}}
	for i := range contracts {
		s.contracts[contracts[i].Name] = &contracts[i]
	}
	return s
}

// Sees tells whether a reader may see a change.
func (s *Sight) Sees(ctx context.Context, from catalog.Reader, c *index.Change) (bool, error) {
	contract := s.contracts[c.Contract]
	if contract == nil {
		return true, nil
	}
	if r, ok := contract.Record(c.Type); !ok || r.Veil == nil || c.Value == nil {
		return true, nil
	}
	record, err := s.latest(ctx, c.Channel, c.Contract, c.Type, c.ID)
	if err == nil && record == nil { // removed since: as it was
		record, err = operation.DecodeRecord(c.Value)
	}
	if err != nil {
		return false, err
	}
	hidden, err := contract.Hides(record, from, func(recordType, id string) (*operation.Record, error) {
		return s.latest(ctx, c.Channel, c.Contract, recordType, id)
	})
	if err != nil {
		return false, fmt.Errorf("look who may see %s %s: %w", c.Type, c.ID, err)
	}
	return !hidden, nil
}

// latest is a record as it is now; nil where there is none.
func (s *Sight) latest(ctx context.Context, channel, contract, recordType, id string) (*operation.Record, error) {
	f, err := s.records.Get(ctx, channel, contract, recordType, id)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return f.Decode()
}
