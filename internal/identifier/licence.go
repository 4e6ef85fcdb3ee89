package identifier

import (
	"fmt"
	"strings"
)

const (
	licenceIDName   = "licence-id"
	licenceTypeName = "licence-type"
	// licenceRoot is the object identifier under which e-licences are numbered.
	licenceRoot = "1.2.156.3005.2."

	minLicenceSerial = 7
	maxLicenceSerial = 32
	maxVersion       = 999
)

var licenceIDKind = &Kind{
	Name: licenceIDName, Title: "e-licence identifier", TitleZh: "电子证照标识",
	Standard:  "GB/T 36904-2018",
	Example:   "1.2.156.3005.2.11100000MB03271699001.124100009990000485.20230000001.001.F",
	Pattern:   `^1\.2\.156\.3005\.2\.[0-9A-Z]{18}[0-9]{3}\.[0-9A-Z]{18}\.[0-9A-Z]{7,32}\.[0-9]{3}\.[0-9A-Z]$`,
	MaxLength: 94, Parse: text(ParseLicenceID),
}

var licenceTypeKind = &Kind{
	Name: licenceTypeName, Title: "licence type code", TitleZh: "证照类型代码",
	Standard: "GB/T 36903-2018", Example: "11100000MB03271699001",
	Pattern:   "^[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}[0-9]{3}$",
	MaxLength: 21, Parse: text(ParseLicenceType),
}

// LicenceType is a licence type code (证照类型代码): who defined the type, and
// its number there.
type LicenceType struct {
	Definer USCC   // 定义机构
	Number  string // 3 digits
}

// ParseLicenceType reads a licence type code of 21 characters.
func ParseLicenceType(s string) (LicenceType, error) {
	return result(parseLicenceType(normalise(s, upper)))
}

func parseLicenceType(s string) (LicenceType, *Error) {
	if len(s) != 21 {
		return LicenceType{}, fail(licenceTypeName, PartWhole, CodeLength,
			"the licence type code must have 21 characters, the definer's unified social credit code and 3 digits, not %s", quote(s))
	}
	definer, e := parseUSCC(s[:18])
	if e != nil {
		return LicenceType{}, within(licenceTypeName, "definer", e)
	}
	if n := leadingDigits(s[18:]); n != 3 {
		return LicenceType{}, fail(licenceTypeName, "number", CodeCharacter, "the last 3 characters must be digits, not %s", quote(s[18:]))
	}
	return LicenceType{Definer: definer, Number: s[18:]}, nil
}

// String is the normalised form, 21 characters.
func (t LicenceType) String() string { return t.Definer.String() + t.Number }

// LicenceID is an e-licence identifier (电子证照标识, GB/T 36904).
type LicenceID struct {
	Type    LicenceType // 证照类型代码
	Issuer  USCC        // 颁发机构
	Serial  string      // 流水号, 7 to 32 digits and capital letters
	Version string      // 版本号, 3 digits, +1 with each supersession
	Check   byte        // 校验位, ISO 7064 MOD 37,36 over the four before it
}

// NewLicenceID makes the identifier of a licence's version (1 to 999), with its
// check character.
func NewLicenceID(licenceType, issuer, serial string, version int) (LicenceID, error) {
	t, e := parseLicenceType(normalise(licenceType, upper))
	if e != nil {
		return LicenceID{}, within(licenceIDName, "type", e)
	}
	u, e := parseUSCC(normalise(issuer, upper))
	if e != nil {
		return LicenceID{}, within(licenceIDName, "issuer", e)
	}
	serial = normalise(serial, upper)
	if e := checkLicenceSerial(serial); e != nil {
		return LicenceID{}, e
	}
	if version < 1 || version > maxVersion {
		return LicenceID{}, fail(licenceIDName, "version", CodeForm, "the version must be from 1 to %d, not %d", maxVersion, version)
	}
	id := LicenceID{Type: t, Issuer: u, Serial: serial, Version: fmt.Sprintf("%03d", version)}
	id.Check = CheckMod37_36(t.String(), u.String(), serial, id.Version)
	return id, nil
}

// ParseLicenceID reads an e-licence identifier, root and all.
func ParseLicenceID(s string) (LicenceID, error) {
	s = normalise(s, upper)
	if e := needPrefix(licenceIDName, "e-licence identifier", s, licenceRoot); e != nil {
		return LicenceID{}, e
	}
	part, e := splitLicenceID(s[len(licenceRoot):])
	if e != nil {
		return LicenceID{}, e
	}
	t, e := parseLicenceType(part[0])
	if e != nil {
		return LicenceID{}, within(licenceIDName, "type", e)
	}
	issuer, e := parseUSCC(part[1])
	if e != nil {
		return LicenceID{}, within(licenceIDName, "issuer", e)
	}
	if e := checkLicenceSerial(part[2]); e != nil {
		return LicenceID{}, e
	}
	if len(part[3]) != 3 || !allDigits(part[3]) {
		return LicenceID{}, fail(licenceIDName, "version", CodeForm, "the version must be three digits, such as 001, not %s", quote(part[3]))
	}
	want := CheckMod37_36(part[0], part[1], part[2], part[3])
	if len(part[4]) != 1 {
		return LicenceID{}, fail(licenceIDName, "check", CodeLength, "the last part must be the check character %c alone, not %s", want, quote(part[4]))
	}
	if part[4][0] != want {
		return LicenceID{}, wrongCheck(licenceIDName, want, part[4][0])
	}
	return LicenceID{Type: t, Issuer: issuer, Serial: part[2], Version: part[3], Check: want}, nil
}

func splitLicenceID(s string) (part [5]string, e *Error) {
	if n := strings.Count(s, ".") + 1; n != len(part) {
		return part, fail(licenceIDName, PartWhole, CodeForm,
			"after the root must stand 5 parts with dots between them (type, issuer, serial, version, check character), not %d", n)
	}
	for i := range part {
		part[i], s, _ = strings.Cut(s, ".")
	}
	return part, nil
}

func checkLicenceSerial(s string) *Error {
	if len(s) < minLicenceSerial || len(s) > maxLicenceSerial {
		return fail(licenceIDName, "serial", CodeLength,
			"the serial number must have %d to %d digits or letters, not %s", minLicenceSerial, maxLicenceSerial, quote(s))
	}
	for i := range len(s) {
		if !alnum.has(s[i]) {
			return fail(licenceIDName, "serial", CodeCharacter, "the serial number must have digits and letters A–Z only, not %s", quote(s))
		}
	}
	return nil
}

// Next gives the identifier of the version that supersedes this one. It fails
// after version 999.
func (l LicenceID) Next() (LicenceID, error) {
	return NewLicenceID(l.Type.String(), l.Issuer.String(), l.Serial, number(l.Version)+1)
}

// Licence names the licence whatever its version: type, issuer and serial.
func (l LicenceID) Licence() string {
	return licenceRoot + l.Type.String() + "." + l.Issuer.String() + "." + l.Serial
}

// String is the normalised form.
func (l LicenceID) String() string {
	return l.Licence() + "." + l.Version + "." + string([]byte{l.Check})
}
