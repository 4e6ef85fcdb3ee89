package realestate

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// reissueExampleID is the e-licence of the example.
const reissueExampleID = "1.2.156.3005.2.11100000MB03271699001.91410100MA9YTT01X0.20260000019.001.D"

// Grounds of a reissue.
const (
	groundLost    = "LOST"
	groundDamaged = "DAMAGED"
)

type reissueCertificate struct {
	OldCertNo string `json:"oldCertNo" is:"realestate-certificate" zh:"原不动产权证号"`
	certificateInput
	Ground     string `json:"ground" is:"enum=LOST|DAMAGED" zh:"补换原因" doc:"遗失、灭失补发, 破损换发"`
	NoticeOn   string `json:"noticeOn,omitempty" is:"date" zh:"遗失声明公告日期" doc:"Of one that was lost: since when the loss is published"`
	NoticeHash string `json:"noticeHash,omitempty" is:"sm3" zh:"遗失声明公告摘要" doc:"SM3 of the published notice"`
}

// Reads lets a batch fetch the new certificate's keys with everything else.
func (in *reissueCertificate) Reads() []string {
	return []string{ledger.Key(certificateType, in.CertNo), ledger.GuardKey(licenceGuard, in.CertID), ledger.RulesKey(ledger.RulesID)}
}

func (b *book) handleReissue(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "ReissueCertificate", Title: "Reissue a certificate that was lost or damaged", TitleZh: "补证、换证", Record: certificateType, Verb: "reissue", ID: "oldCertNo", Roles: []string{RoleRegistrar},
		Refusals: refusals(unitRefusals, proofRefusals, LossUnpublished, ledger.Exists),
		Doc:      "The right stays as it is; the old certificate is void, and its verification names the new one. A loss is published before, for as long as the rules say (实施细则 22).",
		Example: json.RawMessage(`{"oldCertNo":"豫（2026）郑州市不动产权第0000009号","certNo":"豫（2026）郑州市不动产权第0000019号","certId":"` + reissueExampleID +
			`","fileHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","ground":"LOST","noticeOn":"20260101","noticeHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.reissue)
}

// reissue voids a certificate and issues another of the same right, in one act.
func (b *book) reissue(c *ledger.Call, in *reissueCertificate) error {
	old, err := b.certificates.OpenAny(c, in.OldCertNo)
	if err != nil {
		return err
	}
	if _, err := b.ownUnit(c, old.Body.UnitCode); err != nil {
		return err
	}
	if err := b.published(c, in); err != nil {
		return err
	}
	right, err := b.rights.Load(c, old.Body.RightID)
	if err != nil {
		return err
	}
	made, err := b.write(c, &in.certificateInput, Certificate{
		UnitCode: old.Body.UnitCode, RightID: right.ID, Replaces: old.ID, Ground: in.Ground, NoticeHash: in.NoticeHash,
	})
	if err != nil {
		return err
	}
	right.Body.CertNo = in.CertNo
	if err := right.Keep(c); err != nil {
		return err
	}
	old.Body.ReplacedBy = in.CertNo
	if err := old.Move(c, CertificateCancelled); err != nil {
		return err
	}
	made.Answer(c)
	return nil
}

// published refuses to replace a lost certificate before its loss was known for
// long enough: whoever holds it may object.
func (b *book) published(c *ledger.Call, in *reissueCertificate) error {
	if in.Ground == groundDamaged {
		return nil // the old one is handed in
	}
	if in.NoticeOn == "" || in.NoticeHash == "" {
		return ledger.RefuseField(LossUnpublished, "noticeOn", "a lost certificate is reissued after its loss was published: name the notice's date and digest")
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return err
	}
	days, err := ledger.DaysBetween(in.NoticeOn, c.Today())
	if err != nil {
		return err
	}
	if need := rules.lossNotice(); days < need {
		return ledger.RefuseField(LossUnpublished, "noticeOn", "the loss is published since %s, %d days; it must be for %d", in.NoticeOn, max(days, 0), need)
	}
	return nil
}
