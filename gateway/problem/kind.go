package problem

import (
	"net/http"
	"sort"
	"time"
)

// Codes of the gateway's own problems. Where a contract refuses for the same
// reason, its code is the same; the others are in the contracts' catalogue.
const (
	JSONMalformed      = "JSON_MALFORMED"
	RequestMalformed   = "REQUEST_MALFORMED"
	InputInvalid       = "INPUT_INVALID"
	Unauthenticated    = "UNAUTHENTICATED"
	CityForbidden      = "CITY_FORBIDDEN"
	RoleRequired       = "ROLE_REQUIRED"
	RouteUnknown       = "ROUTE_UNKNOWN"
	CityUnknown        = "CITY_UNKNOWN"
	LedgerUnknown      = "LEDGER_UNKNOWN"
	OperationUnknown   = "OPERATION_UNKNOWN"
	RecordNotFound     = "RECORD_NOT_FOUND"
	JobNotFound        = "JOB_NOT_FOUND"
	MethodNotAllowed   = "METHOD_NOT_ALLOWED"
	NotAcceptable      = "NOT_ACCEPTABLE"
	VersionConflict    = "VERSION_CONFLICT"
	BodyTooLarge       = "BODY_TOO_LARGE"
	TypeUnsupported    = "MEDIA_TYPE_UNSUPPORTED"
	IdempotencyReused  = "IDEMPOTENCY_KEY_REUSED"
	IdempotencyRunning = "IDEMPOTENCY_KEY_IN_USE"
	TooManyRequests    = "TOO_MANY_REQUESTS"
	QuotaExceeded      = "QUOTA_EXCEEDED"
	Overloaded         = "OVERLOADED"
	LedgerUnavailable  = "LEDGER_UNAVAILABLE"
	LedgerFailed       = "LEDGER_FAILED"
	TransactionInvalid = "TRANSACTION_INVALID"
	NotReady           = "NOT_READY"
	OutcomeUnknown     = "OUTCOME_UNKNOWN"
	ShuttingDown       = "SHUTTING_DOWN"
	InternalError      = "INTERNAL_ERROR"
	SubjectKeyAbsent   = "SUBJECT_KEY_ABSENT"
	StoreUnavailable   = "STORE_UNAVAILABLE"
	RecordContended    = "RECORD_CONTENDED"
	IndexBehind        = "INDEX_BEHIND"
	IndexAway          = "INDEX_UNAVAILABLE"
	BlockNotFound      = "BLOCK_NOT_FOUND"
	TransactionUnknown = "TRANSACTION_NOT_FOUND"
	WebhookNotFound    = "WEBHOOK_NOT_FOUND"
	WebhookLimit       = "WEBHOOK_LIMIT"
	IdentityDenied     = "IDENTITY_DENIED"
	AuditUnavailable   = "AUDIT_UNAVAILABLE"
	CredentialExpired  = "CREDENTIAL_EXPIRED"
	CredentialRevoked  = "CREDENTIAL_REVOKED"
	CredentialKind     = "CREDENTIAL_KIND_REFUSED"
	SignatureInvalid   = "SIGNATURE_INVALID"
	SignatureExpired   = "SIGNATURE_EXPIRED"
	NonceUsed          = "NONCE_USED"
	BodyDigest         = "BODY_DIGEST_MISMATCH"
	ProposalUnknown    = "PROPOSAL_NOT_FOUND"
	ProposalExpired    = "PROPOSAL_EXPIRED"
	ProposalUsed       = "PROPOSAL_USED"
	ProposalAltered    = "PROPOSAL_ALTERED"
	OutsideSignature   = "OUTSIDE_SIGNATURE_INVALID"
	CertificateOther   = "CERTIFICATE_FORBIDDEN"
	// Refused stands for a contract's refusal whose code no catalogue explains.
	Refused = "REFUSED"
	// ServiceNotProvisioned is the answer to an application of a data service that
	// calls what was not approved for it, or no longer is.
	ServiceNotProvisioned = "SERVICE_NOT_PROVISIONED"
)

// Kind explains one code.
type Kind struct {
	Code           string
	Status         int
	Title, TitleZh string
	RetryAfter     time.Duration
}

var kinds = table([]Kind{
	{Code: JSONMalformed, Status: http.StatusBadRequest, Title: "The body is not JSON", TitleZh: "请求体不是有效的 JSON"},
	{Code: RequestMalformed, Status: http.StatusBadRequest, Title: "The request is malformed", TitleZh: "请求格式有误"},
	{Code: InputInvalid, Status: http.StatusUnprocessableEntity, Title: "Fields of the input are wrong", TitleZh: "输入字段有误"},
	{Code: Unauthenticated, Status: http.StatusUnauthorized, Title: "The caller is not known", TitleZh: "调用方未通过认证"},
	{Code: CredentialExpired, Status: http.StatusUnauthorized, Title: "The credential has expired", TitleZh: "凭证已过期"},
	{Code: CredentialRevoked, Status: http.StatusUnauthorized, Title: "The credential was revoked", TitleZh: "凭证已吊销"},
	{Code: CredentialKind, Status: http.StatusUnauthorized, Title: "The application must prove who it is in another way", TitleZh: "该应用须使用其他认证方式"},
	{Code: SignatureInvalid, Status: http.StatusUnauthorized, Title: "The request's signature is not good", TitleZh: "请求签名无效"},
	{Code: SignatureExpired, Status: http.StatusUnauthorized, Title: "The request was signed too long ago, or in the future", TitleZh: "请求签名不在有效时间内"},
	{Code: NonceUsed, Status: http.StatusUnauthorized, Title: "The signed request came before", TitleZh: "签名请求重放"},
	{Code: BodyDigest, Status: http.StatusBadRequest, Title: "The body is not the one that was signed", TitleZh: "请求体与签名摘要不符"},
	{Code: ProposalUnknown, Status: http.StatusNotFound, Title: "No such proposal was handed out to the caller", TitleZh: "没有发给调用方的该提案"},
	{Code: ProposalExpired, Status: http.StatusConflict, Title: "The proposal was handed out too long ago", TitleZh: "提案已过期"},
	{Code: ProposalUsed, Status: http.StatusConflict, Title: "The proposal is past this step already", TitleZh: "提案已使用"},
	{Code: ProposalAltered, Status: http.StatusUnprocessableEntity, Title: "The bytes are not those that were handed out", TitleZh: "字节与发出的不一致"},
	{Code: OutsideSignature, Status: http.StatusUnprocessableEntity, Title: "The signature is not the certificate's over these bytes", TitleZh: "签名与证书或字节不符"},
	{Code: CertificateOther, Status: http.StatusForbidden, Title: "The certificate is not the calling application's", TitleZh: "证书不属于调用方应用"},
	{Code: CityForbidden, Status: http.StatusForbidden, Title: "The caller may not call this city", TitleZh: "调用方无权访问该市"},
	{Code: RoleRequired, Status: http.StatusForbidden, Title: "The caller's roles do not allow this", TitleZh: "调用方的角色无权执行该操作"},
	{Code: RouteUnknown, Status: http.StatusNotFound, Title: "There is nothing at this path", TitleZh: "路径不存在"},
	{Code: CityUnknown, Status: http.StatusNotFound, Title: "There is no such city", TitleZh: "没有该市"},
	{Code: LedgerUnknown, Status: http.StatusNotFound, Title: "The city has no such ledger", TitleZh: "该市没有该账本"},
	{Code: OperationUnknown, Status: http.StatusNotFound, Title: "The ledger has no such operation", TitleZh: "该账本没有该操作"},
	{Code: RecordNotFound, Status: http.StatusNotFound, Title: "There is no such record", TitleZh: "没有该记录"},
	{Code: JobNotFound, Status: http.StatusNotFound, Title: "There is no such job", TitleZh: "没有该任务"},
	{Code: MethodNotAllowed, Status: http.StatusMethodNotAllowed, Title: "The method is not allowed here", TitleZh: "该路径不支持此方法"},
	{Code: NotAcceptable, Status: http.StatusNotAcceptable, Title: "None of the accepted media types can be served", TitleZh: "无法提供所要求的媒体类型"},
	{Code: VersionConflict, Status: http.StatusPreconditionFailed, Title: "The record has another version", TitleZh: "记录版本不符"},
	{Code: BodyTooLarge, Status: http.StatusRequestEntityTooLarge, Title: "The body is too large", TitleZh: "请求体过大"},
	{Code: TypeUnsupported, Status: http.StatusUnsupportedMediaType, Title: "The body's media type is not served", TitleZh: "不支持的媒体类型"},
	{Code: IdempotencyReused, Status: http.StatusUnprocessableEntity, Title: "The idempotency key was used with another body", TitleZh: "幂等键已用于不同的请求"},
	{Code: IdempotencyRunning, Status: http.StatusConflict, Title: "The request with this idempotency key is still under way", TitleZh: "使用该幂等键的请求仍在处理", RetryAfter: time.Second},
	{Code: TooManyRequests, Status: http.StatusTooManyRequests, Title: "Too many requests", TitleZh: "请求过于频繁", RetryAfter: time.Second},
	{Code: QuotaExceeded, Status: http.StatusTooManyRequests, Title: "The quota is used up", TitleZh: "配额已用完", RetryAfter: time.Minute},
	{Code: Overloaded, Status: http.StatusTooManyRequests, Title: "The write queue is full", TitleZh: "写入队列已满", RetryAfter: time.Second},
	{Code: LedgerUnavailable, Status: http.StatusServiceUnavailable, Title: "The ledger is away", TitleZh: "账本暂不可用", RetryAfter: 5 * time.Second},
	{Code: LedgerFailed, Status: http.StatusServiceUnavailable, Title: "The ledger failed on this", TitleZh: "账本处理失败", RetryAfter: 5 * time.Second},
	{Code: TransactionInvalid, Status: http.StatusConflict, Title: "The ledger did not take the transaction", TitleZh: "账本未接受该交易"},
	{Code: NotReady, Status: http.StatusServiceUnavailable, Title: "The gateway cannot serve yet", TitleZh: "网关尚未就绪", RetryAfter: time.Second},
	{Code: OutcomeUnknown, Status: http.StatusServiceUnavailable, Title: "The outcome is not known yet", TitleZh: "结果尚未确定", RetryAfter: 5 * time.Second},
	{Code: ShuttingDown, Status: http.StatusServiceUnavailable, Title: "The gateway is shutting down", TitleZh: "网关正在停止", RetryAfter: 5 * time.Second},
	{Code: InternalError, Status: http.StatusInternalServerError, Title: "The gateway failed", TitleZh: "网关内部错误"},
	{Code: SubjectKeyAbsent, Status: http.StatusServiceUnavailable, Title: "The gateway has no key to hash identifiers with", TitleZh: "网关未配置主体密钥", RetryAfter: time.Minute},
	{Code: StoreUnavailable, Status: http.StatusServiceUnavailable, Title: "The gateway's database is away", TitleZh: "网关数据库暂不可用", RetryAfter: 2 * time.Second},
	{Code: IndexBehind, Status: http.StatusServiceUnavailable, Title: "The read model is not that far yet", TitleZh: "查询库尚未同步到该区块", RetryAfter: time.Second},
	{Code: IndexAway, Status: http.StatusServiceUnavailable, Title: "The read model's database is away", TitleZh: "查询库暂不可用", RetryAfter: 2 * time.Second},
	{Code: BlockNotFound, Status: http.StatusNotFound, Title: "There is no such block", TitleZh: "没有该区块"},
	{Code: TransactionUnknown, Status: http.StatusNotFound, Title: "There is no such transaction", TitleZh: "没有该交易"},
	{Code: WebhookNotFound, Status: http.StatusNotFound, Title: "There is no such webhook", TitleZh: "没有该事件回调"},
	{Code: WebhookLimit, Status: http.StatusConflict, Title: "The application has as many webhooks as it may", TitleZh: "事件回调数量已达上限"},
	{Code: RecordContended, Status: http.StatusConflict, Title: "Others keep changing the same records", TitleZh: "相关记录正被频繁修改", RetryAfter: 2 * time.Second},
	{Code: IdentityDenied, Status: http.StatusForbidden, Title: "The peers refuse the application's certificate", TitleZh: "节点拒绝了该应用的证书"},
	{Code: ServiceNotProvisioned, Status: http.StatusForbidden, Title: "The service is not provisioned for the caller", TitleZh: "服务未开通或已停用"},
	{Code: AuditUnavailable, Status: http.StatusServiceUnavailable, Title: "Calls cannot be put on record", TitleZh: "审计日志不可用", RetryAfter: 5 * time.Second},
	{Code: Refused, Status: http.StatusUnprocessableEntity, Title: "The ledger refused", TitleZh: "账本拒绝"},
})

func table(all []Kind) map[string]Kind {
	m := make(map[string]Kind, len(all))
	for _, k := range all {
		m[k.Code] = k
	}
	return m
}

// Kinds returns the gateway's own problems, sorted by code.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kinds))
	for _, k := range kinds {
		all = append(all, k)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Code < all[j].Code })
	return all
}
