//go:build e2e

package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/test/chain"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

const evidences = "/v1/zhengzhou/evidence/evidences"

// court verifies evidence in the tests.
const court = "zhengzhou-court"

// Forms of a batch.
const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

// deposit is a valid request for a file of its own.
func deposit(t *testing.T, name string) map[string]any {
	t.Helper()
	return journey.Evidence(name+".pdf", gm.HexDigest([]byte(t.Name()+"/"+name+"/"+unique)))
}

type outcome struct {
	Status  int
	Result  *client.Acknowledgement
	Problem *problemDocument
}

type outcomes struct {
	Succeeded, Refused int
	Results            []outcome
}

func TestAReceiptIsWhatTheLedgerHolds(t *testing.T) {
	l := ledgerOf(t, "")
	a := answer[client.Acknowledgement](t, call{path: evidences, body: deposit(t, "single")}, http.StatusCreated)
	holdsTrue(t, l, &a)
	record := answer[operation.Record](t, call{method: "GET", path: evidences + "/" + a.ID}, http.StatusOK)
	if digest, err := record.ComputeDigest(); err != nil || digest != a.Receipt.Digest {
		t.Errorf("the record's digest is %s (%v), the receipt says %s", digest, err, a.Receipt.Digest)
	}
}

func TestEveryPeerHoldsWhatAReceiptSays(t *testing.T) {
	a := answer[client.Acknowledgement](t, call{path: evidences, body: deposit(t, "everywhere")}, http.StatusCreated)
	for _, msp := range []string{"ZhengzhouMSP", net.Connection.Province} {
		l := ledgerOf(t, msp)
		testnet.Eventually(t, "the peer has the block", func() error {
			if height, err := l.Height(t.Context()); err != nil || height <= a.Receipt.Block {
				return fmt.Errorf("%s has %d blocks and not yet block %d: %w", l.Peer.Name, height, a.Receipt.Block, err)
			}
			return nil
		})
		holdsTrue(t, l, &a)
	}
}

// A batch is done as if its requests had come one by one: what is refused is
// refused alone, wherever it is found out.
func TestABatchAnswersEveryRequestOnItsOwn(t *testing.T) {
	future, unknown, another := deposit(t, "future"), deposit(t, "unknown"), deposit(t, "first")
	future["collectedAt"] = "2126-03-01T02:00:00Z"
	unknown["weight"] = 1
	requests := []any{
		request("Deposit", deposit(t, "first")), request("Deposit", future), request("Deposit", unknown), request("Destroy", deposit(t, "x")),
		request("Deposit", deposit(t, "second")), request("Deposit", another), "no request at all", request("Deposit", deposit(t, "third")),
	}
	want := []struct {
		status int
		code   string
	}{{201, ""}, {422, "COLLECTED_IN_FUTURE"}, {422, "INPUT_INVALID"}, {404, "OPERATION_UNKNOWN"}, {201, ""}, {200, ""}, {422, "INPUT_INVALID"}, {201, ""}}
	for _, form := range []string{typeJSON, typeNDJSON} {
		t.Run(form, func(t *testing.T) {
			if form == typeNDJSON { // the same files are there by now
				for i := range want {
					if want[i].status == 201 {
						want[i].status = 200
					}
				}
			}
			got := batch(t, form, requests)
			for i, w := range want {
				g := got.Results[i]
				switch {
				case g.Status != w.status:
					t.Errorf("request %d was answered %d %+v, not %d", i, g.Status, g.Problem, w.status)
				case w.code != "" && (g.Problem == nil || g.Problem.Code != w.code):
					t.Errorf("request %d was refused with %+v, not %s", i, g.Problem, w.code)
				case w.status == 201:
					holdsTrue(t, ledgerOf(t, ""), g.Result)
				case w.status == 200 && (g.Result == nil || !g.Result.Existing || g.Result.Receipt != nil):
					t.Errorf("request %d was answered %+v; its record was there already", i, g.Result)
				}
			}
			if form == typeJSON && (got.Succeeded != 4 || got.Refused != 4) {
				t.Errorf("the batch says %d done and %d refused", got.Succeeded, got.Refused)
			}
		})
	}
}

func TestALargeBatchIsOnTheLedgerRecordByRecord(t *testing.T) {
	const n = 2500 // three transactions
	requests := make([]any, n)
	for i := range requests {
		requests[i] = request("Deposit", deposit(t, fmt.Sprint(i)))
	}
	got := batch(t, typeJSON, requests)
	if got.Succeeded != n {
		t.Fatalf("%d of %d were done; the last answer is %+v", got.Succeeded, n, got.Results[n-1])
	}
	l := ledgerOf(t, "")
	blocks := map[uint64][]chain.Transaction{}
	seen := map[string]bool{}
	for i := range got.Results {
		a := got.Results[i].Result
		if blocks[a.Receipt.Block] == nil {
			blocks[a.Receipt.Block] = blockOf(t, l, a.Receipt.Block)
		}
		holdsTrueIn(t, blocks[a.Receipt.Block], a)
		place := fmt.Sprint(a.Receipt.TxID, "/", a.Receipt.Index)
		if seen[place] || seen[a.ID] {
			t.Fatalf("request %d shares its record or its place %s with another", i, place)
		}
		seen[place], seen[a.ID] = true, true
	}
}

func TestWhatIsThereAlreadyIsAnsweredWithoutATransaction(t *testing.T) {
	body := deposit(t, "once")
	first := answer[client.Acknowledgement](t, call{path: evidences, body: body}, http.StatusCreated)
	l := ledgerOf(t, "")
	before := height(t, l)
	again := answer[client.Acknowledgement](t, call{path: evidences, body: body}, http.StatusOK)
	if !again.Existing || again.Receipt != nil || again.ID != first.ID || again.Digest != first.Digest || again.Version != 1 {
		t.Errorf("the second deposit was answered %+v, the first %+v", again, first)
	}
	if after := height(t, l); after != before {
		t.Errorf("the ledger grew from %d to %d blocks", before, after)
	}
}

func TestARefusalAloneMakesNoTransaction(t *testing.T) {
	body := deposit(t, "future")
	body["collectedAt"] = "2126-03-01T02:00:00Z"
	l := ledgerOf(t, "")
	before := height(t, l)
	if p := answer[problemDocument](t, call{path: evidences, body: body}, http.StatusUnprocessableEntity); p.Code != "COLLECTED_IN_FUTURE" {
		t.Errorf("refused with %s", p.Code)
	}
	if after := height(t, l); after != before {
		t.Errorf("the ledger grew from %d to %d blocks", before, after)
	}
}

func TestAnIdempotencyKeyGivesTheFirstAnswerAgain(t *testing.T) {
	body := deposit(t, "keyed")
	c := call{path: evidences, body: body, header: map[string]string{"Idempotency-Key": "key-" + unique}}
	status, header, first := do(t, c)
	if status != http.StatusCreated || header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("the first call was answered %d %s", status, first)
	}
	l := ledgerOf(t, "")
	before := height(t, l)
	status, header, again := do(t, c)
	if status != http.StatusCreated || string(again) != string(first) || header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the second call was answered %d %s\nand the first %s", status, again, first)
	}
	if after := height(t, l); after != before {
		t.Errorf("the ledger grew from %d to %d blocks", before, after)
	}
	c.body = deposit(t, "another")
	if p := answer[problemDocument](t, c, http.StatusUnprocessableEntity); p.Code != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("another body with the key was refused with %s", p.Code)
	}
}

// Of many calls with one key at once, one is done; the others are told to wait
// or get its answer.
func TestOneKeyAtOnceIsDoneOnce(t *testing.T) {
	c := call{path: evidences, body: deposit(t, "race"), header: map[string]string{"Idempotency-Key": "race-" + unique}}
	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		answers = map[int][]string{}
	)
	for range 30 {
		wait.Go(func() {
			status, _, body := do(t, c)
			mu.Lock()
			defer mu.Unlock()
			answers[status] = append(answers[status], string(body))
		})
	}
	wait.Wait()
	made := answers[http.StatusCreated]
	if len(made) == 0 || len(made)+len(answers[http.StatusConflict]) != 30 {
		t.Fatalf("the answers are %v", answers)
	}
	for _, a := range made {
		if a != made[0] {
			t.Errorf("two answers differ: %s and %s", a, made[0])
		}
	}
}

func TestAJobEndsAsTheCallWouldHave(t *testing.T) {
	future := deposit(t, "future")
	future["collectedAt"] = "2126-03-01T02:00:00Z"
	for name, c := range map[string]struct {
		body   any
		status int
	}{"done": {deposit(t, "later"), http.StatusCreated}, "refused": {future, http.StatusUnprocessableEntity}} {
		t.Run(name, func(t *testing.T) {
			status, header, body := do(t, call{path: evidences, body: c.body, header: map[string]string{"Prefer": "respond-async"}})
			if status != http.StatusAccepted || header.Get("Location") == "" {
				t.Fatalf("answered %d %s", status, body)
			}
			var job struct {
				State  string
				Status int
				Body   json.RawMessage
			}
			testnet.Eventually(t, "the job is done", func() error {
				job = answer[struct {
					State  string
					Status int
					Body   json.RawMessage
				}](t, call{method: "GET", path: header.Get("Location")}, http.StatusOK)
				if job.State != "done" {
					return fmt.Errorf("the job is %s", job.State)
				}
				return nil
			})
			if job.Status != c.status {
				t.Fatalf("the job ended with %d %s", job.Status, job.Body)
			}
			if c.status == http.StatusCreated {
				var a client.Acknowledgement
				if err := json.Unmarshal(job.Body, &a); err != nil {
					t.Fatal(err)
				}
				holdsTrue(t, ledgerOf(t, ""), &a)
			}
			if status, _, _ := do(t, call{method: "GET", path: header.Get("Location"), system: court}); status != http.StatusNotFound {
				t.Errorf("another application reads the job: %d", status)
			}
		})
	}
}

// Each write on one entity sees the one before: with as many versions as
// writes, none was lost.
func TestConcurrentWritersOfOneEntityLoseNothing(t *testing.T) {
	body := deposit(t, "contested")
	e := answer[client.Acknowledgement](t, call{path: evidences, body: body}, http.StatusCreated)
	one := evidences + "/" + e.ID
	answer[client.Acknowledgement](t, call{path: one + "/submit", body: map[string]any{"caseNo": "（2026）豫01民初18号"}}, http.StatusOK)
	const writers = 60
	got := make([]client.Acknowledgement, writers)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			got[i] = answer[client.Acknowledgement](t, call{path: one + "/court-verify", body: map[string]any{"fileHash": body["fileHash"]}, system: court}, http.StatusOK)
		})
	}
	wait.Wait()
	l := ledgerOf(t, "")
	versions := map[int]bool{}
	for i := range got {
		if got[i].Receipt == nil {
			t.Fatalf("answer %d has no receipt: %+v", i, got[i])
		}
		versions[got[i].Version] = true
		holdsTrue(t, l, &got[i])
	}
	record := answer[operation.Record](t, call{method: "GET", path: one}, http.StatusOK)
	if len(versions) != writers || record.Version != writers+2 {
		t.Errorf("%d writes made %d versions, and the record has version %d", writers, len(versions), record.Version)
	}
}

// Of writers who all expect the version that they read, one wins.
func TestOfWritersWhoExpectOneVersionOneWins(t *testing.T) {
	body := deposit(t, "expected")
	e := answer[client.Acknowledgement](t, call{path: evidences, body: body}, http.StatusCreated)
	one := evidences + "/" + e.ID
	answer[client.Acknowledgement](t, call{path: one + "/submit", body: map[string]any{"caseNo": "（2026）豫01民初18号"}}, http.StatusOK)
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		got  = map[int]int{}
	)
	for range 20 {
		wait.Go(func() {
			status, _, _ := do(t, call{path: one + "/court-verify", body: map[string]any{"fileHash": body["fileHash"]}, system: court, header: map[string]string{"If-Match": `"2"`}})
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	wait.Wait()
	if got[http.StatusOK] != 1 || got[http.StatusPreconditionFailed] != 19 {
		t.Errorf("the answers are %v", got)
	}
}

func request(op string, in any) map[string]any { return map[string]any{"op": op, "in": in} }

// batch sends requests in either form and reads the answers.
func batch(t *testing.T, form string, requests []any) outcomes {
	t.Helper()
	var body strings.Builder
	if form == typeJSON {
		data, err := json.Marshal(requests)
		if err != nil {
			t.Fatal(err)
		}
		body.Write(data)
	} else {
		enc := json.NewEncoder(&body)
		for _, r := range requests {
			if err := enc.Encode(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	status, header, data := do(t, call{path: "/v1/zhengzhou/evidence:batch", raw: body.String(), header: map[string]string{"Content-Type": form}})
	if status != http.StatusOK || header.Get("Content-Type") != form {
		t.Fatalf("the batch was answered %d %s: %.300s", status, header.Get("Content-Type"), data)
	}
	var all outcomes
	if form == typeJSON {
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
	} else {
		dec := json.NewDecoder(strings.NewReader(string(data)))
		for dec.More() {
			var o outcome
			if err := dec.Decode(&o); err != nil {
				t.Fatal(err)
			}
			all.Results = append(all.Results, o)
		}
	}
	if len(all.Results) != len(requests) {
		t.Fatalf("%d requests got %d answers", len(requests), len(all.Results))
	}
	return all
}
