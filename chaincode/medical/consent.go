package medical

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

const consentType = "consent"

// Statuses of a consent beside GRANTED and REVOKED. Whether one has expired is
// decided by its dates at the transaction's time; EXPIRED only tidies up.
const (
	Exhausted = "EXHAUSTED"
	Expired   = "EXPIRED"
)

// Terms are what a resident consents to: who may see which documents, for
// what, when and how often (单独同意, PIPL art. 29).
type Terms struct {
	PatientKey string   `json:"patientKey" is:"subject" zh:"患者标识"`
	Grantee    string   `json:"grantee" is:"uscc" zh:"被授权机构"`
	Purpose    string   `json:"purpose" is:"enum=TREATMENT|REFERRAL|CONSULTATION|INSURANCE|FOLLOW_UP|RESEARCH" zh:"用途" doc:"诊疗, 转诊, 会诊, 医保或商保理赔, 随访, 科研"`
	DocTypes   []string `json:"docTypes,omitempty" is:"maxItems=60,unique,pattern=^C[0-9]{4}$" zh:"文档类型范围"`
	Documents  []string `json:"documents,omitempty" is:"maxLen=59,maxItems=100,unique" zh:"文档范围" doc:"Numbers of documents, of all their versions"`
	ValidFrom  string   `json:"validFrom" is:"timestamp" zh:"生效时间"`
	ValidTo    string   `json:"validTo" is:"timestamp" zh:"失效时间"`
	MaxUses    int64    `json:"maxUses" is:"min=1,max=1000" zh:"最多次数"`
}

// Consent is a resident's consent (授权), under an id that is derived from
// resident, institution and purpose: there is one at a time for each.
type Consent struct {
	Terms
	FileHash  string `json:"fileHash" is:"sm3" zh:"同意书摘要"`
	Signature string `json:"signature,omitempty" is:"maxLen=256" zh:"居民签名" doc:"SM2, base64, over the canonical JSON of the terms"`
	Used      int64  `json:"used" is:"min=0" zh:"已用次数"`
	Round     int64  `json:"round" is:"min=1" zh:"授权轮次"`
	Reason    string `json:"reason,omitempty" is:"maxLen=256" zh:"撤回原因"`
}

type grantConsentInput struct {
	Terms
	FileHash  string `json:"fileHash" is:"sm3" zh:"同意书摘要" doc:"SM3 of the consent that the resident gave for this purpose alone"`
	Signature string `json:"signature,omitempty" is:"maxLen=256" zh:"居民签名" doc:"SM2, base64, over the canonical JSON (RFC 8785) of this input without the signature; required where the resident has bound a key"`
}

type revokeConsentInput struct {
	ConsentID string `json:"consentId" is:"maxLen=32" zh:"授权编号"`
	Reason    string `json:"reason,omitempty" is:"maxLen=256" zh:"撤回原因"`
}

func (i *grantConsentInput) Reads() []string {
	return []string{ledger.Key(patientType, i.PatientKey), ledger.Key(consentType, ConsentID(i.PatientKey, i.Grantee, i.Purpose))}
}

// ConsentID derives a consent's id, so that it is found by what it is about.
func ConsentID(patientKey, grantee, purpose string) string {
	return gm.HexDigest([]byte(patientKey + "/" + grantee + "/" + purpose))[:32]
}

// Statement is what a resident signs: the canonical JSON (RFC 8785) of the
// terms and the digest of the consent.
func (t *Terms) Statement(fileHash string) ([]byte, error) {
	out, err := strictjson.Marshal(struct {
		Terms
		FileHash string `json:"fileHash"`
	}{*t, fileHash})
	if err != nil {
		return nil, fmt.Errorf("make the consent's statement: %w", err)
	}
	return out, nil
}

func (b *book) defineConsent(c *ledger.Contract) {
	b.consents = ledger.Define[Consent](c, catalog.Record{
		Type: consentType, Collection: "consents", Title: "consent", TitleZh: "授权",
		Doc: "A resident's consent to one institution for one purpose. The id is SM3 of the two and the purpose, 32 characters.",
		Statuses: []catalog.Status{
			{Code: Granted, TitleZh: "有效", Doc: "Within its dates only: query ConsentStatus."}, {Code: Revoked, TitleZh: "已撤回"},
			{Code: Exhausted, TitleZh: "次数用尽"}, {Code: Expired, TitleZh: "已过期"},
		},
		Transitions: ledger.Table(
			ledger.Steps("GrantConsent", Granted, "", Granted, Revoked, Exhausted, Expired), ledger.Steps("RevokeConsent", Revoked, Granted),
			ledger.Stay("Access", Granted), ledger.Steps("Access", Exhausted, Granted), ledger.Steps("ExpireConsent", Expired, Granted),
		),
		Search: []catalog.SearchField{{Field: "patientKey", Kind: "keyword"}, {Field: "grantee", Kind: "keyword"}, {Field: "purpose", Kind: "keyword"}, {Field: "validTo", Kind: "date"}},
	})
}

func (b *book) handleConsent(c *ledger.Contract) {
	roles := []string{RolePatient}
	ledger.Handle(c, catalog.Operation{
		Name: "GrantConsent", Title: "Give a consent", TitleZh: "居民授权", Record: consentType, Creates: true, Lane: "patientKey", Roles: roles,
		Refusals: []string{InstitutionRequired, LicenceExpired, ConsentScope, ConsentLive, ConsentSignature, DateInvalid, DocTypeUnknown},
		Example:  json.RawMessage(`{"patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","grantee":"93411525MA9YTT036W","purpose":"REFERRAL","docTypes":["C0006","C0007"],"validFrom":"2026-03-01T00:00:00Z","validTo":"2030-03-01T00:00:00Z","maxUses":10,"fileHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.grantConsent)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeConsent", Title: "Revoke a consent", TitleZh: "撤回授权", Record: consentType, Verb: "revoke", ID: "consentId", Roles: roles,
		Doc:     "At any time (PIPL art. 15). It ends every use from then on, and no use before.",
		Example: json.RawMessage(`{"consentId":"045197b8e08b1b2390eb57ec75198c72","reason":"不再需要转诊"}`),
	}, func(c *ledger.Call, in *revokeConsentInput) error {
		e, err := b.consents.OpenAny(c, in.ConsentID)
		if err != nil {
			return err
		}
		e.Body.Reason = in.Reason
		return e.Move(c, Revoked)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "ExpireConsent", Title: "Tidy up a consent that has ended", TitleZh: "授权过期归档", Record: consentType, Verb: "expire", ID: "consentId", Roles: []string{RolePatient, RoleHealth},
		Refusals: []string{ConsentLive},
		Example:  json.RawMessage(`{"consentId":"045197b8e08b1b2390eb57ec75198c72"}`),
	}, func(c *ledger.Call, in *revokeConsentInput) error {
		e, err := b.consents.OpenAny(c, in.ConsentID)
		if err != nil {
			return err
		}
		if e.Body.ValidTo >= c.Timestamp() {
			return ledger.Refuse(ConsentLive, "the consent %s ends at %s, and now it is %s", e.ID, e.Body.ValidTo, c.Timestamp())
		}
		return e.Move(c, Expired)
	})
}

func (b *book) grantConsent(c *ledger.Call, in *grantConsentInput) error {
	patient, err := b.patients.Load(c, in.PatientKey)
	if err != nil {
		return err
	}
	if _, err := b.institution(c, in.Grantee, "", Hospital, Insurer); err != nil {
		return err
	}
	if err := in.Terms.valid(c); err != nil {
		return err
	}
	if err := in.signedBy(patient); err != nil {
		return err
	}
	id := ConsentID(in.PatientKey, in.Grantee, in.Purpose)
	body := Consent{Terms: in.Terms, FileHash: in.FileHash, Signature: in.Signature, Round: 1}
	old, err := b.consents.Find(c, id)
	if err != nil {
		return err
	}
	if old == nil {
		_, err = b.consents.Create(c, id, Granted, body)
		return err
	}
	if old.Status == Granted && old.Body.ValidTo >= c.Timestamp() {
		return ledger.Refuse(ConsentLive, "the consent %s is live until %s: revoke it before another is given", id, old.Body.ValidTo)
	}
	body.Round = old.Body.Round + 1
	old.Body = body
	return old.Move(c, Granted)
}

func (t *Terms) valid(c *ledger.Call) error {
	if len(t.DocTypes)+len(t.Documents) == 0 {
		return ledger.RefuseField(ConsentScope, "docTypes", "a consent names document types or documents: there is none for everything")
	}
	for _, d := range t.DocTypes {
		if documentTypes[d] == "" {
			return ledger.RefuseField(DocTypeUnknown, "docTypes", "%s is none of the document types C0001 to C0053", d)
		}
	}
	if t.ValidFrom >= t.ValidTo || t.ValidTo <= c.Timestamp() {
		return ledger.RefuseField(DateInvalid, "validTo", "a consent is from a time to a later one that is still to come; it says %s and %s", t.ValidFrom, t.ValidTo)
	}
	return nil
}

// signedBy verifies the resident's signature where the resident has a key.
func (i *grantConsentInput) signedBy(patient *ledger.Entity[Patient]) error {
	if patient.Body.PublicKey == "" {
		return nil
	}
	statement, err := i.Statement(i.FileHash)
	if err != nil {
		return err
	}
	key, err := gm.ParsePublicKeyPEM([]byte(patient.Body.PublicKey))
	if err != nil {
		return fmt.Errorf("read the key of patient %s: %w", patient.ID, err)
	}
	signature, err := base64.StdEncoding.DecodeString(i.Signature)
	if err != nil || key.Verify(statement, signature) != nil {
		return ledger.RefuseField(ConsentSignature, "signature", "the resident's signature is missing or does not verify over %s", statement)
	}
	return nil
}

// covers tells whether a document is in the consent's scope.
func (t *Terms) covers(d *Document) bool {
	return slices.Contains(t.DocTypes, d.DocType) || slices.Contains(t.Documents, d.DocumentNo)
}

// allows refuses where a consent does not allow to see the document at the
// transaction's time.
func (b *book) consentAllows(c *ledger.Call, grantee, purpose string, d *ledger.Entity[Document]) (*ledger.Entity[Consent], error) {
	e, err := b.consents.Find(c, ConsentID(d.Body.PatientKey, grantee, purpose))
	if err != nil {
		return nil, err
	}
	now := c.Timestamp()
	switch {
	case e == nil:
		return nil, ledger.Refuse(ConsentMissing, "the patient gave %s no consent for %s", grantee, purpose)
	case e.Status == Revoked:
		return nil, ledger.Refuse(ConsentRevoked, "the consent %s was revoked", e.ID)
	case e.Status == Expired || e.Body.ValidTo < now:
		return nil, ledger.Refuse(ConsentExpired, "the consent %s ended at %s, and now it is %s", e.ID, e.Body.ValidTo, now)
	case e.Body.ValidFrom > now:
		return nil, ledger.Refuse(ConsentNotYet, "the consent %s begins at %s, and now it is %s", e.ID, e.Body.ValidFrom, now)
	case e.Status != Granted || e.Body.Used >= e.Body.MaxUses:
		return nil, ledger.Refuse(ConsentExhausted, "the consent %s allows %d uses and has had %d", e.ID, e.Body.MaxUses, e.Body.Used)
	case !e.Body.covers(&d.Body):
		return nil, ledger.Refuse(ConsentScope, "the consent %s covers neither documents of the type %s nor the document %s", e.ID, d.Body.DocType, d.Body.DocumentNo)
	}
	return e, nil
}
