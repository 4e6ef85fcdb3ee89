package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
	"henanchain/internal/catalog"
)

// Use is one use of data, or one that was denied (数据使用记录). Its id begins with the
// subject's key where it is about somebody, so that a subject finds every use.
type Use struct {
	UserDept    string               `json:"userDept" is:"uscc" zh:"使用机构"`
	CatalogCode string               `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	GrantID     string               `json:"grantId,omitempty" zh:"授权编号"`
	SubjectKey  string               `json:"subjectKey,omitempty" is:"subject" zh:"被使用主体标识"`
	Fields      []string             `json:"fields,omitempty" zh:"数据项"`
	Purpose     string               `json:"purpose" zh:"使用目的"`
	UseNo       string               `json:"useNo" zh:"使用流水号"`
	Predicate   *predicate.Predicate `json:"predicate,omitempty" zh:"核验条件"`
	ParcelID    string               `json:"parcelId,omitempty" zh:"加密数据编号"`
	KeyVersion  int                  `json:"keyVersion,omitempty" zh:"密钥版本"`
	JointID     string               `json:"jointId,omitempty" zh:"联合计算编号"`
	ResultHash  string               `json:"resultHash,omitempty" is:"sm3" zh:"结果摘要" doc:"SM3 of the salted answer in the private half"`
	Reason      string               `json:"reason,omitempty" zh:"拒绝原因"`
}

// Statuses of a use.
const (
	Allowed  = "ALLOWED"
	Answered = predicate.Answered
	NoData   = "NO_DATA"
	Denied   = "DENIED"
)

const useType = "use"

type useData struct {
	UseNo       string   `json:"useNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"使用流水号" doc:"The using organisation's own number; each is used once"`
	CatalogCode string   `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	GrantID     string   `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	SubjectKey  string   `json:"subjectKey,omitempty" is:"subject" zh:"被使用主体标识"`
	Fields      []string `json:"fields,omitempty" is:"maxItems=50,unique,maxLen=32" zh:"数据项"`
	Purpose     string   `json:"purpose" is:"minLen=2,maxLen=64" zh:"使用目的"`
}

// ReadsOf lets a batch fetch all that the use touches.
func (in *useData) ReadsOf(caller *ledger.Caller) []string {
	keys := []string{ledger.Key(useType, predicate.UseID(in.SubjectKey, caller.Dept, in.UseNo)), ledger.Key(itemType, in.CatalogCode), ledger.Key(grantType, in.GrantID)}
	return append(keys, ledger.Key(rightType, RightID(in.CatalogCode, User, caller.Dept)))
}

type askData struct {
	useData
	Predicate predicate.Predicate `json:"predicate" zh:"核验条件"`
}

// ReadsOf is useData's, and the holding.
func (in *askData) ReadsOf(caller *ledger.Caller) []string {
	return append(in.useData.ReadsOf(caller), ledger.Key(holdingType, predicate.HoldingID(in.SubjectKey, in.CatalogCode)))
}

// Nothing is the private half of an operation that brings the salt alone.
type Nothing struct{}

// Outcome is what the operation tells: it stands in the block, so it carries no
// answer.
type Outcome struct {
	UseID   string `json:"useId"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	// KeyVersion, KeyID and WrappedKey are set where a parcel was opened: the data
	// key, encrypted for the grantee.
	KeyVersion int    `json:"keyVersion,omitempty"`
	KeyID      string `json:"keyId,omitempty"`
	WrappedKey string `json:"wrappedKey,omitempty"`
}

func (b *book) defineUses(c *ledger.Contract) {
	b.uses = ledger.Define[Use](c, catalog.Record{
		Type: useType, Collection: "uses", Title: "data use", TitleZh: "数据使用记录",
		Doc: "One use of data, or one that was denied. An answer is in the private half, for the asker.",
		Statuses: []catalog.Status{
			{Code: Allowed, TitleZh: "已使用"}, {Code: Answered, TitleZh: "已答复"}, {Code: NoData, TitleZh: "无数据"}, {Code: Denied, TitleZh: "已拒绝", Doc: "Nothing was looked at."},
		},
		Transitions: ledger.Table(
			begins("UseData", Allowed, Denied), begins("AskData", Answered, NoData, Denied), begins("OpenParcel", Allowed, Denied),
			begins("Contribute", Allowed, Denied), begins("PutPoints", Allowed, Denied), ledger.Stay("PurgeUse", Answered),
		),
		Search: ledger.Keywords("userDept", "catalogCode", "grantId", "subjectKey", "purpose", "useNo", "parcelId", "jointId", "reason"),
	})
}

func begins(op string, statuses ...string) []catalog.Transition {
	var all []catalog.Transition
	for _, s := range statuses {
		all = append(all, catalog.Transition{Op: op, To: s})
	}
	return all
}

// useData writes a use in the same transaction in which it counts it against its
// grant. One that is not covered is written as denied: the operation succeeds
// with that outcome.
func (b *book) useData(c *ledger.Call, in *useData) error {
	_, g, reason, err := b.judge(c, in.wish(c))
	if err != nil {
		return err
	}
	if reason != "" {
		return b.record(c, in, Denied, Use{Reason: reason})
	}
	if err := spend(c, g); err != nil {
		return err
	}
	return b.record(c, in, Allowed, Use{})
}

func (in *useData) wish(c *ledger.Call) *wish {
	return &wish{dept: c.Caller().Dept, grantID: in.GrantID, code: in.CatalogCode, purpose: in.Purpose, subject: in.SubjectKey, fields: in.Fields}
}

// record writes a use of the caller's with what is particular about it.
func (b *book) record(c *ledger.Call, in *useData, status string, particular Use) error {
	_, err := b.put(c, c.Caller().Dept, in, status, particular)
	if err != nil {
		return err
	}
	return c.Data(Outcome{UseID: predicate.UseID(in.SubjectKey, c.Caller().Dept, in.UseNo), Outcome: status, Reason: particular.Reason})
}

// put writes a use of a department's.
func (b *book) put(c *ledger.Call, dept string, in *useData, status string, u Use) (*ledger.Entity[Use], error) {
	u.UserDept, u.CatalogCode, u.GrantID, u.SubjectKey, u.Fields, u.Purpose, u.UseNo = dept, in.CatalogCode, in.GrantID, in.SubjectKey, in.Fields, in.Purpose, in.UseNo
	return b.uses.Create(c, predicate.UseID(in.SubjectKey, dept, in.UseNo), status, u)
}

// askData asks one question about a subject's private values: yes or no.
func (b *book) askData(c *ledger.Call, in *askData, private *ledger.Private[Nothing]) error {
	if len(in.Fields) == 0 {
		in.Fields = []string{in.Predicate.Field}
	}
	item, g, reason, err := b.judge(c, in.wish(c))
	if err != nil {
		return err
	}
	if reason == "" && (len(in.Fields) != 1 || in.Fields[0] != in.Predicate.Field) {
		reason = FieldNotGranted
	}
	if reason != "" {
		return b.record(c, &in.useData, Denied, Use{Predicate: &in.Predicate, Reason: reason})
	}
	if _, err := half(private); err != nil {
		return err
	}
	if item.Body.Mode != Private {
		return ledger.RefuseField(ModeMismatch, "catalogCode", "the item %s goes on chain as %s; only PRIVATE data are asked", item.ID, item.Body.Mode)
	}
	if err := within(c, item.Org); err != nil {
		return err
	}
	field, err := in.Predicate.Check(item.Body.Fields)
	if err != nil {
		return err
	}
	if err := spend(c, g); err != nil {
		return err
	}
	value, found, err := b.look(c, in)
	if err != nil {
		return err
	}
	if !found {
		return b.record(c, &in.useData, NoData, Use{Predicate: &in.Predicate})
	}
	out := predicate.Seal(private.Salt, in.Predicate.Holds(field, value))
	digest, err := ledger.Digest(out)
	if err != nil {
		return err
	}
	e, err := b.put(c, c.Caller().Dept, &in.useData, Answered, Use{Predicate: &in.Predicate, ResultHash: digest})
	if err != nil {
		return err
	}
	if err := ledger.PutPrivate(c, e, out); err != nil {
		return err
	}
	return c.Data(Outcome{UseID: e.ID, Outcome: Answered})
}

type useAnswer struct {
	UseID string `json:"useId" is:"pattern=^([0-9a-f]{64}\\.)?[0-9a-f]{32}$" zh:"使用记录编号"`
}

func (b *book) useAnswer(c *ledger.Call, in *useAnswer) (*predicate.Answer, error) {
	use, err := b.uses.Load(c, in.UseID)
	if err != nil {
		return nil, err
	}
	return predicate.Tell(c, use, predicate.Answer{Reason: use.Body.Reason, ResultHash: use.Body.ResultHash})
}
