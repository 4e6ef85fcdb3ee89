package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
)

// DataUses is a page of the uses of a subject's data (谁用了我的数据).
type DataUses = predicate.DataUses[UseLine]

// UseLine is one use.
type UseLine struct {
	UseID       string   `json:"useId" zh:"使用记录编号"`
	By          string   `json:"by" zh:"使用机构"`
	At          string   `json:"at" zh:"时间"`
	GrantID     string   `json:"grantId,omitempty" zh:"授权编号"`
	CatalogCode string   `json:"catalogCode" zh:"目录代码"`
	Fields      []string `json:"fields,omitempty" zh:"数据项"`
	Purpose     string   `json:"purpose" zh:"使用目的"`
	Outcome     string   `json:"outcome" zh:"结果"`
	Reason      string   `json:"reason,omitempty" zh:"拒绝原因"`
}

func (b *book) dataUses(c *ledger.Call, in *predicate.UsesQuery) (*DataUses, error) {
	return predicate.UsesOf(c, in, b.uses, func(u *ledger.Entity[Use]) UseLine {
		return UseLine{u.ID, u.Body.UserDept, u.Time, u.Body.GrantID, u.Body.CatalogCode, u.Body.Fields, u.Body.Purpose, u.Status, u.Body.Reason}
	})
}

type checkUse struct {
	UserDept    string   `json:"userDept" is:"uscc" zh:"使用机构"`
	CatalogCode string   `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	GrantID     string   `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	SubjectKey  string   `json:"subjectKey,omitempty" is:"subject" zh:"主体标识"`
	Fields      []string `json:"fields,omitempty" is:"maxItems=50,unique,maxLen=32" zh:"数据项"`
	Purpose     string   `json:"purpose" is:"minLen=2,maxLen=64" zh:"使用目的"`
}

// Permission answers whether a use would be allowed now.
type Permission struct {
	Allowed  bool   `json:"allowed" zh:"是否允许"`
	Reason   string `json:"reason,omitempty" zh:"拒绝原因"`
	UsesLeft int    `json:"usesLeft,omitempty" zh:"剩余次数"`
}

func (b *book) checkUse(c *ledger.Call, in *checkUse) (*Permission, error) {
	_, g, reason, err := b.judge(c, &wish{dept: in.UserDept, grantID: in.GrantID, code: in.CatalogCode, purpose: in.Purpose, subject: in.SubjectKey, fields: in.Fields})
	if err != nil {
		return nil, err
	}
	out := &Permission{Allowed: reason == "", Reason: reason}
	if g != nil {
		out.UsesLeft = g.Body.MaxUses - g.Body.Uses
	}
	return out, nil
}
