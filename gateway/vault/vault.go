// Package vault seals what the gateway keeps on its disk: everything under one
// key-encryption key, so that a copied disk or database tells nothing without it.
package vault

import (
	"encoding/binary"
	"errors"
	"fmt"

	"henanchain/internal/gm"
)

// Vault seals and opens under a key-encryption key.
type Vault struct{ *gm.Sealer }

// Open reads the key-encryption keys: the active one, and those that older
// things may still be sealed under. Without an active one there is no vault;
// it answers nil.
func Open(active string, retired ...string) (*Vault, error) {
	if active == "" {
		if len(retired) > 0 {
			return nil, errors.New("kek.retired: names keys, and kek.file names none")
		}
		return nil, nil
	}
	kek, err := gm.ReadKEKFile(active)
	if err != nil {
		return nil, fmt.Errorf("kek.file: %w", err)
	}
	var old []gm.KeyEncryptionKey
	for _, path := range retired {
		k, err := gm.ReadKEKFile(path)
		if err != nil {
			return nil, fmt.Errorf("kek.retired: %w", err)
		}
		old = append(old, k)
	}
	sealer, err := gm.NewSealer(kek, old...)
	if err != nil {
		return nil, fmt.Errorf("kek.file: %w", err)
	}
	return &Vault{sealer}, nil
}

// Keys is the sealer; nil where there is no vault.
func (v *Vault) Keys() *gm.Sealer {
	if v == nil {
		return nil
	}
	return v.Sealer
}

// payloadPurpose binds a payload's data key to its use.
const payloadPurpose = "payload-key"

// SealPayload seals something of any size: under a key of its own, which is
// sealed in front of it.
func (v *Vault) SealPayload(plain []byte) ([]byte, error) {
	key := gm.NewDataKey()
	defer clear(key)
	sealed, err := v.Seal(key, payloadPurpose)
	if err != nil {
		return nil, err
	}
	head := sealed.String()
	box, err := gm.Seal(key, plain, []byte(head))
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(head)+len(box)), uint16(len(head)))
	return append(append(out, head...), box...), nil
}

// OpenPayload opens what SealPayload sealed.
func (v *Vault) OpenPayload(data []byte) ([]byte, error) {
	if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
		return nil, fmt.Errorf("open a payload: %w", gm.ErrFormat)
	}
	n := 2 + int(binary.BigEndian.Uint16(data))
	sealed, err := gm.ParseSealed(string(data[2:n]))
	if err != nil {
		return nil, fmt.Errorf("open a payload: %w", err)
	}
	key, err := v.Open(sealed, payloadPurpose)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return gm.Open(key, data[n:], data[2:n])
}

// RenewPayload seals a payload again under the active key-encryption key, and
// tells whether that changed anything: what is under it already is opened, to be
// sure of it, and stays as it is.
func (v *Vault) RenewPayload(data []byte) (renewed []byte, changed bool, err error) {
	plain, err := v.OpenPayload(data)
	if err != nil {
		return nil, false, err
	}
	defer clear(plain)
	sealed, err := gm.ParseSealed(string(data[2 : 2+int(binary.BigEndian.Uint16(data))]))
	if err != nil {
		return nil, false, err
	}
	if sealed.KEKID() == v.KEKID() {
		return data, false, nil
	}
	renewed, err = v.SealPayload(plain)
	return renewed, true, err
}
