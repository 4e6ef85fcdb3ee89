package tlcp

import (
	"fmt"
	"net"
	"time"

	"github.com/tjfoc/gmsm/gmtls"
)

const (
	// Version is TLCP's version number on the wire.
	Version = 0x0101
	// CipherSuite is the one suite that is offered: ECC_SM4_CBC_SM3.
	CipherSuite uint16 = 0xe013

	protocolName    = "TLCP 1.1"
	cipherSuiteName = "ECC_SM4_CBC_SM3"

	// closeTimeout is how long a closing side tries to say so.
	closeTimeout = 5 * time.Second
)

// Conn is a TLCP connection whose handshake is complete.
type Conn struct {
	inner *gmtls.Conn
	raw   net.Conn
	peer  Peer
}

// Read reads application data. A panic below closes the connection and is an
// error: net/http reads in goroutines where a panic would end the process.
func (c *Conn) Read(b []byte) (n int, err error) {
	defer c.guard("read", &err)
	return c.inner.Read(b)
}

// Write writes application data; see Read.
func (c *Conn) Write(b []byte) (n int, err error) {
	defer c.guard("write", &err)
	return c.inner.Write(b)
}

// Close says so to the peer, for at most five seconds, and closes.
func (c *Conn) Close() (err error) {
	defer c.guard("close", &err)
	if err := c.raw.SetWriteDeadline(time.Now().Add(closeTimeout)); err != nil {
		return c.raw.Close() // closed already, or nobody to tell
	}
	return c.inner.Close()
}

// CloseWrite tells the peer that nothing more will be written.
func (c *Conn) CloseWrite() (err error) {
	defer c.guard("close write", &err)
	return c.inner.CloseWrite()
}

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr returns the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// SetDeadline bounds reading and writing. After a write has timed out nothing
// more can be written.
func (c *Conn) SetDeadline(t time.Time) error { return c.raw.SetDeadline(t) }

// SetReadDeadline bounds reading.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.raw.SetReadDeadline(t) }

// SetWriteDeadline bounds writing; see SetDeadline.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }

func (c *Conn) guard(doing string, err *error) {
	if r := recover(); r != nil {
		_ = c.raw.Close()
		*err = fmt.Errorf("TLCP %s: panic: %v", doing, r)
	}
}

// handshake completes a handshake under recover and makes the Conn of it. The
// caller has set a deadline.
func handshake(inner *gmtls.Conn, raw net.Conn) (conn *Conn, err error) {
	defer guard("TLCP handshake", &err)
	if err := inner.Handshake(); err != nil {
		return nil, fmt.Errorf("TLCP handshake: %w", err)
	}
	state := inner.ConnectionState()
	if state.Version != Version || state.CipherSuite != CipherSuite {
		return nil, fmt.Errorf("TLCP handshake: version %#x and suite %#x, want %#x and %#x",
			state.Version, state.CipherSuite, Version, CipherSuite)
	}
	conn = &Conn{inner: inner, raw: raw, peer: Peer{Protocol: protocolName, CipherSuite: cipherSuiteName}}
	if len(state.PeerCertificates) > 0 {
		// Verified during the handshake, by VerifyPeerCertificate.
		cert, err := parseSM2(state.PeerCertificates[0].Raw)
		if err != nil {
			return nil, fmt.Errorf("TLCP handshake: %w", err)
		}
		conn.peer.Certificate = fromSM2(cert)
	}
	return conn, nil
}
