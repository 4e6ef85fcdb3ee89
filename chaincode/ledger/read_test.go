package ledger_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/operation"
)

func get(recordType, id string) operation.Question {
	return operation.Question{Function: operation.Get, Args: []string{recordType, id}}
}

func verify(t testing.TB, claim operation.Claim) operation.Question {
	t.Helper()
	return operation.Question{Function: operation.Verify, Args: []string{jsonText(t, claim)}}
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// alone asks a question by its own function.
func alone(app *ledgertest.App, q operation.Question) (answer string, refusal *operation.Refusal) {
	payload, failure := app.Invoke(nil, append([]string{q.Function}, q.Args...)...)
	return string(payload), operation.ParseRefusal(failure)
}

func TestManyQuestionsHaveTheAnswersThatEachHasAlone(t *testing.T) {
	l := ledgertest.New(t, boxes())
	app := l.App("ZhengzhouMSP", "a", ledgertest.DeptA, keeper)
	var questions []operation.Question
	for i := range 50 {
		id := fmt.Sprint("箱", i)
		made := app.Must("Make", boxInput{ID: id, Label: "红", Count: int64(i)})
		questions = append(questions, get("box", id), verify(t, operation.Claim{Type: "box", ID: id, Digest: made.Digest}),
			verify(t, operation.Claim{Type: "box", ID: id, Fields: map[string]json.RawMessage{"label": json.RawMessage(`"蓝"`)}}))
	}
	questions = append(questions, get("box", "nowhere"), get("crate", "箱1"), verify(t, operation.Claim{Type: "box", ID: "nowhere", Digest: "0"}),
		verify(t, operation.Claim{Type: "crate", ID: "箱1"}), verify(t, operation.Claim{Type: "box"}), operation.Question{Function: operation.Verify, Args: []string{`{"id":`}})
	before := l.Reads
	payload, failure := app.Invoke(nil, operation.Read, jsonText(t, questions))
	if failure != "" {
		t.Fatal(failure)
	}
	if n := l.Reads - before; n != 1 {
		t.Errorf("%d questions took %d exchanges with the peer", len(questions), n)
	}
	readings, err := operation.DecodeReadings(payload)
	if err != nil || len(readings) != len(questions) {
		t.Fatal(len(readings), err)
	}
	for i, q := range questions {
		answer, refusal := alone(app, q)
		switch got := readings[i]; {
		case refusal == nil && string(got.Answer) != answer:
			t.Errorf("%v answered %s, and alone %s", q, got.Answer, answer)
		case refusal != nil && (got.Refusal == nil || got.Refusal.Code != refusal.Code):
			t.Errorf("%v answered %+v, and alone %v", q, got, refusal)
		}
	}
}

func TestReadRefusesWhatIsNoQuestion(t *testing.T) {
	l := ledgertest.New(t, boxes())
	app := l.App("ZhengzhouMSP", "a", ledgertest.DeptA, keeper)
	for _, c := range []struct{ name, text, code string }{
		{"no JSON", `[`, ledger.InputInvalid},
		{"no list", `{"function":"Get"}`, ledger.InputInvalid},
		{"an unknown member", `[{"function":"Get","args":["box","a"],"as":"b"}]`, ledger.InputInvalid},
		{"more than Read takes", jsonText(t, make([]operation.Question, operation.MaxQuestions+1)), ledger.InputInvalid},
	} {
		if _, failure := app.Invoke(nil, operation.Read, c.text); failure == "" || operation.ParseRefusal(failure) == nil || operation.ParseRefusal(failure).Code != c.code {
			t.Errorf("%s answered %q", c.name, failure)
		}
	}
	for _, q := range []operation.Question{{Function: operation.Apply, Args: []string{"[]"}}, {Function: operation.Get, Args: []string{"box"}}, {Function: operation.Verify}} {
		payload, failure := app.Invoke(nil, operation.Read, jsonText(t, []operation.Question{q}))
		readings, err := operation.DecodeReadings(payload)
		if failure != "" || err != nil || readings[0].Refusal == nil || readings[0].Refusal.Code != ledger.OperationUnknown {
			t.Errorf("%v answered %s %v %+v", q, failure, err, readings)
		}
	}
}

func FuzzRead(f *testing.F) {
	ledgertest.FuzzRead(f, boxes, func(app *ledgertest.App) { app.Must("Make", boxInput{ID: "a", Label: "红", Count: 1}) },
		get("box", "a"), verify(f, operation.Claim{Type: "box", ID: "a"}))
}
