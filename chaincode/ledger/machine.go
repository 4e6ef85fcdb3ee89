package ledger

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"henanchain/internal/catalog"
)

// machine is a record type's state machine (状态机): a table of transitions
// and nothing else.
type machine struct {
	statuses    []catalog.Status
	transitions []catalog.Transition
}

// allows tells whether op may lead from one status to the other.
func (m *machine) allows(from, op, to string) bool {
	for _, t := range m.transitions {
		if t.From == from && t.Op == op && t.To == to {
			return true
		}
	}
	return false
}

// accepts tells whether op may happen at all in a status.
func (m *machine) accepts(from, op string) bool {
	for _, t := range m.transitions {
		if t.From == from && t.Op == op {
			return true
		}
	}
	return false
}

// sources names the statuses in which op may happen, for a refusal's sentence.
func (m *machine) sources(op string) string {
	var list []string
	for _, t := range m.transitions {
		if t.Op == op && t.From != "" {
			list = append(list, t.From)
		}
	}
	if len(list) == 0 {
		return "no status"
	}
	sort.Strings(list)
	out := list[:1]
	for _, s := range list[1:] {
		if s != out[len(out)-1] {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// knows tells whether the table has all these statuses.
func (m *machine) knows(codes []string) bool {
	for _, code := range codes {
		if !slices.ContainsFunc(m.statuses, func(s catalog.Status) bool { return s.Code == code }) {
			return false
		}
	}
	return true
}

// check finds rows that name an unknown status, and statuses that nothing
// leads to, not even the passing of time; it marks the terminal ones.
func (m *machine) check(l *catalog.Lapse) error {
	known := map[string]bool{"": true}
	for _, s := range m.statuses {
		if known[s.Code] {
			return fmt.Errorf("status %q stands twice", s.Code)
		}
		known[s.Code] = true
	}
	reached, left := map[string]bool{}, map[string]bool{}
	if l != nil {
		reached[l.To] = true
	}
	for _, t := range m.transitions {
		if !known[t.From] || !known[t.To] || t.To == "" {
			return fmt.Errorf("transition %s --%s--> %s names a status that the table does not have", t.From, t.Op, t.To)
		}
		reached[t.To] = true
		if t.From != t.To {
			left[t.From] = true
		}
	}
	for i, s := range m.statuses {
		if !reached[s.Code] {
			return fmt.Errorf("nothing leads to the status %s", s.Code)
		}
		m.statuses[i].Terminal = !left[s.Code]
	}
	return nil
}

// Steps writes one transition for each source status; a shorthand for tables.
func Steps(op, to string, from ...string) []catalog.Transition {
	rows := make([]catalog.Transition, len(from))
	for i, f := range from {
		rows[i] = catalog.Transition{From: f, Op: op, To: to}
	}
	return rows
}

// Stay writes one transition for each status in which op changes the record
// and keeps its status.
func Stay(op string, in ...string) []catalog.Transition {
	rows := make([]catalog.Transition, len(in))
	for i, f := range in {
		rows[i] = catalog.Transition{From: f, Op: op, To: f}
	}
	return rows
}

// Table joins the rows of Steps and Stay.
func Table(parts ...[]catalog.Transition) []catalog.Transition {
	var all []catalog.Transition
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
