package identifier

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const ecodeName = "ecode"

var ecodeKind = &Kind{
	Name: ecodeName, Title: "Ecode of a thing", TitleZh: "物品编码 Ecode",
	Standard: "GB/T 31866-2023", Example: "1000369300818812345678",
	Pattern: "^(1[0-9]{4}[0-9]{1,20}|2[0-9]{4}[0-9]{1,28}|3[0-9]{5}[0-9A-Za-z]{1,39}|4[0-9]{5}[!-~㐀-鿿]{1,64})$",
	// The longest is of version 4: 1 + 5 + 64.
	MaxLength: 70, Parse: text(ParseEcode),
}

// EcodeText is the alphabet of an Ecode's main code.
type EcodeText string

// The alphabets of main codes.
const (
	EcodeDigits  EcodeText = "digits"
	EcodeAlnum   EcodeText = "alnum"   // digits and letters of either case
	EcodeUnicode EcodeText = "unicode" // visible ASCII and Chinese characters
)

func (t EcodeText) has(r rune) bool {
	switch t {
	case EcodeDigits:
		return '0' <= r && r <= '9'
	case EcodeAlnum:
		return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
	case EcodeUnicode:
		return '!' <= r && r <= '~' || '㐀' <= r && r <= '鿿'
	}
	return false
}

// EcodeVersion says how the codes of one version are built.
type EcodeVersion struct {
	Version   string    `json:"version"`   // V, one digit
	NSILength int       `json:"nsiLength"` // digits of the NSI
	MaxMD     int       `json:"maxMd"`     // most characters of the main code
	Text      EcodeText `json:"text"`      // alphabet of the main code
}

// EcodeScheme is one registered coding scheme.
type EcodeScheme struct {
	Version string `json:"version"`
	NSI     string `json:"nsi"`
	Name    string `json:"name"`
	// MDLength is the main code's exact length, 0 for any that the version takes.
	MDLength int `json:"mdLength,omitempty"`
}

// EcodeDictionary holds what Ecodes are checked against. The lengths of the
// 2023 text differ by registration, so that an operator may replace it.
type EcodeDictionary struct {
	Versions []EcodeVersion `json:"versions"`
	Schemes  []EcodeScheme  `json:"schemes,omitempty"`
	// Closed refuses the schemes that are not in the list.
	Closed bool `json:"closed,omitempty"`
}

// Valid says what is wrong with a dictionary that an operator wrote.
func (d *EcodeDictionary) Valid() error {
	var errs []error
	for i, v := range d.Versions {
		if len(v.Version) != 1 || v.Version < "1" || v.Version > "9" {
			errs = append(errs, fmt.Errorf("versions[%d].version must be one digit from 1 to 9, not %q", i, v.Version))
		}
		if v.NSILength < 1 || v.NSILength > 9 {
			errs = append(errs, fmt.Errorf("versions[%d].nsiLength must be from 1 to 9, not %d", i, v.NSILength))
		}
		if v.MaxMD < 1 {
			errs = append(errs, fmt.Errorf("versions[%d].maxMd must be at least 1, not %d", i, v.MaxMD))
		}
		if v.Text != EcodeDigits && v.Text != EcodeAlnum && v.Text != EcodeUnicode {
			errs = append(errs, fmt.Errorf("versions[%d].text must be digits, alnum or unicode, not %q", i, v.Text))
		}
	}
	for i, s := range d.Schemes {
		if v, ok := d.version(s.Version); !ok || len(s.NSI) != v.NSILength || !allDigits(s.NSI) {
			errs = append(errs, fmt.Errorf("schemes[%d].nsi must be the digits that its version asks for, not %q of version %q", i, s.NSI, s.Version))
		}
		if s.MDLength < 0 {
			errs = append(errs, fmt.Errorf("schemes[%d].mdLength must not be negative", i))
		}
	}
	return errors.Join(errs...)
}

// DefaultEcodeDictionary gives the versions 1 to 4 with the lengths of
// GB/T 31866-2015, any scheme.
func DefaultEcodeDictionary() EcodeDictionary {
	return EcodeDictionary{Versions: []EcodeVersion{
		{Version: "1", NSILength: 4, MaxMD: 20, Text: EcodeDigits},
		{Version: "2", NSILength: 4, MaxMD: 28, Text: EcodeDigits},
		{Version: "3", NSILength: 5, MaxMD: 39, Text: EcodeAlnum},
		{Version: "4", NSILength: 5, MaxMD: 64, Text: EcodeUnicode},
	}}
}

var defaultEcodes = DefaultEcodeDictionary()

// Ecode is the code of a thing (物品编码, GB/T 31866).
type Ecode struct {
	Version string // V, one digit
	NSI     string // 编码体系标识: which coding scheme the main code is of
	MD      string // 主码: the main code
}

// ParseEcode reads an Ecode by the default dictionary.
func ParseEcode(s string) (Ecode, error) { return defaultEcodes.Parse(s) }

// Parse reads an Ecode by the dictionary.
func (d *EcodeDictionary) Parse(s string) (Ecode, error) {
	return result(d.parse(normalise(s, 0)))
}

func (d *EcodeDictionary) parse(s string) (Ecode, *Error) {
	if s == "" {
		return Ecode{}, fail(ecodeName, PartWhole, CodeLength, "the Ecode is empty")
	}
	if s[0] == '0' {
		return Ecode{}, fail(ecodeName, "version", CodePrefix,
			"version 0 is reserved for GS1 codes, which are given as they are, without version and NSI")
	}
	v, ok := d.version(s)
	if !ok {
		return Ecode{}, fail(ecodeName, "version", CodePrefix, "the first digit must be a version of the dictionary, not %s", quote(s))
	}
	rest := s[len(v.Version):]
	if leadingDigits(rest) < v.NSILength {
		return Ecode{}, fail(ecodeName, "nsi", CodeCharacter, "after version %s must stand the %d digits of the coding scheme (NSI)", v.Version, v.NSILength)
	}
	c := Ecode{Version: v.Version, NSI: rest[:v.NSILength], MD: rest[v.NSILength:]}
	if n := utf8.RuneCountInString(c.MD); n < 1 || n > v.MaxMD {
		return Ecode{}, fail(ecodeName, "md", CodeLength, "the main code of version %s must have 1 to %d characters, not %d", v.Version, v.MaxMD, n)
	}
	for _, r := range c.MD {
		if !v.Text.has(r) {
			return Ecode{}, fail(ecodeName, "md", CodeCharacter, "the main code of version %s must be %s, without %s", v.Version, v.Text, quote(string(r)))
		}
	}
	if e := d.checkScheme(c); e != nil {
		return Ecode{}, e
	}
	return c, nil
}

// version finds the version that s begins with.
func (d *EcodeDictionary) version(s string) (EcodeVersion, bool) {
	for _, v := range d.Versions {
		if len(v.Version) == 1 && strings.HasPrefix(s, v.Version) && v.NSILength >= 0 {
			return v, true
		}
	}
	return EcodeVersion{}, false
}

func (d *EcodeDictionary) checkScheme(c Ecode) *Error {
	for _, sc := range d.Schemes {
		if sc.Version != c.Version || sc.NSI != c.NSI {
			continue
		}
		if n := utf8.RuneCountInString(c.MD); sc.MDLength > 0 && n != sc.MDLength {
			return fail(ecodeName, "md", CodeLength, "the main code of scheme %s (%s) must have %d characters, not %d", sc.NSI, sc.Name, sc.MDLength, n)
		}
		return nil
	}
	if d.Closed {
		return fail(ecodeName, "nsi", CodeUnknown, "the coding scheme (NSI) %s of version %s is not in the dictionary", c.NSI, c.Version)
	}
	return nil
}

// String is the normalised form.
func (c Ecode) String() string { return c.Version + c.NSI + c.MD }
