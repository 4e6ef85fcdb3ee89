package gm

import (
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

const (
	// minPlaintext keeps SM2 encryption to keys: a short plaintext can make the
	// derived mask all zero, and then encryption fails at random.
	minPlaintext = 16
	// maxPlaintext is far more than any key.
	maxPlaintext = 1024

	// maxCiphertext bounds both encodings: point, SM3, plaintext, DER headers.
	maxCiphertext = pointSize + DigestSize + maxPlaintext + 64
	minCiphertext = pointSize + DigestSize + minPlaintext - 64
)

var (
	plainEncryption = sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C3C2)
	plainDecryption = sm2.NewPlainDecrypterOpts(sm2.C1C3C2)
)

// Encrypt encrypts a key of 16 to 1024 bytes with SM2 (GB/T 32918.4), in the
// ASN.1 form SM2Cipher of GM/T 0009, which OpenSSL reads and writes. It is
// randomised: never call it from a contract. For data, use an Envelope.
func (p *PublicKey) Encrypt(secret []byte) (ciphertext []byte, err error) {
	defer guard(&err)
	return p.encrypt(secret, sm2.ASN1EncrypterOpts)
}

// EncryptC1C3C2 is Encrypt in the plain form of GB/T 32918.4: the uncompressed
// point, the SM3 digest, the masked secret.
func (p *PublicKey) EncryptC1C3C2(secret []byte) (ciphertext []byte, err error) {
	defer guard(&err)
	return p.encrypt(secret, plainEncryption)
}

func (p *PublicKey) encrypt(secret []byte, form *sm2.EncrypterOpts) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("SM2 encrypt: %w", err)
	}
	if len(secret) < minPlaintext || len(secret) > maxPlaintext {
		return nil, fmt.Errorf("SM2 encrypt: %w: %d bytes, want %d to %d", ErrKeyLength, len(secret), minPlaintext, maxPlaintext)
	}
	ciphertext, err := sm2.Encrypt(rand.Reader, p.key, secret, form)
	if err != nil {
		return nil, fmt.Errorf("SM2 encrypt: %w", err)
	}
	return ciphertext, nil
}

// Decrypt reverses Encrypt. It checks that the point is on the curve and that
// the digest matches, and answers ErrOpen to every failure alike.
func (k *PrivateKey) Decrypt(ciphertext []byte) (secret []byte, err error) {
	defer guard(&err)
	return k.decrypt(ciphertext, 0x30, sm2.ASN1DecrypterOpts)
}

// DecryptC1C3C2 reverses EncryptC1C3C2, with the checks of Decrypt.
func (k *PrivateKey) DecryptC1C3C2(ciphertext []byte) (secret []byte, err error) {
	defer guard(&err)
	return k.decrypt(ciphertext, 0x04, plainDecryption)
}

// decrypt takes one form only: the library guesses it from the first byte.
func (k *PrivateKey) decrypt(ciphertext []byte, first byte, form *sm2.DecrypterOpts) ([]byte, error) {
	if len(ciphertext) < minCiphertext || len(ciphertext) > maxCiphertext || ciphertext[0] != first {
		return nil, fmt.Errorf("SM2 decrypt: %w", ErrOpen)
	}
	secret, err := k.key.Decrypt(nil, ciphertext, form)
	if err != nil || len(secret) < minPlaintext || len(secret) > maxPlaintext {
		return nil, fmt.Errorf("SM2 decrypt: %w", ErrOpen)
	}
	return secret, nil
}

// WrapKey encrypts an SM4 data key (数据密钥, 16 bytes) for the holder of this
// public key, in the ASN.1 form.
func (p *PublicKey) WrapKey(dataKey []byte) ([]byte, error) {
	if len(dataKey) != KeySize {
		return nil, fmt.Errorf("wrap key: %w: %d bytes, want %d", ErrKeyLength, len(dataKey), KeySize)
	}
	return p.Encrypt(dataKey)
}

// UnwrapKey reverses WrapKey. It answers ErrOpen to anything but a wrapped
// 16-byte key.
func (k *PrivateKey) UnwrapKey(wrapped []byte) ([]byte, error) {
	dataKey, err := k.Decrypt(wrapped)
	if err != nil || len(dataKey) != KeySize {
		return nil, fmt.Errorf("unwrap key: %w", ErrOpen)
	}
	return dataKey, nil
}
