package gm

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm4"
)

const (
	// KeySize is the length of an SM4 key in bytes.
	KeySize = 16

	// sealVersion is the first byte of everything that Seal writes.
	sealVersion = 1
	nonceSize   = 12
	tagSize     = 16

	// SealOverhead is by how many bytes Seal's output is longer than its input.
	SealOverhead = 1 + nonceSize + tagSize
)

// NewDataKey returns a fresh SM4 key (数据密钥).
func NewDataKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	return key
}

// Seal encrypts and authenticates plaintext, and authenticates aad, with
// SM4-GCM (GB/T 32907, GB/T 36624, RFC 8998). The result is one version byte
// (1), a random 12-byte nonce, the ciphertext and the 16-byte tag; aad is not in
// it. One key may seal at most 2³² times, as every GCM key with random nonces.
func Seal(key, plaintext, aad []byte) ([]byte, error) {
	aead, err := newGCM(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed := make([]byte, 1+nonceSize, SealOverhead+len(plaintext))
	sealed[0] = sealVersion
	_, _ = rand.Read(sealed[1:]) // never fails
	return aead.Seal(sealed, sealed[1:], plaintext, aad), nil
}

// Open reverses Seal. It returns ErrFormat for bytes that Seal cannot have
// written, and ErrOpen where key, aad or any byte is not what was sealed.
func Open(key, sealed, aad []byte) (plaintext []byte, err error) {
	defer guard(&err)
	aead, err := newGCM(key)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if len(sealed) < SealOverhead || sealed[0] != sealVersion {
		return nil, fmt.Errorf("open: %w: want version %d and at least %d bytes", ErrFormat, sealVersion, SealOverhead)
	}
	nonce, ciphertext := sealed[1:1+nonceSize], sealed[1+nonceSize:]
	plaintext, err = aead.Open(nil, nonce, ciphertext, aad)
	if err != nil {
		return nil, fmt.Errorf("open: %w", ErrOpen)
	}
	return plaintext, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("%w: SM4 key of %d bytes, want %d", ErrKeyLength, len(key), KeySize)
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
