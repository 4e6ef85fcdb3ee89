package fabric

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// Attest asks a contract and returns the answer with the signatures of the
// organisations' peers over it, an attested view. Nothing is written: the
// transaction is never submitted. The nonce becomes the proposal's own. The
// view is checked by nobody here: see package proof. A contract's refusal is an
// *Error of the kind Refused, which no peer signs.
func (n *Network) Attest(ctx context.Context, p Proposal, nonce []byte, organisations ...string) (*proof.View, error) {
	if len(p.Transient) > 0 || len(nonce) == 0 || len(organisations) == 0 {
		return nil, &Error{Kind: Failed, Doing: p.doing("attest"), Err: errors.New("a view needs a nonce and organisations to sign it, and takes no transient data")}
	}
	q := proof.Question{Channel: p.Channel, Contract: p.Contract, Function: p.Function, Nonce: nonce, Endorsers: organisations}
	for _, a := range p.Args {
		q.Args = append(q.Args, string(a))
	}
	var view *proof.View
	err := n.each(ctx, p.Channel, p.App, p.doing("attest"), n.opts.EndorseTimeout, nil, n.current(&p, func(ctx context.Context, at visit) error {
		q.Time = time.Now()
		raw, err := q.Propose(at.id.creator)
		if err != nil {
			return err
		}
		proposal, err := at.client.NewProposal(raw)
		if err != nil {
			return fmt.Errorf("make the proposal: %w", err)
		}
		endorsed, err := proposal.EndorseWithContext(ctx)
		if no := unanimous(err, organisations); no != nil {
			return no
		}
		if err != nil {
			return err
		}
		prepared, err := endorsed.Bytes()
		if err != nil {
			return err
		}
		view, err = proof.FromPrepared(prepared)
		return err
	}))
	return view, err
}

// unanimous is the refusal that every one of the organisations gave in the same
// words; nil where one did not. The gateway service asks named organisations all
// at once, and then says only that it has too few endorsements.
func unanimous(err error, organisations []string) *Error {
	_, details := unpack(err)
	answers := map[string]bool{}
	refused := map[string]bool{}
	for _, d := range details {
		answers[d.GetMessage()] = true
		refused[d.GetMspId()] = true
	}
	if len(answers) != 1 {
		return nil
	}
	for _, msp := range organisations {
		if !refused[msp] {
			return nil
		}
	}
	answer := details[0].GetMessage()
	if !strings.HasPrefix(answer, answerPrefix) {
		return nil
	}
	refusal := operation.ParseRefusal(answer)
	if refusal == nil {
		return nil
	}
	return &Error{Kind: Refused, Answered: true, Refusal: refusal, Err: err}
}
