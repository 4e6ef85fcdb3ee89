package relay

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/gateway/write"
	"henanchain/internal/operation"
)

// request is a request as the main channel has it.
type request struct {
	From     string   `json:"from"`
	Source   string   `json:"source"`
	Contract string   `json:"contract"`
	Function string   `json:"function"`
	Args     []string `json:"args"`
	Purpose  string   `json:"purpose"`
	Deadline string   `json:"deadline"`
	ReplyKey string   `json:"replyKey"`
	Nonce    string   `json:"nonce"`
}

// errand is one request while it is carried.
type errand struct {
	*Worker
	id       string
	main     string // the main channel
	province string
	app      string // that carries on the main channel, and may read the proof there
	request
	org    string // the asker's
	status string
	proof  []byte // of the answer, where it was made here a moment ago
}

// carry brings a request as far as it goes now.
func (w *Worker) carry(ctx context.Context, it Item) (ended bool, err error) {
	c := w.network.Connection()
	e := &errand{Worker: w, id: it.ID, main: c.MainChannel, province: c.Province}
	if e.app, err = w.carrier(e.main, e.province); err != nil {
		return false, err
	}
	for {
		if err := e.look(ctx); err != nil {
			return false, err
		}
		before := e.status
		switch e.status {
		case requested:
			err = e.attest(ctx)
		case attested:
			err = e.settle(ctx)
		default:
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if err := e.look(ctx); err != nil {
			return false, err
		}
		if e.status == before {
			// The peer that was asked is behind the one that took the step.
			return false, errLater{time.Now().Add(dispatchEvery)}
		}
	}
}

// look reads the request as it is now.
func (e *errand) look(ctx context.Context) error {
	record, err := e.network.Get(ctx, fabric.Place{Channel: e.main, Contract: Contract, App: e.app}, requestType, e.id)
	if err != nil {
		return err
	}
	e.status, e.org = record.Status, record.Org
	if err := json.Unmarshal(record.Body, &e.request); err != nil {
		return fmt.Errorf("read the request %s: %w", e.id, err)
	}
	// What it carries for an asker, the province or the asker's own must carry:
	// the proof is theirs.
	e.app, err = e.carrierOf(e.main, e.province, e.org)
	return err
}

// attest asks the source and submits its answer; a request whose deadline has
// passed is ended.
func (e *errand) attest(ctx context.Context) error {
	if e.passed() {
		return e.submit(ctx, e.main, e.app, "Expire", map[string]string{"id": e.id}, nil)
	}
	source, err := e.chains.get(ctx, fabric.Place{Channel: e.main, Contract: Contract, App: e.app}, e.Source)
	if err != nil {
		return err
	}
	adapter := e.sources[source.Kind]
	if adapter == nil {
		return fmt.Errorf("no adapter here asks chains of the kind %s", source.Kind)
	}
	asker := ""
	if source.Kind == kindFabric {
		if asker, err = e.carrier(e.Source, e.province, source.Owner); err != nil {
			return err
		}
	}
	q := Question{RequestID: e.id, Chain: e.Source, Contract: e.Contract, Function: e.Function, Args: e.Args, Purpose: e.Purpose,
		Nonce: e.Nonce, Deadline: e.Deadline, ReplyKey: e.ReplyKey}
	raw, err := adapter.Answer(ctx, source, asker, q, e.province, e.org)
	var refusal *operation.Refusal
	if errors.As(err, &refusal) {
		return e.refuse(ctx, source, refusal)
	}
	if err != nil {
		return err
	}
	e.proof = raw
	return e.submit(ctx, e.main, e.app, "Attest", map[string]string{"id": e.id, "terms": source.Digest}, raw)
}

const maxMessage = 400

// refuse tells the main channel that the source does not answer, in its name.
func (e *errand) refuse(ctx context.Context, source chain, why *operation.Refusal) error {
	app, err := e.carrierOf(e.main, source.Owner, e.province)
	if err != nil {
		return err
	}
	in := map[string]string{"id": e.id, "code": why.Code}
	if message := []rune(why.Message); len(message) > 0 {
		in["message"] = string(message[:min(len(message), maxMessage)])
	}
	return e.submit(ctx, e.main, app, "Refuse", in, nil)
}

func (e *errand) passed() bool {
	at, err := time.Parse(time.RFC3339, e.Deadline)
	return err == nil && time.Now().After(at.Add(time.Second))
}

// settle has the asking city's ledger decide, and proves the outcome to the
// main channel.
func (e *errand) settle(ctx context.Context) error {
	app, err := e.carrier(e.From, e.province, e.org)
	if err != nil {
		return err
	}
	place := fabric.Place{Channel: e.From, Contract: Contract, App: app}
	_, err = e.network.Get(ctx, place, acceptanceType, e.id)
	switch {
	case err == nil: // another carrier was here
	case codeOf(err) == "RECORD_NOT_FOUND":
		if err := e.decide(ctx, app); err != nil {
			return err
		}
	default:
		return err
	}
	outcome, err := e.view(ctx, e.From, app, acceptanceType, []string{e.province, e.org})
	if err != nil {
		return err
	}
	return e.submit(ctx, e.main, e.app, "Conclude", map[string]string{"id": e.id, "proof": base64.StdEncoding.EncodeToString(outcome)}, nil)
}

// decide submits the answer to the asking city, or that it came too late.
func (e *errand) decide(ctx context.Context, app string) error {
	asked, err := e.view(ctx, e.main, e.app, requestType, []string{e.province, e.org})
	if err != nil {
		return err
	}
	in := map[string]string{"id": e.id, "asked": base64.StdEncoding.EncodeToString(asked)}
	if e.passed() {
		return e.submit(ctx, e.From, app, "Lapse", in, nil)
	}
	if e.proof == nil {
		if e.proof, err = e.kept(ctx); err != nil {
			return err
		}
	}
	if err := e.submit(ctx, e.From, app, "Accept", in, e.proof); err != nil {
		e.proof = nil
		return err
	}
	return nil
}

// kept reads the proof that was attested, by whichever carrier.
func (e *errand) kept(ctx context.Context) ([]byte, error) {
	in, err := json.Marshal(map[string]string{"id": e.id})
	if err != nil {
		return nil, err
	}
	raw, err := e.network.Query(ctx, fabric.Place{Channel: e.main, Contract: Contract, App: e.app}, "Answer", in)
	if err != nil {
		return nil, err
	}
	var out struct {
		Proof string `json:"proof"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("read the proof of %s: %w", e.id, err)
	}
	return base64.StdEncoding.DecodeString(out.Proof)
}

// view has the peers of both organisations sign what the contract knows of the
// request.
func (e *errand) view(ctx context.Context, channel, app, recordType string, organisations []string) ([]byte, error) {
	return recordView(ctx, e.network, fabric.Place{Channel: channel, Contract: Contract, App: app}, recordType, e.id, organisations)
}

// behind is how long peers that tell different things are waited for.
const behind = 3 * time.Second

// recordView is a view of a record, encoded. Just after a block, one peer may
// not have it yet: then they are asked again.
func recordView(ctx context.Context, n *fabric.Network, at fabric.Place, recordType, id string, organisations []string) ([]byte, error) {
	nonce := make([]byte, 24)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	p := fabric.Proposal{Channel: at.Channel, Contract: at.Contract, App: at.App, Function: operation.Get, Args: [][]byte{[]byte(recordType), []byte(id)}}
	for began := time.Now(); ; {
		view, err := n.Attest(ctx, p, nonce, organisations...)
		kind := fabric.KindOf(err)
		if err == nil {
			return view.Encode()
		}
		if kind != fabric.Mismatch && kind != fabric.Refused || time.Since(began) > behind {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// moot are refusals that say that the step was taken already.
var moot = map[string]bool{"STATE_FORBIDS": true, "RECORD_EXISTS": true}

// submit has an operation done; that another carrier was quicker is no error.
func (w *Worker) submit(ctx context.Context, channel, app, op string, in any, proven []byte) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write the input of %s: %w", op, err)
	}
	call := write.Call{Channel: channel, Contract: Contract, App: app, Requests: []operation.Request{{Op: op, In: raw}}}
	if proven != nil {
		if call.Private, err = privateHalf(proven); err != nil {
			return err
		}
	}
	outcomes, err := w.writer.Submit(ctx, call)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if r := outcomes[0].Result.Refusal; r != nil && !moot[r.Code] {
		return fmt.Errorf("%s: %w", op, r)
	}
	return nil
}

// privateHalf carries a proof beside the blocks.
func privateHalf(proven []byte) ([]json.RawMessage, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	data, err := json.Marshal(map[string]string{"proof": base64.StdEncoding.EncodeToString(proven)})
	if err != nil {
		return nil, err
	}
	half, err := json.Marshal(operation.Private{Salt: hex.EncodeToString(salt), Data: data})
	return []json.RawMessage{half}, err
}

func codeOf(err error) string {
	var e *fabric.Error
	if errors.As(err, &e) && e.Refusal != nil {
		return e.Refusal.Code
	}
	return ""
}
