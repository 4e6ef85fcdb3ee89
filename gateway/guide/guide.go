// Package guide writes the REST guide, docs/rest.md and its Chinese twin: the
// text from a template, every path, example and role from the table that the
// gateway's routes are made of.
package guide

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/template"

	"henanchain/gateway/rest"
	"henanchain/internal/catalog"
)

//go:embed *.tmpl
var templates embed.FS

// Languages that the guide is written in, by their template.
var Languages = map[string]string{"en": "rest.md.tmpl", "zh": "rest.zh-CN.md.tmpl"}

// City is where the examples are called.
const City = "zhengzhou"

// step is one call of a ledger's example: an operation that stands alone, or
// follows those above it, and who may do it in the pilot network.
type step struct{ op, app string }

// story is what the guide shows of a ledger.
type story struct {
	ledger string
	steps  []step
}

var stories = []story{
	{"evidence", []step{{"Deposit", "zhengzhou-notary"}}},
	{"elicense", []step{{"PublishType", "zhengzhou-elicense"}, {"Issue", "zhengzhou-elicense"}}},
	{"finance", []step{{"PublishItem", "zhengzhou-data"}}},
	{"realestate", []step{{"RegisterUnit", "zhengzhou-registry"}}},
	{"agritrace", []step{{"RegisterSubject", "zhengzhou-agriculture"}}},
	{"medical", []step{{"RegisterInstitution", "province-drugs"}, {"RegisterDrug", "province-drugs"}}},
	{"relay", []step{{"ProposeChain", "zhengzhou-relay"}}},
	{"sharing", []step{{"PublishItem", "zhengzhou-registry"}}},
}

// Ledger is a ledger as the templates see it.
type Ledger struct {
	Name, Title, TitleZh string
	Calls                []Call
	Routes               []Line
}

// Call is one example.
type Call struct {
	Title, TitleZh, App, Method, Path string
	Body                              string // indented JSON; empty: none
}

// Line is a row of the table of operations and queries.
type Line struct{ Title, TitleZh, Method, Path, Roles string }

// Write makes the guide in a language.
func Write(language string, contracts []catalog.Contract, routes []rest.Route) ([]byte, error) {
	name, ok := Languages[language]
	if !ok {
		return nil, fmt.Errorf("the guide is not written in %q", language)
	}
	tmpl, err := template.ParseFS(templates, name)
	if err != nil {
		return nil, fmt.Errorf("the guide's template: %w", err)
	}
	var ledgers []Ledger
	for _, s := range stories {
		l, err := s.ledgerOf(contracts, routes)
		if err != nil {
			return nil, err
		}
		ledgers = append(ledgers, *l)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, struct {
		City    string
		Ledgers []Ledger
	}{City, ledgers}); err != nil {
		return nil, fmt.Errorf("write the guide: %w", err)
	}
	return out.Bytes(), nil
}

func (s *story) ledgerOf(contracts []catalog.Contract, routes []rest.Route) (*Ledger, error) {
	var c *catalog.Contract
	for i := range contracts {
		if contracts[i].Name == s.ledger {
			c = &contracts[i]
		}
	}
	if c == nil {
		return nil, fmt.Errorf("the guide tells of the ledger %s, which is not in the catalogue", s.ledger)
	}
	l := &Ledger{Name: c.Name, Title: c.Title, TitleZh: c.TitleZh}
	byID := map[string]*rest.Route{}
	for i := range routes {
		byID[routes[i].ID] = &routes[i]
		if r := &routes[i]; r.Tag == c.Name && r.Method == "POST" && !strings.Contains(r.Path, ":") {
			l.Routes = append(l.Routes, Line{r.Summary, r.SummaryZh, r.Method, r.Path, strings.Join(r.Roles, ", ")})
		}
	}
	for _, st := range s.steps {
		op, ok := c.Operation(st.op)
		r := byID[c.Name+"."+st.op]
		if !ok || r == nil {
			return nil, fmt.Errorf("the guide tells of the operation %s.%s, which is not in the catalogue", c.Name, st.op)
		}
		calls, err := callsOf(c, op, r, st.app)
		if err != nil {
			return nil, fmt.Errorf("the guide's example of %s.%s: %w", c.Name, st.op, err)
		}
		l.Calls = append(l.Calls, calls...)
	}
	return l, nil
}

// callsOf are an operation's example and what it leads to: the record read,
// listed, and verified by its document's digest, as far as its example names them.
func callsOf(c *catalog.Contract, op *catalog.Operation, r *rest.Route, app string) ([]Call, error) {
	example := r.Body.Content["application/json"].Example
	if example == nil {
		return nil, fmt.Errorf("there is none")
	}
	body, err := indent(example)
	if err != nil {
		return nil, err
	}
	record, ok := c.Record(op.Record)
	if !ok {
		return nil, fmt.Errorf("there is no record type %s", op.Record)
	}
	collection := "/v1/" + City + "/" + c.Name + "/" + record.Collection
	calls := []Call{{op.Title, op.TitleZh, app, "POST", strings.Replace(r.Path, "{city}", City, 1), body}}
	var in map[string]any
	if err := json.Unmarshal(op.Example, &in); err != nil {
		return nil, err
	}
	if id, ok := in[op.ID].(string); ok {
		calls = append(calls, Call{"Read it", "查询", app, "GET", collection + "/" + url.PathEscape(id), ""})
	} else {
		calls = append(calls, Call{"List such records", "列出", app, "GET", collection + "?limit=2", ""})
	}
	for _, field := range record.HashFields {
		if digest, ok := in[field].(string); ok {
			claim, err := json.MarshalIndent(map[string]string{"fileHash": digest}, "", "  ")
			if err != nil {
				return nil, err
			}
			return append(calls, Call{"Verify a document by its SM3 digest", "按文件 SM3 摘要核验", app, "POST", collection + ":verify", string(claim)}), nil
		}
	}
	return calls, nil
}

func indent(raw json.RawMessage) (string, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return "", err
	}
	if strings.Contains(out.String(), "'") {
		return "", fmt.Errorf("it holds a single quote, which a shell would take for its own")
	}
	return out.String(), nil
}
