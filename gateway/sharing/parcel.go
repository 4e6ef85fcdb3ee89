package sharing

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"henanchain/internal/gm"
)

// Sealed is encrypted data as the ledger takes it: Commitment and Ciphertext in
// the input, Wraps in its private half.
type Sealed struct {
	Commitment string `json:"commitment"`
	Ciphertext string `json:"ciphertext"` // base64 of nonce, ciphertext and tag
	Wraps      []Wrap `json:"wraps"`
}

// Wrap is the data key, encrypted for the holder of a key.
type Wrap struct {
	KeyID      string `json:"keyId"`
	WrappedKey string `json:"wrappedKey"` // base64
}

// Parcel names what is encrypted: the ciphertext is bound to it, and opens as
// nothing else.
type Parcel struct {
	ID         string
	KeyVersion int
}

func (p Parcel) aad() []byte {
	return []byte("henanchain/parcel/v1/" + p.ID + "/" + strconv.Itoa(p.KeyVersion))
}

// Seal encrypts data once (SM4-GCM, a fresh data key) and wraps the data key by
// SM2 for each recipient. Name the own key among them: with it recipients are
// added later.
func Seal(p Parcel, plaintext []byte, recipients ...*gm.PublicKey) (*Sealed, error) {
	e, err := gm.NewEnvelope(plaintext, p.aad(), recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal the parcel %s: %w", p.ID, err)
	}
	s := &Sealed{Commitment: e.Commitment, Ciphertext: base64.StdEncoding.EncodeToString(e.Ciphertext)}
	for _, r := range e.Recipients {
		s.Wraps = append(s.Wraps, Wrap{r.KeyID, base64.StdEncoding.EncodeToString(r.WrappedKey)})
	}
	return s, nil
}

// Opened is a parcel as the ledger holds it, with the one wrapped key that the
// caller was handed.
type Opened struct {
	Parcel
	Commitment, Ciphertext string
	Wrap                   Wrap
}

func (o *Opened) envelope() (*gm.Envelope, error) {
	ciphertext, err := base64.StdEncoding.DecodeString(o.Ciphertext)
	if err != nil {
		return nil, fmt.Errorf("the ciphertext of the parcel %s is not base64", o.ID)
	}
	wrapped, err := base64.StdEncoding.DecodeString(o.Wrap.WrappedKey)
	if err != nil {
		return nil, fmt.Errorf("the wrapped key of the parcel %s is not base64", o.ID)
	}
	return &gm.Envelope{Version: 1, Commitment: o.Commitment, Ciphertext: ciphertext,
		Recipients: []gm.Recipient{{KeyID: o.Wrap.KeyID, WrappedKey: wrapped}}}, nil
}

// Open decrypts with the key that the wrap is for. It refuses a data key that is
// not the one committed to, and a ciphertext of another parcel or key version.
func (o *Opened) Open(key *gm.PrivateKey) ([]byte, error) {
	e, err := o.envelope()
	if err != nil {
		return nil, err
	}
	plaintext, err := e.Open(key, o.aad())
	if err != nil {
		return nil, fmt.Errorf("open the parcel %s: %w", o.ID, err)
	}
	return plaintext, nil
}

// WrapFor wraps the data key for one more recipient; the ciphertext stays.
func (o *Opened) WrapFor(holder *gm.PrivateKey, recipient *gm.PublicKey) (*Wrap, error) {
	e, err := o.envelope()
	if err != nil {
		return nil, err
	}
	if err := e.AddRecipient(holder, recipient); err != nil {
		return nil, fmt.Errorf("wrap the key of the parcel %s: %w", o.ID, err)
	}
	for _, r := range e.Recipients {
		if r.KeyID == recipient.ID() {
			return &Wrap{r.KeyID, base64.StdEncoding.EncodeToString(r.WrappedKey)}, nil
		}
	}
	return nil, fmt.Errorf("wrap the key of the parcel %s: the recipient is not among its recipients", o.ID)
}
