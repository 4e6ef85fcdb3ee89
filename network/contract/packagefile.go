package contract

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"google.golang.org/grpc/credentials"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
)

// maxPackage is what is read of a package of a service: it holds an address and
// certificates, and perhaps indexes.
const maxPackage = 16 << 20

// readPackageFile reads a package whose service somebody else runs.
func readPackageFile(path string) (*lifecycle.Package, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "cannot read the package")
	}
	if len(data) > maxPackage {
		return nil, failure.New(failure.Usage, "%s is larger than %d MB: a package of a service holds only where it listens", path, maxPackage>>20)
	}
	p, err := lifecycle.ReadPackage(data)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "%s", path)
	}
	return p, nil
}

// door is what a package's connection.json says of its service.
type door struct {
	Address            string `json:"address"`
	Domain             string `json:"domain"`
	TLSRequired        bool   `json:"tls_required"`
	ClientAuthRequired bool   `json:"client_auth_required"`
	ClientKey          string `json:"client_key"`
	ClientCert         string `json:"client_cert"`
	RootCert           string `json:"root_cert"`
}

func doorOf(p *lifecycle.Package) (*door, error) {
	code, err := fileInArchive(p.Bytes, "code.tar.gz")
	if err != nil {
		return nil, err
	}
	connection, err := fileInArchive(code, "connection.json")
	if err != nil {
		return nil, err
	}
	var d door
	if err := json.Unmarshal(connection, &d); err != nil {
		return nil, fmt.Errorf("connection.json in the package: %w", err)
	}
	return &d, nil
}

// fileInArchive finds a file in a tar.gz by its name.
func fileInArchive(data []byte, name string) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("open the package: %w", err)
	}
	tape := tar.NewReader(zip)
	for {
		header, err := tape.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the package holds no %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the package: %w", err)
		}
		if strings.TrimPrefix(header.Name, "./") == name {
			return io.ReadAll(io.LimitReader(tape, maxPackage))
		}
	}
}

// credentials are what a peer would show to the service.
func (d *door) credentials() (credentials.TransportCredentials, error) {
	if !d.TLSRequired {
		return nil, nil
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: d.Domain, MinVersion: tls.VersionTLS12}
	if !config.RootCAs.AppendCertsFromPEM([]byte(d.RootCert)) {
		return nil, errors.New("root_cert in the package's connection.json is no certificate in PEM")
	}
	if d.ClientAuthRequired {
		pair, err := tls.X509KeyPair([]byte(d.ClientCert), []byte(d.ClientKey))
		if err != nil {
			return nil, fmt.Errorf("client_cert and client_key in the package's connection.json: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

// checkForeign asks a service that somebody else runs whether it serves the
// package: what is committed while it does not cannot be called. Where the
// package leaves the address to each peer, only the peers can tell.
func (o *Operator) checkForeign(ctx context.Context, a *Artefact) error {
	p, err := o.store().load(a.Package)
	if err != nil {
		return err
	}
	d, err := doorOf(p)
	if err != nil {
		return failure.Wrap(failure.Usage, err, "the package of %s %s", a.Contract, a.Version)
	}
	if strings.Contains(d.Address+d.RootCert+d.ClientCert+d.ClientKey, "{{") {
		return nil
	}
	creds, err := d.credentials()
	if err != nil {
		return failure.Wrap(failure.Usage, err, "the package of %s %s", a.Contract, a.Version)
	}
	if err := registers(ctx, d.Address, creds, a.Package); err != nil {
		var other *otherIDError
		if errors.As(err, &other) {
			return failure.New(failure.Unhealthy, "the service at %s answers for the package %s: start it with CHAINCODE_ID=%s and run this again", d.Address, other.has, other.want)
		}
		return failure.Wrap(failure.Unhealthy, err, "the service of the package does not answer at %s: start it with CHAINCODE_ID=%s and run this again", d.Address, a.Package)
	}
	return nil
}
