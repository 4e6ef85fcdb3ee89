package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"henanchain/internal/operation"
)

type owner struct {
	Key   string `json:"key" is:"minLen=4,maxLen=8" zh:"权利人"`
	Share int64  `json:"share,omitempty" is:"min=1,max=100"`
}

type unit struct {
	Code   string          `json:"code" is:"uscc" doc:"A code"`
	Kind   string          `json:"kind" is:"enum=A|B"`
	Owners []owner         `json:"owners,omitempty" is:"minItems=1,maxItems=3,unique"`
	Tags   []string        `json:"tags,omitempty" is:"maxLen=3,maxItems=2"`
	Form   string          `json:"form,omitempty" is:"pattern=^[a-z]{2,3}$"`
	Closed bool            `json:"closed,omitempty"`
	Any    json.RawMessage `json:"any,omitempty"`
}

const code = `"code":"91410100MA9YTT01X0","kind":"A"`

func TestCheckNamesEveryWrongField(t *testing.T) {
	s := For[unit]()
	for name, c := range map[string]struct{ in, want string }{
		"nothing given":            {`{}`, "code REQUIRED, kind REQUIRED"},
		"not an object":            {`[]`, " TYPE"},
		"an unknown member":        {`{` + code + `,"extra":1}`, "extra UNKNOWN"},
		"a null counts as absent":  {`{"code":null,"kind":"A"}`, "code REQUIRED"},
		"an optional null":         {`{` + code + `,"form":null}`, ""},
		"a wrong check character":  {`{"code":"91410100MA9YTT01X1","kind":"A"}`, "code FORMAT"},
		"a value outside the list": {`{"code":"91410100MA9YTT01X0","kind":"C"}`, "kind ENUM"},
		"an empty list":            {`{` + code + `,"owners":[]}`, "owners LENGTH"},
		"items inside":             {`{` + code + `,"owners":[{"key":"abc"},{"key":"abcd","share":101}]}`, "owners[0].key LENGTH, owners[1].share RANGE"},
		"the same item twice":      {`{` + code + `,"owners":[{"key":"abcd"},{"key":"abcd"}]}`, "owners[1] DUPLICATE"},
		"too many items":           {`{` + code + `,"tags":["a","b","c"]}`, "tags LENGTH"},
		"an item too long":         {`{` + code + `,"tags":["abcd"]}`, "tags[0] LENGTH"},
		"another pattern":          {`{` + code + `,"form":"ABC"}`, "form FORMAT"},
		"a text for a truth value": {`{` + code + `,"closed":"true"}`, "closed TYPE"},
		"a fraction":               {`{` + code + `,"owners":[{"key":"abcd","share":1.0}]}`, "owners[0].share TYPE"},
		"an exponent":              {`{` + code + `,"owners":[{"key":"abcd","share":1e1}]}`, "owners[0].share TYPE"},
		"a control character":      {`{` + code + `,"form":"a\u0000b"}`, "form FORMAT"},
		"anything where any is":    {`{` + code + `,"any":{"x":[1]}}`, ""},
	} {
		_, errs, err := s.Check([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, e := range errs {
			got = append(got, e.Field+" "+e.Code)
			if e.Message == "" {
				t.Errorf("%s: %s has no message", name, e.Field)
			}
		}
		if g := strings.Join(got, ", "); g != c.want {
			t.Errorf("%s: got %q, not %q", name, g, c.want)
		}
	}
}

func TestCheckNormalises(t *testing.T) {
	out, errs, err := For[unit]().Check([]byte(`{"kind":" A ","code":"９１410100ma9ytt01x0 "}`))
	if err != nil || len(errs) > 0 {
		t.Fatal(errs, err)
	}
	if string(out) != `{"code":"91410100MA9YTT01X0","kind":"A"}` {
		t.Errorf("normalised to %s", out)
	}
}

func TestASchemaReadsBackAsItWasWritten(t *testing.T) {
	s := For[unit]()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	back := new(Schema)
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, back) {
		t.Errorf("wrote %s", data)
	}
	if !strings.Contains(string(data), `"additionalProperties":false`) {
		t.Errorf("the object is not closed: %s", data)
	}
}

func TestWhatPassedOncePassesAgainUnchanged(t *testing.T) {
	s := For[unit]()
	rapid.Check(t, func(t *rapid.T) {
		in := unit{
			Code: "91410100MA9YTT01X0", Kind: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "kind"),
			Form: rapid.StringMatching(`[a-z]{0,4}`).Draw(t, "form"), Closed: rapid.Bool().Draw(t, "closed"),
			Owners: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) owner {
				return owner{rapid.StringN(0, 9, -1).Draw(t, "key"), rapid.Int64Range(0, 101).Draw(t, "share")}
			}), 0, 4).Draw(t, "owners"),
		}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		once, errs, err := s.Check(raw)
		if err != nil {
			t.Fatal(err)
		}
		if len(errs) > 0 {
			return
		}
		twice, errs, err := s.Check(once)
		if err != nil || len(errs) > 0 || string(once) != string(twice) {
			t.Fatalf("%s became %s (%v %v)", once, twice, errs, err)
		}
	})
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{` + code + `}`))
	f.Add([]byte(`{"owners":[{"key":"abcd","share":100}],"any":[[[1e400]]]}`))
	s := For[unit]()
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, errs, err := s.Check(raw)
		if err == nil && len(errs) == 0 {
			var u unit
			if err := json.Unmarshal(out, &u); err != nil {
				t.Fatalf("%s passed and does not fit: %v", out, err)
			}
		}
	})
}

type holder struct {
	Key  string   `json:"key" is:"subject"`
	Keys []string `json:"keys,omitempty" is:"subject,maxItems=3"`
}

func TestASubjectIsGivenByItsKeyedHashOrByAnObjectThatIsResolved(t *testing.T) {
	s := For[holder]()
	hash := strings.Repeat("0a", 32)
	resolve := func(named map[string]any) (string, []operation.FieldError) {
		if named["number"] == "7" {
			return hash, nil
		}
		return "", []operation.FieldError{{Field: "number", Code: Format, Message: "is wrong"}}
	}
	for name, c := range map[string]struct {
		in      string
		resolve Resolver
		want    string // the result, or the fields that are wrong
	}{
		"the hash":                   {`{"key":"` + hash + `"}`, resolve, `{"key":"` + hash + `"}`},
		"an object":                  {`{"key":{"number":"7"},"keys":[{"number":"7"}]}`, resolve, `{"key":"` + hash + `","keys":["` + hash + `"]}`},
		"a wrong object":             {`{"key":{"number":"8"}}`, resolve, "key.number FORMAT"},
		"an object without resolver": {`{"key":{"number":"7"}}`, nil, "key FORMAT"},
		"a plain number":             {`{"key":410105190001010010}`, resolve, "key FORMAT"},
		"a plain text":               {`{"key":"410105190001010010"}`, nil, "key FORMAT"},
	} {
		out, errs, err := s.CheckResolving([]byte(c.in), c.resolve)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := string(out)
		for _, e := range errs {
			got += e.Field + " " + e.Code
			if strings.Contains(e.Message, "410105") {
				t.Errorf("%s: the message repeats the number: %s", name, e.Message)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, not %q", name, got, c.want)
		}
	}
}
