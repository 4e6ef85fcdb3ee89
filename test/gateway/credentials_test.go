//go:build e2e

package gateway

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/client"
	"henanchain/internal/gm"
	"henanchain/test/journey"
)

// operate types a command of the gateway program, beside the gateway that runs.
func operate(t *testing.T, args ...string) string {
	t.Helper()
	out, err := net.Gateway(args...).Output()
	if err != nil {
		t.Fatalf("gateway %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// refusedWith tells whether a call ended in a problem of that code.
func refusedWith(err error, code string) bool {
	var p *client.Problem
	return errors.As(err, &p) && p.Status == 401 && p.Code == code
}

func TestAKeyIsRegisteredSignsAWriteAndIsRevokedWhileTheGatewayRuns(t *testing.T) {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.NewSigning(net.Connection.Gateway, private, nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string) (*client.Acknowledgement, error) {
		return c.WithIdempotencyKey(name+unique).Create(t.Context(), journey.City, "evidence", "evidences", deposit(t, name))
	}
	if _, err := write("before"); !refusedWith(err, "UNAUTHENTICATED") {
		t.Fatalf("before it is registered: %v", err)
	}
	file := filepath.Join(t.TempDir(), "pub.pem")
	if err := os.WriteFile(file, key.Public().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	id := operate(t, "credentials", "register", journey.Notary, "--key", file)
	ack, err := write("registered")
	if err != nil {
		t.Fatal(err)
	}
	holdsTrue(t, ledgerOf(t, ""), ack)
	operate(t, "credentials", "revoke", id)
	if _, err := write("revoked"); !refusedWith(err, "CREDENTIAL_REVOKED") {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestATokenIsIssuedAndRevokedWhileTheGatewayRuns(t *testing.T) {
	token := operate(t, "tokens", "issue", journey.Notary, "--expires", "1h")
	c := client.New(net.Connection.Gateway, token, nil)
	read := func() error {
		_, err := c.Get(t.Context(), journey.City, "evidence", "evidences", strings.Repeat("0", 32))
		return err
	}
	var p *client.Problem
	if err := read(); !errors.As(err, &p) || p.Code != "RECORD_NOT_FOUND" {
		t.Fatalf("with the token: %v", err)
	}
	operate(t, "tokens", "revoke", gm.HexDigest([]byte(token)))
	if err := read(); !refusedWith(err, "CREDENTIAL_REVOKED") {
		t.Errorf("after it was revoked: %v", err)
	}
}
