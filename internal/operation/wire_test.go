package operation

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"henanchain/internal/strictjson"
)

func drawRequest(t *rapid.T) Request {
	r := Request{Op: rapid.String().Draw(t, "op"), In: json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"a":[1,{"b":"中\n"}]}`, `null`, `"x"`}).Draw(t, "in"))}
	r.IfVersion = rapid.IntRange(0, 9).Draw(t, "version")
	if rapid.Bool().Draw(t, "signed") {
		r.Sig = &Signature{rapid.String().Draw(t, "key"), rapid.String().Draw(t, "nonce"), rapid.String().Draw(t, "value")}
	}
	return r
}

func TestRequestsTravelUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawRequest), 0, 5).Draw(t, "requests")
		texts := make([][]byte, len(all))
		for i := range all {
			var err error
			if texts[i], err = all[i].Encode(); err != nil {
				t.Fatal(err)
			}
		}
		text := EncodeRequests(texts, func(b []byte) []byte { return b })
		got, err := DecodeRequests(text)
		if err != nil {
			t.Fatal(err)
		}
		standard := []Request{}
		if err := json.Unmarshal(text, &standard); err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 && !reflect.DeepEqual(got, all) || len(got) != len(all) || !reflect.DeepEqual(got, standard) {
			t.Fatalf("%s\nwas read as %+v\nand %+v\nnot  %+v", text, got, standard, all)
		}
	})
}

func TestARequestIsReadStrictly(t *testing.T) {
	for name, in := range map[string]string{
		"no list": `{}`, "no object": `[1]`, "an unknown member": `[{"op":"A","in":{},"x":1}]`, "a member twice": `[{"op":"A","op":"B","in":{}}]`,
		"another case": `[{"OP":"A"}]`, "an operation that is no text": `[{"op":1}]`, "a version that is no number": `[{"op":"A","ifVersion":"1"}]`,
		"an unknown member of the signature": `[{"op":"A","sig":{"alg":"none"}}]`, "more text": `[]x`,
	} {
		if got, err := DecodeRequests([]byte(in)); err == nil {
			t.Errorf("%s was read as %+v", name, got)
		}
	}
	r := Request{Op: "A", In: json.RawMessage(`{"a":1}]`)}
	if text, err := r.Encode(); err == nil {
		t.Errorf("an input that is no JSON was written as %s", text)
	}
}

func drawResult(t *rapid.T) Result {
	if rapid.Bool().Draw(t, "refused") {
		return Result{Refusal: &Refusal{Code: "A_B", Message: rapid.String().Draw(t, "message"), Fields: []FieldError{{Field: "f", Code: "C", Message: "<&>"}}}}
	}
	r := Result{
		Type: rapid.String().Draw(t, "type"), ID: rapid.String().Draw(t, "id"), Version: rapid.IntRange(0, 9).Draw(t, "version"),
		Status: rapid.String().Draw(t, "status"), Digest: rapid.String().Draw(t, "digest"), Existing: rapid.Bool().Draw(t, "existing"),
	}
	if rapid.Bool().Draw(t, "data") {
		r.Data = json.RawMessage(`{"n":1}`)
	}
	return r
}

func TestResultsTravelUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(drawResult), 1, 5).Draw(t, "results")
		text, err := EncodeResults(all)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeResults(text)
		if err != nil {
			t.Fatal(err)
		}
		var standard []Result
		if err := json.Unmarshal(text, &standard); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, all) || !reflect.DeepEqual(standard, all) {
			t.Fatalf("%s\nwas read as %+v\nand %+v\nnot  %+v", text, got, standard, all)
		}
	})
}

func TestAnAcknowledgementIsAResultWithItsReceipt(t *testing.T) {
	r := Receipt{Channel: "c", Contract: "k", TxID: "t", Block: 1 << 63, Index: 2, Type: "a", ID: "b<\"", Version: 3, Status: "S", Digest: "d", Time: "2026-01-01T00:00:00Z"}
	rapid.Check(t, func(t *rapid.T) {
		result := drawResult(t)
		type acknowledgement struct {
			Result
			Receipt *Receipt `json:"receipt,omitempty"`
		}
		want := acknowledgement{Result: result}
		if rapid.Bool().Draw(t, "with receipt") {
			want.Receipt = &r
		}
		text, err := result.AppendAcknowledged(nil, want.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		var got acknowledgement
		if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s was read as %+v, not %+v (%v)", text, got, want, err)
		}
	})
}

func TestAnEventIsWrittenAsItIsRead(t *testing.T) {
	e := Event{Records: []EventRecord{{"Deposit", "evidence", "1\"2", 3, "ANCHORED"}, {"A", "b", "c", 1, "D"}}}
	standard, err := json.Marshal(e)
	if err != nil || string(e.Encode()) != string(standard) {
		t.Errorf("wrote %s, not %s (%v)", e.Encode(), standard, err)
	}
	if got := string((&Event{}).Encode()); got != `{"records":[]}` {
		t.Errorf("no records are written as %s", got)
	}
}

func TestARecordIsStoredInCanonicalFormWithItsDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{
			Type: "evidence", ID: rapid.String().Draw(t, "id"), Version: rapid.IntRange(1, 9).Draw(t, "version"), Schema: rapid.SampledFrom([]int{0, 2, 30}).Draw(t, "schema"), Status: "ANCHORED", Org: "ZhengzhouMSP",
			Dept: "91410100MA9YTT01X0", App: rapid.String().Draw(t, "app"), Op: "Deposit", Time: "2026-01-01T00:00:00Z",
			Body: json.RawMessage(`{"z": 1, "a": "中"}`),
		}
		text, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := strictjson.Canonical(text)
		if err != nil || string(canonical) != string(text) {
			t.Fatalf("wrote %s, whose canonical form is %s (%v)", text, canonical, err)
		}
		back, err := DecodeRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		if digest, err := back.ComputeDigest(); err != nil || digest != r.Digest || back.Digest != r.Digest {
			t.Fatalf("the digest is %s, computed %s (%v)", r.Digest, digest, err)
		}
	})
}

func FuzzDecodeRequests(f *testing.F) {
	f.Add([]byte(`[{"op":"Deposit","in":{"a":1},"ifVersion":2,"sig":{"keyId":"k","nonce":"n","value":"v"}}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := DecodeRequests(text)
		if err != nil {
			return
		}
		var standard []Request
		if err := json.Unmarshal(text, &standard); err != nil || len(all) > 0 && !reflect.DeepEqual(all, standard) {
			t.Fatalf("%q was read as %+v, the standard library reads %+v (%v)", text, all, standard, err)
		}
	})
}

func FuzzDecodeResults(f *testing.F) {
	f.Add([]byte(`[{"type":"a","id":"b","version":1,"status":"S","digest":"d","existing":true,"data":[1],"new":2},{"refusal":{"code":"A_B","message":"m"}}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := DecodeResults(text)
		if err != nil {
			return
		}
		again, err := EncodeResults(all)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeResults(again); err != nil || !reflect.DeepEqual(back, all) {
			t.Fatalf("%q was read as %+v and written as %s (%v)", text, all, again, err)
		}
	})
}
