package medical

import (
	"encoding/json"
	"fmt"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const documentType = "document"

// Statuses of a document.
const (
	Draft   = "DRAFT"
	Signed  = "SIGNED"
	Amended = "AMENDED"
)

// Document is one version of a health document (文档索引): where it is and its
// digest, never what it says. An amendment is a record of its own: the version
// before it stays as it was, and names the one that took its place.
type Document struct {
	DocumentNo    string `json:"documentNo" is:"maxLen=59" zh:"文档编号"`
	DocVersion    int64  `json:"docVersion" is:"min=1" zh:"版本"`
	PatientKey    string `json:"patientKey" is:"subject" zh:"患者标识"`
	DocType       string `json:"docType" is:"pattern=^C[0-9]{4}$" zh:"文档类型" doc:"C0001 to C0053 (WS/T 500)"`
	AuthorKey     string `json:"authorKey" is:"subject" zh:"作者标识" doc:"HMAC-SM3 of the author's number"`
	FileHash      string `json:"fileHash" is:"sm3" zh:"文档摘要"`
	StorageURI    string `json:"storageUri" is:"maxLen=256" zh:"存储位置" doc:"The repository serves it against an access only"`
	VisitedOn     string `json:"visitedOn" is:"date" zh:"就诊日期"`
	ItemCode      string `json:"itemCode,omitempty" is:"maxLen=32" zh:"检查检验项目代码"`
	HRMark        string `json:"hrMark,omitempty" is:"enum=NATION|PROVINCE" zh:"互认标识" doc:"全国HR, 省HR"`
	HRValidUntil  string `json:"hrValidUntil,omitempty" is:"date" zh:"互认有效期止"`
	SignedAt      string `json:"signedAt,omitempty" is:"timestamp" zh:"签署时间"`
	Previous      string `json:"previous,omitempty" is:"maxLen=64" zh:"上一版本"`
	Next          string `json:"next,omitempty" is:"maxLen=64" zh:"下一版本"`
	AmendedReason string `json:"amendedReason,omitempty" is:"maxLen=256" zh:"修改原因"`
}

type registerDocumentInput struct {
	DocumentNo string `json:"documentNo" is:"pattern=^[0-9A-Z]{18}[.][0-9A-Za-z-]{1,40}$" zh:"文档编号" doc:"The institution's USCC, a dot and a number"`
	PatientKey string `json:"patientKey" is:"subject" zh:"患者标识"`
	DocType    string `json:"docType" is:"pattern=^C[0-9]{4}$" zh:"文档类型" doc:"C0001 to C0053 (WS/T 500)"`
	AuthorKey  string `json:"authorKey" is:"subject" zh:"作者标识"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"文档摘要"`
	StorageURI string `json:"storageUri" is:"maxLen=256" zh:"存储位置"`
	VisitedOn  string `json:"visitedOn" is:"date" zh:"就诊日期"`
	ItemCode   string `json:"itemCode,omitempty" is:"maxLen=32" zh:"检查检验项目代码"`
}

type reviseDraftInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"文档摘要"`
	StorageURI string `json:"storageUri" is:"maxLen=256" zh:"存储位置"`
}

type signDocumentInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
	AuthorKey  string `json:"authorKey" is:"subject" zh:"作者标识" doc:"Only the author signs"`
}

type amendDocumentInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"原文档版本编号"`
	AuthorKey  string `json:"authorKey" is:"subject" zh:"修改人标识"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"新文档摘要"`
	StorageURI string `json:"storageUri" is:"maxLen=256" zh:"新存储位置"`
	Reason     string `json:"reason" is:"maxLen=256" zh:"修改原因"`
}

type archiveDocumentInput struct {
	DocumentID string `json:"documentId" is:"maxLen=64" zh:"文档版本编号"`
}

func (i *registerDocumentInput) Reads() []string {
	return []string{ledger.Key(patientType, i.PatientKey), ledger.Key(documentType, DocumentID(i.DocumentNo, 1))}
}

// DocumentID is the id of one version of a document.
func DocumentID(documentNo string, version int64) string {
	return fmt.Sprintf("%s.%03d", documentNo, version)
}

func (b *book) defineDocument(c *ledger.Contract) {
	b.documents = ledger.Define[Document](c, catalog.Record{
		Type: documentType, Collection: "documents", Title: "health document", TitleZh: "健康文档索引",
		Doc: "One version of a document: its digest and where it is kept. The id is the document's number and the version.",
		Statuses: []catalog.Status{
			{Code: Draft, TitleZh: "草稿"}, {Code: Signed, TitleZh: "已签署"},
			{Code: Amended, TitleZh: "已修改", Doc: "Another version took its place; it stays as it was."}, {Code: Archived, TitleZh: "已归档"},
		},
		Transitions: ledger.Table(
			ledger.Steps("RegisterDocument", Draft, ""), ledger.Stay("ReviseDraft", Draft), ledger.Steps("SignDocument", Signed, Draft),
			ledger.Steps("AmendDocument", Amended, Signed), ledger.Steps("AmendDocument", Signed, ""),
			ledger.Stay("MarkRecognition", Signed), ledger.Steps("ArchiveDocument", Archived, Signed),
		),
		Search: []catalog.SearchField{{Field: "documentNo", Kind: "keyword"}, {Field: "patientKey", Kind: "keyword"}, {Field: "docType", Kind: "keyword"}, {Field: "hrMark", Kind: "keyword"},
			{Field: "itemCode", Kind: "keyword"}, {Field: "visitedOn", Kind: "date"}},
		HashFields: []string{"fileHash"},
		Successor:  "next",
	})
}

func (b *book) handleDocument(c *ledger.Contract) {
	roles, who := []string{RoleProvider}, []string{InstitutionRequired, LicenceExpired}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterDocument", Title: "Register a document", TitleZh: "文档登记", Record: documentType, Creates: true, Lane: "documentNo", Roles: roles,
		Refusals: append([]string{NumberForeign, DocTypeUnknown, DateInvalid}, who...),
		Example:  json.RawMessage(`{"documentNo":"91410100MA9YTT01X0.JC-0001","patientKey":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","docType":"C0006","authorKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","fileHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","storageUri":"cda://zzyy/2026/0001","visitedOn":"20260301","itemCode":"CT-01"}`),
	}, b.registerDocument)
	ledger.Handle(c, catalog.Operation{
		Name: "ReviseDraft", Title: "Change a draft", TitleZh: "修改草稿", Record: documentType, Verb: "revise", ID: "documentId", Roles: roles,
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.001","fileHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","storageUri":"cda://zzyy/2026/0001"}`),
	}, func(c *ledger.Call, in *reviseDraftInput) error {
		e, err := b.documents.Open(c, in.DocumentID)
		if err != nil {
			return err
		}
		e.Body.FileHash, e.Body.StorageURI = in.FileHash, in.StorageURI
		return e.Keep(c)
	})
	ledger.Handle(c, catalog.Operation{
		Name: "SignDocument", Title: "Sign a document", TitleZh: "签署文档", Record: documentType, Verb: "sign", ID: "documentId", Roles: roles, Refusals: append([]string{AuthorOnly}, who...),
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.001","authorKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.signDocument)
	ledger.Handle(c, catalog.Operation{
		Name: "AmendDocument", Title: "Amend a signed document", TitleZh: "修改已签署文档", Record: documentType, Verb: "amend", ID: "documentId", Roles: roles, Refusals: who,
		Doc:     "Makes a new version, signed; the old one stays and names it. What it was recognised for is not taken over.",
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.001","authorKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","fileHash":"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b","storageUri":"cda://zzyy/2026/0001-2","reason":"补充诊断意见"}`),
	}, b.amendDocument)
	ledger.Handle(c, catalog.Operation{
		Name: "ArchiveDocument", Title: "Archive a document", TitleZh: "文档归档", Record: documentType, Verb: "archive", ID: "documentId", Roles: roles,
		Example: json.RawMessage(`{"documentId":"91410100MA9YTT01X0.JC-0001.002"}`),
	}, func(c *ledger.Call, in *archiveDocumentInput) error {
		e, err := b.documents.Open(c, in.DocumentID)
		if err != nil {
			return err
		}
		return e.Move(c, Archived)
	})
}

func (b *book) registerDocument(c *ledger.Call, in *registerDocumentInput) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	if err := ownNumber(c, "documentNo", in.DocumentNo); err != nil {
		return err
	}
	if documentTypes[in.DocType] == "" {
		return ledger.RefuseField(DocTypeUnknown, "docType", "%s is none of the document types C0001 to C0053", in.DocType)
	}
	if in.VisitedOn > c.Today() {
		return ledger.RefuseField(DateInvalid, "visitedOn", "the visit was on %s, after today, %s", in.VisitedOn, c.Today())
	}
	if _, err := b.patients.Load(c, in.PatientKey); err != nil {
		return err
	}
	_, err := b.documents.Create(c, DocumentID(in.DocumentNo, 1), Draft, Document{
		DocumentNo: in.DocumentNo, DocVersion: 1, PatientKey: in.PatientKey, DocType: in.DocType, AuthorKey: in.AuthorKey, FileHash: in.FileHash,
		StorageURI: in.StorageURI, VisitedOn: in.VisitedOn, ItemCode: in.ItemCode,
	})
	return err
}

func (b *book) signDocument(c *ledger.Call, in *signDocumentInput) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	e, err := b.documents.Open(c, in.DocumentID)
	if err != nil {
		return err
	}
	if in.AuthorKey != e.Body.AuthorKey {
		return ledger.RefuseField(AuthorOnly, "authorKey", "the document %s is signed by its author", in.DocumentID)
	}
	e.Body.SignedAt = c.Timestamp()
	return e.Move(c, Signed)
}

func (b *book) amendDocument(c *ledger.Call, in *amendDocumentInput) error {
	if _, err := b.member(c, Hospital); err != nil {
		return err
	}
	old, err := b.documents.Open(c, in.DocumentID)
	if err != nil {
		return err
	}
	next := old.Body
	next.DocVersion++
	next.AuthorKey, next.FileHash, next.StorageURI = in.AuthorKey, in.FileHash, in.StorageURI
	next.HRMark, next.HRValidUntil = "", ""
	next.SignedAt, next.Previous, next.Next, next.AmendedReason = c.Timestamp(), old.ID, "", in.Reason
	old.Body.Next = DocumentID(next.DocumentNo, next.DocVersion)
	if err := old.Move(c, Amended); err != nil {
		return err
	}
	_, err = b.documents.Create(c, old.Body.Next, Signed, next)
	return err
}
