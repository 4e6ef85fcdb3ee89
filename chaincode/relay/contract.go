// Package relay is the contract that carries questions and answers between
// ledgers (跨链中继), and anchors the cities' ledgers on the main channel.
//
// On the main channel it keeps which chains exist and by what each is believed,
// the requests, and the checkpoints. On a city's channel it accepts answers,
// after it has verified them again for itself. Who carries the bytes is nowhere
// trusted: every step brings a proof (internal/proof) or is refused.
package relay

import (
	"henanchain/chaincode/ledger"
)

// Name is the contract's name.
const Name = "relay"

// Roles of the ledger.
const (
	RoleGovernor = "relay.governor" // 治理方 decides which chains are believed, and by what
	RoleAsker    = "relay.asker"    // 请求方 asks other chains
	RoleCarrier  = "relay.carrier"  // 中继 carries proofs; is not trusted
)

// Record types.
const (
	chainType      = "chain"
	requestType    = "request"
	acceptanceType = "acceptance"
	checkpointType = "checkpoint"
	sagaType       = "saga"
	holdType       = "hold"
)

// book is the contract's records.
type book struct {
	chains      *ledger.Records[Chain]
	requests    *ledger.Records[Request]
	acceptances *ledger.Records[Acceptance]
	checkpoints *ledger.Records[Checkpoint]
	sagas       *ledger.Records[Saga]
	holds       *ledger.Records[Hold]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Cross-chain relay", "跨链中继",
		"Carries questions and answers between the channels, and to chains outside: a request on the main channel, an answer signed by the source's peers, "+
			"verified on the main channel and once more on the asking city's. Anchors each city's ledger on the main channel.")
	declareCodes(c)
	b := &book{}
	b.defineChains(c)
	b.defineRequests(c)
	b.defineAcceptances(c)
	b.defineCheckpoints(c)
	b.defineSagas(c)
	b.defineHolds(c)
	b.handleChains(c)
	b.handleRequests(c)
	b.handleAcceptances(c)
	b.handleCheckpoints(c)
	b.handleSagas(c)
	b.handleHolds(c)
	b.answerAnswer(c)
	return c
}

// onMain refuses on a city's channel.
func onMain(c *ledger.Call) error {
	if c.Channel() != ledger.MainChannel {
		return ledger.Refuse(MainChannelOnly, "this is done on the channel %s, not on %s", ledger.MainChannel, c.Channel())
	}
	return nil
}

// onCity refuses on the main channel.
func onCity(c *ledger.Call) error {
	if c.Channel() == ledger.MainChannel {
		return ledger.Refuse(CityChannelOnly, "this is done on the channel of the city that asks, not on %s", ledger.MainChannel)
	}
	return nil
}
