// Package ordering reads what the ordering service says of a transaction that a
// peer's gateway service has handed to it.
package ordering

import (
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/status"
)

// answers by which a BFT orderer says that it has a transaction. The texts are
// those of SmartBFT's request pool.
var answers = []string{"request already processed", "request already exists"}

// Has tells whether a failed hand-over says that the transaction is there
// already. With BFT orderers the peer hands it to all of them and wants most of
// them to take it; one that has meanwhile seen it in a block refuses it, so that
// on a busy machine a transaction fails for having been ordered. Handed over once
// more it would be in a second block, which changes nothing and costs every peer
// its time: its status is what to ask for.
func Has(err error) bool {
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return false
	}
	for _, d := range st.Details() {
		detail, ok := d.(*gateway.ErrorDetail)
		if !ok {
			continue
		}
		for _, answer := range answers {
			if strings.Contains(detail.GetMessage(), answer) {
				return true
			}
		}
	}
	return false
}
