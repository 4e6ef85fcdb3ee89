package index

import (
	"testing"

	"henanchain/internal/block"
	"henanchain/internal/catalog"
)

func TestAKeyHoldsARecordWhereItSaysSoItself(t *testing.T) {
	x := &Index{contracts: map[string]*catalog.Contract{"registry": {Records: []catalog.Record{{Type: "deed"}}}}}
	whole := envelope{recordType: "deed", id: "d1", status: "VALID", op: "Register", version: 2}
	for name, c := range map[string]struct {
		key, value string
		want       envelope
	}{
		"all of it":                      {"deed/d1", `{"body":{"id":"other","ver":9},"id":"d1","op":"Register","status":"VALID","type":"deed","ver":2}`, whole},
		"with escapes":                   {"deed/d1", `{"id":"\u0064\u0031","op":"Register","status":"VALID","type":"deed","ver":2}`, whole},
		"without what was done":          {"deed/d1", `{"id":"d1","status":"VALID","type":"deed","ver":2}`, envelope{"deed", "d1", "VALID", "", 2}},
		"with a status that is empty":    {"deed/d1", `{"id":"d1","status":"","type":"deed"}`, envelope{"deed", "d1", "", "", 0}},
		"without a status":               {"deed/d1", `{"id":"d1","type":"deed","ver":2}`, envelope{}},
		"with a status that is no text":  {"deed/d1", `{"id":"d1","status":1,"type":"deed","ver":2}`, envelope{}},
		"of another id":                  {"deed/d2", `{"id":"d1","status":"VALID","type":"deed","ver":2}`, envelope{}},
		"of another type":                {"deed/d1", `{"id":"d1","status":"VALID","type":"unit","ver":2}`, envelope{}},
		"of a type that is not declared": {"unit/d1", `{"id":"d1","status":"VALID","type":"unit","ver":2}`, envelope{}},
		"that is no JSON":                {"deed/d1", `{"id":"d1","status":"VALID","type":"deed","ver":2`, envelope{}},
		"that is no object":              {"deed/d1", `["id","d1"]`, envelope{}},
		"that is nothing":                {"deed/d1", ``, envelope{}},
		"under a key of several parts":   {"deed\x00d1", `{"id":"d1","status":"VALID","type":"deed","ver":2}`, envelope{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := x.envelope("registry", block.Write{Key: c.key, Value: []byte(c.value)}); got != c.want {
				t.Errorf("read %+v, not %+v", got, c.want)
			}
		})
	}
	if got := x.envelope("registry", block.Write{Key: "deed/d1", Delete: true}); got != (envelope{recordType: "deed", id: "d1"}) {
		t.Errorf("of a key that is deleted: %+v", got)
	}
	if got := x.envelope("other", block.Write{Key: "deed/d1", Value: []byte(`{"id":"d1","status":"VALID","type":"deed"}`)}); got != (envelope{}) {
		t.Errorf("of a contract that nobody described: %+v", got)
	}
}
