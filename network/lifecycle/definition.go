package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// What Fabric itself puts where nothing is said.
const (
	defaultPolicy      = "/Channel/Application/Endorsement"
	endorsementPlugin  = "escc"
	validationPlugin   = "vscc"
	maxCollectionPeers = 1 << 10
)

// definition is what organisations agree on, but for its sequence.
type definition struct {
	name, version string
	policy        []byte // an ApplicationPolicy, in its deterministic bytes
	collections   *peer.CollectionConfigPackage
	initRequired  bool
}

// define checks a channel's rules and turns them into what peers take.
func define(name, version string, ch Channel) (*definition, error) {
	policy, err := applicationPolicy(ch.Policy)
	if err != nil {
		return nil, fmt.Errorf("endorsement policy %q: %w", ch.Policy, err)
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(policy)
	if err != nil {
		return nil, fmt.Errorf("endorsement policy %q: %w", ch.Policy, err)
	}
	collections, err := collectionConfig(ch.Collections)
	if err != nil {
		return nil, err
	}
	return &definition{name: name, version: version, policy: raw, collections: collections, initRequired: ch.InitRequired}, nil
}

// CheckRules refuses a policy or collections that peers could not take, before
// anything is done with them.
func CheckRules(name, version, policy string, collections []byte) error {
	_, err := define(name, version, Channel{Policy: policy, Collections: collections})
	return err
}

func applicationPolicy(text string) (*peer.ApplicationPolicy, error) {
	if text == "" {
		text = defaultPolicy
	}
	if text[0] == '/' {
		return &peer.ApplicationPolicy{Type: &peer.ApplicationPolicy_ChannelConfigPolicyReference{ChannelConfigPolicyReference: text}}, nil
	}
	return chaincode.NewApplicationPolicy(text, "")
}

// collectionJSON is one private data collection in the form of Fabric's tools.
type collectionJSON struct {
	Name              string `json:"name"`
	Policy            string `json:"policy"`
	RequiredPeerCount int32  `json:"requiredPeerCount"`
	MaxPeerCount      int32  `json:"maxPeerCount"`
	BlockToLive       uint64 `json:"blockToLive"`
	MemberOnlyRead    bool   `json:"memberOnlyRead"`
	MemberOnlyWrite   bool   `json:"memberOnlyWrite"`
	EndorsementPolicy *struct {
		SignaturePolicy     string `json:"signaturePolicy"`
		ChannelConfigPolicy string `json:"channelConfigPolicy"`
	} `json:"endorsementPolicy"`
}

func collectionConfig(data []byte) (*peer.CollectionConfigPackage, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	var list []collectionJSON
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("private data collections: %w", err)
	}
	out := &peer.CollectionConfigPackage{}
	for i, c := range list {
		static, err := c.proto()
		if err != nil {
			return nil, fmt.Errorf("private data collection %d (%q): %w", i+1, c.Name, err)
		}
		out.Config = append(out.Config, &peer.CollectionConfig{Payload: &peer.CollectionConfig_StaticCollectionConfig{StaticCollectionConfig: static}})
	}
	return out, nil
}

func (c collectionJSON) proto() (*peer.StaticCollectionConfig, error) {
	if c.Name == "" {
		return nil, fmt.Errorf("name is empty")
	}
	if c.RequiredPeerCount < 0 || c.MaxPeerCount < c.RequiredPeerCount || c.MaxPeerCount > maxCollectionPeers {
		return nil, fmt.Errorf("requiredPeerCount is %d and maxPeerCount %d: 0 ≤ required ≤ max is right", c.RequiredPeerCount, c.MaxPeerCount)
	}
	members, err := applicationPolicy(c.Policy)
	if err != nil {
		return nil, fmt.Errorf("policy %q: %w", c.Policy, err)
	}
	if members.GetSignaturePolicy() == nil {
		return nil, fmt.Errorf("policy is %q: name the organisations that hold the data, such as OR('HenanMSP.member','ZhengzhouMSP.member')", c.Policy)
	}
	static := &peer.StaticCollectionConfig{
		Name:              c.Name,
		MemberOrgsPolicy:  &peer.CollectionPolicyConfig{Payload: &peer.CollectionPolicyConfig_SignaturePolicy{SignaturePolicy: members.GetSignaturePolicy()}},
		RequiredPeerCount: c.RequiredPeerCount, MaximumPeerCount: c.MaxPeerCount, BlockToLive: c.BlockToLive,
		MemberOnlyRead: c.MemberOnlyRead, MemberOnlyWrite: c.MemberOnlyWrite,
	}
	if e := c.EndorsementPolicy; e != nil {
		text := e.SignaturePolicy
		if e.ChannelConfigPolicy != "" {
			text = e.ChannelConfigPolicy
		}
		if static.EndorsementPolicy, err = applicationPolicy(text); err != nil {
			return nil, fmt.Errorf("endorsementPolicy %q: %w", text, err)
		}
	}
	return static, nil
}

// agreed is a definition as a peer gives it back, approved or committed.
type agreed interface {
	GetVersion() string
	GetEndorsementPlugin() string
	GetValidationPlugin() string
	GetValidationParameter() []byte
	GetCollections() *peer.CollectionConfigPackage
	GetInitRequired() bool
}

// same tells whether a peer's definition is this one.
func (d *definition) same(a agreed) bool {
	return a.GetVersion() == d.version &&
		a.GetEndorsementPlugin() == endorsementPlugin && a.GetValidationPlugin() == validationPlugin &&
		bytes.Equal(a.GetValidationParameter(), d.policy) &&
		sameCollections(a.GetCollections(), d.collections) && a.GetInitRequired() == d.initRequired
}

func sameCollections(a, b *peer.CollectionConfigPackage) bool {
	if len(a.GetConfig()) == 0 || len(b.GetConfig()) == 0 {
		return len(a.GetConfig()) == len(b.GetConfig())
	}
	return proto.Equal(a, b)
}

// PolicyText writes a committed policy as people do.
func PolicyText(parameter []byte) string {
	policy := &peer.ApplicationPolicy{}
	if err := proto.Unmarshal(parameter, policy); err != nil {
		return "unreadable"
	}
	if reference := policy.GetChannelConfigPolicyReference(); reference != "" {
		return reference
	}
	text, err := chaincode.SignaturePolicyEnvelopeToString(policy.GetSignaturePolicy())
	if err != nil {
		return "unreadable"
	}
	return text
}
