package medical

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

const recognitionType = "recognition"

// Statuses of a qualification. That one has ended is derived from validTo.
const (
	Granted = "GRANTED"
	Revoked = "REVOKED"
)

// Scopes of mutual recognition.
const (
	Nation   = "NATION"   // 全国HR
	Province = "PROVINCE" // 省HR
)

// Recognition is an institution's qualification to have an examination or
// laboratory item recognised elsewhere (检查检验结果互认), after quality control.
type Recognition struct {
	USCC     string `json:"uscc" is:"uscc" zh:"医疗机构"`
	ItemCode string `json:"itemCode" is:"maxLen=32" zh:"项目代码"`
	Scope    string `json:"scope" is:"enum=NATION|PROVINCE" zh:"互认范围" doc:"全国HR, 省HR"`
	ValidTo  string `json:"validTo" is:"date" zh:"有效期止"`
	Reason   string `json:"reason,omitempty" is:"maxLen=256" zh:"撤销原因"`
}

type grantRecognitionInput struct {
	USCC     string `json:"uscc" is:"uscc" zh:"医疗机构"`
	ItemCode string `json:"itemCode" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"项目代码"`
	Scope    string `json:"scope" is:"enum=NATION|PROVINCE" zh:"互认范围"`
	ValidTo  string `json:"validTo" is:"date" zh:"有效期止"`
}

type revokeRecognitionInput struct {
	RecognitionID string `json:"recognitionId" is:"maxLen=64" zh:"互认资格编号"`
	Reason        string `json:"reason" is:"maxLen=256" zh:"撤销原因"`
}

type markRecognitionInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	Scope      string `json:"scope" is:"enum=NATION|PROVINCE" zh:"互认范围"`
	ValidUntil string `json:"validUntil" is:"date" zh:"互认有效期止"`
}

// RecognitionID is the id of an institution's qualification for an item.
func RecognitionID(uscc, itemCode string) string { return uscc + "." + itemCode }

func (b *book) defineRecognition(c *ledger.Contract) {
	b.recognitions = ledger.Define[Recognition](c, catalog.Record{
		Type: recognitionType, Collection: "recognitions", Title: "qualification for mutual recognition", TitleZh: "互认资格",
		Statuses:    []catalog.Status{{Code: Granted, TitleZh: "有效"}, {Code: Revoked, TitleZh: "撤销"}},
		Transitions: ledger.Table(ledger.Steps("GrantRecognition", Granted, "", Granted, Revoked), ledger.Steps("RevokeRecognition", Revoked, Granted)),
		Search:      []catalog.SearchField{{Field: "uscc", Kind: "keyword"}, {Field: "itemCode", Kind: "keyword"}, {Field: "scope", Kind: "keyword"}, {Field: "validTo", Kind: "date"}},
	})
}

func (b *book) handleRecognition(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "GrantRecognition", Title: "Qualify an institution for an item", TitleZh: "授予互认资格", Record: recognitionType, Creates: true, Lane: "uscc", Roles: []string{RoleHealth},
		Refusals: []string{InstitutionRequired, LicenceExpired, DateInvalid},
		Example:  json.RawMessage(`{"uscc":"91410100MA9YTT01X0","itemCode":"CT-01","scope":"PROVINCE","validTo":"20301231"}`),
	}, b.grantRecognition)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeRecognition", Title: "Revoke a qualification", TitleZh: "撤销互认资格", Record: recognitionType, Verb: "revoke", ID: "recognitionId", Roles: []string{RoleHealth},
		Example: json.RawMessage(`{"recognitionId":"91410100MA9YTT01X0.CT-01","reason":"室间质评不合格"}`),
	}, func(c *ledger.Call, in *revokeRecognitionInput) error {
		e, err := b.recognitions.Open(c, in.RecognitionID)
		if err != nil {
			return err
		}
		e.Body.Reason = in.Reason
		return e.Move(c, Revoked)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "MarkRecognition", Title: "Mark a result as recognised", TitleZh: "标注互认标识", Record: documentType, Verb: "mark-recognition", ID: "documentId", Roles: []string{RoleProvider},
		Refusals: []string{InstitutionRequired, LicenceExpired, RecognitionMissing, DateInvalid}, Doc: "Of a signed examination or laboratory report, by its institution, within its qualification.",
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.001","scope":"PROVINCE","validUntil":"20260901"}`),
	}, b.markRecognition)
}

func (b *book) grantRecognition(c *ledger.Call, in *grantRecognitionInput) error {
	if _, err := b.institution(c, in.USCC, "", Hospital); err != nil {
		return err
	}
	if in.ValidTo < c.Today() {
		return ledger.RefuseField(DateInvalid, "validTo", "a qualification of today, %s, cannot end on %s", c.Today(), in.ValidTo)
	}
	body := Recognition{USCC: in.USCC, ItemCode: in.ItemCode, Scope: in.Scope, ValidTo: in.ValidTo}
	e, err := b.recognitions.Find(c, RecognitionID(in.USCC, in.ItemCode))
	if err != nil {
		return err
	}
	if e == nil {
		_, err = b.recognitions.Create(c, RecognitionID(in.USCC, in.ItemCode), Granted, body)
		return err
	}
	if err := e.OwnedBy(c); err != nil {
		return err
	}
	e.Body = body
	return e.Move(c, Granted)
}

// qualified refuses where an institution's qualification does not cover an
// item, scope and day; a nationwide one covers the province.
func (b *book) qualified(c *ledger.Call, uscc, itemCode, scope, until string) error {
	q, err := b.recognitions.Find(c, RecognitionID(uscc, itemCode))
	if err != nil {
		return err
	}
	if q == nil || q.Status != Granted || q.Body.ValidTo < until || q.Body.Scope == Province && scope == Nation {
		return ledger.Refuse(RecognitionMissing, "the institution %s has no live qualification for the item %q and the scope %s until %s", uscc, itemCode, scope, until)
	}
	return nil
}

func (b *book) markRecognition(c *ledger.Call, in *markRecognitionInput) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	e, err := b.documents.Open(c, in.DocumentID)
	if err != nil {
		return err
	}
	if !recognisable[e.Body.DocType] {
		return ledger.RefuseField(RecognitionMissing, "documentId", "the document %s is a %s: examinations (C0006) and laboratory tests (C0007) are recognised", in.DocumentID, documentTypes[e.Body.DocType])
	}
	if in.ValidUntil < c.Today() {
		return ledger.RefuseField(DateInvalid, "validUntil", "a mark of today, %s, cannot end on %s", c.Today(), in.ValidUntil)
	}
	if err := b.qualified(c, e.Dept, e.Body.ItemCode, in.Scope, in.ValidUntil); err != nil {
		return err
	}
	e.Body.HRMark, e.Body.HRValidUntil = in.Scope, in.ValidUntil
	return e.Keep(c)
}

type recognisedInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
}

type recognised struct {
	DocumentID string `json:"documentId" zh:"文档版本编号"`
	Recognised bool   `json:"recognised" zh:"可互认"`
	Mark       string `json:"mark,omitempty" zh:"互认标识"`
	ValidUntil string `json:"validUntil,omitempty" zh:"有效期止"`
	Reason     string `json:"reason" zh:"说明"`
	Latest     string `json:"latest,omitempty" zh:"最新版本" doc:"The version that took its place"`
}

func (b *book) answerRecognition(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "Recognised", Title: "Whether a result is recognised today", TitleZh: "互认查询", Path: "recognised", Roles: []string{RoleProvider, RoleHealth, RoleInsurance, RolePatient},
		Doc:     "By its mark, its date and the institution's qualification as of now. It tells nothing of what the document says.",
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.001"}`),
	}, b.recognised)
}

func (b *book) recognised(c *ledger.Call, in *recognisedInput) (*recognised, error) {
	e, err := b.documents.Load(c, in.DocumentID)
	if err != nil {
		return nil, err
	}
	a := &recognised{DocumentID: e.ID, Mark: e.Body.HRMark, ValidUntil: e.Body.HRValidUntil, Latest: e.Body.Next}
	if e.Body.HRMark != "" {
		err = b.qualified(c, e.Dept, e.Body.ItemCode, e.Body.HRMark, c.Today())
	}
	no := operation.RefusalOf(err)
	switch {
	case err != nil && no == nil:
		return nil, err
	case e.Body.HRMark == "":
		a.Reason = "the document carries no mark of mutual recognition"
	case e.Status != Signed && e.Status != Archived:
		a.Reason = "the document is " + e.Status
	case e.Body.HRValidUntil < c.Today():
		a.Reason = "the mark was valid until " + e.Body.HRValidUntil
	case no != nil:
		a.Reason = no.Message
	default:
		a.Recognised, a.Reason = true, "marked "+e.Body.HRMark+", valid until "+e.Body.HRValidUntil
	}
	return a, nil
}
