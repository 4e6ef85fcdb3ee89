package block

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"google.golang.org/protobuf/proto"
)

// Config is what a channel's configuration says of the blocks that come after it.
type Config struct {
	Channel  string
	Sequence uint64
	// Config is the whole configuration.
	Config *common.Config

	organisations map[string]*organisation
	validation    policy
	bft           bool
	consenters    []*common.Consenter
}

// ReadConfig reads the configuration that a configuration block holds.
func ReadConfig(b *common.Block) (*Config, error) {
	if len(b.GetData().GetData()) != 1 {
		return nil, refuse(ConfigInvalid, "a configuration block holds one transaction, not %d", len(b.GetData().GetData()))
	}
	envelope, payload, header := &common.Envelope{}, &common.Payload{}, &common.ChannelHeader{}
	change := &common.ConfigEnvelope{}
	for _, step := range []struct {
		what string
		raw  func() []byte
		to   proto.Message
	}{
		{"envelope", func() []byte { return b.Data.Data[0] }, envelope},
		{"payload", func() []byte { return envelope.Payload }, payload},
		{"channel header", func() []byte { return payload.GetHeader().GetChannelHeader() }, header},
		{"configuration", func() []byte { return payload.Data }, change},
	} {
		if err := proto.Unmarshal(step.raw(), step.to); err != nil {
			return nil, refuse(ConfigInvalid, "its %s is not readable: %v", step.what, err)
		}
	}
	if header.Type != int32(common.HeaderType_CONFIG) {
		return nil, refuse(ConfigInvalid, "it is no configuration block")
	}
	c := &Config{Channel: header.ChannelId, Sequence: change.GetConfig().GetSequence(), Config: change.Config}
	if err := c.prepare(); err != nil {
		return nil, refuse(ConfigInvalid, "%v", err)
	}
	return c, nil
}

// isConfig tells whether a block is a configuration block.
func isConfig(b *common.Block) bool {
	if len(b.GetData().GetData()) != 1 {
		return false
	}
	envelope, payload, header := &common.Envelope{}, &common.Payload{}, &common.ChannelHeader{}
	return proto.Unmarshal(b.Data.Data[0], envelope) == nil && proto.Unmarshal(envelope.Payload, payload) == nil &&
		proto.Unmarshal(payload.GetHeader().GetChannelHeader(), header) == nil && header.Type == int32(common.HeaderType_CONFIG)
}

func (c *Config) prepare() error {
	root := c.Config.GetChannelGroup()
	orderers := root.GetGroups()["Orderer"]
	if orderers == nil {
		return fmt.Errorf("the configuration names no orderers")
	}
	c.organisations = map[string]*organisation{}
	for _, part := range []string{"Application", "Orderer"} {
		for name, group := range root.Groups[part].GetGroups() {
			o, err := readOrganisation(group.GetValues()["MSP"].GetValue())
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			c.organisations[o.id] = o
		}
	}
	kind := &orderer.ConsensusType{}
	if err := proto.Unmarshal(orderers.GetValues()["ConsensusType"].GetValue(), kind); err != nil {
		return fmt.Errorf("the consensus type is not readable: %w", err)
	}
	if c.bft = kind.Type == bftConsensusType; c.bft {
		mapping := &common.Orderers{}
		if err := proto.Unmarshal(orderers.GetValues()["Orderers"].GetValue(), mapping); err != nil || len(mapping.ConsenterMapping) == 0 {
			return fmt.Errorf("BFT ordering without a mapping of its consenters")
		}
		c.consenters = mapping.ConsenterMapping
	}
	var err error
	c.validation, err = readPolicy(orderers, "BlockValidation", 0)
	return err
}

// quorum is how many of n consenters must sign with BFT ordering.
func quorum(n int) int {
	f := (n - 1) / 3
	return (n + f + 2) / 2 // the half of n+f+1, rounded up
}

// consenter is the identity of a consenter by its number; nil where there is none.
func (c *Config) consenter(id uint32) *msp.SerializedIdentity {
	for _, o := range c.consenters {
		if o.Id == id {
			return &msp.SerializedIdentity{Mspid: o.MspId, IdBytes: o.Identity}
		}
	}
	return nil
}

// checkSignatures holds a block to the block validation policy.
func (c *Config) checkSignatures(b *common.Block) (*common.OrdererBlockMetadata, error) {
	all, signedOver := &common.Metadata{}, &common.OrdererBlockMetadata{}
	if err := proto.Unmarshal(metadata(b, common.BlockMetadataIndex_SIGNATURES), all); err != nil {
		return nil, refuse(SignaturesShort, "its signatures are not readable: %v", err)
	}
	if len(all.Signatures) > maxSignatures {
		return nil, refuse(SignaturesShort, "it carries %d signatures", len(all.Signatures))
	}
	header := HeaderBytes(b.Header)
	var signers []*signer
	for _, s := range all.Signatures {
		who, data := c.claimed(all.Value, s, header)
		if by := c.verified(who, data, s.Signature, signers); by != nil {
			signers = append(signers, by)
		}
	}
	if !c.validation.satisfied(signers) {
		return nil, refuse(SignaturesShort, "%d of its %d signatures hold, and they do not satisfy the block validation policy of the configuration %d", len(signers), len(all.Signatures), c.Sequence)
	}
	if c.bft {
		if n := c.consentersAmong(signers); n < quorum(len(c.consenters)) {
			return nil, refuse(SignaturesShort, "%d of %d consenters signed, and %d must", n, len(c.consenters), quorum(len(c.consenters)))
		}
	}
	if err := proto.Unmarshal(all.Value, signedOver); err != nil {
		return nil, refuse(Malformed, "what the orderers signed is not readable: %v", err)
	}
	return signedOver, nil
}

// claimed is who a signature says that it is of, and over what.
func (c *Config) claimed(value []byte, s *common.MetadataSignature, header []byte) (*msp.SerializedIdentity, []byte) {
	if c.bft && len(s.SignatureHeader) == 0 && len(s.IdentifierHeader) > 0 {
		id := &common.IdentifierHeader{}
		if proto.Unmarshal(s.IdentifierHeader, id) != nil {
			return nil, nil
		}
		return c.consenter(id.Identifier), slices.Concat(value, s.IdentifierHeader, header)
	}
	by, who := &common.SignatureHeader{}, &msp.SerializedIdentity{}
	if proto.Unmarshal(s.SignatureHeader, by) != nil || proto.Unmarshal(by.Creator, who) != nil {
		return nil, nil
	}
	return who, slices.Concat(value, s.SignatureHeader, header)
}

// verified is the signer where the signature holds, and nobody signed twice.
func (c *Config) verified(who *msp.SerializedIdentity, data, signature []byte, before []*signer) *signer {
	if who == nil {
		return nil
	}
	o := c.organisations[who.Mspid]
	if o == nil {
		return nil
	}
	cert, err := certificate(who.IdBytes)
	if err != nil || !signed(cert, data, signature) {
		return nil
	}
	for _, s := range before {
		if s.org == o && bytes.Equal(s.cert.Raw, cert.Raw) {
			return nil
		}
	}
	return o.identify(cert)
}

func (c *Config) consentersAmong(signers []*signer) (n int) {
	for _, o := range c.consenters {
		cert, err := certificate(o.Identity)
		if err != nil {
			continue
		}
		if slices.ContainsFunc(signers, func(s *signer) bool { return s.org.id == o.MspId && bytes.Equal(s.cert.Raw, cert.Raw) && s.valid() }) {
			n++
		}
	}
	return n
}
