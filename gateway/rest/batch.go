package rest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"henanchain/gateway/problem"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// batch serves many operations: each is done or refused on its own, and the
// answer is 200 with a result for each, in their order.
func (x *exchange) batch() error {
	media, err := x.contentType(typeJSON, typeNDJSON)
	if err != nil {
		return err
	}
	raw, err := x.body(x.Limits.BatchBytes)
	if err != nil {
		return err
	}
	items, err := x.split(media, raw)
	if err != nil {
		return err
	}
	t := x.task()
	t.Batch, t.Media, t.Entries = true, media, make([]entry, len(items))
	for i, item := range items {
		t.Entries[i] = x.enter(item, t.Chinese)
	}
	return x.carryOut(t, raw)
}

// split takes a JSON array or JSON Lines apart.
func (x *exchange) split(media string, raw []byte) ([]json.RawMessage, error) {
	var items []json.RawMessage
	if media == typeNDJSON {
		for line := range bytes.Lines(raw) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				items = append(items, json.RawMessage(line))
			}
		}
	} else {
		var err error
		if items, err = strictjson.Elements(raw); err != nil {
			return nil, problem.New(problem.JSONMalformed, "The body must be a JSON array of requests: %s.", err)
		}
	}
	if n := len(items); n == 0 || n > x.Limits.BatchOperations {
		return nil, problem.New(problem.InputInvalid, "A batch takes 1 to %d requests, and this one has %d.", x.Limits.BatchOperations, n)
	}
	return items, nil
}

// enter checks one request of a batch.
func (x *exchange) enter(raw json.RawMessage, chinese bool) entry {
	e, err := x.prepareItem(raw)
	if err != nil {
		doc := x.explain(err).Document(chinese, "")
		return entry{Problem: &doc}
	}
	return *e
}

// Names of a batch item's members.
const (
	memberOp        = "op"
	memberIn        = "in"
	memberIfVersion = "ifVersion"
)

func (x *exchange) prepareItem(raw json.RawMessage) (*entry, error) {
	all, ok := members(raw)
	if !ok {
		if _, err := strictjson.Parse(raw); err != nil {
			return nil, problem.New(problem.JSONMalformed, "The request is %s.", err)
		}
		return nil, inputInvalid(operation.FieldError{Code: schema.Type, Message: "must be an object with op and in"})
	}
	var it item
	var name, version json.RawMessage
	for _, m := range all {
		switch m.Name {
		case memberOp:
			name = m.Value
		case memberIn:
			it.in = m.Value
		case memberPrivate:
			it.private = m.Value
		case memberSig:
			it.sig = m.Value
		case memberIfVersion:
			version = m.Value
		default:
			return nil, inputInvalid(operation.FieldError{Field: fmt.Sprintf("%.64s", m.Name), Code: schema.Unknown, Message: "is not a member here; the members are op, in, private, ifVersion, sig"})
		}
	}
	opName, ok := strictjson.Text(name)
	if !ok {
		return nil, inputInvalid(operation.FieldError{Field: memberOp, Code: schema.Required, Message: "must be the name of an operation"})
	}
	op, ok := x.route.contract.Operation(opName)
	if !ok {
		return nil, problem.New(problem.OperationUnknown, "The ledger %s has no operation %.64q.", x.route.contract.Name, opName)
	}
	if !x.mayDo(op) {
		return nil, problem.New(problem.RoleRequired, "%s needs one of the roles %v; the application %s has %v.", op.Name, op.Roles, x.caller.Name, x.caller.Roles)
	}
	if version != nil && string(version) != "null" {
		if json.Unmarshal(version, &it.ifVersion) != nil || it.ifVersion < 1 {
			return nil, inputInvalid(operation.FieldError{Field: memberIfVersion, Code: schema.Type, Message: "must be a version, a whole number from 1"})
		}
	}
	if it.in == nil {
		return nil, inputInvalid(operation.FieldError{Field: memberIn, Code: schema.Required, Message: "is missing: the operation's input"})
	}
	e, err := x.prepare(op, it, "")
	return e, inField(err)
}

// inField says of every wrong field that it is inside the member in.
func inField(err error) error {
	p, ok := err.(*problem.Problem) //nolint:errorlint // made by prepare itself
	if !ok {
		return err
	}
	for i, f := range p.Fields {
		if f.Field != memberSig && f.Field != memberPrivate && !hasPrefix(f.Field, memberSig+".") && !hasPrefix(f.Field, memberPrivate+".") {
			p.Fields[i].Field = prefixed(memberIn, f.Field)
		}
	}
	return p
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
