package identifier

import (
	"strings"
	"unicode/utf8"
)

const caseNumberName = "case-number"

var caseNumberKind = &Kind{
	Name: caseNumberName, Title: "court case number", TitleZh: "案号",
	Standard: "法〔2015〕137号 (案号的若干规定)", Example: "（2023）豫01民初1号",
	Pattern:   "^（[0-9]{4}）豫([0-9]{2,4})?[一-龥]{1,3}[0-9]{1,9}号(之[一二三四五六七八九十]{1,4})?$",
	MaxLength: 29, Parse: text(ParseCaseNumber),
}

const (
	maxCaseSerial = 9
	maxCaseSub    = 4
	caseNumerals  = "一二三四五六七八九十"
)

// CaseNumber is the number of a case before a court of Henan (案号).
type CaseNumber struct {
	Year   string // 收案年度, 4 digits
	Court  string // 法院代字: 豫 alone is the High Court, 豫01 an intermediate, 豫0105 a basic one
	Type   string // 类型代字, 1 to 3 characters: 民初, 执 …
	Serial string // 编号, without leading zeros
	Sub    string // 之一, 之二 …, or empty
}

// ParseCaseNumber reads a case number, with brackets of any width, with spaces
// or without; leading zeros of the serial number are dropped.
func ParseCaseNumber(s string) (CaseNumber, error) {
	return result(parseCaseNumber(normalise(s, packed|brackets)))
}

func parseCaseNumber(s string) (c CaseNumber, e *Error) {
	const kind = caseNumberName
	if s == "" {
		return c, fail(kind, PartWhole, CodeLength, "the case number is empty")
	}
	if c.Year, s, e = bracketedYear(kind, s); e != nil {
		return c, e
	}
	rest, henan := strings.CutPrefix(s, "豫")
	if !henan {
		return c, fail(kind, "court", CodePrefix, "after the year must stand a court of Henan: 豫, 豫01, 豫0105 …")
	}
	n := leadingDigits(rest)
	if n == 1 || n > 4 {
		return c, fail(kind, "court", CodeLength, "the court's number after 豫 must have 2 to 4 digits, or none for the High Court, not %d", n)
	}
	c.Court, s = "豫"+rest[:n], rest[n:]
	n = strings.IndexAny(s, digitChars)
	if n < 0 {
		return c, fail(kind, "serial", CodeForm, "after the case type must stand a serial number and 号")
	}
	c.Type, s = s[:n], s[n:]
	if n := hanLength(c.Type); n < 1 || n > 3 {
		return c, fail(kind, "type", CodeForm, "the case type must be 1 to 3 Chinese characters such as 民初, not %s", quote(c.Type))
	}
	n = leadingDigits(s)
	c.Serial, s = strings.TrimLeft(s[:n], "0"), s[n:]
	if c.Serial == "" || len(c.Serial) > maxCaseSerial {
		return c, fail(kind, "serial", CodeLength, "the serial number must be from 1 to %s", strings.Repeat("9", maxCaseSerial))
	}
	sub, closed := strings.CutPrefix(s, "号")
	if !closed {
		return c, fail(kind, "suffix", CodeForm, "after the serial number must stand 号, not %s", quote(s))
	}
	if c.Sub = sub; sub != "" && !isCaseSub(sub) {
		return c, fail(kind, "sub", CodeForm, "after 号 may stand 之 and a Chinese number such as 之一, not %s", quote(sub))
	}
	return c, nil
}

func isCaseSub(s string) bool {
	numerals, ok := strings.CutPrefix(s, "之")
	n := utf8.RuneCountInString(numerals)
	return ok && n >= 1 && n <= maxCaseSub && strings.Trim(numerals, caseNumerals) == ""
}

// String is the normalised form.
func (c CaseNumber) String() string {
	return "（" + c.Year + "）" + c.Court + c.Type + c.Serial + "号" + c.Sub
}
