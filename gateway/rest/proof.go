package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"henanchain/gateway/fabric"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
	"henanchain/internal/schema"
)

// Attester has peers sign what a contract answers; a Reader may be one, as
// *fabric.Network is.
type Attester interface {
	Attest(ctx context.Context, p fabric.Proposal, nonce []byte, organisations ...string) (*proof.View, error)
}

// proofRoute gives a record to somebody who trusts nobody: a court, a citizen.
func proofRoute(c *catalog.Contract, r *catalog.Record) Route {
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodGet, Path: base(c) + "/" + r.Collection + "/{id}/proof", ID: c.Name + "." + r.Type + ".proof", Tag: c.Name,
			Summary: "Read a " + r.Title + " with its proof", SummaryZh: "查询" + r.TitleZh + "及其证明",
			Doc: "The record as it is now, with the signatures of every member organisation's peers over it. `scripts/verify-proof.sh` checks it on any computer, " +
				"with nothing of this network running; the answer is to be kept as it is.",
			Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}, {
				Name: paramNonce, In: "query", Description: "16 to 64 bytes, hexadecimal, that the proof is to carry: whoever gave them out knows that it was made since. A random one where it is left out.",
				Schema: &schema.Schema{Type: "string", Pattern: "^([0-9a-f]{2}){16,64}$"},
			}},
			Success:  map[int]*openapi.Response{http.StatusOK: openapi.Answer("the view, base64, and what it says", map[string]string{"type": "object"}, RequestIDHeader)},
			Problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		},
		contract: c, inCity: true, handle: func(x *exchange) error { x.lead(r); return x.proof(r) },
	}
}

const (
	paramNonce  = "nonce"
	nonceLength = 24
)

func (x *exchange) proof(r *catalog.Record) error {
	id, err := x.pathID()
	if err != nil {
		return err
	}
	nonce, err := x.nonce()
	if err != nil {
		return err
	}
	attester, ok := x.Reader.(Attester)
	if !ok {
		return problem.New(problem.LedgerUnavailable, "This gateway cannot ask the peers for signatures.")
	}
	place := x.target()
	record, err := x.Reader.Get(x.ctx(), place, r.Type, id)
	if err != nil {
		return err
	}
	organisations := x.channel.Organisations
	if c := x.Network.Connection(); x.channel.Name == c.MainChannel {
		organisations = []string{c.Province, witness(x.channel, c.Province, record.Org, x.caller.MSPID)}
	}
	view, err := attester.Attest(x.ctx(), fabric.Proposal{Channel: place.Channel, Contract: place.Contract, App: place.App,
		Function: operation.Get, Args: [][]byte{[]byte(r.Type), []byte(id)}}, nonce, organisations...)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(view, "", "  ")
	if err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	x.send(http.StatusOK, typeJSON, append(body, '\n'))
	return nil
}

// witness signs beside the province on the channel on which all organisations
// meet: the record's owner; the caller's organisation, or any, where that is the
// province itself.
func witness(ch *connection.Channel, province string, wanted ...string) string {
	for _, msp := range append(wanted, ch.Organisations...) {
		if msp != province {
			return msp
		}
	}
	return province
}

// nonce is the one that the caller gives, or a random one.
func (x *exchange) nonce() ([]byte, error) {
	text := x.request().URL.Query().Get(paramNonce)
	if text == "" {
		nonce := make([]byte, nonceLength)
		_, err := rand.Read(nonce)
		return nonce, err
	}
	nonce, err := hex.DecodeString(text)
	if err != nil || len(nonce) < 16 || len(nonce) > 64 {
		return nil, inputInvalid(operation.FieldError{Field: paramNonce, Code: schema.Format, Message: "must be 16 to 64 bytes, hexadecimal"})
	}
	return nonce, nil
}
