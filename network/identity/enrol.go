package identity

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"henanchain/internal/operation"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Kinds of identities: each is the organisational unit in its certificate, and
// what the MSP takes it for.
const (
	Peer    = "peer"
	Orderer = "orderer"
	Admin   = "admin"
	Client  = "client"
)

// Authority is one organisation's CA with its registrar's credentials.
type Authority struct {
	st   state.Folder
	org  topology.Organisation
	ca   *caClient
	self *credentials
}

// Open connects to an organisation's CA, enrolling its registrar the first
// time, and writes the organisation's MSP folder.
func Open(ctx context.Context, st state.Folder, n *topology.Network, org topology.Organisation) (*Authority, error) {
	root, err := serverRoot(st, org)
	if err != nil {
		return nil, fmt.Errorf("connect to the CA of %s: %w", org.Name, err)
	}
	ca, err := newCAClient(caURL(n, org), org.Name, root)
	if err != nil {
		return nil, err
	}
	a := &Authority{st: st, org: org, ca: ca}
	dir := st.Identity(org.Name, registrar)
	err = state.MakeDir(dir, func(tmp string) error {
		secret, err := os.ReadFile(filepath.Join(organisationHome(st, org), "registrar.secret"))
		if err != nil {
			return err
		}
		k, err := ca.enrol(ctx, "enroll", registrar, "", nil, basic(registrar, string(secret)))
		if err != nil {
			return err
		}
		return writeMSP(filepath.Join(tmp, "msp"), k.root, k)
	})
	if err != nil {
		return nil, fmt.Errorf("enrol the registrar of %s: %w", org.Name, err)
	}
	if a.self, err = loadCredentials(filepath.Join(dir, "msp/signcerts/cert.pem"), filepath.Join(dir, "msp/keystore/key.pem")); err != nil {
		return nil, fmt.Errorf("registrar of %s: %w", org.Name, err)
	}
	err = state.MakeDir(st.OrgMSP(org.Name), func(tmp string) error {
		root, err := os.ReadFile(filepath.Join(dir, "msp/cacerts/ca.pem"))
		if err != nil {
			return err
		}
		return writeMSP(tmp, root, nil)
	})
	return a, err
}

// Close frees the connections to the CA.
func (a *Authority) Close() { a.ca.close() }

// fresh registers an identity and enrols it.
func (a *Authority) fresh(ctx context.Context, name, kind string, attrs []attribute) (*credentials, error) {
	secret := randomSecret()
	if attrs == nil {
		attrs = []attribute{}
	}
	err := a.ca.register(ctx, a.self, registration{ID: name, Type: kind, Secret: secret, MaxEnrollments: -1, Attributes: attrs})
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", name, err)
	}
	k, err := a.ca.enrol(ctx, "enroll", name, "", nil, basic(name, secret))
	if err != nil {
		return nil, fmt.Errorf("enrol %s: %w", name, err)
	}
	return k, nil
}

// Member makes an identity's folder with its MSP and its TLS certificate for
// the hosts given. It does nothing where the folder exists.
func (a *Authority) Member(ctx context.Context, name, kind string, hosts []string) error {
	return a.memberAt(ctx, a.st.Identity(a.org.Name, name), name, kind, hosts, nil, func(string) error { return nil })
}

// memberAt is Member in another folder. The TLS certificate is for a key given,
// or for a new one; also does what else is to be there.
func (a *Authority) memberAt(ctx context.Context, dir, name, kind string, hosts []string, tlsKey *ecdsa.PrivateKey, also func(dir string) error) error {
	return state.MakeDir(dir, func(tmp string) error {
		k, err := a.fresh(ctx, name, kind, nil)
		if err != nil {
			return err
		}
		if err := errors.Join(writeMSP(filepath.Join(tmp, "msp"), k.root, k), a.copyCRL(tmp)); err != nil {
			return err
		}
		// A second certificate for a second key, by the first one's signature.
		var t *credentials
		if tlsKey == nil {
			t, err = a.ca.enrol(ctx, "reenroll", name, "tls", hosts, k.token)
		} else {
			t, err = a.ca.certify(ctx, "reenroll", name, "tls", hosts, tlsKey, k.token)
		}
		if err != nil {
			return fmt.Errorf("enrol %s for TLS: %w", name, err)
		}
		return errors.Join(writeTLS(filepath.Join(tmp, "tls"), t), also(tmp))
	})
}

// Node makes the identity of a peer or an orderer.
func (a *Authority) Node(ctx context.Context, node topology.Node) error {
	kind := Peer
	if node.Role == topology.RoleOrderer {
		kind = Orderer
	}
	return a.Member(ctx, node.Name, kind, uniqueHosts(node.Name, node.Address))
}

// Admin makes the organisation's administrator.
func (a *Authority) Admin(ctx context.Context) error {
	name := "admin." + a.org.Name
	return a.Member(ctx, name, Admin, []string{name})
}

// ContractServer is the identity whose TLS certificate the contracts' services
// of a machine show.
func ContractServer(host string) string { return "contracts." + host }

// ContractClient is the identity whose TLS certificate the peers of a machine
// show to the contracts' services. Both are the identities of the organisation
// that answers for the machine, so that these services know another
// organisation's peers there before that organisation exists.
func ContractClient(host string) string { return "peers." + host }

// GatewayServer is the identity whose TLS certificate a machine's gateway shows,
// where it is called over a network.
func GatewayServer(host string) string { return "gateway." + host }

// OfHost are the identities that a machine has beside its nodes': between peers
// and contracts, and of its gateway.
func OfHost(n *topology.Network, host string) []string {
	names := []string{ContractServer(host), ContractClient(host)}
	if n.GatewayEncrypts(host) {
		names = append(names, GatewayServer(host))
	}
	return names
}

// Host makes those identities of a machine.
func (a *Authority) Host(ctx context.Context, n *topology.Network, h topology.Host) error {
	for _, name := range OfHost(n, h.Name) {
		if err := a.Member(ctx, name, Client, uniqueHosts(name, h.Address)); err != nil {
			return err
		}
	}
	return nil
}

// Application enrols a business system, its attributes in the certificate, and
// gives it a random bearer token for the gateway.
func (a *Authority) Application(ctx context.Context, app topology.Application) error {
	return state.MakeDir(a.st.Application(app.Name), func(tmp string) error {
		k, err := a.fresh(ctx, app.Name, Client, []attribute{
			{Name: operation.AttributeApp, Value: app.Name, ECert: true},
			{Name: operation.AttributeDept, Value: app.Department, ECert: true},
			{Name: operation.AttributeRoles, Value: strings.Join(app.Roles, ","), ECert: true},
		})
		if err != nil {
			return err
		}
		return writeSystem(tmp, k, randomSecret())
	})
}
