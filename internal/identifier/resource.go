package identifier

import "strings"

const (
	resourceCodeName = "resource-code"
	filingNumberName = "filing-number"
)

var resourceCodeKind = &Kind{
	Name: resourceCodeName, Title: "government data resource code", TitleZh: "政务信息资源代码",
	Standard: "政务信息资源目录编制指南（试行）", Example: "306001/000001",
	Pattern: "^[1-9][0-9]{5,21}/[0-9]{1,12}$", MaxLength: 35, Parse: text(ParseResourceCode),
}

var filingNumberKind = &Kind{
	Name: filingNumberName, Title: "blockchain service filing number", TitleZh: "区块链信息服务备案编号",
	Standard: "区块链信息服务管理规定", Example: "豫网信备41010500000000000001号",
	Pattern:   "^[" + provinceNames + "]网信备[0-9]{20}号$",
	MaxLength: 25, Parse: text(ParseFilingNumber),
}

const (
	maxResourceDetail   = 16
	maxResourceSequence = 12
	// provinceNames are the provinces' short names (省级简称).
	provinceNames = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
)

// ResourceCode is the code of a government data resource (政务信息资源代码): its
// place in the catalogue, and its number there.
type ResourceCode struct {
	Class    string // 类, 1 digit: 1 基础, 2 主题, 3 部门
	Item     string // 项, 2 digits
	Heading  string // 目, 3 digits
	Detail   string // 细目, up to 16 digits, perhaps empty
	Sequence string // 顺序号, 1 to 12 digits
}

// ParseResourceCode reads a government data resource code.
func ParseResourceCode(s string) (ResourceCode, error) {
	s = normalise(s, packed)
	class, sequence, cut := strings.Cut(s, "/")
	if !cut {
		return ResourceCode{}, fail(resourceCodeName, "sequence", CodeForm, "after the classification must stand / and a sequence number, as in 306001/000001")
	}
	if !allDigits(class) || strings.HasPrefix(class, "0") {
		return ResourceCode{}, fail(resourceCodeName, "classification", CodeCharacter, "the classification before / must be digits that do not begin with 0, not %s", quote(class))
	}
	if n := len(class); n < 6 || n > 6+maxResourceDetail {
		return ResourceCode{}, fail(resourceCodeName, "classification", CodeLength,
			"the classification must have 6 digits (类 1, 项 2, 目 3) and up to %d more (细目), not %d", maxResourceDetail, n)
	}
	if !allDigits(sequence) {
		return ResourceCode{}, fail(resourceCodeName, "sequence", CodeCharacter, "the sequence number after / must be digits, not %s", quote(sequence))
	}
	if n := len(sequence); n < 1 || n > maxResourceSequence {
		return ResourceCode{}, fail(resourceCodeName, "sequence", CodeLength, "the sequence number must have 1 to %d digits, not %d", maxResourceSequence, n)
	}
	return ResourceCode{Class: class[:1], Item: class[1:3], Heading: class[3:6], Detail: class[6:], Sequence: sequence}, nil
}

// String is the normalised form.
func (c ResourceCode) String() string {
	return c.Class + c.Item + c.Heading + c.Detail + "/" + c.Sequence
}

// FilingNumber is the number under which a blockchain information service is
// filed (区块链信息服务备案编号).
type FilingNumber struct {
	Province string // short name, such as 豫
	Number   string // 20 digits
}

// ParseFilingNumber reads a filing number, with spaces or without.
func ParseFilingNumber(s string) (FilingNumber, error) {
	const mark = "网信备"
	s = normalise(s, packed)
	if s == "" {
		return FilingNumber{}, fail(filingNumberName, PartWhole, CodeLength, "the filing number is empty")
	}
	province, rest, ok := strings.Cut(s, mark)
	if !ok || !isProvinceName(province) {
		return FilingNumber{}, fail(filingNumberName, "province", CodePrefix, "the filing number must begin with a province's short name and 网信备, as in 豫网信备")
	}
	digits, closed := strings.CutSuffix(rest, "号")
	if !closed {
		return FilingNumber{}, fail(filingNumberName, "suffix", CodeForm, "the filing number must end in 号")
	}
	if !allDigits(digits) {
		return FilingNumber{}, fail(filingNumberName, "number", CodeCharacter, "between 备 and 号 must stand 20 digits, not %s", quote(digits))
	}
	if len(digits) != 20 {
		return FilingNumber{}, fail(filingNumberName, "number", CodeLength, "between 备 and 号 must stand 20 digits, not %d", len(digits))
	}
	return FilingNumber{Province: province, Number: digits}, nil
}

// isProvinceName tells one of the provinces' short names.
func isProvinceName(s string) bool {
	return len(s) == len("豫") && strings.Contains(provinceNames, s)
}

// String is the normalised form.
func (f FilingNumber) String() string { return f.Province + "网信备" + f.Number + "号" }
