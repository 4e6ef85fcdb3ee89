// Package tlcp serves and dials TLCP (传输层密码协议, GB/T 38636-2020, formerly
// GM/T 0024), national cryptography's TLS, beside TLS 1.2 and 1.3 on one port.
//
// A Listener looks at the first record of each connection: version 0x0101 is
// TLCP, everything else goes to crypto/tls. Behind it stands tjfoc's gmtls, of
// which a stock server is unsafe; what this package does about it:
//
//   - gmtls never checks that the point in a client's key exchange is on the
//     curve, and so gives away its encryption key. Here the keys are ours: the
//     point is checked, and any failure is answered with a random premaster
//     secret, which fails in the same place and way as a wrong one.
//   - One cipher suite, ECC_SM4_CBC_SM3 (0xe013): offering ECDHE panics. No
//     session tickets.
//   - Every handshake, read and write runs under recover; a handshake has a
//     deadline, and is never in the way of accepting the next connection.
//   - Peers' certificates are verified by the other library, with the limits
//     and rules of today's crypto/x509; gmtls's own verification is not used.
//
// Clients of Tongsuo, GmSSL and gmtls connect with ECC-SM2-SM4-CBC-SM3. The
// suites with GCM and with ECDHE, session resumption, SNI and ALPN are not to be
// had from gmtls under TLCP. It also prints a line on the standard output for
// each failed handshake: a service that writes its log there must expect it.
package tlcp
