package gm

import (
	"errors"
	"fmt"
	"strings"
)

// Errors by which a caller decides. They are wrapped with what was being done;
// compare with errors.Is.
var (
	// ErrDigest: not an SM3 digest in hexadecimal.
	ErrDigest = errors.New("not an SM3 digest: want 64 hexadecimal digits")
	// ErrPublicKey: not an SM2 public key, or a point that is not on the curve.
	ErrPublicKey = errors.New("not an SM2 public key")
	// ErrPrivateKey: not an SM2 private key.
	ErrPrivateKey = errors.New("not an SM2 private key")
	// ErrSignatureFormat: the bytes are not a DER signature of SM2.
	ErrSignatureFormat = errors.New("not an SM2 signature")
	// ErrSignatureMismatch: a well-formed signature, but not one by this key
	// over this message.
	ErrSignatureMismatch = errors.New("SM2 signature does not match the key and the message")
	// ErrTooLarge: longer than this package takes.
	ErrTooLarge = errors.New("too large")
	// ErrKeyLength: a symmetric key, or a secret, of the wrong length.
	ErrKeyLength = errors.New("wrong key length")
	// ErrFormat: not in the form that Seal, Sealer or Envelope write.
	ErrFormat = errors.New("not in the expected form")
	// ErrOpen: a ciphertext that does not open. It does not say why: a wrong
	// key, other associated data and a changed byte look the same, on purpose.
	ErrOpen = errors.New("does not open: another key, other associated data, or changed bytes")
	// ErrNotRecipient: an envelope holds no wrapped key for this private key.
	ErrNotRecipient = errors.New("not a recipient of this envelope")
	// ErrKeyFile: a key file that others may read, or that is no plain file.
	ErrKeyFile = errors.New("unsafe key file")

	// errLibrary stands for a panic in a library. It never carries the panic's
	// own text, which could differ between two peers.
	errLibrary = errors.New("the SM library failed on this input")
)

// UnknownKEKError says that something was sealed under a key-encryption key
// that this process does not hold.
type UnknownKEKError struct {
	ID    string   // the key that the sealed blob names
	Known []string // the keys at hand
}

func (e *UnknownKEKError) Error() string {
	return fmt.Sprintf("sealed under key-encryption key %s; at hand: %s", e.ID, strings.Join(e.Known, ", "))
}

// guard turns a panic of a library into an error, so that no input can stop a
// contract or a gateway: defer guard(&err).
func guard(err *error) {
	if recover() != nil {
		*err = errLibrary
	}
}
