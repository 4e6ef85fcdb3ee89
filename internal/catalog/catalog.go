// Package catalog describes the contracts to everybody who is not a contract:
// the gateway makes its routes and its OpenAPI document from it, the read
// model its tables, the documentation its pages. The contracts' own code is
// the source: `go generate ./chaincode` writes the JSON files beside this one,
// and a test fails when they are stale.
package catalog

import (
	"encoding/json"

	"henanchain/internal/schema"
)

// Contract is one ledger's contract (智能合约).
type Contract struct {
	Name       string      `json:"name"` // chaincode name and REST path segment
	Title      string      `json:"title"`
	TitleZh    string      `json:"titleZh"`
	Doc        string      `json:"doc"`
	Records    []Record    `json:"records"`
	Operations []Operation `json:"operations"`
	Queries    []Query     `json:"queries,omitempty"`
	Refusals   []Refusal   `json:"refusals"`
}

// Record is one type of record that a contract keeps.
type Record struct {
	Type        string         `json:"type"`       // key prefix
	Collection  string         `json:"collection"` // REST path segment
	Title       string         `json:"title"`
	TitleZh     string         `json:"titleZh"`
	Doc         string         `json:"doc,omitempty"`
	Statuses    []Status       `json:"statuses"`
	Transitions []Transition   `json:"transitions"`
	Body        *schema.Schema `json:"body"`
	// Schema is the version of the body's schema, which records carry; the first
	// is left out. chaincode/schemas.lock holds what each version was.
	Schema int `json:"schema,omitempty"`
	// Search names the fields that callers list and search by; the read model serves them.
	Search []SearchField `json:"search,omitempty"`
	// HashFields name the body fields that hold a document's digest, for Verify.
	HashFields []string `json:"hashFields,omitempty"`
	// Successor is the body field with the id of the record that took this one's
	// place (被取代), where there is such a field.
	Successor string `json:"successor,omitempty"`
	// Lapse says when records end by themselves, where they do.
	Lapse *Lapse `json:"lapse,omitempty"`
	// Veil says which records not everybody sees, where there are such.
	Veil *Veil `json:"veil,omitempty"`
	// Main tells that such records are kept on the main channel: a city's paths
	// lead there.
	Main bool `json:"main,omitempty"`
}

// Status is one state of a record type's state machine.
type Status struct {
	Code     string `json:"code"`
	TitleZh  string `json:"titleZh"`
	Doc      string `json:"doc,omitempty"`
	Terminal bool   `json:"terminal,omitempty"` // no operation leads out of it
}

// Transition is one row of a state machine: in From, Op leads to To. An empty
// From is "no record yet"; To equal to From is a change that keeps the status.
type Transition struct {
	From string `json:"from"`
	Op   string `json:"op"`
	To   string `json:"to"`
}

// SearchField is a body field that lists and searches may use.
type SearchField struct {
	Field string `json:"field"` // JSON path in the body, such as holderKey or owners[].key
	Kind  string `json:"kind"`  // keyword, text, number or date
}

// Operation is something that a business system can do to a record.
type Operation struct {
	Name    string `json:"name"` // contract function
	Title   string `json:"title"`
	TitleZh string `json:"titleZh"`
	Doc     string `json:"doc,omitempty"`
	Record  string `json:"record"` // type of the record that it is about
	// Creates tells that the operation makes the record: POST on the collection.
	Creates bool `json:"creates,omitempty"`
	// Verb is the last path segment of an operation on an existing record.
	Verb string `json:"verb,omitempty"`
	// ID is the input field that holds the record's id, where there is one.
	ID string `json:"id,omitempty"`
	// Lane is the input field by which operations on one entity are kept in order.
	Lane     string          `json:"lane"`
	Roles    []string        `json:"roles"` // any of them suffices
	Input    *schema.Schema  `json:"input"`
	Private  *schema.Schema  `json:"private,omitempty"` // travels in the transient map only
	Refusals []string        `json:"refusals,omitempty"`
	Example  json.RawMessage `json:"example,omitempty"`
	// PrivateExample is an example of the private half.
	PrivateExample json.RawMessage `json:"privateExample,omitempty"`
}

// Query is a question to a contract that changes nothing.
type Query struct {
	Name    string          `json:"name"`
	Title   string          `json:"title"`
	TitleZh string          `json:"titleZh"`
	Doc     string          `json:"doc,omitempty"`
	Path    string          `json:"path"` // REST path segment
	Roles   []string        `json:"roles"`
	Input   *schema.Schema  `json:"input"`
	Output  *schema.Schema  `json:"output,omitempty"`
	Example json.RawMessage `json:"example,omitempty"`
}

// Refusal explains one refusal code.
type Refusal struct {
	Code  string `json:"code"`
	HTTP  int    `json:"http"` // status of the REST answer
	Doc   string `json:"doc"`
	DocZh string `json:"docZh"`
}

// SuccessorOf is the id of the record that took the place of the one with that
// body; empty where none did.
func (r *Record) SuccessorOf(body json.RawMessage) string {
	if r.Successor == "" {
		return ""
	}
	var all map[string]json.RawMessage
	var id string
	if json.Unmarshal(body, &all) != nil || json.Unmarshal(all[r.Successor], &id) != nil {
		return ""
	}
	return id
}

// Record finds a record type by its type or collection.
func (c *Contract) Record(typeOrCollection string) (*Record, bool) {
	for i := range c.Records {
		if r := &c.Records[i]; r.Type == typeOrCollection || r.Collection == typeOrCollection {
			return r, true
		}
	}
	return nil, false
}

// Operation finds an operation by its name.
func (c *Contract) Operation(name string) (*Operation, bool) {
	for i := range c.Operations {
		if c.Operations[i].Name == name {
			return &c.Operations[i], true
		}
	}
	return nil, false
}
