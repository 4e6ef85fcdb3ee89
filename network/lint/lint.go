// Package lint finds in a contract's source what would make peers disagree.
// Every endorsing peer runs a contract by itself, and their results must be the
// same to the byte: a contract may use the transaction's own time, its arguments
// and the ledger, and nothing else.
//
// The rules are go/analysis analyzers. A function outside the contracts that
// breaks a rule is no fault by itself; a contract that calls it is told of it.
// Calls through interfaces and function values are not followed.
//
// A finding that is no fault in its place is allowed there, with the reason:
//
//	//lint:allow RULE reason
//
// at the end of the line, on the line before, in a function's doc comment (for the
// whole function), or before the package clause (for the whole file).
package lint

import (
	"golang.org/x/tools/go/analysis"
)

// Rule is the name of one rule, as it stands in a directive.
type Rule string

// The rules.
const (
	Clock       Rule = "clock"
	Randomness  Rule = "randomness"
	Concurrency Rule = "concurrency"
	MapOrder    Rule = "maporder"
	Globals     Rule = "globals"
	Floats      Rule = "floats"
	Environment Rule = "environment"
	// Directives is about the directives themselves, and cannot be allowed.
	Directives Rule = "directives"
)

// docs say what a rule refuses and what is right instead.
var docs = []struct {
	rule Rule
	doc  string
}{
	{Clock, "refuses the peer's clock and time zone: take the transaction's time (GetTxTimestamp), in UTC"},
	{Randomness, "refuses random numbers, random keys and signatures, and memory addresses: derive what must be unique from the transaction's ID"},
	{Concurrency, "refuses goroutines, select and channels: what runs at once ends in an order that differs"},
	{MapOrder, "refuses walking a map in an order that can reach the state or the answer: walk slices.Sorted(maps.Keys(m))"},
	{Globals, "refuses state that outlives a transaction (package variables, fields of the contract): keep it on the ledger"},
	{Floats, "refuses floating point, whose results differ between machines: count in whole units (fen, square centimetres, grams)"},
	{Environment, "refuses files, network, processes and settings of the peer's machine: hand in what is needed as an argument"},
	{Directives, "refuses a lint:allow without a known rule and a reason, and one that allows nothing"},
}

// Analyzers are the rules, each by itself, in the order of their documentation.
func Analyzers() []*analysis.Analyzer {
	out := make([]*analysis.Analyzer, 0, len(docs))
	for _, d := range docs {
		out = append(out, analyzer(d.rule, d.doc))
	}
	return out
}

func analyzer(rule Rule, doc string) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     string(rule),
		Doc:      doc,
		Requires: []*analysis.Analyzer{effects},
		Run: func(pass *analysis.Pass) (any, error) {
			for _, f := range pass.ResultOf[effects].([]finding) {
				if f.rule == rule {
					pass.Report(analysis.Diagnostic{Pos: f.pos, Category: string(rule), Message: f.message})
				}
			}
			return nil, nil
		},
	}
}

func known(name string) bool {
	for _, d := range docs {
		if string(d.rule) == name {
			return d.rule != Directives
		}
	}
	return false
}
