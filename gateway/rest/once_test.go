package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/problem"
	"henanchain/gateway/write"
	"henanchain/internal/operation"
)

func (f *ledgerFake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *ledgerFake) submitted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func TestTheSameKeyAndBodyAreDoneOnceAndAnsweredAlike(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	first := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	again := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	if first.status != 201 || again.status != 201 || string(first.body) != string(again.body) || d.submitted() != 1 {
		t.Fatalf("%d %s, then %d %s, and %d submissions", first.status, first.body, again.status, again.body, d.submitted())
	}
	for _, header := range []string{"Location", "ETag", "Content-Type"} {
		if first.header.Get(header) != again.header.Get(header) {
			t.Errorf("%s is %q first and %q again", header, first.header.Get(header), again.header.Get(header))
		}
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the replay is not marked, or the first answer is")
	}
	if a := d.call(t, "POST", "/v1/410100/evidence/evidences", body, "Idempotency-Key", "k-1"); a.status != 201 || d.submitted() != 1 {
		t.Errorf("the city by its division code is another request: %d", a.status)
	}
}

func TestTheSameKeyWithAnotherRequestIsRefused(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	for name, c := range map[string]struct{ path, body, ifMatch string }{
		"another body":      {evidences, strings.Replace(body, "20480", "20481", 1), ""},
		"another path":      {"/v1/zhengzhou/evidence:batch", `[{"op":"Deposit","in":` + body + `}]`, ""},
		"another condition": {evidences, body, `"3"`},
	} {
		a := d.call(t, "POST", c.path, c.body, "Idempotency-Key", "k-1", "If-Match", c.ifMatch)
		if a.status != 422 || a.code(t) != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1", "Authorization", "Bearer "+courtToken); a.code(t) == "IDEMPOTENCY_KEY_REUSED" {
		t.Error("the key of one application is another's")
	}
	for name, key := range map[string]string{"an empty key": "", "a space": "a b", "a long key": strings.Repeat("k", 256), "not ASCII": "幂等"} {
		headers := []string{"Idempotency-Key", key}
		if key == "" {
			continue // Go's client does not send an empty header
		}
		if a := d.call(t, "POST", evidences, body, headers...); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestAFailedCallFreesItsKey(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	d.fail(write.ErrUnavailable{RetryAfter: 7 * time.Second, Err: errors.New("peer 10.0.0.1 is away")})
	a := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	if a.status != 503 || a.code(t) != "LEDGER_UNAVAILABLE" || a.header.Get("Retry-After") != "7" || strings.Contains(string(a.body), "10.0.0.1") {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	d.fail(nil)
	if a := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1"); a.status != 201 {
		t.Errorf("after the failure: %d %s", a.status, a.body)
	}
}

func TestARefusalIsAnAnswerAndStays(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	d.refuse["Deposit"] = &operation.Refusal{Code: "STATE_FORBIDS", Message: "no"}
	first := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	delete(d.refuse, "Deposit")
	again := d.call(t, "POST", evidences, body, "Idempotency-Key", "k-1")
	if first.status != 409 || again.status != 409 || again.code(t) != "STATE_FORBIDS" || d.submitted() != 1 {
		t.Errorf("%d, then %d %s", first.status, again.status, again.body)
	}
}

func TestTheWritersErrorsAreProblems(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	for _, c := range []struct {
		err    error
		status int
		code   string
		retry  string
	}{
		{write.ErrBusy{RetryAfter: 3 * time.Second}, 429, problem.Overloaded, "3"},
		{write.ErrClosed, 503, problem.ShuttingDown, "5"},
		{write.ErrUnavailable{Err: errors.New("x")}, 503, problem.LedgerUnavailable, "5"},
		{write.ErrPending{TxID: "t", Err: errors.New("x")}, 503, problem.OutcomeUnknown, "5"},
		{write.ErrConflict{Err: errors.New("x")}, 409, problem.RecordContended, "2"},
		{fmt.Errorf("a fault"), 500, problem.InternalError, ""},
	} {
		d.fail(c.err)
		a := d.call(t, "POST", evidences, body)
		if a.status != c.status || a.code(t) != c.code || a.header.Get("Retry-After") != c.retry {
			t.Errorf("%v: %d %s, Retry-After %q", c.err, a.status, a.body, a.header.Get("Retry-After"))
		}
	}
}

// waitJob reads a job until it is done.
func (d *door) waitJob(t *testing.T, location string) jobDocument {
	t.Helper()
	var j jobDocument
	within(t, "the job is done", func() bool {
		a := d.call(t, "GET", location, "")
		if err := json.Unmarshal(a.body, &j); err != nil || a.status != 200 {
			t.Fatalf("%d %s (%v)", a.status, a.body, err)
		}
		return j.State == jobDone
	})
	return j
}

func TestAJobIsAcceptedAtOnceAndAnsweredAsTheRequestWouldHaveBeen(t *testing.T) {
	d := open(t)
	body := d.example(t, "evidence", "Deposit")
	a := d.call(t, "POST", evidences, body, "Prefer", "wait=1, respond-async; x=y", "Idempotency-Key", "k-1")
	if a.status != 202 || !strings.HasPrefix(a.header.Get("Location"), "/v1/jobs/") || a.header.Get("Preference-Applied") != "respond-async" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	j := d.waitJob(t, a.header.Get("Location"))
	if j.Status != 201 || j.Headers["Location"] != evidences+"/ev-1" || j.Finished == nil {
		t.Errorf("the job is %+v", j)
	}
	again := d.call(t, "POST", evidences, body, "Prefer", "respond-async", "Idempotency-Key", "k-1")
	if again.header.Get("Location") != a.header.Get("Location") || d.submitted() != 1 {
		t.Errorf("the same key made another job: %d %s", again.status, again.body)
	}
	if other := d.call(t, "GET", a.header.Get("Location"), "", "Authorization", "Bearer "+courtToken); other.status != 404 || other.code(t) != "JOB_NOT_FOUND" {
		t.Errorf("another application sees the job: %d %s", other.status, other.body)
	}
}

func TestAJobOutlastsALedgerThatIsAway(t *testing.T) {
	d := open(t)
	d.fail(write.ErrUnavailable{Err: errors.New("away")})
	a := d.call(t, "POST", "/v1/zhengzhou/evidence:batch", `[{"op":"Deposit","in":`+d.example(t, "evidence", "Deposit")+`},{"op":"None","in":{}}]`, "Prefer", "respond-async")
	if a.status != 202 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	within(t, "a second try", func() bool { return d.submitted() >= 2 })
	d.fail(nil)
	j := d.waitJob(t, a.header.Get("Location"))
	if text := fmt.Sprint(j.Body); j.Status != 200 || !strings.Contains(text, "succeeded:1") || !strings.Contains(text, "refused:1") {
		t.Errorf("the job is %+v", j)
	}
}

func TestAJobOfAGatewayThatStoppedIsDoneByTheNext(t *testing.T) {
	var stopped Store
	d := open(t, func(o *Options) { stopped = o.Store })
	d.fail(write.ErrUnavailable{Err: errors.New("away")})
	a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"), "Prefer", "respond-async")
	within(t, "a first try", func() bool { return d.submitted() > 0 })
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit"), "Prefer", "respond-async"); a.status != 429 {
		t.Errorf("a door that is closed accepts a job: %d %s", a.status, a.body)
	}
	next := open(t, func(o *Options) { o.Store = stopped })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go next.RunJobs(ctx)
	if j := next.waitJob(t, a.header.Get("Location")); j.Status != 201 {
		t.Errorf("the job is %+v", j)
	}
}
