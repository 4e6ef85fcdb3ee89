package relay

import (
	"encoding/json"
	"fmt"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// unexpected says in what an answer is not as expected; empty where it is.
func (s *SagaStep) unexpected(answer []byte) string {
	for _, e := range s.Expect {
		got := at(answer, strings.Split(e.Field, "."))
		want, err := strictjson.Canonical([]byte(e.Value))
		if err != nil || string(got) != string(want) {
			return fmt.Sprintf("the answer's %s is not %s", e.Field, e.Value)
		}
	}
	return ""
}

// at is the canonical JSON of a member; nil where there is none.
func at(raw json.RawMessage, path []string) []byte {
	value, err := strictjson.At(raw, path...)
	if err != nil || value == nil {
		return nil
	}
	canonical, err := strictjson.Canonical(value)
	if err != nil {
		return nil
	}
	return canonical
}

// proceed decides what the steps amount to: a failed one undoes the business,
// the last proof commits it. Where nothing is set aside, that is its end.
func proceed(c *ledger.Call, e *ledger.Entity[Saga]) error {
	proven, failed := 0, false
	for _, s := range e.Body.Steps {
		switch s.State {
		case StepProven:
			proven++
		case StepFailed:
			failed = true
		}
	}
	switch {
	case failed && e.Body.holds() == 0:
		return e.Move(c, Undone)
	case failed:
		return e.Move(c, Aborted)
	case proven < len(e.Body.Steps):
		return e.Keep(c)
	case e.Body.holds() == 0:
		return e.Move(c, Done)
	}
	return e.Move(c, Committed)
}

// holds counts the steps that set something aside and are not closed.
func (s *Saga) holds() (n int) {
	for _, st := range s.Steps {
		if st.Kind == StepHold && st.State != StepClosed {
			n++
		}
	}
	return n
}

func (b *book) abort(c *ledger.Call, in *abortInput) error {
	e, err := b.sagas.OpenAny(c, in.ID)
	if err != nil {
		return err
	}
	if until(c, e.Body.Deadline) >= 0 {
		if err := e.OwnedBy(c); err != nil {
			return ledger.Refuse(DeadlineAhead, "before its deadline, %s, its owner alone undoes it: %s of %s", e.Body.Deadline, e.Dept, e.Org)
		}
	}
	if e.Body.Reason = in.Reason; e.Body.Reason == "" {
		e.Body.Reason = "the deadline passed"
	}
	if e.Body.holds() == 0 {
		return e.Move(c, Undone)
	}
	return e.Move(c, Aborted)
}

func (b *book) closeStep(c *ledger.Call, in *stepInput, private *ledger.Private[Proven]) error {
	raw, err := bytesOf(private)
	if err != nil {
		return err
	}
	e, s, err := b.step(c, in, "")
	if err != nil {
		return err
	}
	if s.Kind != StepHold || s.State == StepClosed {
		return ledger.RefuseField(StepInvalid, "step", "the step %s sets nothing aside, or is closed", s.Name)
	}
	chain, err := b.believed(c, s.Chain)
	if err != nil {
		return err
	}
	outcome, end := Used, Done
	if e.Status == Aborted {
		outcome, end = Released, Undone
	}
	if err := b.held(c, chain, e.ID, in.Step, s, raw, outcome); err != nil {
		return err
	}
	s.State, s.Proof = StepClosed, gm.HexDigest(raw)
	if e.Body.holds() > 0 {
		return e.Keep(c)
	}
	return e.Move(c, end)
}

// held verifies that a chain holds the step's record for this business, in a status.
func (b *book) held(c *ledger.Call, chain *ledger.Entity[Chain], saga string, step int64, s *SagaStep, raw []byte, status string) error {
	id := HoldID(saga, step)
	fact, err := verify(c, chain, raw, askedFor(holdType, id))
	if err != nil {
		return err
	}
	record, body, err := recordIn[Hold](fact, holdType, id)
	if err != nil {
		return err
	}
	if record.Status != status || body.Chain != c.Channel() || body.Contract != s.Contract || body.Record != s.Record {
		return ledger.Refuse(OutcomeMissing, "%s has the record %s of %s for this business as %s, and it must be %s", chain.ID, body.Record, body.Contract, record.Status, status)
	}
	return nil
}
