package identifier

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	divisionName  = "division"
	placeCodeName = "place-code"
)

var divisionKind = &Kind{
	Name: divisionName, Title: "division code", TitleZh: "行政区划代码",
	Standard: "GB/T 2260", Example: "410100",
	Pattern:   "^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}$",
	MaxLength: 6, Parse: text(ParseDivisionCode),
}

var placeCodeKind = &Kind{
	Name: placeCodeName, Title: "statistical place code (county, township or village)", TitleZh: "统计用区划代码",
	Standard: "统计用区划代码和城乡划分代码编制规则", Example: "410105001001",
	Pattern:   "^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}([0-9]{3}){0,2}$",
	MaxLength: 12, Parse: text(ParsePlaceCode),
}

var divisionLayout = newLayout(divisionName, "division code",
	digitSpan("province", 2), digitSpan("prefecture", 2), digitSpan("county", 2))

// DivisionCode is a division code (行政区划代码). Only the province is held to a
// list: records carry codes of counties that exist no more, and codes of zones
// that GB/T 2260 never had. It never tells which channel serves a place:
// FindDivision does.
type DivisionCode struct{ Province, Prefecture, County string }

// ParseDivisionCode reads a division code of six digits.
func ParseDivisionCode(s string) (DivisionCode, error) {
	s = normalise(s, 0)
	if e := divisionLayout.check(s); e != nil {
		return DivisionCode{}, e
	}
	if !isProvince(s[:2]) {
		return DivisionCode{}, wrongProvince(divisionName, s[:2])
	}
	return DivisionCode{s[:2], s[2:4], s[4:]}, nil
}

func wrongProvince(kind, got string) *Error {
	return fail(kind, "province", CodePrefix, "the first two digits must be a province's code, such as 41 for Henan, not %s", got)
}

// String is the code, six digits.
func (d DivisionCode) String() string { return d.Province + d.Prefecture + d.County }

// PlaceCode is the code of a county, a township or a village (统计用区划代码), as
// places of origin are given.
type PlaceCode struct {
	Division DivisionCode
	Township string // 3 digits, or empty
	Village  string // 3 digits, or empty
}

// ParsePlaceCode reads a place code of 6, 9 or 12 digits.
func ParsePlaceCode(s string) (PlaceCode, error) {
	s = normalise(s, 0)
	n := utf8.RuneCountInString(s)
	if n != 6 && n != 9 && n != 12 {
		return PlaceCode{}, fail(placeCodeName, PartWhole, CodeLength,
			"the place code must have 6 digits (county), 9 (township) or 12 (village), not %d", n)
	}
	if !allDigits(s) {
		return PlaceCode{}, fail(placeCodeName, PartWhole, CodeCharacter, "the place code must be digits only, not %s", quote(s))
	}
	if !isProvince(s[:2]) {
		return PlaceCode{}, wrongProvince(placeCodeName, s[:2])
	}
	p := PlaceCode{Division: DivisionCode{s[:2], s[2:4], s[4:6]}}
	if n >= 9 {
		p.Township = s[6:9]
	}
	if n == 12 {
		p.Village = s[9:]
	}
	return p, nil
}

// String is the code, 6, 9 or 12 digits.
func (p PlaceCode) String() string { return p.Division.String() + p.Township + p.Village }

// Division is the province or one of its 19 city-level units, with its ledger.
type Division struct {
	Code    string // division code (行政区划代码)
	Channel string // name of its channel
	Pinyin  string
	English string
	Chinese string
	Pilot   bool // among the first cities of the plan (试点)
}

// divisions is a table and never a rule: 410173 is a statistical code that
// GB/T 2260 does not have, and 419001 does not end in 00.
var divisions = []Division{
	{"410000", "henan", "Henan", "Henan Province", "河南省", false},
	{"410100", "zhengzhou", "Zhengzhou", "Zhengzhou City", "郑州市", true},
	{"410173", "hangkonggang", "Zhengzhou Hangkonggang", "Zhengzhou Airport Economy Zone", "郑州航空港区", false},
	{"410200", "kaifeng", "Kaifeng", "Kaifeng City", "开封市", true},
	{"410300", "luoyang", "Luoyang", "Luoyang City", "洛阳市", false},
	{"410400", "pingdingshan", "Pingdingshan", "Pingdingshan City", "平顶山市", true},
	{"410500", "anyang", "Anyang", "Anyang City", "安阳市", false},
	{"410600", "hebi", "Hebi", "Hebi City", "鹤壁市", true},
	{"410700", "xinxiang", "Xinxiang", "Xinxiang City", "新乡市", false},
	{"410800", "jiaozuo", "Jiaozuo", "Jiaozuo City", "焦作市", false},
	{"410900", "puyang", "Puyang", "Puyang City", "濮阳市", true},
	{"411000", "xuchang", "Xuchang", "Xuchang City", "许昌市", false},
	{"411100", "luohe", "Luohe", "Luohe City", "漯河市", false},
	{"411200", "sanmenxia", "Sanmenxia", "Sanmenxia City", "三门峡市", false},
	{"411300", "nanyang", "Nanyang", "Nanyang City", "南阳市", false},
	{"411400", "shangqiu", "Shangqiu", "Shangqiu City", "商丘市", false},
	{"411500", "xinyang", "Xinyang", "Xinyang City", "信阳市", true},
	{"411600", "zhoukou", "Zhoukou", "Zhoukou City", "周口市", false},
	{"411700", "zhumadian", "Zhumadian", "Zhumadian City", "驻马店市", false},
	{"419001", "jiyuan", "Jiyuan", "Jiyuan Demonstration Zone", "济源示范区", false},
}

// Divisions lists the province and its 19 city-level units by code.
func Divisions() []Division { return slices.Clone(divisions) }

// FindDivision finds the province or a city-level unit by its code, channel,
// pinyin (of any case, with spaces or without) or Chinese name (with 省 or 市 or
// without). A county's code finds nothing: which ledger serves a county is not
// told by the code's first digits.
func FindDivision(s string) (Division, bool) {
	s = normalise(s, lower|packed)
	if s == "" {
		return Division{}, false
	}
	for _, d := range divisions {
		pinyin := strings.ReplaceAll(strings.ToLower(d.Pinyin), " ", "")
		if s == d.Code || s == d.Channel || s == pinyin || s == d.Chinese ||
			s == strings.TrimSuffix(strings.TrimSuffix(d.Chinese, "市"), "省") {
			return d, true
		}
	}
	// 济源 is a city by GB/T 2260 and a demonstration zone by its government.
	if s == "济源市" || s == "济源" {
		return FindDivision("419001")
	}
	return Division{}, false
}
