package relay

import (
	"encoding/json"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

// Statuses of a request, and of what a city has accepted.
const (
	Requested = "REQUESTED"
	Attested  = "ATTESTED"
	Refused   = "REFUSED"
	Expired   = "EXPIRED"
	Accepted  = "ACCEPTED"
)

// Request is one question of one chain to another (跨链请求).
type Request struct {
	Asked
	Nonce     string       `json:"nonce" is:"pattern=^[0-9a-f]{48}$" zh:"随机数" doc:"Of this request alone: a proof for another one does not fit"`
	App       string       `json:"app" is:"maxLen=64" zh:"请求系统"`
	Attested  *Attestation `json:"attested,omitempty" zh:"核验"`
	Refusal   *Refusal     `json:"refusal,omitempty" zh:"拒绝"`
	Concluded string       `json:"concluded,omitempty" is:"timestamp" zh:"结束时间" doc:"When the asking city's ledger proved the outcome"`
}

// Asked is what the asker says of a request.
type Asked struct {
	Reference string   `json:"reference" is:"maxLen=64" zh:"请求方编号" doc:"The asker's own number: asked again with the same one, it is the same request" eg:"2026-000017"`
	From      string   `json:"from" is:"maxLen=64" zh:"请求链" doc:"The channel that the answer is for" eg:"xinyang"`
	Source    string   `json:"source" is:"maxLen=64" zh:"被请求链" eg:"zhengzhou"`
	Contract  string   `json:"contract" is:"maxLen=64" zh:"合约" eg:"evidence"`
	Function  string   `json:"function" is:"maxLen=64" zh:"函数" eg:"Get"`
	Args      []string `json:"args" is:"maxItems=10,maxLen=4096" zh:"参数" doc:"As the function takes them; never a person's number in plain"`
	Purpose   string   `json:"purpose" is:"maxLen=256" zh:"用途" eg:"不动产登记核验"`
	Deadline  string   `json:"deadline,omitempty" is:"timestamp" zh:"截止时间" doc:"10 minutes from now where it is left out; 30 days at most"`
	ReplyKey  string   `json:"replyKey,omitempty" is:"maxLen=512" zh:"应答公钥" doc:"SM2 public key, PEM: a chain outside encrypts its answer for it"`
}

// Attestation is what was verified of the answer, without the answer.
type Attestation struct {
	Proof     string   `json:"proof" is:"sm3" zh:"证明摘要" doc:"SM3 of the proof's bytes; the signatures in it make that no guess at the answer"`
	Terms     string   `json:"terms" is:"sm3" zh:"信任条件摘要" doc:"Of the terms that it was verified by"`
	Endorsers []string `json:"endorsers" is:"maxLen=64" zh:"背书方" doc:"MSPs of the peers that signed, or the key of an outside system"`
	Answered  string   `json:"answered" is:"timestamp" zh:"应答时间" doc:"Of the answer, as its maker claims"`
}

// Refusal is why the source does not answer.
type Refusal struct {
	Code    string `json:"code" is:"maxLen=64" zh:"代码" eg:"RECORD_NOT_FOUND"`
	Message string `json:"message,omitempty" is:"maxLen=512" zh:"说明"`
}

const (
	defaultDeadline = 10 * time.Minute
	longestDeadline = 30 * 24 * time.Hour
)

// RequestID derives a request's id from who asks and the asker's own number.
func RequestID(msp, dept, reference string) string {
	return gm.HexDigest([]byte(msp + "/" + dept + "/" + reference))[:32]
}

type refuseInput struct {
	ID string `json:"id" is:"maxLen=64" zh:"请求编号"`
	Refusal
}

type expireInput struct {
	ID string `json:"id" is:"maxLen=64" zh:"请求编号"`
}

func (b *book) defineRequests(c *ledger.Contract) {
	b.requests = ledger.Define[Request](c, catalog.Record{
		Type: requestType, Collection: "requests", Title: "cross-chain request", TitleZh: "跨链请求", Main: true,
		Doc: "A question of one chain to another, on the main channel. It ends in exactly one of REFUSED, EXPIRED and ACCEPTED. " +
			"Once it is ATTESTED, the outcome is decided on the asking city's ledger and proved from there.",
		Statuses: []catalog.Status{
			{Code: Requested, TitleZh: "已请求", Doc: "Asked; no answer has been verified yet."},
			{Code: Attested, TitleZh: "已核验", Doc: "An answer's proof was verified on the main channel."},
			{Code: Refused, TitleZh: "已拒绝", Doc: "The source does not answer."},
			{Code: Expired, TitleZh: "已过期", Doc: "The deadline passed without an accepted answer."},
			{Code: Accepted, TitleZh: "已接收", Doc: "The asking city's ledger has verified the answer for itself and keeps it."},
		},
		Transitions: ledger.Table(
			ledger.Steps("Ask", Requested, ""),
			ledger.Steps("Attest", Attested, Requested),
			ledger.Steps("Refuse", Refused, Requested),
			ledger.Steps("Expire", Expired, Requested),
			ledger.Steps("Conclude", Accepted, Attested), ledger.Steps("Conclude", Expired, Attested),
		),
		Search: []catalog.SearchField{
			{Field: "from", Kind: "keyword"}, {Field: "source", Kind: "keyword"}, {Field: "contract", Kind: "keyword"}, {Field: "reference", Kind: "keyword"},
			{Field: "purpose", Kind: "text"}, {Field: "deadline", Kind: "date"},
		},
	})
}

const (
	exampleID    = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	exampleSum   = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	exampleProof = "SE5DVgEA"
)

func (b *book) handleRequests(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Ask", Title: "Ask another chain", TitleZh: "发起跨链请求", Record: requestType, Creates: true, Lane: "reference", Roles: []string{RoleAsker},
		Doc:      "Carriers bring the question to the source's peers and the answer back. `Prefer: wait=10` on the request's GET waits for its end.",
		Refusals: []string{MainChannelOnly, ChainUnknown, ChainNotYours, QuestionNotOffered, DeadlineInvalid, KeyInvalid, ChainInvalid},
		Example: json.RawMessage(`{"reference":"2026-000017","from":"xinyang","source":"zhengzhou","contract":"evidence","function":"Get",` +
			`"args":["evidence","0f1e2d3c4b5a69788796a5b4c3d2e1f0"],"purpose":"异地诉讼证据核验"}`),
	}, b.ask)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Attest", Title: "Bring an answer with its proof", TitleZh: "提交应答证明", Record: requestType, Verb: "attest", ID: "id", Roles: []string{RoleCarrier},
		Doc:            "The proof is verified here, on every endorsing peer, at the transaction's time. It travels in the private half and is kept for the asker and the province alone.",
		Refusals:       proofCodes(MainChannelOnly, ChainUnknown, AnchorSuperseded, DeadlinePassed, ProofMissing),
		Example:        json.RawMessage(`{"id":"` + exampleID + `"}`),
		PrivateExample: json.RawMessage(`{"proof":"` + exampleProof + `"}`),
	}, b.attest)
	ledger.Handle(c, catalog.Operation{
		Name: "Refuse", Title: "Refuse to answer", TitleZh: "拒绝应答", Record: requestType, Verb: "refuse", ID: "id", Roles: []string{RoleCarrier},
		Doc:      "In the name of the organisation that was asked, or of the province.",
		Refusals: []string{MainChannelOnly, ChainUnknown, NotSource},
		Example:  json.RawMessage(`{"id":"` + exampleID + `","code":"RECORD_NOT_FOUND"}`),
	}, b.refuse)
	ledger.Handle(c, catalog.Operation{
		Name: "Expire", Title: "End an unanswered request after its deadline", TitleZh: "请求过期", Record: requestType, Verb: "expire", ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Refusals: []string{MainChannelOnly, DeadlineAhead},
		Example:  json.RawMessage(`{"id":"` + exampleID + `"}`),
	}, b.expire)
	ledger.Handle(c, catalog.Operation{
		Name: "Conclude", Title: "Prove what became of an attested request", TitleZh: "提交请求结果证明", Record: requestType, Verb: "conclude", ID: "id", Roles: []string{RoleCarrier},
		Doc:      "With an attested view of the asking city's own record of it: accepted there, or expired there.",
		Refusals: proofCodes(MainChannelOnly, ChainUnknown, AnotherProof, OutcomeMissing, ProofMissing),
		Example:  json.RawMessage(`{"id":"` + exampleID + `","proof":"` + exampleProof + `"}`),
	}, b.conclude)
}

func (b *book) ask(c *ledger.Call, in *Asked) error {
	if err := onMain(c); err != nil {
		return err
	}
	if in.From == ledger.MainChannel || in.From == in.Source {
		return ledger.RefuseField(ChainInvalid, "from", "a city's channel asks another chain; %s needs no relay to ask %s", in.From, in.Source)
	}
	from, err := b.believed(c, in.From)
	if err != nil {
		return err
	}
	if from.Body.Owner != c.Caller().MSP || from.Body.Kind != Fabric {
		return ledger.RefuseField(ChainNotYours, "from", "%s asks for %s, and the caller is of %s", from.Body.Owner, in.From, c.Caller().MSP)
	}
	source, err := b.believed(c, in.Source)
	if err != nil {
		return err
	}
	if !source.Body.Terms.offers(in.Contract, in.Function) {
		return ledger.RefuseField(QuestionNotOffered, "function", "%s offers %v", in.Source, source.Body.Terms.Questions)
	}
	if in.ReplyKey != "" {
		if _, err := gm.ParsePublicKeyPEM([]byte(in.ReplyKey)); err != nil {
			return ledger.RefuseField(KeyInvalid, "replyKey", "the reply key is not an SM2 public key in PEM: %v", err)
		}
	}
	body := Request{Asked: *in, App: c.Caller().App}
	if body.Deadline == "" {
		body.Deadline = c.Now().Add(defaultDeadline).Format(time.RFC3339)
	}
	if left := until(c, body.Deadline); left <= 0 || left > longestDeadline {
		return ledger.RefuseField(DeadlineInvalid, "deadline", "the deadline must lie within %d days from now, and not in the past", longestDeadline/(24*time.Hour))
	}
	id := RequestID(c.Caller().MSP, c.Caller().Dept, in.Reference)
	body.Nonce = gm.HexDigest([]byte("relay-nonce/" + id + "/" + c.TxID()))[:48]
	_, err = b.requests.Create(c, id, Requested, body)
	return err
}

// until is how long it is to a time that a record carries; negative after it.
func until(c *ledger.Call, at string) time.Duration {
	t, err := identifier.ParseTimestamp(at)
	if err != nil { // the input's schema holds it to the form
		return -1
	}
	return t.Sub(c.Now())
}

func (b *book) refuse(c *ledger.Call, in *refuseInput) error {
	e, err := b.open(c, in.ID)
	if err != nil {
		return err
	}
	source, err := b.chains.Load(c, e.Body.Source)
	if err != nil {
		return err
	}
	if msp := c.Caller().MSP; msp != source.Body.Owner && msp != ledger.ProvinceMSP {
		return ledger.Refuse(NotSource, "%s was asked, a chain of %s", source.ID, source.Body.Owner)
	}
	e.Body.Refusal = &in.Refusal
	return e.Move(c, Refused)
}

func (b *book) expire(c *ledger.Call, in *expireInput) error {
	e, err := b.open(c, in.ID)
	if err != nil {
		return err
	}
	if until(c, e.Body.Deadline) >= 0 {
		return ledger.Refuse(DeadlineAhead, "the deadline is %s", e.Body.Deadline)
	}
	return e.Move(c, Expired)
}

// open opens a request on the main channel.
func (b *book) open(c *ledger.Call, id string) (*ledger.Entity[Request], error) {
	if err := onMain(c); err != nil {
		return nil, err
	}
	return b.requests.OpenAny(c, id)
}
