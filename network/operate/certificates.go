package operate

import (
	"crypto/x509"
	"encoding/pem"
	"math"
	"os"
	"path/filepath"
	"sort"
	"time"

	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// CertificateReport is how long one certificate is still good for.
type CertificateReport struct {
	Name string    `json:"name"` // whose
	Org  string    `json:"org"`
	Use  string    `json:"use"`  // identity, tls, ca
	Days int       `json:"days"` // left, rounded down; negative once it has expired
	Ends time.Time `json:"ends"`
}

// certificateReports lists all certificates of the state folder, the first to
// expire first. One that cannot be read counts as expired.
func certificateReports(st state.Folder, n *topology.Network, now time.Time) []CertificateReport {
	out := []CertificateReport{}
	add := func(name, org, use, path string) {
		r := CertificateReport{Name: name, Org: org, Use: use, Days: -1}
		if cert, err := readCertificate(path); err == nil {
			r.Ends = cert.NotAfter.UTC()
			r.Days = int(math.Floor(cert.NotAfter.Sub(now).Hours() / 24))
		}
		out = append(out, r)
	}
	for _, org := range n.Organisations {
		if !n.AtHome(org.Name) {
			continue
		}
		add("ca."+org.Name, org.Name, "ca", filepath.Join(st.OrgMSP(org.Name), "cacerts", "ca.pem"))
		dirs, _ := filepath.Glob(st.Identity(org.Name, "[^.]*"))
		for _, dir := range dirs {
			name := filepath.Base(dir)
			add(name, org.Name, "identity", filepath.Join(dir, "msp", "signcerts", "cert.pem"))
			if state.Exists(filepath.Join(dir, "tls")) {
				add(name, org.Name, "tls", filepath.Join(dir, "tls", "server.crt"))
			}
		}
	}
	for _, ca := range identity.Servers(n) {
		if path := ca.Certificate(st); state.Exists(path) {
			add(ca.ServiceName(), ca.Organisations[0].Name, "tls", path)
		}
	}
	for _, app := range n.Applications {
		add(app.Name, app.Organisation, "identity", filepath.Join(st.Application(app.Name), "cert.pem"))
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Days < out[j].Days })
	return out
}

func readCertificate(path string) (*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, os.ErrInvalid
	}
	return x509.ParseCertificate(block.Bytes)
}
