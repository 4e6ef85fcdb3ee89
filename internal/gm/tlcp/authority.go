package tlcp

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"henanchain/internal/gm"
)

// Authority issues SM2 certificates for TLCP: enough of a CA for a pilot and for
// tests. A province's own comes from a licensed CA (电子认证服务机构).
type Authority struct {
	cert *smx509.Certificate
	key  *gm.PrivateKey
}

// Issued are the certificates and keys of one server or client. A client's
// encryption half is for servers that ask for it; ECC suites do not.
type Issued struct {
	SignCertificate    []byte // PEM
	SignKey            *gm.PrivateKey
	EncryptCertificate []byte // PEM
	EncryptKey         *gm.PrivateKey
}

// backdate covers clocks that differ a little.
const backdate = 5 * time.Minute

// NewAuthority makes a self-signed SM2 root of that name.
func NewAuthority(name string, valid time.Duration) (*Authority, error) {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("new authority: %w", err)
	}
	template := newTemplate(name, valid)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign
	der, err := smx509.CreateCertificate(rand.Reader, template, template, key.Public().CryptoPublicKey(), key.CryptoSigner())
	if err != nil {
		return nil, fmt.Errorf("new authority: %w", err)
	}
	cert, err := parseSM2(der)
	if err != nil {
		return nil, fmt.Errorf("new authority: %w", err)
	}
	return &Authority{cert: cert, key: key}, nil
}

// ParseAuthority takes up an authority again from its certificate, in PEM, and
// its key.
func ParseAuthority(certPEM []byte, key *gm.PrivateKey) (*Authority, error) {
	ders, err := certificatesFromPEM(certPEM)
	if err != nil {
		return nil, fmt.Errorf("parse authority: %w", err)
	}
	cert, err := parseSM2(ders[0])
	if err != nil {
		return nil, fmt.Errorf("parse authority: %w", err)
	}
	held, err := gm.ParsePublicKey(cert.RawSubjectPublicKeyInfo)
	if err != nil || !held.Equal(key.Public()) || !cert.IsCA {
		return nil, fmt.Errorf("parse authority: %w: not an authority's, or not for this key", ErrCertificate)
	}
	return &Authority{cert: cert, key: key}, nil
}

// CertificatePEM returns the root, for those who are to trust it.
func (a *Authority) CertificatePEM() []byte { return certificatePEM(a.cert.Raw) }

// Key returns the authority's key, to be sealed and kept.
func (a *Authority) Key() *gm.PrivateKey { return a.key }

// IssueServer issues the two certificates of a server under the hosts' names or
// IP addresses, at least one.
func (a *Authority) IssueServer(valid time.Duration, hosts ...string) (*Issued, error) {
	if len(hosts) == 0 {
		return nil, errors.New("issue server certificates: want at least one host")
	}
	template := newTemplate(hosts[0], valid)
	template.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return a.issue(template)
}

// IssueClient issues the two certificates of a client of that name.
func (a *Authority) IssueClient(valid time.Duration, name string) (*Issued, error) {
	template := newTemplate(name, valid)
	template.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth}
	return a.issue(template)
}

func (a *Authority) issue(template *smx509.Certificate) (*Issued, error) {
	var out Issued
	for _, half := range []struct {
		usage smx509.KeyUsage
		cert  *[]byte
		key   **gm.PrivateKey
	}{
		{smx509.KeyUsage(usageSign), &out.SignCertificate, &out.SignKey},
		{smx509.KeyUsage(usageEncrypt), &out.EncryptCertificate, &out.EncryptKey},
	} {
		key, err := gm.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("issue for %s: %w", template.Subject.CommonName, err)
		}
		template.KeyUsage, template.SerialNumber = half.usage, newSerial()
		der, err := smx509.CreateCertificate(rand.Reader, template, a.cert, key.Public().CryptoPublicKey(), a.key.CryptoSigner())
		if err != nil {
			return nil, fmt.Errorf("issue for %s: %w", template.Subject.CommonName, err)
		}
		*half.cert, *half.key = certificatePEM(der), key
	}
	return &out, nil
}

// ServerIdentity makes a server's identity of what was issued.
func (i *Issued) ServerIdentity() (*Identity, error) {
	return NewServerIdentity(i.SignCertificate, i.SignKey, i.EncryptCertificate, i.EncryptKey)
}

// ClientIdentity makes a client's identity of what was issued.
func (i *Issued) ClientIdentity() (*Identity, error) {
	return NewClientIdentity(i.SignCertificate, i.SignKey)
}

func newTemplate(name string, valid time.Duration) *smx509.Certificate {
	now := time.Now()
	return &smx509.Certificate{
		SerialNumber:       newSerial(),
		Subject:            pkix.Name{CommonName: name, Organization: []string{"Henan Chain"}, Country: []string{"CN"}},
		NotBefore:          now.Add(-backdate),
		NotAfter:           now.Add(valid),
		SignatureAlgorithm: smx509.SM2WithSM3,
	}
}

// newSerial is a random positive number of 127 bits.
func newSerial() *big.Int {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails
	serial[0] = serial[0]&0x7f | 1
	return new(big.Int).SetBytes(serial)
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
