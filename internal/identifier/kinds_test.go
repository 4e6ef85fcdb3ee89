package identifier

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestKindsAreSortedCompleteAndTheirExamplesHold(t *testing.T) {
	kinds := Kinds()
	if !slices.IsSortedFunc(kinds, func(a, b *Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("kinds are not sorted by name")
	}
	for i, k := range kinds {
		if i > 0 && kinds[i-1].Name == k.Name {
			t.Errorf("two kinds are called %s", k.Name)
		}
		if k.Title == "" || k.TitleZh == "" || k.Standard == "" || k.MaxLength == 0 {
			t.Errorf("%s is not described in full: %+v", k.Name, k)
		}
		if found, ok := Lookup(k.Name); !ok || found != k {
			t.Errorf("Lookup(%s) does not find it", k.Name)
		}
		if got, err := k.Parse(k.Example); err != nil || got != k.Example {
			t.Errorf("%s: example %q parses to %q, %v", k.Name, k.Example, got, err)
		}
		re, err := regexp.Compile(k.Pattern)
		if err != nil {
			t.Errorf("%s: pattern: %v", k.Name, err)
			continue
		}
		if !re.MatchString(k.Example) {
			t.Errorf("%s: pattern %s does not match the example %s", k.Name, k.Pattern, k.Example)
		}
		// What RE2 has and ECMA 262 has not, or reads otherwise.
		for _, foreign := range []string{`(?`, `\x{`, `\p`, `[[`, `\A`, `\z`, `\s`, `\w`} {
			if strings.Contains(k.Pattern, foreign) {
				t.Errorf("%s: pattern has %s, which ECMA 262 reads otherwise", k.Name, foreign)
			}
		}
		if !strings.HasPrefix(k.Pattern, "^") || !strings.HasSuffix(k.Pattern, "$") {
			t.Errorf("%s: pattern is not anchored", k.Name)
		}
	}
	if _, ok := Lookup("no-such-kind"); ok {
		t.Error("an unknown kind is found")
	}
}

func TestTheNamesThatOthersRelyOnAreThere(t *testing.T) {
	for _, name := range strings.Fields("uscc citizen-id licence-id licence-type realestate-unit realestate-certificate gtin sscc " +
		"sc-licence jy-licence ear-tag ecode drug-trace national-drug-code drug-approval ehr case-number resource-code " +
		"filing-number division date sm3 timestamp") {
		mustKind(t, name)
	}
}

func TestOnlyNumbersOfPersonsArePersonal(t *testing.T) {
	var personal []string
	for _, k := range Kinds() {
		if k.Personal {
			personal = append(personal, k.Name)
		}
	}
	if !slices.Equal(personal, []string{"citizen-id", "ehr"}) {
		t.Errorf("personal kinds are %v", personal)
	}
}

func TestChangingTheListOfKindsChangesNothingForOthers(t *testing.T) {
	Kinds()[0] = nil
	if Kinds()[0] == nil {
		t.Error("the caller's list is the package's own")
	}
}

func TestRecogniseNamesTheMostSpecificKindFirst(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"91410100ma9ytt01x0", "uscc"},
		{"410105190001010010", "citizen-id ecode"},
		{"86900001000019", "national-drug-code gtin"},
		{"6900000000014", "gtin"},
		{root + "11100000MB03271699001.124100009990000485.20230000001.001.F", "licence-id"},
		{"豫(2023)郑州市不动产权第0000001号", "realestate-certificate"},
		{"410105 001002 GB00001 F00010001", "realestate-unit"},
		{"(2023)豫01民初1号", "case-number"},
		{"81000010000000000001", "drug-trace"},
		{"41010500100100001", "ehr ecode"},
		{"20230105", "date ecode"},
		{"410100", "division place-code"},
		{"nothing of the kind", ""},
		{"", ""},
	} {
		var names []string
		for _, k := range Recognise(c.in) {
			names = append(names, k.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("Recognise(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRecogniseFindsEveryKindsExample(t *testing.T) {
	for _, k := range Kinds() {
		if !slices.Contains(Recognise(k.Example), k) {
			t.Errorf("the example of %s is not recognised", k.Name)
		}
	}
}

func TestAnErrorReadsAsASentence(t *testing.T) {
	_, err := ParseUSCC("91410100MA9YTT01X1")
	if got, want := err.Error(), "uscc: the check character must be 0, not 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMessagesShowWhatCannotBeSeenAsCodePoints(t *testing.T) {
	_, err := ParseDrugApproval("国药准字\u202eH20230001")
	if err == nil || !strings.Contains(err.Error(), `"\u202EH"`) {
		t.Errorf("got %v", err)
	}
	if got := quote(strings.Repeat("长", 100)); len([]rune(got)) > 27 {
		t.Errorf("a long piece is quoted whole: %s", got)
	}
}
