package fabric

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/block"
	"henanchain/internal/operation"
)

// Outside is an identity whose private key the gateway does not have. What it
// does is signed outside, in two steps: the proposal, then the transaction.
type Outside struct {
	identity *identity.X509Identity
	cert     *x509.Certificate
	// App is the business system that the certificate names (hnc.app).
	App string
}

// ReadOutside reads an identity's certificate (PEM). Only the peers tell whether
// its authority is one of the organisation's.
func ReadOutside(mspID string, certPEM []byte, now time.Time) (*Outside, error) {
	if b, rest := pem.Decode(certPEM); b == nil || b.Type != "CERTIFICATE" || len(rest) > 0 {
		return nil, errors.New("must be one certificate in PEM")
	}
	cert, err := identity.CertificateFromPEM(certPEM)
	if err != nil {
		return nil, fmt.Errorf("must be a certificate in PEM: %w", err)
	}
	if _, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok {
		return nil, errors.New("must be of an ECDSA key, as Fabric's are")
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, fmt.Errorf("is good from %s to %s only", cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339))
	}
	id, err := identity.NewX509Identity(mspID, cert)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	return &Outside{id, cert, block.Attributes(cert)[operation.AttributeApp]}, nil
}

// Unsigned is what an outside identity must sign next: the SHA-256 of Bytes.
type Unsigned struct {
	TxID    string
	Channel string
	Bytes   []byte
	// Time is the transaction time, as contracts will see it.
	Time time.Time
	// Result is what the contract answered, once it was endorsed.
	Result []byte
	// From is who must sign it.
	From *Outside
}

// Digest is what is signed.
func (u *Unsigned) Digest() []byte {
	sum := sha256.Sum256(u.Bytes)
	return sum[:]
}

// Why a signature is not one.
var (
	ErrSignature = errors.New("it is not a signature by the certificate's key over the SHA-256 of these bytes (ASN.1, ECDSA)")
	ErrHighS     = errors.New("the signature's S is not the lower of the two that are good; Fabric takes no other")
)

// Check verifies a signature as the peers would.
func (u *Unsigned) Check(signature []byte) error {
	key, ok := u.From.cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || !ecdsa.VerifyASN1(key, u.Digest(), signature) {
		return ErrSignature
	}
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &parts); err != nil {
		return ErrSignature
	}
	if parts.S.Cmp(new(big.Int).Rsh(key.Params().N, 1)) > 0 {
		return ErrHighS
	}
	return nil
}

// Propose makes a proposal that is to be signed outside. No peer is asked.
func (n *Network) Propose(p Proposal, as *Outside) (*Unsigned, error) {
	_, links, err := n.route(p.Channel, p.App)
	if err != nil {
		return nil, err
	}
	gw, err := as.client(links[0])
	if err != nil {
		return nil, err
	}
	proposal, err := p.build(gw)
	if err != nil {
		return nil, &Error{Kind: Failed, Doing: p.doing("propose"), Err: err}
	}
	packed, err := proposal.Bytes()
	if err != nil {
		return nil, &Error{Kind: Failed, Doing: p.doing("propose"), Err: err}
	}
	var proposed gateway.ProposedTransaction
	if err := proto.Unmarshal(packed, &proposed); err != nil {
		return nil, &Error{Kind: Failed, Doing: p.doing("propose"), Err: err}
	}
	return ReadProposal(proposed.GetProposal().GetProposalBytes())
}

func (o *Outside) client(l *link) (*client.Gateway, error) {
	gw, err := client.Connect(o.identity, client.WithClientConnection(l.conn))
	if err != nil {
		return nil, fmt.Errorf("make a client at %s: %w", l.peer.Name, err)
	}
	return gw, nil
}

// ReadProposal reads a proposal's bytes.
func ReadProposal(bytes []byte) (*Unsigned, error) {
	var proposal peer.Proposal
	var header common.Header
	if err := errors.Join(proto.Unmarshal(bytes, &proposal), proto.Unmarshal(proposal.GetHeader(), &header)); err != nil {
		return nil, fmt.Errorf("it is not a proposal: %w", err)
	}
	u := &Unsigned{Bytes: bytes}
	return u, u.readHeader(&header)
}

// ReadPayload reads a transaction's payload: what its caller signs last.
func ReadPayload(bytes []byte) (*Unsigned, error) {
	var payload common.Payload
	if err := proto.Unmarshal(bytes, &payload); err != nil {
		return nil, fmt.Errorf("it is not a transaction's payload: %w", err)
	}
	u := &Unsigned{Bytes: bytes}
	if err := u.readHeader(payload.GetHeader()); err != nil {
		return nil, err
	}
	var err error
	u.Result, err = resultOf(&payload)
	return u, err
}

func (u *Unsigned) readHeader(h *common.Header) error {
	var (
		channel common.ChannelHeader
		by      common.SignatureHeader
		creator msp.SerializedIdentity
	)
	err := errors.Join(proto.Unmarshal(h.GetChannelHeader(), &channel), proto.Unmarshal(h.GetSignatureHeader(), &by), proto.Unmarshal(by.GetCreator(), &creator))
	if err != nil {
		return fmt.Errorf("its header cannot be read: %w", err)
	}
	u.TxID, u.Channel, u.Time = channel.GetTxId(), channel.GetChannelId(), channel.GetTimestamp().AsTime().Truncate(time.Second)
	if u.TxID == "" || u.Channel == "" {
		return errors.New("its header names no transaction or no channel")
	}
	if u.From, err = ReadOutside(creator.GetMspid(), creator.GetIdBytes(), time.Now()); err != nil {
		return fmt.Errorf("the certificate in its header %w", err)
	}
	return nil
}

// EndorseSigned is Endorse for a proposal that was signed outside. What it
// returns is to be signed next.
func (n *Network) EndorseSigned(ctx context.Context, p Proposal, u *Unsigned, signature []byte) (*Unsigned, error) {
	_, links, err := n.route(p.Channel, p.App)
	if err != nil {
		return nil, err
	}
	var payload []byte
	err = n.inTurn(ctx, links, p.Channel, p.doing("endorse"), n.opts.EndorseTimeout, func(ctx context.Context, l *link) error {
		endorsed, err := u.endorse(ctx, l, signature)
		if unaware(err) {
			if named := n.endorsers(p); len(named) > 0 {
				endorsed, err = u.endorse(ctx, l, signature, named...)
			}
		}
		if err == nil {
			payload, err = payloadOf(endorsed)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := ReadPayload(payload)
	if err != nil {
		return nil, &Error{Kind: Failed, Doing: p.doing("endorse"), Answered: true, Err: err}
	}
	return out, nil
}

func (u *Unsigned) endorse(ctx context.Context, l *link, signature []byte, organisations ...string) (*client.Transaction, error) {
	gw, err := u.From.client(l)
	if err != nil {
		return nil, err
	}
	packed, err := proto.Marshal(&gateway.ProposedTransaction{TransactionId: u.TxID, EndorsingOrganizations: organisations,
		Proposal: &peer.SignedProposal{ProposalBytes: u.Bytes, Signature: signature}})
	if err != nil {
		return nil, fmt.Errorf("encode the proposal: %w", err)
	}
	proposal, err := gw.NewSignedProposal(packed, signature)
	if err != nil {
		return nil, err
	}
	return proposal.EndorseWithContext(ctx)
}

func payloadOf(endorsed *client.Transaction) ([]byte, error) {
	packed, err := endorsed.Bytes()
	if err != nil {
		return nil, err
	}
	return part(packed, preparedEnvelope, envelopePayload), nil
}

// Signed makes a transaction of an endorsed payload and its signature, ready to
// be submitted.
func (u *Unsigned) Signed(app string, signature []byte) (*Transaction, error) {
	packed, err := proto.Marshal(&gateway.PreparedTransaction{TransactionId: u.TxID, Envelope: &common.Envelope{Payload: u.Bytes}})
	if err != nil {
		return nil, fmt.Errorf("encode the transaction: %w", err)
	}
	return Restore(app, packed, signature)
}
