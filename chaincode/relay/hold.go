package relay

import (
	"encoding/json"
	"fmt"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Statuses of a hold.
const (
	Held     = "HELD"
	Used     = "USED"
	Released = "RELEASED"
)

// Hold is a record of this ledger that is set aside for business elsewhere
// (跨链占用): nobody else's business can set it aside meanwhile, and nobody's
// once it is used.
type Hold struct {
	Saga     string `json:"saga" is:"maxLen=64" zh:"业务标识"`
	Chain    string `json:"chain" is:"maxLen=64" zh:"业务所在链"`
	Step     int64  `json:"step" is:"min=0" zh:"步骤序号"`
	Contract string `json:"contract" is:"maxLen=64" zh:"合约"`
	Record   string `json:"record" is:"maxLen=256" zh:"被占用的记录"`
	Purpose  string `json:"purpose" is:"maxLen=256" zh:"用途"`
}

// HoldID is the id of what a step of a business sets aside.
func HoldID(saga string, step int64) string { return fmt.Sprintf("%s-%d", saga, step) }

type holdInput struct {
	Chain string `json:"chain" is:"maxLen=64" zh:"业务所在链" eg:"zhengzhou"`
	Saga  string `json:"saga" is:"maxLen=64" zh:"业务标识"`
	Step  int64  `json:"step" is:"min=0,max=9" zh:"步骤序号"`
	Proof string `json:"proof" is:"maxLen=1500000" zh:"证明" doc:"The business's own ledger's attested view of it, base64"`
}

// heldGuard holds the hold that a record is set aside by.
const heldGuard = "held"

func (b *book) defineHolds(c *ledger.Contract) {
	b.holds = ledger.Define[Hold](c, catalog.Record{
		Type: holdType, Collection: "holds", Title: "hold", TitleZh: "跨链占用",
		Doc: "A record of this ledger that business on another one has set aside. What is proven of that business decides what becomes of it.",
		Statuses: []catalog.Status{
			{Code: Held, TitleZh: "占用中"},
			{Code: Used, TitleZh: "已使用", Doc: "The business was committed: the record has served."},
			{Code: Released, TitleZh: "已释放", Doc: "The business was undone."},
		},
		Transitions: ledger.Table(ledger.Steps("Hold", Held, ""), ledger.Steps("Settle", Used, Held), ledger.Steps("Settle", Released, "", Held)),
		Search:      []catalog.SearchField{{Field: "record", Kind: "keyword"}, {Field: "saga", Kind: "keyword"}, {Field: "chain", Kind: "keyword"}},
	})
}

func (b *book) handleHolds(c *ledger.Contract) {
	example := json.RawMessage(`{"chain":"zhengzhou","saga":"` + exampleID + `","step":1,"proof":"` + exampleProof + `"}`)
	ledger.Handle(c, catalog.Operation{
		Name: "Hold", Title: "Set a record aside for business elsewhere", TitleZh: "占用记录", Record: holdType, Creates: true, Lane: "saga", Roles: []string{RoleCarrier},
		Refusals: proofCodes(ChainUnknown, StepInvalid, OutcomeMissing, ObjectHeld, ProofMissing), Example: example,
	}, b.hold)
	ledger.Handle(c, catalog.Operation{
		Name: "Settle", Title: "Use up or give back what was set aside", TitleZh: "了结占用", Record: holdType, Creates: true, Lane: "saga", Roles: []string{RoleCarrier},
		Doc:      "By what the business's own ledger proves: used where it was committed, given back where it was undone. What was never set aside is given back as well: it cannot be set aside later.",
		Refusals: proofCodes(ChainUnknown, StepInvalid, OutcomeMissing, ProofMissing), Example: example,
	}, b.settle)
}

// meant verifies what another ledger holds of its business, and finds the step
// that is about this channel.
func (b *book) meant(c *ledger.Call, in *holdInput) (status string, body Hold, err error) {
	raw, err := decoded("proof", in.Proof)
	if err != nil {
		return "", Hold{}, err
	}
	chain, err := b.believed(c, in.Chain)
	if err != nil {
		return "", Hold{}, err
	}
	fact, err := verify(c, chain, raw, askedFor(sagaType, in.Saga))
	if err != nil {
		return "", Hold{}, err
	}
	record, saga, err := recordIn[Saga](fact, sagaType, in.Saga)
	if err != nil {
		return "", Hold{}, err
	}
	if in.Step >= int64(len(saga.Steps)) {
		return "", Hold{}, ledger.RefuseField(StepInvalid, "step", "it has %d steps", len(saga.Steps))
	}
	s := saga.Steps[in.Step]
	if s.Kind != StepHold || s.Chain != c.Channel() {
		return "", Hold{}, ledger.RefuseField(StepInvalid, "step", "the step %s sets nothing aside on %s", s.Name, c.Channel())
	}
	return record.Status, Hold{in.Saga, in.Chain, in.Step, s.Contract, s.Record, saga.Purpose}, nil
}

func (h *Hold) guard() string { return h.Contract + "/" + h.Record }

func (b *book) hold(c *ledger.Call, in *holdInput) error {
	status, body, err := b.meant(c, in)
	if err != nil {
		return err
	}
	if status != Open {
		return ledger.Refuse(OutcomeMissing, "the business is %s on %s, and OPEN business sets aside", status, in.Chain)
	}
	id := HoldID(in.Saga, in.Step)
	by, err := c.Guard(heldGuard, body.guard())
	if err != nil {
		return err
	}
	if by != "" && by != id {
		return ledger.Refuse(ObjectHeld, "%s of %s is set aside, or used, by the hold %s", body.Record, body.Contract, by)
	}
	if _, err := b.holds.Create(c, id, Held, body); err != nil {
		return err
	}
	c.SetGuard(heldGuard, body.guard(), id)
	return nil
}

func (b *book) settle(c *ledger.Call, in *holdInput) error {
	status, body, err := b.meant(c, in)
	if err != nil {
		return err
	}
	id := HoldID(in.Saga, in.Step)
	to := Released
	switch status {
	case Committed, Done:
		to = Used
	case Aborted, Undone:
	default:
		return ledger.Refuse(OutcomeMissing, "the business is %s on %s: not decided", status, in.Chain)
	}
	e, err := b.holds.Find(c, id)
	if err != nil {
		return err
	}
	switch {
	case e == nil && to == Used: // a committed one has proven its holds
		return ledger.Refuse(OutcomeMissing, "the business is %s on %s, and nothing was set aside for it here", status, in.Chain)
	case e == nil:
		_, err := b.holds.Create(c, id, to, body)
		return err
	}
	if to == Released && e.Status == Held {
		c.SetGuard(heldGuard, body.guard(), "")
	}
	return e.Move(c, to)
}
