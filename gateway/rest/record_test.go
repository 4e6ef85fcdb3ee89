package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"henanchain/gateway/audit"
	"henanchain/gateway/limit"
	"henanchain/internal/operation"
)

// record keeps what would be on record.
type record struct {
	mu   sync.Mutex
	all  []audit.Entry
	down error
}

func (r *record) Append(e *audit.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, *e)
	return r.down
}

func (r *record) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

func (r *record) last(t *testing.T) audit.Entry {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		t.Fatal("nothing is on record")
	}
	return r.all[len(r.all)-1]
}

func TestEveryCallIsOnRecordOnce(t *testing.T) {
	rec := &record{}
	d := open(t, func(o *Options) { o.Audit = rec })
	d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"), PurposeHeader, "%E5%8A%9E%E6%A1%88", RequestIDHeader, "r-1")
	e := rec.last(t)
	if e.App != "depositor" || e.Dept == "" || e.Method != "bearer" || e.Operation != "evidence.Deposit" || e.Channel != "zhengzhou" || e.Record != "ev-1" ||
		e.Purpose != "办案" || e.Status != 201 || e.TxID != "tx" || e.RequestID != "r-1" || e.Remote != "127.0.0.1" {
		t.Errorf("the write is on record as %+v", e)
	}
	for _, c := range []struct {
		method, path, body, token string
		status                    int
		code                      string
	}{
		{"GET", evidences + "/ev-9", "", depositorToken, 404, "RECORD_NOT_FOUND"},
		{"GET", evidences, "", depositorToken, 200, ""},
		{"POST", evidences, `{`, depositorToken, 400, "JSON_MALFORMED"},
		{"POST", evidences, `{}`, "unknown-token-of-nobody", 401, "UNAUTHENTICATED"},
		{"POST", "/v1/kaifeng/evidence/evidences", `{}`, depositorToken, 403, "CITY_FORBIDDEN"},
		{"POST", evidences + "/ev-1/admit", `{}`, depositorToken, 403, "ROLE_REQUIRED"},
	} {
		before := len(rec.all)
		d.call(t, c.method, c.path, c.body, "Authorization", "Bearer "+c.token)
		if e := rec.last(t); len(rec.all) != before+1 || e.Status != c.status || e.Code != c.code {
			t.Errorf("%s %s: %d lines, the last %+v", c.method, c.path, len(rec.all)-before, e)
		}
	}
	before := len(rec.all)
	d.call(t, "GET", "/healthz", "")
	d.call(t, "GET", "/nowhere", "")
	if len(rec.all) != before {
		t.Errorf("a probe is on record: %+v", rec.last(t))
	}
}

func TestNothingIsDoneThatCannotBePutOnRecord(t *testing.T) {
	rec := &record{down: errors.New("no space left on device")}
	d := open(t, func(o *Options) { o.Audit = rec })
	a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"))
	if a.status != 503 || a.code(t) != "AUDIT_UNAVAILABLE" || len(d.calls) > 0 {
		t.Errorf("%d %s; the writer got %v", a.status, a.body, d.calls)
	}
	if a := d.call(t, "GET", "/healthz", ""); a.status != 200 {
		t.Errorf("health: %d", a.status)
	}
	if a := d.call(t, "GET", "/readyz", ""); a.status != 503 || !strings.Contains(string(a.body), `"field":"audit"`) {
		t.Errorf("readiness while every call is refused: %d %s", a.status, a.body)
	}
	rec.down = nil
	if a := d.call(t, "GET", "/readyz", ""); a.status != 200 || !strings.Contains(string(a.body), `{"name":"audit","ok":true}`) {
		t.Errorf("readiness once it can be written: %d %s", a.status, a.body)
	}
}

func TestAPurposeThatCannotBeReadIsRefused(t *testing.T) {
	d := open(t)
	for _, p := range []string{"%zz", "%ff", "%0a", strings.Repeat("a", 257)} {
		if a := d.call(t, "GET", evidences, "", PurposeHeader, p); a.status != 400 {
			t.Errorf("%q: %d %s", p, a.status, a.body)
		}
	}
}

func TestRatesHoldForBatchesAndSingleCalls(t *testing.T) {
	d := open(t, func(o *Options) {
		o.Limiter = limit.New(limit.Terms{RatePerSecond: 0.01, Burst: 5}, map[string]limit.Terms{"court": {}}, nil)
	})
	item := `{"op":"Deposit","in":` + d.example(t, "evidence", "Deposit") + `}`
	if a := d.call(t, "POST", "/v1/zhengzhou/evidence:batch", "["+item+","+item+","+item+"]"); a.status != 200 {
		t.Fatalf("three of five: %d %s", a.status, a.body)
	}
	a := d.call(t, "POST", "/v1/zhengzhou/evidence:batch", "["+item+","+item+","+item+"]")
	if a.status != 429 || a.code(t) != "TOO_MANY_REQUESTS" || a.header.Get("Retry-After") == "" {
		t.Errorf("three more: %d %s", a.status, a.body)
	}
	if len(d.calls) != 1 {
		t.Errorf("%d calls came to the writer", len(d.calls))
	}
	for range 9 {
		if a := d.call(t, "GET", evidences, "", "Authorization", "Bearer "+courtToken); a.status != 200 {
			t.Errorf("an application without a limit: %d", a.status)
		}
	}
}

// Secrets and persons must be in no log, whatever happens to a call.
func TestNoLogHoldsASecretOrAPerson(t *testing.T) {
	var logged bytes.Buffer
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	log, err := audit.Open(file, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, func(o *Options) {
		o.Log = zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(&logged)), zapcore.DebugLevel))
		o.Audit = log
	})
	name := "王小明"
	bodies := []string{
		`{"id":"t-1","holderKey":{"type":"111","number":"` + citizen + `"},"private":{"name":"` + name + `"}}`,
		`{"id":"t-1","holderKey":{"type":"111","number":"` + citizen[:17] + `9"},"private":{"name":"` + name + `"}}`,
		`{"id":"t-1","holderKey":"` + citizen + `","private":{"name":"` + name + `","nickname":"` + name + `"}}`,
		`{"id":"t-1","holderKey":` + citizen + `,"` + name + `":1}`,
		`{"holderKey":{"type":"111","number":"` + citizen + `"`,
	}
	for _, fail := range []error{nil, errors.New("the ledger failed"), operation.Refuse("STATE_FORBIDS", "no")} {
		d.fail(fail)
		for _, body := range bodies {
			for _, path := range []string{"/v1/zhengzhou/toy/toys", "/v1/zhengzhou/toy/queries/find", "/v1/zhengzhou/toy/toys:verify", "/v1/subjects:key", "/v1/zhengzhou/toy:batch"} {
				d.call(t, "POST", path, body, append(maker, "Prefer", "respond-async", "Idempotency-Key", "k")...)
				d.call(t, "POST", path, body, maker...)
				d.call(t, "POST", path, body, "Authorization", "Bearer secret-token-of-somebody")
			}
		}
	}
	if err := errors.Join(d.Close(context.Background()), log.Close()); err != nil {
		t.Fatal(err)
	}
	audited := readAll(t, file)
	if logged.Len() == 0 || len(audited) == 0 {
		t.Fatal("nothing was logged")
	}
	for _, secret := range []string{citizen, citizen[:14], name, makerToken, "secret-token-of-somebody", strings.Repeat("k", 32), keyOf(t, "111", citizen)} {
		if i := bytes.Index(logged.Bytes(), []byte(secret)); i >= 0 {
			t.Errorf("the log holds %q: …%s", secret, logged.Bytes()[max(0, i-200):i+len(secret)])
		}
		if i := strings.Index(audited, secret); i >= 0 {
			t.Errorf("the audit log holds %q: …%s", secret, audited[max(0, i-200):i+len(secret)])
		}
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	d := open(t)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", "/docs", nil))
	page, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"http://", "https://", "//cdn", "@import", "<link", "src="} {
		if bytes.Contains(page, []byte(foreign)) {
			t.Errorf("the page holds %s", foreign)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-inline") {
		t.Errorf("the policy is %q", policy)
	}
}
