package block

import (
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// policy decides whether signers suffice.
type policy interface{ satisfied(by []*signer) bool }

const maxPolicyDepth = 20

// readPolicy reads the policy of a name in a group of the configuration.
func readPolicy(group *common.ConfigGroup, name string, depth int) (policy, error) {
	p := group.GetPolicies()[name].GetPolicy()
	if p == nil {
		return nil, fmt.Errorf("there is no policy %s", name)
	}
	switch common.Policy_PolicyType(p.Type) {
	case common.Policy_SIGNATURE:
		envelope := &common.SignaturePolicyEnvelope{}
		if err := proto.Unmarshal(p.Value, envelope); err != nil {
			return nil, fmt.Errorf("the policy %s is not readable: %w", name, err)
		}
		if err := checkRule(envelope.Rule, len(envelope.Identities), 0); err != nil {
			return nil, fmt.Errorf("the policy %s: %w", name, err)
		}
		return &signaturePolicy{envelope.Rule, envelope.Identities}, nil
	case common.Policy_IMPLICIT_META:
		return readImplicit(group, name, p.Value, depth)
	default:
		return nil, fmt.Errorf("the policy %s has the type %d, which nobody can satisfy", name, p.Type)
	}
}

// implicitPolicy asks for a number of the groups below to be satisfied.
type implicitPolicy struct {
	need int
	of   []policy
}

func readImplicit(group *common.ConfigGroup, name string, value []byte, depth int) (policy, error) {
	definition := &common.ImplicitMetaPolicy{}
	if err := proto.Unmarshal(value, definition); err != nil || depth > maxPolicyDepth {
		return nil, fmt.Errorf("the policy %s is not readable", name)
	}
	p := &implicitPolicy{}
	groups := len(group.Groups)
	for _, below := range group.Groups {
		// A group without that policy satisfies nobody; it still counts.
		if sub, err := readPolicy(below, definition.SubPolicy, depth+1); err == nil {
			p.of = append(p.of, sub)
		}
	}
	switch definition.Rule {
	case common.ImplicitMetaPolicy_ANY:
		p.need = 1
	case common.ImplicitMetaPolicy_ALL:
		p.need = groups
	case common.ImplicitMetaPolicy_MAJORITY:
		p.need = groups/2 + 1
	}
	if p.need < 1 {
		return nil, fmt.Errorf("the policy %s asks for nobody's signature", name)
	}
	return p, nil
}

func (p *implicitPolicy) satisfied(by []*signer) bool {
	n := 0
	for _, sub := range p.of {
		if sub.satisfied(by) {
			n++
		}
	}
	return n >= p.need
}

// signaturePolicy asks for signatures of principals.
type signaturePolicy struct {
	rule       *common.SignaturePolicy
	principals []*msp.MSPPrincipal
}

func checkRule(rule *common.SignaturePolicy, principals, depth int) error {
	switch t := rule.GetType().(type) {
	case *common.SignaturePolicy_SignedBy:
		if t.SignedBy < 0 || int(t.SignedBy) >= principals {
			return fmt.Errorf("names the identity %d of %d", t.SignedBy, principals)
		}
		return nil
	case *common.SignaturePolicy_NOutOf_:
		// Nobody's signature is never enough, whatever a configuration says.
		if t.NOutOf.N < 1 || depth > maxPolicyDepth {
			return fmt.Errorf("asks for %d signatures", t.NOutOf.N)
		}
		for _, r := range t.NOutOf.Rules {
			if err := checkRule(r, principals, depth+1); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("has a rule of an unknown kind")
	}
}

func (p *signaturePolicy) satisfied(by []*signer) bool {
	return p.evaluate(p.rule, by, make([]bool, len(by)))
}

// evaluate goes through a rule as Fabric does: each signer counts once.
func (p *signaturePolicy) evaluate(rule *common.SignaturePolicy, by []*signer, used []bool) bool {
	switch t := rule.Type.(type) {
	case *common.SignaturePolicy_SignedBy:
		for i, s := range by {
			if !used[i] && s.is(p.principals[t.SignedBy]) {
				used[i] = true
				return true
			}
		}
		return false
	case *common.SignaturePolicy_NOutOf_:
		n, trial := int32(0), make([]bool, len(used))
		for _, r := range t.NOutOf.Rules {
			copy(trial, used)
			if p.evaluate(r, by, trial) {
				n++
				copy(used, trial)
			}
		}
		return n >= t.NOutOf.N
	default:
		return false
	}
}
