package gm

import (
	"crypto/ecdsa"
	"encoding/pem"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Types of PEM blocks (RFC 7468).
const (
	pemPublicKey  = "PUBLIC KEY"             // SubjectPublicKeyInfo
	pemPrivateKey = "PRIVATE KEY"            // PKCS #8
	pemECKey      = "EC PRIVATE KEY"         // SEC 1
	pemSM2Key     = "SM2 PRIVATE KEY"        // SEC 1, as openssl ec writes it
	pemSealedKey  = "SEALED SM2 PRIVATE KEY" // Sealer.SealPrivateKey
	pemEncrypted  = "ENCRYPTED PRIVATE KEY"  // PKCS #8 under a passphrase
	maxPEM        = 64 << 10
	headerKEK     = "Kek-Id"
	headerKeyID   = "Key-Id"
)

// SealedKeyMark is in every file that Sealer.SealPrivateKey wrote, and in no
// other key's.
const SealedKeyMark = "-----BEGIN " + pemSealedKey + "-----"

// PEM returns the public key as a PEM block PUBLIC KEY.
func (p *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: p.der})
}

// ParsePublicKeyPEM reads one SM2 public key from a PEM block PUBLIC KEY. It
// returns ErrPublicKey for anything else.
func ParsePublicKeyPEM(data []byte) (key *PublicKey, err error) {
	block, err := onePEM(data, pemPublicKey)
	if err != nil {
		return nil, fmt.Errorf("parse public key: %w: %w", ErrPublicKey, err)
	}
	return ParsePublicKey(block.Bytes)
}

// PEM returns the private key in the clear, as a PEM block PRIVATE KEY
// (PKCS #8). Write it only where file modes protect it; better, seal it.
func (k *PrivateKey) PEM() ([]byte, error) {
	der, err := smx509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der}), nil
}

// ParsePrivateKeyPEM reads one SM2 private key from PEM: PRIVATE KEY (PKCS #8),
// EC PRIVATE KEY or SM2 PRIVATE KEY (SEC 1), as OpenSSL writes them. It returns
// ErrPrivateKey for anything else; a sealed key opens with
// Sealer.OpenPrivateKey.
func ParsePrivateKeyPEM(data []byte) (key *PrivateKey, err error) {
	defer guard(&err)
	block, err := onePEM(data, pemPrivateKey, pemECKey, pemSM2Key)
	if err != nil {
		return nil, fmt.Errorf("parse private key: %w: %w", ErrPrivateKey, err)
	}
	return parsePrivateKeyDER(block.Type, block.Bytes)
}

func parsePrivateKeyDER(form string, der []byte) (*PrivateKey, error) {
	var parsed any
	var err error
	if form == pemPrivateKey {
		parsed, err = smx509.ParsePKCS8PrivateKey(der)
	} else {
		parsed, err = smx509.ParseSM2PrivateKey(der)
	}
	if err != nil {
		// The library's text is left out: it may quote the key.
		return nil, fmt.Errorf("parse private key: %w: the %s block does not parse", ErrPrivateKey, form)
	}
	key, ok := parsed.(*sm2.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("parse private key: %w: it is a %s", ErrPrivateKey, keyKind(parsed))
	}
	return newPrivateKey(key)
}

func keyKind(key any) string {
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		return "key on the curve " + ec.Curve.Params().Name
	}
	return fmt.Sprintf("%T", key)
}

// onePEM returns the only block of data, which must be of one of the types.
// Blocks of curve parameters, which OpenSSL writes before a key, are passed
// over.
func onePEM(data []byte, types ...string) (*pem.Block, error) {
	if len(data) > maxPEM {
		return nil, fmt.Errorf("%w: PEM of %d bytes, at most %d", ErrTooLarge, len(data), maxPEM)
	}
	var found *pem.Block
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "EC PARAMETERS" || block.Type == "SM2 PARAMETERS":
		case found != nil:
			return nil, fmt.Errorf("two PEM blocks where one is wanted: %s and %s", found.Type, block.Type)
		default:
			found = block
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no PEM block; want %q", types)
	}
	for _, t := range types {
		if found.Type == t {
			return found, nil
		}
	}
	switch found.Type {
	case pemSealedKey:
		return nil, fmt.Errorf("the key is sealed under key-encryption key %s; open it with that key", found.Headers[headerKEK])
	case pemEncrypted:
		return nil, fmt.Errorf("the key is under a passphrase; write it in the clear with openssl pkcs8 -in FILE, then seal it")
	}
	return nil, fmt.Errorf("PEM block %q; want %q", found.Type, types)
}

// SealPrivateKey seals a private key under the active key-encryption key, as a
// PEM block SEALED SM2 PRIVATE KEY that names both keys.
func (s *Sealer) SealPrivateKey(key *PrivateKey) ([]byte, error) {
	der, err := smx509.MarshalPKCS8PrivateKey(key.key)
	if err != nil {
		return nil, fmt.Errorf("seal private key: %w", err)
	}
	sealed, err := s.Seal(der, privateKeyPurpose(key.pub.ID()))
	if err != nil {
		return nil, fmt.Errorf("seal private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{
		Type:    pemSealedKey,
		Headers: map[string]string{headerKEK: sealed.KEKID(), headerKeyID: key.pub.ID()},
		Bytes:   sealed.box,
	}), nil
}

// OpenPrivateKey reads what SealPrivateKey wrote. Beside the errors of Open, it
// returns ErrPrivateKey where the block is another, or holds another key than it
// names.
func (s *Sealer) OpenPrivateKey(data []byte) (key *PrivateKey, err error) {
	defer guard(&err)
	block, err := onePEM(data, pemSealedKey)
	if err != nil {
		return nil, fmt.Errorf("open private key: %w: %w", ErrPrivateKey, err)
	}
	id := block.Headers[headerKeyID]
	if !isKeyID(id) || !isKEKID(block.Headers[headerKEK]) {
		return nil, fmt.Errorf("open private key: %w: want headers %s and %s", ErrFormat, headerKEK, headerKeyID)
	}
	der, err := s.Open(Sealed{kek: block.Headers[headerKEK], box: block.Bytes}, privateKeyPurpose(id))
	if err != nil {
		return nil, fmt.Errorf("open private key: %w", err)
	}
	defer clear(der)
	key, err = parsePrivateKeyDER(pemPrivateKey, der)
	if err != nil {
		return nil, err
	}
	if key.pub.ID() != id {
		return nil, fmt.Errorf("open private key: %w: the block holds another key than it names", ErrPrivateKey)
	}
	return key, nil
}

func privateKeyPurpose(id string) string { return "sm2-private-key/" + id }
