// Package channel makes orderers and peers members of channels, and asks them
// how far they are.
package channel

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// maxMessage is Fabric's own limit for a message, which holds a whole block.
const maxMessage = 100 << 20

// Signer is an organisation's administrator, who signs proposals.
func Signer(st state.Folder, org *topology.Organisation) (identity.SigningIdentity, error) {
	dir := filepath.Join(st.Admin(org.Name), "msp")
	cert, err := identity.ReadCertificate(filepath.Join(dir, "signcerts", "cert.pem"))
	if err != nil {
		return nil, fmt.Errorf("certificate of the administrator of %s: %w", org.Name, err)
	}
	key, err := identity.ReadPrivateKey(filepath.Join(dir, "keystore", "key.pem"))
	if err != nil {
		return nil, fmt.Errorf("key of the administrator of %s: %w", org.Name, err)
	}
	return identity.NewPrivateKeySigningIdentity(org.MSP, cert, key)
}

// root reads an organisation's TLS root from its public MSP folder.
func root(st state.Folder, org string) (*x509.CertPool, error) {
	data, err := os.ReadFile(filepath.Join(st.OrgMSP(org), "tlscacerts", "tlsca.pem"))
	if err != nil {
		return nil, fmt.Errorf("TLS root of %s: %w", org, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("TLS root of " + org + " is no certificate")
	}
	return pool, nil
}

// Dial makes a connection to a node; it connects when it is used.
func Dial(st state.Folder, node topology.Node) (*grpc.ClientConn, error) {
	pool, err := root(st, node.Organisation)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: pool, ServerName: node.Name, MinVersion: tls.VersionTLS12}
	conn, err := grpc.NewClient(node.Endpoint(),
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", node.Name, err)
	}
	return conn, nil
}
