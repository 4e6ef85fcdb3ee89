// Package prooftest forges attested views: organisations with their own CAs,
// peers and clients, and views that say whatever a test wants them to say. What
// an honest network would have signed is one of them.
package prooftest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/proof"
)

// Now is the time of the forgeries.
var Now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Org is an organisation with its CA.
type Org struct {
	MSP  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	next int64
}

// Signer is one identity of an organisation.
type Signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	// Identity is the msp.SerializedIdentity.
	Identity []byte
}

// NewOrg makes an organisation.
func NewOrg(t testing.TB, name string) *Org {
	t.Helper()
	o := &Org{MSP: name, next: 2}
	o.key = newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca." + name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(9, 0, 0),
	}
	o.cert = sign(t, template, template, &o.key.PublicKey, o.key)
	return o
}

// Member makes an identity of the organisation with a unit (peer, client, …),
// valid for a year.
func (o *Org) Member(t testing.TB, unit string, from time.Time) *Signer {
	key := newKey(t)
	o.next++
	cert := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(o.next), Subject: pkix.Name{CommonName: unit + "0." + o.MSP, OrganizationalUnit: []string{unit}},
		NotBefore: from, NotAfter: from.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}, o.cert, &key.PublicKey, o.key)
	id, err := proto.Marshal(&msp.SerializedIdentity{Mspid: o.MSP, IdBytes: certPEM(cert)})
	check(t, err)
	return &Signer{key, cert, id}
}

// Entry is the organisation as an anchor names it.
func (o *Org) Entry() proof.Organisation {
	return proof.Organisation{MSP: o.MSP, Roots: []string{string(certPEM(o.cert))}, PeerOU: "peer"}
}

// Revoke makes a revocation list with one identity on it.
func (o *Org) Revoke(t testing.TB, s *Signer) string {
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: Now, NextUpdate: Now.AddDate(0, 1, 0),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: s.cert.SerialNumber, RevocationTime: Now}},
	}, o.cert, o.key)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

// Forged is everything that a forger may choose.
type Forged struct {
	Question proof.Question
	Status   int32
	Answer   string
	Asker    *Signer
	Signers  []*Signer
	// Change may touch the parts before they are signed.
	Change func(*peer.ChaincodeAction, *peer.ProposalResponsePayload)
}

// View makes the view.
func (f Forged) View(t testing.TB) *proof.View {
	t.Helper()
	raw, err := f.Question.Propose(f.Asker.Identity)
	check(t, err)
	proposed, proposal, header := &gateway.ProposedTransaction{}, &peer.Proposal{}, &common.Header{}
	check(t, proto.Unmarshal(raw, proposed))
	check(t, proto.Unmarshal(proposed.Proposal.ProposalBytes, proposal))
	check(t, proto.Unmarshal(proposal.Header, header))
	v := &proof.View{ChannelHeader: header.ChannelHeader, SignatureHeader: header.SignatureHeader, ProposalPayload: proposal.Payload}
	hash := sha256.New()
	hash.Write(v.ChannelHeader)
	hash.Write(v.SignatureHeader)
	hash.Write(v.ProposalPayload)
	action := &peer.ChaincodeAction{
		Response: &peer.Response{Status: f.Status, Payload: []byte(f.Answer)}, ChaincodeId: &peer.ChaincodeID{Name: f.Question.Contract, Version: "1.0"},
	}
	response := &peer.ProposalResponsePayload{ProposalHash: hash.Sum(nil)}
	if f.Change != nil {
		f.Change(action, response)
	}
	response.Extension, err = proto.Marshal(action)
	check(t, err)
	v.ResponsePayload, err = proto.Marshal(response)
	check(t, err)
	for _, s := range f.Signers {
		v.Endorsements = append(v.Endorsements, proof.Endorsement{Endorser: s.Identity, Signature: s.sign(t, append(append([]byte{}, v.ResponsePayload...), s.Identity...))})
	}
	return v
}

// Encoded is the view's bytes.
func (f Forged) Encoded(t testing.TB) []byte {
	t.Helper()
	raw, err := f.View(t).Encode()
	check(t, err)
	return raw
}

var halfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

func (s *Signer) sign(t testing.TB, data []byte) []byte {
	digest := sha256.Sum256(data)
	r, sv, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	check(t, err)
	if sv.Cmp(halfOrder) > 0 {
		sv.Sub(elliptic.P256().Params().N, sv)
	}
	return der(t, r, sv)
}

func der(t testing.TB, r, s *big.Int) []byte {
	out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	check(t, err)
	return out
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return key
}

func sign(t testing.TB, template, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) *x509.Certificate {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	check(t, err)
	cert, err := x509.ParseCertificate(raw)
	check(t, err)
	return cert
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
