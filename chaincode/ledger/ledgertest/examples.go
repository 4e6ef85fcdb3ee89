package ledgertest

import (
	"strings"
	"testing"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// Step is an operation's example in a story that a contract's examples tell,
// with some texts in it replaced: by their old and new forms in turn.
type Step struct {
	Op      string
	Changes []string
	Private string // the operation whose private half it takes, where not its own
}

// Request makes the step an operation to run.
func (s Step) Request(t testing.TB, c *catalog.Contract) Op {
	t.Helper()
	o, ok := c.Operation(s.Op)
	if !ok {
		t.Fatalf("the contract %s has no operation %s", c.Name, s.Op)
	}
	op := Op{Name: s.Op, In: strings.NewReplacer(s.Changes...).Replace(string(o.Example))}
	if s.Private != "" {
		o, _ = c.Operation(s.Private)
	}
	if o.PrivateExample != nil {
		op.Private = o.PrivateExample
	}
	return op
}

// RunExamples runs a story's steps, each by the business system that who
// names, and fails the test where one is refused, or where an example is left
// out and not among except.
func (s *Story) RunExamples(c *catalog.Contract, steps []Step, who func(op string) *App, except ...string) {
	s.t.Helper()
	told := map[string]bool{}
	for _, name := range except {
		told[name] = true
	}
	for _, step := range steps {
		op := step.Request(s.t, c)
		if r := s.Do(who(step.Op), op.Name, op.In, op.Private); r.Refusal != nil {
			s.t.Fatalf("the example of %s: %v", step.Op, r.Refusal)
		}
		told[step.Op] = true
	}
	for _, o := range c.Operations {
		if o.Example != nil && !told[o.Name] {
			s.t.Errorf("no step of the story runs the example of %s", o.Name)
		}
	}
}

// SeedStory gives the whole story, as one transaction, to FuzzApply as a seed,
// so that it reaches what a single operation on an empty ledger does not, and
// the story told twice.
func SeedStory(f *testing.F, c *catalog.Contract, steps []Step) {
	var requests []operation.Request
	var halves []any
	for _, step := range steps {
		op := step.Request(f, c)
		requests = append(requests, operation.Request{Op: op.Name, In: raw(f, op.In)})
		if op.Private == nil {
			halves = append(halves, nil)
		} else {
			halves = append(halves, operation.Private{Salt: Salt, Data: raw(f, op.Private)})
		}
	}
	f.Add([]byte(raw(f, requests)), []byte(raw(f, halves)))
	// Told twice, operations come again: those are tried before they run, to
	// learn what they read.
	requests, halves = append(requests, requests...), append(halves, halves...)
	f.Add([]byte(raw(f, requests)), []byte(raw(f, halves)))
}
