package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// AnyRole lets every enrolled business system call.
const AnyRole = "*"

// Contract is one ledger's contract: the tables that its functions come from.
// A contract is built once, when its program starts; a table that is wrong
// panics there.
type Contract struct {
	info    catalog.Contract
	records map[string]*recordInfo
	ops     map[string]*op
	queries map[string]*query
	locate  func(*Call, *operation.Claim) (id string, err error)
}

// New starts a contract's tables. Doc says in a few sentences whom the ledger
// serves and by which standards.
func New(name, title, titleZh, doc string) *Contract {
	c := &Contract{
		info:    catalog.Contract{Name: name, Title: title, TitleZh: titleZh, Doc: doc, Refusals: commonRefusals()},
		records: map[string]*recordInfo{},
		ops:     map[string]*op{},
		queries: map[string]*query{},
	}
	defineSigning(c)
	return c
}

// Name is the contract's name, which is its chaincode's name too.
func (c *Contract) Name() string { return c.info.Name }

// Describe returns the contract's tables, what every contract has after what
// is its own.
func (c *Contract) Describe() catalog.Contract {
	d := c.info
	d.Records = lastly(d.Records, func(r catalog.Record) string { return r.Type })
	d.Operations = lastly(d.Operations, func(o catalog.Operation) string { return o.Record })
	return d
}

// lastly puts what belongs to the signing records at the end.
func lastly[T any](all []T, recordType func(T) string) []T {
	var own, common []T
	for _, e := range all {
		if t := recordType(e); t == signerType || t == policyType {
			common = append(common, e)
		} else {
			own = append(own, e)
		}
	}
	return append(own, common...)
}

// Codes declares refusal codes of the contract's own, each with the status of
// the REST answer that carries it.
func (c *Contract) Codes(own ...catalog.Refusal) {
	for _, r := range own {
		if slices.ContainsFunc(c.info.Refusals, func(known catalog.Refusal) bool { return known.Code == r.Code }) {
			c.fail("refusal code %s stands twice", r.Code)
		}
		c.info.Refusals = append(c.info.Refusals, r)
	}
}

// Locate lets Verify find a record by a claim that names no id, where the
// contract keeps a key for that. find answers an empty id where there is none.
func (c *Contract) Locate(find func(*Call, *operation.Claim) (id string, err error)) { c.locate = find }

func (c *Contract) fail(format string, args ...any) {
	panic(fmt.Sprintf("contract %s: %s", c.info.Name, fmt.Sprintf(format, args...)))
}

// op is a registered operation: its description, and how to read its input.
type op struct {
	info    catalog.Operation
	prepare func(in, private json.RawMessage) (*prepared, error)
}

// prepared is an operation whose input has been read.
type prepared struct {
	id   string                 // of the entity, where the input names it
	keys []string               // what it will read
	of   func(*Caller) []string // what it will read beside, by who calls; may be nil
	run  func(*Call) error
	// tried tells that the operation ran, for good or as a trial, and may have
	// changed what was read of its input.
	tried bool
}

// Reader is implemented by an input that knows which keys its operation will
// read beside the record that its ID field names, so that they are fetched at
// once for a whole batch.
type Reader interface{ Reads() []string }

// CallerReader is a Reader whose keys depend on who calls, such as ids derived
// from the caller's department.
type CallerReader interface{ ReadsOf(*Caller) []string }

// Handle registers an operation. The description's Input, and its place among
// the contract's functions, come from the handler's input type.
func Handle[I any](c *Contract, info catalog.Operation, handler func(*Call, *I) error) {
	info.Input = schema.For[I]()
	c.register(info, func(in, _ json.RawMessage) (*prepared, error) {
		input, err := decode[I](c.ops[info.Name].info.Input, in, "")
		if err != nil {
			return nil, err
		}
		return c.ops[info.Name].ready(input, func(call *Call) error { return handler(call, input) }), nil
	})
}

// HandlePrivate registers an operation with a private half, which travels in
// the transient map and never enters a block. private is nil where the request
// had none.
func HandlePrivate[I, P any](c *Contract, info catalog.Operation, handler func(c *Call, in *I, private *Private[P]) error) {
	info.Input, info.Private = schema.For[I](), schema.For[P]()
	half := schema.For[Private[P]]()
	c.register(info, func(in, private json.RawMessage) (*prepared, error) {
		input, err := decode[I](c.ops[info.Name].info.Input, in, "")
		if err != nil {
			return nil, err
		}
		var p *Private[P]
		if len(private) > 0 && string(private) != "null" {
			if p, err = decode[Private[P]](half, private, "private"); err != nil {
				return nil, err
			}
		}
		return c.ops[info.Name].ready(input, func(call *Call) error { return handler(call, input, p) }), nil
	})
}

func (o *op) ready(input any, run func(*Call) error) *prepared {
	p := &prepared{run: run}
	if o.info.ID != "" {
		p.id = stringField(input, o.info.ID)
		p.keys = append(p.keys, Key(o.info.Record, p.id))
	}
	if r, ok := input.(Reader); ok {
		p.keys = append(p.keys, r.Reads()...)
	}
	if r, ok := input.(CallerReader); ok {
		p.of = r.ReadsOf
	}
	return p
}

func (c *Contract) register(info catalog.Operation, prepare func(in, private json.RawMessage) (*prepared, error)) {
	switch record := c.records[info.Record]; {
	case info.Name == "" || c.ops[info.Name] != nil || c.queries[info.Name] != nil || reserved[info.Name]:
		c.fail("operation %q has no name of its own", info.Name)
	case record == nil:
		c.fail("operation %s is about the record type %q, which is not defined", info.Name, info.Record)
	case len(info.Roles) == 0:
		c.fail("operation %s names no role: use AnyRole if everybody may call it", info.Name)
	case info.Creates == (info.Verb != ""):
		c.fail("operation %s must either create its record or have a verb", info.Name)
	case !record.machine.mentions(info.Name):
		c.fail("operation %s is not in the state machine of %s", info.Name, info.Record)
	}
	for _, f := range []string{info.ID, info.Lane} {
		if _, ok := info.Input.Properties.Get(f); f != "" && !ok {
			c.fail("operation %s has no input field %q", info.Name, f)
		}
	}
	if info.Lane == "" {
		info.Lane = info.ID
	}
	if info.Example != nil {
		if _, errs, err := info.Input.Check(info.Example); err != nil || len(errs) > 0 {
			c.fail("the example of %s is wrong: %v %v", info.Name, errs, err)
		}
	}
	c.ops[info.Name] = &op{info, prepare}
	c.info.Operations = append(c.info.Operations, info)
}

func (m *machine) mentions(op string) bool {
	for _, t := range m.transitions {
		if t.Op == op {
			return true
		}
	}
	return false
}

// reserved are the functions that every contract has.
var reserved = map[string]bool{
	operation.Apply: true, operation.Get: true, operation.History: true,
	operation.Range: true, operation.Verify: true, operation.Read: true, operation.Describe: true,
}

// unsaid is a field error of a private half without its sentence, which may
// repeat the value: a contract's answer stands in a block for ever. The gateway
// checks the half before, and says it there.
func unsaid(prefix string, e operation.FieldError) operation.FieldError {
	e.Field = prefix + "." + e.Field
	if e.Code != schema.Required {
		e.Message = "is not what the field takes; its value stays out of the block, and so does the reason"
	}
	return e
}

// decode checks raw against the schema and reads it into an I.
func decode[I any](s *schema.Schema, raw json.RawMessage, prefix string) (*I, error) {
	input, errs, err := schema.Read[I](s, raw)
	if errors.Is(err, strictjson.ErrNotJSON) {
		return nil, Refuse(InputInvalid, "the input is %v", err)
	}
	if err != nil {
		return nil, err
	}
	if len(errs) > 0 {
		if prefix != "" {
			for i := range errs {
				errs[i] = unsaid(prefix, errs[i])
			}
		}
		r := Refuse(InputInvalid, "%d field(s) of the input are wrong", len(errs))
		r.Fields = errs
		return nil, r
	}
	return input, nil
}
