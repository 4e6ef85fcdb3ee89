package rest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/fabric"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// outsideFor is how long what was handed out may take to come back signed. Peers
// take a proposal for 15 minutes.
const outsideFor = 5 * time.Minute

// outsideRoutes are for callers who keep their keys to themselves: prepare, sign
// outside, endorse, sign outside, submit.
func outsideRoutes() []Route {
	route := func(action, summary, zh, doc string, body openapi.Endpoint, handle func(*exchange) error) Route {
		body.Method, body.Path, body.ID, body.Tag = http.MethodPost, "/v1/{city}/transactions:"+action, "outside."+action, "outside"
		body.Summary, body.SummaryZh, body.Doc = summary, zh, doc
		body.Parameters = append([]openapi.Parameter{{Ref: "#/components/parameters/RequestID"}}, body.Parameters...)
		body.Problems = []int{http.StatusConflict, http.StatusUnprocessableEntity}
		return Route{Endpoint: body, inCity: true, handle: handle}
	}
	answer := func(text, schema string) map[int]*openapi.Response {
		return map[int]*openapi.Response{http.StatusOK: openapi.Answer(text, openapi.Ref(schema), RequestIDHeader)}
	}
	signed := json.RawMessage(`{"bytes":"CgA=","signature":"MEUCIQ=="}`)
	return []Route{
		route("prepare", "Prepare a transaction to be signed outside", "准备交易（外部签名）",
			"For callers who do not give their key to the gateway. Names an operation of a ledger (contract, op, in) or, for the role "+ContractCaller+", a function of any contract (contract, function, args), and the caller's own certificate. Answers the proposal's bytes: sign their SHA-256 with the certificate's key (ECDSA, ASN.1, low S), and send both to :endorse within five minutes.",
			openapi.Endpoint{Body: openapi.JSON(openapi.Ref("Prepare"), json.RawMessage(`{"certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","contract":"evidence","op":"Fix","in":{"evidenceId":"00000000000000000000000000000000"}}`)),
				Success: answer("the proposal to be signed", "ToSign")}, (*exchange).prepareOutside),
		route("endorse", "Have a proposal endorsed that was signed outside", "背书（外部签名）",
			"The peers execute it. Answers the transaction's bytes with the endorsements in it: sign their SHA-256 as well, and send both to :submit. What the contract refuses is answered here, and nothing was written.",
			openapi.Endpoint{Body: openapi.JSON(openapi.Ref("Signed"), signed), Success: answer("the transaction to be signed", "ToSign")}, (*exchange).endorseOutside),
		route("submit", "Submit a transaction that was signed outside", "提交（外部签名）",
			"On the gateway's disk before it is ordered, and committed before it is answered. Taken once; with an Idempotency-Key the same request is answered again as the first time.",
			openapi.Endpoint{Body: openapi.JSON(openapi.Ref("Signed"), signed), Success: answer("done: committed and valid on the ledger", "Submitted"),
				Parameters: []openapi.Parameter{{Ref: "#/components/parameters/IdempotencyKey"}}}, (*exchange).submitOutside),
	}
}

// prepareBody is what :prepare takes.
type prepareBody struct {
	Certificate string            `json:"certificate"`
	Contract    string            `json:"contract"`
	Op          string            `json:"op"`
	In          json.RawMessage   `json:"in"`
	Private     json.RawMessage   `json:"private"`
	IfVersion   int               `json:"ifVersion"`
	Function    string            `json:"function"`
	Args        []string          `json:"args"`
	Transient   map[string]string `json:"transient"`
}

var prepareSchema = &schema.Schema{Type: "object", Closed: true, Required: []string{"certificate", "contract"}, Properties: schema.Properties{
	{Name: "certificate", Schema: &schema.Schema{Type: "string"}}, {Name: "contract", Schema: &schema.Schema{Type: "string"}},
	{Name: "op", Schema: &schema.Schema{Type: "string"}}, {Name: "in", Schema: &schema.Schema{}}, {Name: "private", Schema: &schema.Schema{}},
	{Name: "ifVersion", Schema: &schema.Schema{Type: "integer"}}, {Name: "function", Schema: &schema.Schema{Type: "string"}},
	{Name: "args", Schema: callSchema.Properties[0].Schema}, {Name: "transient", Schema: &schema.Schema{Type: "object"}},
}}

// toSign is what the caller must sign next.
type toSign struct {
	TxID    string    `json:"txId"`
	Bytes   []byte    `json:"bytes"`
	Digest  []byte    `json:"digest"`
	Expires time.Time `json:"expires"`
	Result  any       `json:"result,omitempty"` // what the contract answered, once it was endorsed
}

func (x *exchange) prepareOutside() error {
	var body prepareBody
	if _, err := x.readBody(prepareSchema, &body); err != nil {
		return err
	}
	as, err := x.outsideOf([]byte(body.Certificate))
	if err != nil {
		return err
	}
	if !hasContract(x.channel, body.Contract) {
		return problem.New(problem.LedgerUnknown, "The channel %s has no contract %.64q; it has %v.", x.channel.Name, body.Contract, x.channel.Contracts)
	}
	p, err := x.proposalOf(&body)
	if err != nil {
		return err
	}
	u, err := x.Outsider.Propose(*p, as)
	if err != nil {
		return err
	}
	o := &store.Outside{TxID: u.TxID, App: x.caller.Name, Channel: x.channel.Name, Contract: body.Contract, Op: body.Op,
		Stage: store.StageProposed, Digest: hex.EncodeToString(u.Digest()), Expires: time.Now().Add(outsideFor)}
	if err := x.Store.HandOut(x.ctx(), o); err != nil {
		return storeAway(err)
	}
	x.txID = u.TxID
	return x.json(http.StatusOK, toSign{TxID: u.TxID, Bytes: u.Bytes, Digest: u.Digest(), Expires: o.Expires.UTC()})
}

// readBody reads a JSON body that a schema describes.
func (x *exchange) readBody(s *schema.Schema, into any) ([]byte, error) {
	if _, err := x.contentType(typeJSON); err != nil {
		return nil, err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return nil, err
	}
	if _, err := checked(s, raw, "", nil); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, inputInvalid(operation.FieldError{Code: schema.Type, Message: "a field has another type than the document says: " + typeOf(err)})
	}
	return raw, nil
}

// typeOf names the field that is of another type.
func typeOf(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return wrong.Field
	}
	return "see the document"
}

// outsideOf reads the certificate that will sign, which must be the caller's own.
func (x *exchange) outsideOf(certPEM []byte) (*fabric.Outside, error) {
	as, err := fabric.ReadOutside(x.caller.MSPID, certPEM, time.Now())
	if err != nil {
		return nil, inputInvalid(operation.FieldError{Field: "certificate", Code: schema.Format, Message: err.Error()})
	}
	if as.App != x.caller.Name {
		return nil, problem.New(problem.CertificateOther, "The certificate names the application %.64q, and %s is calling.", as.App, x.caller.Name)
	}
	return as, nil
}

// proposalOf says what is called, if the caller may call it.
func (x *exchange) proposalOf(b *prepareBody) (*fabric.Proposal, error) {
	p := &fabric.Proposal{Channel: x.channel.Name, Contract: b.Contract, App: x.caller.Name}
	if b.Op != "" {
		if b.Function != "" || len(b.Args) > 0 {
			return nil, inputInvalid(operation.FieldError{Field: "function", Code: "EXCLUSIVE", Message: "stands beside op: name an operation of a ledger, or a function"})
		}
		return p, x.operationCall(p, b)
	}
	switch {
	case b.Function == "":
		return nil, inputInvalid(operation.FieldError{Field: "op", Code: schema.Required, Message: "is missing: name an operation of a ledger, or a function"})
	case !x.caller.HasAny([]string{ContractCaller}):
		return nil, problem.New(problem.RoleRequired, "Naming a function needs the role %s; the application %s has %v.", ContractCaller, x.caller.Name, x.caller.Roles)
	}
	p.Function, p.Transient = b.Function, map[string][]byte{}
	for _, a := range b.Args {
		p.Args = append(p.Args, []byte(a))
	}
	for name, text := range b.Transient {
		value, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, inputInvalid(operation.FieldError{Field: "transient." + name, Code: schema.Format, Message: "must be base64"})
		}
		p.Transient[name] = value
	}
	return p, nil
}

// operationCall calls one operation of a ledger, as the write path would.
func (x *exchange) operationCall(p *fabric.Proposal, b *prepareBody) error {
	var op *catalog.Operation
	if c := x.contracts[b.Contract]; c != nil {
		op, _ = c.Operation(b.Op)
	}
	if op == nil {
		return problem.New(problem.OperationUnknown, "The ledger %s has no operation %.64q.", b.Contract, b.Op)
	}
	if !x.mayDo(op) {
		return problem.New(problem.RoleRequired, "%s needs one of the roles %v; the application %s has %v.", op.Name, op.Roles, x.caller.Name, x.caller.Roles)
	}
	if b.In == nil {
		return inputInvalid(operation.FieldError{Field: "in", Code: schema.Required, Message: "is missing: the operation's input"})
	}
	e, err := x.prepare(op, item{in: b.In, private: b.Private, ifVersion: max(b.IfVersion, 0)}, "")
	if err != nil {
		return err
	}
	request, err := e.Request.Encode()
	if err != nil {
		return err
	}
	p.Function, p.Args = operation.Apply, [][]byte{operation.EncodeRequests([][]byte{request}, func(b []byte) []byte { return b })}
	if e.Private != nil {
		p.Transient = map[string][]byte{operation.TransientPrivate: operation.EncodeRequests([][]byte{e.Private}, func(b []byte) []byte { return b })}
	}
	return nil
}

// signedBody is what :endorse and :submit take.
type signedBody struct {
	Bytes     []byte `json:"bytes"`
	Signature []byte `json:"signature"`
}

var signedSchema = &schema.Schema{Type: "object", Closed: true, Required: []string{"bytes", "signature"}, Properties: schema.Properties{
	{Name: "bytes", Schema: &schema.Schema{Type: "string"}}, {Name: "signature", Schema: &schema.Schema{Type: "string"}},
}}

// returned is what came back signed.
type returned struct {
	*store.Outside
	unsigned *fabric.Unsigned
}

// back takes what comes back signed: it must be what was handed out to this
// caller for this step, not long ago, signed by the certificate in it.
func (s *Server) back(ctx context.Context, app, channel string, stage int, body *signedBody, read func([]byte) (*fabric.Unsigned, error)) (*returned, error) {
	u, err := read(body.Bytes)
	if err != nil {
		return nil, inputInvalid(operation.FieldError{Field: "bytes", Code: schema.Format, Message: err.Error()})
	}
	o, err := s.Store.Outside(ctx, app, u.TxID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && o.Channel != channel:
		return nil, problem.New(problem.ProposalUnknown, "Transaction %.64s was not handed out to the application %s on %s, or too long ago.", u.TxID, app, channel)
	case err != nil:
		return nil, storeAway(err)
	case o.Stage != stage:
		return nil, used(o)
	case time.Now().After(o.Expires):
		return nil, problem.New(problem.ProposalExpired, "Transaction %.64s had to come back before %s; prepare a new one.", u.TxID, o.Expires.UTC().Format(time.RFC3339))
	case o.Digest != hex.EncodeToString(u.Digest()):
		return nil, problem.New(problem.ProposalAltered, "The bytes of transaction %.64s are not those that were handed out; nothing was done.", u.TxID)
	}
	if err := u.Check(body.Signature); err != nil {
		return nil, problem.New(problem.OutsideSignature, "The signature is refused: %s. Nothing was done.", err)
	}
	return &returned{o, u}, nil
}

func used(o *store.Outside) error {
	if o.Stage == store.StageSubmitted {
		return problem.New(problem.ProposalUsed, "Transaction %.64s was submitted already; read it at /v1/%s/transactions/%s.", o.TxID, o.Channel, o.TxID)
	}
	return problem.New(problem.ProposalUsed, "Transaction %.64s is at another step: first :endorse, then :submit, each once.", o.TxID)
}

func (x *exchange) endorseOutside() error {
	body := &signedBody{}
	if _, err := x.readBody(signedSchema, body); err != nil {
		return err
	}
	r, err := x.back(x.ctx(), x.caller.Name, x.channel.Name, store.StageProposed, body, fabric.ReadProposal)
	if err != nil {
		return err
	}
	x.txID = r.TxID
	p := fabric.Proposal{Channel: r.Channel, Contract: r.Contract, App: r.App, Function: r.Op}
	endorsed, err := x.Outsider.EndorseSigned(x.ctx(), p, r.unsigned, body.Signature)
	if err != nil {
		return contractSaid(err)
	}
	if refusal := refusalIn(r.Outside, endorsed.Result); refusal != nil {
		return x.book.Refusal(r.Contract, refusal)
	}
	moved, err := x.Store.Advance(x.ctx(), r.App, r.TxID, store.StageProposed, hex.EncodeToString(endorsed.Digest()))
	switch {
	case err != nil:
		return storeAway(err)
	case !moved:
		return used(r.Outside)
	}
	return x.json(http.StatusOK, toSign{TxID: r.TxID, Bytes: endorsed.Bytes, Digest: endorsed.Digest(), Expires: r.Expires.UTC(), Result: value(endorsed.Result)})
}

// refusalIn is the contract's no to the one operation that was called.
func refusalIn(o *store.Outside, result []byte) *operation.Refusal {
	if o.Op == "" {
		return nil
	}
	if results, err := operation.DecodeResults(result); err == nil && len(results) == 1 {
		return results[0].Refusal
	}
	return nil
}

func (x *exchange) submitOutside() error {
	body := &signedBody{}
	raw, err := x.readBody(signedSchema, body)
	if err != nil {
		return err
	}
	return x.carryOut(&task{App: x.caller.Name, Channel: x.channel.Name, Media: typeJSON,
		Chinese: problem.Chinese(x.request()), Request: x.id, Signed: body}, raw)
}

// submitSigned does a task that is a transaction signed outside.
func (s *Server) submitSigned(ctx context.Context, t *task, ticket *store.Ticket) (*reply, error) {
	u, err := fabric.ReadPayload(t.Signed.Bytes)
	if err != nil {
		return nil, inputInvalid(operation.FieldError{Field: "bytes", Code: schema.Format, Message: err.Error()})
	}
	// A call that goes on where it was has had its transaction taken.
	if ticket == nil || !ticket.Resumed {
		r, err := s.back(ctx, t.App, t.Channel, store.StageEndorsed, t.Signed, fabric.ReadPayload)
		if err != nil {
			return nil, err
		}
		moved, err := s.Store.Advance(ctx, t.App, r.TxID, store.StageEndorsed, r.Digest)
		switch {
		case err != nil:
			return nil, storeAway(err)
		case !moved:
			return nil, used(r.Outside)
		}
	}
	o, err := s.Store.Outside(ctx, t.App, u.TxID)
	if err != nil {
		return nil, storeAway(err)
	}
	tx, err := u.Signed(t.App, t.Signed.Signature)
	if err != nil {
		return nil, fmt.Errorf("assemble transaction %s: %w", u.TxID, err)
	}
	t.Contract = o.Contract
	done, err := s.Writer.Invoke(ctx, write.Invocation{Channel: t.Channel, Contract: o.Contract, App: t.App, Transaction: tx, Ticket: ticket})
	if err != nil {
		return nil, s.takeBack(ctx, o, err)
	}
	return s.acknowledge(t, o, done)
}

// takeBack lets a transaction of which nothing was submitted be sent again.
func (s *Server) takeBack(ctx context.Context, o *store.Outside, err error) error {
	var (
		busy write.ErrBusy
		away write.ErrUnavailable
	)
	if errors.Is(err, write.ErrClosed) || errors.As(err, &busy) || errors.As(err, &away) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if back := s.Store.TakeBack(ctx, o.App, o.TxID); back != nil {
			s.Log.Warn("a transaction that was not submitted cannot be sent again", zap.String("txId", o.TxID), zap.Error(back))
		}
	}
	return err
}

// acknowledge answers as the same call with a key at the gateway would have been.
func (s *Server) acknowledge(t *task, o *store.Outside, done *write.Outcome) (*reply, error) {
	receipt := done.Receipt
	s.seen.note(t.App, t.Channel, receipt.Block)
	var body []byte
	var err error
	results, bad := operation.DecodeResults(done.Result.Data)
	if o.Op != "" && bad == nil && len(results) == 1 {
		r := results[0]
		receipt.Type, receipt.ID, receipt.Version, receipt.Status, receipt.Digest = r.Type, r.ID, r.Version, r.Status, r.Digest
		body, err = r.AppendAcknowledged(nil, receipt)
	} else {
		body, err = json.Marshal(callAnswer{done.Result.Data, receipt})
	}
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return &reply{Answer: store.Answer{Status: http.StatusOK, Header: map[string]string{"Content-Type": typeJSON}, Body: body}, txID: receipt.TxID, record: receipt.ID}, nil
}
