package config

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// Values of clientAuth.
const (
	ClientsNone    = "none"    // no certificate is asked for
	ClientsRequest = "request" // one that is shown is verified
	ClientsRequire = "require" // no connection without one
)

// Clients is what a listener takes of TLS clients.
func (t TLS) Clients() tls.ClientAuthType { return clientAuth(t.ClientAuth) }

// Clients is what a listener takes of TLCP clients.
func (t TLCP) Clients() tls.ClientAuthType { return clientAuth(t.ClientAuth) }

func clientAuth(value string) tls.ClientAuthType {
	switch value {
	case ClientsRequest:
		return tls.VerifyClientCertIfGiven
	case ClientsRequire:
		return tls.RequireAndVerifyClientCert
	}
	return tls.NoClientCert
}

func checkClients(section string, served bool, auth, authorities string) []error {
	switch {
	case auth != ClientsNone && auth != ClientsRequest && auth != ClientsRequire:
		return []error{fmt.Errorf("%s.clientAuth: is %q and must be %s, %s or %s", section, auth, ClientsNone, ClientsRequest, ClientsRequire)}
	case auth == ClientsNone && authorities != "":
		return []error{fmt.Errorf("%s.clientCAs: is set, and %s.clientAuth is %s: set it to %s or %s", section, section, ClientsNone, ClientsRequest, ClientsRequire)}
	case auth == ClientsNone:
		return nil
	case !served:
		return []error{fmt.Errorf("%s.clientAuth: is %s, and %s has no certificate of its own", section, auth, section)}
	case authorities == "":
		return []error{fmt.Errorf("%s.clientCAs: is empty; clients' certificates need authorities to be verified by", section)}
	}
	if err := fileExists(authorities); err != nil {
		return []error{fmt.Errorf("%s.clientCAs: %w", section, err)}
	}
	return nil
}

// Encrypted tells whether the gateway itself serves TLS, TLCP or both.
func (c *Config) Encrypted() bool { return c.TLS.Served() || c.TLCP.Served() }

// Scheme is that of the URLs under which callers know the gateway.
func (c *Config) Scheme() string {
	if c.Encrypted() || c.TLS.Plain {
		return "https"
	}
	return "http"
}

// Served tells whether TLS is served.
func (t TLS) Served() bool { return t.Cert != "" }

// Served tells whether TLCP is served.
func (t TLCP) Served() bool { return t.SignCert != "" }

// together holds that all files are named and there, or none is named.
func together(files ...[2]string) (named int, errs []error) {
	for _, f := range files {
		if f[1] != "" {
			named++
		}
	}
	if named == 0 {
		return 0, nil
	}
	for _, f := range files {
		if f[1] == "" {
			errs = append(errs, fmt.Errorf("%s: is empty; certificate and key come together", f[0]))
		} else if err := fileExists(f[1]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f[0], err))
		}
	}
	return named, errs
}

func (t TLS) check() []error {
	named, errs := together([2]string{"tls.cert", t.Cert}, [2]string{"tls.key", t.Key})
	if named > 0 && len(errs) == 0 {
		if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
			errs = append(errs, fmt.Errorf("tls.cert and tls.key: %w", err))
		}
	}
	if named > 0 && t.Plain {
		errs = append(errs, errors.New("tls.plain: is set beside a certificate; it is for a gateway behind a proxy that ends TLS"))
	}
	return append(errs, checkClients("tls", named > 0, t.ClientAuth, t.ClientCAs)...)
}

func (t TLCP) check() []error {
	named, errs := together([2]string{"tlcp.signCert", t.SignCert}, [2]string{"tlcp.signKey", t.SignKey},
		[2]string{"tlcp.encryptCert", t.EncryptCert}, [2]string{"tlcp.encryptKey", t.EncryptKey})
	return append(errs, checkClients("tlcp", named > 0, t.ClientAuth, t.ClientCAs)...)
}
