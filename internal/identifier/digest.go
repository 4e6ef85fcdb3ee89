package identifier

const sm3Name = "sm3"

var sm3Kind = &Kind{
	Name: sm3Name, Title: "SM3 digest", TitleZh: "SM3 摘要",
	Standard: "GB/T 32905-2016", Example: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	Pattern: "^[0-9a-f]{64}$", MaxLength: 64, Parse: text(ParseSM3),
}

var sm3Layout = newLayout(sm3Name, "digest",
	span{"digest", 64, newCharset(digitChars + "abcdef"), "a hexadecimal digit (0–9, a–f)"})

// SM3 is a digest of 32 bytes in small hexadecimal letters.
type SM3 string

// ParseSM3 reads a digest in hexadecimal, of either case.
func ParseSM3(s string) (SM3, error) {
	s = normalise(s, lower)
	if e := sm3Layout.check(s); e != nil {
		return "", e
	}
	return SM3(s), nil
}

// String is the digest, 64 characters.
func (d SM3) String() string { return string(d) }
