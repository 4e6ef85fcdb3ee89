// Package httpsig signs and verifies HTTP requests with SM2, as RFC 9421 (HTTP
// message signatures) and RFC 9530 (Content-Digest) say, with two names that
// those registries do not have:
//
//   - alg="sm2-sm3": SM2 over SM3 (GB/T 32918.2) in DER, under the user identity
//     1234567812345678. openssl pkeyutl writes it as it stands.
//   - the digest algorithm sm3 (GB/T 32905) in Content-Digest.
//
// A signature covers the method, the target, the body's digest where there is a
// body, and those header fields that change what a request does. It names its
// key by the SM3 of the public key (gm.PublicKey.ID), when it was made, when it
// ends, and a nonce; whoever verifies it takes each nonce once.
//
// The whole is in docs/signing.md, with openssl alone.
package httpsig
