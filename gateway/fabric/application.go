package fabric

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/connection"
)

// recheckAfter is how long an identity is used before its files are looked at
// again: a renewed certificate is in use that soon, without a restart.
const recheckAfter = 5 * time.Second

// application is one business system's Fabric identity, read when it first
// calls.
type application struct {
	connection.Application
	readKey func(string) ([]byte, error)

	mu      sync.Mutex
	checked time.Time
	stamp   [2]fileStamp
	id      *credential
}

type fileStamp struct {
	modified time.Time
	size     int64
}

// credential is an identity that can sign, and its clients, one for each peer.
type credential struct {
	identity *identity.X509Identity
	creator  []byte // serialised identity, as transactions carry it
	sign     identity.Sign

	mu      sync.Mutex
	clients map[*link]*client.Gateway
}

func (a *application) same(b connection.Application) bool {
	return a.Name == b.Name && a.MSPID == b.MSPID && a.Cert == b.Cert && a.Key == b.Key &&
		slices.Equal(a.Cities, b.Cities) && slices.Equal(a.Roles, b.Roles)
}

// credential returns the identity as its files hold it.
func (a *application) credential() (*credential, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if a.id != nil && now.Sub(a.checked) < recheckAfter {
		return a.id, nil
	}
	stamp, err := stampOf(a.Cert, a.Key)
	if err == nil && (a.id == nil || stamp != a.stamp) {
		var id *credential
		if id, err = a.load(); err == nil {
			a.id, a.stamp = id, stamp
		}
	}
	if err != nil && a.id == nil {
		return nil, &Error{Kind: Denied, Err: fmt.Errorf("identity of the application %q: %w", a.Name, err)}
	}
	// Files that are being replaced at this moment leave the old identity in use.
	a.checked = now
	return a.id, nil
}

func stampOf(paths ...string) (s [2]fileStamp, err error) {
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return s, fmt.Errorf("look at the identity's files: %w", err)
		}
		s[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return s, nil
}

func (a *application) load() (*credential, error) {
	certPEM, err := os.ReadFile(a.Cert)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	cert, err := identity.CertificateFromPEM(certPEM)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", a.Cert, err)
	}
	id, err := identity.NewX509Identity(a.MSPID, cert)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", a.Cert, err)
	}
	keyPEM, err := a.readKey(a.Key)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("private key %s: %w", a.Key, err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, fmt.Errorf("private key %s: %w", a.Key, err)
	}
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: id.MspID(), IdBytes: id.Credentials()})
	if err != nil {
		return nil, fmt.Errorf("encode identity: %w", err)
	}
	return &credential{identity: id, creator: creator, sign: sign, clients: map[*link]*client.Gateway{}}, nil
}

// client returns the identity's client at one peer.
func (c *credential) client(l *link) (*client.Gateway, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old := range c.clients {
		if old.gone.Load() {
			delete(c.clients, old)
		}
	}
	if gw := c.clients[l]; gw != nil {
		return gw, nil
	}
	gw, err := client.Connect(c.identity, client.WithSign(c.sign), client.WithHash(hash.SHA256), client.WithClientConnection(l.conn))
	if err != nil {
		return nil, fmt.Errorf("make a client at %s: %w", l.peer.Name, err)
	}
	c.clients[l] = gw
	return gw, nil
}
