package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

type transferOutInput struct {
	CertID   string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	ToIssuer string `json:"toIssuer" is:"uscc" zh:"转入机构" doc:"USCC of the authority that will issue it"`
	ToOrg    string `json:"toOrg,omitempty" is:"maxLen=64" zh:"转入机构所属组织" doc:"The organisation (MSP) whose certificate that authority holds; the caller's where it is left out"`
	Reason   string `json:"reason" is:"maxLen=512" zh:"原因" doc:"Without names"`
}

type transferInInput struct {
	CertID     string `json:"certId" is:"licence-id" zh:"电子证照标识" doc:"Of the licence that the receiving authority issues: same type, version 001"`
	PrevCertID string `json:"prevCertId" is:"licence-id" zh:"关联证照标识" doc:"The licence that was transferred out"`
	PrevCertNo string `json:"prevCertNo" is:"maxLen=128" zh:"原证照编号"`
	Face
}

// Reads names what a transfer in will look up.
func (in *transferInInput) Reads() []string {
	return append(issueReads(in.CertID), ledger.Key(recordType, in.PrevCertID))
}

const exampleInID = "1.2.156.3005.2.11100000MB03271699001.11410000MB0H000149.41000020260000001.001.E"

func (b *book) handleTransfer(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "TransferOut", Title: "Transfer a licence out", TitleZh: "办理转出", Record: recordType, Verb: "transfer-out", ID: "certId", Roles: issuers,
		Refusals: []string{TransferInvalid, LicenceExpired}, Doc: "Hands a licence to another authority. It is not in force until that authority has issued its own; one that is suspended arrives suspended. National code 05.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","toIssuer":"11410000MB0H000149","toOrg":"HenanMSP","reason":"管辖权上收"}`),
	}, b.transferOut)
	ledger.Handle(c, catalog.Operation{
		Name: "CancelTransferOut", Title: "Cancel a transfer out", TitleZh: "取消转出", Record: recordType, Verb: "cancel-transfer-out", ID: "certId", Roles: issuers,
		Refusals: []string{TransferCompleted}, Doc: "As long as the other authority has not issued its own. National code 10.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","reason":"撤回迁移申请"}`),
	}, b.cancelTransferOut)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "TransferIn", Title: "Transfer a licence in", TitleZh: "转入", Record: recordType, Creates: true, ID: "certId", Roles: issuers,
		Refusals:       []string{IssuerMismatch, VersionInvalid, LicenceKnown, TransferUnmatched, LicenceExpired, HoldersChanged, PeriodInvalid, HoldersInvalid, FaceInvalid, TypeUnknown, TypeWithdrawn, TypeMismatch},
		Doc:            "Issues the receiving authority's own licence for one that was transferred out to it on this ledger: same type, same holders. National code 08.",
		Example:        json.RawMessage(`{"certId":"` + exampleInID + `","prevCertId":"` + exampleID + `","prevCertNo":"豫（2026）郑州市不动产权第0000001号",` + exampleFace + `}`),
		PrivateExample: privateExample,
	}, b.transferIn)
}

func (b *book) transferOut(c *ledger.Call, in *transferOutInput) error {
	l, err := b.openUnexpired(c, in.CertID)
	if err != nil {
		return err
	}
	to := Department{in.ToOrg, in.ToIssuer}
	if to.Org == "" {
		to.Org = c.Caller().MSP
	}
	if to.isCaller(c) {
		return ledger.RefuseField(TransferInvalid, "toIssuer", "the licence is the authority's own already")
	}
	if l.Body.ValidTo < c.Today() {
		return ledger.Refuse(LicenceExpired, "the licence %s ended on %s: it is cancelled, not transferred", l.ID, l.Body.ValidTo)
	}
	l.Body.TransferTo = &to
	if l.Status != Valid {
		l.Body.TransferFrom = l.Status
	}
	l.Body.explain("", "", in.Reason)
	return l.Move(c, TransferredOut)
}

// atTransfer is the status that a licence had before it was transferred out:
// that it is on its way lifts no suspension.
func (l *Licence) atTransfer() string {
	if l.TransferFrom != "" {
		return l.TransferFrom
	}
	return Valid
}

func (b *book) cancelTransferOut(c *ledger.Call, in *reasonInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	if l.Body.SupersededBy != "" {
		return ledger.Refuse(TransferCompleted, "the licence %s was transferred in as %s", l.ID, l.Body.SupersededBy)
	}
	back := l.Body.atTransfer()
	l.Body.TransferTo, l.Body.TransferFrom = nil, ""
	l.Body.explain("", in.DecisionNo, in.Reason)
	return l.Move(c, back)
}

func (b *book) transferIn(c *ledger.Call, in *transferInInput, private *ledger.Private[Private]) error {
	id, err := b.checkNew(c, in.CertID, &in.Face, private)
	if err != nil {
		return err
	}
	if err := b.checkFirst(c, id); err != nil {
		return err
	}
	old, err := b.licences.Load(c, in.PrevCertID)
	if err != nil {
		return err
	}
	if err := matches(c, old, in, id); err != nil {
		return err
	}
	old.Body.SupersededBy = in.CertID
	if err := old.Keep(c); err != nil {
		return err
	}
	l, err := b.licences.Create(c, in.CertID, old.Body.atTransfer(), Licence{CertTypeCode: id.Type.String(), Face: in.Face, PrevCertID: old.ID})
	if err != nil {
		return err
	}
	l.Answer(c)
	return keepPrivate(c, l, private, nil)
}

// matches refuses a transfer in without the transfer out that belongs to it.
func matches(c *ledger.Call, old *ledger.Entity[Licence], in *transferInInput, id identifier.LicenceID) error {
	switch {
	case old.Status != TransferredOut || old.Body.SupersededBy != "":
		return ledger.RefuseField(TransferUnmatched, "prevCertId", "the licence %s is not on its way out: its authority transfers it out first, and once", old.ID)
	case !old.Body.TransferTo.isCaller(c):
		return ledger.RefuseField(TransferUnmatched, "prevCertId", "the licence %s was transferred out to %s", old.ID, old.Body.TransferTo.Dept)
	case in.PrevCertNo != old.Body.CertNo:
		return ledger.RefuseField(TransferUnmatched, "prevCertNo", "the licence %s has another number", old.ID)
	case id.Type.String() != old.Body.CertTypeCode:
		return ledger.RefuseField(TransferUnmatched, "certId", "the licence %s is of the type %s", old.ID, old.Body.CertTypeCode)
	case old.Body.ValidTo < c.Today():
		return ledger.Refuse(LicenceExpired, "the licence %s ended on %s while it was on its way", old.ID, old.Body.ValidTo)
	case !sameHolders(&old.Body.Face, &in.Face):
		return ledger.RefuseField(HoldersChanged, "holderKey", "a transfer keeps the holders of %s", old.ID)
	}
	return nil
}
