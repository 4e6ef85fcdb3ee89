package ledgertest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

// Story is a ledger on which a test lets several departments act in turn. It
// holds each refusal to the operation's own table, and each refused operation
// to leaving no trace.
type Story struct {
	*Ledger
	allowed map[string][]string // refusal codes by operation
}

// Tell begins a story on an empty ledger.
func Tell(t testing.TB, c *ledger.Contract) *Story {
	t.Helper()
	s := &Story{New(t, c), map[string][]string{}}
	var common []string
	for _, r := range ledger.New("none", "", "", "").Describe().Refusals {
		common = append(common, r.Code)
	}
	for _, o := range c.Describe().Operations {
		s.allowed[o.Name] = append(slices.Clone(common), o.Refusals...)
	}
	return s
}

// Do runs one operation, perhaps with a private half; a refusal must be one
// that the operation declares.
func (s *Story) Do(app *App, name string, in any, private ...any) operation.Result {
	s.t.Helper()
	op := Op{Name: name, In: in}
	if len(private) > 0 {
		op.Private = private[0]
	}
	r := app.Apply(op)[0]
	if r.Refusal != nil && !slices.Contains(s.allowed[name], r.Refusal.Code) {
		s.t.Errorf("%s was refused with %s, which it does not declare", name, r.Refusal.Code)
	}
	return r
}

// Must is Do that fails the test where the operation is refused.
func (s *Story) Must(app *App, name string, in any, private ...any) operation.Result {
	s.t.Helper()
	r := s.Do(app, name, in, private...)
	if r.Refusal != nil {
		s.t.Fatalf("%s was refused: %v", name, r.Refusal)
	}
	return r
}

// Refused is Do that fails the test where the operation is not refused with the
// code, or changes anything.
func (s *Story) Refused(code string, app *App, name string, in any, private ...any) *operation.Refusal {
	s.t.Helper()
	before := maps.Clone(s.state)
	r := s.Do(app, name, in, private...)
	if r.Refusal == nil || r.Refusal.Code != code {
		s.t.Fatalf("%s should be refused with %s, and answered %+v %v", name, code, r, r.Refusal)
	}
	if !reflect.DeepEqual(before, s.state) {
		s.t.Fatalf("%s was refused and changed the ledger", name)
	}
	return r.Refusal
}

// Days lets days go by.
func (s *Story) Days(n int) { s.Now = s.Now.Add(time.Duration(n) * 24 * time.Hour) }

// Today is the date in China, YYYYMMDD.
func (s *Story) Today() string { return identifier.DateOf(s.Now).String() }

// Body reads a record's body into a B, and its status; it fails the test where
// there is no such record.
func Body[B any](s *Story, recordType, id string) (body B, status string) {
	s.t.Helper()
	r := s.Record(recordType, id)
	if r == nil {
		s.t.Fatalf("there is no %s %s", recordType, id)
	}
	must(s.t, json.Unmarshal(r.Body, &body))
	return body, r.Status
}

// Status reads a record's stored status.
func (s *Story) Status(recordType, id string) string {
	s.t.Helper()
	_, status := Body[json.RawMessage](s, recordType, id)
	return status
}
