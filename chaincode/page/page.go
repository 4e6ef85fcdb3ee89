// Package page writes a contract's page for docs/ledgers from the contract's
// own tables: who may do what, in which status, with which fields, and why it
// is refused. The pages are generated, so that they cannot go stale.
package page

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// Write makes the contract's page, in Markdown.
func Write(c catalog.Contract) []byte {
	w := &writer{}
	w.line("<!-- Written by `go generate ./chaincode`; edit the contract's tables instead. -->")
	w.line("# %s %s (`%s`)", c.TitleZh, c.Title, c.Name)
	w.line("")
	w.line("%s", c.Doc)
	w.line("")
	for _, r := range c.Records {
		w.record(r)
	}
	w.line("## Operations")
	w.line("")
	for _, o := range c.Operations {
		w.operation(c, o)
	}
	if len(c.Queries) > 0 {
		w.line("## Queries")
		w.line("")
	}
	for _, q := range c.Queries {
		w.query(c, q)
	}
	w.roles(c)
	w.line("## Refusals")
	w.line("")
	w.line("| code | HTTP | meaning | 含义 |")
	w.line("|---|---|---|---|")
	for _, r := range c.Refusals {
		w.line("| `%s` | %d | %s | %s |", r.Code, r.HTTP, cell(r.Doc), cell(r.DocZh))
	}
	return []byte(w.String())
}

// Index makes the list of all pages.
func Index(all []catalog.Contract) []byte {
	w := &writer{}
	w.line("<!-- Written by `go generate ./chaincode`; edit the contracts' tables instead. -->")
	w.line("# The ledgers")
	w.line("")
	w.line("| ledger | 账本 | records | operations | queries |")
	w.line("|---|---|---|---|---|")
	for _, c := range all {
		w.line("| [`%s`](%s.md) %s | %s | %d | %d | %d |", c.Name, c.Name, c.Title, c.TitleZh, len(c.Records), len(c.Operations), len(c.Queries))
	}
	return []byte(w.String())
}

type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

func (w *writer) record(r catalog.Record) {
	w.line("## %s %s (`%s`)", r.TitleZh, r.Title, r.Type)
	w.line("")
	if r.Doc != "" {
		w.line("%s", r.Doc)
		w.line("")
	}
	w.diagram(r)
	w.line("| status | 状态 | meaning |")
	w.line("|---|---|---|")
	for _, s := range r.Statuses {
		meaning := s.Doc
		if s.Terminal {
			meaning = strings.TrimSpace(meaning + " Terminal.")
		}
		w.line("| `%s` | %s | %s |", s.Code, s.TitleZh, cell(meaning))
	}
	w.line("")
	w.line("Schema version %d.", max(r.Schema, 1))
	w.line("")
	w.fields(r.Body)
	if len(r.Search) > 0 {
		names := make([]string, len(r.Search))
		for i, s := range r.Search {
			names[i] = fmt.Sprintf("`%s` (%s)", s.Field, s.Kind)
		}
		w.line("Listed and searched by: %s.", strings.Join(names, ", "))
		w.line("")
	}
	if l := r.Lapse; l != nil {
		w.line("A record that is `%s` is in fact `%s` once its `%s` has passed: derived when it is asked for.", strings.Join(l.From, "` or `"), l.To, l.Field)
		w.line("")
	}
	w.veil(r)
}

// veil says who sees a record that is hidden.
func (w *writer) veil(r catalog.Record) {
	switch v := r.Veil; {
	case v == nil:
		return
	case v.Of != nil:
		w.line("Hidden with the record of the type `%s` that its `%s` names (`%s`): nobody else reads, lists, verifies or sees the history of it.", v.Of.Type, v.Of.Field, v.Code)
	default:
		w.line("Hidden while its `%s` is not empty: then only its owner and the departments in `%s` read, list, verify or see the history of it (`%s`).", v.Field, strings.Join(v.Parties, "`, `"), v.Code)
	}
	w.line("")
}

// diagram draws the state machine, one arrow for each pair of statuses.
func (w *writer) diagram(r catalog.Record) {
	w.line("```mermaid")
	w.line("stateDiagram-v2")
	type arrow struct{ from, to string }
	ops := map[arrow][]string{}
	var arrows []arrow
	for _, t := range r.Transitions {
		a := arrow{start(t.From), start(t.To)}
		if ops[a] == nil {
			arrows = append(arrows, a)
		}
		if !slices.Contains(ops[a], t.Op) {
			ops[a] = append(ops[a], t.Op)
		}
	}
	for _, a := range arrows {
		w.line("    %s --> %s: %s", a.from, a.to, strings.Join(ops[a], ", "))
	}
	for _, s := range r.Statuses {
		if s.Terminal {
			w.line("    %s --> [*]", start(s.Code))
		}
	}
	w.line("```")
	w.line("")
}

// start is a status's name in a diagram, where a dash is not allowed.
func start(status string) string {
	if status == "" {
		return "[*]"
	}
	return strings.ReplaceAll(status, "-", "_")
}

func (w *writer) operation(c catalog.Contract, o catalog.Operation) {
	w.line("### %s %s `%s`", o.TitleZh, o.Title, o.Name)
	w.line("")
	if o.Doc != "" {
		w.line("%s", o.Doc)
		w.line("")
	}
	w.line("`POST /v1/{city}/%s%s`, by %s.", c.Name, c.OperationPath(&o), roleList(o.Roles))
	if len(o.Refusals) > 0 {
		w.line("Its own refusals: `%s`.", strings.Join(o.Refusals, "`, `"))
	}
	w.line("")
	w.fields(o.Input)
	if o.Private != nil {
		w.line("Private half, which never enters a block:")
		w.line("")
		w.fields(o.Private)
	}
	if o.Example != nil {
		w.line("```json")
		w.line("%s", o.Example)
		w.line("```")
		w.line("")
	}
}

func (w *writer) query(c catalog.Contract, q catalog.Query) {
	w.line("### %s %s `%s`", q.TitleZh, q.Title, q.Name)
	w.line("")
	if q.Doc != "" {
		w.line("%s", q.Doc)
		w.line("")
	}
	w.line("`POST /v1/{city}/%s/queries/%s`, by %s.", c.Name, q.Path, roleList(q.Roles))
	w.line("")
	w.fields(q.Input)
}

// fields writes one table of an object's fields, those of inner objects with
// their path.
func (w *writer) fields(s *schema.Schema) {
	if s == nil || len(s.Properties) == 0 {
		return
	}
	w.line("| field | 字段 | type | |")
	w.line("|---|---|---|---|")
	w.rows(s, "")
	w.line("")
}

func (w *writer) rows(s *schema.Schema, prefix string) {
	for _, p := range s.Properties {
		name := prefix + p.Name
		required := ""
		if slices.Contains(s.Required, p.Name) {
			required = " required"
		}
		w.line("| `%s` | %s | %s%s | %s |", name, cell(p.Schema.TitleZh), kind(p.Schema), required, cell(p.Schema.Description))
		inner := p.Schema
		if inner.Type == "array" {
			inner, name = inner.Items, name+"[]"
		}
		if inner.Type == "object" {
			w.rows(inner, name+".")
		}
	}
}

func kind(s *schema.Schema) string {
	switch {
	case s.Kind != "":
		return s.Kind
	case len(s.Enum) > 0:
		return "one of " + cell(strings.Join(s.Enum, ", "))
	case s.Type == "array":
		return "list of " + kind(s.Items)
	case s.Type == "integer":
		return "integer" + bounds(s)
	case s.Type == "":
		return "any"
	default:
		return s.Type
	}
}

func bounds(s *schema.Schema) string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf(" %d…%d", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		return fmt.Sprintf(" ≥ %d", *s.Minimum)
	case s.Maximum != nil:
		return fmt.Sprintf(" ≤ %d", *s.Maximum)
	}
	return ""
}

// roles writes the matrix of every operation and query against every role.
func (w *writer) roles(c catalog.Contract) {
	type row struct {
		name  string
		roles []string
	}
	var rows []row
	seen := map[string]bool{}
	add := func(name string, roles []string) {
		rows = append(rows, row{name, roles})
		for _, r := range roles {
			if r != "*" {
				seen[r] = true
			}
		}
	}
	for _, o := range c.Operations {
		add(o.Name, o.Roles)
	}
	for _, q := range c.Queries {
		add(q.Name, q.Roles)
	}
	var roles []string
	for r := range seen {
		roles = append(roles, r)
	}
	sort.Strings(roles)
	w.line("## Who may do what")
	w.line("")
	w.line("| | `%s` |", strings.Join(roles, "` | `"))
	w.line("|---%s", strings.Repeat("|---", len(roles))+"|")
	for _, r := range rows {
		cells := make([]string, len(roles))
		for i, role := range roles {
			cells[i] = "–"
			if slices.Contains(r.roles, role) || slices.Contains(r.roles, "*") {
				cells[i] = "✓"
			}
		}
		w.line("| %s | %s |", r.name, strings.Join(cells, " | "))
	}
	w.line("")
}

func roleList(roles []string) string {
	if slices.Contains(roles, "*") {
		return "any enrolled business system"
	}
	return "`" + strings.Join(roles, "`, `") + "`"
}

func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ")
}
