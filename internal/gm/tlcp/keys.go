package tlcp

import (
	"crypto"
	"crypto/rand"
	"crypto/subtle"
	"io"

	"henanchain/internal/gm"
)

// Signer signs handshakes. A *gm.PrivateKey is one, a device (SDF, PKCS#11) can
// be another.
type Signer interface {
	Public() *gm.PublicKey
	Sign(message []byte) (signature []byte, err error)
}

// Decrypter opens the premaster secrets that clients send. A *gm.PrivateKey is
// one. Whatever stands behind it must refuse a point that is not on the curve.
type Decrypter interface {
	Public() *gm.PublicKey
	DecryptC1C3C2(ciphertext []byte) (secret []byte, err error)
}

// premasterSize is the length of a premaster secret (GB/T 38636, 6.4.5.8).
const premasterSize = 48

// handshakeSigner is the crypto.Signer that gmtls wants. gmtls passes the
// message itself, and not a digest.
type handshakeSigner struct{ key Signer }

func (s handshakeSigner) Public() crypto.PublicKey { return s.key.Public().CryptoPublicKey() }

func (s handshakeSigner) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(message)
}

// premasterDecrypter is the crypto.Decrypter that gmtls wants. It never fails:
// a ciphertext that does not open gives a random premaster secret, so that its
// sender learns only what any wrong guess teaches.
type premasterDecrypter struct{ key Decrypter }

func (d premasterDecrypter) Public() crypto.PublicKey { return d.key.Public().CryptoPublicKey() }

func (d premasterDecrypter) Decrypt(_ io.Reader, ciphertext []byte, _ crypto.DecrypterOpts) ([]byte, error) {
	// Drawn first and always, so that success and failure do the same work.
	premaster := make([]byte, premasterSize)
	_, _ = rand.Read(premaster) // never fails
	opened := d.open(ciphertext)
	candidate := make([]byte, premasterSize)
	fits := subtle.ConstantTimeEq(int32(len(opened)), premasterSize)
	copy(candidate, opened)
	subtle.ConstantTimeCopy(fits, premaster, candidate)
	clear(candidate)
	return premaster, nil
}

// open returns nothing for what does not open, panics included.
func (d premasterDecrypter) open(ciphertext []byte) (opened []byte) {
	defer func() {
		if recover() != nil {
			opened = nil
		}
	}()
	opened, err := d.key.DecryptC1C3C2(ciphertext)
	if err != nil {
		return nil
	}
	return opened
}
