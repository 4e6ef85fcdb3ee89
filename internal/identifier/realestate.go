package identifier

import (
	"strings"
	"unicode/utf8"
)

const (
	realEstateUnitName        = "realestate-unit"
	realEstateCertificateName = "realestate-certificate"
)

var realEstateUnitKind = &Kind{
	Name: realEstateUnitName, Title: "real-estate unit code", TitleZh: "不动产单元代码",
	Standard: "GB/T 37346-2019", Example: "410105001002GB00001F00010001",
	Pattern:   "^[0-9]{12}[GJZ][A-HLNSWXY][0-9]{5}([FLQ][0-9]{8}|W00000000)$",
	MaxLength: 28, Parse: text(ParseRealEstateUnit),
}

var realEstateCertificateKind = &Kind{
	Name: realEstateCertificateName, Title: "real-estate certificate or proof number", TitleZh: "不动产权证号、不动产登记证明号",
	Standard: "不动产登记暂行条例实施细则", Example: "豫（2023）郑州市不动产权第0000001号",
	Pattern:   "^豫（[0-9]{4}）[一-龥]{2,15}不动产(权|证明)第[0-9]{7}号$",
	MaxLength: 36, Parse: text(ParseRealEstateCertificate),
}

var realEstateUnitLayout = newLayout(realEstateUnitName, "real-estate unit code",
	digitSpan("division", 6), digitSpan("zone", 3), digitSpan("subzone", 3),
	span{"ownership", 1, newCharset("GJZ"), "G (国有), J (集体) or Z (未定)"},
	span{"parcelType", 1, newCharset("ABCDEFGHLNSWXY"), "one of A–H, L, N, S, W, X, Y (宗地特征码)"},
	digitSpan("parcel", 5),
	span{"fixtureType", 1, newCharset("FLQW"), "F (房屋), L (林木), Q (其他) or W (无)"},
	digitSpan("fixture", 8),
)

// RealEstateUnit is a real-estate unit code (不动产单元代码, GB/T 37346). It has
// no check character.
type RealEstateUnit struct {
	Division    string // 县级行政区划, may be one that exists no more
	Zone        string // 地籍区, 3 digits
	Subzone     string // 地籍子区, 3 digits
	Ownership   byte   // 宗地特征码 1: G state, J collective, Z undetermined
	ParcelType  byte   // 宗地特征码 2
	Parcel      string // 宗地顺序号, 5 digits
	FixtureType byte   // 定着物特征码: F building, L forest, Q other, W none
	Fixture     string // 定着物单元号, 8 digits; zeros where there is none
}

// ParseRealEstateUnit reads a unit code, with the spaces that people see or
// without.
func ParseRealEstateUnit(s string) (RealEstateUnit, error) {
	s = normalise(s, upper|packed)
	if e := realEstateUnitLayout.check(s); e != nil {
		return RealEstateUnit{}, e
	}
	if s[19] == 'W' && s[20:] != "00000000" {
		return RealEstateUnit{}, fail(realEstateUnitName, "fixture", CodeForm,
			"after W (no fixture on the land) must stand 00000000, not %s", s[20:])
	}
	return RealEstateUnit{
		Division: s[:6], Zone: s[6:9], Subzone: s[9:12], Ownership: s[12], ParcelType: s[13],
		Parcel: s[14:19], FixtureType: s[19], Fixture: s[20:],
	}, nil
}

// Land is the parcel's code (宗地代码), the first 19 characters.
func (u RealEstateUnit) Land() string {
	return u.Division + u.Zone + u.Subzone + string([]byte{u.Ownership, u.ParcelType}) + u.Parcel
}

// Building is the building's number (幢号, 4 digits) and the flat's (户号, 4
// digits); both are empty where the fixture is no building.
func (u RealEstateUnit) Building() (building, flat string) {
	if u.FixtureType != 'F' || len(u.Fixture) != 8 {
		return "", ""
	}
	return u.Fixture[:4], u.Fixture[4:]
}

// String is the normalised form, 28 characters without spaces.
func (u RealEstateUnit) String() string { return u.Land() + string([]byte{u.FixtureType}) + u.Fixture }

// Display is the form that people read: groups of 6, 6, 7 and 9.
func (u RealEstateUnit) Display() string {
	s := u.String()
	if len(s) != realEstateUnitLayout.size {
		return s
	}
	return s[:6] + " " + s[6:12] + " " + s[12:19] + " " + s[19:]
}

// RealEstateCertificate is the number of a real-estate certificate (不动产权证)
// or of a registration proof (不动产登记证明).
type RealEstateCertificate struct {
	Year   string // 4 digits
	Place  string // 郑州市: the registering city or county
	Proof  bool   // a 不动产证明 (of a mortgage, notice …), not a 不动产权
	Serial string // 7 digits, per place and year, certificates and proofs apart
}

const (
	certificateMark = "不动产权第"
	proofMark       = "不动产证明第"
)

// ParseRealEstateCertificate reads the number of a certificate or a proof of
// Henan, with brackets of any width and with spaces or without.
func ParseRealEstateCertificate(s string) (RealEstateCertificate, error) {
	return result(parseCertificate(normalise(s, packed|brackets)))
}

func parseCertificate(s string) (c RealEstateCertificate, e *Error) {
	const kind = realEstateCertificateName
	if e = needPrefix(kind, "certificate number", s, "豫"); e != nil {
		return c, e
	}
	if c.Year, s, e = bracketedYear(kind, strings.TrimPrefix(s, "豫")); e != nil {
		return c, e
	}
	mark := certificateMark
	at := strings.LastIndex(s, mark)
	if proof := strings.LastIndex(s, proofMark); proof > at {
		mark, at, c.Proof = proofMark, proof, true
	}
	if at < 0 {
		return c, fail(kind, "type", CodeForm, "after the place must stand %s or %s", certificateMark, proofMark)
	}
	c.Place, s = s[:at], s[at+len(mark):]
	if n := hanLength(c.Place); n < 2 || n > 15 {
		return c, fail(kind, "place", CodeForm, "the place must be 2 to 15 Chinese characters, not %s", quote(c.Place))
	}
	serial, closed := strings.CutSuffix(s, "号")
	if !closed {
		return c, fail(kind, "suffix", CodeForm, "the certificate number must end in 号")
	}
	if !allDigits(serial) {
		return c, fail(kind, "serial", CodeCharacter, "the serial number must be 7 digits, not %s", quote(serial))
	}
	if len(serial) != 7 {
		return c, fail(kind, "serial", CodeLength, "the serial number must have 7 digits, not %d", len(serial))
	}
	c.Serial = serial
	return c, nil
}

// String is the normalised form.
func (c RealEstateCertificate) String() string {
	mark := certificateMark
	if c.Proof {
		mark = proofMark
	}
	return "豫（" + c.Year + "）" + c.Place + mark + c.Serial + "号"
}

// bracketedYear reads "（dddd）" and gives what follows.
func bracketedYear(kind, s string) (year, rest string, e *Error) {
	inside, open := strings.CutPrefix(s, "（")
	year, rest, closed := strings.Cut(inside, "）")
	if !open || !closed {
		return "", "", fail(kind, "year", CodeForm, "the year must stand in brackets, as in （2023）")
	}
	if !allDigits(year) {
		return "", "", fail(kind, "year", CodeCharacter, "the year must be four digits, as in （2023）, not %s", quote(year))
	}
	if len(year) != 4 {
		return "", "", fail(kind, "year", CodeLength, "the year must have four digits, as in （2023）, not %d", len(year))
	}
	return year, rest, nil
}

// hanLength counts the characters of a text that is Chinese throughout, and
// gives -1 for one that is not.
func hanLength(s string) int {
	for _, r := range s {
		if !isHan(r) {
			return -1
		}
	}
	return utf8.RuneCountInString(s)
}
