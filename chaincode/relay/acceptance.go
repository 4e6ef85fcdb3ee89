package relay

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/proof"
)

// Acceptance is what the asking city's ledger decided on an answer (接收记录).
// The answer itself is in the private half.
type Acceptance struct {
	Asked
	Nonce string `json:"nonce" is:"pattern=^[0-9a-f]{48}$" zh:"随机数"`
	// MSP, Dept and App are the asker's.
	MSP       string   `json:"msp" is:"maxLen=64" zh:"请求组织"`
	Dept      string   `json:"dept" is:"uscc" zh:"请求部门"`
	App       string   `json:"app" is:"maxLen=64" zh:"请求系统"`
	Proof     string   `json:"proof" is:"sm3" zh:"证明摘要"`
	Terms     string   `json:"terms,omitempty" is:"sm3" zh:"信任条件摘要" doc:"Of this channel's own, by which it was verified here"`
	Endorsers []string `json:"endorsers,omitempty" is:"maxLen=64" zh:"背书方"`
}

type acceptInput struct {
	ID    string `json:"id" is:"maxLen=64" zh:"请求编号"`
	Asked string `json:"asked" is:"maxLen=1500000" zh:"请求证明" doc:"The main channel's attested view of the request, base64"`
}

func (b *book) defineAcceptances(c *ledger.Contract) {
	b.acceptances = ledger.Define[Acceptance](c, catalog.Record{
		Type: acceptanceType, Collection: "acceptances", Title: "accepted answer", TitleZh: "跨链应答接收",
		Doc: "What a city's ledger decided on an answer that it asked for, after it has verified the request and the answer for itself. Its id is the request's, so that there is one outcome.",
		Statuses: []catalog.Status{
			{Code: Accepted, TitleZh: "已接收", Doc: "Verified here; the answer is kept in the private half."},
			{Code: Expired, TitleZh: "已过期", Doc: "Not accepted before the deadline, and never any more."},
		},
		Transitions: ledger.Table(ledger.Steps("Accept", Accepted, ""), ledger.Steps("Lapse", Expired, ""), ledger.Stay("PurgeAnswer", Accepted)),
		Search:      []catalog.SearchField{{Field: "source", Kind: "keyword"}, {Field: "reference", Kind: "keyword"}, {Field: "app", Kind: "keyword"}, {Field: "purpose", Kind: "text"}},
	})
}

func (b *book) handleAcceptances(c *ledger.Contract) {
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Accept", Title: "Accept an attested answer", TitleZh: "接收跨链应答", Record: acceptanceType, Creates: true, ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Doc:            "On the asking city's channel. It verifies that the main channel holds this request as ATTESTED, and the answer's proof again, by what this channel itself believes.",
		Refusals:       proofCodes(CityChannelOnly, ChainUnknown, NotAskedHere, DeadlinePassed, ProofMissing, AnotherProof, OutcomeMissing),
		Example:        json.RawMessage(`{"id":"` + exampleID + `","asked":"` + exampleProof + `"}`),
		PrivateExample: json.RawMessage(`{"proof":"` + exampleProof + `"}`),
	}, b.accept)
	ledger.Handle(c, catalog.Operation{
		Name: "Lapse", Title: "Decide that an answer was not accepted in time", TitleZh: "应答过期", Record: acceptanceType, Creates: true, ID: "id", Roles: []string{RoleCarrier, RoleAsker},
		Doc:      "On the asking city's channel, after the deadline, where nothing was accepted: from then on nothing will be.",
		Refusals: proofCodes(CityChannelOnly, ChainUnknown, NotAskedHere, DeadlineAhead, ProofMissing, OutcomeMissing),
		Example:  json.RawMessage(`{"id":"` + exampleID + `","asked":"` + exampleProof + `"}`),
	}, b.lapse)
	ledger.HandlePurge(c, catalog.Operation{
		Name: "PurgeAnswer", Title: "Purge an answer", TitleZh: "清除应答内容", Verb: "purge", Roles: []string{RoleCarrier},
		Doc: "Removes the answer and its proof from every peer; that it was accepted stays.",
	}, b.acceptances)
}

// attestedHere verifies that the main channel holds a request of this city as
// attested.
func (b *book) attestedHere(c *ledger.Call, in *acceptInput) (*Acceptance, error) {
	if err := onCity(c); err != nil {
		return nil, err
	}
	raw, err := decoded("asked", in.Asked)
	if err != nil {
		return nil, err
	}
	main, err := b.believed(c, ledger.MainChannel)
	if err != nil {
		return nil, err
	}
	fact, err := verify(c, main, raw, askedFor(requestType, in.ID))
	if err != nil {
		return nil, err
	}
	record, body, err := recordIn[Request](fact, requestType, in.ID)
	if err != nil {
		return nil, err
	}
	if body.From != c.Channel() {
		return nil, ledger.Refuse(NotAskedHere, "the request %s is of %s", in.ID, body.From)
	}
	if record.Status != Attested || body.Attested == nil {
		return nil, ledger.Refuse(OutcomeMissing, "the request %s was %s on the main channel; an attested one can be accepted", in.ID, record.Status)
	}
	return &Acceptance{Asked: body.Asked, Nonce: body.Nonce, MSP: record.Org, Dept: record.Dept, App: body.App, Proof: body.Attested.Proof}, nil
}

func (b *book) accept(c *ledger.Call, in *acceptInput, private *ledger.Private[Proven]) error {
	raw, err := bytesOf(private)
	if err != nil {
		return err
	}
	body, err := b.attestedHere(c, in)
	if err != nil {
		return err
	}
	if until(c, body.Deadline) < 0 {
		return ledger.Refuse(DeadlinePassed, "the deadline was %s", body.Deadline)
	}
	if digest := gm.HexDigest(raw); digest != body.Proof {
		return ledger.Refuse(AnotherProof, "the proof's digest is %s, and %s was attested", digest, body.Proof)
	}
	source, err := b.believed(c, body.Source)
	if err != nil {
		return err
	}
	want, err := body.expects(body.Nonce)
	if err != nil {
		return err
	}
	fact, err := verify(c, source, raw, want)
	if err != nil {
		return err
	}
	body.Terms, body.Endorsers = source.Body.Digest, fact.Endorsers
	e, err := b.acceptances.Create(c, in.ID, Accepted, *body)
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

func (b *book) lapse(c *ledger.Call, in *acceptInput) error {
	body, err := b.attestedHere(c, in)
	if err != nil {
		return err
	}
	if until(c, body.Deadline) >= 0 {
		return ledger.Refuse(DeadlineAhead, "the deadline is %s", body.Deadline)
	}
	_, err = b.acceptances.Create(c, in.ID, Expired, *body)
	return err
}

type answerInput struct {
	ID string `json:"id" is:"maxLen=64" zh:"请求编号" eg:"0f1e2d3c4b5a69788796a5b4c3d2e1f0"`
}

// Answered is an answer as its asker reads it, with the proof for others.
type Answered struct {
	ID     string          `json:"id" is:"maxLen=64" zh:"请求编号"`
	Source string          `json:"source" is:"maxLen=64" zh:"被请求链"`
	Answer json.RawMessage `json:"answer,omitempty" zh:"应答内容" doc:"JSON as the source answered"`
	Proof  string          `json:"proof" is:"maxLen=1500000" zh:"证明" doc:"base64; verify-proof.sh checks it offline"`
}

func (b *book) answerAnswer(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "Answer", Title: "Read an accepted answer", TitleZh: "查询跨链应答", Path: "answer", Roles: []string{ledger.AnyRole},
		Doc:     "On the asking city's channel, for the department that asked. On the main channel carriers read the proof of an attested request, to bring it on.",
		Example: json.RawMessage(`{"id":"` + exampleID + `"}`),
	}, b.answer)
}

func (b *book) answer(c *ledger.Call, in *answerInput) (*Answered, error) {
	source, private, err := b.kept(c, in.ID)
	if err != nil {
		return nil, err
	}
	if private == nil {
		return nil, ledger.Refuse(ProofMissing, "the answer to %s is not here, or was purged", in.ID)
	}
	raw, err := decoded("proof", private.Proof)
	if err != nil {
		return nil, err
	}
	out := &Answered{ID: in.ID, Source: source, Proof: private.Proof}
	if view, err := proof.Decode(raw); err == nil {
		if fact, err := view.Fact(); err == nil && json.Valid(fact.Answer) {
			out.Answer = fact.Answer
		}
	} else if signed, err := proof.DecodeSigned(raw); err == nil {
		var s proof.Statement
		if json.Unmarshal(signed.Statement, &s) == nil {
			out.Answer = s.Answer
		}
	}
	return out, nil
}

// kept reads the private half of an answer, for whom it is.
func (b *book) kept(c *ledger.Call, id string) (source string, private *Proven, err error) {
	if c.Channel() == ledger.MainChannel {
		e, err := b.requests.Load(c, id)
		if err != nil {
			return "", nil, err
		}
		if msp := c.Caller().MSP; !c.Caller().Has(RoleCarrier) || msp != e.Org && msp != ledger.ProvinceMSP {
			return "", nil, ledger.Refuse(NotAsker, "the proof is for carriers of %s and of the province", e.Org)
		}
		private, err = ledger.GetPrivate[Request, Proven](c, e)
		return e.Body.Source, private, err
	}
	e, err := b.acceptances.Load(c, id)
	if err != nil {
		return "", nil, err
	}
	if c.Caller().MSP != e.Body.MSP || c.Caller().Dept != e.Body.Dept {
		return "", nil, ledger.Refuse(NotAsker, "the answer is for the department %s of %s", e.Body.Dept, e.Body.MSP)
	}
	private, err = ledger.GetPrivate[Acceptance, Proven](c, e)
	return e.Body.Source, private, err
}
