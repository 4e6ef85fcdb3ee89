package tlcp

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"testing"
)

// pipes is a listener without a network, for tests in a bubble of synctest:
// there time goes by only while everybody waits.
type pipes struct {
	ends  chan net.Conn
	done  chan struct{}
	close sync.Once
}

// servePipes is serve over pipes.
func servePipes(t testing.TB, config Config) (*pipes, *failures) {
	t.Helper()
	p := &pipes{ends: make(chan net.Conn), done: make(chan struct{})}
	listener, reported := listenOn(t, p, config)
	serveHTTP(t, listener)
	return p, reported
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case end := <-p.ends:
		return end, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Addr() net.Addr { return pipeAddr{} }

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.done) })
	return nil
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "localhost" }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	own, other := net.Pipe()
	p.ends <- other
	return own, nil
}

// overTLCP is an HTTP client over TLCP on the pipes.
func (p *pipes) overTLCP(config ClientConfig) *http.Client {
	return &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := p.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return Client(ctx, raw, config)
	}}}
}

// overTLS is an HTTP client over TLS on the pipes.
func (p *pipes) overTLS(config *tls.Config) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: p.dial, TLSClientConfig: config}}
}
