//go:build e2e

package relay

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/gateway/fabric"
	"henanchain/internal/operation"
)

func TestACityAsksAnotherAndAcceptsItsAnswer(t *testing.T) {
	ready(t)
	evidence := deposited(t)
	id := ask(t, question(evidence))
	if status := ends(t, id); status != "ACCEPTED" {
		t.Fatalf("it ended as %s", status)
	}
	var got struct {
		Answer operation.Record `json:"answer"`
		Proof  string           `json:"proof"`
	}
	if err := caller(t, asker).Ask(t.Context(), from, "relay", "answer", object{"id": id}, &got); err != nil {
		t.Fatal(err)
	}
	if got.Answer.ID != evidence || got.Proof == "" {
		t.Errorf("the answer is %+v", got.Answer)
	}
	err := caller(t, "xinyang-registry").Ask(t.Context(), from, "relay", "answer", object{"id": id}, &got)
	if p := (*client.Problem)(nil); !asProblem(err, &p) || p.Code != "NOT_THE_ASKER" {
		t.Errorf("another department reads the answer: %v", err)
	}
}

func asProblem(err error, p **client.Problem) bool {
	e, ok := err.(*client.Problem) //nolint:errorlint // the client returns it bare
	*p = e
	return ok
}

func TestWhatTheSourceRefusesIsRefused(t *testing.T) {
	ready(t)
	id := ask(t, question("there is no such evidence"))
	if status := ends(t, id); status != "REFUSED" {
		t.Fatalf("it ended as %s", status)
	}
}

func TestForgedAndLateAnswersAreRefusedOverTheNetwork(t *testing.T) {
	ready(t)
	evidence := deposited(t)
	resume := paused(t)
	id, other, late := ask(t, question(evidence)), ask(t, question(evidence)), question(evidence)
	late["deadline"] = in(shortly)
	expired := ask(t, late)
	r := read(t, id)
	honest := answer(t, r, source, "HenanMSP", "ZhengzhouMSP")
	for name, c := range map[string]struct {
		in    object
		proof []byte
		code  string
	}{
		"tampered":             {object{"id": id}, bytes.Replace(honest, []byte("ANCHORED"), []byte("EXCLUDED"), 1), "PROOF_SIGNATURE_INVALID"},
		"truncated":            {object{"id": id}, honest[:len(honest)-1], "PROOF_MALFORMED"},
		"another channel":      {object{"id": id}, answer(t, asksRelay(t, r), from, "HenanMSP", "XinyangMSP"), "PROOF_CHANNEL_MISMATCH"},
		"one signature":        {object{"id": id}, answer(t, r, source, "ZhengzhouMSP"), "PROOF_POLICY_UNSATISFIED"},
		"a replay":             {object{"id": other}, honest, "PROOF_NONCE_MISMATCH"},
		"an anchor superseded": {object{"id": id, "terms": strings.Repeat("0", 64)}, honest, "ANCHOR_SUPERSEDED"},
	} {
		if refusal := attest(t, c.in, c.proof); refusal == nil || refusal.Code != c.code {
			t.Errorf("%s: %v, not %s", name, refusal, c.code)
		}
	}
	time.Sleep(time.Until(mustTime(t, read(t, expired).Deadline).Add(2 * time.Second)))
	if refusal := attest(t, object{"id": expired}, answer(t, read(t, expired), source, "HenanMSP", "ZhengzhouMSP")); refusal == nil || refusal.Code != "DEADLINE_PASSED" {
		t.Errorf("late: %v", refusal)
	}
	if refusal := attest(t, object{"id": id}, honest); refusal != nil {
		t.Errorf("the honest one is refused: %v", refusal)
	}
	resume()
	for request, want := range map[string]string{id: "ACCEPTED", other: "ACCEPTED", expired: "EXPIRED"} {
		if status := ends(t, request); status != want {
			t.Errorf("%s ended as %s, not %s", request, status, want)
		}
	}
	_, err := caller(t, asker).Create(t.Context(), from, "relay", "requests", func() object { q := question(evidence); q["source"] = "kaifeng"; return q }())
	if p := (*client.Problem)(nil); !asProblem(err, &p) || p.Code != "CHAIN_UNKNOWN" {
		t.Errorf("an unregistered chain: %v", err)
	}
}

// asksRelay is the request put to a contract that both channels have, with a
// question that both answer.
func asksRelay(t *testing.T, r request) request {
	t.Helper()
	r.Contract, r.Function, r.Args = "relay", operation.Get, []string{"chain", "henan"}
	return r
}

func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTermsThatWereSupersededAreNamed(t *testing.T) {
	ready(t)
	evidence := deposited(t)
	place := fabric.Place{Channel: "henan", Contract: "relay", App: carrier}
	digest := func() string {
		record, err := ledger.Get(t.Context(), place, "chain", source)
		if err != nil {
			t.Fatal(err)
		}
		var body struct{ Digest string }
		if err := json.Unmarshal(record.Body, &body); err != nil {
			t.Fatal(err)
		}
		return body.Digest
	}
	resume := paused(t)
	id, before := ask(t, question(evidence)), digest()
	proof := answer(t, read(t, id), source, "HenanMSP", "ZhengzhouMSP")
	if out, err := net.Gateway("relay", "register", "--offer", "evidence.Get", "--offer", "relay.Get", "--offer", "elicense.Get").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	refusal := attest(t, object{"id": id, "terms": before}, proof)
	if refusal == nil || refusal.Code != "ANCHOR_SUPERSEDED" || !strings.Contains(refusal.Message, "were in force until") {
		t.Errorf("%v", refusal)
	}
	resume()
	if status := ends(t, id); status != "ACCEPTED" {
		t.Errorf("it ended as %s", status)
	}
}

func TestARecordIsGivenWithAProofThatHoldsOffline(t *testing.T) {
	ready(t)
	evidence := deposited(t)
	token, err := net.Token(depositor)
	if err != nil {
		t.Fatal(err)
	}
	curl := exec.Command("curl", "-sf", "-H", "Authorization: Bearer "+token, net.Connection.Gateway+"/v1/zhengzhou/evidence/evidences/"+evidence+"/proof?nonce="+strings.Repeat("ab", 24))
	view, err := curl.Output()
	if err != nil {
		t.Fatal(err)
	}
	export := net.Command("channel", "anchor", "zhengzhou")
	anchor, err := export.Output()
	if err != nil {
		t.Fatal(err)
	}
	file, anchorFile := fileOf(t, "view.json", view), fileOf(t, "anchor.json", anchor)
	program := filepath.Join(t.TempDir(), "verify-proof")
	if out, err := exec.Command("go", "build", "-o", program, "henanchain/internal/proof/verifyproof").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program, file, "--anchor", anchorFile, "--nonce", strings.Repeat("ab", 24), "--arg", "evidence", "--arg", evidence).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("The proof holds.")) {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.WriteFile(file, bytes.Replace(view, []byte(`"view": "SE5DV`), []byte(`"view": "SE5DW`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err = exec.Command(program, file, "--anchor", anchorFile).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("PROOF_")) {
		t.Errorf("a damaged proof: %v\n%s", err, out)
	}
}
