// Package relay is the carrier between the ledgers (跨链中继): it follows the
// channels, brings questions to the source's peers and answers with their
// proofs back, and anchors the cities' ledgers on the main channel.
//
// A carrier decides nothing and is trusted with nothing but secrecy towards
// those whose peers it serves: every step that it submits is verified by the
// relay contract on each endorsing peer. Several may run at once; what one has
// done, the others find done. What a carrier knows of its work is in SQL: the
// next block of each channel and what is not at its end, written in one
// transaction, so that one that was killed goes on where it was.
package relay
