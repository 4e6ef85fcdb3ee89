// Package tsa reads and verifies time-stamp tokens (可信时间戳, GB/T 20520,
// RFC 3161) by pure computation: no clock, no network, no randomness, so that
// contracts and gateway decide alike.
//
// A token is verified against one public key that the reader trusts, not
// against a chain of certificates: who admits a time-stamping authority pins
// its key. The key is SM2 (with SM3), or ECDSA on P-256 or RSA of 2048 bits and
// more (with SHA-256), as older authorities use.
package tsa
