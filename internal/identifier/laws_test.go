package identifier

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Kinds whose letters may come in either case, and kinds that people write
// with spaces inside. The others are taken as they stand.
var (
	anyCase = setOf("uscc", "citizen-id", "licence-id", "licence-type", "realestate-unit", "sc-licence", "jy-licence",
		"drug-approval", "plate", "timestamp", "sm3")
	spaced = setOf("realestate-unit", "realestate-certificate", "case-number", "sc-licence", "jy-licence",
		"drug-approval", "ehr", "resource-code", "filing-number", "plate", "drug-trace")
	bracketed = setOf("realestate-certificate", "case-number")
)

func setOf(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// disguise spells an identifier as people and old systems do: full-width
// characters, the other case, half-width brackets, spaces.
func disguise(t *rapid.T, kind, s string) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", " ", "\u3000", "\t\n"}).Draw(t, "before"))
	for _, r := range s {
		if anyCase[kind] && rapid.Bool().Draw(t, "case") {
			if up := strings.ToUpper(string(r)); up != string(r) {
				r = []rune(up)[0]
			} else {
				r = []rune(strings.ToLower(string(r)))[0]
			}
		}
		if bracketed[kind] && rapid.Bool().Draw(t, "narrow") {
			r = []rune(strings.NewReplacer("（", "(", "）", ")").Replace(string(r)))[0]
		} else if '!' <= r && r <= '~' && rapid.Bool().Draw(t, "wide") {
			r += '！' - '!'
		}
		b.WriteRune(r)
		if spaced[kind] && rapid.IntRange(0, 5).Draw(t, "space") == 0 {
			b.WriteString(rapid.SampledFrom([]string{" ", "\u3000", "\u00a0"}).Draw(t, "sort of space"))
		}
	}
	b.WriteString(rapid.SampledFrom([]string{"", " ", "\r\n"}).Draw(t, "after"))
	return b.String()
}

func TestEverySpellingOfAnIdentifierHasOneNormalForm(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			drawValid, ok := draw[k.Name]
			if !ok {
				t.Fatal("no generator")
			}
			pattern := regexp.MustCompile(k.Pattern)
			rapid.Check(t, func(t *rapid.T) {
				want := drawValid(t)
				in := disguise(t, k.Name, want)
				got, err := k.Parse(in)
				if err != nil || got != want {
					t.Fatalf("Parse(%q) = %q, %v, want %q", in, got, err, want)
				}
				if again, err := k.Parse(got); err != nil || again != got {
					t.Fatalf("Parse(%q), normalised, = %q, %v", got, again, err)
				}
				if !pattern.MatchString(got) {
					t.Fatalf("%q does not match %s", got, k.Pattern)
				}
				if n := utf8.RuneCountInString(got); n > k.MaxLength {
					t.Fatalf("%q has %d characters, MaxLength is %d", got, n, k.MaxLength)
				}
			})
		})
	}
}

func TestNormalisingTwiceChangesNothingMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := style(rapid.Uint8Range(0, 31).Draw(t, "style"))
		if st&upper != 0 {
			st &^= lower
		}
		s := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune(" \u3000Aaｚ９（(]】·-.豫0")), 0, 20, -1)).Draw(t, "text")
		once := normalise(s, st)
		if twice := normalise(once, st); twice != once {
			t.Fatalf("normalise(%q) = %q, again %q", s, once, twice)
		}
	})
}

// Kinds whose check character catches every change of one character, with the
// alphabet that a slip of the pen may come from.
var checked = map[string]string{
	"uscc": gb32100Alphabet, "citizen-id": digitChars + "X", "licence-id": alnumChars, "gtin": digitChars, "sscc": digitChars,
	"sc-licence": digitChars, "national-drug-code": digitChars, "hn-code": alnumChars + ".",
}

func TestEveryChangeOfOneCharacterIsCaught(t *testing.T) {
	for name, alphabet := range checked {
		k := mustKind(t, name)
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				good := []byte(draw[name](t))
				at := rapid.IntRange(0, len(good)-1).Draw(t, "position")
				bad := append([]byte(nil), good...)
				for i := range len(alphabet) {
					if bad[at] = alphabet[i]; bad[at] == good[at] {
						continue
					}
					if _, err := k.Parse(string(bad)); err == nil {
						t.Fatalf("%s is accepted, one character from %s", bad, good)
					}
				}
			})
		})
	}
}

func TestEverySwapOfNeighboursIsCaughtWherePromised(t *testing.T) {
	for _, name := range []string{"uscc", "citizen-id", "hn-code"} {
		k := mustKind(t, name)
		rapid.Check(t, func(t *rapid.T) {
			s := []byte(draw[name](t))
			at := rapid.IntRange(0, len(s)-2).Draw(t, "position")
			if s[at] == s[at+1] {
				return
			}
			s[at], s[at+1] = s[at+1], s[at]
			if _, err := k.Parse(string(s)); err == nil {
				t.Fatalf("%s is accepted with two neighbours swapped at %d", s, at)
			}
		})
	}
}

func TestARefusalOfAPersonsNumberRepeatsNothingOfIt(t *testing.T) {
	for _, k := range Kinds() {
		if !k.Personal {
			continue
		}
		rapid.Check(t, func(t *rapid.T) {
			s := []byte(draw[k.Name](t))
			s[rapid.IntRange(0, len(s)-1).Draw(t, "position")] = rapid.SampledFrom([]byte("0123456789XZ*")).Draw(t, "character")
			if rapid.Bool().Draw(t, "shorter") {
				s = s[:len(s)-1]
			}
			_, err := k.Parse(string(s))
			if err == nil {
				return
			}
			// No run of five that is not in the refusals' fixed sentences.
			for i := 0; i+5 <= len(s); i++ {
				if strings.Contains(err.Error(), string(s[i:i+5])) {
					t.Fatalf("%q repeats %s of %s", err, s[i:i+5], s)
				}
			}
		})
	}
}

func TestTheOrganisationCodeEndsAsItsRuleSays(t *testing.T) {
	weights := []int{3, 7, 9, 10, 5, 8, 4, 2}
	rapid.Check(t, func(t *rapid.T) {
		s := pick(t, alnumChars, 8)
		sum := 0
		for i, w := range weights {
			sum += strings.IndexByte(alnumChars, s[i]) * w
		}
		want := map[int]string{10: "X", 11: "0"}[11-sum%11]
		if want == "" {
			want = string(rune('0' + 11 - sum%11))
		}
		if got := string(CheckGB11714(s)); got != want {
			t.Fatalf("%s ends in %s, want %s", s, got, want)
		}
	})
}
