package relay

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/proof"
)

// Kinds of chains.
const (
	Fabric  = "FABRIC"  // a Fabric channel, believed by its peers' signatures
	Outside = "OUTSIDE" // any other system, believed by its SM2 signature
)

// Statuses of a chain.
const (
	Proposed  = "PROPOSED"
	Active    = "ACTIVE"
	Suspended = "SUSPENDED"
)

// Chain is one ledger that answers here are believed from (链注册信息).
type Chain struct {
	Kind  string `json:"kind" is:"enum=FABRIC|OUTSIDE" zh:"链类型"`
	Owner string `json:"owner" is:"maxLen=64" zh:"所属组织" doc:"MSP of the organisation that answers for the chain"`
	Title string `json:"title" is:"maxLen=128" zh:"名称"`
	// Terms are in force; there are none while the chain is only proposed.
	Terms      *Terms       `json:"terms,omitempty" zh:"现行信任条件"`
	Digest     string       `json:"digest,omitempty" is:"sm3" zh:"现行条件摘要"`
	Proposal   *Proposal    `json:"proposal,omitempty" zh:"待批准条件"`
	Superseded []Superseded `json:"superseded,omitempty" is:"maxItems=20" zh:"已被取代的条件" doc:"The last ones, newest first"`
	Reason     string       `json:"reason,omitempty" is:"maxLen=512" zh:"暂停原因"`
}

// Terms are by what a chain is believed, and what it may be asked (信任条件).
type Terms struct {
	Anchor    string     `json:"anchor,omitempty" is:"maxLen=262144" zh:"信任锚" doc:"FABRIC: the trust anchor as JSON, as channel.sh anchor exports it"`
	PublicKey string     `json:"publicKey,omitempty" is:"maxLen=512" zh:"SM2 公钥" doc:"OUTSIDE: the key that the system signs its answers with, PEM"`
	Endpoint  string     `json:"endpoint,omitempty" is:"maxLen=256" zh:"服务地址" doc:"OUTSIDE: where carriers ask; nothing is believed because it came from there"`
	Questions []Question `json:"questions,omitempty" is:"maxItems=100" zh:"开放的查询" doc:"What other chains may ask"`
}

// Question is a function that other chains may ask.
type Question struct {
	Contract string `json:"contract" is:"maxLen=64" zh:"合约" eg:"evidence"`
	Function string `json:"function" is:"maxLen=64" zh:"函数" eg:"Get"`
}

// Proposal is terms that the other party has not approved yet.
type Proposal struct {
	Terms  Terms  `json:"terms" zh:"条件"`
	Digest string `json:"digest" is:"sm3" zh:"条件摘要"`
	By     string `json:"by" is:"maxLen=64" zh:"提案组织"`
}

// Superseded is what was in force before.
type Superseded struct {
	Digest   string `json:"digest" is:"sm3" zh:"条件摘要"`
	Sequence int64  `json:"sequence" is:"min=0" zh:"通道配置序号"`
	Until    string `json:"until" is:"timestamp" zh:"失效时间"`
}

const maxSuperseded = 20

type proposeInput struct {
	Chain string `json:"chain" is:"maxLen=64" zh:"链标识" doc:"A channel's name, or the name under which an outside system is known" eg:"zhengzhou"`
	Kind  string `json:"kind" is:"enum=FABRIC|OUTSIDE" zh:"链类型"`
	Owner string `json:"owner" is:"maxLen=64" zh:"所属组织" eg:"ZhengzhouMSP"`
	Title string `json:"title" is:"maxLen=128" zh:"名称" eg:"郑州市"`
	Terms
}

type approveInput struct {
	Chain  string `json:"chain" is:"maxLen=64" zh:"链标识"`
	Digest string `json:"digest" is:"sm3" zh:"条件摘要" doc:"Of the terms that are approved, as the proposal shows it"`
}

type suspendInput struct {
	Chain  string `json:"chain" is:"maxLen=64" zh:"链标识"`
	Reason string `json:"reason" is:"maxLen=512" zh:"原因"`
}

func (b *book) defineChains(c *ledger.Contract) {
	b.chains = ledger.Define[Chain](c, catalog.Record{
		Type: chainType, Collection: "chains", Title: "chain", TitleZh: "链",
		Doc: "A ledger that answers are believed from. Its terms are decided by two parties: on the main channel the chain's owner and the province, on a city's channel the city and the province.",
		Statuses: []catalog.Status{
			{Code: Proposed, TitleZh: "待批准", Doc: "One party has proposed it; nothing is believed yet."},
			{Code: Active, TitleZh: "有效", Doc: "Answers are believed by the terms in force."},
			{Code: Suspended, TitleZh: "已暂停", Doc: "Nothing is believed until terms are approved anew."},
		},
		Transitions: ledger.Table(
			ledger.Steps("ProposeChain", Proposed, "", Proposed),
			ledger.Steps("ProposeChain", Active, "", Proposed, Suspended), ledger.Stay("ProposeChain", Active, Suspended),
			ledger.Steps("ApproveChain", Active, Proposed, Active, Suspended),
			ledger.Steps("SuspendChain", Suspended, Proposed, Active),
		),
		Search: []catalog.SearchField{{Field: "owner", Kind: "keyword"}, {Field: "kind", Kind: "keyword"}},
	})
}

func (b *book) handleChains(c *ledger.Contract) {
	roles := []string{RoleGovernor}
	ledger.Handle(c, catalog.Operation{
		Name: "ProposeChain", Title: "Propose a chain, or new terms for one", TitleZh: "提案登记链或变更信任条件", Record: chainType, Creates: true, ID: "chain", Roles: roles,
		Doc:      "The terms are in force once the other party has approved them. For a chain of the province itself, on the main channel, there is no other party.",
		Refusals: []string{ChainInvalid, ChainNotYours, AnchorOlder, string(proof.AnchorInvalid), string(proof.PolicyEmpty)},
		Example:  json.RawMessage(`{"chain":"national-platform","kind":"OUTSIDE","owner":"HenanMSP","title":"国家平台","publicKey":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEp1nlIB2hY67TdSLRCmReZPZ+hWZZ\n1CE3f4roC35Igl2mtH31JnGtjBI1u8DQz2X3YzcUakVitMZLkbxUcBGO4w==\n-----END PUBLIC KEY-----\n","endpoint":"https://127.0.0.1:8443","questions":[{"contract":"licence","function":"verify"}]}`),
	}, b.propose)
	ledger.Handle(c, catalog.Operation{
		Name: "ApproveChain", Title: "Approve proposed terms", TitleZh: "批准信任条件", Record: chainType, Verb: "approve", ID: "chain", Roles: roles,
		Refusals: []string{NothingProposed, ProposalChanged, ApprovalByProposer, ChainNotYours},
		Example:  json.RawMessage(`{"chain":"zhengzhou","digest":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.approve)
	ledger.Handle(c, catalog.Operation{
		Name: "SuspendChain", Title: "Suspend a chain", TitleZh: "暂停链", Record: chainType, Verb: "suspend", ID: "chain", Roles: roles,
		Doc:      "Either party may, alone and at once. Terms that both approve afterwards end it.",
		Refusals: []string{ChainNotYours},
		Example:  json.RawMessage(`{"chain":"zhengzhou","reason":"节点私钥疑似泄露"}`),
	}, b.suspend)
}

// party refuses a caller who has no say in the chain, on this channel.
func party(c *ledger.Call, owner string) error {
	if msp := c.Caller().MSP; c.Channel() != ledger.MainChannel || msp == ledger.ProvinceMSP || msp == owner {
		return nil
	}
	return ledger.Refuse(ChainNotYours, "the chain is decided by %s and %s", owner, ledger.ProvinceMSP)
}

func (b *book) propose(c *ledger.Call, in *proposeInput) error {
	if err := party(c, in.Owner); err != nil {
		return err
	}
	e, err := b.chains.Find(c, in.Chain)
	if err != nil {
		return err
	}
	if e != nil && (e.Body.Owner != in.Owner || e.Body.Kind != in.Kind) {
		return ledger.Refuse(ChainNotYours, "the chain %s is a %s chain of %s", in.Chain, e.Body.Kind, e.Body.Owner)
	}
	var before *Terms
	if e != nil {
		before = e.Body.Terms
	}
	if err := in.Terms.check(in.Chain, in.Kind, before); err != nil {
		return err
	}
	digest, err := ledger.Digest(&in.Terms)
	if err != nil {
		return err
	}
	body := Chain{Kind: in.Kind, Owner: in.Owner, Title: in.Title}
	if e != nil {
		body = e.Body
		body.Title = in.Title
	}
	body.Proposal = &Proposal{in.Terms, digest, c.Caller().MSP}
	status := Proposed
	// The province alone decides on its own chains, where it is both parties.
	if c.Channel() == ledger.MainChannel && in.Owner == ledger.ProvinceMSP {
		if err := body.enforce(c); err != nil {
			return err
		}
		status = Active
	} else if e != nil {
		status = e.Status
	}
	if e == nil {
		_, err := b.chains.Create(c, in.Chain, status, body)
		return err
	}
	e.Body = body
	return e.Move(c, status)
}

func (b *book) approve(c *ledger.Call, in *approveInput) error {
	e, err := b.chains.OpenAny(c, in.Chain)
	if err != nil {
		return err
	}
	if err := party(c, e.Body.Owner); err != nil {
		return err
	}
	p := e.Body.Proposal
	switch {
	case p == nil:
		return ledger.Refuse(NothingProposed, "nothing is proposed for %s", in.Chain)
	case p.Digest != in.Digest:
		return ledger.RefuseField(ProposalChanged, "digest", "the proposal's digest is %s", p.Digest)
	case p.By == c.Caller().MSP:
		return ledger.Refuse(ApprovalByProposer, "%s has proposed it; the other party approves", p.By)
	}
	if err := e.Body.enforce(c); err != nil {
		return err
	}
	return e.Move(c, Active)
}

func (b *book) suspend(c *ledger.Call, in *suspendInput) error {
	e, err := b.chains.OpenAny(c, in.Chain)
	if err != nil {
		return err
	}
	if err := party(c, e.Body.Owner); err != nil {
		return err
	}
	e.Body.Reason = in.Reason
	return e.Move(c, Suspended)
}

// enforce puts the proposal in force.
func (ch *Chain) enforce(c *ledger.Call) error {
	if ch.Terms != nil {
		sequence, err := ch.Terms.sequence()
		if err != nil {
			return err
		}
		ch.Superseded = append([]Superseded{{ch.Digest, sequence, c.Timestamp()}}, ch.Superseded...)
		ch.Superseded = ch.Superseded[:min(len(ch.Superseded), maxSuperseded)]
	}
	terms := ch.Proposal.Terms
	ch.Terms, ch.Digest, ch.Proposal, ch.Reason = &terms, ch.Proposal.Digest, nil, ""
	return nil
}

// check refuses terms that nothing could be believed by.
func (t *Terms) check(chain, kind string, before *Terms) error {
	if kind == Outside {
		if t.Anchor != "" || t.PublicKey == "" || t.Endpoint == "" {
			return ledger.Refuse(ChainInvalid, "a chain outside has a publicKey and an endpoint, and no anchor")
		}
		if _, err := gm.ParsePublicKeyPEM([]byte(t.PublicKey)); err != nil {
			return ledger.RefuseField(ChainInvalid, "publicKey", "the public key is not an SM2 key in PEM: %v", err)
		}
		return nil
	}
	if t.PublicKey != "" || t.Endpoint != "" {
		return ledger.Refuse(ChainInvalid, "a Fabric channel has an anchor, and no publicKey and no endpoint")
	}
	a, err := proof.ParseAnchor([]byte(t.Anchor), "")
	if err != nil {
		return refused(err)
	}
	if a.Channel != chain {
		return ledger.RefuseField(ChainInvalid, "anchor", "the anchor is of the channel %q, not %q", a.Channel, chain)
	}
	if before == nil {
		return nil
	}
	sequence, err := before.sequence()
	if err == nil && int64(a.Sequence) < sequence {
		return ledger.RefuseField(AnchorOlder, "anchor", "the anchor is of the configuration %d; one of %d is in force: export it anew", a.Sequence, sequence)
	}
	return err
}

// sequence is that of the channel's configuration; 0 for a chain outside.
func (t *Terms) sequence() (int64, error) {
	if t.Anchor == "" {
		return 0, nil
	}
	a, err := proof.ParseAnchor([]byte(t.Anchor), "")
	if err != nil {
		return 0, refused(err)
	}
	return int64(a.Sequence), nil
}

// offers tells whether others may ask that.
func (t *Terms) offers(contract, function string) bool {
	for _, q := range t.Questions {
		if q.Contract == contract && q.Function == function {
			return true
		}
	}
	return false
}
