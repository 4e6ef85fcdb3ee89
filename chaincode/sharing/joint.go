package sharing

import (
	"slices"
	"strconv"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Joint is one computation that several departments do together, each on its own
// data, none of which leaves it (多方联合计算). What stands here is masked: of a SUM
// (安全求和) numbers that only together mean something, of an INTERSECTION (隐私求交)
// points of a curve that are blinded by keys which are nowhere else.
type Joint struct {
	Kind      string  `json:"kind" is:"enum=SUM|INTERSECTION" zh:"计算类别"`
	Purpose   string  `json:"purpose" is:"maxLen=64" zh:"使用目的"`
	Field     string  `json:"field" is:"maxLen=32" zh:"数据项"`
	Key       string  `json:"key,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"接收方会话公钥" doc:"X25519, hex; of a SUM"`
	Parties   []Party `json:"parties" zh:"参与方"`
	DueOn     string  `json:"dueOn" is:"date" zh:"期限"`
	MaskedSum string  `json:"maskedSum,omitempty" is:"pattern=^[0-9]{1,20}$" zh:"掩码和" doc:"Modulo 2^64, still under the recipient's masks"`
	Given     int     `json:"given,omitempty" zh:"已提交数"`
	Rounds    []Round `json:"rounds,omitempty" zh:"轮次"`
	// ResultHash binds the record to the result that the recipient keeps.
	ResultHash string `json:"resultHash,omitempty" is:"sm3" zh:"结果摘要"`
}

// Party is a department that takes part, with the item and the grant under which
// the recipient may use what it gives.
type Party struct {
	Dept        string `json:"dept" is:"uscc" zh:"参与部门"`
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	GrantID     string `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	Key         string `json:"key,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"会话公钥"`
	Given       bool   `json:"given,omitempty" zh:"已提交"`
}

// Round is one message of an intersection: 1 the recipient's elements, blinded
// once; 2 the same, blinded twice and sorted; 3 the other's, blinded once and sorted.
type Round struct {
	Chunks int    `json:"chunks" zh:"分块数"`
	Points int    `json:"points" zh:"元素数"`
	Last   string `json:"last" zh:"末元素"`
	Done   bool   `json:"done,omitempty" zh:"已完成"`
}

// Part is one part of a party's message.
type Part struct {
	JointID string   `json:"jointId" zh:"联合计算编号"`
	Dept    string   `json:"dept" is:"uscc" zh:"参与部门"`
	Masked  string   `json:"masked,omitempty" is:"pattern=^[0-9]{1,20}$" zh:"掩码值"`
	Round   int      `json:"round,omitempty" zh:"轮次"`
	Points  []string `json:"points,omitempty" zh:"盲化元素" doc:"ristretto255, base64url"`
}

// Statuses of a computation.
const (
	Open     = "OPEN"
	Ready    = "READY"
	Complete = "COMPLETE"
	Finished = "FINISHED"
	Lapsed   = "LAPSED"
	given    = "GIVEN"
)

// Kinds of computations.
const (
	Sum          = "SUM"
	Intersection = "INTERSECTION"
)

const (
	jointType = "joint"
	partType  = "joint-part"
)

type startJoint struct {
	JointID string  `json:"jointId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"联合计算编号"`
	Kind    string  `json:"kind" is:"enum=SUM|INTERSECTION" zh:"计算类别"`
	Purpose string  `json:"purpose" is:"minLen=2,maxLen=64" zh:"使用目的"`
	Field   string  `json:"field" is:"pattern=^[a-z][0-9A-Za-z]{0,31}$" zh:"数据项" doc:"What is added up, or by what is matched"`
	Key     string  `json:"key,omitempty" is:"pattern=^[0-9a-f]{64}$" zh:"接收方会话公钥"`
	Parties []Input `json:"parties" is:"minItems=1,maxItems=20" zh:"参与方"`
	DueOn   string  `json:"dueOn" is:"date" zh:"期限"`
}

// Input names a party when a computation starts.
type Input struct {
	Dept        string `json:"dept" is:"uscc" zh:"参与部门"`
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	GrantID     string `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
}

type joinJoint struct {
	JointID string `json:"jointId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"联合计算编号"`
	Key     string `json:"key" is:"pattern=^[0-9a-f]{64}$" zh:"会话公钥" doc:"X25519, hex; new for each computation"`
}

type contribute struct {
	JointID string `json:"jointId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"联合计算编号"`
	Masked  string `json:"masked" is:"pattern=^(0|[1-9][0-9]{0,19})$" zh:"掩码值" doc:"Modulo 2^64"`
}

type finishJoint struct {
	JointID string `json:"jointId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"联合计算编号"`
}

// Result is what a computation came to: the recipient's alone.
type Result struct {
	Result string `json:"result" is:"pattern=^-?[0-9]{1,20}$" zh:"结果"`
}

func (b *book) defineJoints(c *ledger.Contract) {
	b.joints = ledger.Define[Joint](c, catalog.Record{
		Type: jointType, Collection: "joints", Title: "joint computation", TitleZh: "联合计算",
		Doc: "A secure sum or the size of a private intersection. The department that starts it receives the result; the others give masked values.",
		Statuses: []catalog.Status{
			{Code: Open, TitleZh: "待加入"}, {Code: Ready, TitleZh: "待提交"}, {Code: Complete, TitleZh: "已齐备"}, {Code: Finished, TitleZh: "已完成"}, {Code: Lapsed, TitleZh: "已超时"},
		},
		Transitions: ledger.Table(
			ledger.Steps("StartJoint", Open, ""), ledger.Steps("StartJoint", Ready, ""), ledger.Stay("JoinJoint", Open), ledger.Steps("JoinJoint", Ready, Open),
			ledger.Stay("Contribute", Ready), ledger.Steps("Contribute", Complete, Ready), ledger.Stay("PutPoints", Ready), ledger.Steps("PutPoints", Complete, Ready),
			ledger.Steps("FinishJoint", Finished, Complete), ledger.Stay("PurgeJoint", Finished),
		),
		Search: append(ledger.Keywords("kind", "purpose", "parties[].dept", "parties[].catalogCode"), ledger.Dates("dueOn")...),
		Lapse:  &catalog.Lapse{Field: "dueOn", From: []string{Open, Ready}, To: Lapsed},
	})
	b.parts = ledger.Define[Part](c, catalog.Record{
		Type: partType, Collection: "joint-parts", Title: "part of a joint computation", TitleZh: "联合计算分片",
		Doc:         "A masked number, or blinded points: nothing without keys that are nowhere on the ledger.",
		Statuses:    []catalog.Status{{Code: given, TitleZh: "已提交"}},
		Transitions: ledger.Table(ledger.Steps("Contribute", given, ""), ledger.Steps("PutPoints", given, "")),
		Search:      append(ledger.Keywords("jointId", "dept"), ledger.Numbers("round")...),
	})
}

// startJoint begins a computation whose result the caller receives.
func (b *book) startJoint(c *ledger.Call, in *startJoint) error {
	if in.DueOn < c.Today() {
		return ledger.RefuseField(PeriodInvalid, "dueOn", "the computation would have ended on %s, before today (%s)", in.DueOn, c.Today())
	}
	status := Open
	switch {
	case in.Kind == Sum && (in.Key == "" || len(in.Parties) < 3):
		return ledger.RefuseField(PartyInvalid, "parties", "a sum takes the recipient's session key and three parties or more: with two, each would know the other's number")
	case in.Kind == Intersection && (in.Key != "" || len(in.Parties) != 1):
		return ledger.RefuseField(PartyInvalid, "parties", "an intersection is between the recipient and one other party, without session keys")
	case in.Kind == Intersection:
		status = Ready
	}
	j := Joint{Kind: in.Kind, Purpose: in.Purpose, Field: in.Field, Key: in.Key, DueOn: in.DueOn}
	for _, p := range in.Parties {
		if p.Dept == c.Caller().Dept || slices.ContainsFunc(j.Parties, func(o Party) bool { return o.Dept == p.Dept }) {
			return ledger.RefuseField(PartyInvalid, "parties", "the department %s stands there twice, or is the recipient", p.Dept)
		}
		item, err := b.items.Load(c, p.CatalogCode)
		if err != nil {
			return err
		}
		if item.Dept != p.Dept {
			return ledger.RefuseField(NotTheProvider, "parties", "the item %s is provided by the department %s", item.ID, item.Dept)
		}
		j.Parties = append(j.Parties, Party{Dept: p.Dept, CatalogCode: p.CatalogCode, GrantID: p.GrantID})
	}
	_, err := b.joints.Create(c, in.JointID, status, j)
	return err
}

// joined opens a computation for one of its parties.
func (b *book) joined(c *ledger.Call, id, kind string) (*ledger.Entity[Joint], *Party, error) {
	j, err := b.joints.OpenAny(c, id)
	if err != nil {
		return nil, nil, err
	}
	if j.StatusNow(c) == Lapsed {
		return nil, nil, ledger.Refuse(JointOver, "the computation was to be done by %s; a new one is needed", j.Body.DueOn)
	}
	at := slices.IndexFunc(j.Body.Parties, func(p Party) bool { return p.Dept == c.Caller().Dept })
	if at < 0 || j.Body.Kind != kind {
		return nil, nil, ledger.Refuse(PartyInvalid, "the department %s has no part of that sort in the computation %s", c.Caller().Dept, id)
	}
	return j, &j.Body.Parties[at], nil
}

// joinJoint brings a party's session key; with the last one the numbers can come.
func (b *book) joinJoint(c *ledger.Call, in *joinJoint) error {
	j, p, err := b.joined(c, in.JointID, Sum)
	if err != nil {
		return err
	}
	if in.Key == j.Body.Key || slices.ContainsFunc(j.Body.Parties, func(o Party) bool { return o.Key == in.Key }) {
		return ledger.RefuseField(PartyInvalid, "key", "the session key is there already: each party makes its own, once for each computation")
	}
	if p.Key != "" {
		return ledger.RefuseField(PartyInvalid, "key", "the department has joined already, with another key")
	}
	p.Key = in.Key
	if slices.ContainsFunc(j.Body.Parties, func(o Party) bool { return o.Key == "" }) {
		return j.Keep(c)
	}
	return j.Move(c, Ready)
}

// contribute adds a party's masked number. That is a use of the party's data by
// the recipient: counted against its grant, on record, and denied without.
func (b *book) contribute(c *ledger.Call, in *contribute) error {
	j, p, err := b.joined(c, in.JointID, Sum)
	if err != nil {
		return err
	}
	if p.Given {
		return ledger.Refuse(RoundInvalid, "the department has given its number already")
	}
	masked, err := strconv.ParseUint(in.Masked, 10, 64)
	if err != nil {
		return ledger.RefuseField(ledger.InputInvalid, "masked", "is a whole number below 2^64")
	}
	allowed, err := b.usedJointly(c, j, p)
	if err != nil || !allowed {
		return err
	}
	if _, err := b.parts.Create(c, j.ID+"."+p.Dept, given, Part{JointID: j.ID, Dept: p.Dept, Masked: in.Masked}); err != nil {
		return err
	}
	total := masked
	if j.Body.MaskedSum != "" {
		before, err := strconv.ParseUint(j.Body.MaskedSum, 10, 64)
		if err != nil {
			return err
		}
		total += before // modulo 2^64, as the masks are
	}
	p.Given = true
	j.Body.Given++
	j.Body.MaskedSum = strconv.FormatUint(total, 10)
	if j.Body.Given < len(j.Body.Parties) {
		return j.Keep(c)
	}
	return j.Move(c, Complete)
}

// usedJointly writes the use that a party's part in a computation is. Where it is
// denied, the use alone is written, and it answers false.
func (b *book) usedJointly(c *ledger.Call, j *ledger.Entity[Joint], p *Party) (bool, error) {
	in := &useData{UseNo: j.ID + "-" + p.Dept, CatalogCode: p.CatalogCode, GrantID: p.GrantID, Fields: []string{j.Body.Field}, Purpose: j.Body.Purpose}
	_, g, reason, err := b.judge(c, &wish{dept: j.Dept, grantID: p.GrantID, code: p.CatalogCode, purpose: in.Purpose, fields: in.Fields})
	if err != nil {
		return false, err
	}
	status := Allowed
	if reason != "" {
		status = Denied
	} else if err := spend(c, g); err != nil {
		return false, err
	}
	if status == Denied {
		in.UseNo += "-" + c.TxID()
	}
	u, err := b.put(c, j.Dept, in, status, Use{JointID: j.ID, Reason: reason})
	if err != nil {
		return false, err
	}
	if status == Denied {
		u.Answer(c)
	}
	return status == Allowed, c.Data(Outcome{UseID: u.ID, Outcome: status, Reason: reason})
}

// finishJoint binds the result, which the recipient alone can compute, to the
// record: its salted digest here, itself in the private half.
func (b *book) finishJoint(c *ledger.Call, in *finishJoint, private *ledger.Private[Result]) error {
	if _, err := half(private); err != nil {
		return err
	}
	j, err := b.joints.Open(c, in.JointID)
	if err != nil {
		return err
	}
	if j.Body.ResultHash, err = ledger.Digest(private); err != nil {
		return err
	}
	if err := j.Move(c, Finished); err != nil {
		return err
	}
	return ledger.PutPrivate(c, j, private)
}
