package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
)

// outsideDoor is a door whose proposals are made by the real network's client,
// which asks no peer for that.
func outsideDoor(t *testing.T) (*door, *store.Store) {
	t.Helper()
	var db *store.Store
	d := open(t, func(o *Options) {
		conn := o.Network.Connection()
		root := filepath.Join(t.TempDir(), "root.pem")
		if err := os.WriteFile(root, certificateOf(t, "root", newKey(t), time.Hour), 0o600); err != nil {
			t.Fatal(err)
		}
		for i := range conn.Channels {
			for k := range conn.Channels[i].Peers {
				conn.Channels[i].Peers[k].TLSCACert = root
			}
		}
		n, err := fabric.New(conn, fabric.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		o.Outsider = n
		db = o.Store.(*store.Store)
	})
	return d, db
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certificateOf is a certificate that names an application, as Fabric CA's do.
func certificateOf(t *testing.T, app string, key *ecdsa.PrivateKey, lasts time.Duration) []byte {
	t.Helper()
	attributes, err := json.Marshal(map[string]any{"attrs": map[string]string{"hnc.app": app}})
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: app}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(lasts),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}, Value: attributes}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func body(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const transactions = "/v1/zhengzhou/transactions"

func TestPreparingIsForTheCallersOwnCertificateAndRoles(t *testing.T) {
	d, _ := outsideDoor(t)
	key := newKey(t)
	own := string(certificateOf(t, "depositor", key, time.Hour))
	in := json.RawMessage(d.example(t, "evidence", "Deposit"))
	for name, c := range map[string]struct {
		body   map[string]any
		status int
		code   string
	}{
		"its own":                    {map[string]any{"certificate": own, "contract": "evidence", "op": "Deposit", "in": in}, 200, ""},
		"another's":                  {map[string]any{"certificate": string(certificateOf(t, "court", key, time.Hour)), "contract": "evidence", "op": "Deposit", "in": in}, 403, "CERTIFICATE_FORBIDDEN"},
		"one that has ended":         {map[string]any{"certificate": string(certificateOf(t, "depositor", key, -time.Hour)), "contract": "evidence", "op": "Deposit", "in": in}, 422, "INPUT_INVALID"},
		"none":                       {map[string]any{"certificate": "x", "contract": "evidence", "op": "Deposit", "in": in}, 422, "INPUT_INVALID"},
		"an input that is wrong":     {map[string]any{"certificate": own, "contract": "evidence", "op": "Deposit", "in": map[string]any{"fileHash": 1}}, 422, "INPUT_INVALID"},
		"no input":                   {map[string]any{"certificate": own, "contract": "evidence", "op": "Deposit"}, 422, "INPUT_INVALID"},
		"another role's operation":   {map[string]any{"certificate": own, "contract": "evidence", "op": "Admit", "in": in}, 403, "ROLE_REQUIRED"},
		"an operation that is none":  {map[string]any{"certificate": own, "contract": "evidence", "op": "Nothing", "in": in}, 404, "OPERATION_UNKNOWN"},
		"a function":                 {map[string]any{"certificate": own, "contract": "evidence", "function": "Apply", "args": []string{"[]"}}, 403, "ROLE_REQUIRED"},
		"neither":                    {map[string]any{"certificate": own, "contract": "evidence"}, 422, "INPUT_INVALID"},
		"both":                       {map[string]any{"certificate": own, "contract": "evidence", "op": "Deposit", "in": in, "function": "Apply"}, 422, "INPUT_INVALID"},
		"a contract that is not had": {map[string]any{"certificate": own, "contract": "astrology", "op": "Deposit", "in": in}, 404, "LEDGER_UNKNOWN"},
		"another type":               {map[string]any{"certificate": own, "contract": "evidence", "function": "F", "args": []any{1}}, 422, "INPUT_INVALID"},
	} {
		a := d.call(t, "POST", transactions+":prepare", body(t, c.body))
		if a.status != c.status || c.code != "" && a.code(t) != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestWhatComesBackSignedMustBeWhatWasHandedOut(t *testing.T) {
	d, db := outsideDoor(t)
	key := newKey(t)
	prepare := func() toSign {
		a := d.call(t, "POST", transactions+":prepare", body(t, map[string]any{"certificate": string(certificateOf(t, "depositor", key, time.Hour)), "contract": "evidence",
			"op": "Deposit", "in": json.RawMessage(d.example(t, "evidence", "Deposit"))}))
		var out toSign
		if err := json.Unmarshal(a.body, &out); err != nil || a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return out
	}
	sign := func(by *ecdsa.PrivateKey, digest []byte) []byte {
		for {
			r, s, err := ecdsa.Sign(rand.Reader, by, digest)
			if err != nil {
				t.Fatal(err)
			}
			if s.Cmp(new(big.Int).Rsh(elliptic.P256().Params().N, 1)) <= 0 {
				out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
		}
	}
	p := prepare()
	altered := append([]byte(nil), p.Bytes...)
	altered[len(altered)-1] ^= 1
	old := prepare()
	u, err := fabric.ReadProposal(old.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	expire(t, db, old.TxID, hex.EncodeToString(u.Digest()))
	for name, c := range map[string]struct {
		token  string
		bytes  []byte
		signed []byte
		status int
		code   string
	}{
		"altered bytes":             {depositorToken, altered, sign(key, p.Digest), 422, "PROPOSAL_ALTERED"},
		"no proposal":               {depositorToken, []byte("no proposal"), sign(key, p.Digest), 422, "INPUT_INVALID"},
		"another's":                 {courtToken, p.Bytes, sign(key, p.Digest), 404, "PROPOSAL_NOT_FOUND"},
		"too late":                  {depositorToken, old.Bytes, sign(key, old.Digest), 409, "PROPOSAL_EXPIRED"},
		"no signature":              {depositorToken, p.Bytes, []byte("x"), 422, "OUTSIDE_SIGNATURE_INVALID"},
		"another key's":             {depositorToken, p.Bytes, sign(newKey(t), p.Digest), 422, "OUTSIDE_SIGNATURE_INVALID"},
		"one of something else":     {depositorToken, p.Bytes, sign(key, old.Digest), 422, "OUTSIDE_SIGNATURE_INVALID"},
		"good, and no peer answers": {depositorToken, p.Bytes, sign(key, p.Digest), 503, "LEDGER_UNAVAILABLE"},
	} {
		a := d.call(t, "POST", transactions+":endorse", body(t, signedBody{c.bytes, c.signed}), "Authorization", "Bearer "+c.token)
		if a.status != c.status || a.code(t) != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := d.call(t, "POST", transactions+":submit", body(t, signedBody{p.Bytes, sign(key, p.Digest)})); a.status != 409 || a.code(t) != "PROPOSAL_USED" {
		t.Errorf("a proposal as a transaction: %d %s", a.status, a.body)
	}
	if a := d.call(t, "POST", "/v1/henan/transactions:endorse", body(t, signedBody{p.Bytes, nil})); a.status != 403 {
		t.Errorf("another channel: %d %s", a.status, a.body)
	}
	if len(d.invoked) > 0 {
		t.Errorf("something came to the writer: %+v", d.invoked)
	}
}

// expire puts what was handed out into the past.
func expire(t *testing.T, db *store.Store, txID, digest string) {
	t.Helper()
	ctx := context.Background()
	o, err := db.Outside(ctx, "depositor", txID)
	if err != nil || o.Digest != digest {
		t.Fatalf("%+v, %v", o, err)
	}
	past := *o
	past.Expires = time.Now().Add(-time.Second)
	if err := errors.Join(db.Forget(ctx, o.App, txID), db.HandOut(ctx, &past)); err != nil {
		t.Fatal(err)
	}
}
