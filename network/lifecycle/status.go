package lifecycle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
)

// ContractStatus is what a channel runs of one contract.
type ContractStatus struct {
	Channel  string `json:"channel"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Sequence int64  `json:"sequence"`
	Policy   string `json:"policy"`
	// Approvals says of each organisation whether it approves the committed
	// sequence. It is empty where the contract is only on its way.
	Approvals []Approval `json:"approvals"`
	// Pending are the organisations that have approved the next sequence, which
	// is not committed: a deployment that has not ended.
	Pending []Approval `json:"pending,omitempty"`
}

// Approval is one organisation's word on one sequence.
type Approval struct {
	Organisation string `json:"organisation"`
	Approved     bool   `json:"approved"`
	Version      string `json:"version,omitempty"`
	// Package is what the organisation runs for it; empty where it approved the
	// definition without having the contract.
	Package string `json:"package,omitempty"`
	// Missing are the organisation's peers that do not have the package.
	Missing []string `json:"missing,omitempty"`
}

// Agreed tells whether every organisation approves what is committed, and has
// the package on all of its peers.
func (s ContractStatus) Agreed() bool {
	return !slices.ContainsFunc(s.Approvals, func(a Approval) bool { return !a.Approved || len(a.Missing) > 0 })
}

// Status asks the peers for every contract on the channels; names narrow it
// down. Contracts are sorted by name, in the order of the channels given. A
// channel that does not answer is in the error, and the others in the result.
func Status(ctx context.Context, channels []Channel, names ...string) ([]ContractStatus, error) {
	all := make([][]ContractStatus, len(channels))
	errs := make([]error, len(channels))
	var wg sync.WaitGroup
	for i, ch := range channels {
		wg.Go(func() { all[i], errs[i] = channelStatus(ctx, ch, names) })
	}
	wg.Wait()
	return slices.Concat(all...), errors.Join(errs...)
}

func channelStatus(ctx context.Context, ch Channel, names []string) ([]ContractStatus, error) {
	ch = ch.own() // what others have approved is theirs to see
	if len(ch.Organisations) == 0 {
		return nil, &Error{Step: StepQuery, Channel: ch.Name, cause: errors.New("no organisation is given")}
	}
	lead := ch.Organisations[0]
	result := &lifecycle.QueryChaincodeDefinitionsResult{}
	if err := query(ctx, lead, ch.Name, "QueryChaincodeDefinitions", &lifecycle.QueryChaincodeDefinitionsArgs{}, result); err != nil {
		return nil, &Error{Step: StepQuery, Channel: ch.Name, Organisation: lead.MSPID, cause: err}
	}
	var out []ContractStatus
	for _, is := range result.GetChaincodeDefinitions() {
		if len(names) > 0 && !slices.Contains(names, is.GetName()) {
			continue
		}
		s := ContractStatus{Channel: ch.Name, Name: is.GetName(), Version: is.GetVersion(), Sequence: is.GetSequence(), Policy: PolicyText(is.GetValidationParameter())}
		for _, org := range ch.Organisations {
			a, err := approval(ctx, ch, org, s.Name, s.Sequence)
			if err != nil {
				return out, err
			}
			s.Approvals = append(s.Approvals, a)
			if a, err = approval(ctx, ch, org, s.Name, s.Sequence+1); err != nil {
				return out, err
			}
			if a.Approved {
				s.Pending = append(s.Pending, a)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b ContractStatus) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func approval(ctx context.Context, ch Channel, org Organisation, name string, sequence int64) (Approval, error) {
	out := Approval{Organisation: org.MSPID}
	a, err := approved(ctx, org, ch.Name, name, sequence)
	if err != nil {
		return out, &Error{Step: StepQuery, Contract: name, Channel: ch.Name, Organisation: org.MSPID, cause: err}
	}
	if a == nil {
		return out, nil
	}
	out.Approved, out.Version, out.Package = true, a.GetVersion(), packageID(a)
	if out.Package == "" {
		return out, nil
	}
	for _, at := range org.Peers {
		if has, err := installed(ctx, org, at, out.Package); err == nil && !has {
			out.Missing = append(out.Missing, at.Name)
		}
	}
	return out, nil
}
