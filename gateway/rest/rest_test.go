package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/gateway/fabric"
	"henanchain/gateway/write"
	"henanchain/internal/operation"
)

const evidences = "/v1/zhengzhou/evidence/evidences"

func TestACreatingOperationAnswers201WithItsPlaceAndReceipt(t *testing.T) {
	d := open(t)
	a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"), RequestIDHeader, "my-id.1")
	if a.status != 201 {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	for header, want := range map[string]string{"Location": evidences + "/ev-1", "ETag": `"1"`, RequestIDHeader: "my-id.1", "Content-Type": "application/json"} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	var ack acknowledgement
	if err := json.Unmarshal(a.body, &ack); err != nil || ack.ID != "ev-1" || ack.Receipt == nil || ack.Receipt.Block != 7 {
		t.Errorf("answer %s (%v)", a.body, err)
	}
	call := d.calls[0]
	if call.Channel != "zhengzhou" || call.Contract != "evidence" || call.App != "depositor" || call.Requests[0].Op != "Deposit" {
		t.Errorf("the writer got %+v", call)
	}
	var in map[string]any
	if err := json.Unmarshal(call.Requests[0].In, &in); err != nil || call.Lanes[0] != fmt.Sprintf("evidence/%v", in["fileHash"]) {
		t.Errorf("the lane is %q for the input %s", call.Lanes[0], call.Requests[0].In)
	}
}

func TestTheCityIsFoundByItsDivisionCodeToo(t *testing.T) {
	d := open(t)
	a := d.call(t, "POST", "/v1/410100/evidence/evidences", d.example(t, "evidence", "Deposit"))
	if a.status != 201 || a.header.Get("Location") != evidences+"/ev-1" {
		t.Errorf("%d, Location %q: %s", a.status, a.header.Get("Location"), a.body)
	}
}

func TestTheIDInThePathFillsTheInput(t *testing.T) {
	d := open(t)
	input, _ := d.contracts["evidence"].Operation("Submit")
	body := map[string]any{}
	for _, name := range input.Input.Required {
		s, _ := input.Input.Properties.Get(name)
		if name != input.ID && s.Example != nil {
			body[name] = json.RawMessage(s.Example)
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a := d.call(t, "POST", evidences+"/"+strings.Repeat("a", 32)+"/submit", string(text))
	if a.status != 200 {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	if got := fieldText(d.calls[0].Requests[0].In, "evidenceId"); got != strings.Repeat("a", 32) {
		t.Errorf("the writer got the id %q", got)
	}
	body["evidenceId"] = strings.Repeat("b", 32)
	text, err = json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a = d.call(t, "POST", evidences+"/"+strings.Repeat("a", 32)+"/submit", string(text))
	if a.status != 422 || a.problem(t).Errors[0].Field != "evidenceId" {
		t.Errorf("another id in the body than in the path: %d %s", a.status, a.body)
	}
}

func TestRefusalsOfTheDoor(t *testing.T) {
	d := open(t)
	good := d.example(t, "evidence", "Deposit")
	bodies := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     string
	}{
		{"malformed JSON", "POST", evidences, `{"fileHash":`, nil, 400, "JSON_MALFORMED"},
		{"no body", "POST", evidences, "", []string{"Content-Type", "application/json"}, 400, "JSON_MALFORMED"},
		{"a member twice", "POST", evidences, `{"name":"a","name":"b"}`, nil, 400, "JSON_MALFORMED"},
		{"an unknown field", "POST", evidences, strings.Replace(good, "{", `{"colour":"red",`, 1), nil, 422, "INPUT_INVALID"},
		{"a missing field", "POST", evidences, `{}`, nil, 422, "INPUT_INVALID"},
		{"a wrong type", "POST", evidences, `{"fileHash":7}`, nil, 422, "INPUT_INVALID"},
		{"a list instead of an object", "POST", evidences, `[]`, nil, 422, "INPUT_INVALID"},
		{"a private half where none is taken", "POST", evidences, strings.Replace(good, "{", `{"private":{"a":1},`, 1), nil, 422, "INPUT_INVALID"},
		{"a body that is too large", "POST", evidences, `{"name":"` + strings.Repeat("a", 70<<10) + `"}`, nil, 413, "BODY_TOO_LARGE"},
		{"another media type", "POST", evidences, good, []string{"Content-Type", "text/plain"}, 415, "MEDIA_TYPE_UNSUPPORTED"},
		{"another character set", "POST", evidences, good, []string{"Content-Type", "application/json; charset=gbk"}, 415, "MEDIA_TYPE_UNSUPPORTED"},
		{"an encoded body", "POST", evidences, good, []string{"Content-Encoding", "br"}, 415, "MEDIA_TYPE_UNSUPPORTED"},
		{"an answer that nobody serves", "POST", evidences, good, []string{"Accept", "text/html"}, 406, "NOT_ACCEPTABLE"},
		{"no token", "POST", evidences, good, []string{"Authorization", ""}, 401, "UNAUTHENTICATED"},
		{"an unknown token", "POST", evidences, good, []string{"Authorization", "Bearer not-a-token-of-anybody"}, 401, "UNAUTHENTICATED"},
		{"another scheme", "POST", evidences, good, []string{"Authorization", "Basic YTpi"}, 401, "UNAUTHENTICATED"},
		{"another city", "POST", "/v1/kaifeng/evidence/evidences", good, nil, 403, "CITY_FORBIDDEN"},
		{"another role", "POST", evidences + "/a/admit", `{}`, nil, 403, "ROLE_REQUIRED"},
		{"an unknown city", "POST", "/v1/atlantis/evidence/evidences", good, nil, 404, "CITY_UNKNOWN"},
		{"an unknown ledger", "POST", "/v1/zhengzhou/astrology/evidences", good, nil, 404, "ROUTE_UNKNOWN"},
		{"an unknown action", "POST", evidences + ":vrify", good, nil, 404, "ROUTE_UNKNOWN"},
		{"an unknown record", "GET", evidences + "/nothing", "", nil, 404, "RECORD_NOT_FOUND"},
		{"an unknown path", "GET", "/v2", "", nil, 404, "ROUTE_UNKNOWN"},
		{"another method", "DELETE", evidences + "/a", "", nil, 405, "METHOD_NOT_ALLOWED"},
		{"a wrong version tag", "POST", evidences, good, []string{"If-Match", "three"}, 400, "REQUEST_MALFORMED"},
		{"an unknown query parameter", "GET", evidences + "?colour=red", "", nil, 400, "REQUEST_MALFORMED"},
		{"a page that is too long", "GET", evidences + "?limit=100000", "", nil, 422, "INPUT_INVALID"},
		{"an empty claim", "POST", evidences + ":verify", `{}`, nil, 422, "INPUT_INVALID"},
		{"an empty batch", "POST", "/v1/zhengzhou/evidence:batch", `[]`, nil, 422, "INPUT_INVALID"},
		{"a batch that is no list", "POST", "/v1/zhengzhou/evidence:batch", `{}`, nil, 400, "JSON_MALFORMED"},
		{"a role for other contracts", "POST", "/v1/zhengzhou/contracts/basic/ReadAsset", `{"args":["a"]}`, nil, 403, "ROLE_REQUIRED"},
	}
	for _, b := range bodies {
		t.Run(b.name, func(t *testing.T) {
			a := d.call(t, b.method, b.path, b.body, b.headers...)
			p := a.problem(t)
			if a.status != b.status || p.Code != b.code {
				t.Errorf("%d %s, want %d %s: %s", a.status, p.Code, b.status, b.code, a.body)
			}
			if p.Code == "INPUT_INVALID" && len(p.Errors) == 0 && !strings.Contains(b.path, ":batch") {
				t.Errorf("no field is named: %s", a.body)
			}
		})
	}
	if len(d.calls) > 0 {
		t.Errorf("a refused request came to the writer: %+v", d.calls)
	}
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	d := open(t)
	p := d.call(t, "POST", evidences, `{"fileHash":"short","size":"many","colour":1}`).problem(t)
	named := map[string]bool{}
	for _, e := range p.Errors {
		named[e.Field] = true
		if e.Message == "" || e.Code == "" {
			t.Errorf("the field %s is refused without a reason", e.Field)
		}
	}
	for _, field := range []string{"fileHash", "size", "colour"} {
		if !named[field] {
			t.Errorf("the field %s is not among %+v", field, p.Errors)
		}
	}
}

func TestTitlesFollowTheCallersLanguage(t *testing.T) {
	d := open(t)
	for header, want := range map[string]string{"": "There is nothing at this path", "zh-CN,zh;q=0.9,en;q=0.5": "路径不存在", "fr": "There is nothing at this path", "en, zh;q=0.5": "There is nothing at this path"} {
		if got := d.call(t, "GET", "/nowhere", "", "Accept-Language", header).problem(t).Title; got != want {
			t.Errorf("%q: title %q, want %q", header, got, want)
		}
	}
}

func TestAContractsRefusalKeepsItsCodeAndStatus(t *testing.T) {
	d := open(t)
	d.refuse["Issue"] = &operation.Refusal{Code: "RECORD_EXISTS", Message: "the licence is there already"}
	a := d.call(t, "POST", "/v1/zhengzhou/elicense/licences", d.example(t, "elicense", "Issue"))
	p := a.problem(t)
	if a.status != 409 || p.Code != "RECORD_EXISTS" || p.Detail != "the licence is there already" {
		t.Errorf("%d %s", a.status, a.body)
	}
	want := "/v1/zhengzhou/elicense/licences/" + fieldText(json.RawMessage(d.example(t, "elicense", "Issue")), "certId")
	if a.header.Get("Location") != want || p.Location != want {
		t.Errorf("the record that exists is at %q, want %q", a.header.Get("Location"), want)
	}
	d.refuse["Issue"] = &operation.Refusal{Code: "NEVER_HEARD_OF", Message: "no"}
	if a := d.call(t, "POST", "/v1/zhengzhou/elicense/licences", d.example(t, "elicense", "Issue")); a.status != 422 || a.code(t) != "NEVER_HEARD_OF" {
		t.Errorf("a code without an explanation: %d %s", a.status, a.body)
	}
}

func TestAFailureTellsNothingButTheRequestID(t *testing.T) {
	d := open(t)
	d.err = fmt.Errorf("open /secret/key.pem: permission denied")
	a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"))
	if a.status != 500 || bytes.Contains(a.body, []byte("secret")) {
		t.Errorf("%d %s", a.status, a.body)
	}
	a.problem(t)
}

func TestARecordIsReadWithItsVersionAsTag(t *testing.T) {
	d := open(t)
	d.records["evidence/豫/1"] = &operation.Record{Type: "evidence", ID: "豫/1", Version: 3, Status: "ANCHORED", Body: json.RawMessage(`{"name":"合同"}`)}
	path := evidences + "/%E8%B1%AB%2F1"
	a := d.call(t, "GET", path, "")
	if a.status != 200 || a.header.Get("ETag") != `"3"` {
		t.Fatalf("%d, ETag %q: %s", a.status, a.header.Get("ETag"), a.body)
	}
	var r operation.Record
	if err := json.Unmarshal(a.body, &r); err != nil || r.ID != "豫/1" || r.Version != 3 {
		t.Errorf("answer %s (%v)", a.body, err)
	}
	if a := d.call(t, "GET", path, "", "If-None-Match", `"3"`); a.status != 304 || len(a.body) > 0 {
		t.Errorf("the same version again: %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", path, "", "If-None-Match", `"2"`); a.status != 200 {
		t.Errorf("another version: %d", a.status)
	}
	if a := d.call(t, "GET", path+"/history", ""); a.status != 200 || !bytes.Contains(a.body, []byte(`"changes":[{`)) {
		t.Errorf("history: %d %s", a.status, a.body)
	}
}

func TestIfMatchReachesTheContract(t *testing.T) {
	d := open(t)
	d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"), "If-Match", `"4"`)
	if len(d.calls) != 1 || d.calls[0].Requests[0].IfVersion != 4 {
		t.Errorf("the writer got %+v", d.calls)
	}
}

func TestAFileIsDigestedAndNotKept(t *testing.T) {
	d := open(t)
	want := "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" // GM/T 0004, example 1
	a := d.call(t, "POST", evidences+":digest", "abc", "Content-Type", "application/pdf")
	if a.status != 200 || !bytes.Contains(a.body, []byte(want)) {
		t.Errorf("raw body: %d %s", a.status, a.body)
	}
	form := "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"合同.pdf\"\r\n\r\nabc\r\n--x--\r\n"
	a = d.call(t, "POST", evidences+":digest", form, "Content-Type", "multipart/form-data; boundary=x")
	if a.status != 200 || !bytes.Contains(a.body, []byte(want)) {
		t.Errorf("form: %d %s", a.status, a.body)
	}
	a = d.call(t, "POST", evidences+":digest", strings.Repeat("a", 9<<20), "Content-Type", "application/pdf")
	if a.status != 413 {
		t.Errorf("a file that is too large: %d %s", a.status, a.body)
	}
}

func TestTheDoorForOtherContracts(t *testing.T) {
	d := open(t)
	court := []string{"Authorization", "Bearer " + courtToken}
	a := d.call(t, "POST", "/v1/zhengzhou/contracts/basic/ReadAsset:evaluate", `{"args":["a1"]}`, court...)
	if a.status != 200 || string(a.body) != `{"result":"ReadAsset(a1)"}` {
		t.Errorf("evaluate: %d %s", a.status, a.body)
	}
	a = d.call(t, "POST", "/v1/zhengzhou/contracts/basic/CreateAsset", `{"args":[],"transient":{"k":"YQ=="}}`, court...)
	if a.status != 200 || !bytes.Contains(a.body, []byte(`"result":{"ok":true}`)) || !bytes.Contains(a.body, []byte(`"txId":"tx"`)) {
		t.Errorf("submit: %d %s", a.status, a.body)
	}
	for range 2 {
		a = d.call(t, "POST", "/v1/zhengzhou/contracts/basic/CreateAsset", `{"args":["a1"]}`, append(court, "Idempotency-Key", "k-1")...)
		if a.status != 200 || len(d.invoked) != 2 || d.invoked[1].Ticket == nil {
			t.Errorf("with a key: %d %s, %+v", a.status, a.body, d.invoked)
		}
	}
	for name, path := range map[string]string{"another function": "/v1/zhengzhou/contracts/basic/DeleteAsset", "another contract": "/v1/zhengzhou/contracts/toy/CreateAsset"} {
		if a := d.call(t, "POST", path, `{"args":["a1"]}`, append(court, "Idempotency-Key", "k-1")...); a.status != 422 || a.code(t) != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("%s with the same key: %d %s", name, a.status, a.body)
		}
	}
	a = d.call(t, "POST", "/v1/zhengzhou/contracts/basic/CreateAsset", `{"args":["a2"]}`, append(court, "Prefer", "respond-async")...)
	if a.status != 202 || a.header.Get("Location") == "" {
		t.Errorf("later: %d %s", a.status, a.body)
	}
	d.fail(write.ErrFailed{Err: &fabric.Error{Kind: fabric.Failed, Answered: true, Err: errors.New("chaincode response 500, the asset a1 exists")}})
	if a := d.call(t, "POST", "/v1/zhengzhou/contracts/basic/CreateAsset", `{"args":["a1"]}`, court...); a.status != 422 || !strings.Contains(a.problem(t).Detail, "the asset a1 exists") {
		t.Errorf("the contract's own no: %d %s", a.status, a.body)
	}
	d.fail(write.ErrNotTaken{TxID: "tx", Code: peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE})
	if a := d.call(t, "POST", "/v1/zhengzhou/contracts/basic/CreateAsset", `{"args":["a1"]}`, court...); a.status != 409 || a.code(t) != "TRANSACTION_INVALID" {
		t.Errorf("a transaction that the ledger does not take: %d %s", a.status, a.body)
	}
	d.fail(nil)
	if a := d.call(t, "POST", "/v1/zhengzhou/contracts/other/F", `{"args":[]}`, court...); a.status != 404 || a.code(t) != "LEDGER_UNKNOWN" {
		t.Errorf("a contract that is not there: %d %s", a.status, a.body)
	}
}

func TestABatchAnswersEachRequestInItsOrder(t *testing.T) {
	d := open(t)
	d.refuse["Submit"] = &operation.Refusal{Code: "STATE_FORBIDS", Message: "no"}
	items := []string{
		`{"op":"Deposit","in":` + d.example(t, "evidence", "Deposit") + `}`,
		`{"op":"Deposit","in":{"fileHash":1}}`,
		`{"op":"Nothing","in":{}}`,
		`{"op":"Admit","in":{}}`,
		`{"op":"Deposit"}`,
		`{"op":"Deposit","in":{},"colour":"red"}`,
	}
	want := []int{201, 422, 404, 403, 422, 422}
	check := func(t *testing.T, results []outcome) {
		t.Helper()
		if len(results) != len(want) {
			t.Fatalf("%d results for %d requests", len(results), len(want))
		}
		for i, r := range results {
			if r.Status != want[i] || (r.Problem == nil) == (r.Result == nil) {
				t.Errorf("request %d: %+v, want %d", i, r, want[i])
			}
		}
		if f := results[1].Problem.Errors; !strings.HasPrefix(f[0].Field, "in.") {
			t.Errorf("the field of a batch's input is named %q", f[0].Field)
		}
	}
	t.Run("JSON", func(t *testing.T) {
		a := d.call(t, "POST", "/v1/zhengzhou/evidence:batch", "["+strings.Join(items, ",")+"]")
		var got outcomes
		if err := json.Unmarshal(a.body, &got); err != nil || a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		check(t, got.Results)
		if got.Succeeded != 1 || got.Refused != 5 {
			t.Errorf("%d succeeded and %d refused", got.Succeeded, got.Refused)
		}
	})
	t.Run("JSON Lines", func(t *testing.T) {
		a := d.call(t, "POST", "/v1/zhengzhou/evidence:batch", strings.Join(items, "\n")+"\n\n", "Content-Type", "application/x-ndjson")
		if a.status != 200 || a.header.Get("Content-Type") != typeNDJSON {
			t.Fatalf("%d %s", a.status, a.body)
		}
		var results []outcome
		for line := range bytes.Lines(a.body) {
			var r outcome
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		check(t, results)
	})
}
