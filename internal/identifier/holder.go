package identifier

import (
	"slices"
	"unicode/utf8"
)

const holderIDTypeName = "holder-id-type"

var holderIDTypeKind = &Kind{
	Name: holderIDTypeName, Title: "type of a licence holder's identity document", TitleZh: "持证主体代码类型",
	Standard: "GB/T 36903-2018 附录A", Example: "001",
	Pattern:   "^(001|099|111|114|411|412|413|414|511|516|999)$",
	MaxLength: 3, Parse: text(ParseHolderIDType),
}

// HolderIDType is one type of document by which a licence holder (持证主体) is
// known (GB/T 36903 附录A).
type HolderIDType struct {
	Code           string
	Title, TitleZh string
	// Kind names the kind of identifier that numbers of this type are; empty
	// where no rule is public.
	Kind string
	// Person tells that the holder is a natural person.
	Person bool
}

var holderIDTypes = []HolderIDType{
	{Code: "001", Title: "unified social credit code", TitleZh: "统一社会信用代码", Kind: usccName},
	{Code: "099", Title: "other document of an organisation", TitleZh: "其他法人或其他组织有效证件"},
	{Code: "111", Title: "citizen identity number", TitleZh: "公民身份号码", Kind: citizenIDName, Person: true},
	{Code: "114", Title: "officer's card", TitleZh: "军官证", Person: true},
	{Code: "411", Title: "diplomatic passport", TitleZh: "外交护照", Person: true},
	{Code: "412", Title: "service passport", TitleZh: "公务护照", Person: true},
	{Code: "413", Title: "passport for public affairs", TitleZh: "公务普通护照", Person: true},
	{Code: "414", Title: "ordinary passport", TitleZh: "普通护照", Person: true},
	{Code: "511", Title: "mainland travel permit for Taiwan residents", TitleZh: "台湾居民来往大陆通行证", Person: true},
	{Code: "516", Title: "mainland travel permit for Hong Kong and Macao residents", TitleZh: "港澳居民来往内地通行证", Person: true},
	{Code: "999", Title: "other document of a natural person", TitleZh: "其他自然人有效证件", Person: true},
}

// HolderIDTypes lists the types in the order of their codes.
func HolderIDTypes() []HolderIDType { return slices.Clone(holderIDTypes) }

// ParseHolderIDType reads a type's three-digit code.
func ParseHolderIDType(s string) (HolderIDType, error) {
	s = normalise(s, 0)
	for _, t := range holderIDTypes {
		if t.Code == s {
			return t, nil
		}
	}
	return HolderIDType{}, fail(holderIDTypeName, PartWhole, CodeUnknown,
		"the type must be one of 001, 099, 111, 114, 411, 412, 413, 414, 511, 516 and 999, not %s", quote(s))
}

// String is the type's code.
func (t HolderIDType) String() string { return t.Code }

const maxHolderNumber = 32

// ParseNumber reads a holder's number by the type's own rule and gives its
// normalised form. Where no rule is public, 1 to 32 letters, digits, hyphens
// and Chinese characters are accepted. Messages never repeat the number.
func (t HolderIDType) ParseNumber(number string) (string, error) {
	if k, ok := Lookup(t.Kind); ok {
		return k.Parse(number)
	}
	number = normalise(number, upper|packed|brackets)
	if n := utf8.RuneCountInString(number); n < 1 || n > maxHolderNumber {
		return "", fail(holderIDTypeName, "number", CodeLength, "the number must have 1 to %d characters, not %d", maxHolderNumber, n)
	}
	at := 0
	for _, r := range number {
		at++
		if r != '-' && r != '（' && r != '）' && !isHan(r) && (r >= utf8.RuneSelf || !alnum.has(byte(r))) {
			return "", fail(holderIDTypeName, "number", CodeCharacter,
				"character %d of the number must be a letter, a digit, a hyphen, a bracket or a Chinese character", at)
		}
	}
	return number, nil
}
