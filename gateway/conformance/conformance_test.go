package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"go.uber.org/zap"

	"henanchain/gateway/auth"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/gateway/rest"
	"henanchain/gateway/store"
	"henanchain/gateway/subject"
	"henanchain/gateway/write"
	"henanchain/internal/catalog"
	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

const token = "token-of-the-conformance-tests"

// ledger takes every write and has one record.
type ledger struct{}

var held = operation.Record{Type: "signing-policy", ID: "ev-1", Version: 2, Status: "REQUIRED", Org: "ZhengzhouMSP", Dept: "d", App: "a", Op: "RequireSigning",
	Time: "2026-03-01T02:00:00Z", Body: json.RawMessage(`{"required":true}`), Digest: strings.Repeat("0", 64)}

func (ledger) Submit(_ context.Context, c write.Call) ([]write.Outcome, error) {
	out := make([]write.Outcome, len(c.Requests))
	for i := range out {
		out[i].Result = operation.Result{Type: held.Type, ID: held.ID, Version: 1, Status: held.Status, Digest: held.Digest}
		out[i].Receipt = &operation.Receipt{Channel: c.Channel, Contract: c.Contract, TxID: "tx", Block: 7, Index: i, Type: held.Type, ID: held.ID,
			Version: 1, Status: held.Status, Digest: held.Digest, Time: held.Time}
	}
	return out, nil
}

func (ledger) Get(_ context.Context, _ fabric.Place, recordType, id string) (*operation.Record, error) {
	if id != held.ID {
		return nil, operation.Refuse("RECORD_NOT_FOUND", "there is no %s %s", recordType, id)
	}
	return &held, nil
}

func (ledger) History(context.Context, fabric.Place, string, string) ([]operation.Change, error) {
	return []operation.Change{{TxID: "tx", Time: held.Time, Record: &held}}, nil
}

func (ledger) Range(context.Context, fabric.Place, string, string, int, string) (*operation.Page, error) {
	return &operation.Page{Records: []operation.Record{held}, Bookmark: "next"}, nil
}

func (ledger) Verify(context.Context, fabric.Place, operation.Claim) (*operation.Verdict, error) {
	return &operation.Verdict{Match: true, Exists: true, Type: held.Type, ID: held.ID, Status: held.Status, Version: 2,
		Checks: []operation.Check{{Field: "fileHash", Match: true}}, Reason: "as on the ledger"}, nil
}

func (ledger) Query(context.Context, fabric.Place, string, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage(`{}`), nil
}

func (ledger) Evaluate(context.Context, fabric.Proposal) ([]byte, error) {
	return []byte("text"), nil
}

func (ledger) Invoke(_ context.Context, i write.Invocation) (*write.Outcome, error) {
	o, err := ledger{}.Submit(context.Background(), write.Call{Channel: i.Channel, Contract: i.Contract, Requests: make([]operation.Request, 1)})
	return &write.Outcome{Result: operation.Result{Data: json.RawMessage(`{"ok":true}`)}, Receipt: o[0].Receipt}, err
}

// door is the gateway's door over the real catalogue, and the library that
// judges it.
type door struct {
	*rest.Server
	judge validator.Validator
}

func open(t *testing.T) *door {
	t.Helper()
	contracts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	app := connection.Application{Name: "all", MSPID: "ZhengzhouMSP", Dept: "d", Roles: []string{rest.ContractCaller, rest.SubjectReader},
		Cities: []string{"zhengzhou"}, Cert: "c", Key: "k", TokenID: gm.HexDigest([]byte(token))}
	city := connection.Channel{Name: "zhengzhou", Division: "410100", Title: "郑州市", Organisations: []string{"ZhengzhouMSP"},
		Peers: []connection.Peer{{Name: "p", Address: "a"}}, Contracts: []string{"basic"}}
	for _, c := range contracts {
		city.Contracts = append(city.Contracts, c.Name)
		for _, op := range c.Operations {
			app.Roles = append(app.Roles, op.Roles...)
		}
		for _, q := range c.Queries {
			app.Roles = append(app.Roles, q.Roles...)
		}
	}
	network := directory.Fixed(&connection.Connection{Province: "HenanMSP", MainChannel: "zhengzhou", Channels: []connection.Channel{city}, Applications: []connection.Application{app}})
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "gateway.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := subject.NewKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := rest.New(rest.Options{Contracts: contracts, Network: network, Auth: auth.New(network, auth.Options{}), Writer: ledger{}, Store: db, Reader: ledger{},
		Invoker: ledger{}, Log: zap.NewNop(), Subjects: key.Resolve,
		Limits: rest.Limits{BodyBytes: 1 << 20, BatchBytes: 1 << 20, UploadBytes: 1 << 20, BatchOperations: 100, PageSize: 100, Timeout: 5 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close(context.Background()) //nolint:errcheck // the test is over
		db.Close()
	})
	document, err := libopenapi.NewDocument(s.Document())
	if err != nil {
		t.Fatal(err)
	}
	if _, errs := document.BuildV3Model(); len(errs) > 0 {
		t.Fatalf("the model cannot be built: %v", errs)
	}
	judge, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return &door{s, judge}
}

func TestTheDocumentIsValidOpenAPI(t *testing.T) {
	if ok, errs := open(t).judge.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("  %s: %s", s.Location, s.Reason)
			}
		}
	}
}

func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestExamplesAreWhatTheDocumentAsksFor(t *testing.T) {
	d := open(t)
	examples := 0
	for _, r := range d.Routes() {
		if r.Body == nil || r.Body.Content["application/json"].Example == nil {
			continue
		}
		examples++
		path := strings.NewReplacer("{city}", "zhengzhou", "{name}", "basic", "{function}", "F").Replace(r.Path)
		for _, p := range r.Parameters {
			if id, ok := p.Example.(string); ok && p.Name == "id" {
				path = strings.Replace(path, "{id}", url.PathEscape(id), 1)
			}
		}
		body := string(r.Body.Content["application/json"].Example)
		if ok, errs := d.judge.ValidateHttpRequest(request(r.Method, path, body)); !ok {
			for _, e := range errs {
				t.Errorf("%s %s: %s: %s", r.Method, path, e.Message, e.Reason)
			}
		}
	}
	if examples < 10 {
		t.Errorf("only %d examples", examples)
	}
}

func TestAnswersAreWhatTheDocumentSays(t *testing.T) {
	d := open(t)
	evidence := "/v1/zhengzhou/evidence"
	item := `{"op":"Deposit","in":{}}`
	for _, c := range []struct {
		status int
		r      func() *http.Request
	}{
		{422, func() *http.Request { return request("POST", evidence+"/evidences", `{}`) }},
		{400, func() *http.Request { return request("POST", evidence+"/evidences", `{`) }},
		{415, func() *http.Request { return request("POST", evidence+"/evidences", `{}`, "Content-Type", "text/xml") }},
		{401, func() *http.Request { return request("POST", evidence+"/evidences", `{}`, "Authorization", "Bearer x") }},
		{200, func() *http.Request { return request("POST", evidence+":batch", "["+item+"]") }},
		{202, func() *http.Request {
			return request("POST", evidence+":batch", "["+item+"]", "Prefer", "respond-async")
		}},
		{200, func() *http.Request { return request("GET", evidence+"/signing-policies", "") }},
		{200, func() *http.Request { return request("GET", evidence+"/signing-policies/ev-1", "") }},
		{200, func() *http.Request { return request("GET", evidence+"/signing-policies/ev-1/history", "") }},
		{404, func() *http.Request { return request("GET", evidence+"/evidences/none", "") }},
		{200, func() *http.Request { return request("POST", evidence+"/signing-policies:verify", `{"id":"ev-1"}`) }},
		{200, func() *http.Request {
			return request("POST", evidence+"/evidences:digest", "abc", "Content-Type", "application/octet-stream")
		}},
		{200, func() *http.Request {
			return request("POST", "/v1/subjects:key", `{"subject":{"type":"001","number":"91410100MA9YTT01X0"}}`)
		}},
		{200, func() *http.Request { return request("POST", "/v1/zhengzhou/contracts/basic/F", `{"args":["a"]}`) }},
		{200, func() *http.Request {
			return request("POST", "/v1/zhengzhou/contracts/basic/F:evaluate", `{"args":["a"]}`)
		}},
		{200, func() *http.Request { return request("GET", "/v1/network", "") }},
		{404, func() *http.Request { return request("GET", "/v1/jobs/none", "") }},
		{200, func() *http.Request { return request("GET", "/problems/INPUT_INVALID", "") }},
		{200, func() *http.Request { return request("GET", "/readyz", "") }},
	} {
		r := c.r()
		name := r.Method + " " + r.URL.Path
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, c.status, w.Body)
		}
		if ok, errs := d.judge.ValidateHttpResponse(r, w.Result()); !ok {
			for _, e := range errs {
				t.Errorf("%s: %d is not as documented: %s: %s: %s", name, w.Code, e.Message, e.Reason, w.Body)
			}
		}
	}
}
