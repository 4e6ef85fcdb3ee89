package block

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// organisation is an MSP as a channel's configuration defines it. It decides
// as Fabric's own MSP does, of X.509 identities.
type organisation struct {
	id            string
	roots         *x509.CertPool
	intermediates *x509.CertPool
	crls          []*x509.RevocationList
	admins        [][]byte // DER
	units         []unit   // the organisational units of which an identity must carry one, where there are any
	roles         map[msp.MSPRole_MSPRoleType]unit
	enforced      bool // each identity carries exactly one role's unit (NodeOUs)
}

// unit is an organisational unit, and the CA that must have issued the
// certificate that carries it, where one is named.
type unit struct {
	name   string
	issuer []byte // DER
}

func readOrganisation(raw []byte) (*organisation, error) {
	outer, config := &msp.MSPConfig{}, &msp.FabricMSPConfig{}
	if err := proto.Unmarshal(raw, outer); err != nil {
		return nil, fmt.Errorf("an organisation's MSP is not readable: %w", err)
	}
	if outer.Type != 0 {
		return nil, fmt.Errorf("an organisation's MSP has the type %d; only X.509 MSPs (type 0) can be followed", outer.Type)
	}
	if err := proto.Unmarshal(outer.Config, config); err != nil {
		return nil, fmt.Errorf("an organisation's MSP is not readable: %w", err)
	}
	o := &organisation{id: config.Name, roots: x509.NewCertPool(), intermediates: x509.NewCertPool(), roles: map[msp.MSPRole_MSPRoleType]unit{}}
	for _, from := range []struct {
		pool *x509.CertPool
		pems [][]byte
	}{{o.roots, config.RootCerts}, {o.intermediates, config.IntermediateCerts}} {
		for _, text := range from.pems {
			c, err := certificate(text)
			if err != nil {
				return nil, fmt.Errorf("a CA of %s: %w", o.id, err)
			}
			from.pool.AddCert(c)
		}
	}
	for _, text := range config.Admins {
		c, err := certificate(text)
		if err != nil {
			return nil, fmt.Errorf("an admin of %s: %w", o.id, err)
		}
		o.admins = append(o.admins, c.Raw)
	}
	for _, text := range config.RevocationList {
		p, _ := pem.Decode(text)
		if p == nil {
			return nil, fmt.Errorf("a revocation list of %s is not PEM", o.id)
		}
		list, err := x509.ParseRevocationList(p.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a revocation list of %s: %w", o.id, err)
		}
		o.crls = append(o.crls, list)
	}
	return o, o.readUnits(config)
}

func (o *organisation) readUnits(config *msp.FabricMSPConfig) error {
	for _, u := range config.OrganizationalUnitIdentifiers {
		read, err := readUnit(u)
		if err != nil {
			return fmt.Errorf("an organisational unit of %s: %w", o.id, err)
		}
		o.units = append(o.units, read)
	}
	nodes := config.FabricNodeOus
	o.enforced = nodes.GetEnable()
	for role, u := range map[msp.MSPRole_MSPRoleType]*msp.FabricOUIdentifier{
		msp.MSPRole_CLIENT: nodes.GetClientOuIdentifier(), msp.MSPRole_PEER: nodes.GetPeerOuIdentifier(),
		msp.MSPRole_ADMIN: nodes.GetAdminOuIdentifier(), msp.MSPRole_ORDERER: nodes.GetOrdererOuIdentifier(),
	} {
		if u.GetOrganizationalUnitIdentifier() == "" {
			continue
		}
		read, err := readUnit(u)
		if err != nil {
			return fmt.Errorf("the unit of %s of %s: %w", role, o.id, err)
		}
		o.roles[role] = read
	}
	return nil
}

func readUnit(u *msp.FabricOUIdentifier) (unit, error) {
	out := unit{name: u.OrganizationalUnitIdentifier}
	if len(u.Certificate) == 0 {
		return out, nil
	}
	c, err := certificate(u.Certificate)
	if err != nil {
		return out, err
	}
	out.issuer = c.Raw
	return out, nil
}

func certificate(pemBytes []byte) (*x509.Certificate, error) {
	p, _ := pem.Decode(pemBytes)
	if p == nil {
		return nil, fmt.Errorf("a certificate is not PEM")
	}
	c, err := x509.ParseCertificate(p.Bytes)
	if err != nil {
		return nil, fmt.Errorf("a certificate is not readable: %w", err)
	}
	return c, nil
}

// signer is an identity of an organisation, whose signature holds.
type signer struct {
	org   *organisation
	cert  *x509.Certificate
	chain []*x509.Certificate // from the certificate to its root; nil where it leads to none
}

// identify finds who a certificate is. As in Fabric, time plays no part: a
// block is read for ever, and stays good when its signer's certificate has
// expired since.
func (o *organisation) identify(c *x509.Certificate) *signer {
	s := &signer{org: o, cert: c}
	chains, err := c.Verify(x509.VerifyOptions{
		Roots: o.roots, Intermediates: o.intermediates, CurrentTime: c.NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err == nil && !c.IsCA && len(chains) == 1 && len(chains[0]) > 1 {
		s.chain = chains[0]
	}
	return s
}

// valid tells whether the identity is one that its organisation stands for.
func (s *signer) valid() bool {
	if s.chain == nil || s.revoked() {
		return false
	}
	if len(s.org.units) > 0 && !slices.ContainsFunc(s.org.units, s.carries) {
		return false
	}
	if !s.org.enforced {
		return true
	}
	roles := 0
	for _, name := range s.cert.Subject.OrganizationalUnit {
		for _, u := range s.org.roles {
			if u.name == name {
				if !s.carries(u) {
					return false
				}
				roles++
			}
		}
	}
	return roles == 1
}

func (s *signer) carries(u unit) bool {
	return slices.Contains(s.cert.Subject.OrganizationalUnit, u.name) && (u.issuer == nil || bytes.Equal(u.issuer, s.chain[1].Raw))
}

func (s *signer) revoked() bool {
	issuer := s.chain[1]
	for _, list := range s.org.crls {
		if list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(s.cert.SerialNumber) == 0 {
				return true
			}
		}
	}
	return false
}

// is tells whether the identity satisfies a principal of a signature policy.
func (s *signer) is(p *msp.MSPPrincipal) bool {
	switch p.GetPrincipalClassification() {
	case msp.MSPPrincipal_ROLE:
		role := &msp.MSPRole{}
		return proto.Unmarshal(p.Principal, role) == nil && role.MspIdentifier == s.org.id && s.has(role.Role)
	case msp.MSPPrincipal_ORGANIZATION_UNIT:
		u := &msp.OrganizationUnit{}
		if proto.Unmarshal(p.Principal, u) != nil || u.MspIdentifier != s.org.id || len(u.CertifiersIdentifier) > 0 {
			return false // a certifier named by its hash is not followed: nobody is let in by it
		}
		return s.valid() && slices.Contains(s.cert.Subject.OrganizationalUnit, u.OrganizationalUnitIdentifier)
	case msp.MSPPrincipal_IDENTITY:
		id := &msp.SerializedIdentity{}
		if proto.Unmarshal(p.Principal, id) != nil || id.Mspid != s.org.id {
			return false
		}
		c, err := certificate(id.IdBytes)
		return err == nil && bytes.Equal(c.Raw, s.cert.Raw) && s.valid()
	default:
		return false
	}
}

func (s *signer) has(role msp.MSPRole_MSPRoleType) bool {
	if role == msp.MSPRole_ADMIN && slices.ContainsFunc(s.org.admins, func(der []byte) bool { return bytes.Equal(der, s.cert.Raw) }) {
		return true
	}
	if !s.valid() {
		return false
	}
	if role == msp.MSPRole_MEMBER {
		return true
	}
	u, ok := s.org.roles[role]
	return ok && s.org.enforced && slices.Contains(s.cert.Subject.OrganizationalUnit, u.name)
}

// signed tells whether a signature over data is the certificate's.
func signed(c *x509.Certificate, data, signature []byte) bool {
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(data)
		return lowS(key, signature) && ecdsa.VerifyASN1(key, sum[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(key, data, signature)
	default:
		return false
	}
}

// lowS holds a signature to the one of its two forms that Fabric takes.
func lowS(key *ecdsa.PublicKey, signature []byte) bool {
	var v struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(signature, &v)
	if err != nil || len(rest) > 0 {
		return false
	}
	return v.S.Cmp(new(big.Int).Rsh(key.Params().N, 1)) <= 0
}
