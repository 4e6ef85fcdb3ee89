package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// The cross-city part: Xinyang's registry has a licence verified that
// Zhengzhou has issued, through the relay. The chains must be registered with
// each other (scripts/relay.sh register).
const (
	AskingCity = "xinyang"
	Asker      = "xinyang-registry"
)

// patience bounds how long an answer may be on its way.
const patience = 20 * time.Second

// Across issues a licence in one city and has it verified in another: the
// request and what became of it on the main channel, and the answer that the
// asking city's ledger has accepted.
func Across(ctx context.Context, o Options) ([]Step, error) {
	j := &journey{Options: o}
	j.Now = o.Now.Add(time.Second) // another serial number than the first licence's
	if err := j.issue(ctx); err != nil {
		return j.steps, err
	}
	return j.steps, j.across(ctx)
}

func (j *journey) across(ctx context.Context) error {
	asker, err := j.Client(Asker)
	if err != nil {
		return err
	}
	began := time.Now()
	claim, err := json.Marshal(map[string]string{"type": "licence", "id": j.licence.ID, "fileHash": gm.HexDigest(j.file)})
	if err != nil {
		return fmt.Errorf("write the claim: %w", err)
	}
	request, err := asker.Create(ctx, AskingCity, "relay", "requests", map[string]any{
		"reference": "journey-" + j.Now.UTC().Format("20060102150405.000000"), "from": AskingCity, "source": City, "contract": "elicense",
		"function": operation.Verify, "args": []string{string(claim)}, "purpose": "异地办理不动产登记，核验证照",
	})
	if err != nil {
		return fmt.Errorf("ask %s from %s: %w", City, AskingCity, err)
	}
	record, err := asker.WithWait(patience).Get(ctx, AskingCity, "relay", "requests", request.ID)
	if err != nil {
		return fmt.Errorf("wait for the answer: %w", err)
	}
	took := time.Since(began)
	if record.Status != "ACCEPTED" {
		return fmt.Errorf("the request %s is %s after %s: is the relay running, and are the chains registered (scripts/relay.sh register)?", request.ID, record.Status, took)
	}
	if err := j.stations(ctx, asker, request.ID); err != nil {
		return err
	}
	return j.answer(ctx, asker, request.ID, took)
}

// stations shows where the request and the answer stand on the two ledgers.
func (j *journey) stations(ctx context.Context, asker *client.Client, id string) error {
	for _, s := range []struct{ collection, where string }{{"requests", "henan"}, {"acceptances", AskingCity}} {
		changes, err := ended(ctx, asker, s.collection, id)
		if err != nil {
			return fmt.Errorf("read where the request stands on %s: %w", s.where, err)
		}
		for _, ch := range changes {
			j.done(Step{What: "ask across cities", Subject: "on " + s.where, ID: id, Status: ch.Record.Status, TxID: ch.TxID, Digest: ch.Record.Digest})
		}
	}
	return nil
}

// ended reads a history up to its end, which the read model may not have yet.
func ended(ctx context.Context, asker *client.Client, collection, id string) ([]operation.Change, error) {
	for began := time.Now(); ; {
		changes, err := asker.History(ctx, AskingCity, "relay", collection, id)
		if n := len(changes); err == nil && n > 0 && changes[n-1].Record.Status == "ACCEPTED" || time.Since(began) > patience {
			return changes, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (j *journey) answer(ctx context.Context, asker *client.Client, id string, took time.Duration) error {
	var got struct {
		Answer operation.Verdict `json:"answer"`
	}
	if err := asker.Ask(ctx, AskingCity, "relay", "answer", map[string]string{"id": id}, &got); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if !got.Answer.Match || got.Answer.ID != j.licence.ID {
		return fmt.Errorf("%s answers match=%v (%s)", City, got.Answer.Match, got.Answer.Reason)
	}
	j.done(Step{What: "answer from " + City, Subject: "不动产权证书", ID: j.licence.ID, Status: "MATCH",
		Note: fmt.Sprintf("signed by the peers of %s and the province, verified on the main channel and on %s, in %s", City, AskingCity, took.Round(time.Millisecond))})
	return nil
}
