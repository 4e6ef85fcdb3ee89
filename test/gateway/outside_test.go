//go:build e2e

package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-gateway/pkg/hash"

	"henanchain/gateway/client"
	"henanchain/gateway/problem"
	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/topology"
	"henanchain/test/chain"
	"henanchain/test/journey"
)

// outsider has the organisation's CA certify a key of its own for a business
// system, as an administrator of that system would: the gateway never sees the key.
func outsider(t *testing.T, system string) *client.Outside {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Client(system)
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.WithKey(certify(t, system, key), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// certify asks the CA for a certificate of another key, in the name of the
// system's enrolled identity.
func certify(t *testing.T, system string, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	st, err := state.At(net.State)
	if err != nil {
		t.Fatal(err)
	}
	network, err := st.Network()
	if err != nil {
		t.Fatal(err)
	}
	app, err := chain.Application(net.Connection, system)
	if err != nil {
		t.Fatal(err)
	}
	_, sign, err := chain.Identity(app)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: system}}, key)
	if err != nil {
		t.Fatal(err)
	}
	org := strings.ToLower(strings.TrimSuffix(app.MSPID, "MSP"))
	body, err := json.Marshal(map[string]any{"caname": org, "certificate_request": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))})
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	cert, err := os.ReadFile(app.Cert)
	if err != nil {
		t.Fatal(err)
	}
	address, root := caOf(t, st, network)
	const path = "/api/v1/reenroll"
	signature, err := sign(hash.SHA256([]byte("POST." + b64([]byte(path)) + "." + b64(body) + "." + b64(cert))))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+address+path, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", b64(cert)+"."+b64(signature))
	resp, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: root}}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Success bool
		Result  struct{ Cert []byte }
		Errors  []any
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || !answer.Success {
		t.Fatalf("the CA answered %d %+v (%v)", resp.StatusCode, answer.Errors, err)
	}
	return answer.Result.Cert
}

// caOf is where the network's CA answers, and its TLS root.
func caOf(t *testing.T, st state.Folder, n *topology.Network) (address string, root *x509.CertPool) {
	t.Helper()
	server := identity.Servers(n)[0]
	text, err := os.ReadFile(st.Path("ca", server.Host, "ca-cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	root = x509.NewCertPool()
	root.AppendCertsFromPEM(text)
	return server.Address(n), root
}

// refusedFor fails the test unless a call was refused with a code.
func refusedFor(t *testing.T, what string, err error, code string) {
	t.Helper()
	var p *client.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestATransactionIsSignedByAKeyThatTheGatewayNeverSees(t *testing.T) {
	o := outsider(t, journey.Notary)
	ack, err := o.Do(t.Context(), journey.City, "evidence", "Deposit", deposit(t, "outside"))
	if err != nil {
		t.Fatal(err)
	}
	holdsTrue(t, ledgerOf(t, ""), ack)
	kept := deposit(t, "outside")
	kept["collectedAt"] = "2126-03-01T02:00:00Z"
	kept["fileHash"] = strings.Repeat("ab", 32)
	_, err = o.Do(t.Context(), journey.City, "evidence", "Deposit", kept)
	refusedFor(t, "a contract's no", err, "COLLECTED_IN_FUTURE")
	_, err = o.Do(t.Context(), journey.City, "evidence", "Admit", map[string]any{})
	refusedFor(t, "another role's operation", err, problem.RoleRequired)
	_, _, err = o.Invoke(t.Context(), journey.City, "evidence", "Get", "evidence", ack.ID)
	refusedFor(t, "a function without the role", err, problem.RoleRequired)
	data := outsider(t, "zhengzhou-data")
	answer, receipt, err := data.Invoke(t.Context(), journey.City, "evidence", "Get", "evidence", ack.ID)
	if err != nil || receipt == nil || !strings.Contains(string(answer), ack.ID) {
		t.Errorf("a function: %s %+v %v", answer, receipt, err)
	}
}

// high turns a signature into the other one that is good, which Fabric refuses.
func high(t *testing.T, signature []byte) []byte {
	t.Helper()
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &parts); err != nil {
		t.Fatal(err)
	}
	parts.S.Sub(elliptic.P256().Params().N, parts.S)
	out, err := asn1.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsSignedOutsideIsTakenOnceAndAsItWasHandedOut(t *testing.T) {
	ctx := t.Context()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Client(journey.Notary)
	if err != nil {
		t.Fatal(err)
	}
	var spoil func([]byte) []byte
	cert := certify(t, journey.Notary, key)
	o := c.WithSigner(cert, func(digest []byte) ([]byte, error) {
		signature, err := lowS(key, digest)
		if spoil != nil && err == nil {
			signature = spoil(signature)
		}
		return signature, err
	})
	p, err := o.Prepare(ctx, journey.City, map[string]any{"contract": "evidence", "op": "Deposit", "in": deposit(t, "once")})
	if err != nil {
		t.Fatal(err)
	}
	refusesToEndorse(t, o, p, key, &spoil)
	endorsed, err := o.Endorse(ctx, journey.City, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Endorse(ctx, journey.City, p)
	refusedFor(t, "a proposal again", err, problem.ProposalUsed)
	_, err = outsider(t, "zhengzhou-court").Submit(ctx, journey.City, endorsed)
	refusedFor(t, "another's transaction", err, problem.ProposalUnknown)
	keyed := c.WithIdempotencyKey("outside-"+unique).WithSigner(cert, same(t, key))
	first, err := keyed.Submit(ctx, journey.City, endorsed)
	if err != nil {
		t.Fatal(err)
	}
	var ack client.Acknowledgement
	if err := json.Unmarshal(first, &ack); err != nil {
		t.Fatal(err)
	}
	holdsTrue(t, ledgerOf(t, ""), &ack)
	again, err := keyed.Submit(ctx, journey.City, endorsed)
	if err != nil || string(again) != string(first) {
		t.Errorf("with the same key again: %s, %v", again, err)
	}
	_, err = o.Submit(ctx, journey.City, endorsed)
	refusedFor(t, "a transaction again", err, problem.ProposalUsed)
	other := c.WithSigner(certify(t, "zhengzhou-court", key), nil)
	_, err = other.Prepare(ctx, journey.City, map[string]any{"contract": "evidence", "op": "Deposit", "in": deposit(t, "x")})
	refusedFor(t, "another's certificate", err, problem.CertificateOther)
}

// refusesToEndorse tries a proposal that was altered, one that was not signed as
// it must be, and somebody else's; spoil is what becomes of a signature.
func refusesToEndorse(t *testing.T, o *client.Outside, p *client.Prepared, key *ecdsa.PrivateKey, spoil *func([]byte) []byte) {
	t.Helper()
	ctx := t.Context()
	altered := *p
	altered.Bytes = append([]byte(nil), p.Bytes...)
	altered.Bytes[len(altered.Bytes)-1] ^= 1
	_, err := o.Endorse(ctx, journey.City, &altered)
	refusedFor(t, "altered bytes", err, problem.ProposalAltered)
	*spoil = func([]byte) []byte { return []byte("no signature") }
	_, err = o.Endorse(ctx, journey.City, p)
	refusedFor(t, "no signature", err, problem.OutsideSignature)
	*spoil = func(s []byte) []byte { return high(t, s) }
	_, err = o.Endorse(ctx, journey.City, p)
	refusedFor(t, "a signature of the higher S", err, problem.OutsideSignature)
	*spoil = func([]byte) []byte { s, _ := lowS(key, make([]byte, 32)); return s }
	_, err = o.Endorse(ctx, journey.City, p)
	refusedFor(t, "a signature of something else", err, problem.OutsideSignature)
	*spoil = nil
	_, err = outsider(t, "zhengzhou-court").Endorse(ctx, journey.City, p)
	refusedFor(t, "another's proposal", err, problem.ProposalUnknown)
	_, err = o.Submit(ctx, journey.City, p)
	if err == nil {
		t.Error("a proposal was submitted as if it were endorsed")
	}
}

func lowS(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	if n := elliptic.P256().Params().N; s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s.Sub(n, s)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// same signs each digest the same way each time, so that a call that is made
// again is the same call.
func same(t *testing.T, key *ecdsa.PrivateKey) func([]byte) ([]byte, error) {
	t.Helper()
	known := map[[sha256.Size]byte][]byte{}
	return func(digest []byte) ([]byte, error) {
		at := [sha256.Size]byte(digest)
		if known[at] == nil {
			s, err := lowS(key, digest)
			if err != nil {
				return nil, err
			}
			known[at] = s
		}
		return known[at], nil
	}
}
