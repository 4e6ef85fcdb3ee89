package strictjson

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type inner struct {
	Name string  `json:"name"`
	List []int64 `json:"list,omitempty"`
}

type base struct {
	Kind string `json:"kind,omitempty"`
	On   bool   `json:"on"`
}

type outer struct {
	base
	Base2
	ID    string            `json:"id"`
	N     int               `json:"n"`
	Small int8              `json:"small"`
	One   *inner            `json:"one,omitempty"`
	Many  []inner           `json:"many"`
	Texts []string          `json:"texts"`
	Raw   json.RawMessage   `json:"raw,omitempty"`
	Map   map[string]string `json:"map,omitempty"`
	At    time.Time         `json:"at"`
	Bytes []byte            `json:"bytes"`
	F     float64           `json:"f"`
	Any   any               `json:"any"`
	Ref   *string           `json:"ref"`
}

// Base2 is embedded by its name.
type Base2 struct {
	Deep []*inner `json:"deep"`
}

func drawInner(t *rapid.T) inner {
	i := inner{Name: rapid.String().Draw(t, "name")}
	for range rapid.IntRange(0, 9).Draw(t, "numbers") {
		i.List = append(i.List, rapid.Int64Range(-maxExact, maxExact).Draw(t, "number"))
	}
	return i
}

// What Marshal writes, and what the standard library writes, is read as the
// standard library reads it.
func TestUnmarshalReadsAsTheStandardLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := outer{ID: rapid.String().Draw(t, "id"), N: rapid.IntRange(-9, 9).Draw(t, "n"), Small: rapid.Int8().Draw(t, "small"), At: time.Unix(rapid.Int64Range(0, 1<<31).Draw(t, "at"), 0).UTC()}
		o.On = rapid.Bool().Draw(t, "on")
		for range rapid.IntRange(0, 6).Draw(t, "many") {
			o.Many = append(o.Many, drawInner(t))
		}
		if rapid.Bool().Draw(t, "more") {
			i := drawInner(t)
			o.One, o.Deep, o.Ref = &i, []*inner{&i, nil}, &o.ID
			o.Texts, o.Map, o.Bytes, o.F, o.Any = []string{"a", "中"}, map[string]string{"k": "v"}, []byte{1, 2}, 1.5, map[string]any{"x": []any{"y", nil}}
			o.Raw = json.RawMessage(`{"b":[1,{"c":"\u4e2d"}]}`)
		}
		canonical, err := Marshal(&o)
		if err != nil {
			t.Fatal(err)
		}
		standard, err := json.MarshalIndent(&o, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{canonical, standard} {
			var got, want outer
			if err := Unmarshal(text, &got); err != nil {
				t.Fatalf("%v of %s", err, text)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\nwas read as %+v\nnot        %+v", text, got, want)
			}
		}
	})
}

func TestUnmarshalRefusesWhatIsNoValue(t *testing.T) {
	for _, text := range []string{``, `{`, `{"id":1}`, `{"n":1.5}`, `{"n":"1"}`, `{"small":300}`, `{"id":"a"}x`, `{"many":{}}`, `{"many":[1]}`, `{"id":"\ud800"}`, "{\"id\":\"\xff\"}", `{"on":1}`, `[]`} {
		var o outer
		if err := Unmarshal([]byte(text), &o); err == nil {
			t.Errorf("%s was read as %+v", text, o)
		}
	}
	var o outer
	if err := Unmarshal([]byte(`{"id":null,"one":null,"many":null,"unknown":{"x":[1]},"ID":"other"}`), &o); err != nil || o.ID != "" || o.Many != nil {
		t.Errorf("nulls and unknown members are read as %+v %v", o, err)
	}
}
