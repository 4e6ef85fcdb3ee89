package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/catalog"
	"henanchain/internal/schema"
)

// query is a registered question that changes nothing.
type query struct {
	info catalog.Query
	run  func(*Call, json.RawMessage) (any, error)
}

// Answer registers a query. The description's Input and Output come from the
// handler's types.
func Answer[I, O any](c *Contract, info catalog.Query, handler func(*Call, *I) (*O, error)) {
	info.Input, info.Output = schema.For[I](), schema.For[O]()
	if info.Name == "" || c.ops[info.Name] != nil || c.queries[info.Name] != nil || reserved[info.Name] || info.Path == "" {
		c.fail("query %q has no name and path of its own", info.Name)
	}
	if len(info.Roles) == 0 {
		c.fail("query %s names no role: use AnyRole if everybody may ask", info.Name)
	}
	c.queries[info.Name] = &query{info, func(call *Call, in json.RawMessage) (any, error) {
		input, err := decode[I](info.Input, in, "")
		if err != nil {
			return nil, err
		}
		return handler(call, input)
	}}
	c.info.Queries = append(c.info.Queries, info)
}

// ask runs a query.
func (c *Contract) ask(stub shim.ChaincodeStubInterface, q *query, in json.RawMessage) (json.RawMessage, error) {
	tx, err := begin(stub, c)
	if err != nil {
		return nil, err
	}
	if !tx.caller.hasAny(q.info.Roles) {
		return nil, Refuse(RoleRequired, "%s needs one of the roles %v; the certificate of %q carries %v", q.info.Name, q.info.Roles, tx.caller.App, tx.caller.Roles)
	}
	answer, err := q.run(&Call{tx: tx, op: q.info.Name}, in)
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("encode the answer of %s: %w", q.info.Name, err)
	}
	return out, nil
}
