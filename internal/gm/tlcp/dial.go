package tlcp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tjfoc/gmsm/gmtls"
	tjx509 "github.com/tjfoc/gmsm/x509"
)

// defaultTimeout bounds a handshake where nothing else is said.
const defaultTimeout = 10 * time.Second

// ClientConfig says whom a client trusts and who it is.
type ClientConfig struct {
	// Roots are the authorities of the server's certificates. Required.
	Roots *Roots
	// ServerName is the name or IP address that the server's certificates must
	// be for; the host of the address where empty.
	ServerName string
	// Identity is shown to a server that asks; nil shows none.
	Identity *Identity
	// Timeout bounds the handshake; ten seconds where zero.
	Timeout time.Duration
	// Now is the clock for certificates; time.Now where nil.
	Now func() time.Time
}

// Dial connects over TLCP. It is an http.Transport's DialTLSContext once the
// configuration is bound.
func Dial(ctx context.Context, network, address string, config ClientConfig) (*Conn, error) {
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dial TLCP: %w", err)
		}
		config.ServerName = host
	}
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("dial TLCP: %w", err)
	}
	conn, err := Client(ctx, raw, config)
	if err != nil {
		return nil, fmt.Errorf("dial TLCP %s: %w", address, errors.Join(err, raw.Close()))
	}
	return conn, nil
}

// Client runs a client's handshake over a connection, which stays the caller's
// to close on failure.
func Client(ctx context.Context, raw net.Conn, config ClientConfig) (*Conn, error) {
	if config.Roots == nil || config.ServerName == "" {
		return nil, errors.New("TLCP client: Roots and ServerName are required")
	}
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := raw.SetDeadline(time.Now().Add(config.Timeout)); err != nil {
		return nil, fmt.Errorf("TLCP client: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	conn, err := handshake(gmtls.Client(raw, config.gmtls()), raw)
	if !stop() {
		return nil, fmt.Errorf("TLCP client: %w", errors.Join(context.Cause(ctx), err))
	}
	if err != nil {
		return nil, err
	}
	return conn, raw.SetDeadline(time.Time{})
}

func (c ClientConfig) gmtls() *gmtls.Config {
	expect := expectation{roots: c.Roots, use: x509.ExtKeyUsageServerAuth, host: c.ServerName, now: c.Now}
	config := &gmtls.Config{
		GMSupport:              gmtls.NewGMSupport(),
		CipherSuites:           []uint16{CipherSuite},
		MinVersion:             Version,
		MaxVersion:             Version,
		ServerName:             c.ServerName,
		SessionTicketsDisabled: true,
		// Not skipped: done below, by the library that is fit for it.
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*tjx509.Certificate) error {
			if _, err := expect.verify(raw, 0, usageSign); err != nil {
				return fmt.Errorf("server's signing certificate: %w", err)
			}
			if _, err := expect.verify(raw, 1, usageEncrypt); err != nil {
				return fmt.Errorf("server's encryption certificate: %w", err)
			}
			return nil
		},
	}
	if c.Identity != nil {
		config.GetClientCertificate = func(*gmtls.CertificateRequestInfo) (*gmtls.Certificate, error) {
			return &c.Identity.sign, nil
		}
	}
	return config
}
