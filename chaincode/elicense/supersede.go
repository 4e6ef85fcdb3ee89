package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

// supersedeInput is a version and the one that takes its place.
type supersedeInput struct {
	CertID    string `json:"certId" is:"licence-id" zh:"电子证照标识" doc:"The version that is superseded"`
	NewCertID string `json:"newCertId" is:"licence-id" zh:"新证照标识" doc:"Same type, issuer and serial number, the next version"`
	Face
	Reason string `json:"reason,omitempty" is:"maxLen=512" zh:"变更原因" doc:"Without names"`
}

// Reads names what superseding will look up.
func (in *supersedeInput) Reads() []string {
	id, err := identifier.ParseLicenceID(in.NewCertID)
	if err != nil {
		return nil
	}
	return append(faceReads(id), ledger.Key(recordType, in.NewCertID))
}

func (b *book) handleSupersede(c *ledger.Contract) {
	example := json.RawMessage(`{"certId":"` + exampleID + `","newCertId":"` + exampleNextID + `",` + exampleFace + `,"reason":"共有情况变更"}`)
	refusals := []string{IssuerMismatch, VersionInvalid, LicenceExpired, PeriodInvalid, HoldersInvalid, HoldersChanged, FaceInvalid, TypeUnknown, TypeWithdrawn, TypeMismatch}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Renew", Title: "Renew a licence", TitleZh: "延续", Record: recordType, Verb: "renew", ID: "certId",
		Roles: issuers, Refusals: refusals, PrivateExample: privateExample,
		Example: json.RawMessage(`{"certId":"` + exampleID + `","newCertId":"` + exampleNextID + `",` + exampleFace + `,"reason":"到期延续"}`),
		Doc:     "Supersedes a version and issues the next, both or neither. The holders stay; an expired licence is renewed only as late as the rules allow. National code 02.",
	}, b.renew)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Change", Title: "Change a licence", TitleZh: "变更", Record: recordType, Verb: "change", ID: "certId",
		Roles: issuers, Refusals: refusals, Example: example, PrivateExample: privateExample,
		Doc: "Supersedes a version and issues the next, both or neither, with what it says now. National code 09.",
	}, b.change)
}

func (b *book) renew(c *ledger.Call, in *supersedeInput, private *ledger.Private[Private]) error {
	old, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	if err := b.checkRenewable(c, old); err != nil {
		return err
	}
	if !sameHolders(&old.Body.Face, &in.Face) {
		return ledger.RefuseField(HoldersChanged, "holderKey", "a renewal keeps the holders of %s; use Change for others", old.ID)
	}
	return b.supersede(c, old, in, private)
}

// checkRenewable refuses to renew later than the rules allow.
func (b *book) checkRenewable(c *ledger.Call, old *ledger.Entity[Licence]) error {
	if old.StatusNow(c) != Expired {
		return nil
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	late, err := ledger.DaysBetween(old.Body.ValidTo, c.Today())
	if err != nil {
		return err
	}
	if int64(late) > rules.LateRenewalDays {
		return ledger.Refuse(LicenceExpired, "the licence %s ended on %s, %d days ago; it can be renewed up to %d days later, and is issued anew after that", old.ID, old.Body.ValidTo, late, rules.LateRenewalDays)
	}
	return nil
}

func (b *book) change(c *ledger.Call, in *supersedeInput, private *ledger.Private[Private]) error {
	old, err := b.openUnexpired(c, in.CertID)
	if err != nil {
		return err
	}
	return b.supersede(c, old, in, private)
}

// supersede ends a version and issues the next.
func (b *book) supersede(c *ledger.Call, old *ledger.Entity[Licence], in *supersedeInput, private *ledger.Private[Private]) error {
	id, err := identifier.ParseLicenceID(old.ID)
	if err != nil {
		return err
	}
	next, err := id.Next()
	if err != nil {
		return ledger.RefuseField(VersionInvalid, "newCertId", "the licence %s is at its last version; it is issued anew under another serial number", old.ID)
	}
	if in.NewCertID != next.String() {
		return ledger.RefuseField(VersionInvalid, "newCertId", "the next version of the licence is %s", next)
	}
	if _, err := b.checkNew(c, in.NewCertID, &in.Face, private); err != nil {
		return err
	}
	old.Body.SupersededBy, old.Body.Reason = in.NewCertID, in.Reason
	if err := old.Move(c, Superseded); err != nil {
		return err
	}
	l, err := b.licences.Create(c, in.NewCertID, Valid, Licence{CertTypeCode: old.Body.CertTypeCode, Face: in.Face, PrevCertID: old.ID, Reason: in.Reason})
	if err != nil {
		return err
	}
	l.Answer(c)
	return keepPrivate(c, l, private, nil)
}
