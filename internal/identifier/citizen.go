package identifier

import "strings"

const citizenIDName = "citizen-id"

var citizenIDKind = &Kind{
	Name: citizenIDName, Title: "citizen identity number", TitleZh: "公民身份号码",
	Standard: "GB 11643-1999", Example: "410105190001010010",
	Pattern: "^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])[0-9]{4}" +
		"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]$",
	MaxLength: 18, Personal: true, Parse: text(ParseCitizenID),
}

const (
	firstBirthYear = 1900
	// lastBirthYear bounds ParseCitizenID, which knows no clock: it refuses what
	// is certainly wrong. Who knows the year calls ParseCitizenIDUntil.
	lastBirthYear = 2199
)

var citizenLayout = &layout{
	kind: citizenIDName, noun: "citizen identity number", personal: true, size: 18,
	spans: []span{
		digitSpan("division", 6), digitSpan("birth", 8), digitSpan("sequence", 3),
		{"check", 1, newCharset(digitChars + "X"), "a digit or X"},
	},
}

// provinceCodes are the provinces' two digits (GB/T 2260), with 83 for the
// residence permit of Taiwan residents.
const provinceCodes = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 "

func isProvince(code string) bool {
	return len(code) == 2 && allDigits(code) && strings.Contains(provinceCodes, code)
}

// CitizenID is a citizen identity number (公民身份号码, GB 11643), or the number
// of a foreigner's permanent residence card (外国人永久居留身份证), which has the
// same form. It identifies a natural person.
type CitizenID struct {
	// Division is that of the first registration; only its province is held to
	// a list, since counties come and go.
	Division string
	Birth    Date
	Sequence string // 顺序码, 3 digits, odd for men
	Check    byte   // 校验码
}

// ParseCitizenID reads a citizen identity number of a birth in 1900 or later.
// Messages repeat nothing of it but the check character.
func ParseCitizenID(s string) (CitizenID, error) {
	return ParseCitizenIDUntil(s, lastBirthYear)
}

// ParseCitizenIDUntil is ParseCitizenID for births no later than in lastYear.
func ParseCitizenIDUntil(s string, lastYear int) (CitizenID, error) {
	s = normalise(s, upper)
	if e := citizenLayout.check(s); e != nil {
		return CitizenID{}, e
	}
	if s[0] != '9' && !isProvince(s[:2]) {
		return CitizenID{}, fail(citizenIDName, "division", CodePrefix,
			"the first two digits must be a province's code (11–15, 21–23, 31–37, 41–46, 50–54, 61–65, 71, 81–83), or the first a 9 for a permanent resident")
	}
	birth, ok := dateOf(s[6:14])
	if !ok {
		return CitizenID{}, fail(citizenIDName, "birth", CodeDate, "digits 7 to 14 must be a day of birth that exists, as YYYYMMDD")
	}
	if birth.Year < firstBirthYear || birth.Year > lastYear {
		return CitizenID{}, fail(citizenIDName, "birth", CodeDate, "the year of birth must be from %d to %d", firstBirthYear, lastYear)
	}
	if want := CheckGB11643(s[:17]); s[17] != want {
		return CitizenID{}, wrongCheck(citizenIDName, want, s[17])
	}
	return CitizenID{Division: s[:6], Birth: birth, Sequence: s[14:17], Check: s[17]}, nil
}

// Male tells the sex that the sequence stands for: odd for men.
func (c CitizenID) Male() bool { return len(c.Sequence) == 3 && c.Sequence[2]&1 == 1 }

// ForeignResident tells a foreigner's permanent residence number.
func (c CitizenID) ForeignResident() bool { return strings.HasPrefix(c.Division, "9") }

// String is the normalised form, 18 characters. It must not be logged.
func (c CitizenID) String() string {
	return c.Division + c.Birth.String() + c.Sequence + string([]byte{c.Check})
}
