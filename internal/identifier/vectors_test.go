package identifier

import (
	"errors"
	"strings"
	"testing"
)

const root = licenceRoot

// Synthetic numbers; the check characters were computed by other programs.
var validVectors = []struct {
	kind string
	in   []string
}{
	{"uscc", []string{"91410100MA9YTT01X0", "92410302MA9YTT0284", "93411525MA9YTT036W", "11100000MB03271699", "124100009990000485", "114190019990000561"}},
	{"citizen-id", []string{"410105190001010010", "410303190102030027", "411525190212311233"}},
	{"licence-id", []string{
		root + "11100000MB03271699001.124100009990000485.20230000001.001.F",
		root + "11100000MB03271699001.124100009990000485.20230000001.002.D",
		root + "11100000MB03271699022.114190019990000561.419001202300000017.001.F",
	}},
	{"licence-type", []string{"11100000MB03271699001", "11100000MB03271699022"}},
	{"gtin", []string{"6900000000014", "6910000123453", "6929999000072", "06900000000014", "16900000000011", "26910000123457", "69012341", "036000291452"}},
	{"sscc", []string{"169000000000000011", "106141411234567897"}},
	{"national-drug-code", []string{"86900001000019", "86900001000187", "86900999001234"}},
	{"sc-licence", []string{"SC10441010500017", "SC10141032200129", "SC10541148102033"}},
	{"jy-licence", []string{"JY14101050000018", "JY24101050000010", "JY34190010000999"}},
	{"ear-tag", []string{"141010500000001", "241132200000123", "341170299999999"}},
	{"realestate-unit", []string{"410105001002GB00001F00010001", "410105001002GB00001W00000000", "411502003004JC00123F00010000", "410105001002ZY00001L00000001"}},
	{"realestate-certificate", []string{"豫（2023）郑州市不动产权第0000001号", "豫（2024）济源市不动产权第0012345号", "豫（2023）信阳市不动产证明第0000007号"}},
	{"case-number", []string{"（2023）豫01民初1号", "（2024）豫0105执123号", "（2023）豫民终45号", "（2023）豫0105执恢7号之二", "（2024）豫9001破申3号"}},
	{"drug-trace", []string{"81000010000000000001", "(01)06900000000014(21)A1b2-3"}},
	{"drug-approval", []string{"国药准字H20230001", "国药准字Z41020001", "国药准字HJ20230012", "国药准字SC20230003"}},
	{"ehr", []string{"41010500100100001", "41010500110100001", "41010500199900001"}},
	{"resource-code", []string{"306001/000001", "30400100101/12"}},
	{"filing-number", []string{"豫网信备41010500000000000001号", "京网信备11010800000000000001号"}},
	{"ecode", []string{"1000369300818812345678", "2000112345", "300001AbC123", "400001河南大枣"}},
	{"hn-code", []string{"HN.410100.realestate.unit.410105001002GB00001F00010001.UA"}},
	{"plate", []string{"豫A12345", "豫U8888挂", "豫AD12345", "豫A12345D"}},
	{"division", []string{"410000", "410100", "410173", "419001", "110108"}},
	{"place-code", []string{"410105", "410105001", "410105001001"}},
	{"date", []string{"20230105", "20240229", "19000228", "99991231", "20000229"}},
	{"timestamp", []string{"2023-01-05T08:30:00Z", "2024-02-29T23:59:59Z"}},
	{"sm3", []string{"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}},
	{"holder-id-type", []string{"001", "099", "111", "114", "411", "414", "511", "516", "999"}},
}

func TestValidVectorsAreAcceptedAsTheyStand(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range validVectors {
		k := mustKind(t, v.kind)
		seen[v.kind] = true
		for _, in := range v.in {
			if got, err := k.Parse(in); err != nil || got != in {
				t.Errorf("%s: Parse(%q) = %q, %v", v.kind, in, got, err)
			}
		}
	}
	for _, k := range Kinds() {
		if !seen[k.Name] {
			t.Errorf("kind %s has no valid vector", k.Name)
		}
	}
}

// expected "-" means that the message is of no concern.
var invalidVectors = []struct{ kind, in, part, code, message string }{
	{"uscc", "91410100MA9YTT01X1", "check", CodeCheck, "the check character must be 0, not 1"},
	{"uscc", "91410100MAY9TT01X0", "check", CodeCheck, "-"},
	{"uscc", "91410100MI9YTT01X0", "orgCode", CodeCharacter, `character 10 of the unified social credit code (orgCode) must be a digit or a capital letter other than I, O, S, V, Z, not "I"`},
	{"uscc", "81410100MA9YTT01X0", "check", CodeCheck, "-"},
	{"uscc", "B1410100MA9YTT01X0", "registrar", CodeCharacter, "-"},
	{"uscc", "90410100MA9YTT01X0", "category", CodeCharacter, "-"},
	{"uscc", "9141A100MA9YTT01X0", "division", CodeCharacter, "-"},
	{"uscc", "91410100MA9YTT01X", PartWhole, CodeLength, "the unified social credit code must have 18 characters, not 17"},
	{"uscc", "", PartWhole, CodeLength, "the unified social credit code is empty and must have 18 characters"},
	{"uscc", "91410100MA9YTT01河0", "orgCode", CodeCharacter, "-"},
	{"uscc", "91410100MA9YTT\x8001X", "orgCode", CodeCharacter, "-"},

	{"citizen-id", "410105190001010011", "check", CodeCheck, "the check character must be 0, not 1"},
	{"citizen-id", "410105190002290018", "birth", CodeDate, "-"},
	{"citizen-id", "410105190013010018", "birth", CodeDate, "-"},
	{"citizen-id", "410105189912310018", "birth", CodeDate, "-"},
	{"citizen-id", "410105220001010018", "birth", CodeDate, "-"},
	{"citizen-id", "160105190001010018", "division", CodePrefix, "-"},
	{"citizen-id", "4101051900010100Z0", "sequence", CodeCharacter, "character 17 of the citizen identity number (sequence) must be a digit"},
	{"citizen-id", "410105900101001", PartWhole, CodeLength, "-"},

	{"licence-id", root + "11100000MB03271699001.124100009990000485.20230000001.001.G", "check", CodeCheck, "the check character must be F, not G"},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.20230000001.001.4", "check", CodeCheck, "-"},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.20230000001.1.U", "version", CodeForm, `the version must be three digits, such as 001, not "1"`},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.202300.001.F", "serial", CodeLength, "-"},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.2023-000001.001.F", "serial", CodeCharacter, "-"},
	{"licence-id", root + "11100000MB03271699001.124100009990000486.20230000001.001.F", "issuer.check", CodeCheck, "in the issuer: the check character must be 5, not 6"},
	{"licence-id", root + "11100000MB03271690001.124100009990000485.20230000001.001.F", "type.definer.check", CodeCheck, "-"},
	{"licence-id", root + "11100000MB0327169901.124100009990000485.20230000001.001.F", "type", CodeLength, "-"},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.20230000001.001", PartWhole, CodeForm, "-"},
	{"licence-id", root + "11100000MB03271699001.124100009990000485.20230000001.001.", "check", CodeLength, "the last part must be the check character F alone, not \"\""},
	{"licence-id", root + "11100000MB03271699001. 124100009990000485.20230000001.001.F", "issuer", CodeLength, "-"},
	{"licence-id", "1.2.156.3006.2.11100000MB03271699001.124100009990000485.20230000001.001.F", "prefix", CodePrefix, "-"},
	{"licence-id", "", PartWhole, CodeLength, "-"},
	{"licence-type", "11100000MB0327169900A", "number", CodeCharacter, "-"},
	{"licence-type", "11100000MB03271699", PartWhole, CodeLength, "-"},

	{"gtin", "6900000000015", "check", CodeCheck, "the check character must be 4, not 5"},
	{"gtin", "6910000123454", "check", CodeCheck, "-"},
	{"gtin", "69000000000A4", "digits", CodeCharacter, `character 12 of the GTIN must be a digit, not "A"`},
	{"gtin", "69000000001", PartWhole, CodeLength, "-"},
	{"gtin", "16900000000014", "check", CodeCheck, "-"},
	{"gtin", "06900000000015", "check", CodeCheck, "-"},
	{"gtin", "26910000123450", "check", CodeCheck, "-"},
	{"sscc", "169000000000000012", "check", CodeCheck, "-"},
	{"sscc", "16900000000000001", PartWhole, CodeLength, "-"},
	{"sscc", "16900000000000O011", "digits", CodeCharacter, "-"},

	{"national-drug-code", "86900001000010", "check", CodeCheck, "the check character must be 9, not 0"},
	{"national-drug-code", "86900999001235", "check", CodeCheck, "-"},
	{"national-drug-code", "86800001000019", "prefix", CodePrefix, "the national drug code must begin with 869"},
	{"national-drug-code", "869000010001", PartWhole, CodeLength, "-"},

	{"sc-licence", "SC10441010500018", "check", CodeCheck, "the check character must be 7, not 8"},
	{"sc-licence", "SC30441010500017", "class", CodeCharacter, `character 3 of the food production licence number (class) must be 1 (food) or 2 (food additive), not "3"`},
	{"sc-licence", "QS10441010500017", "prefix", CodePrefix, "-"},
	{"sc-licence", "SC1044101050001", PartWhole, CodeLength, "-"},
	{"jy-licence", "JY44101050000018", "class", CodeCharacter, "-"},
	{"jy-licence", "SC14101050000018", "prefix", CodePrefix, "-"},
	{"jy-licence", "JY1410105000001", PartWhole, CodeLength, "-"},
	{"ear-tag", "441010500000001", "species", CodeCharacter, "-"},
	{"ear-tag", "14101050000000A", "serial", CodeCharacter, "-"},
	{"ear-tag", "14101050000001", PartWhole, CodeLength, "-"},

	{"realestate-unit", "410105001002GB00001F0001000", PartWhole, CodeLength, "the real-estate unit code must have 28 characters, not 27"},
	{"realestate-unit", "410105001002KB00001F00010001", "ownership", CodeCharacter, "-"},
	{"realestate-unit", "410105001002GK00001F00010001", "parcelType", CodeCharacter, "-"},
	{"realestate-unit", "410105001002GB00001X00010001", "fixtureType", CodeCharacter, "-"},
	{"realestate-unit", "410105001002GB00001W00000001", "fixture", CodeForm, "-"},

	{"realestate-certificate", "豫（2023）郑州市不动产权第000001号", "serial", CodeLength, "the serial number must have 7 digits, not 6"},
	{"realestate-certificate", "京（2023）郑州市不动产权第0000001号", "prefix", CodePrefix, "-"},
	{"realestate-certificate", "豫（2023）郑州市不动产权第0000001", "suffix", CodeForm, "-"},
	{"realestate-certificate", "豫2023郑州市不动产权第0000001号", "year", CodeForm, "-"},
	{"realestate-certificate", "豫（23）郑州市不动产权第0000001号", "year", CodeLength, "-"},
	{"realestate-certificate", "豫（2023）郑不动产权第0000001号", "place", CodeForm, "-"},
	{"realestate-certificate", "豫（2023）郑州市房产权第0000001号", "type", CodeForm, "-"},
	{"realestate-certificate", "豫（2023）郑州市不动产权第00000a1号", "serial", CodeCharacter, "-"},

	{"case-number", "2023豫01民初1号", "year", CodeForm, "-"},
	{"case-number", "（23）豫01民初1号", "year", CodeLength, "-"},
	{"case-number", "（2023）豫01民初号", "serial", CodeForm, "-"},
	{"case-number", "（2023）京01民初1号", "court", CodePrefix, "-"},
	{"case-number", "（2023）豫1民初1号", "court", CodeLength, "-"},
	{"case-number", "（2023）豫01民事一审1号", "type", CodeForm, "-"},
	{"case-number", "（2023）豫01民初0号", "serial", CodeLength, "-"},
	{"case-number", "（2023）豫01民初1", "suffix", CodeForm, "-"},
	{"case-number", "（2023）豫01民初1号之X", "sub", CodeForm, "-"},

	{"drug-trace", "8100001000000000000", PartWhole, CodeLength, "-"},
	{"drug-trace", "8100001000000000000*", "serial", CodeCharacter, "-"},
	{"drug-trace", "(01)06900000000015(21)A1", "gtin.check", CodeCheck, "in the gtin: the check character must be 4, not 5"},
	{"drug-trace", "(01)06900000000014", "serial", CodeForm, "-"},
	{"drug-trace", "(21)A1", "gtin", CodeForm, "-"},
	{"drug-trace", "(01)06900000000014(21)A1(21)A2", "serial", CodeForm, "-"},
	{"drug-trace", "(01)06900000000014(21)", "serial", CodeLength, "-"},
	{"drug-trace", "(01)06900000000014(21)药", "serial", CodeCharacter, "-"},
	{"drug-trace", "(01)06900000000014(21)A1(17)231301", "expiry", CodeDate, "-"},
	{"drug-trace", "(01)06900000000014(21)A1(99)x", PartWhole, CodeUnknown, "-"},
	{"drug-trace", "(01", PartWhole, CodeForm, "-"},

	{"drug-approval", "国药准字X20230001", "class", CodeCharacter, "-"},
	{"drug-approval", "国药准字BJ20230001", "class", CodeCharacter, "-"},
	{"drug-approval", "国药准字H2023001", "serial", CodeLength, "-"},
	{"drug-approval", "国药准字H2023000A", "serial", CodeCharacter, "-"},
	{"drug-approval", "国药证字H20230001", "prefix", CodePrefix, "-"},

	{"ehr", "41010500100000001", "committee", CodeForm, "-"},
	{"ehr", "41010500110000001", "committee", CodeForm, "-"},
	{"ehr", "41010500120000001", "committee", CodeForm, "-"},
	{"ehr", "41010500190000001", "committee", CodeForm, "-"},
	{"ehr", "4101050010010000", PartWhole, CodeLength, "-"},
	{"ehr", "4101050010010000X", "serial", CodeCharacter, "-"},

	{"resource-code", "306001", "sequence", CodeForm, "-"},
	{"resource-code", "30600/1", "classification", CodeLength, "-"},
	{"resource-code", "30600A/1", "classification", CodeCharacter, "-"},
	{"resource-code", "006001/1", "classification", CodeCharacter, "-"},
	{"resource-code", "306001/", "sequence", CodeLength, "-"},
	{"resource-code", "306001/1/2", "sequence", CodeCharacter, "-"},
	{"filing-number", "豫网信备4101050000000000000号", "number", CodeLength, "-"},
	{"filing-number", "豫网信备4101050000000000000X号", "number", CodeCharacter, "-"},
	{"filing-number", "河网信备41010500000000000001号", "province", CodePrefix, "-"},
	{"filing-number", "豫网信备41010500000000000001", "suffix", CodeForm, "-"},

	{"ecode", "0690000000001", "version", CodePrefix, "-"},
	{"ecode", "9000112345", "version", CodePrefix, "-"},
	{"ecode", "1000", "nsi", CodeCharacter, "-"},
	{"ecode", "10003", "md", CodeLength, "-"},
	{"ecode", "10003123456789012345678901", "md", CodeLength, "-"},
	{"ecode", "10003A", "md", CodeCharacter, "-"},
	{"ecode", "300001枣", "md", CodeCharacter, "-"},

	{"plate", "A123456", "province", CodePrefix, "-"},
	{"plate", "豫I12345", "office", CodeCharacter, "-"},
	{"plate", "豫A1234O", "number", CodeCharacter, "-"},
	{"plate", "豫AZ12345", "number", CodeForm, "-"},
	{"plate", "豫A1234", PartWhole, CodeLength, "-"},
	{"division", "160100", "province", CodePrefix, "-"},
	{"division", "41010", PartWhole, CodeLength, "-"},
	{"division", "41010X", "county", CodeCharacter, "-"},
	{"place-code", "4101050", PartWhole, CodeLength, "-"},
	{"place-code", "41010500X", PartWhole, CodeCharacter, "-"},
	{"place-code", "160105", "province", CodePrefix, "-"},
	{"date", "20231301", "month", CodeDate, "the month must be from 01 to 12, not 13"},
	{"date", "20230229", "day", CodeDate, "the day must be from 01 to 28 in that month, not 29"},
	{"date", "20230100", "day", CodeDate, "-"},
	{"date", "99991230", "year", CodeDate, "-"},
	{"date", "18991231", "year", CodeDate, "-"},
	{"date", "2023-1-5", "month", CodeCharacter, "-"},
	{"date", "2023105", PartWhole, CodeLength, "-"},
	{"timestamp", "2023-02-30T08:30:00Z", "date", CodeDate, "-"},
	{"timestamp", "2023-01-05T24:30:00Z", "time", CodeForm, "-"},
	{"timestamp", "2023-01-05 08:30:00Z", PartWhole, CodeForm, "-"},
	{"timestamp", "2023-01-05T08:30:00", PartWhole, CodeForm, "-"},
	{"timestamp", "2023-01-05T8:30:00Z", PartWhole, CodeForm, "-"},
	{"timestamp", "2023-01-05T08:30:00,5Z", PartWhole, CodeForm, "-"},
	{"timestamp", "1900-01-01T00:00:00+08:00", "year", CodeDate, "-"},
	{"timestamp", "", PartWhole, CodeLength, "-"},
	{"sm3", "66c7f0f4", PartWhole, CodeLength, "-"},
	{"sm3", "g6c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "digest", CodeCharacter, "-"},
	{"hn-code", "HN.410100.realestate.unit.410105001002GB00001F00010001.UB", "check", CodeCheck, `the check characters must be UA, not "UB"`},
	{"hn-code", "HX.410100.realestate.unit.410105001002GB00001F00010001.UA", "prefix", CodePrefix, "the code must begin with HN."},
	{"hn-code", "HN.410100.realestate.UA", PartWhole, CodeForm, "-"},
	{"hn-code", "HN", "prefix", CodePrefix, "-"},
	{"hn-code", "HN.", PartWhole, CodeForm, "-"},
	{"hn-code", "HN.4101.realestate.unit.1.UA", "division", CodeCharacter, "-"},
	{"hn-code", "HN.410100.Realestate.unit.1.UA", "ledger", CodeCharacter, "-"},
	{"hn-code", "HN.410100.realestate..1.UA", "record", CodeCharacter, "-"},
	{"hn-code", "HN.410100.realestate.unit..UA", "id", CodeForm, "-"},
	{"hn-code", "HN.410100.realestate.unit.%zz.UA", "id", CodeForm, "-"},
	{"hn-code", "HN.410100.realestate.unit.%41.UA", "id", CodeForm, `the id must be percent-encoded as in a path, not "%41"`},
	{"hn-code", "HN.410100.realestate.unit." + strings.Repeat("1", 180) + ".UA", PartWhole, CodeLength, "the code must have at most 200 characters, not 209"},
	{"holder-id-type", "100", PartWhole, CodeUnknown, "-"},
}

func TestInvalidVectorsAreRefusedByPartAndCode(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range invalidVectors {
		seen[v.kind] = true
		_, err := mustKind(t, v.kind).Parse(v.in)
		expectError(t, v.in, err, v.kind, v.part, v.code, v.message)
	}
	for _, k := range Kinds() {
		if !seen[k.Name] {
			t.Errorf("kind %s has no invalid vector", k.Name)
		}
	}
}

func TestAGTINOfOneFormatIsHeldToItsLength(t *testing.T) {
	_, err := ParseGTIN13("690000000001")
	expectError(t, "12 digits", err, "gtin", PartWhole, CodeLength, "the GTIN-13 must have 13 digits, not 12")
	for _, c := range []struct {
		in    string
		parse func(string) (GTIN, error)
	}{{"69012341", ParseGTIN8}, {"036000291452", ParseGTIN12}, {"6900000000014", ParseGTIN13}, {"16900000000011", ParseGTIN14}} {
		if g, err := c.parse(c.in); err != nil || g.String() != c.in || g.Format != len(c.in) {
			t.Errorf("%s: %+v, %v", c.in, g, err)
		}
	}
}

func expectError(t *testing.T, in string, err error, kind, part, code, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%s %q: error %v, want an *Error of %s in %s", kind, in, err, code, part)
		return
	}
	if e.Kind != kind || e.Part != part || e.Code != code {
		t.Errorf("%s %q: got %s, %s, %s (%s), want %s, %s, %s", kind, in, e.Kind, e.Part, e.Code, e.Message, kind, part, code)
	}
	if message != "-" && e.Message != message {
		t.Errorf("%s %q: message %q, want %q", kind, in, e.Message, message)
	}
}

func mustKind(t testing.TB, name string) *Kind {
	t.Helper()
	k, ok := Lookup(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}
