// Package gm is the one place where national cryptography (国密, ShangMi)
// lives: SM2 signatures and key wrapping (GB/T 32918), the SM3 digest
// (GB/T 32905), SM4-GCM (GB/T 32907, RFC 8998), and what is built on them here:
// envelopes for several recipients, and keys sealed at rest.
//
// It is the only importer of an SM library; a test walks the repository and
// holds that. Two libraries, each for what it is fit for:
//
//   - github.com/emmansun/gmsm does the work: constant-time, fast, strict.
//   - github.com/tjfoc/gmsm carries TLCP (package gm/tlcp) and is otherwise the
//     independent implementation that the tests compare with. Its SM4-GCM, its
//     SM2 decryption and its key parsers are not used: the first never checks a
//     tag, the second never checks a point, the third return nil for both key
//     and error.
//
// What a contract may call: the functions of sm3.go, ParsePublicKey,
// ParsePublicKeyPEM and PublicKey.Verify. They use no randomness and no clock,
// and give the same answer and the same error on every peer. Signing and
// encrypting are randomised: endorsements would differ.
//
// Neither library is a certified cryptographic module, and an assessment under
// GB/T 39786 (密评) will say so. A certified device (SDF of GM/T 0018, PKCS#11)
// goes behind KeyEncryptionKey.
package gm
