package rest

import (
	"reflect"
	"strings"
	"testing"

	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

var sampleDigest = strings.Repeat("0123456789abcdef", 4)

func TestTheUsualClaimIsReadAtOnce(t *testing.T) {
	for raw, want := range map[string]operation.Claim{
		`{"id":"a-1","fileHash":"` + sampleDigest + `"}`:     {ID: "a-1", FileHash: sampleDigest},
		` { "fileHash" : "` + sampleDigest + `", "id":"x"} `: {ID: "x", FileHash: sampleDigest},
		`{"fileHash":"` + sampleDigest + `"}`:                {FileHash: sampleDigest},
		`{"id":"a"}`:                                         {ID: "a"},
	} {
		if got := usualClaim([]byte(raw)); got == nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s is %+v", raw, got)
		}
	}
	for _, raw := range []string{
		``, `[]`, `{"id":7}`, `{"id":""}`, `{"id":null}`, `{"id":" a"}`, `{"id":"\u0061"}`, `{"id":"河"}`, `{"id":"a","id":"a"}`, `{"id":"a"} {}`,
		`{"id":"` + strings.Repeat("a", maxID+1) + `"}`, `{"fileHash":"` + strings.ToUpper(sampleDigest) + `"}`, `{"fileHash":"` + sampleDigest[1:] + `"}`,
		`{"id":"a","version":1}`, `{"id":"a","type":"evidence"}`, `{"id":"a","fields":{}}`, `{"id":"a","other":"b"}`, "{\"id\":\"a\x7f\"}",
	} {
		if got := usualClaim([]byte(raw)); got != nil {
			t.Errorf("%s is %+v", raw, got)
		}
	}
}

// What is read at once is what the schema reads.
func FuzzClaim(f *testing.F) {
	for _, raw := range []string{`{"id":"a","fileHash":"` + sampleDigest + `"}`, `{"id":"a b"}`, `{"id":"\\u0061"}`, `{}`, `{"id":"a","id":"b"}`, `{"version":1}`} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := usualClaim(raw)
		if got == nil {
			return
		}
		want, wrong, err := schema.Read[operation.Claim](claimSchema, raw)
		if err != nil || len(wrong) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s is %+v, and by the schema %+v, %v, %v", raw, got, want, wrong, err)
		}
	})
}
