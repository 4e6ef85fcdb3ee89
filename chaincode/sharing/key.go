package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
)

// Key is an organisation's SM2 public key for data keys to be wrapped with (加密公钥). Its
// id is the SM3 of the key.
type Key struct {
	PublicKey string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
	Reason    string `json:"reason,omitempty" is:"maxLen=256" zh:"吊销原因"`
}

// Active is the status of a key that data keys are wrapped with.
const Active = "ACTIVE"

const keyType = "encryption-key"

type registerKey struct {
	KeyID     string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"SM3 of the public key, as its owner computed it"`
	PublicKey string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
}

type revokeKey struct {
	KeyID  string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识"`
	Reason string `json:"reason" is:"maxLen=256" zh:"吊销原因"`
}

func (b *book) defineKeys(c *ledger.Contract) {
	b.keys = ledger.Define[Key](c, catalog.Record{
		Type: keyType, Collection: "encryption-keys", Title: "encryption key", TitleZh: "加密公钥",
		Doc:         "With which others wrap data keys for the organisation. The private key never leaves its owner.",
		Statuses:    []catalog.Status{{Code: Active, TitleZh: "有效"}, {Code: Revoked, TitleZh: "已吊销"}},
		Transitions: ledger.Table(ledger.Steps("RegisterKey", Active, ""), ledger.Steps("RevokeKey", Revoked, Active)),
	})
}

func (b *book) registerKey(c *ledger.Call, in *registerKey) error {
	key, err := gm.ParsePublicKeyPEM([]byte(in.PublicKey))
	if err != nil {
		return ledger.RefuseField(ledger.InputInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
	}
	if id := key.ID(); id != in.KeyID {
		return ledger.RefuseField(ledger.InputInvalid, "keyId", "the key's id is %s", id)
	}
	_, err = b.keys.Create(c, in.KeyID, Active, Key{PublicKey: in.PublicKey})
	return err
}

func (b *book) revokeKey(c *ledger.Call, in *revokeKey) error {
	k, err := b.keys.Open(c, in.KeyID)
	if err != nil {
		return err
	}
	k.Body.Reason = in.Reason
	return k.Move(c, Revoked)
}

// activeKey loads a key that data keys may be wrapped with.
func (b *book) activeKey(c *ledger.Call, id string) (*ledger.Entity[Key], error) {
	k, err := b.keys.Find(c, id)
	if err != nil {
		return nil, err
	}
	if k == nil || k.Status != Active {
		return nil, ledger.Refuse(KeyMissing, "there is no active encryption key %s; its owner registers one first (RegisterKey)", id)
	}
	return k, nil
}
