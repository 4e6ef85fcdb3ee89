package tlcp

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
	"time"
)

// FuzzPeerCertificates gives a verifier what a peer may send: it never panics,
// and nothing but the certificate that was issued passes.
func FuzzPeerCertificates(f *testing.F) {
	p := newPKI(f)
	issued, err := p.sm2.IssueClient(hour, "client")
	if err != nil {
		f.Fatal(err)
	}
	derOf := func(text []byte) []byte {
		block, _ := pem.Decode(text)
		return block.Bytes
	}
	good, root := derOf(issued.SignCertificate), derOf(p.sm2.CertificatePEM())
	f.Add(good, root)
	f.Add(derOf(p.server.SignCertificate), derOf(p.server.EncryptCertificate))
	f.Add(p.tlsCA.Raw, []byte{0x30})
	expect := expectation{roots: p.roots, use: x509.ExtKeyUsageClientAuth, now: time.Now}
	client, err := expect.verify([][]byte{good, root}, 0, usageSign)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, leaf, other []byte) {
		cert, err := expect.verify([][]byte{leaf, other}, 0, usageSign)
		if err != nil {
			if cert != nil {
				t.Fatalf("%v beside %v", cert.Subject, err)
			}
			return
		}
		if !bytes.Equal(cert.RawTBSCertificate, client.RawTBSCertificate) {
			t.Fatalf("%x passes", leaf)
		}
	})
}

func TestVerifyWantsTheCertificateThatIsAskedFor(t *testing.T) {
	p := newPKI(t)
	expect := expectation{roots: p.roots, use: x509.ExtKeyUsageServerAuth, host: "localhost", now: time.Now}
	sign, _ := pem.Decode(p.server.SignCertificate)
	encrypt, _ := pem.Decode(p.server.EncryptCertificate)
	for name, c := range map[string]struct {
		raw   [][]byte
		at    int
		usage x509.KeyUsage
		ok    bool
	}{
		"the signing one":                      {[][]byte{sign.Bytes, encrypt.Bytes}, 0, usageSign, true},
		"the encryption one":                   {[][]byte{sign.Bytes, encrypt.Bytes}, 1, usageEncrypt, true},
		"the encryption one for signing":       {[][]byte{encrypt.Bytes, sign.Bytes}, 0, usageSign, false},
		"the signing one for encryption":       {[][]byte{encrypt.Bytes, sign.Bytes}, 1, usageEncrypt, false},
		"no second one":                        {[][]byte{sign.Bytes}, 1, usageEncrypt, false},
		"none":                                 {nil, 0, usageSign, false},
		"too many":                             {make([][]byte, maxChain+1), 0, usageSign, false},
		"garbage beside":                       {[][]byte{sign.Bytes, {0x30}}, 0, usageSign, false},
		"a certificate on P-256 beside":        {[][]byte{sign.Bytes, p.tlsCA.Raw}, 0, usageSign, false},
		"a byte behind the signing one":        {[][]byte{append(sign.Bytes[:len(sign.Bytes):len(sign.Bytes)], 0), encrypt.Bytes}, 0, usageSign, false},
		"a changed byte in its signature":      {[][]byte{flipLast(sign.Bytes), encrypt.Bytes}, 0, usageSign, false},
		"a changed byte in what it is all for": {[][]byte{flipAt(sign.Bytes, 30), encrypt.Bytes}, 0, usageSign, false},
	} {
		if cert, err := expect.verify(c.raw, c.at, c.usage); (err == nil) != c.ok || (!c.ok && (!errors.Is(err, ErrCertificate) || cert != nil)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flipLast(der []byte) []byte { return flipAt(der, len(der)-1) }

func flipAt(der []byte, at int) []byte {
	changed := append([]byte(nil), der...)
	changed[at] ^= 1
	return changed
}
