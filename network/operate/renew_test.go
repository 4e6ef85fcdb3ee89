package operate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"
	"time"

	"henanchain/network/identity"
	"henanchain/network/state"
)

// ending writes a certificate that ends after so many days.
func ending(t *testing.T, path string, days int) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// Noon past the day, so that no midnight and no pause of the test moves it.
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Duration(days)*24*time.Hour + 12*time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := state.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAServersOwnCertificateIsReportedAndRenewedFirst(t *testing.T) {
	o := stopped(t)
	n, err := o.Network()
	if err != nil {
		t.Fatal(err)
	}
	ca := identity.Servers(n)[0]
	for _, org := range n.Organisations {
		if err := state.WriteFile(o.State.Path("ca", "local", org.Name, "registrar.secret"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"registrar", "peer0." + org.Name} {
			ending(t, o.State.Path("organisations", org.Name, "identities", name, "msp", "signcerts", "cert.pem"), 300)
		}
	}
	for _, test := range []struct {
		days int
		want bool
	}{{10, true}, {300, false}, {-2, true}} {
		ending(t, ca.Certificate(o.State), test.days)
		list, err := o.chosen(n, Renewal{Names: []string{"all"}, Within: 30})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(list) > 0 && list[0].name == "ca.local" && list[0].role == roleCA; got != test.want {
			t.Errorf("with %d days left: chosen %t, want %t", test.days, got, test.want)
		}
		i := slices.IndexFunc(certificateReports(o.State, n, time.Now()), func(r CertificateReport) bool { return r.Name == "ca.local" && r.Days == test.days })
		if i < 0 {
			t.Errorf("with %d days left it is not reported so", test.days)
		}
	}
}
