package strictjson

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type common struct {
	Note string `json:"note,omitempty"`
	Zeta int    `json:"zeta"`
}

type share struct {
	Owner string  `json:"owner"`
	Parts []int64 `json:"parts,omitempty"`
}

// entity has a field of every kind that records and inputs have, in no order.
type entity struct {
	Name string `json:"name"`
	common
	Size    int64             `json:"size"`
	Small   int32             `json:"small,omitempty"`
	Sealed  bool              `json:"sealed,omitempty"`
	Shares  []share           `json:"shares"`
	Main    *share            `json:"main,omitempty"`
	Other   *share            `json:"other"`
	Free    json.RawMessage   `json:"free,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	At      time.Time         `json:"at"`
	Factor  float64           `json:"factor,omitempty"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Ignored string            `json:"-"`
	Plain   string
	hidden  string
}

func drawEntity(t *rapid.T) entity {
	one := rapid.Custom(func(t *rapid.T) share {
		return share{rapid.String().Draw(t, "owner"), rapid.SliceOfN(rapid.Int64(), 0, 3).Draw(t, "parts")}
	})
	e := entity{
		Name: rapid.String().Draw(t, "name"), common: common{rapid.String().Draw(t, "note"), rapid.Int().Draw(t, "zeta")},
		Size: rapid.Int64().Draw(t, "size"), Small: rapid.Int32().Draw(t, "small"), Sealed: rapid.Bool().Draw(t, "sealed"),
		Shares: rapid.SliceOfN(one, 0, 3).Draw(t, "shares"), Labels: rapid.MapOfN(rapid.String(), rapid.String(), 0, 2).Draw(t, "labels"),
		At: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "at"), 0).UTC(), Factor: rapid.Float64Range(-1e9, 1e9).Draw(t, "factor"), Bytes: rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "bytes"), hidden: "x",
	}
	if rapid.Bool().Draw(t, "main") {
		s := one.Draw(t, "main share")
		e.Main = &s
	}
	if rapid.Bool().Draw(t, "free") {
		e.Free = value(t)
	}
	return e
}

func TestMarshalIsTheCanonicalFormOfWhatTheStandardLibraryWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntity(t)
		got, err := Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Canonical(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("wrote %s\nnot   %s", got, want)
		}
	})
}

func TestBindReadsWhatTheStandardLibraryReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(drawEntity(t))
		if err != nil {
			t.Fatal(err)
		}
		v, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		var got, want entity
		if err := Bind(v, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(Append(nil, v), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s was read as %+v\nnot %+v", raw, got, want)
		}
	})
}

func TestBindRefusesWhatDoesNotFit(t *testing.T) {
	for _, v := range []any{map[string]any{"name": int64(1)}, map[string]any{"small": int64(1 << 40)}, map[string]any{"shares": "x"}, "x"} {
		if err := Bind(v, &entity{}); err == nil {
			t.Errorf("%v was read", v)
		}
	}
}

// hiding has a member that hides one of the embedded struct.
type hiding struct {
	common
	Note string `json:"note"`
}

type quoted struct {
	N int64 `json:"n,string"`
}

func TestWhatOnlyTheStandardLibraryDoesIsLeftToIt(t *testing.T) {
	for want, v := range map[string]any{`{"note":"outer","zeta":1}`: hiding{common{"inner", 1}, "outer"}, `{"n":"7"}`: quoted{7}, `null`: nil, `9007199254740992`: int64(1 << 53)} {
		if got, err := Marshal(v); err != nil || string(got) != want {
			t.Errorf("%+v was written as %s, %v", v, got, err)
		}
	}
	if _, err := Marshal(make(chan int)); err == nil {
		t.Error("a channel was written")
	}
}

func BenchmarkMarshal(b *testing.B) {
	e := entity{Name: "购销合同-8001.pdf", common: common{Zeta: 1, Note: "note"}, Size: 28481, Plain: "3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a"}
	for b.Loop() {
		if _, err := Marshal(&e.common); err != nil {
			b.Fatal(err)
		}
	}
}
