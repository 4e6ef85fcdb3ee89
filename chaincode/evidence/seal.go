package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

type sealInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Ground     string `json:"ground" is:"enum=STATE_SECRET|MINOR|TRADE_SECRET|PRIVACY" zh:"封存事由" doc:"涉密, 未成年人, 商业秘密, 隐私"`
}

type unsealInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	OrderNo    string `json:"orderNo" is:"maxLen=64" zh:"解封文书号" doc:"The court's order" eg:"（2026）豫01民初18号决定书"`
}

func (b *book) handleSeal(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Seal", Title: "Seal evidence", TitleZh: "封存", Record: recordType, Verb: "seal", ID: "evidenceId",
		Roles: []string{RoleDepositor, RoleCollector, RoleInvestigator, RoleCourt}, Refusals: []string{NotSealed, NotTheCourt},
		Doc:     "From then on only the owner, the custodian, the court of the case and the appraiser are answered. What stood in public before stays in the blocks: what must never be public is sealed with its deposit.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","ground":"MINOR"}`),
	}, b.seal)
	ledger.Handle(c, catalog.Operation{
		Name: "Unseal", Title: "Unseal evidence", TitleZh: "解封", Record: recordType, Verb: "unseal", ID: "evidenceId",
		Roles: []string{RoleCourt}, Refusals: []string{NotSealed, NotTheCourt}, Doc: "By the order of the court that the evidence is before.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","orderNo":"（2026）豫01民初18号决定书"}`),
	}, b.unseal)
}

func (b *book) seal(c *ledger.Call, in *sealInput) error {
	e, err := b.evidences.OpenAny(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if own := owner(e); !own.isCaller(c) {
		if !c.Caller().Has(RoleCourt) {
			return e.OwnedBy(c)
		}
		if err := takeUp(c, e, ""); err != nil {
			return err
		}
	}
	if e.Body.Sealed != "" {
		return ledger.Refuse(NotSealed, "the evidence %s is sealed already (%s)", e.ID, e.Body.Sealed)
	}
	e.Body.Sealed = in.Ground
	return e.Keep(c)
}

func (b *book) unseal(c *ledger.Call, in *unsealInput) error {
	e, err := b.evidences.OpenAny(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if err := takeUp(c, e, ""); err != nil {
		return err
	}
	if e.Body.Sealed == "" {
		return ledger.Refuse(NotSealed, "the evidence %s is not sealed", e.ID)
	}
	e.Body.Sealed, e.Body.UnsealOrder = "", in.OrderNo
	return e.Keep(c)
}

// sealed hides sealed evidence, and withEvidence what is on record of it, from
// whoever has no part in it.
var (
	sealed       = &catalog.Veil{Field: "sealed", Parties: []string{"custody.holder", "court", "appraiser"}, Code: EvidenceSealed}
	withEvidence = &catalog.Veil{Of: &catalog.About{Type: recordType, Field: "evidenceId"}, Code: EvidenceSealed}
)
