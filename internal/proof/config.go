package proof

import (
	"slices"
	"sort"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// AnchorFromConfigBlock exports the trust anchor of a channel from its latest
// configuration block (common.Block). A nil policy is: every organisation of
// the channel.
func AnchorFromConfigBlock(raw []byte, policy *Policy) (*Anchor, error) {
	block, envelope, payload := &common.Block{}, &common.Envelope{}, &common.Payload{}
	header, config := &common.ChannelHeader{}, &common.ConfigEnvelope{}
	if err := proto.Unmarshal(raw, block); err != nil || len(block.GetData().GetData()) != 1 {
		return nil, refuse(AnchorInvalid, "not a configuration block: it holds exactly one transaction")
	}
	for _, step := range []struct {
		what string
		from func() []byte
		to   proto.Message
	}{
		{"envelope", func() []byte { return block.Data.Data[0] }, envelope},
		{"payload", func() []byte { return envelope.Payload }, payload},
		{"channel header", func() []byte { return payload.GetHeader().GetChannelHeader() }, header},
		{"configuration", func() []byte { return payload.Data }, config},
	} {
		if err := proto.Unmarshal(step.from(), step.to); err != nil {
			return nil, refuse(AnchorInvalid, "the configuration block's %s is not readable: %v", step.what, err)
		}
	}
	if header.Type != int32(common.HeaderType_CONFIG) {
		return nil, refuse(AnchorInvalid, "block %d is not a configuration block", block.GetHeader().GetNumber())
	}
	return AnchorFromConfig(header.ChannelId, config.Config, policy)
}

// AnchorFromConfig is AnchorFromConfigBlock for a channel's configuration.
func AnchorFromConfig(channel string, config *common.Config, policy *Policy) (*Anchor, error) {
	a := &Anchor{Channel: channel, Sequence: config.GetSequence()}
	groups := config.GetChannelGroup().GetGroups()["Application"].GetGroups()
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		org, err := organisation(groups[name].GetValues()["MSP"].GetValue())
		if err != nil {
			return nil, err
		}
		a.Organisations = append(a.Organisations, *org)
	}
	slices.SortFunc(a.Organisations, func(x, y Organisation) int {
		if x.MSP < y.MSP {
			return -1
		}
		return 1
	})
	if policy != nil {
		a.Policy = *policy
	} else {
		for _, o := range a.Organisations {
			a.Policy.Of = append(a.Policy.Of, Rule{MSP: o.MSP})
		}
		a.Policy.N = len(a.Organisations)
	}
	_, err := a.Prepare()
	return a, err
}

func organisation(raw []byte) (*Organisation, error) {
	outer, inner := &msp.MSPConfig{}, &msp.FabricMSPConfig{}
	if err := proto.Unmarshal(raw, outer); err != nil {
		return nil, refuse(AnchorInvalid, "an organisation's MSP is not readable: %v", err)
	}
	if outer.Type != 0 {
		return nil, refuse(AnchorInvalid, "an organisation's MSP has the type %d; only X.509 MSPs (type 0) can be verified", outer.Type)
	}
	if err := proto.Unmarshal(outer.Config, inner); err != nil {
		return nil, refuse(AnchorInvalid, "an organisation's MSP is not readable: %v", err)
	}
	o := &Organisation{MSP: inner.Name}
	if units := inner.FabricNodeOus; units.GetEnable() {
		o.PeerOU = units.GetPeerOuIdentifier().GetOrganizationalUnitIdentifier()
	}
	for _, l := range []struct {
		from [][]byte
		to   *[]string
	}{{inner.RootCerts, &o.Roots}, {inner.IntermediateCerts, &o.Intermediates}, {inner.RevocationList, &o.CRLs}} {
		for _, pem := range l.from {
			*l.to = append(*l.to, string(pem))
		}
	}
	return o, nil
}
