// Package proof makes and verifies attested views (可验证视图): a contract's
// answer with the signatures of several organisations' peers over it.
//
// A View carries the raw bytes that the peers signed: the proposal that was
// asked, the response payload, the endorsements. Verify checks them against a
// trust anchor (the channel's MSP roots and a policy) by computation alone: it
// has no clock, no network, no state, so that the same code runs in the relay
// contract, in the gateway and on a judge's own computer. Who carries the bytes
// is not trusted.
//
// What Verify holds true afterwards, over the raw bytes and nothing else:
// channel, contract, function and arguments (through the proposal hash), the
// status 200, the nonce, freshness against the time given, each signature, each
// certificate's chain, validity, peer role and revocation, distinct
// organisations, and the policy, which is never empty.
//
// # Layout
//
// A view in its compact form (View.Encode, version 1), numbers big-endian:
//
//	offset  bytes  what
//	0       4      "HNCV"
//	4       1      version, 1
//	5       1      number of endorsements, at most 64
//	6       4+n    length and bytes of the channel header (common.ChannelHeader)
//	…       4+n    length and bytes of the signature header (common.SignatureHeader)
//	…       4+n    length and bytes of the proposal payload (peer.ChaincodeProposalPayload, no transient map)
//	…       4+n    length and bytes of the response payload (peer.ProposalResponsePayload)
//	…       4+n    for each endorsement: length and bytes of the endorser (msp.SerializedIdentity),
//	        4+n    and of its signature (ECDSA on P-256, ASN.1, low s)
//
// Nothing follows, and a view has 4 MiB at most. What was signed is
// SHA-256(response payload ‖ endorser); the response payload names
// SHA-256(channel header ‖ signature header ‖ proposal payload); the transaction
// ID in the channel header is SHA-256(nonce ‖ creator).
//
// In JSON a view is {"view": base64 of the above, "says": what it says}. Only
// the bytes count: "says" is for people and is never read back.
//
// A system that is no Fabric network answers with a Statement, signed with SM2.
package proof
