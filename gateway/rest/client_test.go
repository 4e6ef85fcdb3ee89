package rest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"henanchain/gateway/auth"
	"henanchain/gateway/client"
	"henanchain/gateway/problem"
	"henanchain/internal/operation"
)

// signingClient is the Go client with a key of the depositor's.
func signingClient(t *testing.T, s *signing) *client.Client {
	t.Helper()
	pem, err := s.key(t).PEM()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.NewSigning(s.url, pem, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheGoClientSignsWhatItSends(t *testing.T) {
	s := openSigning(t, map[string][]string{"depositor": {auth.Signature}})
	c := signingClient(t, s)
	deposit := json.RawMessage(s.example(t, "evidence", "Deposit"))
	once := c.WithIdempotencyKey("k-1").WithPurpose("合同存证").WithVersion(4)
	for range 2 {
		ack, err := once.Create(t.Context(), "zhengzhou", "evidence", "evidences", deposit)
		if err != nil || ack.ID != "ev-1" || ack.Receipt == nil {
			t.Fatalf("%+v, %v", ack, err)
		}
	}
	if n := s.submitted(); n != 1 || s.calls[0].Requests[0].IfVersion != 4 {
		t.Errorf("%d submissions: %+v", n, s.calls)
	}
	if e := s.log.last(); e.Method != auth.Signature || e.Purpose != "合同存证" {
		t.Errorf("on record is %+v", e)
	}
	if _, err := client.NewSigning(s.url, []byte("no key"), nil); err == nil {
		t.Error("no key is a key")
	}
}

func TestTheGoClientTellsEachOutcomeOfABatch(t *testing.T) {
	s := openSigning(t, nil)
	s.refuse["Submit"] = &operation.Refusal{Code: "STATE_FORBIDS", Message: "no"}
	batch := []client.Request{
		{Op: "Deposit", In: json.RawMessage(s.example(t, "evidence", "Deposit"))},
		{Op: "Deposit", In: map[string]any{"fileHash": 1}},
	}
	c := signingClient(t, s)
	check := func(outcomes []client.Outcome, err error) {
		t.Helper()
		if err != nil || len(outcomes) != 2 || outcomes[0].Status != 201 || outcomes[0].Result.ID != "ev-1" || outcomes[1].Problem == nil || outcomes[1].Problem.Code != problem.InputInvalid {
			t.Fatalf("%+v, %v", outcomes, err)
		}
	}
	check(c.Batch(t.Context(), "zhengzhou", "evidence", batch))
	job, err := c.StartBatch(t.Context(), "zhengzhou", "evidence", batch)
	if err != nil || job.ID == "" {
		t.Fatalf("%+v, %v", job, err)
	}
	if job, err = c.Wait(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Results []client.Outcome }
	err = job.Answer(&answer)
	check(answer.Results, err)
}

func TestTheGoClientReadsHowAJobEnded(t *testing.T) {
	s := openSigning(t, nil)
	c := signingClient(t, s)
	deposit := json.RawMessage(s.example(t, "evidence", "Deposit"))
	end := func() error {
		t.Helper()
		job, err := c.Start(t.Context(), "zhengzhou", "evidence", "evidences", deposit)
		if err != nil {
			t.Fatal(err)
		}
		if job, err = c.Wait(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
		var ack client.Acknowledgement
		if err := job.Answer(&ack); err != nil {
			return err
		}
		if ack.ID != "ev-1" || ack.Receipt == nil {
			t.Errorf("the job's answer is %+v", ack)
		}
		return nil
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	s.mu.Lock()
	s.refuse["Deposit"] = &operation.Refusal{Code: "RECORD_EXISTS", Message: "it is there"}
	s.mu.Unlock()
	var refused *client.Problem
	if err := end(); !errors.As(err, &refused) || refused.Code != "RECORD_EXISTS" || refused.Status != 409 {
		t.Errorf("the job ended with %v", err)
	}
}

func TestTheGoClientTriesAgainOnlyWhatMayBeRepeated(t *testing.T) {
	s := openSigning(t, nil)
	c := signingClient(t, s).WithRetries(2)
	deposit := json.RawMessage(s.example(t, "evidence", "Deposit"))
	s.fail(problem.New(problem.LedgerUnavailable, "away").After(time.Second))
	var refused *client.Problem
	if _, err := c.Create(t.Context(), "zhengzhou", "evidence", "evidences", deposit); !errors.As(err, &refused) || refused.Code != problem.LedgerUnavailable || s.submitted() != 1 {
		t.Errorf("without a key: %v after %d tries", err, s.submitted())
	}
	go func() {
		for s.submitted() < 2 {
			time.Sleep(10 * time.Millisecond)
		}
		s.fail(nil)
	}()
	if _, err := c.WithIdempotencyKey("k-1").Create(t.Context(), "zhengzhou", "evidence", "evidences", deposit); err != nil || s.submitted() != 3 {
		t.Errorf("with a key: %v after %d tries", err, s.submitted())
	}
}
