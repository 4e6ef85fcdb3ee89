//go:build e2e

package gateway

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/test/journey"
)

const validDeposit = `{"fileHash":"ee7f6a0e07780d5ecacbd1a3a9db3dda383214e5b88cf74b8578fbe8117af785","name":"合同.pdf","size":1,"dataType":"1","depositorType":"ORGANISATION","depositorKey":"` +
	`3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a3f6a","collectedAt":"2026-03-01T02:00:00Z"}`

func TestBadInputGetsAProblemDocumentThatSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code, field        string
	}{
		"malformed JSON":      {"POST", evidences, `{"fileHash":`, 400, "JSON_MALFORMED", ""},
		"no JSON at all":      {"POST", evidences, `hello`, 400, "JSON_MALFORMED", ""},
		"an unknown field":    {"POST", evidences, strings.Replace(validDeposit, `"size"`, `"weight":1,"size"`, 1), 422, "INPUT_INVALID", "weight"},
		"a missing field":     {"POST", evidences, strings.Replace(validDeposit, `"dataType":"1",`, ``, 1), 422, "INPUT_INVALID", "dataType"},
		"a wrong type":        {"POST", evidences, strings.Replace(validDeposit, `"size":1`, `"size":"1"`, 1), 422, "INPUT_INVALID", "size"},
		"a wrong digest":      {"POST", evidences, strings.Replace(validDeposit, `ee7f`, `zzzz`, 1), 422, "INPUT_INVALID", "fileHash"},
		"the future":          {"POST", evidences, strings.Replace(validDeposit, `2026-03-01`, `2126-03-01`, 1), 422, "COLLECTED_IN_FUTURE", "collectedAt"},
		"a body too large":    {"POST", evidences, `{"name":"` + strings.Repeat("长", 3<<20) + `"}`, 413, "BODY_TOO_LARGE", ""},
		"an unknown city":     {"POST", "/v1/beijing/evidence/evidences", validDeposit, 404, "CITY_UNKNOWN", ""},
		"another city":        {"POST", "/v1/xinyang/evidence/evidences", validDeposit, 403, "CITY_FORBIDDEN", ""},
		"an unknown ledger":   {"POST", "/v1/zhengzhou/poetry/poems", validDeposit, 404, "", ""},
		"an unknown record":   {"GET", evidences + "/nothing", "", 404, "RECORD_NOT_FOUND", ""},
		"an unknown path":     {"GET", "/v2/anything", "", 404, "ROUTE_UNKNOWN", ""},
		"a method not served": {"DELETE", evidences + "/nothing", "", 405, "METHOD_NOT_ALLOWED", ""},
		"another role's work": {"POST", "/v1/zhengzhou/elicense/licences/1.2.156.3005.2.11100000MB03271699001.124100009990000485.20230000001.001.F/suspend", `{"reason":"检查"}`, 403, "ROLE_REQUIRED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, c.method, c.path, c.body, journey.Notary)
			if p.Status != c.status || c.code != "" && p.Code != c.code {
				t.Errorf("answered %d %s (%s), not %d %s", p.Status, p.Code, p.Detail, c.status, c.code)
			}
			if p.Title == "" || p.Detail == "" || p.Type == "" || p.Code == "" {
				t.Errorf("the problem document is incomplete: %+v", p)
			}
			if c.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != c.field || p.Errors[0].Message == "") {
				t.Errorf("the errors are %+v and should name %s", p.Errors, c.field)
			}
		})
	}
}

func TestACallerWithoutATokenIsRefused(t *testing.T) {
	if p := problemOf(t, "POST", evidences, validDeposit, nobody); p.Status != 401 || p.Code != "UNAUTHENTICATED" {
		t.Errorf("answered %d %s", p.Status, p.Code)
	}
}

type problemDocument struct {
	Type, Title, Detail, Code string
	Status                    int
	Errors                    []struct{ Field, Code, Message string }
}

func problemOf(t *testing.T, method, path, body, system string) problemDocument {
	t.Helper()
	status, header, data := do(t, call{method: method, path: path, raw: body, system: system})
	if ct := header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
		t.Fatalf("%s %s answered %d with %s: %s", method, path, status, ct, data)
	}
	if strings.Contains(string(data), "goroutine ") || strings.Contains(string(data), ".go:") {
		t.Errorf("the answer shows the program's inside: %s", data)
	}
	var p problemDocument
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if p.Status != status {
		t.Errorf("the document says %d, the answer %d", p.Status, status)
	}
	return p
}
