package proof_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

type world struct {
	province, city     *prooftest.Org
	provPeer, cityPeer *prooftest.Signer
	anchor             proof.Anchor
	honest             prooftest.Forged
	want               proof.Expectation
}

func newWorld(t testing.TB) *world {
	w := &world{province: prooftest.NewOrg(t, "HenanMSP"), city: prooftest.NewOrg(t, "ZhengzhouMSP")}
	w.provPeer = w.province.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1))
	w.cityPeer = w.city.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1))
	w.anchor = proof.Anchor{Channel: "zhengzhou", Organisations: []proof.Organisation{w.province.Entry(), w.city.Entry()}, Policy: proof.All("HenanMSP", "ZhengzhouMSP")}
	w.honest = prooftest.Forged{
		Question: proof.Question{Channel: "zhengzhou", Contract: "evidence", Function: "Get", Args: []string{"evidence", "e1"}, Nonce: []byte("nonce nonce nonce nonce!"), Time: prooftest.Now},
		Status:   200, Answer: `{"id":"e1"}`, Asker: w.city.Member(t, "client", prooftest.Now.AddDate(0, 0, -1)), Signers: []*prooftest.Signer{w.provPeer, w.cityPeer},
	}
	w.want = proof.Expectation{Contract: "evidence", Function: "Get", Args: []string{"evidence", "e1"}, Nonce: w.honest.Question.Nonce, MaxAge: time.Hour}
	return w
}

func TestAnHonestViewProvesItsAnswer(t *testing.T) {
	w := newWorld(t)
	fact, err := w.honest.View(t).Verify(&w.anchor, w.want, prooftest.Now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if string(fact.Answer) != `{"id":"e1"}` || fact.Asker != "ZhengzhouMSP" || len(fact.Endorsers) != 2 || !fact.Time.Equal(prooftest.Now) {
		t.Errorf("the fact is %+v", fact)
	}
	later := w.want
	later.MaxAge, later.Nonce = 0, nil
	if _, err := w.honest.View(t).Verify(&w.anchor, later, prooftest.Now.AddDate(5, 0, 0)); err != nil {
		t.Errorf("a certificate kept for five years, past its signers' certificates: %v", err)
	}
}

func TestEveryForgeryIsRefusedWithItsOwnCode(t *testing.T) {
	w := newWorld(t)
	stranger := prooftest.NewOrg(t, "StrangerMSP")
	impostor := prooftest.NewOrg(t, "ZhengzhouMSP") // the same name, another root
	revoked := w.city.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1))
	withCRL := w.anchor
	cityEntry := w.city.Entry()
	cityEntry.CRLs = []string{w.city.Revoke(t, revoked)}
	withCRL.Organisations = []proof.Organisation{w.province.Entry(), cityEntry}

	for name, c := range map[string]struct {
		forge  func(*prooftest.Forged)
		want   func(*proof.Expectation)
		anchor *proof.Anchor
		at     time.Time
		touch  func(*proof.View)
		code   proof.Code
	}{
		"another channel":  {forge: func(f *prooftest.Forged) { f.Question.Channel = "xinyang" }, code: proof.ChannelMismatch},
		"another contract": {forge: func(f *prooftest.Forged) { f.Question.Contract = "elicense" }, code: proof.ContractMismatch},
		"an answer by another contract": {forge: func(f *prooftest.Forged) {
			f.Change = func(a *peer.ChaincodeAction, _ *peer.ProposalResponsePayload) { a.ChaincodeId.Name = "elicense" }
		}, code: proof.ContractMismatch},
		"another function":          {forge: func(f *prooftest.Forged) { f.Question.Function = "Verify" }, code: proof.FunctionMismatch},
		"other arguments":           {forge: func(f *prooftest.Forged) { f.Question.Args = []string{"evidence", "e2"} }, code: proof.ArgumentsMismatch},
		"an argument more":          {forge: func(f *prooftest.Forged) { f.Question.Args = append(f.Question.Args, "") }, code: proof.ArgumentsMismatch},
		"arguments cut differently": {forge: func(f *prooftest.Forged) { f.Question.Args = []string{"evidencee1", ""} }, code: proof.ArgumentsMismatch},
		"a refused question":        {forge: func(f *prooftest.Forged) { f.Status = 500 }, code: proof.StatusNotOK},
		"another proposal answered": {forge: func(f *prooftest.Forged) {
			f.Change = func(_ *peer.ChaincodeAction, p *peer.ProposalResponsePayload) {
				p.ProposalHash = bytes.Repeat([]byte{1}, 32)
			}
		}, code: proof.ProposalMismatch},
		"a replayed nonce":       {forge: func(f *prooftest.Forged) { f.Question.Nonce = []byte("an earlier nonce, used up") }, code: proof.NonceMismatch},
		"a stale view":           {forge: func(f *prooftest.Forged) {}, at: prooftest.Now.Add(2 * time.Hour), code: proof.Stale},
		"a view from the future": {forge: func(f *prooftest.Forged) {}, at: prooftest.Now.Add(-time.Hour), code: proof.FromFuture},
		"one signature short":    {forge: func(f *prooftest.Forged) { f.Signers = f.Signers[:1] }, code: proof.PolicyUnsatisfied},
		"no signature":           {forge: func(f *prooftest.Forged) { f.Signers = nil }, code: proof.PolicyUnsatisfied},
		"the same organisation twice": {forge: func(f *prooftest.Forged) {
			f.Signers = []*prooftest.Signer{w.cityPeer, w.city.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1))}
		}, code: proof.OrganisationTwice},
		"the same peer twice":                {forge: func(f *prooftest.Forged) { f.Signers = []*prooftest.Signer{w.cityPeer, w.cityPeer} }, code: proof.OrganisationTwice},
		"a client as endorser":               {forge: func(f *prooftest.Forged) { f.Signers[1] = w.city.Member(t, "client", prooftest.Now.AddDate(0, 0, -1)) }, code: proof.NotAPeer},
		"an admin as endorser":               {forge: func(f *prooftest.Forged) { f.Signers[1] = w.city.Member(t, "admin", prooftest.Now.AddDate(0, 0, -1)) }, code: proof.NotAPeer},
		"an orderer as endorser":             {forge: func(f *prooftest.Forged) { f.Signers[1] = w.city.Member(t, "orderer", prooftest.Now.AddDate(0, 0, -1)) }, code: proof.NotAPeer},
		"an unknown organisation":            {forge: func(f *prooftest.Forged) { f.Signers[1] = stranger.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1)) }, code: proof.EndorserUnknown},
		"an unknown root":                    {forge: func(f *prooftest.Forged) { f.Signers[1] = impostor.Member(t, "peer", prooftest.Now.AddDate(0, 0, -1)) }, code: proof.CertificateInvalid},
		"a revoked certificate":              {forge: func(f *prooftest.Forged) { f.Signers[1] = revoked }, anchor: &withCRL, code: proof.CertificateRevoked},
		"an expired certificate":             {forge: func(f *prooftest.Forged) { f.Signers[1] = w.city.Member(t, "peer", prooftest.Now.AddDate(-2, 0, 0)) }, code: proof.CertificateExpired},
		"a certificate not yet valid":        {forge: func(f *prooftest.Forged) { f.Signers[1] = w.city.Member(t, "peer", prooftest.Now.AddDate(0, 0, 1)) }, code: proof.CertificateExpired},
		"an empty policy":                    {anchor: &proof.Anchor{Channel: "zhengzhou", Organisations: w.anchor.Organisations}, code: proof.PolicyEmpty},
		"a policy of nothing":                {anchor: &proof.Anchor{Channel: "zhengzhou", Organisations: w.anchor.Organisations, Policy: proof.Policy{N: 0, Of: []proof.Rule{{MSP: "HenanMSP"}}}}, code: proof.PolicyEmpty},
		"a policy that cannot be met":        {anchor: &proof.Anchor{Channel: "zhengzhou", Organisations: w.anchor.Organisations, Policy: proof.Policy{N: 3, Of: proof.All("HenanMSP", "ZhengzhouMSP").Of}}, code: proof.AnchorInvalid},
		"an anchor without roots":            {anchor: &proof.Anchor{Channel: "zhengzhou", Organisations: []proof.Organisation{{MSP: "HenanMSP"}}, Policy: proof.All("HenanMSP")}, code: proof.AnchorInvalid},
		"an organisation without node units": {anchor: &proof.Anchor{Channel: "zhengzhou", Organisations: []proof.Organisation{w.province.Entry(), {MSP: "ZhengzhouMSP", Roots: w.city.Entry().Roots}}, Policy: w.anchor.Policy}, code: proof.NotAPeer},
		"a changed answer": {touch: func(v *proof.View) {
			v.ResponsePayload = bytes.Replace(v.ResponsePayload, []byte("e1"), []byte("e9"), 1)
		}, code: proof.SignatureInvalid},
		"a response encoded again":   {touch: func(v *proof.View) { v.ResponsePayload = append(v.ResponsePayload, 0xf8, 0x07, 0x01) }, code: proof.SignatureInvalid},
		"a proposal encoded again":   {touch: func(v *proof.View) { v.ProposalPayload = append(v.ProposalPayload, 0xf8, 0x07, 0x01) }, code: proof.ProposalMismatch},
		"a header encoded again":     {touch: func(v *proof.View) { v.ChannelHeader = append(v.ChannelHeader, 0xf8, 0x07, 0x01) }, code: proof.ProposalMismatch},
		"an endorser encoded again":  {touch: func(v *proof.View) { v.Endorsements[1].Endorser = append(v.Endorsements[1].Endorser, 0xf8, 0x07, 0x01) }, code: proof.SignatureInvalid},
		"another signature's bytes":  {touch: func(v *proof.View) { v.Endorsements[0].Signature = v.Endorsements[1].Signature }, code: proof.SignatureInvalid},
		"the signature's other form": {touch: func(v *proof.View) { v.Endorsements[0].Signature = mirror(t, v.Endorsements[0].Signature) }, code: proof.SignatureInvalid},
		"bytes behind a signature":   {touch: func(v *proof.View) { v.Endorsements[0].Signature = append(v.Endorsements[0].Signature, 0) }, code: proof.SignatureInvalid},
		"another transaction ID":     {touch: func(v *proof.View) { v.SignatureHeader = append(v.SignatureHeader, 0x12, 0x01, 'x') }, code: proof.TransactionInvalid},
		"no header":                  {touch: func(v *proof.View) { v.ChannelHeader = nil }, code: proof.Malformed},
		"no function":                {touch: func(v *proof.View) { v.ProposalPayload = nil }, code: proof.Malformed},
		"a transient map": {touch: func(v *proof.View) {
			p := &peer.ChaincodeProposalPayload{}
			check(t, proto.Unmarshal(v.ProposalPayload, p))
			p.TransientMap = map[string][]byte{"x": {1}} //nolint:staticcheck // what is tested
			v.ProposalPayload, _ = proto.Marshal(p)
		}, code: proof.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.honest
			f.Signers = append([]*prooftest.Signer{}, f.Signers...)
			f.Question.Args = append([]string{}, f.Question.Args...)
			if c.forge != nil {
				c.forge(&f)
			}
			v := f.View(t)
			if c.touch != nil {
				c.touch(v)
			}
			anchor, at := &w.anchor, prooftest.Now.Add(time.Minute)
			if c.anchor != nil {
				anchor = c.anchor
			}
			if !c.at.IsZero() {
				at = c.at
			}
			_, err := v.Verify(anchor, w.want, at)
			var refusal *proof.Error
			if !errors.As(err, &refusal) || refusal.Code != c.code || refusal.Message == "" {
				t.Errorf("answered %v, not %s", err, c.code)
			}
		})
	}
}

// mirror gives the signature's other valid value of s.
func mirror(t *testing.T, signature []byte) []byte {
	var s struct{ R, S *big.Int }
	_, err := asn1.Unmarshal(signature, &s)
	check(t, err)
	out, err := asn1.Marshal(struct{ R, S *big.Int }{s.R, new(big.Int).Sub(elliptic.P256().Params().N, s.S)})
	check(t, err)
	return out
}

func TestAViewIsWrittenInOneWayOnly(t *testing.T) {
	w := newWorld(t)
	v := w.honest.View(t)
	raw, err := v.Encode()
	check(t, err)
	back, err := proof.Decode(raw)
	check(t, err)
	again, err := back.Encode()
	if err != nil || !bytes.Equal(raw, again) {
		t.Fatalf("encoded again it differs (%v)", err)
	}
	for name, c := range map[string]struct {
		data []byte
		code proof.Code
	}{
		"cut off":          {raw[:len(raw)-1], proof.Malformed},
		"bytes behind it":  {append(bytes.Clone(raw), 0), proof.Malformed},
		"nothing":          {nil, proof.Malformed},
		"a later layout":   {append([]byte("HNCV\x02"), raw[5:]...), proof.VersionUnknown},
		"too large":        {make([]byte, proof.MaxSize+1), proof.TooLarge},
		"many signatures":  {[]byte("HNCV\x01\xff"), proof.TooLarge},
		"a length too far": {[]byte("HNCV\x01\x00\xff\xff\xff\xff"), proof.Malformed},
	} {
		var refusal *proof.Error
		if _, err := proof.Decode(c.data); !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s: %v, not %s", name, err, c.code)
		}
	}
}

func TestAViewInJSONIsReadFromItsBytesAlone(t *testing.T) {
	w := newWorld(t)
	text, err := json.Marshal(w.honest.View(t))
	check(t, err)
	text = bytes.Replace(text, []byte(`"function":"Get"`), []byte(`"function":"Lie"`), 1)
	var v proof.View
	check(t, json.Unmarshal(text, &v))
	if _, err := v.Verify(&w.anchor, w.want, prooftest.Now); err != nil {
		t.Errorf("the bytes did not count: %v", err)
	}
}

func TestAnAnchorCanBePinned(t *testing.T) {
	w := newWorld(t)
	data, err := json.Marshal(w.anchor)
	check(t, err)
	digest, err := w.anchor.Digest()
	check(t, err)
	if _, err := proof.ParseAnchor(data, digest); err != nil {
		t.Error(err)
	}
	w.anchor.Sequence++
	data, err = json.Marshal(w.anchor)
	check(t, err)
	var refusal *proof.Error
	if _, err := proof.ParseAnchor(data, digest); !errors.As(err, &refusal) || refusal.Code != proof.AnchorMismatch {
		t.Errorf("another anchor passed the pin: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	w := newWorld(f)
	raw, err := w.honest.View(f).Encode()
	check(f, err)
	f.Add(raw)
	f.Add([]byte("HNCV\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := proof.Decode(data)
		if err != nil {
			return
		}
		again, err := v.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("decoded, and encoded differently: %v", err)
		}
		if fact, err := v.Verify(&w.anchor, w.want, prooftest.Now); err == nil && string(fact.Answer) != w.honest.Answer {
			t.Fatalf("the answer %q verified, which nobody signed", fact.Answer)
		}
	})
}

// BenchmarkVerify is one view alone: the anchor is read from its form for it.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	v := w.honest.View(b)
	for b.Loop() {
		if _, err := v.Verify(&w.anchor, w.want, prooftest.Now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyPrepared is one view where the anchor has been prepared.
func BenchmarkVerifyPrepared(b *testing.B) {
	w := newWorld(b)
	v := w.honest.View(b)
	trust, err := w.anchor.Prepare()
	check(b, err)
	for b.Loop() {
		if _, err := trust.Batch().Verify(v, w.want, prooftest.Now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyBatch is a view among others of the same peers.
func BenchmarkVerifyBatch(b *testing.B) {
	w := newWorld(b)
	v := w.honest.View(b)
	trust, err := w.anchor.Prepare()
	check(b, err)
	batch := trust.Batch()
	for b.Loop() {
		if _, err := batch.Verify(v, w.want, prooftest.Now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(v.Endorsements)), "µs/endorsement")
}

func TestABatchChecksACertificateAgainOutsideItsTime(t *testing.T) {
	w := newWorld(t)
	trust, err := w.anchor.Prepare()
	check(t, err)
	batch := trust.Batch()
	if _, err := batch.Verify(w.honest.View(t), w.want, prooftest.Now); err != nil {
		t.Fatal(err)
	}
	later := w.honest
	later.Question.Time = prooftest.Now.AddDate(2, 0, 0) // after the peers' certificates ended
	var refusal *proof.Error
	if _, err := batch.Verify(later.View(t), w.want, later.Question.Time); !errors.As(err, &refusal) || refusal.Code != proof.CertificateExpired {
		t.Errorf("a certificate that was good two years before is taken: %v", err)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
