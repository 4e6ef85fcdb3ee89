// Package block checks a channel's blocks by computation alone and reads what
// is in them.
//
// A Chain follows one channel from its genesis block. Of each block it checks
// the number, the hash of the block before, the hash of the data, that every
// transaction stands there in the one form that the hash can mean, and the
// orderers' signatures against the block validation policy of the channel's
// own configuration, as the latest configuration block gives it. With BFT
// ordering a quorum of the consenters must have signed as well. A block that
// fails one of these is refused with a code, and the chain does not move.
//
// What orderers sign does not cover the peers' verdict on each transaction
// (the validation flags) nor the commit hash: these are a peer's claim. A
// Testimony holds them, so that the claims of several peers can be compared.
//
// The genesis block carries no signature. Its hash is pinned by whoever knows
// it, or trusted when it is first seen.
package block
