package finance

// The codes that loans are reported by. They come from the trade's reporting
// standards; what decides by them decides by these tables or by the settings.

// Code is one entry of a vocabulary (数据字典).
type Code struct {
	Code    string `json:"code" zh:"代码"`
	Title   string `json:"title" zh:"英文名称"`
	TitleZh string `json:"titleZh" zh:"中文名称"`
}

// Classes of a loan (五级分类), the best first.
const (
	Pass           = "01"
	SpecialMention = "02"
	Substandard    = "03"
	Doubtful       = "04"
	Loss           = "05"
)

// Ways of payment (支付方式).
const (
	PayEntrusted = "02"
)

// GeneralGuarantee is the way of guaranteeing (保证方式) in which the borrower is
// sued first; the other is joint and several (02).
const GeneralGuarantee = "01"

// Kinds of collateral (担保物类别).
const (
	RealEstateUnit  = "REAL_ESTATE_UNIT"
	RealEstateProof = "REAL_ESTATE_PROOF"
)

var dictionaries = map[string][]Code{
	"class5":  {{Pass, "pass", "正常"}, {SpecialMention, "special mention", "关注"}, {Substandard, "substandard", "次级"}, {Doubtful, "doubtful", "可疑"}, {Loss, "loss", "损失"}},
	"payMode": {{"01", "at the borrower's disposal", "自主支付"}, {PayEntrusted, "entrusted payment", "受托支付"}, {"03", "both", "混合支付"}},
	"purpose": {{"PRE_LOAN", "before lending", "贷前调查"}, {"IN_LOAN", "while deciding and contracting", "贷中审查"}, {"POST_LOAN", "while the loan runs", "贷后管理"}},
	"subjectType": {
		{"ENTERPRISE", "large or medium enterprise", "大中型企业"}, {"SMALL_ENTERPRISE", "small or micro enterprise", "小微企业"},
		{"SELF_EMPLOYED", "self-employed business", "个体工商户"}, {"FARMER", "farmer or farm cooperative", "农户及新型农业经营主体"},
	},
	"usage": {
		{"WORKING_CAPITAL", "working capital", "流动资金"}, {"FIXED_ASSETS", "fixed assets", "固定资产"}, {"FARMING", "farming", "农业生产"},
		{"RENEWAL", "renewal without repayment", "无还本续贷"}, {"CONSUMPTION", "consumption", "消费"}, {"OTHER", "other", "其他"},
	},
	"collateralKind": {
		{RealEstateUnit, "real-estate unit", "不动产单元"}, {RealEstateProof, "mortgage proof", "不动产登记证明"}, {"INVOICE", "invoice", "发票"},
		{"RECEIVABLE", "receivable", "应收账款"}, {"MOVABLE", "movable", "动产"}, {"WARRANT", "warehouse warrant", "仓单"}, {"OTHER", "other", "其他"},
	},
	"guaranteeMode": {{GeneralGuarantee, "general guarantee", "一般保证"}, {"02", "joint and several guarantee", "连带责任保证"}},
	"denial": {
		{NoAuthorization, "there is no such authorization", "无此授权"}, {NotGrantee, "it was given to another organisation", "非被授权机构"},
		{WrongSubject, "it is another subject's", "非该主体授权"}, {NotGranted, "it is a draft", "授权未签署"}, {Revoked, "it was revoked", "授权已撤销"},
		{Exhausted, "it is used up", "授权次数已用尽"}, {Expired, "its period is over", "授权已过期"}, {NotYetValid, "its period has not begun", "授权尚未生效"},
		{WrongPurpose, "it is for another purpose", "用途不符"}, {OutOfScope, "it does not cover the item", "超出授权数据项"}, {ItemWithdrawn, "the item is not published any more", "目录项已下架"},
	},
	"taxGrade": {{"A", "the best", "A 级"}, {"B", "good", "B 级"}, {"M", "new enterprise", "M 级"}, {"C", "poor", "C 级"}, {"D", "the worst", "D 级"}},
}
