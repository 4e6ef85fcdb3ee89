package ledger

import (
	"encoding/base64"
	"regexp"

	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// A business system may sign its operations itself, with an SM2 key that is
// registered on the ledger: then not even the gateway can forge a write. Each
// contract keeps the keys as records of its own.

// SigningRegistrar is the role that registers, revokes and requires keys.
const SigningRegistrar = "signing.registrar"

const (
	signerType = "signer"
	policyType = "signing-policy"
)

// Signer is an application's registered SM2 public key (签名公钥).
type Signer struct {
	Application string `json:"application" is:"maxLen=64" zh:"业务系统" doc:"The business system whose operations the key signs"`
	PublicKey   string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
}

// SigningPolicy says whether an application must sign.
type SigningPolicy struct {
	Required bool `json:"required" zh:"必须签名" doc:"Whether every operation of the application must be signed"`
}

type registerSigner struct {
	KeyID       string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"SM3 of the public key, as the key's owner computed it"`
	Application string `json:"application" is:"maxLen=64" zh:"业务系统" doc:"The business system whose operations the key signs"`
	PublicKey   string `json:"publicKey" is:"maxLen=512" zh:"公钥" doc:"SM2 public key, PEM (SPKI)"`
}

type revokeSigner struct {
	KeyID string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"The key to revoke"`
}

type requireSigning struct {
	Application string `json:"application" is:"maxLen=64" zh:"业务系统" doc:"The business system"`
	Required    bool   `json:"required" zh:"必须签名" doc:"Whether every operation of the application must be signed"`
}

func defineSigning(c *Contract) {
	b := &signing{
		signers: Define[Signer](c, catalog.Record{
			Type: signerType, Collection: "signers", Title: "signing key", TitleZh: "签名公钥",
			Doc: "An application's SM2 key. To rotate, register the new key and revoke the old one.",
			Statuses: []catalog.Status{
				{Code: "ACTIVE", TitleZh: "有效", Doc: "Signatures of the key are accepted."},
				{Code: "REVOKED", TitleZh: "已吊销", Doc: "Signatures of the key are refused."},
			},
			Transitions: Table(Steps("RegisterSigner", "ACTIVE", ""), Steps("RevokeSigner", "REVOKED", "ACTIVE")),
			Search:      []catalog.SearchField{{Field: "application", Kind: "keyword"}},
		}),
		policies: Define[SigningPolicy](c, catalog.Record{
			Type: policyType, Collection: "signing-policies", Title: "signing policy", TitleZh: "签名策略",
			Doc: "Whether an application must sign its operations.",
			Statuses: []catalog.Status{
				{Code: "REQUIRED", TitleZh: "必须签名"}, {Code: "OPTIONAL", TitleZh: "可选签名"},
			},
			Transitions: Table(
				Steps("RequireSigning", "REQUIRED", "", "OPTIONAL", "REQUIRED"),
				Steps("RequireSigning", "OPTIONAL", "", "OPTIONAL", "REQUIRED"),
			),
		}),
	}
	roles := []string{SigningRegistrar}
	Handle(c, catalog.Operation{Name: "RegisterSigner", Title: "Register an application's SM2 key", TitleZh: "登记签名公钥",
		Record: signerType, Creates: true, ID: "keyId", Roles: roles}, b.register)
	Handle(c, catalog.Operation{Name: "RevokeSigner", Title: "Revoke an application's SM2 key", TitleZh: "吊销签名公钥",
		Record: signerType, Verb: "revoke", ID: "keyId", Roles: roles}, b.revoke)
	Handle(c, catalog.Operation{Name: "RequireSigning", Title: "Set whether an application must sign", TitleZh: "设置签名策略",
		Record: policyType, Creates: true, ID: "application", Roles: roles}, b.require)
}

type signing struct {
	signers  *Records[Signer]
	policies *Records[SigningPolicy]
}

func (s *signing) register(c *Call, in *registerSigner) error {
	key, err := gm.ParsePublicKeyPEM([]byte(in.PublicKey))
	if err != nil {
		return RefuseField(InputInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
	}
	if id := key.ID(); id != in.KeyID {
		return RefuseField(InputInvalid, "keyId", "the key's id is %s", id)
	}
	_, err = s.signers.Create(c, in.KeyID, "ACTIVE", Signer{in.Application, in.PublicKey})
	return err
}

func (s *signing) revoke(c *Call, in *revokeSigner) error {
	signer, err := s.signers.Open(c, in.KeyID)
	if err != nil {
		return err
	}
	return signer.Move(c, "REVOKED")
}

func (s *signing) require(c *Call, in *requireSigning) error {
	status := "OPTIONAL"
	if in.Required {
		status = "REQUIRED"
	}
	_, err := s.policies.Put(c, in.Application, status, SigningPolicy{in.Required})
	return err
}

var nonceForm = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)

// signingKeys are the keys that checkSignature reads.
func signingKeys(t *transaction, r *operation.Request) []string {
	keys := []string{Key(policyType, t.caller.App)}
	if r.Sig != nil {
		keys = append(keys, Key(signerType, r.Sig.KeyID), GuardKey("nonce", r.Sig.KeyID+"/"+r.Sig.Nonce))
	}
	return keys
}

// checkSignature verifies the business system's own signature, where there is
// one, and refuses where there must be one.
func checkSignature(c *Call, r *operation.Request) error {
	if r.Sig == nil {
		policy, err := (&Records[SigningPolicy]{c.tx.contract.records[policyType]}).Look(c, c.Caller().App)
		if err == nil && policy != nil && policy.Body.Required {
			return Refuse(SignatureMissing, "the application %s must sign its operations", c.Caller().App)
		}
		return err
	}
	key, err := registeredKey(c, r.Sig.KeyID)
	if err != nil {
		return err
	}
	if !nonceForm.MatchString(r.Sig.Nonce) {
		return Refuse(SignatureInvalid, "the nonce must be 16 to 64 letters and digits")
	}
	used, err := c.Guard("nonce", r.Sig.KeyID+"/"+r.Sig.Nonce)
	if err != nil {
		return err
	}
	if used != "" {
		return Refuse(SignatureInvalid, "the nonce %s of the key was used already", r.Sig.Nonce)
	}
	statement, err := r.Statement(c.Channel(), c.tx.contract.Name())
	if err != nil {
		return Refuse(SignatureInvalid, "the request cannot be put into canonical JSON")
	}
	signature, err := base64.StdEncoding.DecodeString(r.Sig.Value)
	if err != nil {
		return Refuse(SignatureInvalid, "the signature is not base64")
	}
	if err := key.Verify(statement, signature); err != nil {
		return Refuse(SignatureInvalid, "the signature does not verify over the statement %s", statement)
	}
	c.SetGuard("nonce", r.Sig.KeyID+"/"+r.Sig.Nonce, "1")
	return nil
}

// registeredKey is a key of the caller's application that is registered and
// not revoked.
func registeredKey(c *Call, keyID string) (*gm.PublicKey, error) {
	signer, err := (&Records[Signer]{c.tx.contract.records[signerType]}).Look(c, keyID)
	switch {
	case err != nil:
		return nil, err
	case signer == nil || signer.Status != "ACTIVE":
		return nil, Refuse(SignatureInvalid, "the key %.64q is not registered on %s, or was revoked", keyID, c.Channel())
	case signer.Body.Application != c.Caller().App || signer.Org != c.Caller().MSP:
		return nil, Refuse(SignatureInvalid, "the key %s belongs to another application than %s", keyID, c.Caller().App)
	}
	return gm.ParsePublicKeyPEM([]byte(signer.Body.PublicKey))
}

// VerifySigned checks an SM2 signature (base64 of ASN.1) that an input carries
// over a statement, with a key that is registered on this ledger for the
// caller's application: SIGNATURE_INVALID otherwise.
func (c *Call) VerifySigned(keyID, statement, signature string) error {
	key, err := registeredKey(c, keyID)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err == nil {
		err = key.Verify([]byte(statement), raw)
	}
	if err != nil {
		return Refuse(SignatureInvalid, "the signature does not verify over the statement %s", statement)
	}
	return nil
}
