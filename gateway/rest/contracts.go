package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"henanchain/gateway/fabric"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// ContractCaller is the role that may call any function of any contract.
const ContractCaller = "contract.caller"

// contractRoutes are the door for contracts that were not written here.
func (s *Server) contractRoutes() []Route {
	route := func(action, id, summary, zh, doc string, handle func(*exchange) error) Route {
		return Route{
			Endpoint: openapi.Endpoint{
				Method: http.MethodPost, Path: "/v1/{city}/contracts/{name}/{function}" + action, ID: id, Tag: "contracts",
				Summary: summary, SummaryZh: zh, Doc: doc, Roles: []string{ContractCaller},
				Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}},
				Body:       openapi.JSON(openapi.Ref("Call"), json.RawMessage(`{"args":["asset1","blue","5"]}`)),
				Success:    map[int]*openapi.Response{http.StatusOK: openapi.Answer("what the function answered", openapi.Ref("CallAnswer"), RequestIDHeader)},
				Problems:   []int{http.StatusConflict, http.StatusUnprocessableEntity},
			},
			inCity: true, handle: handle,
		}
	}
	submit := route("", "contracts.submit", "Submit a transaction to any contract", "调用合约（上链）",
		"Endorsed, on the gateway's disk before it is ordered, and committed before it is answered; the receipt tells the transaction and the block. With an Idempotency-Key it is done once, whatever is lost in between; where others changed the same keys meanwhile it is tried again.",
		(*exchange).submitCall)
	submit.Parameters = writeParameters
	submit.Success[http.StatusAccepted] = accepted
	return []Route{
		submit,
		route(":evaluate", "contracts.evaluate", "Evaluate a function of any contract", "调用合约（只读）",
			"Asks one peer; nothing is written.", (*exchange).evaluateCall),
	}
}

type callBody struct {
	Args      []string          `json:"args"`
	Transient map[string]string `json:"transient"`
}

type callAnswer struct {
	Result  any                `json:"result"`
	Receipt *operation.Receipt `json:"receipt,omitempty"`
}

// called is the contract that the path names, where the channel has it.
func (x *exchange) called() (string, error) {
	name := x.gin.Param("name")
	if !hasContract(x.channel, name) {
		return "", problem.New(problem.LedgerUnknown, "The channel %s has no contract %.64q; it has %v.", x.channel.Name, name, x.channel.Contracts)
	}
	return name, nil
}

func (x *exchange) evaluateCall() error {
	contract, err := x.called()
	if err != nil {
		return err
	}
	i, _, err := x.invocation()
	if err != nil {
		return err
	}
	raw, err := x.Invoker.Evaluate(x.ctx(), fabric.Proposal{Channel: x.channel.Name, Contract: contract, App: x.caller.Name,
		Function: i.Function, Args: i.args(), Transient: i.Transient})
	if err != nil {
		return contractSaid(err)
	}
	return x.json(http.StatusOK, callAnswer{Result: value(raw)})
}

// submitCall submits a call: now, or as a job; at most once where it has a key.
func (x *exchange) submitCall() error {
	contract, err := x.called()
	if err != nil {
		return err
	}
	i, raw, err := x.invocation()
	if err != nil {
		return err
	}
	return x.carryOut(&task{App: x.caller.Name, Channel: x.channel.Name, Contract: contract,
		Media: typeJSON, Chinese: problem.Chinese(x.request()), Request: x.id, Call: i}, raw)
}

// invoke does a task that is a call. What the contract refuses is an answer.
func (s *Server) invoke(ctx context.Context, t *task, ticket *store.Ticket) (*reply, error) {
	o, err := s.Writer.Invoke(ctx, write.Invocation{Channel: t.Channel, Contract: t.Contract, App: t.App,
		Function: t.Call.Function, Args: t.Call.args(), Transient: t.Call.Transient, Ticket: ticket})
	if err != nil {
		err = contractSaid(err)
	} else {
		err = o.Err
	}
	var refused *problem.Problem
	switch {
	case errors.As(err, &refused):
		return &reply{Answer: problemAnswer(refused, t), problem: refused}, nil
	case err != nil:
		return nil, err
	case o.Result.Refusal != nil:
		p := s.book.Refusal(t.Contract, o.Result.Refusal)
		return &reply{Answer: problemAnswer(p, t), problem: p}, nil
	}
	body, err := json.Marshal(callAnswer{o.Result.Data, o.Receipt})
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	r := &reply{Answer: store.Answer{Status: http.StatusOK, Header: map[string]string{"Content-Type": typeJSON}, Body: body}}
	if o.Receipt != nil {
		r.txID = o.Receipt.TxID
		s.seen.note(t.App, t.Channel, o.Receipt.Block)
	}
	return r, nil
}

// contractSaid tells a contract's own no, in whatever words it has, from a
// failure of the network: a contract that was not written here has no codes.
func contractSaid(err error) error {
	var e *fabric.Error
	if !errors.As(err, &e) || !e.Answered || e.Refusal != nil {
		return err
	}
	_, said, _ := strings.Cut(e.Err.Error(), "chaincode response ")
	return problem.New(problem.Refused, "The contract answered: %.500s", strings.ToValidUTF8(said, "?")).Because(err)
}

// value is an answer as JSON where it is JSON, else as a text.
func value(raw []byte) any {
	if v, err := strictjson.Parse(raw); err == nil && v != nil {
		return json.RawMessage(raw)
	}
	return string(raw)
}

var callSchema = &schema.Schema{Type: "object", Closed: true, Required: []string{"args"}, Properties: schema.Properties{
	{Name: "args", Schema: &schema.Schema{Type: "array", Items: &schema.Schema{}, MaxItems: 100}},
	{Name: "transient", Schema: &schema.Schema{Type: "object"}},
}}

// invocation reads what is called, from the path and the body.
func (x *exchange) invocation() (*Invocation, []byte, error) {
	if _, err := x.contentType(typeJSON); err != nil {
		return nil, nil, err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return nil, nil, err
	}
	if _, err := checked(callSchema, raw, "", nil); err != nil {
		return nil, nil, err
	}
	var body callBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, nil, inputInvalid(operation.FieldError{Field: "args", Code: schema.Type, Message: "must be a list of texts, and transient an object of texts"})
	}
	i := &Invocation{Function: x.gin.Param("function"), Args: body.Args, Transient: map[string][]byte{}}
	for name, text := range body.Transient {
		if i.Transient[name], err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, nil, inputInvalid(operation.FieldError{Field: "transient." + name, Code: schema.Format, Message: "must be base64"})
		}
	}
	return i, raw, nil
}
