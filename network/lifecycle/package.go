package lifecycle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
)

// packageType is what the peer's external builder detects.
const packageType = "ccaas"

// Package is a chaincode package as peers install it.
type Package struct {
	Label string
	ID    string // label and SHA-256 of the bytes: what organisations approve
	Bytes []byte
}

// Service is where a contract listens and how a peer knows it.
type Service struct {
	Address     string        // host:port
	DialTimeout time.Duration // of the peer; 10 s where 0
	RootCert    []byte        // PEM of the root of the service's TLS certificate; empty is no TLS
	// ClientCert and ClientKey, in PEM, are for the peer to show where the
	// service asks for them. They are inside the package, and whoever
	// administers a peer can read them there.
	ClientCert, ClientKey []byte
	ServerName            string // expected in the service's certificate; only with ClientCert
	// Program is the SHA-256 (hex) of the program that serves the contract. It
	// makes the package's ID change with the program, so that organisations
	// approve what runs, and not only where it listens. Empty leaves it out.
	Program string
}

// connectionJSON is connection.json in the order in which it is written.
type connectionJSON struct {
	Address            string `json:"address"`
	Domain             string `json:"domain,omitempty"`
	DialTimeout        string `json:"dial_timeout"`
	TLSRequired        bool   `json:"tls_required"`
	ClientAuthRequired bool   `json:"client_auth_required"`
	ClientKey          string `json:"client_key,omitempty"`
	ClientCert         string `json:"client_cert,omitempty"`
	RootCert           string `json:"root_cert,omitempty"`
}

// Label is the label of a contract's version.
func Label(name, version string) string { return name + "_" + version }

// NewPackage packs a contract that runs as a service. The same input gives the
// same bytes and so the same ID, on every machine and with every Go version.
func NewPackage(label string, s Service) (*Package, error) {
	if err := chaincode.ValidateLabel(label); err != nil {
		return nil, fmt.Errorf("pack %s: %w", label, err)
	}
	if host, port, err := net.SplitHostPort(s.Address); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("pack %s: the service's address is %q: give host:port", label, s.Address)
	}
	if (len(s.ClientCert) == 0) != (len(s.ClientKey) == 0) {
		return nil, fmt.Errorf("pack %s: a client certificate needs its key, and a key its certificate", label)
	}
	if len(s.ClientCert) > 0 && len(s.RootCert) == 0 {
		return nil, fmt.Errorf("pack %s: a client certificate needs TLS: give the root of the service's certificate", label)
	}
	if s.DialTimeout == 0 {
		s.DialTimeout = 10 * time.Second
	}
	connection, err := json.Marshal(connectionJSON{
		Address: s.Address, Domain: s.ServerName, DialTimeout: s.DialTimeout.String(),
		TLSRequired: len(s.RootCert) > 0, RootCert: string(s.RootCert),
		ClientAuthRequired: len(s.ClientCert) > 0, ClientCert: string(s.ClientCert), ClientKey: string(s.ClientKey),
	})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", label, err)
	}
	files := []file{{"connection.json", connection}}
	if s.Program != "" {
		files = append(files, file{"program.sha256", []byte(s.Program + "\n")})
	}
	code, err := archive(files)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", label, err)
	}
	metadata, err := json.Marshal(struct {
		Type  string `json:"type"`
		Label string `json:"label"`
	}{packageType, label})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", label, err)
	}
	whole, err := archive([]file{{"metadata.json", metadata}, {"code.tar.gz", code}})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", label, err)
	}
	return &Package{Label: label, ID: chaincode.GetPackageID(label, whole), Bytes: whole}, nil
}

// ReadPackage takes a package that was made elsewhere. Only packages of
// contracts that run as services are taken: the peers here build no code.
func ReadPackage(data []byte) (*Package, error) {
	metadata, _, err := chaincode.ParseChaincodePackage(data)
	if err != nil {
		return nil, fmt.Errorf("read the package: %w", err)
	}
	if metadata.Type != packageType {
		return nil, fmt.Errorf("read the package: it is of type %q, and peers here take %q: deploy its source with --path instead", metadata.Type, packageType)
	}
	return &Package{Label: metadata.Label, ID: chaincode.GetPackageID(metadata.Label, data), Bytes: data}, nil
}

type file struct {
	name string
	data []byte
}

// archive makes a tar.gz without times, owners or compression: what is left
// depends on nothing but the files.
func archive(files []file) ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	tape := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: 0o644, Size: int64(len(f.data)), Format: tar.FormatUSTAR}
		if err := tape.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := tape.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(tape.Close(), zip.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
