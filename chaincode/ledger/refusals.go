package ledger

import (
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Refusal codes that every contract uses. A contract adds its own with
// Contract.Code.
const (
	InputInvalid     = "INPUT_INVALID"
	BatchInvalid     = "BATCH_INVALID"
	OperationUnknown = "OPERATION_UNKNOWN"
	RoleRequired     = "ROLE_REQUIRED"
	NotOwner         = "NOT_OWNER"
	NotFound         = "RECORD_NOT_FOUND"
	Exists           = "RECORD_EXISTS"
	StateForbids     = "STATE_FORBIDS"
	VersionConflict  = "VERSION_CONFLICT"
	SignatureInvalid = "SIGNATURE_INVALID"
	SignatureMissing = "SIGNATURE_REQUIRED"
	InternalError    = "INTERNAL_ERROR"
)

// commonRefusals explains the codes above to people.
func commonRefusals() []catalog.Refusal {
	return []catalog.Refusal{
		{Code: InputInvalid, HTTP: 422, Doc: "The input is not what the operation takes; every wrong field is named.", DocZh: "输入不符合要求，逐项列出错误字段"},
		{Code: BatchInvalid, HTTP: 422, Doc: "The transaction is not a list of 1 to 1,000 requests, or its private halves are not one for each.", DocZh: "批量请求格式或数量不符"},
		{Code: OperationUnknown, HTTP: 404, Doc: "The contract has no operation of that name.", DocZh: "合约没有该操作"},
		{Code: RoleRequired, HTTP: 403, Doc: "The caller's certificate does not carry a role that the operation asks for.", DocZh: "调用方证书不具备该操作所需角色"},
		{Code: NotOwner, HTTP: 403, Doc: "The record belongs to another department.", DocZh: "记录属于其他部门"},
		{Code: NotFound, HTTP: 404, Doc: "There is no such record on this ledger.", DocZh: "账本上没有该记录"},
		{Code: Exists, HTTP: 409, Doc: "A record with that id is there already.", DocZh: "同一编号的记录已存在"},
		{Code: StateForbids, HTTP: 409, Doc: "The record's status does not allow the operation.", DocZh: "记录当前状态不允许该操作"},
		{Code: VersionConflict, HTTP: 412, Doc: "The record has another version than the caller asked for.", DocZh: "记录版本与所要求的版本不一致"},
		{Code: SignatureInvalid, HTTP: 403, Doc: "The SM2 signature over the operation does not verify against a registered key.", DocZh: "SM2 签名验证不通过"},
		{Code: SignatureMissing, HTTP: 403, Doc: "The application must sign its operations with its SM2 key and did not.", DocZh: "该应用须对操作进行 SM2 签名"},
		{Code: InternalError, HTTP: 500, Doc: "The contract failed; nothing was changed.", DocZh: "合约内部错误，未作任何更改"},
	}
}

// Refuse makes a contract's "no": a stable code and a sentence that says what
// would be right.
func Refuse(code, format string, args ...any) *operation.Refusal {
	return operation.Refuse(code, format, args...)
}

// RefuseField makes a refusal about one input field.
func RefuseField(code, field, format string, args ...any) *operation.Refusal {
	r := operation.Refuse(code, format, args...)
	r.Fields = []operation.FieldError{{Field: field, Code: code, Message: r.Message}}
	return r
}
