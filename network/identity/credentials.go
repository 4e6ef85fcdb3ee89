package identity

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
)

// credentials are a key, its certificate and the root above it.
type credentials struct {
	key        *ecdsa.PrivateKey
	cert, root []byte // PEM
}

// newRequest asks for a certificate of a key. The CA sets the organisational
// unit by the identity's type.
func newRequest(name string, hosts []string, key *ecdsa.PrivateKey) (string, error) {
	tmpl := &x509.CertificateRequest{Subject: pkix.Name{CommonName: name, Country: []string{"CN"}, Province: []string{"Henan"}}}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, tmpl, key)
	if err != nil {
		return "", fmt.Errorf("make a certificate request for %s: %w", name, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// sign makes an ECDSA signature with the smaller of the two values that s can
// have: Fabric refuses the other.
func (k *credentials) sign(digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, k.key, digest)
	if err != nil {
		return nil, err
	}
	order := k.key.Params().N
	if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		s.Sub(order, s)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

func (k *credentials) keyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// loadCredentials reads a certificate and key that were stored before.
func loadCredentials(certFile, keyFile string) (*credentials, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key in PEM", keyFile)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an ECDSA key", keyFile)
	}
	return &credentials{key: ec, cert: cert}, nil
}

// nodeOUs is an MSP's config.yaml: the organisational unit in a certificate
// says whether it is a client, a peer, an admin or an orderer.
const nodeOUs = `NodeOUs:
  Enable: true
  ClientOUIdentifier: {Certificate: cacerts/ca.pem, OrganizationalUnitIdentifier: client}
  PeerOUIdentifier: {Certificate: cacerts/ca.pem, OrganizationalUnitIdentifier: peer}
  AdminOUIdentifier: {Certificate: cacerts/ca.pem, OrganizationalUnitIdentifier: admin}
  OrdererOUIdentifier: {Certificate: cacerts/ca.pem, OrganizationalUnitIdentifier: orderer}
`

// writeMSP writes an MSP folder: an organisation's, which holds no key, or with
// own credentials a member's.
func writeMSP(dir string, root []byte, own *credentials) error {
	files := map[string][]byte{
		"config.yaml":          []byte(nodeOUs),
		"cacerts/ca.pem":       root,
		"tlscacerts/tlsca.pem": root,
	}
	if own != nil {
		key, err := own.keyPEM()
		if err != nil {
			return err
		}
		files["signcerts/cert.pem"], files["keystore/key.pem"] = own.cert, key
	}
	return writeFiles(dir, files)
}

// writeTLS writes what a TLS server or client needs.
func writeTLS(dir string, k *credentials) error {
	key, err := k.keyPEM()
	if err != nil {
		return err
	}
	return writeFiles(dir, map[string][]byte{"server.crt": k.cert, "server.key": key, "ca.crt": k.root})
}

// writeFiles writes all files with mode 0600, in folders of mode 0700.
func writeFiles(dir string, files map[string][]byte) error {
	var errs []error
	for name, data := range files {
		path := filepath.Join(dir, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600))
	}
	return errors.Join(errs...)
}

// randomSecret is 32 random bytes in base64url.
func randomSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}
