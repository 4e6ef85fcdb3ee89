package elicense

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Refusal codes of the ledger.
const (
	IssuerMismatch    = "ISSUER_MISMATCH"
	PeriodInvalid     = "PERIOD_INVALID"
	VersionInvalid    = "VERSION_INVALID"
	LicenceKnown      = "LICENCE_KNOWN"
	LicenceExpired    = "LICENCE_EXPIRED"
	NotExpired        = "LICENCE_NOT_EXPIRED"
	LicenceNotInForce = "LICENCE_NOT_IN_FORCE"
	HoldersInvalid    = "HOLDERS_INVALID"
	HoldersChanged    = "HOLDERS_CHANGED"
	FaceInvalid       = "FACE_INVALID"
	TypeUnknown       = "TYPE_UNKNOWN"
	TypeWithdrawn     = "TYPE_WITHDRAWN"
	TypeMismatch      = "TYPE_MISMATCH"
	TransferInvalid   = "TRANSFER_INVALID"
	TransferUnmatched = "TRANSFER_UNMATCHED"
	TransferCompleted = "TRANSFER_COMPLETED"
	CopyPeriodInvalid = "COPY_PERIOD_INVALID"
	CodePeriodInvalid = "CODE_PERIOD_INVALID"
	CodeUnknown       = "CODE_UNKNOWN"
	CodeSpent         = "CODE_SPENT"
	CodeExpired       = "CODE_EXPIRED"
	CodeMismatch      = "CODE_MISMATCH"
	ModeInvalid       = "USE_MODE_INVALID"
	NotTheHolder      = "NOT_THE_HOLDER"
)

func declareCodes(c *ledger.Contract) {
	c.Codes([]catalog.Refusal{
		{Code: IssuerMismatch, HTTP: 403, Doc: "Only the authority that the licence identifier names may issue the licence.", DocZh: "仅证照标识中的颁发机构可签发"},
		{Code: PeriodInvalid, HTTP: 422, Doc: "The licence ends before it begins, is over already, was issued in the future, or is longer than its type allows.", DocZh: "有效期起止、颁发日期不合规则"},
		{Code: VersionInvalid, HTTP: 422, Doc: "A new licence has version 001; what supersedes a version has the next number, strictly.", DocZh: "新发证照版本须为001，替代版本号须严格加一"},
		{Code: LicenceKnown, HTTP: 409, Doc: "The ledger has a version of this licence already: renew or change that.", DocZh: "账本上已有该证照的版本，应办理延续或变更"},
		{Code: LicenceExpired, HTTP: 409, Doc: "The licence's period is over, and later than the rules allow.", DocZh: "证照已过有效期"},
		{Code: NotExpired, HTTP: 409, Doc: "The licence's period is not over yet.", DocZh: "证照尚未到期"},
		{Code: LicenceNotInForce, HTTP: 409, Doc: "The licence is not in force now.", DocZh: "证照当前不具效力"},
		{Code: HoldersInvalid, HTTP: 422, Doc: "A holder stands twice, the private half tells of other holders, or a number is not one of its type.", DocZh: "持证主体重复、与非公开信息不一致或证件号码有误"},
		{Code: HoldersChanged, HTTP: 409, Doc: "Renewal and transfer keep the holders; a change of holders is a change (09) or a new licence.", DocZh: "延续、转移不得变更持证主体"},
		{Code: FaceInvalid, HTTP: 422, Doc: "The digest of the face data is not that of the face data in the private half.", DocZh: "照面摘要与照面数据不一致"},
		{Code: TypeUnknown, HTTP: 422, Doc: "The type is not in the catalogue of licences.", DocZh: "证照类型不在证照目录中"},
		{Code: TypeWithdrawn, HTTP: 409, Doc: "The type was withdrawn from the catalogue: no new licence of it is issued.", DocZh: "证照类型已从目录撤下"},
		{Code: TypeMismatch, HTTP: 422, Doc: "The licence is not as the catalogue describes its type.", DocZh: "证照内容与目录规定不符"},
		{Code: TransferInvalid, HTTP: 422, Doc: "A licence is transferred to another authority than its own.", DocZh: "转入机构不得为原颁发机构"},
		{Code: TransferUnmatched, HTTP: 409, Doc: "There is no transfer out to this authority that fits.", DocZh: "没有与之匹配的转出"},
		{Code: TransferCompleted, HTTP: 409, Doc: "The licence has arrived at the other authority; the transfer cannot be cancelled.", DocZh: "转入已完成，不能取消转出"},
		{Code: CopyPeriodInvalid, HTTP: 422, Doc: "An annotated copy ends in the future, within what the rules allow, and not after its licence.", DocZh: "加注件有效期不合规则"},
		{Code: CodePeriodInvalid, HTTP: 422, Doc: "A use code ends in the future, and soon: within what the rules allow.", DocZh: "授权码有效期不合规则"},
		{Code: CodeUnknown, HTTP: 403, Doc: "There is no such use code.", DocZh: "授权码不存在"},
		{Code: CodeSpent, HTTP: 403, Doc: "The use code was used or revoked: each serves once.", DocZh: "授权码已使用或已撤回"},
		{Code: CodeExpired, HTTP: 403, Doc: "The use code has expired.", DocZh: "授权码已过期"},
		{Code: CodeMismatch, HTTP: 403, Doc: "The use code is for another licence, another delegate, another department or another matter.", DocZh: "授权码与证照、受托人、用证单位或事项不符"},
		{Code: ModeInvalid, HTTP: 422, Doc: "The use lacks what its mode asks for; the refusal says what.", DocZh: "用证信息与用证方式不符"},
		{Code: NotTheHolder, HTTP: 403, Doc: "The subject is not a holder of the licence.", DocZh: "非该证照的持证主体"},
	}...)
}
