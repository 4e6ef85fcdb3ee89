package rest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"henanchain/internal/operation"
)

// A synthetic citizen's identity number, and what its digits must never be
// found in.
const citizen = "410105190001010010"

var maker = []string{"Authorization", "Bearer " + makerToken}

func keyOf(t testing.TB, idType, number string) string {
	t.Helper()
	hash, err := testKey(t).Hash(idType, number)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestAnIdentifierIsHashedBeforeTheWriterSeesIt(t *testing.T) {
	d := open(t)
	a := d.call(t, "POST", "/v1/zhengzhou/toy/toys", `{"id":"t-1","holderKey":{"type":"111","number":" 410105190001010010 "},
		"owners":[{"key":{"type":"001","number":"91410100ma9ytt01x0"}}],"private":{"name":"王小明","whoseKey":{"type":"111","number":"`+citizen+`"}}}`, maker...)
	if a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	call := d.calls[0]
	person, firm := keyOf(t, "111", citizen), keyOf(t, "001", "91410100MA9YTT01X0")
	want := `{"holderKey":"` + person + `","id":"t-1","owners":[{"key":"` + firm + `"}]}`
	if string(call.Requests[0].In) != want {
		t.Errorf("the writer got %s, want %s", call.Requests[0].In, want)
	}
	var half operation.Private
	if err := json.Unmarshal(call.Private[0], &half); err != nil || len(half.Salt) != 32 {
		t.Fatalf("the private half is %s (%v), want a salt of 32 digits", call.Private[0], err)
	}
	if string(half.Data) != `{"name":"王小明","whoseKey":"`+person+`"}` {
		t.Errorf("the private half holds %s", half.Data)
	}
}

func TestTwoPrivateHalvesHaveTwoSalts(t *testing.T) {
	d := open(t)
	body := `{"id":"t-1","holderKey":"` + strings.Repeat("0", 64) + `","private":{"name":"王小明"}}`
	d.call(t, "POST", "/v1/zhengzhou/toy/toys", body, maker...)
	d.call(t, "POST", "/v1/zhengzhou/toy/toys", body, maker...)
	if bytes.Equal(d.calls[0].Private[0], d.calls[1].Private[0]) {
		t.Errorf("both private halves are %s", d.calls[0].Private[0])
	}
}

func TestAWrongIdentifierIsRefusedAndNotRepeated(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct{ subject, field, code string }{
		"a wrong check digit":                    {`{"type":"111","number":"410105190001010011"}`, "holderKey.number", "FORMAT"},
		"too short":                              {`{"type":"111","number":"41010519000101001"}`, "holderKey.number", "FORMAT"},
		"a person's number as an organisation's": {`{"type":"001","number":"410105190001010010"}`, "holderKey.number", "FORMAT"},
		"the number where the type belongs":      {`{"type":"410105190001010010","number":"1"}`, "holderKey.type", "ENUM"},
		"no type":                                {`{"number":"410105190001010010"}`, "holderKey.type", "REQUIRED"},
		"no number":                              {`{"type":"111"}`, "holderKey.number", "REQUIRED"},
		"a number that is no text":               {`{"type":"111","number":410105190001010010}`, "holderKey.number", "TYPE"},
		"another member":                         {`{"type":"111","number":"410105190001010010","410105190001010010":1}`, "holderKey", "UNKNOWN"},
		"a plain text":                           {`"410105190001010010"`, "holderKey", "FORMAT"},
		"a plain number":                         {`410105190001010010`, "holderKey", "FORMAT"},
		"a list":                                 {`["410105190001010010"]`, "holderKey", "FORMAT"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/v1/zhengzhou/toy/toys", "/v1/zhengzhou/toy/queries/find", "/v1/zhengzhou/toy:batch"} {
				body := `{"holderKey":` + c.subject + `}`
				field := c.field
				switch {
				case strings.HasSuffix(path, "toys"):
					body = `{"id":"t","holderKey":` + c.subject + `}`
				case strings.HasSuffix(path, ":batch"):
					body, field = `[{"op":"Make","in":{"id":"t","holderKey":`+c.subject+`}}]`, "in."+c.field
				}
				a := d.call(t, "POST", path, body, maker...)
				if bytes.Contains(a.body, []byte(citizen[:12])) {
					t.Errorf("%s: the answer repeats the number: %s", path, a.body)
				}
				if !bytes.Contains(a.body, []byte(`{"field":"`+field+`","code":"`+c.code+`"`)) {
					t.Errorf("%s: want %s %s, got %s", path, field, c.code, a.body)
				}
			}
		})
	}
	if len(d.calls) > 0 {
		t.Errorf("the writer got %+v", d.calls)
	}
}

func TestWithoutASubjectKeyAnIdentifierIsRefusedAndAHashIsTaken(t *testing.T) {
	d := open(t, func(o *Options) { o.Subjects = nil })
	a := d.call(t, "POST", "/v1/zhengzhou/toy/toys", `{"id":"t","holderKey":{"type":"111","number":"`+citizen+`"}}`, maker...)
	if a.status != 503 || a.code(t) != "SUBJECT_KEY_ABSENT" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = d.call(t, "POST", "/v1/zhengzhou/toy/toys", `{"id":"t","holderKey":"`+strings.Repeat("a", 64)+`"}`, maker...)
	if a.status != 201 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestASignedInputTravelsAsItWasSigned(t *testing.T) {
	d := open(t)
	sig := `"sig":{"keyId":"` + strings.Repeat("a", 64) + `","nonce":"0123456789abcdef","value":"AA=="}`
	a := d.call(t, "POST", "/v1/zhengzhou/toy/toys", `{"holderKey":"`+strings.Repeat("a", 64)+`", "id":" t ",`+sig+`}`, maker...)
	if a.status != 201 || !strings.Contains(string(d.calls[0].Requests[0].In), `" t "`) || d.calls[0].Requests[0].Sig == nil {
		t.Errorf("%d %s; the writer got %+v", a.status, a.body, d.calls)
	}
	a = d.call(t, "POST", "/v1/zhengzhou/toy/toys", `{"holderKey":{"type":"111","number":"`+citizen+`"},"id":"t",`+sig+`}`, maker...)
	if a.status != 422 || a.problem(t).Errors[0].Code != "SIGNED" || bytes.Contains(a.body, []byte(citizen)) {
		t.Errorf("an identifier in a signed input: %d %s", a.status, a.body)
	}
}

func TestAClaimNamesASubjectByItsIdentifier(t *testing.T) {
	d := open(t)
	a := d.call(t, "POST", "/v1/zhengzhou/toy/toys:verify", `{"id":"t","fields":{"holderKey":{"type":"111","number":"`+citizen+`"},"id":"t"}}`, maker...)
	if a.status != 200 || string(d.claim.Fields["holderKey"]) != `"`+keyOf(t, "111", citizen)+`"` || string(d.claim.Fields["id"]) != `"t"` {
		t.Errorf("%d %s; the ledger was asked %s", a.status, a.body, d.claim.Fields)
	}
}

func TestWhoMayLearnsASubjectsKey(t *testing.T) {
	d := open(t)
	body := `{"subject":{"type":"111","number":"` + citizen + `"}}`
	a := d.call(t, "POST", "/v1/subjects:key", body, maker...)
	if a.status != 200 || string(a.body) != `{"key":"`+keyOf(t, "111", citizen)+`"}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := d.call(t, "POST", "/v1/subjects:key", body); a.status != 403 {
		t.Errorf("without the role: %d %s", a.status, a.body)
	}
}
