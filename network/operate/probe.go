package operate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"henanchain/network/supervise"
)

// probe asks a service for its health.
type probe struct {
	health supervise.Health
	http   *http.Client
}

func newProbe(s supervise.Service) *probe { return &probe{health: s.Health} }

// Ask returns nil when a service is well.
func Ask(ctx context.Context, s supervise.Service) error {
	p := newProbe(s)
	defer p.close()
	return p.ask(ctx)
}

// ask returns nil when the service is well.
func (p *probe) ask(ctx context.Context) error {
	_, err := p.said(ctx)
	return err
}

// maxSaid is as much as is read of what a service says of its health.
const maxSaid = 1 << 20

// said is what a service answers that is well.
func (p *probe) said(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if p.health.TCP != "" {
		// A node answers for its health before it takes requests.
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.health.TCP)
		if err != nil {
			return nil, err
		}
		conn.Close()
	}
	if p.health.URL == "" {
		return nil, nil
	}
	if p.http == nil {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if p.health.CA != "" {
			data, err := os.ReadFile(p.health.CA)
			if err != nil {
				return nil, err
			}
			config.RootCAs = x509.NewCertPool()
			config.RootCAs.AppendCertsFromPEM(data)
		}
		p.http = &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.health.URL, nil)
	if err != nil {
		return nil, err
	}
	resp, err := p.http.Do(req)
	if err != nil {
		p.close() // read the root again next time: it may have been half written
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSaid))
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answers %s: %s", resp.Status, strings.TrimSpace(string(body[:min(len(body), 4096)])))
	}
	return body, err
}

func (p *probe) close() {
	if p.http != nil {
		p.http.CloseIdleConnections()
		p.http = nil
	}
}
