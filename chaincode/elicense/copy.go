package elicense

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

const (
	copyType   = "copy"
	copyActive = "ACTIVE"
	copyVoid   = "VOID"
)

// Copy is an annotated copy (加注件): a copy of a licence that says for whom
// and for what it was made, and until when.
type Copy struct {
	CertID   string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Hash     string `json:"hash" is:"sm3" zh:"加注件摘要" doc:"SM3 of the annotated file"`
	Purpose  string `json:"purpose" is:"maxLen=128" zh:"用途" doc:"Without names"`
	MadeAt   string `json:"madeAt" is:"timestamp" zh:"加注时间"`
	ExpireAt string `json:"expireAt" is:"timestamp" zh:"失效时间"`
}

type annotateInput struct {
	CertID   string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Hash     string `json:"hash" is:"sm3" zh:"加注件摘要" doc:"SM3 of the annotated file"`
	Purpose  string `json:"purpose" is:"maxLen=128" zh:"用途" doc:"Without names"`
	ExpireAt string `json:"expireAt" is:"timestamp" zh:"失效时间"`
}

// ReadsOf names what annotating will look up.
func (in *annotateInput) ReadsOf(who *ledger.Caller) []string {
	return []string{ledger.Key(recordType, in.CertID), ledger.Key(copyType, CopyID(in.CertID, who.Dept, in.Hash)), ledger.RulesKey(ledger.RulesID)}
}

type copyInput struct {
	CopyID string `json:"copyId" is:"maxLen=128" zh:"加注件编号"`
}

// CopyID derives an annotated copy's id from its licence, its maker and its
// file: the same copy made again is the same record.
func CopyID(certID, maker, hash string) string {
	return certID + "-" + gm.HexDigest([]byte(maker + "/" + hash))[:16]
}

func (b *book) defineCopies(c *ledger.Contract) {
	b.copies = ledger.Define[Copy](c, catalog.Record{
		Type: copyType, Collection: "copies", Title: "annotated copy", TitleZh: "加注件",
		Doc: "A copy that says for what it was made; its maker is the department that owns the record. It is worth no more than its licence.",
		Statuses: []catalog.Status{
			{Code: copyActive, TitleZh: "有效"}, {Code: copyVoid, TitleZh: "已作废"}, {Code: Expired, TitleZh: "已失效", Doc: "Derived: its time has passed."},
		},
		Transitions: ledger.Table(ledger.Steps("Annotate", copyActive, ""), ledger.Steps("VoidCopy", copyVoid, copyActive)),
		Search:      []catalog.SearchField{{Field: "certId", Kind: "keyword"}, {Field: "hash", Kind: "keyword"}, {Field: "expireAt", Kind: "date"}},
		HashFields:  []string{"hash"},
		Lapse:       &catalog.Lapse{Field: "expireAt", From: []string{copyActive}, To: Expired},
	})
}

func (b *book) handleCopies(c *ledger.Contract) {
	makers := []string{RoleIssuer, RoleUser, RoleHolder}
	ledger.Handle(c, catalog.Operation{
		Name: "Annotate", Title: "Register an annotated copy", TitleZh: "加注", Record: copyType, Creates: true, Lane: "certId", Roles: makers,
		Refusals: []string{LicenceNotInForce, CopyPeriodInvalid}, Doc: "The same file by the same department answers the earlier copy.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","hash":"` + exampleHash + `","purpose":"仅用于办理公积金提取","expireAt":"2026-03-31T16:00:00Z"}`),
	}, b.annotate)
	ledger.Handle(c, catalog.Operation{
		Name: "VoidCopy", Title: "Void an annotated copy", TitleZh: "作废加注件", Record: copyType, Verb: "void", ID: "copyId", Roles: makers, Doc: "By its maker.",
		Example: json.RawMessage(`{"copyId":"` + CopyID(exampleID, "11410100MB0Y0001XD", exampleHash) + `"}`),
	}, func(c *ledger.Call, in *copyInput) error {
		e, err := b.copies.Open(c, in.CopyID)
		if err != nil {
			return err
		}
		return e.Move(c, copyVoid)
	})
}

func (b *book) annotate(c *ledger.Call, in *annotateInput) error {
	id := CopyID(in.CertID, c.Caller().Dept, in.Hash)
	earlier, err := b.copies.Find(c, id)
	if err != nil {
		return err
	}
	if earlier != nil {
		earlier.AnswerExisting(c)
		return nil
	}
	l, err := b.loadInForce(c, in.CertID)
	if err != nil {
		return err
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	if err := checkLife(c, CopyPeriodInvalid, in.ExpireAt, time.Duration(rules.CopyMaxDays)*24*time.Hour); err != nil {
		return err
	}
	end, err := identifier.ParseTimestamp(in.ExpireAt)
	if err != nil {
		return err
	}
	if identifier.DateOf(end.Time).String() > l.Body.ValidTo {
		return ledger.RefuseField(CopyPeriodInvalid, "expireAt", "the licence itself ends on %s", l.Body.ValidTo)
	}
	_, err = b.copies.Create(c, id, copyActive, Copy{CertID: in.CertID, Hash: in.Hash, Purpose: in.Purpose, MadeAt: c.Timestamp(), ExpireAt: in.ExpireAt})
	return err
}

// loadInForce reads a licence that can be relied on today.
func (b *book) loadInForce(c *ledger.Call, certID string) (*ledger.Entity[Licence], error) {
	l, err := b.licences.Load(c, certID)
	if err != nil {
		return nil, err
	}
	if !inForce(c, l) {
		return nil, ledger.RefuseField(LicenceNotInForce, "certId", "the licence %s is %s, valid from %s to %s", l.ID, l.StatusNow(c), l.Body.ValidFrom, l.Body.ValidTo)
	}
	return l, nil
}

// checkLife refuses what does not end in the future, or too far in it.
func checkLife(c *ledger.Call, code, expireAt string, longest time.Duration) error {
	end, err := time.Parse(time.RFC3339, expireAt)
	if err != nil {
		return err
	}
	if last := c.Now().Add(longest); !end.After(c.Now()) || end.After(last) {
		return ledger.RefuseField(code, "expireAt", "must lie after now, %s, and not after %s", c.Timestamp(), last.Format(time.RFC3339))
	}
	return nil
}
