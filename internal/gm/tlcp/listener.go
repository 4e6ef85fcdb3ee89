package tlcp

import (
	"container/list"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/tjfoc/gmsm/gmtls"
	tjx509 "github.com/tjfoc/gmsm/x509"
)

// ErrCrowded: a handshake was given up, the oldest of too many at a time.
var ErrCrowded = errors.New("handshake given up: too many at a time, and this one the oldest")

const (
	defaultHandshakes = 1024
	maxAcceptDelay    = time.Second
)

// Config says how a Listener answers.
type Config struct {
	// TLS answers TLS 1.2 and 1.3, with its own rules for clients' certificates
	// and protocols; nil refuses TLS.
	TLS *tls.Config
	// Identity answers TLCP; nil refuses TLCP.
	Identity *Identity
	// ClientAuth is for TLCP: tls.NoClientCert, tls.VerifyClientCertIfGiven or
	// tls.RequireAndVerifyClientCert.
	ClientAuth tls.ClientAuthType
	// ClientRoots are the authorities of TLCP clients' certificates.
	ClientRoots *Roots
	// VerifyClient, where set, has the last word on a TLCP client's certificate,
	// for revocation and the like.
	VerifyClient func(cert *Certificate) error
	// HandshakeTimeout bounds a handshake; ten seconds where zero.
	HandshakeTimeout time.Duration
	// MaxHandshakes is how many handshakes run at a time, 1024 where zero. One
	// more ends the oldest: an honest handshake takes milliseconds, so the
	// oldest is one that does not want to end.
	MaxHandshakes int
	// OnError is told of handshakes that failed, from several goroutines.
	OnError func(remote net.Addr, err error)
	// Now is the clock for certificates; time.Now where nil.
	Now func() time.Time
}

// Listener accepts TLS and TLCP on one port. What Accept returns has completed
// its handshake: a *tls.Conn, so that net/http sees TLS and speaks HTTP/2, or a
// *Conn.
type Listener struct {
	inner  net.Listener
	config Config
	gmtls  *gmtls.Config

	ready chan net.Conn
	done  chan struct{}
	wait  sync.WaitGroup

	mu      sync.Mutex
	pending list.List // of *attempt, oldest first
	err     error     // why done is closed
}

// attempt is a connection whose handshake is not complete.
type attempt struct {
	raw     net.Conn
	crowded bool
}

// NewListener serves on inner, which it closes when it is closed itself.
func NewListener(inner net.Listener, config Config) (*Listener, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("TLCP listener: %w", err)
	}
	l := &Listener{inner: inner, config: config, ready: make(chan net.Conn), done: make(chan struct{})}
	if config.Identity != nil {
		l.gmtls = config.gmtls()
	}
	l.wait.Go(l.acceptAll)
	return l, nil
}

// check refuses what cannot be meant, and fills in the defaults.
func (c *Config) check() error {
	switch {
	case c.TLS == nil && c.Identity == nil:
		return errors.New("neither TLS nor a TLCP identity is configured")
	case c.Identity != nil && c.Identity.encrypt.PrivateKey == nil:
		return errors.New("the identity is a client's: it has no encryption certificate")
	case c.TLS != nil && c.TLS.MinVersion != 0 && c.TLS.MinVersion < tls.VersionTLS12:
		return fmt.Errorf("TLS from %s is not allowed, want TLS 1.2 or later", tls.VersionName(c.TLS.MinVersion))
	case !slices.Contains([]tls.ClientAuthType{tls.NoClientCert, tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert}, c.ClientAuth):
		return fmt.Errorf("client authentication %s would take unverified certificates", c.ClientAuth)
	case c.ClientAuth != tls.NoClientCert && c.ClientRoots == nil:
		return errors.New("clients' certificates are wanted, but no ClientRoots to verify them")
	}
	if c.HandshakeTimeout <= 0 {
		c.HandshakeTimeout = defaultTimeout
	}
	if c.MaxHandshakes <= 0 {
		c.MaxHandshakes = defaultHandshakes
	}
	if c.OnError == nil {
		c.OnError = func(net.Addr, error) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// gmtls makes the only configuration in which a gmtls server is safe to run.
func (c *Config) gmtls() *gmtls.Config {
	config := &gmtls.Config{
		GMSupport:              gmtls.NewGMSupport(),
		Certificates:           []gmtls.Certificate{c.Identity.sign, c.Identity.encrypt},
		CipherSuites:           []uint16{CipherSuite},
		MinVersion:             Version,
		MaxVersion:             Version,
		SessionTicketsDisabled: true,
	}
	if c.ClientAuth == tls.NoClientCert {
		return config
	}
	// gmtls only asks for the certificate; VerifyPeerCertificate verifies it.
	config.ClientAuth = gmtls.RequestClientCert
	if c.ClientAuth == tls.RequireAndVerifyClientCert {
		config.ClientAuth = gmtls.RequireAnyClientCert
	}
	config.ClientCAs = c.ClientRoots.hints
	expect := expectation{roots: c.ClientRoots, use: x509.ExtKeyUsageClientAuth, now: c.Now}
	config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*tjx509.Certificate) error {
		if len(raw) == 0 && c.ClientAuth == tls.VerifyClientCertIfGiven {
			return nil
		}
		cert, err := expect.verify(raw, 0, usageSign)
		if err == nil && c.VerifyClient != nil {
			err = c.VerifyClient(fromSM2(cert))
		}
		if err != nil {
			return fmt.Errorf("client's certificate: %w", err)
		}
		return nil
	}
	return config
}

// Addr returns the address that is listened on.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Accept returns the next connection whose handshake is complete. Connections
// that fail in it are told to OnError and never seen here.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.done:
		l.mu.Lock()
		defer l.mu.Unlock()
		return nil, l.err
	}
}

// Close stops listening, ends handshakes that are under way, and waits for
// their goroutines. Connections already accepted stay open.
func (l *Listener) Close() error {
	l.stop(net.ErrClosed)
	err := l.inner.Close()
	l.wait.Wait()
	return err
}

// stop ends everything pending, once.
func (l *Listener) stop(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = why
	close(l.done)
	for e := l.pending.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*attempt).raw.Close()
	}
}

// acceptAll never waits for a handshake.
func (l *Listener) acceptAll() {
	delay := time.Duration(0)
	for {
		raw, err := l.inner.Accept()
		if err == nil {
			delay = 0
			l.begin(raw)
			continue
		}
		if !isTransient(err) {
			l.stop(err)
			return
		}
		// As net/http does: out of files, for example; not worth dying for.
		delay = min(max(2*delay, 5*time.Millisecond), maxAcceptDelay)
		l.config.OnError(l.inner.Addr(), fmt.Errorf("accept, again in %s: %w", delay, err))
		select {
		case <-time.After(delay):
		case <-l.done:
			return
		}
	}
}

func isTransient(err error) bool {
	for _, no := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// begin starts the handshake of a connection in a goroutine of its own.
func (l *Listener) begin(raw net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		_ = raw.Close()
		return
	}
	if l.pending.Len() >= l.config.MaxHandshakes {
		oldest := l.pending.Remove(l.pending.Front()).(*attempt)
		oldest.crowded = true
		_ = oldest.raw.Close()
	}
	a := &attempt{raw: raw}
	place := l.pending.PushBack(a)
	l.wait.Go(func() { l.complete(a, place) })
}

// complete runs a handshake and hands the connection to Accept.
func (l *Listener) complete(a *attempt, place *list.Element) {
	conn, err := l.handshake(a.raw)
	if err == nil {
		select {
		case l.ready <- conn:
		case <-l.done:
			_ = conn.Close()
		}
	}
	l.mu.Lock()
	l.pending.Remove(place) // does nothing where begin has removed it
	crowded, stopped := a.crowded, l.err != nil
	l.mu.Unlock()
	if err == nil {
		return
	}
	_ = a.raw.Close()
	switch {
	case crowded:
		l.config.OnError(a.raw.RemoteAddr(), ErrCrowded)
	case !stopped && !errors.Is(err, errSilent):
		l.config.OnError(a.raw.RemoteAddr(), err)
	}
}

// handshake routes a connection by its first record, and completes its
// handshake before the deadline.
func (l *Listener) handshake(raw net.Conn) (conn net.Conn, err error) {
	defer guard("handshake", &err)
	if err := raw.SetDeadline(time.Now().Add(l.config.HandshakeTimeout)); err != nil {
		return nil, err
	}
	replay, isTLCP, err := route(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case isTLCP && l.gmtls != nil:
		conn, err = handshake(gmtls.Server(replay, l.gmtls), raw)
	case l.config.TLS != nil: // refuses TLCP with an alert of its own
		conn, err = l.handshakeTLS(replay)
	default:
		_, _ = raw.Write(alertProtocolVersion)
		err = errors.New("TLS is not served here, only TLCP")
	}
	if err != nil {
		return nil, err
	}
	return conn, raw.SetDeadline(time.Time{})
}

func (l *Listener) handshakeTLS(replay *replayed) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.config.HandshakeTimeout)
	defer cancel()
	conn := tls.Server(replay, l.config.TLS)
	err := conn.HandshakeContext(ctx)
	if err == nil {
		return conn, nil
	}
	var header tls.RecordHeaderError
	if errors.As(err, &header) && looksLikeHTTP(header.RecordHeader) {
		answerHTTP(replay.Conn)
	}
	return nil, fmt.Errorf("TLS handshake: %w", err)
}
