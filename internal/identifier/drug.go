package identifier

import (
	"strings"
	"unicode/utf8"
)

const (
	drugTraceName    = "drug-trace"
	nationalDrugName = "national-drug-code"
	drugApprovalName = "drug-approval"
)

var nationalDrugCodeKind = &Kind{
	Name: nationalDrugName, Title: "national drug code", TitleZh: "国家药品编码本位码",
	Standard: "国食药监办〔2009〕315号", Example: "86900001000019",
	Pattern: "^869[0-9]{11}$", MaxLength: 14, Parse: text(ParseNationalDrugCode),
}

var drugApprovalKind = &Kind{
	Name: drugApprovalName, Title: "drug approval number", TitleZh: "药品批准文号",
	Standard: "药品注册管理办法 第123条", Example: "国药准字H20230001",
	Pattern:   "^国药准字([HZSBTFJ]|[HZS][CJ])[0-9]{8}$",
	MaxLength: 14, Parse: text(ParseDrugApproval),
}

var drugTraceKind = &Kind{
	Name: drugTraceName, Title: "drug trace code", TitleZh: "药品追溯码",
	Standard: "NMPAB/T 1002-2019", Example: "81000010000000000001",
	Pattern:   `^([0-9A-Z]{20}|\(01\)[0-9]{14}\(21\)[!"%&'*+,./0-9:;<=>?A-Z_a-z-]{1,20})$`,
	MaxLength: 42, Parse: text(ParseDrugTraceCode),
}

var nationalDrugLayout = newLayout(nationalDrugName, "national drug code",
	digitSpan("prefix", 3), digitSpan("company", 5), digitSpan("product", 5), digitSpan("check", 1))

// NationalDrugCode is a national drug code (药品本位码): one form and strength of
// one maker's drug.
type NationalDrugCode struct {
	Company string // 企业标识, 5 digits
	Product string // 产品标识, 5 digits
	Check   byte   // as of a GTIN-14
}

// ParseNationalDrugCode reads a national drug code of 14 digits.
func ParseNationalDrugCode(s string) (NationalDrugCode, error) {
	s = normalise(s, 0)
	if e := nationalDrugLayout.check(s); e != nil {
		return NationalDrugCode{}, e
	}
	if e := needPrefix(nationalDrugName, nationalDrugLayout.noun, s, "869"); e != nil {
		return NationalDrugCode{}, e
	}
	if want := CheckGS1(s[:13]); s[13] != want {
		return NationalDrugCode{}, wrongCheck(nationalDrugName, want, s[13])
	}
	return NationalDrugCode{Company: s[3:8], Product: s[8:13], Check: s[13]}, nil
}

// String is the normalised form, 14 digits.
func (c NationalDrugCode) String() string {
	return "869" + c.Company + c.Product + string([]byte{c.Check})
}

// DrugApproval is a drug approval number (药品批准文号).
type DrugApproval struct {
	// Class is 类别: H chemical, Z Chinese medicine, S biological, B, T, F, J; a
	// C after it is for Hong Kong, Macao and Taiwan, a J for drugs made abroad.
	Class  string
	Serial string // 8 digits, of recent ones the year and four more
}

const approvalPrefix = "国药准字"

// ParseDrugApproval reads a drug approval number, with spaces or without.
func ParseDrugApproval(s string) (DrugApproval, error) {
	s = normalise(s, upper|packed)
	if e := needPrefix(drugApprovalName, "drug approval number", s, approvalPrefix); e != nil {
		return DrugApproval{}, e
	}
	s = s[len(approvalPrefix):]
	n := strings.IndexAny(s, digitChars)
	if n < 0 {
		n = len(s)
	}
	a := DrugApproval{Class: s[:n], Serial: s[n:]}
	if !isApprovalClass(a.Class) {
		return DrugApproval{}, fail(drugApprovalName, "class", CodeCharacter,
			"after 国药准字 must stand one of H, Z, S, B, T, F, J, HC, ZC, SC, HJ, ZJ, SJ, not %s", quote(a.Class))
	}
	if !allDigits(a.Serial) {
		return DrugApproval{}, fail(drugApprovalName, "serial", CodeCharacter, "after the class must stand 8 digits, not %s", quote(a.Serial))
	}
	if len(a.Serial) != 8 {
		return DrugApproval{}, fail(drugApprovalName, "serial", CodeLength, "after the class must stand 8 digits, not %d", len(a.Serial))
	}
	return a, nil
}

func isApprovalClass(s string) bool {
	switch len(s) {
	case 1:
		return strings.Contains("HZSBTFJ", s)
	case 2:
		return strings.Contains("HZS", s[:1]) && strings.Contains("CJ", s[1:])
	}
	return false
}

// String is the normalised form.
func (a DrugApproval) String() string { return approvalPrefix + a.Class + a.Serial }

// DrugTraceForm tells how a drug trace code is built (NMPAB/T 1002).
type DrugTraceForm byte

// The forms of drug trace codes.
const (
	DrugTracePlain DrugTraceForm = 'a' // 20 characters, as 码上放心 gives them out
	DrugTraceGS1   DrugTraceForm = 'b' // GS1 element string (ISO/IEC 15459)
)

// DrugTraceCode is a drug trace code (药品追溯码): one pack of a drug. It has no
// public check character: whether it was given out, a registry tells.
type DrugTraceCode struct {
	Form    DrugTraceForm
	Product string // 药品标识码: the first 7 characters, or the GTIN-14
	Serial  string // 生产标识码: the other 13, or the serial number (21)
	// Lot (10), Expiry (17) and Produced (11), YYMMDD, are what a GS1 label may
	// tell beside: they identify nothing and are not in String.
	Lot, Expiry, Produced string
}

// ParseDrugTraceCode reads a trace code of 20 characters, or a GS1 element
// string with (01) and (21), in any order, perhaps with (10), (11) and (17);
// with spaces or without.
func ParseDrugTraceCode(s string) (DrugTraceCode, error) {
	s = normalise(s, packed)
	if strings.HasPrefix(s, "(") {
		return result(parseGS1Trace(s))
	}
	s = normalise(s, upper)
	if n := utf8.RuneCountInString(s); n != 20 {
		return DrugTraceCode{}, fail(drugTraceName, PartWhole, CodeLength,
			"the drug trace code must have 20 characters, not %d, or be of the form (01)GTIN(21)serial", n)
	}
	if e := drugTraceLayout.check(s); e != nil {
		return DrugTraceCode{}, e
	}
	return DrugTraceCode{Form: DrugTracePlain, Product: s[:7], Serial: s[7:]}, nil
}

var drugTraceLayout = newLayout(drugTraceName, "drug trace code",
	span{"product", 7, alnum, anAlnum}, span{"serial", 13, alnum, anAlnum})

// gs1TextSet is GS1's character set 82 without the brackets, which end a field.
var gs1TextSet = newCharset(alnumChars + "abcdefghijklmnopqrstuvwxyz" + `!"%&'*+,-./:;<=>?_`)

func parseGS1Trace(s string) (DrugTraceCode, *Error) {
	c := DrugTraceCode{Form: DrugTraceGS1}
	for s != "" {
		if len(s) < 4 || s[0] != '(' || s[3] != ')' {
			return c, fail(drugTraceName, PartWhole, CodeForm, "each field must begin with its number in brackets, as in (01)GTIN(21)serial, not %s", quote(s))
		}
		ai, value := s[1:3], s[4:]
		if next := strings.IndexByte(value, '('); next >= 0 {
			value, s = value[:next], value[next:]
		} else {
			s = ""
		}
		if e := c.setField(ai, value); e != nil {
			return c, e
		}
	}
	if c.Product == "" {
		return c, fail(drugTraceName, "gtin", CodeForm, "the field (01) with the GTIN of 14 digits must be there")
	}
	if c.Serial == "" {
		return c, fail(drugTraceName, "serial", CodeForm, "the field (21) with the serial number must be there")
	}
	return c, nil
}

// setField takes one field of a GS1 element string.
func (c *DrugTraceCode) setField(ai, value string) *Error {
	var part string
	var to *string
	switch ai {
	case "01":
		part, to = "gtin", &c.Product
		if _, e := parseGTINOf(value, 14); e != nil {
			return within(drugTraceName, part, e)
		}
	case "21", "10":
		part, to = "serial", &c.Serial
		if ai == "10" {
			part, to = "lot", &c.Lot
		}
		if e := checkGS1Text(part, value); e != nil {
			return e
		}
	case "17", "11":
		part, to = "expiry", &c.Expiry
		if ai == "11" {
			part, to = "produced", &c.Produced
		}
		if !isGS1Date(value) {
			return fail(drugTraceName, part, CodeDate, "the field (%s) must be a day as YYMMDD (DD may be 00), not %s", ai, quote(value))
		}
	default:
		return fail(drugTraceName, PartWhole, CodeUnknown, "the fields must be (01), (21), (10), (11) and (17), without (%s)", quote(ai))
	}
	if *to != "" {
		return fail(drugTraceName, part, CodeForm, "the field (%s) must stand only once", ai)
	}
	*to = value
	return nil
}

func checkGS1Text(part, s string) *Error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 20 {
		return fail(drugTraceName, part, CodeLength, "the %s must have 1 to 20 characters, not %d", part, n)
	}
	for _, r := range s {
		if r >= utf8.RuneSelf || !gs1TextSet.has(byte(r)) {
			return fail(drugTraceName, part, CodeCharacter, "the %s must be of letters, digits and GS1 signs, without %s", part, quote(string(r)))
		}
	}
	return nil
}

// isGS1Date tells YYMMDD of this century, where DD 00 is the end of the month.
func isGS1Date(s string) bool {
	if len(s) != 6 || !allDigits(s) {
		return false
	}
	if s[4:] == "00" {
		s = s[:4] + "01"
	}
	_, ok := dateOf("20" + s)
	return ok
}

// String is the normalised form, which identifies the pack and nothing more:
// what else a label tells is left out.
func (c DrugTraceCode) String() string {
	if c.Form == DrugTraceGS1 {
		return "(01)" + c.Product + "(21)" + c.Serial
	}
	return c.Product + c.Serial
}
