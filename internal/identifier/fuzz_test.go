package identifier

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkParse holds one call of a kind's parser to what all of them promise.
func checkParse(t *testing.T, k *Kind, pattern *regexp.Regexp, s string) {
	t.Helper()
	got, err := k.Parse(s)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: Parse(%q): %T is no *Error", k.Name, s, err)
		}
		if e.Kind != k.Name || e.Part == "" || e.Code == "" || e.Message == "" || got != "" {
			t.Fatalf("%s: Parse(%q): incomplete refusal %+v with %q", k.Name, s, e, got)
		}
		if len(e.Message) > 600 || !utf8.ValidString(e.Message) || strings.ContainsFunc(e.Message, unicode.IsControl) {
			t.Fatalf("%s: Parse(%q): message %q", k.Name, s, e.Message)
		}
		return
	}
	if again, err := k.Parse(got); err != nil || again != got {
		t.Fatalf("%s: Parse(%q) = %q, which parses to %q, %v", k.Name, s, got, again, err)
	}
	if !pattern.MatchString(got) {
		t.Fatalf("%s: Parse(%q) = %q, which does not match %s", k.Name, s, got, k.Pattern)
	}
	if n := utf8.RuneCountInString(got); n > k.MaxLength {
		t.Fatalf("%s: Parse(%q) = %q of %d characters, MaxLength is %d", k.Name, s, got, n, k.MaxLength)
	}
}

func FuzzKinds(f *testing.F) {
	kinds := Kinds()
	patterns := make([]*regexp.Regexp, len(kinds))
	index := map[string]int{}
	for i, k := range kinds {
		patterns[i] = regexp.MustCompile(k.Pattern)
		index[k.Name] = i
	}
	for _, v := range validVectors {
		for _, in := range v.in {
			f.Add(uint8(index[v.kind]), in)
		}
	}
	for _, v := range invalidVectors {
		f.Add(uint8(index[v.kind]), v.in)
	}
	f.Fuzz(func(t *testing.T, which uint8, s string) {
		i := int(which) % len(kinds)
		checkParse(t, kinds[i], patterns[i], s)
	})
}

func FuzzRecognise(f *testing.F) {
	for _, k := range Kinds() {
		f.Add(k.Example)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range Recognise(s) {
			if _, err := k.Parse(s); err != nil {
				t.Fatalf("%q is recognised as %s, which refuses it: %v", s, k.Name, err)
			}
		}
	})
}

func FuzzNewLicenceID(f *testing.F) {
	f.Add("11100000MB03271699001", "124100009990000485", "20230000001", 1)
	f.Add("11100000MB03271699022", "114190019990000561", "419001202300000017", 999)
	f.Fuzz(func(t *testing.T, licenceType, issuer, serial string, version int) {
		id, err := NewLicenceID(licenceType, issuer, serial, version)
		if err != nil {
			return
		}
		if got, err := ParseLicenceID(id.String()); err != nil || got != id {
			t.Fatalf("made %v, read back %v, %v", id, got, err)
		}
	})
}

func FuzzEcodeDictionary(f *testing.F) {
	d := DefaultEcodeDictionary()
	d.Schemes = []EcodeScheme{{Version: "1", NSI: "0003", Name: "x", MDLength: 6}}
	seed, err := json.Marshal(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, "10003123456")
	f.Add([]byte(`{"versions":[{"version":"7","nsiLength":-1,"maxMd":3,"text":"alnum"}],"closed":true}`), "7ab")
	f.Fuzz(func(t *testing.T, dictionary []byte, s string) {
		var d EcodeDictionary
		if json.Unmarshal(dictionary, &d) != nil {
			return
		}
		c, err := d.Parse(s)
		if err != nil {
			return
		}
		if again, err := d.Parse(c.String()); err != nil || again != c {
			t.Fatalf("%q parses to %+v, and that to %+v, %v", s, c, again, err)
		}
	})
}

func FuzzHolderNumber(f *testing.F) {
	f.Add(uint8(0), "91410100MA9YTT01X0")
	f.Add(uint8(2), "410105190001010010")
	f.Add(uint8(3), "军字第1234567号")
	f.Add(uint8(7), "Ｅ12345678")
	types := HolderIDTypes()
	f.Fuzz(func(t *testing.T, which uint8, s string) {
		ht := types[int(which)%len(types)]
		got, err := ht.ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := ht.ParseNumber(got); err != nil || again != got {
			t.Fatalf("%s: %q parses to %q, and that to %q, %v", ht.Code, s, got, again, err)
		}
	})
}

func FuzzFindDivision(f *testing.F) {
	for _, d := range Divisions() {
		f.Add(d.Code)
		f.Add(d.Pinyin)
		f.Add(d.Chinese)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := FindDivision(s); ok {
			if again, ok := FindDivision(d.Code); !ok || again != d {
				t.Fatalf("%q finds %v, whose code finds %v", s, d, again)
			}
		}
	})
}
