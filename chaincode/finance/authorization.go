package finance

import (
	"encoding/base64"
	"fmt"

	"henanchain/chaincode/ledger"
	"henanchain/internal/strictjson"
)

// Authorization is a subject's consent that an organisation asks about it (授
// 权): for one purpose, about some items, for a time, a number of times (逐笔授权).
type Authorization struct {
	SubjectKey    string   `json:"subjectKey" is:"subject" zh:"授权人标识"`
	GranteeDept   string   `json:"granteeDept" is:"uscc" zh:"被授权机构" doc:"The organisation that may ask"`
	Purpose       string   `json:"purpose" is:"enum=PRE_LOAN|IN_LOAN|POST_LOAN" zh:"授权用途"`
	Scope         []string `json:"scope" is:"resource-code" zh:"授权数据项"`
	ValidFrom     string   `json:"validFrom" is:"date" zh:"授权起"`
	ValidTo       string   `json:"validTo" is:"date" zh:"授权止" doc:"Its last day"`
	MaxUses       int      `json:"maxUses" is:"min=1" zh:"授权次数"`
	Uses          int      `json:"uses" zh:"已用次数"`
	ApplicationID string   `json:"applicationId,omitempty" zh:"融资申请号" doc:"The application that it is given for"`
	DocHash       string   `json:"docHash" is:"sm3" zh:"授权书摘要"`
	Signature     string   `json:"signature,omitempty" is:"maxLen=128" zh:"授权人签名" doc:"SM2 over the statement, base64"`
	KeyID         string   `json:"keyId,omitempty" zh:"签名公钥标识"`
	RevokedOn     string   `json:"revokedOn,omitempty" is:"date" zh:"撤销日期"`
	RevokeHash    string   `json:"revokeHash,omitempty" is:"sm3" zh:"撤销书摘要"`
}

// Statuses of an authorization.
const (
	AuthDraft     = "DRAFT"
	AuthGranted   = "GRANTED"
	AuthExhausted = "EXHAUSTED"
	AuthExpired   = "EXPIRED"
	AuthRevoked   = "REVOKED"
)

const authorizationType = "authorization"

type draftAuthorization struct {
	AuthID        string   `json:"authId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	SubjectKey    string   `json:"subjectKey" is:"subject" zh:"授权人标识"`
	GranteeDept   string   `json:"granteeDept" is:"uscc" zh:"被授权机构"`
	Purpose       string   `json:"purpose" is:"enum=PRE_LOAN|IN_LOAN|POST_LOAN" zh:"授权用途" doc:"Dictionary purpose"`
	Scope         []string `json:"scope" is:"minItems=1,maxItems=20,unique,resource-code" zh:"授权数据项"`
	ValidFrom     string   `json:"validFrom" is:"date" zh:"授权起"`
	ValidTo       string   `json:"validTo" is:"date" zh:"授权止"`
	MaxUses       int      `json:"maxUses" is:"min=1,max=1000" zh:"授权次数"`
	ApplicationID string   `json:"applicationId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"融资申请号"`
	DocHash       string   `json:"docHash" is:"sm3" zh:"授权书摘要"`
}

// Reads lets a batch fetch the items and the application.
func (in *draftAuthorization) Reads() []string {
	var keys []string
	for _, code := range in.Scope {
		keys = append(keys, ledger.Key(itemType, code))
	}
	if in.ApplicationID != "" {
		keys = append(keys, ledger.Key(loanType, in.ApplicationID))
	}
	return keys
}

type authorizationID struct {
	AuthID string `json:"authId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
}

type grantAuthorization struct {
	authorizationID
	Signature string `json:"signature" is:"maxLen=128" zh:"授权人签名" doc:"SM2 (ASN.1, base64) by the subject's registered key over the canonical JSON of applicationId, authId, channel, docHash, granteeDept, maxUses, purpose, scope, subjectKey, validFrom and validTo; applicationId is an empty text where there is none"`
}

type revokeAuthorization struct {
	authorizationID
	RevokeHash string `json:"revokeHash" is:"sm3" zh:"撤销书摘要" doc:"SM3 of the subject's revocation"`
}

// Statement is what the subject signs: the canonical JSON (RFC 8785) of what the
// authorization says, and of the channel, so that it holds there alone.
func (a *Authorization) Statement(channel, authID string) ([]byte, error) {
	out, err := strictjson.Marshal(map[string]any{
		"applicationId": a.ApplicationID, "authId": authID, "channel": channel, "docHash": a.DocHash, "granteeDept": a.GranteeDept,
		"maxUses": a.MaxUses, "purpose": a.Purpose, "scope": a.Scope, "subjectKey": a.SubjectKey, "validFrom": a.ValidFrom, "validTo": a.ValidTo,
	})
	if err != nil {
		return nil, fmt.Errorf("make the authorization's statement: %w", err)
	}
	return out, nil
}

func (b *book) draftAuthorization(c *ledger.Call, in *draftAuthorization) error {
	if in.ValidTo < in.ValidFrom {
		return ledger.RefuseField(PeriodInvalid, "validTo", "the authorization is from %s to %s: it ends before it begins", in.ValidFrom, in.ValidTo)
	}
	for _, code := range in.Scope {
		item, err := b.items.Find(c, code)
		if err != nil {
			return err
		}
		if item == nil || item.Status != Published {
			return ledger.RefuseField(ScopeInvalid, "scope", "the item %s is not published in the catalogue", code)
		}
	}
	if in.ApplicationID != "" {
		if err := b.linkAuthorization(c, in); err != nil {
			return err
		}
	}
	_, err := b.authorizations.Create(c, in.AuthID, AuthDraft, Authorization{
		SubjectKey: in.SubjectKey, GranteeDept: in.GranteeDept, Purpose: in.Purpose, Scope: in.Scope, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo,
		MaxUses: in.MaxUses, ApplicationID: in.ApplicationID, DocHash: in.DocHash,
	})
	return err
}

// linkAuthorization ties an authorization to the application that it is given
// for (真实背景): of the same subject, to the same bank.
func (b *book) linkAuthorization(c *ledger.Call, in *draftAuthorization) error {
	loan, err := b.loans.Load(c, in.ApplicationID)
	if err != nil {
		return err
	}
	if loan.Body.SubjectKey != in.SubjectKey || loan.Body.BankDept != in.GranteeDept {
		return ledger.RefuseField(SubjectMismatch, "applicationId", "the application %s is by another subject, or to another bank", loan.ID)
	}
	if err := ledger.Enter(&loan.Body.Authorizations, maxEntries, authorizationType, in.AuthID); err != nil {
		return err
	}
	return loan.Keep(c)
}

// grantAuthorization puts a draft into force, by the subject's own signature
// over it.
func (b *book) grantAuthorization(c *ledger.Call, in *grantAuthorization) error {
	a, err := b.authorizations.Open(c, in.AuthID)
	if err != nil {
		return err
	}
	if c.Today() > a.Body.ValidTo {
		return ledger.Refuse(AuthorizationExpired, "the authorization was to hold until %s; a new one is needed", a.Body.ValidTo)
	}
	key, err := b.signatureKey(c, a.Body.SubjectKey)
	if err != nil {
		return err
	}
	statement, err := a.Body.Statement(c.Channel(), a.ID)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(in.Signature)
	if err == nil {
		err = key.Verify(statement, signature)
	}
	if err != nil {
		return ledger.RefuseField(ledger.SignatureInvalid, "signature", "the signature does not verify with the subject's key over the statement %s", statement)
	}
	a.Body.Signature, a.Body.KeyID = in.Signature, key.ID()
	return a.Move(c, AuthGranted)
}

// revokeAuthorization ends an authorization from now on (撤回同意). What was asked
// before stays on record.
func (b *book) revokeAuthorization(c *ledger.Call, in *revokeAuthorization) error {
	a, err := b.authorizations.Open(c, in.AuthID)
	if err != nil {
		return err
	}
	a.Body.RevokedOn, a.Body.RevokeHash = c.Today(), in.RevokeHash
	return a.Move(c, AuthRevoked)
}

// expireAuthorization writes down that an authorization's period is over. It is
// over without that: whoever asks is told so.
func (b *book) expireAuthorization(c *ledger.Call, in *authorizationID) error {
	a, err := b.authorizations.Open(c, in.AuthID)
	if err != nil {
		return err
	}
	if a.StatusNow(c) != AuthExpired {
		return ledger.Refuse(NotExpired, "the authorization holds until %s", a.Body.ValidTo)
	}
	return a.Move(c, AuthExpired)
}
