package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

func TestWhatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	for name, in := range map[string]string{
		"nothing": ``, "white space": ` `, "no JSON": `hello`, "text after the value": `{} {}`,
		"a member twice": `{"a":1,"a":2}`, "a member twice, one escaped": `{"a":1,"\u0061":2}`, "a member twice inside": `[{"b":{"a":1,"a":2}}]`,
		"an end too early": `{"a":`, "an end in a text": `"ab`, "an end in an escape": `"\u00`, "a comma too many": `[1,]`, "a comma too few": `[1 2]`,
		"a name without quotes": `{a:1}`, "a name alone": `{"a"}`, "not UTF-8": "\"\xff\"", "a control character": "\"a\nb\"", "an unknown escape": `"\x41"`,
		"half a surrogate pair": `"\ud800"`, "the wrong half first": `"\udc00\ud800"`, "a leading zero": `01`, "a bare minus": `-`, "no fraction": `1.`, "no exponent": `1e`,
		"a plus sign": `+1`, "not a number": `NaN`, "a word cut off": `tru`, "deep nesting": strings.Repeat("[", 40) + strings.Repeat("]", 40),
	} {
		if v, err := Parse([]byte(in)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%s was read as %v (%v)", name, v, err)
		}
		if v, err := Canonical([]byte(in)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%s was written as %s (%v)", name, v, err)
		}
	}
}

func TestAnErrorSaysWhere(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,}`:      `not a JSON value: '}' where a member's name should be, at byte 7`,
		`{"a":1`:        `not a JSON value: the text ends too early, at byte 6`,
		`[1] 2`:         `not a JSON value: there is more text after the value, at byte 4`,
		`{"x":0,"x":1}`: `not a JSON value: the member "x" stands there twice`,
	} {
		if _, err := Parse([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// value draws any value, as the standard library writes it.
func value(t *rapid.T) []byte {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }), rapid.Map(rapid.Float64(), func(f float64) any { return f }),
	)
	any1 := rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(l []any) any { return l }), rapid.Map(rapid.MapOfN(rapid.String(), leaf, 0, 6), func(m map[string]any) any { return m }))
	raw, err := json.Marshal(rapid.MapOfN(rapid.String(), any1, 0, 8).Draw(t, "value"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAValueIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := value(t)
		got, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s was read as %v", raw, got)
		}
	})
}

func TestTheCanonicalFormIsThatOfRFC8785(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := value(t)
		got, err := Canonical(raw)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%s became %s and not %s", raw, got, want)
		}
	})
	// RFC 8785, section 3.2.3: names in the order of their UTF-16 code units.
	got, err := Canonical([]byte(`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`))
	want := "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\",\"\U0001f600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestPartsStandAsTheyStoodInTheText(t *testing.T) {
	all, err := Members([]byte(` { "a" : {"x": [1, 2]} , "b":"\u4e2d" } `))
	want := []Member{{"a", json.RawMessage(`{"x": [1, 2]}`)}, {"b", json.RawMessage(`"\u4e2d"`)}}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("the members are %s, %v", all, err)
	}
	list, err := Elements([]byte(`[ 1, "a" ,{} ]`))
	if err != nil || !reflect.DeepEqual(list, []json.RawMessage{json.RawMessage(`1`), json.RawMessage(`"a"`), json.RawMessage(`{}`)}) {
		t.Errorf("the elements are %s, %v", list, err)
	}
	if text, ok := Text([]byte(` "中\n" `)); !ok || text != "中\n" {
		t.Errorf("the text is %q, %t", text, ok)
	}
	for _, raw := range []string{`1`, `"a" "b"`, `"a`, ``} {
		if text, ok := Text([]byte(raw)); ok {
			t.Errorf("%s was read as the text %q", raw, text)
		}
	}
}

// FuzzParse holds the package to the standard library: what one takes the
// other takes, and reads alike, but for what this package refuses on purpose.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\u4e2d\n",true,null,{}]}`, `[[[]]]`, `"\ud83d\ude00"`, ` 0 `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := Parse(raw)
		if err != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil || !reflect.DeepEqual(v, want) {
			t.Fatalf("%q was read as %v, the standard library reads %v (%v)", raw, v, want, err)
		}
		again, err := Parse(Append(nil, v))
		if err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q was written as %s (%v)", raw, Append(nil, v), err)
		}
		if members, err := Members(raw); err == nil {
			for _, m := range members {
				if part, err := Parse(m.Value); err != nil || !reflect.DeepEqual(part, v.(map[string]any)[m.Name]) {
					t.Fatalf("%q: the member %s is %s (%v)", raw, m.Name, m.Value, err)
				}
			}
		}
	})
}

var sample = []byte(`{"collectedAt":"2026-03-01T02:00:00Z","dataType":"1","depositorKey":"3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a","depositorType":"ORGANISATION","deviceId":"取证终端-07","fileHash":"314c162e9a694ec8d83aad1571fb14c7de20e3babf6d83373b426a1f9094ecc0","name":"购销合同-8001.pdf","size":28481,"sourceType":"业务系统导出"}`)

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(sample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMembers(b *testing.B) {
	for b.Loop() {
		if _, err := Members(sample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	for b.Loop() {
		if _, err := Canonical(sample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonicalByJCS(b *testing.B) {
	for b.Loop() {
		if _, err := jcs.Transform(sample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	for b.Loop() {
		var v any
		if err := json.Unmarshal(sample, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAPathLeadsToAValueOrToNothing(t *testing.T) {
	const raw = `{"a": {"b": [1, 2], "c": null, "d.e": "x"}, "f": "é"}`
	for _, tc := range []struct{ path, want string }{
		{"a b", "[1, 2]"}, {"a c", "null"}, {"a d.e", `"x"`}, {"f", `"é"`}, {"", raw},
		{"b", ""}, {"a c d", ""}, {"a b c", ""}, {"f g", ""}, {"a d e", ""},
	} {
		for name, find := range map[string]func([]byte, ...string) (json.RawMessage, error){"At": At, "Find": Find} {
			got, err := find([]byte(raw), strings.Fields(tc.path)...)
			if err != nil || string(got) != tc.want {
				t.Errorf("%s: at %q stands %s %v", name, tc.path, got, err)
			}
		}
	}
	for _, bad := range []string{"", "7", `{"a":{},"a":{}}`, `{"a":{"b":1`} {
		if got, err := At([]byte(bad), "a", "b"); err == nil {
			t.Errorf("in %s stands %s", bad, got)
		}
	}
	for _, bad := range []string{"", "7", `{"a":{"b":`, `{"a":{"b":x}}`, `{"x":{"b":1`} {
		if got, err := Find([]byte(bad), "a", "b"); err == nil {
			t.Errorf("Find: in %s stands %s", bad, got)
		}
	}
}
