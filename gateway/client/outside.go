package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/operation"
)

// Outside makes transactions that are signed here, by a key that the gateway
// never sees. It holds what it signs against what it asked for.
type Outside struct {
	client *Client
	cert   []byte
	// sign signs a SHA-256 digest: ECDSA, ASN.1, low S.
	sign func(digest []byte) ([]byte, error)
}

// WithKey makes transactions with the application's own Fabric certificate and
// its private key, both in PEM. The client's token or signing key still tells the
// gateway who calls.
func (c *Client) WithKey(certPEM, keyPEM []byte) (*Outside, error) {
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the certificate's key: %w", err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, fmt.Errorf("the certificate's key: %w", err)
	}
	return c.WithSigner(certPEM, sign), nil
}

// WithSigner is WithKey for a key that is in no file: sign signs a SHA-256
// digest (ECDSA, ASN.1, low S).
func (c *Client) WithSigner(certPEM []byte, sign func(digest []byte) ([]byte, error)) *Outside {
	return &Outside{c, certPEM, sign}
}

// Prepared is what is to be signed next.
type Prepared struct {
	TxID   string          `json:"txId"`
	Bytes  []byte          `json:"bytes"`
	Result json.RawMessage `json:"result"` // what the contract answered, once it was endorsed
}

// Do runs an operation of a city's ledger, such as Deposit of evidence.
func (o *Outside) Do(ctx context.Context, city, ledger, op string, input any) (*Acknowledgement, error) {
	p, err := o.Prepare(ctx, city, map[string]any{"contract": ledger, "op": op, "in": input})
	if err != nil {
		return nil, err
	}
	if err := calls(p.Bytes, ledger, operation.Apply, nil); err != nil {
		return nil, err
	}
	ack := &Acknowledgement{}
	return ack, o.finish(ctx, city, p, ack)
}

// Invoke calls a function of any contract.
func (o *Outside) Invoke(ctx context.Context, city, contract, function string, args ...string) (json.RawMessage, *operation.Receipt, error) {
	p, err := o.Prepare(ctx, city, map[string]any{"contract": contract, "function": function, "args": append([]string{}, args...)})
	if err != nil {
		return nil, nil, err
	}
	if err := calls(p.Bytes, contract, function, append([]string{}, args...)); err != nil {
		return nil, nil, err
	}
	var out struct {
		Result  json.RawMessage    `json:"result"`
		Receipt *operation.Receipt `json:"receipt"`
	}
	err = o.finish(ctx, city, p, &out)
	return out.Result, out.Receipt, err
}

func (o *Outside) finish(ctx context.Context, city string, p *Prepared, out any) error {
	endorsed, err := o.Endorse(ctx, city, p)
	if err != nil {
		return err
	}
	if err := sameCall(p.Bytes, endorsed.Bytes); err != nil {
		return err
	}
	raw, err := o.Submit(ctx, city, endorsed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("read the answer of transaction %s: %w", p.TxID, err)
	}
	return nil
}

// Prepare asks for a proposal; call names what is called, as the route
// /v1/{city}/transactions:prepare takes it, without the certificate.
func (o *Outside) Prepare(ctx context.Context, city string, named map[string]any) (*Prepared, error) {
	body := map[string]any{"certificate": string(o.cert)}
	for k, v := range named {
		body[k] = v
	}
	return call[Prepared](ctx, o.client, http.MethodPost, path(city, "transactions")+":prepare", body)
}

// Endorse signs a proposal and has it endorsed. What it returns is signed next.
func (o *Outside) Endorse(ctx context.Context, city string, p *Prepared) (*Prepared, error) {
	return signed[Prepared](ctx, o, path(city, "transactions")+":endorse", p)
}

// Submit signs a transaction and has it submitted, and returns the answer.
func (o *Outside) Submit(ctx context.Context, city string, p *Prepared) (json.RawMessage, error) {
	raw, err := signed[json.RawMessage](ctx, o, path(city, "transactions")+":submit", p)
	if err != nil {
		return nil, err
	}
	return *raw, nil
}

func signed[T any](ctx context.Context, o *Outside, path string, p *Prepared) (*T, error) {
	digest := sha256.Sum256(p.Bytes)
	signature, err := o.sign(digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign transaction %s: %w", p.TxID, err)
	}
	return call[T](ctx, o.client, http.MethodPost, path, map[string][]byte{"bytes": p.Bytes, "signature": signature})
}

// invocationOf reads what a proposal calls.
func invocationOf(proposal []byte) (*common.Header, *peer.ChaincodeSpec, error) {
	var (
		p       peer.Proposal
		header  common.Header
		payload peer.ChaincodeProposalPayload
		spec    peer.ChaincodeInvocationSpec
	)
	err := errors.Join(proto.Unmarshal(proposal, &p), proto.Unmarshal(p.GetHeader(), &header), proto.Unmarshal(p.GetPayload(), &payload),
		proto.Unmarshal(payload.GetInput(), &spec))
	if err != nil {
		return nil, nil, fmt.Errorf("the gateway handed out no proposal: %w", err)
	}
	return &header, spec.GetChaincodeSpec(), nil
}

// calls holds a proposal against what was asked for; nil arguments are any.
func calls(proposal []byte, contract, function string, args []string) error {
	_, spec, err := invocationOf(proposal)
	if err != nil {
		return err
	}
	got := spec.GetInput().GetArgs()
	ok := spec.GetChaincodeId().GetName() == contract && len(got) > 0 && string(got[0]) == function && (args == nil || len(got) == len(args)+1)
	for i := range args {
		ok = ok && string(got[i+1]) == args[i]
	}
	if !ok {
		return fmt.Errorf("the gateway handed out a proposal that calls something else than %s of %s", function, contract)
	}
	return nil
}

// sameCall holds an endorsed payload against the proposal that was signed.
func sameCall(proposal, endorsed []byte) error {
	header, asked, err := invocationOf(proposal)
	if err != nil {
		return err
	}
	var (
		payload common.Payload
		tx      peer.Transaction
		action  peer.ChaincodeActionPayload
		inner   peer.ChaincodeProposalPayload
		spec    peer.ChaincodeInvocationSpec
	)
	if err := errors.Join(proto.Unmarshal(endorsed, &payload), proto.Unmarshal(payload.GetData(), &tx)); err != nil || len(tx.GetActions()) != 1 {
		return fmt.Errorf("the gateway handed out no transaction of one call: %w", err)
	}
	err = errors.Join(proto.Unmarshal(tx.GetActions()[0].GetPayload(), &action), proto.Unmarshal(action.GetChaincodeProposalPayload(), &inner), proto.Unmarshal(inner.GetInput(), &spec))
	h := payload.GetHeader()
	if err != nil || !bytes.Equal(h.GetChannelHeader(), header.GetChannelHeader()) || !bytes.Equal(h.GetSignatureHeader(), header.GetSignatureHeader()) || !proto.Equal(spec.GetChaincodeSpec(), asked) {
		return errors.New("the gateway handed out a transaction of something else than the proposal that was signed")
	}
	return nil
}
