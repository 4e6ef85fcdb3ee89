package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

// files are a proof in both forms and its anchor.
func files(t *testing.T) (view, raw, anchor, digest string) {
	t.Helper()
	province, city := prooftest.NewOrg(t, "HenanMSP"), prooftest.NewOrg(t, "ZhengzhouMSP")
	from := prooftest.Now.AddDate(0, 0, -1)
	f := prooftest.Forged{
		Question: proof.Question{Channel: "zhengzhou", Contract: "evidence", Function: "Get", Args: []string{"evidence", "e1"}, Nonce: []byte("nonce nonce nonce nonce!"), Time: prooftest.Now},
		Status:   200, Answer: `{"plain":"answer"}`, Asker: city.Member(t, "client", from), Signers: []*prooftest.Signer{province.Member(t, "peer", from), city.Member(t, "peer", from)},
	}
	a := proof.Anchor{Channel: "zhengzhou", Sequence: 3, Organisations: []proof.Organisation{province.Entry(), city.Entry()}, Policy: proof.All("HenanMSP", "ZhengzhouMSP")}
	digest, err := a.Digest()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name string, data []byte, err error) string {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	text, err := json.Marshal(f.View(t))
	view = put("view.json", text, err)
	text, err = json.Marshal(a)
	anchor = put("anchor.json", text, err)
	return view, put("view", f.Encoded(t), nil), anchor, digest
}

func TestAProofIsVerifiedAndExplained(t *testing.T) {
	view, raw, anchor, digest := files(t)
	other := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"in JSON":             {[]string{view, "--anchor", anchor}, 0, "NOT pinned"},
		"in its bytes":        {[]string{raw, "--anchor", anchor, "--pin", digest}, 0, "as pinned"},
		"as expected":         {[]string{raw, "--anchor", anchor, "--contract", "evidence", "--function", "Get", "--arg", "evidence", "--arg", "e1"}, 0, "The proof holds."},
		"of another record":   {[]string{raw, "--anchor", anchor, "--arg", "evidence", "--arg", "e2"}, refused, "PROOF_ARGUMENTS_MISMATCH"},
		"another nonce":       {[]string{raw, "--anchor", anchor, "--nonce", "00"}, refused, "PROOF_NONCE_MISMATCH"},
		"a nonce of no form":  {[]string{raw, "--anchor", anchor, "--nonce", "x"}, wrongUsage, ""},
		"too old":             {[]string{raw, "--anchor", anchor, "--max-age", "1h", "--at", "2026-03-05T00:00:00Z"}, refused, "PROOF_STALE"},
		"another pin":         {[]string{raw, "--anchor", anchor, "--pin", strings.Repeat("0", 64)}, refused, "superseded by a newer"},
		"no anchor":           {[]string{raw}, wrongUsage, ""},
		"a missing file":      {[]string{other, "--anchor", anchor}, unreadable, ""},
		"the anchor as proof": {[]string{anchor, "--anchor", anchor}, refused, "PROOF_MALFORMED"},
		"as JSON":             {[]string{raw, "--anchor", anchor, "--json"}, 0, `"holds": true`},
	} {
		args := c.args
		if !strings.Contains(strings.Join(args, " "), "--at") {
			args = append(args, "--at", "2026-03-02T01:00:00Z")
		}
		var out, errs bytes.Buffer
		if status := run(args, strings.NewReader(""), &out, &errs); status != c.status || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: status %d, not %d\n%s%s", name, status, c.status, out.String(), errs.String())
		}
	}
}
