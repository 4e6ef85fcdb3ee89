package identifier

import (
	"strings"
	"unicode/utf8"
)

const plateName = "plate"

var plateKind = &Kind{
	Name: plateName, Title: "vehicle plate", TitleZh: "机动车号牌",
	Standard: "GA 36-2018", Example: "豫A12345",
	Pattern: "^[" + provinceNames + "][A-HJ-NP-Z]([0-9A-HJ-NP-Z]{4}[0-9A-HJ-NP-Z" + plateMarks + "]" +
		"|[A-HJK][0-9A-HJ-NP-Z][0-9]{4}|[0-9]{5}[A-HJK])$",
	MaxLength: 8, Parse: text(ParsePlate),
}

// plateMarks end the plates of trailers, driving schools, police and those of
// Hong Kong and Macao.
const plateMarks = "挂学警港澳"

var (
	// plateSet leaves out I and O, which are mistaken for digits.
	plateSet     = newCharset(digitChars + "ABCDEFGHJKLMNPQRSTUVWXYZ")
	plateLetters = newCharset("ABCDEFGHJKLMNPQRSTUVWXYZ")
	energySet    = newCharset("ABCDEFGHJK")
)

// Plate is a vehicle's plate (机动车号牌), as transport records carry it.
type Plate struct {
	Province string // short name, such as 豫
	Office   byte   // 发牌机关, a letter
	Number   string // 5 characters, or 6 of a new-energy vehicle
}

// ParsePlate reads a plate, with or without the dot after the office's letter.
func ParsePlate(s string) (Plate, error) {
	s = normalise(s, upper|unmarked)
	n := utf8.RuneCountInString(s)
	if n != 7 && n != 8 {
		return Plate{}, fail(plateName, PartWhole, CodeLength, "the plate must have 7 characters, or 8 of a new-energy vehicle, not %d", n)
	}
	_, size := utf8.DecodeRuneInString(s)
	p := Plate{Province: s[:size]}
	if !isProvinceName(p.Province) {
		return Plate{}, fail(plateName, "province", CodePrefix, "the plate must begin with a province's short name such as 豫")
	}
	if s = s[size:]; !plateLetters.has(s[0]) {
		return Plate{}, fail(plateName, "office", CodeCharacter, "after the province must stand a letter other than I and O")
	}
	p.Office, p.Number = s[0], s[1:]
	if n == 7 && !isOrdinaryNumber(p.Number) {
		return Plate{}, fail(plateName, "number", CodeCharacter,
			"the number must be 5 digits or letters other than I and O, the last perhaps one of 挂, 学, 警, 港, 澳, not %s", quote(p.Number))
	}
	if n == 8 && !isEnergyNumber(p.Number) {
		return Plate{}, fail(plateName, "number", CodeForm,
			"the number of a new-energy vehicle must be a letter A–K, a letter or digit and 4 digits, or 5 digits and a letter A–K, not %s", quote(p.Number))
	}
	return p, nil
}

func isOrdinaryNumber(s string) bool {
	if last, size := utf8.DecodeLastRuneInString(s); strings.ContainsRune(plateMarks, last) {
		s = s[:len(s)-size] + "0"
	}
	if len(s) != 5 {
		return false
	}
	for i := range len(s) {
		if !plateSet.has(s[i]) {
			return false
		}
	}
	return true
}

func isEnergyNumber(s string) bool {
	if len(s) != 6 {
		return false
	}
	small := energySet.has(s[0]) && plateSet.has(s[1]) && allDigits(s[2:])
	large := allDigits(s[:5]) && energySet.has(s[5])
	return small || large
}

// NewEnergy tells the plate of a new-energy vehicle (新能源汽车).
func (p Plate) NewEnergy() bool { return len(p.Number) == 6 }

// String is the normalised form, without the dot.
func (p Plate) String() string { return p.Province + string([]byte{p.Office}) + p.Number }
