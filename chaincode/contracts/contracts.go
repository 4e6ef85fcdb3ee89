// Package contracts lists the province's contracts. The next is one more
// line here.
package contracts

import (
	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/elicense"
	"henanchain/chaincode/evidence"
	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/medical"
	"henanchain/chaincode/realestate"
	"henanchain/chaincode/relay"
	"henanchain/chaincode/sharing"
)

// All builds every contract, in the order of their names.
func All() []*ledger.Contract {
	return []*ledger.Contract{
		agritrace.New(),
		elicense.New(),
		evidence.New(),
		finance.New(),
		medical.New(),
		realestate.New(),
		relay.New(),
		sharing.New(),
	}
}

// Find builds the contract of that name.
func Find(name string) (*ledger.Contract, bool) {
	for _, c := range All() {
		if c.Name() == name {
			return c, true
		}
	}
	return nil, false
}
