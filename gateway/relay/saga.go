package relay

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/operation"
)

// saga is business over several chains as its own ledger has it.
type saga struct {
	Purpose  string     `json:"purpose"`
	Deadline string     `json:"deadline"`
	Steps    []sagaStep `json:"steps"`
}

type sagaStep struct {
	Kind     string   `json:"kind"`
	Chain    string   `json:"chain"`
	Contract string   `json:"contract"`
	Function string   `json:"function"`
	Args     []string `json:"args"`
	Nonce    string   `json:"nonce"`
	State    string   `json:"state"`
}

const (
	stepAsk  = "ASK"
	stepHold = "HOLD"

	stepOpen   = "OPEN"
	stepClosed = "CLOSED"
)

// drive is one piece of business while it is driven. All that decides what
// comes next is on the ledgers: whoever drives it may be killed at any point.
type drive struct {
	*Worker
	it       Item
	app      string
	province string
	city     string // MSP of the business's own city
	saga
	status string
}

// driveSaga brings business over several chains as far as it goes now.
func (w *Worker) driveSaga(ctx context.Context, it Item) (ended bool, err error) {
	c := w.network.Connection()
	ch, ok := c.Channel(it.Channel)
	if !ok {
		return true, nil
	}
	d := &drive{Worker: w, it: it, province: c.Province, city: ch.Organisations[0]}
	if d.app, err = w.carrier(it.Channel, c.Province, d.city); err != nil {
		return false, err
	}
	if err := d.look(ctx); err != nil {
		return false, err
	}
	for i := range d.Steps {
		if err := d.step(ctx, i); err != nil {
			return false, err
		}
	}
	if err := d.look(ctx); err != nil {
		return false, err
	}
	if !unfinished[sagaType][d.status] {
		return true, nil
	}
	return false, errLater{time.Now().Add(dispatchEvery)}
}

func (d *drive) look(ctx context.Context) error {
	record, err := d.network.Get(ctx, fabric.Place{Channel: d.it.Channel, Contract: Contract, App: d.app}, sagaType, d.it.ID)
	if err != nil {
		return err
	}
	d.saga = saga{}
	d.status = record.Status
	if err := json.Unmarshal(record.Body, &d.saga); err != nil {
		return fmt.Errorf("read the business %s: %w", d.it.ID, err)
	}
	return nil
}

// step does what a step needs now.
func (d *drive) step(ctx context.Context, i int) error {
	s := &d.Steps[i]
	switch {
	case d.status == sagaOpen && d.passed():
		return d.submit(ctx, d.it.Channel, d.app, "AbortSaga", map[string]string{"id": d.it.ID}, nil)
	case d.status == sagaOpen && s.State == stepOpen && s.Kind == stepAsk:
		return d.ask(ctx, i, s)
	case d.status == sagaOpen && s.State == stepOpen && s.Kind == stepHold:
		return d.setAside(ctx, i, s, "Hold", "ProveStep")
	case d.status != sagaOpen && s.Kind == stepHold && s.State != stepClosed:
		return d.setAside(ctx, i, s, "Settle", "CloseStep")
	}
	return nil
}

func (d *drive) passed() bool {
	at, err := time.Parse(time.RFC3339, d.Deadline)
	return err == nil && time.Now().After(at.Add(time.Second))
}

// ask proves a step by the chain's answer.
func (d *drive) ask(ctx context.Context, i int, s *sagaStep) error {
	source, err := d.chains.get(ctx, fabric.Place{Channel: d.it.Channel, Contract: Contract, App: d.app}, s.Chain)
	if err != nil {
		return err
	}
	adapter := d.sources[source.Kind]
	if adapter == nil {
		return fmt.Errorf("no adapter here asks chains of the kind %s", source.Kind)
	}
	asker := ""
	if source.Kind == kindFabric {
		if asker, err = d.carrier(s.Chain, d.province, source.Owner); err != nil {
			return err
		}
	}
	raw, err := adapter.Answer(ctx, source, asker, Question{RequestID: d.it.ID, Chain: s.Chain, Contract: s.Contract, Function: s.Function, Args: s.Args,
		Purpose: d.Purpose, Nonce: s.Nonce, Deadline: d.Deadline}, d.province, d.city)
	if err != nil { // a refusal too: nobody can prove one, so the deadline decides
		return err
	}
	return d.submit(ctx, d.it.Channel, d.app, "ProveStep", map[string]any{"id": d.it.ID, "step": i}, raw)
}

// setAside has a record of another ledger set aside, or settled, and proves it
// to the business's own.
func (d *drive) setAside(ctx context.Context, i int, s *sagaStep, there, here string) error {
	app, err := d.carrier(s.Chain, d.province)
	if err != nil {
		return err
	}
	of, err := d.memberOf(s.Chain)
	if err != nil {
		return err
	}
	view, err := d.viewOf(ctx, d.it.Channel, d.app, sagaType, d.it.ID, d.city)
	if err != nil {
		return err
	}
	in := map[string]any{"chain": d.it.Channel, "saga": d.it.ID, "step": i, "proof": base64.StdEncoding.EncodeToString(view)}
	if err := d.submit(ctx, s.Chain, app, there, in, nil); err != nil {
		var r *operation.Refusal
		if errors.As(err, &r) && r.Code == "OBJECT_HELD" {
			return errLater{time.Now().Add(longestPause)} // it may be given back in time
		}
		return err
	}
	hold, err := d.viewOf(ctx, s.Chain, app, holdType, fmt.Sprintf("%s-%d", d.it.ID, i), of)
	if err != nil {
		return err
	}
	return d.submit(ctx, d.it.Channel, d.app, here, map[string]any{"id": d.it.ID, "step": i}, hold)
}

// memberOf is who signs on a channel beside the province: its city, or, on the
// main channel, the business's own.
func (d *drive) memberOf(channel string) (string, error) {
	c := d.network.Connection()
	ch, ok := c.Channel(channel)
	if !ok {
		return "", fmt.Errorf("there is no channel %s here", channel)
	}
	if ch.Name == c.MainChannel {
		return d.city, nil
	}
	return ch.Organisations[0], nil
}

func (d *drive) viewOf(ctx context.Context, channel, app, recordType, id, city string) ([]byte, error) {
	return recordView(ctx, d.network, fabric.Place{Channel: channel, Contract: Contract, App: app}, recordType, id, []string{d.province, city})
}
