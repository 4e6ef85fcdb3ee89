package relay_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/relay"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

// world is the main channel and Xinyang's, which asks Zhengzhou, and the peers
// that sign there.
type world struct {
	t             testing.TB
	henan, city   *ledgertest.Story
	orgs          map[string]*prooftest.Org
	peers         map[string]*prooftest.Signer
	client        *prooftest.Signer
	asker         *ledgertest.App // on henan
	carrier       *ledgertest.App // on henan, of the province
	cityCarrier   *ledgertest.App
	cityAsker     *ledgertest.App
	province, own *ledgertest.App // governors on henan: of the province, of Zhengzhou
	outside       *gm.PrivateKey
}

const (
	henanMSP = "HenanMSP"
	zzMSP    = "ZhengzhouMSP"
	xyMSP    = "XinyangMSP"
)

func newWorld(t testing.TB) *world {
	w := &world{t: t, orgs: map[string]*prooftest.Org{}, peers: map[string]*prooftest.Signer{}}
	for _, msp := range []string{henanMSP, zzMSP, xyMSP} {
		w.orgs[msp] = prooftest.NewOrg(t, msp)
		w.peers[msp] = w.orgs[msp].Member(t, "peer", prooftest.Now.AddDate(0, 0, -1))
	}
	w.client = w.orgs[xyMSP].Member(t, "client", prooftest.Now.AddDate(0, 0, -1))
	var err error
	w.outside, err = gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return w.anew()
}

// anew is a world of the same peers, with ledgers that hold nothing but the
// chains.
func (old *world) anew() *world {
	w, t := &world{t: old.t, orgs: old.orgs, peers: old.peers, client: old.client, outside: old.outside}, old.t
	w.henan, w.city = ledgertest.Tell(t, relay.New()), ledgertest.Tell(t, relay.New())
	w.henan.Channel, w.city.Channel = ledger.MainChannel, "xinyang"
	w.asker = w.henan.App(xyMSP, "xinyang-notary", ledgertest.DeptC, relay.RoleAsker)
	w.carrier = w.henan.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleCarrier)
	w.cityCarrier = w.city.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleCarrier)
	w.cityAsker = w.city.App(xyMSP, "xinyang-notary", ledgertest.DeptC, relay.RoleAsker)
	w.province = w.henan.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleGovernor)
	w.own = w.henan.App(zzMSP, "zhengzhou-relay", ledgertest.DeptB, relay.RoleGovernor)
	w.register()
	return w
}

func (w *world) anchor(channel string, sequence uint64, policy proof.Policy, msps ...string) string {
	a := proof.Anchor{Channel: channel, Sequence: sequence, Policy: policy}
	for _, msp := range msps {
		a.Organisations = append(a.Organisations, w.orgs[msp].Entry())
	}
	return w.text(a)
}

func (w *world) text(v any) string {
	w.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(raw)
}

type object = map[string]any

var offered = []object{{"contract": "evidence", "function": "Get"}}

func (w *world) chain(name, owner, anchor string) object {
	return object{"chain": name, "kind": "FABRIC", "owner": owner, "title": name, "anchor": anchor, "questions": offered}
}

// register makes the chains known on both ledgers, each by two parties.
func (w *world) register() {
	zz, xy := w.anchor("zhengzhou", 3, proof.All(henanMSP, zzMSP), henanMSP, zzMSP), w.anchor("xinyang", 3, proof.All(henanMSP, xyMSP), henanMSP, xyMSP)
	xyOwn := w.henan.App(xyMSP, "xinyang-relay", ledgertest.DeptC, relay.RoleGovernor)
	w.decide(w.henan, w.own, w.province, w.chain("zhengzhou", zzMSP, zz))
	w.decide(w.henan, xyOwn, w.province, w.chain("xinyang", xyMSP, xy))
	city, province := w.city.App(xyMSP, "xinyang-relay", ledgertest.DeptC, relay.RoleGovernor), w.city.App(henanMSP, "province-relay", ledgertest.DeptA, relay.RoleGovernor)
	w.decide(w.city, province, city, w.chain("zhengzhou", zzMSP, zz))
	w.decide(w.city, province, city, w.chain("henan", henanMSP, w.anchor("henan", 1, proof.All(henanMSP, xyMSP), henanMSP, xyMSP, zzMSP)))
}

func (w *world) decide(on *ledgertest.Story, by, other *ledgertest.App, chain object) {
	w.t.Helper()
	on.Must(by, "ProposeChain", chain)
	body, _ := ledgertest.Body[relay.Chain](on, "chain", chain["chain"].(string))
	on.Must(other, "ApproveChain", object{"chain": chain["chain"], "digest": body.Proposal.Digest})
}

func question(reference string) object {
	return object{"reference": reference, "from": "xinyang", "source": "zhengzhou", "contract": "evidence", "function": "Get", "args": []string{"evidence", "e1"}, "purpose": "test"}
}

// ask asks, and returns the request.
func (w *world) ask(reference string) (id string, body relay.Request) {
	w.t.Helper()
	id = w.henan.Must(w.asker, "Ask", question(reference)).ID
	body, _ = ledgertest.Body[relay.Request](w.henan, "request", id)
	return id, body
}

// answer is what the source's peers would sign.
func (w *world) answer(r relay.Request) prooftest.Forged {
	nonce, err := hex.DecodeString(r.Nonce)
	if err != nil {
		w.t.Fatal(err)
	}
	return prooftest.Forged{
		Question: proof.Question{Channel: r.Source, Contract: r.Contract, Function: r.Function, Args: r.Args, Nonce: nonce, Time: w.henan.Now},
		Status:   200, Answer: `{"type":"evidence","id":"e1"}`, Asker: w.client, Signers: []*prooftest.Signer{w.peers[henanMSP], w.peers[zzMSP]},
	}
}

// view is what a ledger's peers would sign of one of its relay records.
func (w *world) view(on *ledgertest.Story, recordType, id string, msps ...string) string {
	w.t.Helper()
	var raw json.RawMessage
	if refusal := on.App(henanMSP, "anybody", ledgertest.DeptA).Ask(&raw, operation.Get, recordType, id); refusal != nil {
		w.t.Fatal(refusal)
	}
	f := prooftest.Forged{
		Question: proof.Question{Channel: on.Channel, Contract: relay.Name, Function: operation.Get, Args: []string{recordType, id}, Nonce: []byte("a nonce of the carrier's own"), Time: on.Now},
		Status:   200, Answer: string(raw), Asker: w.client,
	}
	for _, msp := range msps {
		f.Signers = append(f.Signers, w.peers[msp])
	}
	return base64.StdEncoding.EncodeToString(f.Encoded(w.t))
}

func (w *world) asked(id string) string { return w.view(w.henan, "request", id, henanMSP, xyMSP) }

func proven(t testing.TB, f prooftest.Forged) object {
	return object{"proof": base64.StdEncoding.EncodeToString(f.Encoded(t))}
}

// later lets time go by on both ledgers.
func (w *world) later(d time.Duration) {
	w.henan.Now, w.city.Now = w.henan.Now.Add(d), w.city.Now.Add(d)
}
