package proof_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"henanchain/internal/gm"
	"henanchain/internal/proof"
	"henanchain/internal/proof/prooftest"
)

func statementWorld(t testing.TB) (*gm.PrivateKey, proof.Statement, proof.Expectation) {
	key, err := gm.GenerateKey(rand.Reader)
	check(t, err)
	nonce := bytes.Repeat([]byte{7}, 24)
	s := proof.Statement{Chain: "national-licences", Contract: "licence", Function: "verify", Args: []string{"a", "b"}, Nonce: hex.EncodeToString(nonce),
		Time: prooftest.Now.Format(time.RFC3339), Answer: json.RawMessage(`{"b":1,"a":true}`)}
	return key, s, proof.Expectation{Contract: "licence", Function: "verify", Args: []string{"a", "b"}, Nonce: nonce, MaxAge: time.Hour}
}

func TestASignedStatementProvesItsAnswerInAnyFormOfJSON(t *testing.T) {
	key, s, want := statementWorld(t)
	signed, err := s.Sign(key)
	check(t, err)
	var loose bytes.Buffer
	check(t, json.Indent(&loose, signed.Statement, " ", "\t"))
	signed.Statement = loose.Bytes()
	raw, err := json.Marshal(signed)
	check(t, err)
	back, err := proof.DecodeSigned(raw)
	check(t, err)
	fact, err := back.Verify(key.Public(), "national-licences", want, prooftest.Now.Add(time.Minute))
	check(t, err)
	if string(fact.Answer) != `{"a":true,"b":1}` || fact.Channel != "national-licences" {
		t.Errorf("the fact is %+v", fact)
	}
}

func TestEveryForgedStatementIsRefusedWithItsOwnCode(t *testing.T) {
	key, honest, want := statementWorld(t)
	other, err := gm.GenerateKey(rand.Reader)
	check(t, err)
	for name, c := range map[string]struct {
		state func(*proof.Statement)
		touch func(*proof.Signed)
		by    *gm.PrivateKey
		at    time.Duration
		code  proof.Code
	}{
		"another chain":                         {state: func(s *proof.Statement) { s.Chain = "other" }, code: proof.ChannelMismatch},
		"another contract":                      {state: func(s *proof.Statement) { s.Contract = "other" }, code: proof.ContractMismatch},
		"another function":                      {state: func(s *proof.Statement) { s.Function = "other" }, code: proof.FunctionMismatch},
		"other arguments":                       {state: func(s *proof.Statement) { s.Args = []string{"ab"} }, code: proof.ArgumentsMismatch},
		"a replayed nonce":                      {state: func(s *proof.Statement) { s.Nonce = "00" }, code: proof.NonceMismatch},
		"a stale answer":                        {at: 2 * time.Hour, code: proof.Stale},
		"from the future":                       {at: -time.Hour, code: proof.FromFuture},
		"no time":                               {state: func(s *proof.Statement) { s.Time = "yesterday" }, code: proof.Malformed},
		"another key":                           {by: other, code: proof.EndorserUnknown},
		"another key under the registered name": {by: other, touch: func(s *proof.Signed) { s.KeyID = key.Public().ID() }, code: proof.SignatureInvalid},
		"a changed answer":                      {touch: func(s *proof.Signed) { s.Statement = bytes.Replace(s.Statement, []byte("true"), []byte("null"), 1) }, code: proof.SignatureInvalid},
		"no signature":                          {touch: func(s *proof.Signed) { s.Signature = "" }, code: proof.SignatureInvalid},
		"no JSON":                               {touch: func(s *proof.Signed) { s.Statement = []byte("{") }, code: proof.Malformed},
	} {
		s, by := honest, key
		if c.state != nil {
			c.state(&s)
		}
		if c.by != nil {
			by = c.by
		}
		signed, err := s.Sign(by)
		check(t, err)
		if c.touch != nil {
			c.touch(signed)
		}
		_, err = signed.Verify(key.Public(), "national-licences", want, prooftest.Now.Add(c.at))
		var refusal *proof.Error
		if !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s: %v, not %s", name, err, c.code)
		}
	}
}

func FuzzDecodeSigned(f *testing.F) {
	key, s, want := statementWorld(f)
	signed, err := s.Sign(key)
	check(f, err)
	raw, err := json.Marshal(signed)
	check(f, err)
	f.Add(raw)
	f.Add([]byte(`{"statement":{},"keyId":"","signature":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := proof.DecodeSigned(data)
		if err != nil {
			return
		}
		if fact, err := d.Verify(key.Public(), "national-licences", want, prooftest.Now); err == nil && string(fact.Answer) != `{"a":true,"b":1}` {
			t.Fatalf("the answer %s verified, which nobody signed", fact.Answer)
		}
	})
}
