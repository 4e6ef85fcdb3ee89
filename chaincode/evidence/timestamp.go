package evidence

import (
	"encoding/base64"
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
	"henanchain/internal/tsa"
)

const (
	authorityType    = "timestamp-authority"
	authorityActive  = "ACTIVE"
	authorityRevoked = "REVOKED"

	exampleAuthority = "ae02f164f4f10dda8a0b0f37807c9882d4fde79a7ad204fa6017eb9df0c28239"
)

// Authority is a time-stamping authority (时间戳机构) whose tokens are accepted.
type Authority struct {
	Name      string `json:"name" is:"maxLen=128" zh:"机构名称"`
	PublicKey string `json:"publicKey" is:"maxLen=2048" zh:"公钥" doc:"PEM (SPKI): SM2, ECDSA on P-256 or RSA of at least 2048 bits"`
	ValidFrom string `json:"validFrom" is:"date" zh:"有效期起"`
	ValidTo   string `json:"validTo" is:"date" zh:"有效期止"`
}

// TimestampFix is a verified time stamp: what the data's time is beside the
// ledger's. The token itself stands in the transaction.
type TimestampFix struct {
	Time      string `json:"time" is:"timestamp" zh:"时间戳时间"`
	Serial    string `json:"serial" is:"maxLen=64" zh:"时间戳序列号"`
	Authority string `json:"authority" is:"pattern=^[0-9a-f]{64}$" zh:"时间戳机构" doc:"Id of the authority's record"`
}

type registerAuthorityInput struct {
	KeyID string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"SM3 of the public key (SPKI, DER), as the regulator computed it"`
	Authority
}

type revokeAuthorityInput struct {
	KeyID  string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识"`
	Reason string `json:"reason" is:"maxLen=256" zh:"撤销原因" doc:"It stays in the transaction"`
}

func (b *book) defineAuthorities(c *ledger.Contract) {
	b.authorities = ledger.Define[Authority](c, catalog.Record{
		Type: authorityType, Collection: "timestamp-authorities", Title: "time-stamping authority", TitleZh: "时间戳机构",
		Doc: "Whose time-stamp tokens (GB/T 20520) deposits may carry. A token is verified against the key that the regulator pinned here.",
		Statuses: []catalog.Status{
			{Code: authorityActive, TitleZh: "有效"}, {Code: authorityRevoked, TitleZh: "已撤销", Doc: "New tokens are refused; what they fixed before stays."},
		},
		Transitions: ledger.Table(ledger.Steps("RegisterAuthority", authorityActive, ""), ledger.Steps("RevokeAuthority", authorityRevoked, authorityActive)),
		Search:      []catalog.SearchField{{Field: "name", Kind: "text"}},
	})
}

func (b *book) handleAuthorities(c *ledger.Contract) {
	regulator := []string{RoleRegulator}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterAuthority", Title: "Admit a time-stamping authority", TitleZh: "登记时间戳机构", Record: authorityType, Creates: true, ID: "keyId",
		Roles: regulator, Refusals: []string{AuthorityInvalid},
		Example: json.RawMessage(`{"keyId":"` + exampleAuthority + `","name":"示例时间戳服务中心","publicKey":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEnascEnNdOwGxHvI2gp4CEWxY7GQ/\nljnrSUykmgBdkfUgvkuyZ5imgr6hUY5g8MkoP7Bf1T8wdcnoj8OhYhJMng==\n-----END PUBLIC KEY-----\n","validFrom":"20260101","validTo":"20301231"}`),
	}, b.registerAuthority)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeAuthority", Title: "Revoke a time-stamping authority", TitleZh: "撤销时间戳机构", Record: authorityType, Verb: "revoke", ID: "keyId",
		Roles: regulator, Example: json.RawMessage(`{"keyId":"` + exampleAuthority + `","reason":"服务终止"}`),
	}, func(c *ledger.Call, in *revokeAuthorityInput) error {
		a, err := b.authorities.Open(c, in.KeyID)
		if err != nil {
			return err
		}
		return a.Move(c, authorityRevoked)
	})
}

func (b *book) registerAuthority(c *ledger.Call, in *registerAuthorityInput) error {
	key, err := tsa.ParseKey(in.PublicKey)
	if err != nil {
		return ledger.RefuseField(AuthorityInvalid, "publicKey", "%v", err)
	}
	if id := key.ID(); id != in.KeyID {
		return ledger.RefuseField(AuthorityInvalid, "keyId", "the key's id is %s", id)
	}
	if in.ValidTo < in.ValidFrom {
		return ledger.RefuseField(AuthorityInvalid, "validTo", "the period from %s to %s ends before it begins", in.ValidFrom, in.ValidTo)
	}
	_, err = b.authorities.Create(c, in.KeyID, authorityActive, in.Authority)
	return err
}

// Stamp is a trusted time stamp as a deposit brings it.
type Stamp struct {
	TSAToken string `json:"tsaToken,omitempty" is:"maxLen=16384" zh:"可信时间戳" doc:"Base64 of an RFC 3161 time-stamp token (GB/T 20520) over the digest"`
	TSAKeyID string `json:"tsaKeyId,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"时间戳机构公钥标识" doc:"The time-stamping authority that made the token"`
}

// reads are the keys that checking the stamp reads.
func (s *Stamp) reads() []string {
	if s.TSAToken == "" {
		return nil
	}
	return []string{ledger.Key(authorityType, s.TSAKeyID)}
}

// checkTimestamp verifies a deposit's time-stamp token, where it has one: over
// this digest, by an authority that is admitted and was valid then, not after
// the transaction.
func (b *book) checkTimestamp(c *ledger.Call, stamp *Stamp, algo, fileHash string) (*TimestampFix, error) {
	if stamp.TSAToken == "" {
		return nil, nil
	}
	der, err := base64.StdEncoding.DecodeString(stamp.TSAToken)
	if err != nil {
		return nil, ledger.RefuseField(TimestampInvalid, "tsaToken", "the token must be base64 of its DER")
	}
	token, err := tsa.Parse(der)
	if err != nil {
		return nil, ledger.RefuseField(TimestampInvalid, "tsaToken", "%v", err)
	}
	if algo == "" {
		algo = SM3
	}
	if token.Digest != fileHash || token.Algorithm != algo {
		return nil, ledger.RefuseField(TimestampDiffers, "tsaToken", "the token is over the %s digest %s, and the deposit over the %s digest %s", token.Algorithm, token.Digest, algo, fileHash)
	}
	if token.Time.After(c.Now()) {
		return nil, ledger.RefuseField(TimestampInvalid, "tsaToken", "the token's time lies after the transaction at %s", c.Timestamp())
	}
	if err := b.checkAuthority(c, stamp.TSAKeyID, token); err != nil {
		return nil, err
	}
	return &TimestampFix{Time: identifier.Timestamp{Time: token.Time}.String(), Serial: token.Serial, Authority: stamp.TSAKeyID}, nil
}

// checkAuthority refuses a token that no admitted authority signed.
func (b *book) checkAuthority(c *ledger.Call, keyID string, token *tsa.Token) error {
	a, err := b.authorities.Find(c, keyID)
	if err != nil {
		return err
	}
	if a == nil || a.Status != authorityActive {
		return ledger.RefuseField(TimestampUnknown, "tsaKeyId", "name an authority that is registered on %s and not revoked", c.Channel())
	}
	if day := identifier.DateOf(token.Time).String(); day < a.Body.ValidFrom || day > a.Body.ValidTo {
		return ledger.RefuseField(TimestampInvalid, "tsaToken", "the authority is admitted from %s to %s, and the token is of %s", a.Body.ValidFrom, a.Body.ValidTo, day)
	}
	key, err := tsa.ParseKey(a.Body.PublicKey)
	if err != nil {
		return err
	}
	if err := token.Verify(key); err != nil {
		return ledger.RefuseField(TimestampInvalid, "tsaToken", "%v", err)
	}
	return nil
}
