//go:build e2e

package relay

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/internal/gm"
	"henanchain/internal/proof"
)

// platform is a national platform: no Fabric network, REST outside, SM2 for its
// word. It encrypts its answer where it is given a key to.
type platform struct {
	t    *testing.T
	name string
	key  *gm.PrivateKey
	lie  bool // signs with another key than the registered one
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Contract, Function, Nonce, ReplyKey string
		Args                                []string
	}
	if r.URL.Path != "/answers" || r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&q) != nil || len(q.Args) != 1 {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	if q.Args[0] == "unknown" {
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte(`{"code":"LICENCE_UNKNOWN","detail":"no such licence"}`)) //nolint:errcheck // the test sees it
		return
	}
	answer, err := json.Marshal(object{"licence": q.Args[0], "valid": true})
	if err == nil && q.ReplyKey != "" {
		answer, err = sealed(answer, q.ReplyKey)
	}
	key := p.key
	if err == nil && p.lie {
		key, err = gm.GenerateKey(rand.Reader)
	}
	var signed *proof.Signed
	if err == nil {
		signed, err = proof.Statement{Chain: p.name, Contract: q.Contract, Function: q.Function, Args: q.Args, Nonce: q.Nonce,
			Time: time.Now().UTC().Format(time.RFC3339), Answer: answer}.Sign(key)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(signed) //nolint:errcheck // the test sees it
}

func sealed(answer []byte, replyKey string) ([]byte, error) {
	key, err := gm.ParsePublicKeyPEM([]byte(replyKey))
	if err != nil {
		return nil, err
	}
	envelope, err := gm.NewEnvelope(answer, []byte("relay"), key)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope)
}

// registered makes the platform known on the main channel and in the asking city.
func (p *platform) registered(endpoint string) {
	p.t.Helper()
	in := object{"chain": p.name, "kind": "OUTSIDE", "owner": "HenanMSP", "title": "国家平台", "publicKey": string(p.key.Public().PEM()),
		"endpoint": endpoint, "questions": []object{{"contract": "licence", "function": "verify"}}}
	province, city := caller(p.t, carrier), caller(p.t, "xinyang-relay")
	if _, err := province.Create(p.t.Context(), "henan", "relay", "chains", in); err != nil {
		p.t.Fatal(err)
	}
	if _, err := province.Create(p.t.Context(), from, "relay", "chains", in); err != nil {
		p.t.Fatal(err)
	}
	var chain struct{ Proposal struct{ Digest string } }
	body(p.t, fabric.Place{Channel: from, Contract: "relay", App: "xinyang-relay"}, "chain", p.name, &chain)
	if _, err := city.Do(p.t.Context(), from, "relay", "chains", p.name, "approve", object{"digest": chain.Proposal.Digest}); err != nil {
		p.t.Fatal(err)
	}
}

func TestASystemOutsideAnswersUnderItsSM2Signature(t *testing.T) {
	ready(t)
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{t: t, name: "national-" + run, key: key}
	server := httptest.NewServer(p)
	defer server.Close()
	p.registered(server.URL)
	put := func(licence string, deadline time.Duration) string {
		q := question("")
		q["source"], q["contract"], q["function"], q["args"] = p.name, "licence", "verify", []string{licence}
		q["deadline"], q["replyKey"] = in(deadline), string(reply.Public().PEM())
		return ask(t, q)
	}
	id := put("1.2.156.3005.2.1", amply)
	if status := ends(t, id); status != "ACCEPTED" {
		t.Fatalf("it ended as %s", status)
	}
	var got struct {
		Answer json.RawMessage `json:"answer"`
	}
	if err := caller(t, asker).Ask(t.Context(), from, "relay", "answer", object{"id": id}, &got); err != nil {
		t.Fatal(err)
	}
	envelope, err := gm.ParseEnvelope(got.Answer)
	if err != nil {
		t.Fatalf("%v: %s", err, got.Answer)
	}
	opened, err := envelope.Open(reply, []byte("relay"))
	if err != nil || !bytes.Contains(opened, []byte(`"valid":true`)) {
		t.Errorf("the answer opens to %s (%v)", opened, err)
	}
	if status := ends(t, put("unknown", amply)); status != "REFUSED" {
		t.Errorf("what it does not know ended as %s", status)
	}
	p.lie = true
	lied := put("1.2.156.3005.2.1", shortly)
	if status := ends(t, lied); status != "EXPIRED" {
		t.Errorf("an answer under another key ended as %s", status)
	}
	record, err := ledger.Get(t.Context(), fabric.Place{Channel: "henan", Contract: "relay", App: carrier}, "request", lied)
	if err != nil || bytes.Contains(record.Body, []byte("attested")) {
		t.Errorf("what was signed with another key was attested (%v)", err)
	}
}
