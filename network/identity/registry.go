package identity

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Registration is an identity to be made known to a CA.
type Registration struct {
	Name       string
	Kind       string // Client, Admin, Peer or Orderer
	Attributes map[string]string
	// Enrollments is how often the secret is good for a certificate; -1 for ever.
	Enrollments int
}

// Record is what a CA knows of one identity. Its JSON form is stable.
type Record struct {
	Name         string            `json:"name"`
	Organisation string            `json:"organisation"`
	Kind         string            `json:"kind"` // client, admin, peer, orderer
	Attributes   map[string]string `json:"attributes"`
	Certificates []Certificate     `json:"certificates"` // the latest first
}

// Certificate is one that a CA has issued. Its JSON form is stable.
type Certificate struct {
	Serial  string    `json:"serial"` // hexadecimal, as Fabric CA takes it
	AKI     string    `json:"aki"`
	Use     string    `json:"use"` // identity, tls
	Begins  time.Time `json:"begins"`
	Ends    time.Time `json:"ends"`
	Revoked bool      `json:"revoked"`
}

// Register makes an identity known and returns the secret with which it is
// enrolled. One that is known already is refused: whoever has it would lose it.
func (a *Authority) Register(ctx context.Context, r Registration) (secret string, err error) {
	secret = randomSecret()
	in := registration{ID: r.Name, Type: r.Kind, Secret: secret, MaxEnrollments: r.Enrollments, Attributes: []attribute{}, CAName: a.ca.name}
	for _, name := range sortedKeys(r.Attributes) {
		in.Attributes = append(in.Attributes, attribute{Name: name, Value: r.Attributes[name], ECert: true})
	}
	err = a.ca.call(ctx, http.MethodPost, "register", in, nil, a.self.token)
	var refused *caError
	switch {
	case errors.As(err, &refused) && refused.Code == codeRegistered:
		return "", failure.New(failure.Refused, "%s is registered with the CA of %s already: choose another name, or `network identity renew %s` for a new certificate", r.Name, a.org.Name, r.Name)
	case err != nil:
		return "", fmt.Errorf("register %s with the CA of %s: %w", r.Name, a.org.Name, err)
	}
	return secret, nil
}

// Enrolment is a new certificate with its key, not yet written anywhere.
type Enrolment struct {
	Certificate *x509.Certificate
	Attributes  map[string]string // in the certificate
	own         *credentials
	tls         *credentials // where one was asked for
}

// Enrol gets a certificate for an identity by its secret, and with hosts a TLS
// certificate as well. It needs no registrar: whoever has the secret may.
func Enrol(ctx context.Context, st state.Folder, n *topology.Network, org topology.Organisation, name, secret string, hosts []string) (*Enrolment, error) {
	root, err := serverRoot(st, org)
	if err != nil {
		return nil, fmt.Errorf("connect to the CA of %s: %w", org.Name, err)
	}
	ca, err := newCAClient(caURL(n, org), org.Name, root)
	if err != nil {
		return nil, err
	}
	defer ca.close()
	e := &Enrolment{}
	e.own, err = ca.enrol(ctx, "enroll", name, "", nil, basic(name, secret))
	var refused *caError
	if errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
		return nil, failure.New(failure.Refused, "the CA of %s does not enrol %s: the secret is wrong or used up, or the identity is not registered or was revoked; `network identity list --org %s` shows it", org.Name, name, org.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("enrol %s: %w", name, err)
	}
	if len(hosts) > 0 {
		if e.tls, err = ca.enrol(ctx, "reenroll", name, "tls", hosts, e.own.token); err != nil {
			return nil, fmt.Errorf("enrol %s for TLS: %w", name, err)
		}
	}
	if e.Certificate, err = parseCertificate(e.own.cert); err != nil {
		return nil, err
	}
	e.Attributes, err = attributesOf(e.Certificate)
	return e, err
}

// Write writes the enrolment into a folder: an MSP as Fabric's tools take it,
// the same as cert.pem, key.pem and ca.pem, and tls where it was asked for.
func (e *Enrolment) Write(dir string) error {
	key, err := e.own.keyPEM()
	if err != nil {
		return err
	}
	files := map[string][]byte{"cert.pem": e.own.cert, "key.pem": key, "ca.pem": e.own.root}
	err = errors.Join(writeFiles(dir, files), writeMSP(dir+"/msp", e.own.root, e.own))
	if e.tls != nil {
		err = errors.Join(err, writeTLS(dir+"/tls", e.tls))
	}
	return err
}

// WriteSystem writes the enrolment as that of a business system of the gateway,
// with a random bearer token.
func (e *Enrolment) WriteSystem(dir string) error {
	return writeSystem(dir, e.own, randomSecret())
}

func writeSystem(dir string, k *credentials, token string) error {
	key, err := k.keyPEM()
	if err != nil {
		return err
	}
	return writeFiles(dir, map[string][]byte{"cert.pem": k.cert, "key.pem": key, "ca.pem": k.root, "token": []byte(token)})
}

// List tells of every identity of the CA and its certificates, by names.
func (a *Authority) List(ctx context.Context) ([]Record, error) {
	var ids struct {
		Identities []struct {
			ID    string      `json:"id"`
			Type  string      `json:"type"`
			Attrs []attribute `json:"attrs"`
		} `json:"identities"`
	}
	query := "?ca=" + url.QueryEscape(a.ca.name)
	if err := a.ca.call(ctx, http.MethodGet, "identities"+query, nil, &ids, a.self.token); err != nil {
		return nil, fmt.Errorf("list the identities of %s: %w", a.org.Name, err)
	}
	certificates, err := a.certificates(ctx)
	if err != nil {
		return nil, err
	}
	out := []Record{}
	for _, id := range ids.Identities {
		if id.ID == registrar {
			continue
		}
		r := Record{Name: id.ID, Organisation: a.org.Name, Kind: id.Type, Attributes: map[string]string{}, Certificates: certificates[id.ID]}
		for _, at := range id.Attrs {
			if !strings.HasPrefix(at.Name, "hf.") { // those are of the CA's own doing
				r.Attributes[at.Name] = at.Value
			}
		}
		if r.Certificates == nil {
			r.Certificates = []Certificate{}
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y Record) int { return strings.Compare(x.Name, y.Name) })
	return out, nil
}

// Find is one identity of the CA.
func (a *Authority) Find(ctx context.Context, name string) (*Record, error) {
	all, err := a.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
	}
	return nil, failure.New(failure.NotThere, "the CA of %s knows no identity %q: `network identity list --org %s` lists them", a.org.Name, name, a.org.Name)
}

// certificates are all that the CA has issued, by identity.
func (a *Authority) certificates(ctx context.Context) (map[string][]Certificate, error) {
	var answer struct {
		Certs []struct {
			PEM string `json:"PEM"`
		} `json:"certs"`
	}
	if err := a.ca.call(ctx, http.MethodGet, "certificates?ca="+url.QueryEscape(a.ca.name), nil, &answer, a.self.token); err != nil {
		return nil, fmt.Errorf("list the certificates of %s: %w", a.org.Name, err)
	}
	list, err := a.CRL(ctx)
	if err != nil {
		return nil, err
	}
	revoked, err := RevokedSerials(list)
	if err != nil {
		return nil, err
	}
	out := map[string][]Certificate{}
	for _, c := range answer.Certs {
		cert, err := parseCertificate([]byte(c.PEM))
		if err != nil {
			return nil, fmt.Errorf("a certificate of the CA of %s: %w", a.org.Name, err)
		}
		out[cert.Subject.CommonName] = append(out[cert.Subject.CommonName], describe(cert, revoked))
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(x, y Certificate) int { return y.Begins.Compare(x.Begins) })
	}
	return out, nil
}

func describe(cert *x509.Certificate, revoked map[string]bool) Certificate {
	c := Certificate{
		Serial: cert.SerialNumber.Text(16), AKI: hex.EncodeToString(cert.AuthorityKeyId), Use: "identity",
		Begins: cert.NotBefore.UTC(), Ends: cert.NotAfter.UTC(),
	}
	c.Revoked = revoked[c.Serial]
	if len(cert.ExtKeyUsage) > 0 {
		c.Use = "tls"
	}
	return c
}

// Revoke takes certificates back at the CA: those with the serial number given,
// or the identity with all that it has, for ever. Peers know of it once the CRL
// is in their channels' configuration. What was revoked before stays so.
func (a *Authority) Revoke(ctx context.Context, name, serial, reason string) error {
	in := map[string]any{"id": name, "reason": reason, "caname": a.ca.name}
	if serial != "" {
		record, err := a.Find(ctx, name)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(record.Certificates, func(c Certificate) bool { return c.Serial == strings.ToLower(strings.TrimLeft(serial, "0")) })
		if i < 0 {
			return failure.New(failure.NotThere, "%s has no certificate with serial number %s: `network identity list --json` lists them", name, serial)
		}
		if record.Certificates[i].Revoked {
			return nil
		}
		in["serial"], in["aki"] = record.Certificates[i].Serial, record.Certificates[i].AKI
	}
	err := a.ca.call(ctx, http.MethodPost, "revoke", in, nil, a.self.token)
	var refused *caError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return failure.New(failure.NotThere, "the CA of %s knows no identity %q: `network identity list --org %s` lists them", a.org.Name, name, a.org.Name)
	}
	if err != nil {
		return fmt.Errorf("revoke %s at the CA of %s: %w", name, a.org.Name, err)
	}
	return nil
}

// CRL is the list of all certificates that the CA has revoked, signed by it, in
// PEM.
func (a *Authority) CRL(ctx context.Context) ([]byte, error) {
	var out struct {
		CRL string
	}
	if err := a.ca.call(ctx, http.MethodPost, "gencrl", map[string]any{"caname": a.ca.name}, &out, a.self.token); err != nil {
		return nil, fmt.Errorf("make the CRL of %s: %w", a.org.Name, err)
	}
	return base64.StdEncoding.DecodeString(out.CRL)
}

// RevokedSerials are the serial numbers on a CRL, in hexadecimal.
func RevokedSerials(crl []byte) (map[string]bool, error) {
	block, _ := pem.Decode(crl)
	if block == nil {
		return nil, errors.New("the CRL is not PEM")
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the CRL: %w", err)
	}
	out := map[string]bool{}
	for _, e := range list.RevokedCertificateEntries {
		out[e.SerialNumber.Text(16)] = true
	}
	return out, nil
}

func parseCertificate(data []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(bytes.TrimSpace(data))
	if block == nil {
		return nil, errors.New("no certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// attributesOf reads the attributes that Fabric CA writes into a certificate.
func attributesOf(cert *x509.Certificate) (map[string]string, error) {
	out := map[string]string{}
	for _, e := range cert.Extensions {
		if e.Id.String() != "1.2.3.4.5.6.7.8.1" { // Fabric CA's own number
			continue
		}
		var list struct {
			Attrs map[string]string `json:"attrs"`
		}
		if err := json.Unmarshal(e.Value, &list); err != nil {
			return nil, fmt.Errorf("attributes of the certificate of %s: %w", cert.Subject.CommonName, err)
		}
		for name, value := range list.Attrs {
			if !strings.HasPrefix(name, "hf.") {
				out[name] = value
			}
		}
	}
	return out, nil
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
