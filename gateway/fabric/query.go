package fabric

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"henanchain/internal/operation"
)

// Place is where a question goes, and in whose name.
type Place struct{ Channel, Contract, App string }

// Get returns a record by its type and id, as the peers hold it now.
func (n *Network) Get(ctx context.Context, at Place, recordType, id string) (*operation.Record, error) {
	var r operation.Record
	return &r, n.readInto(ctx, at, &r, operation.Question{Function: operation.Get, Args: []string{recordType, id}})
}

// History returns a record's versions, oldest first.
func (n *Network) History(ctx context.Context, at Place, recordType, id string) ([]operation.Change, error) {
	var changes []operation.Change
	return changes, n.ask(ctx, at, &changes, operation.History, recordType, id)
}

// Range returns up to size records of a type from the id start on, or from a
// bookmark of the page before.
func (n *Network) Range(ctx context.Context, at Place, recordType, start string, size int, bookmark string) (*operation.Page, error) {
	var page operation.Page
	return &page, n.ask(ctx, at, &page, operation.Range, recordType, start, strconv.Itoa(size), bookmark)
}

// Verify asks the contract whether a claim is true.
func (n *Network) Verify(ctx context.Context, at Place, claim operation.Claim) (*operation.Verdict, error) {
	text, err := json.Marshal(claim)
	if err != nil {
		return nil, fmt.Errorf("encode claim: %w", err)
	}
	var verdict operation.Verdict
	return &verdict, n.readInto(ctx, at, &verdict, operation.Question{Function: operation.Verify, Args: []string{string(text)}})
}

// Query asks one of the contract's own questions: JSON in, JSON out.
func (n *Network) Query(ctx context.Context, at Place, name string, in json.RawMessage) (json.RawMessage, error) {
	return n.Evaluate(ctx, Proposal{Channel: at.Channel, Contract: at.Contract, App: at.App, Function: name, Args: [][]byte{in}})
}

func (n *Network) ask(ctx context.Context, at Place, answer any, function string, args ...string) error {
	p := at.proposal(operation.Question{Function: function, Args: args})
	text, err := n.Evaluate(ctx, p)
	if err != nil {
		return err
	}
	return p.decode(text, answer)
}

func (n *Network) readInto(ctx context.Context, at Place, answer any, q operation.Question) error {
	text, err := n.read(ctx, at, q)
	if err != nil {
		return err
	}
	p := at.proposal(q)
	return p.decode(text, answer)
}

func (at Place) proposal(q operation.Question) Proposal {
	p := Proposal{Channel: at.Channel, Contract: at.Contract, App: at.App, Function: q.Function, Args: make([][]byte, len(q.Args))}
	for i, a := range q.Args {
		p.Args[i] = []byte(a)
	}
	return p
}

func (p *Proposal) decode(text []byte, answer any) error {
	if err := json.Unmarshal(text, answer); err != nil {
		return p.unreadable(err)
	}
	return nil
}

// unreadable says that a contract answered, and not what it should have.
func (p *Proposal) unreadable(err error) error {
	return &Error{Kind: Failed, Doing: p.doing("evaluate"), Answered: true, Err: fmt.Errorf("the answer is not what it should be: %w", err)}
}
