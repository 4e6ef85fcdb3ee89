package gm

import (
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// DigestSize is the length of an SM3 digest in bytes.
const DigestSize = sm3.Size

// minSecret is the shortest key, in bytes, that a keyed hash here takes.
const minSecret = 16

// Digest returns the SM3 digest (杂凑值, GB/T 32905-2016) of data.
func Digest(data []byte) [DigestSize]byte { return sm3.Sum(data) }

// HexDigest returns the SM3 digest of data as 64 lower-case hexadecimal digits,
// the form in which records and receipts carry it.
func HexDigest(data []byte) string {
	d := sm3.Sum(data)
	return hex.EncodeToString(d[:])
}

// NewHash returns a running SM3 digest, for what does not fit into memory.
func NewHash() hash.Hash { return sm3.New() }

// ParseDigest reads an SM3 digest of 64 hexadecimal digits in either case. It
// returns ErrDigest for anything else.
func ParseDigest(text string) (digest [DigestSize]byte, err error) {
	if len(text) != hex.EncodedLen(DigestSize) {
		return digest, fmt.Errorf("%d characters: %w", len(text), ErrDigest)
	}
	if _, err := hex.Decode(digest[:], []byte(text)); err != nil {
		return [DigestSize]byte{}, ErrDigest
	}
	return digest, nil
}

// HMAC returns the HMAC-SM3 (GB/T 15852.2, RFC 2104) of data under key.
func HMAC(key, data []byte) []byte {
	mac := hmac.New(sm3.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

// SubjectKey returns the key by which records about one person or organisation
// are found without naming them: HMAC-SM3, in hexadecimal, over the type of the
// identifier (持有主体代码类型, GB/T 36903, such as "111" for a citizen's
// identity number) and the identifier itself, normalised by the caller.
//
// A bare digest of an identity number can be guessed in seconds; this one needs
// the key, which stays at the gateway and never enters a contract. The type and
// a label are part of the input, so that equal numbers of two kinds differ and
// the key serves no other purpose by accident.
//
// It returns ErrKeyLength for a key under 16 bytes and ErrFormat where the type
// or the identifier is empty.
func SubjectKey(key []byte, idType, identifier string) (string, error) {
	if len(key) < minSecret {
		return "", fmt.Errorf("subject key: %w: %d bytes, want at least %d", ErrKeyLength, len(key), minSecret)
	}
	if idType == "" || identifier == "" {
		return "", fmt.Errorf("subject key: %w: identifier and its type must not be empty", ErrFormat)
	}
	input := []byte("henanchain/subject-key/v1\x00")
	input = binary.BigEndian.AppendUint32(input, uint32(len(idType)))
	input = append(input, idType...)
	input = append(input, identifier...)
	return hex.EncodeToString(HMAC(key, input)), nil
}
