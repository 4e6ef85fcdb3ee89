package ledger

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/statebased"
)

// The provincial main channel (省级主链) and the province's organisation, a
// member of every channel.
const (
	MainChannel = "henan"
	ProvinceMSP = "HenanMSP"
)

// keyPolicy answers how a new key is endorsed. On a city's channel the
// contract's own policy says it: the city and the province. On the main
// channel that policy knows only "the province and some city", so each key
// says which: the organisation that owns the record, and the province.
func (t *transaction) keyPolicy() func(key string) ([]byte, error) {
	var policy []byte
	return func(string) ([]byte, error) {
		if t.stub.GetChannelID() != MainChannel || policy != nil {
			return policy, nil
		}
		ep, err := statebased.NewStateEP(nil)
		if err != nil {
			return nil, fmt.Errorf("make the key's endorsement policy: %w", err)
		}
		orgs := []string{ProvinceMSP}
		if t.caller.MSP != ProvinceMSP {
			orgs = append(orgs, t.caller.MSP)
		}
		if err := ep.AddOrgs(statebased.RoleTypePeer, orgs...); err != nil {
			return nil, fmt.Errorf("make the key's endorsement policy: %w", err)
		}
		policy, err = ep.Policy()
		return policy, err
	}
}
