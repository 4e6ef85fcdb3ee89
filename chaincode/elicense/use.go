package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
)

const (
	useType     = "use"
	useRecorded = "RECORDED"
)

// Use is one use of a licence (用证记录): who looked, for which matter, by what
// right, and what the ledger found at that moment. The using department owns
// the record. It is written once.
type Use struct {
	CertID          string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Mode            string `json:"mode" is:"enum=HOLDER|DELEGATED|BY_DUTY" zh:"用证方式" doc:"持证主体出示, 受托人凭授权码出示, 依职权调用"`
	ServiceItemCode string `json:"serviceItemCode" is:"maxLen=64" zh:"事项编码"`
	BizNum          string `json:"bizNum" is:"maxLen=64" zh:"业务流水号"`
	CodeID          string `json:"codeId,omitempty" is:"sm3" zh:"授权码摘要"`
	Basis           string `json:"basis,omitempty" is:"maxLen=128" zh:"职权依据"`
	OperatorKey     string `json:"operatorKey,omitempty" is:"subject" zh:"经办人标识" doc:"A keyed hash, never the identifier"`
	OperatorRole    string `json:"operatorRole,omitempty" is:"maxLen=32" zh:"经办岗位"`
	Result          string `json:"result" is:"enum=ACCEPTED|NOT_IN_FORCE|HOLDER_MISMATCH|FILE_MISMATCH" zh:"用证结果" doc:"What the ledger found"`
	LicenceStatus   string `json:"licenceStatus" is:"maxLen=32" zh:"用证时证照状态"`
}

// useInput is a use, and what the user has in hand to compare.
type useInput struct {
	CertID          string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Mode            string `json:"mode" is:"enum=HOLDER|DELEGATED|BY_DUTY" zh:"用证方式" doc:"持证主体出示, 受托人凭授权码出示, 依职权调用"`
	ServiceItemCode string `json:"serviceItemCode" is:"pattern=^[0-9A-Za-z]{6,64}$" zh:"事项编码"`
	BizNum          string `json:"bizNum" is:"pattern=^[0-9A-Za-z-]{1,64}$" zh:"业务流水号" doc:"The department's own number: the same again answers the earlier record"`
	PresenterKey    string `json:"presenterKey,omitempty" is:"subject" zh:"出示人标识" doc:"Who presents it, as the department has identified them: the holder, or the delegate"`
	FileHash        string `json:"fileHash,omitempty" is:"sm3" zh:"文件摘要" doc:"SM3 of the presented OFD file, where there is one"`
	Basis           string `json:"basis,omitempty" is:"maxLen=128" zh:"职权依据" doc:"By which rule the department looks by duty"`
	OperatorKey     string `json:"operatorKey,omitempty" is:"subject" zh:"经办人标识" doc:"A keyed hash, never the identifier"`
	OperatorRole    string `json:"operatorRole,omitempty" is:"maxLen=32" zh:"经办岗位" eg:"综合窗口"`
}

// ReadsOf names what a use will look up.
func (in *useInput) ReadsOf(who *ledger.Caller) []string {
	return []string{ledger.Key(recordType, in.CertID), ledger.Key(useType, UseID(in.CertID, who, in.BizNum))}
}

// usePrivate is the private half of a use.
type usePrivate struct {
	AuthCode     string `json:"authCode,omitempty" is:"pattern=^[0-9A-Za-z]{22,64}$" zh:"授权码" doc:"The code itself, for the mode DELEGATED; it is not kept"`
	OperatorName string `json:"operatorName,omitempty" is:"maxLen=64" zh:"经办人姓名"`
}

// UseID derives a use record's id from the licence, the using system and its
// own number. It begins with the licence's identifier: the uses of a licence
// make one page after the other.
func UseID(certID string, who *ledger.Caller, bizNum string) string {
	return certID + "-" + gm.HexDigest([]byte(who.MSP + "/" + who.Dept + "/" + who.App + "/" + bizNum))[:32]
}

func (b *book) defineUses(c *ledger.Contract) {
	b.uses = ledger.Define[Use](c, catalog.Record{
		Type: useType, Collection: "uses", Title: "use record", TitleZh: "用证记录",
		Doc:         "One use of a licence, with what the ledger found at that moment.",
		Statuses:    []catalog.Status{{Code: useRecorded, TitleZh: "已记录", Doc: "Written once."}},
		Transitions: ledger.Table(ledger.Steps("Use", useRecorded, ""), ledger.Stay("PurgeUse", useRecorded)),
		Search: []catalog.SearchField{
			{Field: "certId", Kind: "keyword"}, {Field: "mode", Kind: "keyword"}, {Field: "serviceItemCode", Kind: "keyword"},
			{Field: "bizNum", Kind: "keyword"}, {Field: "result", Kind: "keyword"}, {Field: "operatorKey", Kind: "keyword"},
		},
	})
}

func (b *book) handleUse(c *ledger.Contract) {
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Use", Title: "Use a licence", TitleZh: "用证", Record: useType, Creates: true, Lane: "certId", Roles: presenters,
		Refusals:       []string{ModeInvalid, CodeUnknown, CodeSpent, CodeExpired, CodeMismatch, ledger.Exists},
		Doc:            "Verifies a licence for a matter and keeps the use on record, also where the licence was not accepted. A delegate's code serves once; looking by duty needs the role for it and a legal basis.",
		Example:        json.RawMessage(`{"certId":"` + exampleID + `","mode":"HOLDER","serviceItemCode":"1141010000525256501000112000","bizNum":"20260302-000173","presenterKey":"` + exampleKey + `","fileHash":"` + exampleHash + `","operatorRole":"综合窗口"}`),
		PrivateExample: json.RawMessage(`{"operatorName":"李晓丽"}`),
	}, b.use)
}

func (b *book) use(c *ledger.Call, in *useInput, private *ledger.Private[usePrivate]) error {
	id := UseID(in.CertID, c.Caller(), in.BizNum)
	earlier, err := b.uses.Find(c, id)
	if err != nil {
		return err
	}
	if earlier != nil {
		return answerEarlier(c, earlier, in)
	}
	l, err := b.licences.Load(c, in.CertID)
	if err != nil {
		return err
	}
	u := Use{
		CertID: in.CertID, Mode: in.Mode, ServiceItemCode: in.ServiceItemCode, BizNum: in.BizNum, Basis: in.Basis,
		OperatorKey: in.OperatorKey, OperatorRole: in.OperatorRole, LicenceStatus: l.StatusNow(c),
	}
	if u.CodeID, err = b.entitled(c, in, private, id); err != nil {
		return err
	}
	u.Result = found(c, l, in)
	e, err := b.uses.Create(c, id, useRecorded, u)
	if err != nil {
		return err
	}
	e.Answer(c)
	if private == nil || private.Data.OperatorName == "" {
		return nil
	}
	// The code is spent, and nobody needs it any more.
	return ledger.PutPrivate(c, e, &ledger.Private[usePrivate]{Salt: private.Salt, Data: usePrivate{OperatorName: private.Data.OperatorName}})
}

// answerEarlier answers a use that is on record already; another use under the
// same number is refused.
func answerEarlier(c *ledger.Call, earlier *ledger.Entity[Use], in *useInput) error {
	if earlier.Body.Mode != in.Mode || earlier.Body.ServiceItemCode != in.ServiceItemCode {
		r := ledger.RefuseField(ledger.Exists, "bizNum", "the number %s stands for another use of this licence; each use has its own", in.BizNum)
		r.Type, r.ID = useType, earlier.ID
		return r
	}
	earlier.AnswerExisting(c)
	return nil
}

// entitled refuses a use that lacks what its mode asks for, and spends a
// delegate's code.
func (b *book) entitled(c *ledger.Call, in *useInput, private *ledger.Private[usePrivate], useID string) (codeID string, err error) {
	code := ""
	if private != nil {
		code = private.Data.AuthCode
	}
	switch {
	case in.Mode != ByDuty && in.PresenterKey == "":
		return "", ledger.RefuseField(ModeInvalid, "presenterKey", "name who presents the licence: the holder, or the delegate")
	case in.Mode == ByDelegate && code == "":
		return "", ledger.RefuseField(ModeInvalid, "private.authCode", "a delegate presents the holder's code")
	case in.Mode != ByDelegate && code != "":
		return "", ledger.RefuseField(ModeInvalid, "private.authCode", "a code is presented by a delegate (mode DELEGATED) only")
	case in.Mode == ByDuty && in.Basis == "":
		return "", ledger.RefuseField(ModeInvalid, "basis", "name the rule by which the department looks by duty")
	case in.Mode == ByDuty && !c.Caller().Has(RoleEnforcer):
		return "", ledger.RefuseField(ModeInvalid, "mode", "only a system with the role %s looks by duty", RoleEnforcer)
	case in.Mode == ByDelegate:
		return b.redeem(c, in, code, useID)
	}
	return "", nil
}

// found is what the ledger finds of a presented licence. A status that ended
// it counts before everything else.
func found(c *ledger.Call, l *ledger.Entity[Licence], in *useInput) string {
	switch {
	case !inForce(c, l):
		return NotInForce
	case in.Mode == ByHolder && !l.Body.holds(in.PresenterKey):
		return HolderMismatch
	case in.FileHash != "" && in.FileHash != l.Body.FileHash:
		return FileMismatch
	}
	return Accepted
}
