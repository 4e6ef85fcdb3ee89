package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// connection is connection.json as the peer reads it.
type connection struct {
	Address            string          `json:"address"`
	Domain             string          `json:"domain"`
	DialTimeout        json.RawMessage `json:"dial_timeout"`
	TLSRequired        bool            `json:"tls_required"`
	ClientAuthRequired bool            `json:"client_auth_required"`
	ClientKey          string          `json:"client_key"`
	ClientCert         string          `json:"client_cert"`
	RootCert           string          `json:"root_cert"`
}

// checkConnection refuses at install time what the peer would stumble over at
// the first call.
func checkConnection(data []byte) error {
	var c connection
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("not a connection: %w", err)
	}
	return errors.Join(checkAddress(c.Address), checkTimeout(c.DialTimeout), checkTLS(c))
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return fmt.Errorf("address is %q: give host:port of the contract's service", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("address is %q: the port must be a number from 1 to 65535", address)
	}
	return nil
}

func checkTimeout(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var nanoseconds float64
		if json.Unmarshal(raw, &nanoseconds) != nil {
			return fmt.Errorf("dial_timeout is %s: give a duration such as \"10s\"", raw)
		}
		return nil
	}
	if _, err := time.ParseDuration(text); err != nil {
		return fmt.Errorf("dial_timeout is %q: give a duration such as \"10s\"", text)
	}
	return nil
}

func checkTLS(c connection) error {
	if !c.TLSRequired {
		if c.ClientAuthRequired {
			return errors.New("client_auth_required is true and tls_required is not: set both")
		}
		return nil
	}
	var errs []error
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(c.RootCert)) {
		errs = append(errs, errors.New("tls_required is true and root_cert holds no PEM certificate: give the root of the service's TLS certificate"))
	}
	if c.ClientAuthRequired {
		if _, err := tls.X509KeyPair([]byte(c.ClientCert), []byte(c.ClientKey)); err != nil {
			errs = append(errs, fmt.Errorf("client_auth_required is true and client_cert with client_key are no pair: %w", err))
		}
	}
	return errors.Join(errs...)
}
