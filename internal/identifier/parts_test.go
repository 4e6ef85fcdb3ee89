package identifier

import (
	"strings"
	"testing"
	"time"
)

func TestAUSCCFallsIntoItsParts(t *testing.T) {
	u, err := ParseUSCC(" ９１410100ma9ytt01x0 ")
	want := USCC{Registrar: '9', Category: '1', Division: "410100", OrgCode: "MA9YTT01X", Check: '0'}
	if err != nil || u != want || u.Warning() != nil {
		t.Errorf("got %+v, %v, warning %v", u, err, u.Warning())
	}
}

func TestAWrongOrganisationCodeInsideAUSCCIsAWarningOnly(t *testing.T) {
	body := "91410100MA9YTT011" // organisation code should end in X
	u, err := ParseUSCC(body + string(CheckGB32100(body)))
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	w := u.Warning()
	if w == nil || w.Part != "orgCode" || w.Code != CodeCheck || !strings.Contains(w.Message, "should end in X") {
		t.Errorf("warning %+v", w)
	}
}

func TestACitizenIDFallsIntoItsParts(t *testing.T) {
	c, err := ParseCitizenID("410303190102030027")
	if err != nil || c.Division != "410303" || c.Birth != (Date{1901, 2, 3}) || c.Sequence != "002" || c.Check != '7' || c.Male() || c.ForeignResident() {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err = ParseCitizenID("411525190212311233"); err != nil || !c.Male() {
		t.Errorf("got %+v, %v, want a man", c, err)
	}
	body := "91115619000101001"
	if c, err = ParseCitizenID(body + string(CheckGB11643(body))); err != nil || !c.ForeignResident() {
		t.Errorf("got %+v, %v, want a foreign resident", c, err)
	}
	body = "41010519000101002" // the check character is X
	if c, err := ParseCitizenID(body + "x"); err == nil && c.String() != body+"X" || err != nil && CheckGB11643(body) == 'X' {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestTheLastYearOfBirthIsTheCallers(t *testing.T) {
	body := "41010520250101001"
	id := body + string(CheckGB11643(body))
	if _, err := ParseCitizenIDUntil(id, 2025); err != nil {
		t.Errorf("until 2025: %v", err)
	}
	_, err := ParseCitizenIDUntil(id, 2024)
	expectError(t, "until 2024", err, "citizen-id", "birth", CodeDate, "the year of birth must be from 1900 to 2024")
}

func TestALicenceIDIsMadeReadAndSuperseded(t *testing.T) {
	id, err := NewLicenceID("11100000mb03271699001", "124100009990000485", "20230000001", 1)
	if err != nil || id.String() != licenceIDKind.Example || id.Check != 'F' {
		t.Fatalf("made %v, %v", id, err)
	}
	if read, err := ParseLicenceID(id.String()); err != nil || read != id {
		t.Errorf("read back %+v, %v", read, err)
	}
	next, err := id.Next()
	if err != nil || next.Version != "002" || next.Check != 'D' || next.Licence() != id.Licence() {
		t.Errorf("next is %v, %v", next, err)
	}
	last, err := NewLicenceID("11100000MB03271699001", "124100009990000485", "20230000001", 999)
	if err != nil {
		t.Fatal(err)
	}
	_, err = last.Next()
	expectError(t, "after 999", err, "licence-id", "version", CodeForm, "the version must be from 1 to 999, not 1000")
}

func TestALicenceIDIsNotMadeOfWrongParts(t *testing.T) {
	for _, c := range []struct{ typ, issuer, serial, part, code string }{
		{"11100000MB0327169900", "124100009990000485", "20230000001", "type", CodeLength},
		{"11100000MB03271699001", "124100009990000486", "20230000001", "issuer.check", CodeCheck},
		{"11100000MB03271699001", "124100009990000485", "202300", "serial", CodeLength},
		{"11100000MB03271699001", "124100009990000485", "2023-00001", "serial", CodeCharacter},
	} {
		_, err := NewLicenceID(c.typ, c.issuer, c.serial, 1)
		expectError(t, c.typ+c.issuer+c.serial, err, "licence-id", c.part, c.code, "-")
	}
}

// A copied implementation counts A as 11; the root is no part of the sum.
func TestTheLicenceCheckCharacterCountsAFromTenWithoutTheRoot(t *testing.T) {
	if c := CheckMod37_36("11100000MB03271699001", "124100009990000485", "20230000001", "001"); c != 'F' {
		t.Errorf("got %c, want F", c)
	}
	if c := CheckMod37_36("1215630052", "11100000MB03271699001", "124100009990000485", "20230000001", "001"); c != '4' {
		t.Errorf("with the root: got %c, want 4", c)
	}
}

func TestCheckCharactersKnownFromElsewhere(t *testing.T) {
	for _, c := range []struct {
		name string
		got  byte
		want byte
	}{
		{"ISO 7064 MOD 37,36 of A12425GABC1234002", CheckMod37_36("A12425GABC1234002"), 'M'},
		{"ISO 7064 MOD 11,10 of 0794", CheckMod11_10("0794"), '5'},
		{"GS1 of 629104150021", CheckGS1("629104150021"), '3'},
		{"GB 11714 of D2143569", CheckGB11714("D2143569"), 'X'},
		{"GB 11643 of 34052419800101001", CheckGB11643("34052419800101001"), 'X'},
		{"a letter where digits belong", CheckGS1("12A"), 0},
		{"a letter that GB 32100 leaves out", CheckGB32100("91410100MI9YTT01X"), 0},
		{"too short for GB 32100", CheckGB32100("9141"), 0},
		{"too short for GB 11643", CheckGB11643("9141"), 0},
		{"too short for GB 11714", CheckGB11714("9141"), 0},
		{"a sign in GB 11714", CheckGB11714("D214356-"), 0},
		{"a small letter in MOD 37,36", CheckMod37_36("a"), 0},
		{"a letter in MOD 11,10", CheckMod11_10("A"), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestARealEstateUnitFallsIntoItsParts(t *testing.T) {
	u, err := ParseRealEstateUnit("410105 001002 gb00001 f00010002")
	if err != nil {
		t.Fatal(err)
	}
	building, flat := u.Building()
	if u.Division != "410105" || u.Zone != "001" || u.Subzone != "002" || u.Ownership != 'G' || u.ParcelType != 'B' ||
		u.Parcel != "00001" || u.FixtureType != 'F' || building != "0001" || flat != "0002" ||
		u.Land() != "410105001002GB00001" || u.Display() != "410105 001002 GB00001 F00010002" {
		t.Errorf("got %+v", u)
	}
	land, err := ParseRealEstateUnit("410105001002GB00001W00000000")
	if b, f := land.Building(); err != nil || b != "" || f != "" {
		t.Errorf("land has building %q and flat %q, %v", b, f, err)
	}
}

func TestACertificateNumberFallsIntoItsParts(t *testing.T) {
	c, err := ParseRealEstateCertificate("豫(2023) 信阳市不动产证明第 0000007号")
	if err != nil || c != (RealEstateCertificate{Year: "2023", Place: "信阳市", Proof: true, Serial: "0000007"}) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestACaseNumberFallsIntoItsParts(t *testing.T) {
	c, err := ParseCaseNumber("〔2024〕豫0105执恢00123号之二")
	if err != nil || c != (CaseNumber{Year: "2024", Court: "豫0105", Type: "执恢", Serial: "123", Sub: "之二"}) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestAGTINFallsIntoItsParts(t *testing.T) {
	for _, c := range []struct {
		in, gtin14, prefix string
		china              bool
		indicator          byte
	}{
		{"6900000000014", "06900000000014", "690", true, 0},
		{"16900000000011", "16900000000011", "690", true, '1'},
		{"036000291452", "00036000291452", "003", false, 0},
		{"69012341", "00000069012341", "690", true, 0},
	} {
		g, err := ParseGTIN(c.in)
		if err != nil || g.GTIN14() != c.gtin14 || g.Prefix() != c.prefix || g.China() != c.china || g.Indicator != c.indicator {
			t.Errorf("%s: %+v %s %s %v, %v", c.in, g, g.GTIN14(), g.Prefix(), g.China(), err)
		}
	}
}

func TestADrugTraceCodeIsThePackWhateverTheLabelTellsBeside(t *testing.T) {
	for _, in := range []string{
		"(01)06900000000014(21)A1b2",
		"(01)06900000000014(10)LOT7(17)261200(21)A1b2",
		"（01）06900000000014 （11）240229 （21）A1b2",
		"(21)A1b2(01)06900000000014",
	} {
		c, err := ParseDrugTraceCode(in)
		if err != nil || c.String() != "(01)06900000000014(21)A1b2" || c.Form != DrugTraceGS1 {
			t.Errorf("%s: %v, %v", in, c, err)
		}
	}
	c, err := ParseDrugTraceCode("(01)06900000000014(10)LOT7(17)261200(11)240229(21)A1b2")
	if err != nil || c.Lot != "LOT7" || c.Expiry != "261200" || c.Produced != "240229" || c.Serial != "A1b2" || c.Product != "06900000000014" {
		t.Errorf("got %+v, %v", c, err)
	}
	c, err = ParseDrugTraceCode("81000 01000 00000 00001")
	if err != nil || c.Form != DrugTracePlain || c.Product != "8100001" || c.Serial != "0000000000001" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestOtherCodesFallIntoTheirParts(t *testing.T) {
	if s, err := ParseSCLicence("sc10441010500017"); err != nil || s != (SCLicence{'1', "04", "410105", "0001", '7'}) {
		t.Errorf("SC: %+v, %v", s, err)
	}
	if j, err := ParseJYLicence("JY14101050000018"); err != nil || j != (JYLicence{'1', "410105", "000001", '8'}) {
		t.Errorf("JY: %+v, %v", j, err)
	}
	if e, err := ParseEarTag("241132200000123"); err != nil || e != (EarTag{'2', "411322", "00000123"}) {
		t.Errorf("ear tag: %+v, %v", e, err)
	}
	if s, err := ParseSSCC("106141411234567897"); err != nil || s != (SSCC{'1', "0614141123456789", '7'}) {
		t.Errorf("SSCC: %+v, %v", s, err)
	}
	if n, err := ParseNationalDrugCode("86900999001234"); err != nil || n != (NationalDrugCode{"00999", "00123", '4'}) {
		t.Errorf("national drug code: %+v, %v", n, err)
	}
	if a, err := ParseDrugApproval("国药准字 hj20230012"); err != nil || a != (DrugApproval{"HJ", "20230012"}) {
		t.Errorf("approval: %+v, %v", a, err)
	}
	if r, err := ParseHealthRecord("410105 001 001 00001"); err != nil || r != (HealthRecord{"410105", "001", "001", "00001"}) {
		t.Errorf("health record: %+v, %v", r, err)
	}
	if r, err := ParseResourceCode("30400100101／12"); err != nil || r != (ResourceCode{"3", "04", "001", "00101", "12"}) {
		t.Errorf("resource: %+v, %v", r, err)
	}
	if f, err := ParseFilingNumber("豫网信备41010500000000000001号"); err != nil || f != (FilingNumber{"豫", "41010500000000000001"}) {
		t.Errorf("filing: %+v, %v", f, err)
	}
	if p, err := ParsePlate("豫a·d12345"); err != nil || p != (Plate{"豫", 'A', "D12345"}) || !p.NewEnergy() {
		t.Errorf("plate: %+v, %v", p, err)
	}
	if p, err := ParsePlaceCode("410105001002"); err != nil || p != (PlaceCode{DivisionCode{"41", "01", "05"}, "001", "002"}) {
		t.Errorf("place: %+v, %v", p, err)
	}
	if l, err := ParseLicenceType("11100000MB03271699022"); err != nil || l.Number != "022" || l.Definer.String() != "11100000MB03271699" {
		t.Errorf("licence type: %+v, %v", l, err)
	}
	if d, err := ParseSM3(strings.Repeat("AB", 32)); err != nil || d.String() != strings.Repeat("ab", 32) {
		t.Errorf("SM3: %v, %v", d, err)
	}
}

func TestDatesAreDaysThatExistOrTheOpenEnd(t *testing.T) {
	open, err := ParseDate("长期")
	if err != nil || open != OpenEnd || open.String() != "99991231" {
		t.Errorf("长期: %v, %v", open, err)
	}
	early, late := Date{2023, 1, 31}, Date{2023, 2, 1}
	if early.Compare(late) >= 0 || late.Compare(early) <= 0 || early.Compare(early) != 0 || open.Compare(late) <= 0 {
		t.Error("days do not compare in their order")
	}
	if d := DateOf(time.Date(2023, 12, 31, 16, 0, 0, 0, time.UTC)); d != (Date{2024, 1, 1}) {
		t.Errorf("16:00 UTC is %v in China, want the next day", d)
	}
}

func TestTimesAreNormalisedToUTCAndWholeSeconds(t *testing.T) {
	for in, want := range map[string]string{
		"2023-01-05T16:30:00+08:00":     "2023-01-05T08:30:00Z",
		"2023-01-05t08:30:59.999z":      "2023-01-05T08:30:59Z",
		"2023-12-31T20:00:00.5-08:00":   "2024-01-01T04:00:00Z",
		" ２０23-01-05T08：30：00Z ":        "2023-01-05T08:30:00Z",
		"1900-01-01T08:00:00+08:00":     "1900-01-01T00:00:00Z",
		"2999-12-31T23:59:59.999999Z":   "2999-12-31T23:59:59Z",
		"2023-01-05T08:30:00.123+00:00": "2023-01-05T08:30:00Z",
	} {
		if got, err := ParseTimestamp(in); err != nil || got.String() != want {
			t.Errorf("%q: %v, %v, want %s", in, got, err, want)
		}
	}
}

func TestHolderNumbersFollowTheirType(t *testing.T) {
	for _, c := range []struct{ typ, in, want string }{
		{"001", "91410100ma9ytt01x0", "91410100MA9YTT01X0"},
		{"111", "410105190001010010", "410105190001010010"},
		{"114", "军字第 1234567 号", "军字第1234567号"},
		{"414", "ｅ12345678", "E12345678"},
		{"516", "H1234567890(B)", "H1234567890（B）"},
	} {
		ht, err := ParseHolderIDType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ht.ParseNumber(c.in); err != nil || got != c.want {
			t.Errorf("%s %q: %q, %v", c.typ, c.in, got, err)
		}
	}
	person, _ := ParseHolderIDType("414")
	_, err := person.ParseNumber("E1234_678")
	expectError(t, "passport", err, "holder-id-type", "number", CodeCharacter, "-")
	if err != nil && strings.Contains(err.Error(), "1234") {
		t.Errorf("the refusal repeats the number: %v", err)
	}
	_, err = person.ParseNumber(strings.Repeat("1", 33))
	expectError(t, "passport", err, "holder-id-type", "number", CodeLength, "-")
}

func TestAnOperatorsEcodeDictionaryDecides(t *testing.T) {
	d := DefaultEcodeDictionary()
	d.Schemes = []EcodeScheme{{Version: "1", NSI: "0003", Name: "goods", MDLength: 6}}
	d.Closed = true
	if err := d.Valid(); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Parse("10003123456"); err != nil || c != (Ecode{"1", "0003", "123456"}) {
		t.Errorf("got %+v, %v", c, err)
	}
	_, err := d.Parse("1000312345")
	expectError(t, "short", err, "ecode", "md", CodeLength, "the main code of scheme 0003 (goods) must have 6 characters, not 5")
	_, err = d.Parse("10004123456")
	expectError(t, "unlisted", err, "ecode", "nsi", CodeUnknown, "-")
	_, err = (&EcodeDictionary{}).Parse("10003123456")
	expectError(t, "empty dictionary", err, "ecode", "version", CodePrefix, "-")
}

func TestAWrongEcodeDictionaryIsExplainedWhole(t *testing.T) {
	d := EcodeDictionary{
		Versions: []EcodeVersion{{Version: "10", NSILength: -1, MaxMD: 0, Text: "words"}},
		Schemes:  []EcodeScheme{{Version: "1", NSI: "3", MDLength: -1}},
	}
	err := d.Valid()
	for _, field := range []string{"versions[0].version", "versions[0].nsiLength", "versions[0].maxMd", "versions[0].text", "schemes[0].nsi", "schemes[0].mdLength"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
}

func TestDivisionsAreTheProvinceAndNineteenCities(t *testing.T) {
	all := Divisions()
	if len(all) != 20 || all[0].Code != "410000" {
		t.Fatalf("%d divisions, first %v", len(all), all[0])
	}
	pilots := 0
	for i, d := range all {
		if i > 0 && all[i-1].Code >= d.Code {
			t.Errorf("%s is out of order", d.Code)
		}
		if d.Pilot {
			pilots++
		}
		if _, err := ParseDivisionCode(d.Code); err != nil {
			t.Errorf("%s: %v", d.Code, err)
		}
		for _, by := range []string{d.Code, d.Channel, d.Pinyin, strings.ToUpper(d.Pinyin), d.Chinese} {
			if found, ok := FindDivision(by); !ok || found != d {
				t.Errorf("FindDivision(%q) = %v, %v", by, found, ok)
			}
		}
		if strings.Trim(d.Channel, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%s cannot be the name of a channel", d.Channel)
		}
	}
	if pilots != 6 {
		t.Errorf("%d pilots, want 6", pilots)
	}
}

func TestDivisionsAreFoundByTheNamesInUseAndByNoPrefix(t *testing.T) {
	for in, want := range map[string]string{"郑州": "410100", "河南": "410000", "济源市": "419001", "航空港区": "", "410105": "", "410184": "", "": "", "beijing": ""} {
		d, ok := FindDivision(in)
		if d.Code != want || ok != (want != "") {
			t.Errorf("FindDivision(%q) = %v, %v, want %q", in, d, ok, want)
		}
	}
}

func TestZeroValuesDoNotPanic(t *testing.T) {
	_ = GTIN{}.GTIN14() + GTIN{}.Prefix() + RealEstateUnit{}.Display() + USCC{}.String() + LicenceID{}.String()
	_ = USCC{}.Warning()
	_ = CitizenID{}.Male() || CitizenID{}.ForeignResident() || GTIN{}.China()
	if _, err := (LicenceID{}).Next(); err == nil {
		t.Error("a licence id of nothing has a next version")
	}
	if b, f := (RealEstateUnit{FixtureType: 'F'}).Building(); b != "" || f != "" {
		t.Error("a unit of nothing has a building")
	}
}
