package channelconfig

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
)

// Change is a change of a channel's configuration with the signatures that it
// has so far.
type Change struct {
	Channel    string
	config     *common.Config // that it changes
	update     *common.ConfigUpdate
	raw        []byte // update as it is signed
	signatures []*common.ConfigSignature
}

// Edit changes a configuration in place.
type Edit func(*configtx.ConfigTx) error

// Prepare computes a change. It returns nil where the edit changes nothing.
func (c *Network) Prepare(ctx context.Context, name string, edit Edit) (*Change, error) {
	config, err := c.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	tx := configtx.New(config)
	if err := edit(&tx); err != nil {
		return nil, err
	}
	if proto.Equal(tx.OriginalConfig(), tx.UpdatedConfig()) {
		return nil, nil
	}
	raw, err := tx.ComputeMarshaledUpdate(name)
	if err != nil && strings.Contains(err.Error(), "no differences detected") { // versions alone differ
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("compute the change of channel %s: %w", name, err)
	}
	ch := &Change{Channel: name, config: config, raw: raw, update: &common.ConfigUpdate{}}
	return ch, proto.Unmarshal(raw, ch.update)
}

// Load reads a change that was exported, and judges it by the configuration as
// it is now.
func (c *Network) Load(ctx context.Context, data []byte) (*Change, error) {
	var (
		envelope common.Envelope
		payload  common.Payload
		update   common.ConfigUpdateEnvelope
	)
	ch := &Change{update: &common.ConfigUpdate{}}
	err := proto.Unmarshal(data, &envelope)
	if err == nil {
		err = proto.Unmarshal(envelope.GetPayload(), &payload)
	}
	if err == nil {
		err = proto.Unmarshal(payload.GetData(), &update)
	}
	if err == nil {
		err = proto.Unmarshal(update.GetConfigUpdate(), ch.update)
	}
	if err != nil || ch.update.GetChannelId() == "" {
		return nil, failure.New(failure.Usage, "this is no change of a channel's configuration: `network channel export-change` writes one")
	}
	ch.Channel, ch.raw, ch.signatures = ch.update.GetChannelId(), update.GetConfigUpdate(), update.GetSignatures()
	for i, s := range ch.signatures {
		if err := ch.verify(s); err != nil {
			return nil, failure.Wrap(failure.Usage, err, "signature %d of the change is not good", i+1)
		}
	}
	if ch.config, err = c.Get(ctx, ch.Channel); err != nil {
		return nil, err
	}
	if at := stale(ch.config.GetChannelGroup(), ch.update.GetReadSet(), "/Channel"); at != "" {
		return nil, failure.New(failure.Refused, "channel %s has changed at %s since this change was made: make it again", ch.Channel, at)
	}
	if len(ch.Needs()) == 0 {
		return nil, failure.New(failure.Refused, "channel %s has this change, or a later one of the same settings, already", ch.Channel)
	}
	return ch, nil
}

// Envelope is the change as a file, in Fabric's own form.
func (ch *Change) Envelope() ([]byte, error) {
	e, err := configtx.NewEnvelope(ch.raw, ch.signatures...)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(e)
}

// signed are the MSPs whose administrators have signed.
func (ch *Change) signed() map[string]bool {
	out := map[string]bool{}
	for _, s := range ch.signatures {
		if id, cert, err := signerOf(s); err == nil && slices.Contains(cert.Subject.OrganizationalUnit, "admin") {
			out[id.GetMspid()] = true
		}
	}
	return out
}

// Signed names the MSPs whose administrators have signed, in order.
func (ch *Change) Signed() []string {
	out := []string{}
	for name := range ch.signed() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Needs are the policies that the change has to satisfy.
func (ch *Change) Needs() []Need { return needs(ch.config, ch.update, ch.signed()) }

// lacks tells whose signatures are missing for any policy.
func (ch *Change) lacks() (missing []string) {
	for _, n := range ch.Needs() {
		if !n.Met {
			missing = append(missing, n.Missing...)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// Complete refuses a change that a policy does not let through yet.
func (ch *Change) Complete() error {
	var lines []string
	for _, n := range ch.Needs() {
		if !n.Met {
			lines = append(lines, n.String())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return failure.New(failure.Refused, "the change of channel %s is not signed by enough: %s. Signed so far: %s. Send it as a file: `network channel export-change`, then `sign` where those keys are, then `submit`",
		ch.Channel, strings.Join(lines, "; "), orNobody(ch.Signed()))
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// Sign adds the signatures of the administrators whose keys are here, as far as
// the policies ask for them. It returns whose it added.
func (c *Network) Sign(ch *Change) ([]string, error) {
	var added []string
	for {
		missing := ch.lacks()
		i := slices.IndexFunc(c.signers, func(s Signer) bool { return slices.Contains(missing, s.MspID()) })
		if i < 0 {
			return added, nil
		}
		if err := ch.sign(c.signers[i]); err != nil {
			return added, err
		}
		added = append(added, c.signers[i].MspID())
	}
}

func (ch *Change) sign(s Signer) error {
	header, err := signatureHeader(s)
	if err != nil {
		return err
	}
	signature, err := s.Sign(slices.Concat(header, ch.raw))
	if err != nil {
		return fmt.Errorf("sign for %s: %w", s.MspID(), err)
	}
	ch.signatures = append(ch.signatures, &common.ConfigSignature{SignatureHeader: header, Signature: signature})
	return nil
}

func signatureHeader(s Signer) ([]byte, error) {
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: s.MspID(), IdBytes: s.Credentials()})
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 24)
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return proto.Marshal(&common.SignatureHeader{Creator: creator, Nonce: nonce})
}

func signerOf(s *common.ConfigSignature) (*msp.SerializedIdentity, *x509.Certificate, error) {
	var header common.SignatureHeader
	var id msp.SerializedIdentity
	if err := proto.Unmarshal(s.GetSignatureHeader(), &header); err != nil {
		return nil, nil, err
	}
	if err := proto.Unmarshal(header.GetCreator(), &id); err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(id.GetIdBytes())
	if block == nil {
		return nil, nil, fmt.Errorf("the signer of %s shows no certificate", id.GetMspid())
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	return &id, cert, err
}

// verify checks one signature, so that a damaged file is found where it can
// still be made again. Whether the signer may sign, orderers decide.
func (ch *Change) verify(s *common.ConfigSignature) error {
	id, cert, err := signerOf(s)
	if err != nil {
		return err
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("the key of %s is not ECDSA", id.GetMspid())
	}
	sum := sha256.Sum256(slices.Concat(s.GetSignatureHeader(), ch.raw))
	if !ecdsa.VerifyASN1(key, sum[:], s.GetSignature()) {
		return fmt.Errorf("%s did not sign this change", id.GetMspid())
	}
	return nil
}
