package identifier

import (
	"strings"
	"unicode/utf8"
)

const (
	gtinName = "gtin"
	ssccName = "sscc"
)

var gtinKind = &Kind{
	Name: gtinName, Title: "global trade item number (GTIN-8, -12, -13, -14)", TitleZh: "全球贸易项目代码 (商品条码)",
	Standard: "GB 12904, GS1 General Specifications", Example: "6900000000014",
	Pattern: "^([0-9]{8}|[0-9]{12,14})$", MaxLength: 14, Parse: text(ParseGTIN),
}

var ssccKind = &Kind{
	Name: ssccName, Title: "serial shipping container code", TitleZh: "系列货运包装箱代码",
	Standard: "GB/T 18127, GS1 General Specifications", Example: "169000000000000011",
	Pattern: "^[0-9]{18}$", MaxLength: 18, Parse: text(ParseSSCC),
}

// GTIN is a global trade item number: the bar code on goods.
type GTIN struct {
	Format    int    // 8, 12, 13 or 14 digits
	Indicator byte   // packing level of a GTIN-14 (包装指示符), 0 in the others
	Item      string // company prefix and item reference
	Check     byte
}

// ParseGTIN reads a GTIN of any length. The length is kept: 6900000000014 and
// 06900000000014 are the same item, as GTIN14 tells.
func ParseGTIN(s string) (GTIN, error) {
	s = normalise(s, 0)
	n := utf8.RuneCountInString(s)
	if n != 8 && (n < 12 || n > 14) {
		return GTIN{}, fail(gtinName, PartWhole, CodeLength, "the GTIN must have 8, 12, 13 or 14 digits, not %d", n)
	}
	return result(parseGTINOf(s, n))
}

// ParseGTIN8 reads a GTIN-8 (缩短版商品条码).
func ParseGTIN8(s string) (GTIN, error) { return result(parseGTINOf(normalise(s, 0), 8)) }

// ParseGTIN12 reads a GTIN-12 (UPC).
func ParseGTIN12(s string) (GTIN, error) { return result(parseGTINOf(normalise(s, 0), 12)) }

// ParseGTIN13 reads a GTIN-13 (EAN-13).
func ParseGTIN13(s string) (GTIN, error) { return result(parseGTINOf(normalise(s, 0), 13)) }

// ParseGTIN14 reads a GTIN-14 (箱码).
func ParseGTIN14(s string) (GTIN, error) { return result(parseGTINOf(normalise(s, 0), 14)) }

// parseGTINOf reads what is normalised already.
func parseGTINOf(s string, format int) (GTIN, *Error) {
	if n := utf8.RuneCountInString(s); n != format {
		return GTIN{}, fail(gtinName, PartWhole, CodeLength, "the GTIN-%d must have %d digits, not %d", format, format, n)
	}
	if e := digitsWithGS1Check(gtinName, "GTIN", s); e != nil {
		return GTIN{}, e
	}
	g := GTIN{Format: len(s), Item: s[:len(s)-1], Check: s[len(s)-1]}
	if g.Format == 14 {
		g.Indicator, g.Item = s[0], s[1:13]
	}
	return g, nil
}

// digitsWithGS1Check holds s, of the right number of characters, to digits and
// to the check digit at its end.
func digitsWithGS1Check(kind, noun, s string) *Error {
	at := 0
	for _, r := range s {
		at++
		if r < '0' || r > '9' {
			return fail(kind, "digits", CodeCharacter, "character %d of the %s must be a digit, not %s", at, noun, quote(string(r)))
		}
	}
	last := len(s) - 1
	if want := CheckGS1(s[:last]); s[last] != want {
		return wrongCheck(kind, want, s[last])
	}
	return nil
}

// GTIN14 is the form of 14 digits, in which numbers of the same item are equal.
func (g GTIN) GTIN14() string {
	s := g.String()
	return strings.Repeat("0", max(0, 14-len(s))) + s
}

// Prefix is the GS1 prefix of three digits that tells who gave out the number;
// 690 to 699 is China.
func (g GTIN) Prefix() string {
	switch {
	case len(g.Item) < 3:
		return ""
	case g.Format == 12: // a GTIN-13 that begins with 0
		return "0" + g.Item[:2]
	}
	return g.Item[:3]
}

// China tells a number given out by GS1 China (690–699).
func (g GTIN) China() bool { return strings.HasPrefix(g.Prefix(), "69") }

// String is the number in the length that it was given in.
func (g GTIN) String() string {
	if g.Indicator != 0 {
		return string([]byte{g.Indicator}) + g.Item + string([]byte{g.Check})
	}
	return g.Item + string([]byte{g.Check})
}

// SSCC is a serial shipping container code (系列货运包装箱代码): the label of a
// pallet or a case on the move.
type SSCC struct {
	Extension byte   // 扩展位
	Serial    string // company prefix and serial reference, 16 digits
	Check     byte
}

// ParseSSCC reads an SSCC of 18 digits.
func ParseSSCC(s string) (SSCC, error) {
	s = normalise(s, 0)
	if n := utf8.RuneCountInString(s); n != 18 {
		return SSCC{}, fail(ssccName, PartWhole, CodeLength, "the SSCC must have 18 digits, not %d", n)
	}
	if e := digitsWithGS1Check(ssccName, "SSCC", s); e != nil {
		return SSCC{}, e
	}
	return SSCC{Extension: s[0], Serial: s[1:17], Check: s[17]}, nil
}

// String is the normalised form, 18 digits.
func (s SSCC) String() string {
	return string([]byte{s.Extension}) + s.Serial + string([]byte{s.Check})
}
