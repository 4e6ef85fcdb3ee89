package relay

import (
	"encoding/json"
	"fmt"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Statuses of a piece of business.
const (
	Open      = "OPEN"
	Committed = "COMMITTED"
	Aborted   = "ABORTED"
	Done      = "DONE"
	Undone    = "UNDONE"
)

// Kinds of steps, and their states.
const (
	StepAsk  = "ASK"  // a fact that another chain proves
	StepHold = "HOLD" // a record of another chain that is set aside, and used up or given back

	StepOpen   = "OPEN"
	StepProven = "PROVEN"
	StepFailed = "FAILED"
	StepClosed = "CLOSED"
)

// Saga is business over several chains (跨链业务): it is done when every step
// was proven before the deadline, and undone otherwise. What it has set aside
// elsewhere is then used up, or given back.
type Saga struct {
	Reference string     `json:"reference" is:"maxLen=64" zh:"业务编号"`
	Purpose   string     `json:"purpose" is:"maxLen=256" zh:"用途"`
	Deadline  string     `json:"deadline" is:"timestamp" zh:"截止时间"`
	App       string     `json:"app" is:"maxLen=64" zh:"发起系统"`
	Steps     []SagaStep `json:"steps" is:"minItems=1,maxItems=10" zh:"步骤"`
	Reason    string     `json:"reason,omitempty" is:"maxLen=512" zh:"撤销原因"`
}

// SagaStep is one step with how far it is.
type SagaStep struct {
	SagaPlan
	Nonce string `json:"nonce" is:"pattern=^[0-9a-f]{48}$" zh:"随机数"`
	State string `json:"state" is:"enum=OPEN|PROVEN|FAILED|CLOSED" zh:"状态"`
	Proof string `json:"proof,omitempty" is:"sm3" zh:"证明摘要"`
}

// SagaPlan is what a step asks for.
type SagaPlan struct {
	Name     string   `json:"name" is:"maxLen=64" zh:"步骤名称" eg:"完税证明"`
	Kind     string   `json:"kind" is:"enum=ASK|HOLD" zh:"步骤类型" doc:"ASK: a fact that the chain proves. HOLD: one of its records is set aside for this business"`
	Chain    string   `json:"chain" is:"maxLen=64" zh:"链" eg:"xinyang"`
	Contract string   `json:"contract" is:"maxLen=64" zh:"合约" eg:"realestate"`
	Function string   `json:"function,omitempty" is:"maxLen=64" zh:"函数" doc:"ASK: what is asked" eg:"Verify"`
	Args     []string `json:"args,omitempty" is:"maxItems=10,maxLen=4096" zh:"参数" doc:"ASK: with these arguments"`
	Expect   []Expect `json:"expect,omitempty" is:"maxItems=10" zh:"期望结果" doc:"ASK: what the answer must say; another answer undoes the business"`
	Record   string   `json:"record,omitempty" is:"maxLen=256" zh:"占用的记录" doc:"HOLD: type and id, such as tax-clearance/2026-17"`
}

// Expect is a value that an answer must have.
type Expect struct {
	Field string `json:"field" is:"maxLen=128" zh:"字段" doc:"Path in the answer, such as match or body.status"`
	Value string `json:"value" is:"maxLen=256" zh:"值" doc:"As JSON"`
}

type startInput struct {
	Reference string     `json:"reference" is:"maxLen=64" zh:"业务编号" doc:"The owner's own: started again with the same one, it is the same business"`
	Purpose   string     `json:"purpose" is:"maxLen=256" zh:"用途"`
	Deadline  string     `json:"deadline,omitempty" is:"timestamp" zh:"截止时间" doc:"10 minutes from now where it is left out; 30 days at most"`
	Steps     []SagaPlan `json:"steps" is:"minItems=1,maxItems=10" zh:"步骤"`
}

type stepInput struct {
	ID   string `json:"id" is:"maxLen=64" zh:"业务标识"`
	Step int64  `json:"step" is:"min=0,max=9" zh:"步骤序号" doc:"From 0"`
}

type abortInput struct {
	ID     string `json:"id" is:"maxLen=64" zh:"业务标识"`
	Reason string `json:"reason,omitempty" is:"maxLen=512" zh:"原因"`
}

func (b *book) defineSagas(c *ledger.Contract) {
	b.sagas = ledger.Define[Saga](c, catalog.Record{
		Type: sagaType, Collection: "sagas", Title: "cross-chain business", TitleZh: "跨链业务",
		Doc: "Business over several chains, on the ledger of the city that does it. Every step is proven; whoever drives it is not trusted, and may be killed at any point: it ends DONE or UNDONE.",
		Statuses: []catalog.Status{
			{Code: Open, TitleZh: "办理中", Doc: "Steps are being proven."},
			{Code: Committed, TitleZh: "已决定", Doc: "Every step was proven in time; what is set aside elsewhere is being used up."},
			{Code: Aborted, TitleZh: "撤销中", Doc: "A step failed, the deadline passed, or the owner gave up; what is set aside is being given back."},
			{Code: Done, TitleZh: "已完成", Doc: "Nothing is left to do."},
			{Code: Undone, TitleZh: "已撤销", Doc: "Nothing of it is left."},
		},
		Transitions: ledger.Table(
			ledger.Steps("StartSaga", Open, ""),
			ledger.Stay("ProveStep", Open), ledger.Steps("ProveStep", Committed, Open), ledger.Steps("ProveStep", Aborted, Open),
			ledger.Steps("ProveStep", Done, Open), ledger.Steps("ProveStep", Undone, Open),
			ledger.Steps("AbortSaga", Aborted, Open), ledger.Steps("AbortSaga", Undone, Open),
			ledger.Stay("CloseStep", Committed, Aborted), ledger.Steps("CloseStep", Done, Committed), ledger.Steps("CloseStep", Undone, Aborted),
		),
		Search: []catalog.SearchField{{Field: "reference", Kind: "keyword"}, {Field: "purpose", Kind: "text"}, {Field: "deadline", Kind: "date"}},
	})
}

func (b *book) handleSagas(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "StartSaga", Title: "Start business over several chains", TitleZh: "发起跨链业务", Record: sagaType, Creates: true, Lane: "reference", Roles: []string{RoleAsker},
		Refusals: []string{ChainUnknown, StepInvalid, QuestionNotOffered, DeadlineInvalid},
		Example: json.RawMessage(`{"reference":"2026-000018","purpose":"不动产转移登记","steps":[` +
			`{"name":"完税证明有效","kind":"ASK","chain":"xinyang","contract":"evidence","function":"Verify","args":["{\"type\":\"evidence\",\"id\":\"0f1e2d3c4b5a69788796a5b4c3d2e1f0\"}"],"expect":[{"field":"match","value":"true"}]},` +
			`{"name":"完税证明未被使用","kind":"HOLD","chain":"xinyang","contract":"evidence","record":"evidence/0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]}`),
	}, b.start)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "ProveStep", Title: "Prove a step", TitleZh: "证明步骤", Record: sagaType, Verb: "prove-step", ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Doc:            "With the chain's answer, or with its attested view of the hold. The last proof decides the business; an answer that is not as expected undoes it.",
		Refusals:       proofCodes(ChainUnknown, StepInvalid, DeadlinePassed, ProofMissing, OutcomeMissing),
		Example:        json.RawMessage(`{"id":"` + exampleID + `","step":0}`),
		PrivateExample: json.RawMessage(`{"proof":"` + exampleProof + `"}`),
	}, b.prove)
	ledger.Handle(c, catalog.Operation{
		Name: "AbortSaga", Title: "Undo business", TitleZh: "撤销跨链业务", Record: sagaType, Verb: "abort", ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Doc:      "By its owner at any time before it is decided; by anybody after the deadline.",
		Refusals: []string{DeadlineAhead},
		Example:  json.RawMessage(`{"id":"` + exampleID + `","reason":"当事人撤回申请"}`),
	}, b.abort)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "CloseStep", Title: "Prove that what was set aside is settled", TitleZh: "证明占用已了结", Record: sagaType, Verb: "close-step", ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Refusals:       proofCodes(ChainUnknown, StepInvalid, ProofMissing, OutcomeMissing),
		Example:        json.RawMessage(`{"id":"` + exampleID + `","step":1}`),
		PrivateExample: json.RawMessage(`{"proof":"` + exampleProof + `"}`),
	}, b.closeStep)
}

func (b *book) start(c *ledger.Call, in *startInput) error {
	body := Saga{Reference: in.Reference, Purpose: in.Purpose, Deadline: in.Deadline, App: c.Caller().App}
	if body.Deadline == "" {
		body.Deadline = c.Now().Add(defaultDeadline).Format(time.RFC3339)
	}
	if left := until(c, body.Deadline); left <= 0 || left > longestDeadline {
		return ledger.RefuseField(DeadlineInvalid, "deadline", "the deadline must lie within %d days from now, and not in the past", longestDeadline/(24*time.Hour))
	}
	id := RequestID(c.Caller().MSP, c.Caller().Dept, "saga/"+in.Reference)
	for i := range in.Steps {
		if err := b.checkPlan(c, i, &in.Steps[i]); err != nil {
			return err
		}
		nonce := gm.HexDigest([]byte(fmt.Sprintf("relay-nonce/%s/%d/%s", id, i, c.TxID())))[:48]
		body.Steps = append(body.Steps, SagaStep{SagaPlan: in.Steps[i], Nonce: nonce, State: StepOpen})
	}
	_, err := b.sagas.Create(c, id, Open, body)
	return err
}

// checkPlan refuses a step that could never be proven.
func (b *book) checkPlan(c *ledger.Call, i int, p *SagaPlan) error {
	field := fmt.Sprintf("steps[%d]", i)
	chain, err := b.believed(c, p.Chain)
	if err != nil {
		return err
	}
	switch p.Kind {
	case StepAsk:
		if p.Function == "" || p.Record != "" || len(p.Expect) == 0 {
			return ledger.RefuseField(StepInvalid, field, "a step of the kind ASK has a function and what is expected, and no record")
		}
		if !chain.Body.Terms.offers(p.Contract, p.Function) {
			return ledger.RefuseField(QuestionNotOffered, field, "%s offers %v", p.Chain, chain.Body.Terms.Questions)
		}
		for _, e := range p.Expect {
			if _, err := strictjson.Canonical([]byte(e.Value)); err != nil {
				return ledger.RefuseField(StepInvalid, field+".expect", "the value of %s is not JSON: %v", e.Field, err)
			}
		}
	case StepHold:
		if p.Record == "" || p.Function != "" || len(p.Args) > 0 || len(p.Expect) > 0 || chain.Body.Kind != Fabric {
			return ledger.RefuseField(StepInvalid, field, "a step of the kind HOLD has a record on a channel, and nothing else")
		}
	}
	return nil
}

// step opens the business at one of its steps, of that state.
func (b *book) step(c *ledger.Call, in *stepInput, state string) (*ledger.Entity[Saga], *SagaStep, error) {
	e, err := b.sagas.OpenAny(c, in.ID)
	if err != nil {
		return nil, nil, err
	}
	if in.Step >= int64(len(e.Body.Steps)) {
		return nil, nil, ledger.RefuseField(StepInvalid, "step", "it has %d steps", len(e.Body.Steps))
	}
	s := &e.Body.Steps[in.Step]
	if state != "" && s.State != state {
		return nil, nil, ledger.RefuseField(ledger.StateForbids, "step", "the step %s is %s", s.Name, s.State)
	}
	return e, s, nil
}

func (b *book) prove(c *ledger.Call, in *stepInput, private *ledger.Private[Proven]) error {
	raw, err := bytesOf(private)
	if err != nil {
		return err
	}
	e, s, err := b.step(c, in, StepOpen)
	if err != nil {
		return err
	}
	if until(c, e.Body.Deadline) < 0 {
		return ledger.Refuse(DeadlinePassed, "the deadline was %s", e.Body.Deadline)
	}
	chain, err := b.believed(c, s.Chain)
	if err != nil {
		return err
	}
	s.State, s.Proof = StepProven, gm.HexDigest(raw)
	if s.Kind == StepHold {
		if err := b.held(c, chain, e.ID, in.Step, s, raw, Held); err != nil {
			return err
		}
		return proceed(c, e)
	}
	asked := Asked{Contract: s.Contract, Function: s.Function, Args: s.Args}
	want, err := asked.expects(s.Nonce)
	if err != nil {
		return err
	}
	fact, err := verify(c, chain, raw, want)
	if err != nil {
		return err
	}
	if why := s.unexpected(fact.Answer); why != "" {
		s.State, e.Body.Reason = StepFailed, s.Name+": "+why
	}
	return proceed(c, e)
}
