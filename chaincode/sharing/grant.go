package sharing

import (
	"encoding/base64"
	"fmt"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Grant is a consent that an organisation uses data (授权): the subject's own (单独同意),
// or the providing department's on a legal basis. For one purpose, some items and
// fields, a time, a number of times.
type Grant struct {
	Grantor     string   `json:"grantor" is:"enum=SUBJECT|DEPARTMENT" zh:"授权方" doc:"数据主体, 提供部门"`
	SubjectKey  string   `json:"subjectKey,omitempty" is:"subject" zh:"授权人标识"`
	LegalBasis  string   `json:"legalBasis,omitempty" is:"maxLen=256" zh:"授权依据"`
	GranteeDept string   `json:"granteeDept" is:"uscc" zh:"被授权机构"`
	Purpose     string   `json:"purpose" is:"maxLen=64" zh:"使用目的"`
	Items       []string `json:"items" is:"resource-code" zh:"目录项"`
	Fields      []string `json:"fields,omitempty" zh:"数据项" doc:"Absent: all fields of the items"`
	ValidFrom   string   `json:"validFrom" is:"date" zh:"授权起"`
	ValidTo     string   `json:"validTo" is:"date" zh:"授权止" doc:"Its last day"`
	MaxUses     int      `json:"maxUses" is:"min=1" zh:"授权次数"`
	Uses        int      `json:"uses" zh:"已用次数"`
	DocHash     string   `json:"docHash" is:"sm3" zh:"授权书摘要"`
	Signature   string   `json:"signature,omitempty" is:"maxLen=128" zh:"授权人签名"`
	PublicKey   string   `json:"publicKey,omitempty" is:"maxLen=512" zh:"签名公钥"`
	RevokedOn   string   `json:"revokedOn,omitempty" is:"date" zh:"撤销日期"`
	RevokeHash  string   `json:"revokeHash,omitempty" is:"sm3" zh:"撤销书摘要"`
}

// Statuses of a grant.
const (
	Granted   = "GRANTED"
	Exhausted = "EXHAUSTED"
	Expired   = "EXPIRED"
)

// Grantors.
const (
	BySubject    = "SUBJECT"
	ByDepartment = "DEPARTMENT"
)

const grantType = "grant"

type grantUse struct {
	GrantID     string   `json:"grantId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	Grantor     string   `json:"grantor" is:"enum=SUBJECT|DEPARTMENT" zh:"授权方"`
	SubjectKey  string   `json:"subjectKey,omitempty" is:"subject" zh:"授权人标识" doc:"The subject that consents"`
	LegalBasis  string   `json:"legalBasis,omitempty" is:"maxLen=256" zh:"授权依据" doc:"Of a department's grant"`
	GranteeDept string   `json:"granteeDept" is:"uscc" zh:"被授权机构"`
	Purpose     string   `json:"purpose" is:"minLen=2,maxLen=64" zh:"使用目的"`
	Items       []string `json:"items" is:"minItems=1,maxItems=20,unique,resource-code" zh:"目录项"`
	Fields      []string `json:"fields,omitempty" is:"maxItems=50,unique,maxLen=32" zh:"数据项"`
	ValidFrom   string   `json:"validFrom" is:"date" zh:"授权起"`
	ValidTo     string   `json:"validTo" is:"date" zh:"授权止"`
	MaxUses     int      `json:"maxUses" is:"min=1,max=1000000" zh:"授权次数"`
	DocHash     string   `json:"docHash" is:"sm3" zh:"授权书摘要" doc:"SM3 of the consent as it was given"`
	Signature   string   `json:"signature,omitempty" is:"maxLen=128" zh:"授权人签名" doc:"The subject's own SM2 signature (ASN.1, base64) over the statement: the canonical JSON of channel, docHash, fields, grantId, granteeDept, items, maxUses, purpose, subjectKey, validFrom and validTo"`
	PublicKey   string   `json:"publicKey,omitempty" is:"maxLen=512" zh:"签名公钥" doc:"With which the signature verifies, PEM"`
}

// Reads lets a batch fetch the items.
func (in *grantUse) Reads() []string { return ledger.Keys(itemType, in.Items) }

type revokeGrant struct {
	GrantID    string `json:"grantId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	RevokeHash string `json:"revokeHash" is:"sm3" zh:"撤销书摘要"`
}

func (b *book) defineGrants(c *ledger.Contract) {
	b.grants = ledger.Define[Grant](c, catalog.Record{
		Type: grantType, Collection: "grants", Title: "grant", TitleZh: "授权",
		Doc: "A subject's or a department's consent that an organisation uses data: purpose, items, fields, period, number of uses.",
		Statuses: []catalog.Status{
			{Code: Granted, TitleZh: "已授权"}, {Code: Exhausted, TitleZh: "已用尽"}, {Code: Expired, TitleZh: "已过期"},
			{Code: Revoked, TitleZh: "已撤销", Doc: "No further use; what was used stays on record."},
		},
		Transitions: ledger.Table(
			ledger.Steps("GrantUse", Granted, ""), ledger.Steps("RevokeGrant", Revoked, Granted, Exhausted),
			spends("UseData"), spends("AskData"), spends("OpenParcel"), spends("Contribute"), spends("PutPoints"),
		),
		Search: append(ledger.Keywords("grantor", "subjectKey", "granteeDept", "purpose", "items[]"), ledger.Dates("validFrom", "validTo")...), HashFields: []string{"docHash"},
		Lapse: &catalog.Lapse{Field: "validTo", From: []string{Granted}, To: Expired},
	})
	b.defineUses(c)
}

// spends are the steps of an operation that uses a grant.
func spends(op string) []catalog.Transition {
	return ledger.Table(ledger.Stay(op, Granted), ledger.Steps(op, Exhausted, Granted))
}

// Statement is what a subject signs: the canonical JSON (RFC 8785) of what the
// grant says, and of the channel, so that it holds there alone.
func (g *Grant) Statement(channel, grantID string) ([]byte, error) {
	out, err := strictjson.Marshal(map[string]any{
		"channel": channel, "docHash": g.DocHash, "fields": append([]string{}, g.Fields...), "grantId": grantID, "granteeDept": g.GranteeDept, "items": g.Items,
		"maxUses": g.MaxUses, "purpose": g.Purpose, "subjectKey": g.SubjectKey, "validFrom": g.ValidFrom, "validTo": g.ValidTo,
	})
	if err != nil {
		return nil, fmt.Errorf("make the grant's statement: %w", err)
	}
	return out, nil
}

// grantUse writes a consent. The portal, which knows who its caller is, writes
// a subject's; the providing department its own.
func (b *book) grantUse(c *ledger.Call, in *grantUse) error {
	if in.ValidTo < in.ValidFrom || in.ValidTo < c.Today() {
		return ledger.RefuseField(PeriodInvalid, "validTo", "the grant is from %s to %s: it ends before it begins, or before today (%s)", in.ValidFrom, in.ValidTo, c.Today())
	}
	if err := b.checkGrantor(c, in); err != nil {
		return err
	}
	g := Grant{Grantor: in.Grantor, SubjectKey: in.SubjectKey, LegalBasis: in.LegalBasis, GranteeDept: in.GranteeDept, Purpose: in.Purpose, Items: in.Items, Fields: in.Fields,
		ValidFrom: in.ValidFrom, ValidTo: in.ValidTo, MaxUses: in.MaxUses, DocHash: in.DocHash, Signature: in.Signature, PublicKey: in.PublicKey}
	if err := g.checkSignature(c, in.GrantID); err != nil {
		return err
	}
	_, err := b.grants.Create(c, in.GrantID, Granted, g)
	return err
}

func (b *book) checkGrantor(c *ledger.Call, in *grantUse) error {
	subject := in.Grantor == BySubject
	switch {
	case subject && in.SubjectKey == "":
		return ledger.RefuseField(GrantorInvalid, "subjectKey", "a subject's grant names the subject")
	case subject && !c.Caller().Has(RolePortal):
		return ledger.RefuseField(GrantorInvalid, "grantor", "a subject's consent is written by a portal (%s), which has made sure who consents", RolePortal)
	case !subject && in.LegalBasis == "":
		return ledger.RefuseField(GrantorInvalid, "legalBasis", "a department's grant names its legal basis")
	case !subject && !c.Caller().Has(RoleProvider):
		return ledger.RefuseField(GrantorInvalid, "grantor", "a department's grant is written by the department that provides the items (%s)", RoleProvider)
	}
	for _, code := range in.Items {
		item, err := b.items.Find(c, code)
		if err != nil {
			return err
		}
		switch {
		case item == nil || item.Status != Published:
			return ledger.RefuseField(ItemUnpublished, "items", "the item %s is not published in the catalogue", code)
		case !subject && (item.Dept != c.Caller().Dept || item.Org != c.Caller().MSP):
			return ledger.RefuseField(NotTheProvider, "items", "the item %s is provided by the department %s", code, item.Dept)
		}
	}
	return nil
}

// checkSignature verifies the subject's own signature, where there is one.
func (g *Grant) checkSignature(c *ledger.Call, id string) error {
	if g.Signature == "" && g.PublicKey == "" {
		return nil
	}
	key, err := gm.ParsePublicKeyPEM([]byte(g.PublicKey))
	if err != nil {
		return ledger.RefuseField(ledger.InputInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
	}
	statement, err := g.Statement(c.Channel(), id)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(g.Signature)
	if err == nil {
		err = key.Verify(statement, signature)
	}
	if err != nil {
		return ledger.RefuseField(ledger.SignatureInvalid, "signature", "the signature does not verify with the public key over the statement %s", statement)
	}
	return nil
}

// revokeGrant ends a grant from now on (撤回同意). Whoever wrote it does, and a portal
// for the subject.
func (b *book) revokeGrant(c *ledger.Call, in *revokeGrant) error {
	g, err := b.grants.Open(c, in.GrantID)
	if err != nil {
		return err
	}
	g.Body.RevokedOn, g.Body.RevokeHash = c.Today(), in.RevokeHash
	return g.Move(c, Revoked)
}

// Reasons of a denial.
const (
	ItemWithdrawn   = "ITEM_WITHDRAWN"
	NoSharing       = "NOT_SHARED"
	NoRight         = "NO_RIGHT"
	NoGrant         = "NO_GRANT"
	NotGrantee      = "NOT_GRANTEE"
	WrongSubject    = "WRONG_SUBJECT"
	WrongPurpose    = "WRONG_PURPOSE"
	OutOfScope      = "OUT_OF_SCOPE"
	FieldNotGranted = "FIELD_NOT_GRANTED"
	NotYetValid     = "NOT_YET_VALID"
	NoConsent       = "NO_CONSENT"
	KeyNotWrapped   = "KEY_NOT_WRAPPED"
)

// wish is a use that somebody wants to make.
type wish struct {
	dept, grantID, code, purpose, subject string
	fields                                []string
}

// judge answers why a wish is denied, empty where it is not; with the item, and
// the grant that covers it where it needs one.
func (b *book) judge(c *ledger.Call, w *wish) (*ledger.Entity[Item], *ledger.Entity[Grant], string, error) {
	item, err := b.items.Find(c, w.code)
	if err != nil {
		return nil, nil, "", err
	}
	switch {
	case item == nil || item.Status != Published:
		return nil, nil, ItemWithdrawn, nil
	case item.Dept == w.dept:
		return item, nil, "", nil // its own data
	case item.Body.Sharing == NotShared:
		return item, nil, NoSharing, nil
	case item.Body.Sharing == Unconditional && !item.Body.Personal:
		return item, nil, "", nil
	}
	may, err := b.mayUse(c, w.code, w.dept)
	if err != nil || !may {
		return item, nil, NoRight, err
	}
	g, err := b.grants.Find(c, w.grantID)
	if err != nil || g == nil {
		return item, nil, NoGrant, err
	}
	return item, g, g.Body.denies(c, g.StatusNow(c), item, w), nil
}

// denies compares a wish with what the grant says; empty where it is covered.
func (g *Grant) denies(c *ledger.Call, status string, item *ledger.Entity[Item], w *wish) string {
	switch {
	case g.GranteeDept != w.dept:
		return NotGrantee
	case status != Granted:
		return status
	case c.Today() < g.ValidFrom:
		return NotYetValid
	case g.Grantor == BySubject && g.SubjectKey != w.subject:
		return WrongSubject
	case g.Purpose != w.purpose:
		return WrongPurpose
	case !slices.Contains(g.Items, w.code):
		return OutOfScope
	case item.Body.Personal && g.Grantor == BySubject && w.subject == "":
		return NoConsent
	}
	if len(g.Fields) > 0 {
		for _, f := range w.fields {
			if !slices.Contains(g.Fields, f) {
				return FieldNotGranted
			}
		}
		if len(w.fields) == 0 {
			return FieldNotGranted
		}
	}
	return ""
}

// spend counts one use of a grant; nothing where the use needs none.
func spend(c *ledger.Call, g *ledger.Entity[Grant]) error {
	if g == nil {
		return nil
	}
	g.Body.Uses++
	status := Granted
	if g.Body.Uses >= g.Body.MaxUses {
		status = Exhausted
	}
	return g.Move(c, status)
}
