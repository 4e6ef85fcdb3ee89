package identifier

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// pick draws n characters of an alphabet.
func pick(t *rapid.T, alphabet string, n int) string {
	return string(rapid.SliceOfN(rapid.SampledFrom([]rune(alphabet)), n, n).Draw(t, "characters"))
}

func pickBetween(t *rapid.T, alphabet string, least, most int) string {
	return pick(t, alphabet, rapid.IntRange(least, most).Draw(t, "length"))
}

func drawUSCC(t *rapid.T) string {
	s := pick(t, "123456789ANY", 1) + pick(t, "123456789", 1) + pick(t, digitChars, 6) + pick(t, gb32100Alphabet, 9)
	return s + string(CheckGB32100(s))
}

func drawProvince(t *rapid.T) string {
	return rapid.SampledFrom(strings.Fields(provinceCodes)).Draw(t, "province")
}

func drawDay(t *rapid.T, first, last int) string {
	start := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(last+1, 1, 1, 0, 0, 0, 0, time.UTC).Sub(start).Hours()) / 24
	return start.AddDate(0, 0, rapid.IntRange(0, days-1).Draw(t, "day")).Format("20060102")
}

func drawCitizenID(t *rapid.T) string {
	s := rapid.SampledFrom([]string{drawProvince(t), "9" + pick(t, digitChars, 1)}).Draw(t, "province") +
		pick(t, digitChars, 4) + drawDay(t, firstBirthYear, lastBirthYear) + pick(t, digitChars, 3)
	return s + string(CheckGB11643(s))
}

func drawLicenceID(t *rapid.T) string {
	id, err := NewLicenceID(drawUSCC(t)+pick(t, digitChars, 3), drawUSCC(t), pickBetween(t, alnumChars, 7, 32),
		rapid.IntRange(1, 999).Draw(t, "version"))
	if err != nil {
		t.Fatalf("make a licence id: %v", err)
	}
	return id.String()
}

func drawGS1(t *rapid.T, size int) string {
	s := pick(t, digitChars, size-1)
	return s + string(CheckGS1(s))
}

func drawHNCode(t *rapid.T) string {
	c, err := NewHNCode("41"+pick(t, digitChars, 4), rapid.SampledFrom([]string{"evidence", "realestate"}).Draw(t, "ledger"),
		rapid.SampledFrom([]string{"deposit", "self-report"}).Draw(t, "record"), pickBetween(t, alnumChars+"./ 豫（）-_%号", 1, 16))
	if err != nil {
		t.Fatalf("make a unified code: %v", err)
	}
	return c.String()
}

const hanSample = "郑州开封洛阳平顶山安鹤壁新乡焦作濮许昌漯河三门峡南商丘信周口驻马店济源区县市"

func drawRealEstateUnit(t *rapid.T) string {
	s := pick(t, digitChars, 12) + pick(t, "GJZ", 1) + pick(t, "ABCDEFGHLNSWXY", 1) + pick(t, digitChars, 5)
	if rapid.Bool().Draw(t, "land only") {
		return s + "W00000000"
	}
	return s + pick(t, "FLQ", 1) + pick(t, digitChars, 8)
}

func drawCertificate(t *rapid.T) string {
	return "豫（" + pick(t, digitChars, 4) + "）" + pickBetween(t, hanSample, 2, 15) + "不动产" +
		rapid.SampledFrom([]string{"权", "证明"}).Draw(t, "type") + "第" + pick(t, digitChars, 7) + "号"
}

func drawCaseNumber(t *rapid.T) string {
	court := pick(t, digitChars, rapid.SampledFrom([]int{0, 2, 3, 4}).Draw(t, "court digits"))
	sub := ""
	if rapid.Bool().Draw(t, "sub") {
		sub = "之" + pickBetween(t, caseNumerals, 1, 3)
	}
	return "（" + pick(t, digitChars, 4) + "）豫" + court + pickBetween(t, "民刑执初终恢破申号", 1, 3) +
		fmt.Sprint(rapid.IntRange(1, 999999999).Draw(t, "serial")) + "号" + sub
}

func drawDrugTrace(t *rapid.T) string {
	if rapid.Bool().Draw(t, "gs1") {
		return "(01)" + drawGS1(t, 14) + "(21)" + pickBetween(t, alnumChars+"abcxyz-/.", 1, 20)
	}
	return pick(t, alnumChars, 20)
}

func drawEcode(t *rapid.T) string {
	switch rapid.IntRange(1, 4).Draw(t, "version") {
	case 1:
		return "1" + pick(t, digitChars, 4) + pickBetween(t, digitChars, 1, 20)
	case 2:
		return "2" + pick(t, digitChars, 4) + pickBetween(t, digitChars, 1, 28)
	case 3:
		return "3" + pick(t, digitChars, 5) + pickBetween(t, alnumChars+"abcxyz", 1, 39)
	}
	return "4" + pick(t, digitChars, 5) + pickBetween(t, hanSample+alnumChars+"abc-./", 1, 64)
}

func drawPlate(t *rapid.T) string {
	const chars = digitChars + "ABCDEFGHJKLMNPQRSTUVWXYZ"
	s := pick(t, provinceNames, 1) + pick(t, chars[10:], 1)
	switch rapid.IntRange(1, 3).Draw(t, "sort") {
	case 1:
		return s + pick(t, chars, 4) + pick(t, chars+plateMarks, 1)
	case 2:
		return s + pick(t, "ABCDEFGHJK", 1) + pick(t, chars, 1) + pick(t, digitChars, 4)
	}
	return s + pick(t, digitChars, 5) + pick(t, "ABCDEFGHJK", 1)
}

func drawTimestamp(t *rapid.T) string {
	seconds := rapid.Int64Range(time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix(),
		time.Date(lastYear, 12, 31, 23, 59, 59, 0, time.UTC).Unix()).Draw(t, "seconds")
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// draw makes a valid identifier of each kind, in its normalised form.
var draw = map[string]func(*rapid.T) string{
	"uscc":                   drawUSCC,
	"citizen-id":             drawCitizenID,
	"hn-code":                drawHNCode,
	"licence-id":             drawLicenceID,
	"licence-type":           func(t *rapid.T) string { return drawUSCC(t) + pick(t, digitChars, 3) },
	"gtin":                   func(t *rapid.T) string { return drawGS1(t, rapid.SampledFrom([]int{8, 12, 13, 14}).Draw(t, "format")) },
	"sscc":                   func(t *rapid.T) string { return drawGS1(t, 18) },
	"realestate-unit":        drawRealEstateUnit,
	"realestate-certificate": drawCertificate,
	"case-number":            drawCaseNumber,
	"drug-trace":             drawDrugTrace,
	"ecode":                  drawEcode,
	"plate":                  drawPlate,
	"timestamp":              drawTimestamp,
	"sm3":                    func(t *rapid.T) string { return pick(t, digitChars+"abcdef", 64) },
	"date":                   func(t *rapid.T) string { return drawDay(t, firstYear, lastYear) },
	"division":               func(t *rapid.T) string { return drawProvince(t) + pick(t, digitChars, 4) },
	"place-code": func(t *rapid.T) string {
		return drawProvince(t) + pick(t, digitChars, rapid.SampledFrom([]int{4, 7, 10}).Draw(t, "rest"))
	},
	"holder-id-type": func(t *rapid.T) string { return rapid.SampledFrom(HolderIDTypes()).Draw(t, "type").Code },
	"ear-tag":        func(t *rapid.T) string { return pick(t, "123", 1) + pick(t, digitChars, 14) },
	"jy-licence":     func(t *rapid.T) string { return "JY" + pick(t, "123", 1) + pick(t, digitChars, 13) },
	"sc-licence": func(t *rapid.T) string {
		s := pick(t, "12", 1) + pick(t, digitChars, 12)
		return "SC" + s + string(CheckMod11_10(s))
	},
	"national-drug-code": func(t *rapid.T) string {
		s := "869" + pick(t, digitChars, 10)
		return s + string(CheckGS1(s))
	},
	"drug-approval": func(t *rapid.T) string {
		class := rapid.SampledFrom(strings.Fields("H Z S B T F J HC ZC SC HJ ZJ SJ")).Draw(t, "class")
		return approvalPrefix + class + pick(t, digitChars, 8)
	},
	"ehr": func(t *rapid.T) string {
		committee := rapid.SampledFrom([]int{1, 99, 101, 199, 901, 999}).Draw(t, "committee")
		return pick(t, digitChars, 9) + fmt.Sprintf("%03d", committee) + pick(t, digitChars, 5)
	},
	"resource-code": func(t *rapid.T) string {
		return pick(t, "123456789", 1) + pickBetween(t, digitChars, 5, 21) + "/" + pickBetween(t, digitChars, 1, 12)
	},
	"filing-number": func(t *rapid.T) string {
		return pick(t, provinceNames, 1) + "网信备" + pick(t, digitChars, 20) + "号"
	},
}
