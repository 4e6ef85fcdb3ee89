package tlcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOnePortSpeaksTLSAndTLCP(t *testing.T) {
	p := newPKI(t)
	address, reported := serve(t, p.config(t))
	for _, c := range []struct {
		name   string
		client *http.Client
		want   string
	}{
		{"TLCP", httpOver(p.client()), "true|TLCP 1.1|ECC_SM4_CBC_SM3|-|-|HTTP/1.1|0"},
		{"TLS 1.3", httpOverTLS(&tls.Config{RootCAs: p.tlsPool, MinVersion: tls.VersionTLS13}), "true|TLS 1.3|TLS_AES_128_GCM_SHA256|-|-|HTTP/1.1|0"},
		{"TLS 1.2", httpOverTLS(&tls.Config{RootCAs: p.tlsPool, MaxVersion: tls.VersionTLS12}), "true|TLS 1.2|TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256|-|-|HTTP/1.1|0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := get(c.client, address); err != nil || got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	if errs := reported.all(); len(errs) > 0 {
		t.Errorf("reported: %v", errs)
	}
}

func TestHTTP2GoesOverTLSWhereItIsOffered(t *testing.T) {
	p := newPKI(t)
	config := p.config(t)
	config.TLS.NextProtos = []string{"h2", "http/1.1"}
	address, _ := serve(t, config)
	got, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool}), address)
	if err != nil || !strings.HasSuffix(got, "|HTTP/2.0|0") {
		t.Fatalf("%s, %v", got, err)
	}
}

func TestLargeBodiesAndManyRequestsPassOverTLCP(t *testing.T) {
	p := newPKI(t)
	address, reported := serve(t, p.config(t))
	client := httpOver(p.client())
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 5 {
				size := 1 + i*40_000
				response, err := client.Post("https://"+address+"/", "application/octet-stream", bytes.NewReader(make([]byte, size)))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if want := fmt.Sprintf("|%d", size); err != nil || !strings.HasSuffix(string(body), want) {
					t.Errorf("%s, %v; want …%s", body, err, want)
				}
			}
		})
	}
	wait.Wait()
	if errs := reported.all(); len(errs) > 0 {
		t.Errorf("reported: %v", errs)
	}
}

func TestAListenerWithoutOneProtocolRefusesIt(t *testing.T) {
	p := newPKI(t)
	onlyTLS, onlyTLCP := p.config(t), p.config(t)
	onlyTLS.Identity, onlyTLCP.TLS = nil, nil
	tlsAddress, tlsReported := serve(t, onlyTLS)
	tlcpAddress, tlcpReported := serve(t, onlyTLCP)

	if got, err := get(httpOver(p.client()), tlsAddress); err == nil {
		t.Errorf("TLCP where only TLS is served: %s", got)
	}
	if got, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool}), tlcpAddress); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS where only TLCP is served: %s, %v", got, err)
	}
	tlsReported.wait(t, func(err error) bool { return strings.Contains(err.Error(), "TLS handshake") })
	tlcpReported.wait(t, func(err error) bool { return strings.Contains(err.Error(), "only TLCP") })

	if _, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool}), tlsAddress); err != nil {
		t.Errorf("TLS where it is served: %v", err)
	}
	if _, err := get(httpOver(p.client()), tlcpAddress); err != nil {
		t.Errorf("TLCP where it is served: %v", err)
	}
}

func TestPlainHTTPIsToldWhatToDo(t *testing.T) {
	p := newPKI(t)
	address, _ := serve(t, p.config(t))
	response, err := http.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "https") {
		t.Fatalf("%d %s, %v", response.StatusCode, body, err)
	}
}

func TestGarbageIsRefusedAndTheNextCallerServed(t *testing.T) {
	for name, garbage := range map[string][]byte{
		"one byte":                        {0x16},
		"zeros":                           make([]byte, 100),
		"random text":                     []byte("你好，郑州。这不是 TLS。"),
		"an SSL 2 hello":                  {0x80, 0x2e, 0x01, 0x00, 0x02, 0, 0, 0, 0},
		"a TLCP record without a hello":   {0x16, 1, 1, 0, 5, 9, 9, 9, 9, 9},
		"a TLCP record of nothing":        {0x16, 1, 1, 0, 0},
		"a TLCP record too long":          append([]byte{0x16, 1, 1, 0xff, 0xff}, make([]byte, 70000)...),
		"a TLCP hello cut short":          {0x16, 1, 1, 0, 10, 1, 0, 0, 6, 1, 1, 0, 0, 0, 0},
		"a TLCP hello of 16 MB":           {0x16, 1, 1, 0, 4, 1, 0xff, 0xff, 0xff},
		"a TLS record of a TLCP hello":    {0x16, 3, 1, 0, 10, 1, 0, 0, 6, 1, 1, 0, 0, 0, 0},
		"a TLS record of nothing":         {0x16, 3, 3, 0, 0},
		"a TLCP alert first":              {0x15, 1, 1, 0, 2, 2, 40},
		"TLCP application data first":     {0x17, 1, 1, 0, 2, 2, 40},
		"a thousand empty TLCP handshake": bytes.Repeat([]byte{0x16, 1, 1, 0, 0}, 1000),
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { refuseGarbage(t, garbage) }) })
	}
}

func refuseGarbage(t *testing.T, garbage []byte) {
	p := newPKI(t)
	config := p.config(t)
	pipes, reported := servePipes(t, config)
	conn, err := pipes.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = conn.Write(garbage) }() // the server may hang up before it has all of it
	_ = conn.SetReadDeadline(time.Now().Add(config.HandshakeTimeout + time.Second))
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, errTimeout(err)) {
		t.Errorf("the server holds on: %v", err)
	}
	_ = conn.Close()
	for _, err := range reported.all() {
		if strings.Contains(err.Error(), "panic") {
			t.Errorf("it reaches a panic: %v", err)
		}
	}
	if _, err := get(pipes.overTLCP(p.client()), "localhost"); err != nil {
		t.Error(err)
	}
	if _, err := get(pipes.overTLS(&tls.Config{RootCAs: p.tlsPool}), "localhost"); err != nil {
		t.Error(err)
	}
}

// errTimeout returns err where it is a timeout, and else something that no
// error is.
func errTimeout(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return err
	}
	return errors.New("no timeout")
}

func TestASlowHandshakeIsEndedAndHoldsUpNobody(t *testing.T) { synctest.Test(t, endSlowHandshakes) }

func endSlowHandshakes(t *testing.T) {
	p := newPKI(t)
	config := p.config(t)
	pipes, reported := servePipes(t, config)
	began := time.Now()
	var slow []net.Conn
	for _, first := range [][]byte{{}, {0x16}, {0x16, 1, 1, 0, 50}, {0x16, 3, 1, 0, 50, 1}, []byte("GET ")} {
		conn, err := pipes.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write(first); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	if _, err := get(pipes.overTLCP(p.client()), "localhost"); err != nil {
		t.Errorf("TLCP beside slow handshakes: %v", err)
	}
	if _, err := get(pipes.overTLS(&tls.Config{RootCAs: p.tlsPool}), "localhost"); err != nil {
		t.Errorf("TLS beside slow handshakes: %v", err)
	}
	if waited := time.Since(began); waited != 0 {
		t.Errorf("honest callers waited %s for slow ones", waited)
	}
	for i, conn := range slow {
		_ = conn.SetReadDeadline(began.Add(config.HandshakeTimeout + time.Second))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, errTimeout(err)) {
			t.Errorf("slow handshake %d is not ended: %v", i, err)
		}
	}
	if waited := time.Since(began); waited != config.HandshakeTimeout {
		t.Errorf("slow handshakes are ended after %s, not %s", waited, config.HandshakeTimeout)
	}
	reported.wait(t, func(err error) bool { return errors.Is(err, errTimeout(err)) })
}

func TestTheOldestOfTooManyHandshakesGivesWay(t *testing.T) {
	p := newPKI(t)
	config := p.config(t)
	config.MaxHandshakes = 4
	address, reported := serve(t, config)
	var idle []net.Conn
	for range 12 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		idle = append(idle, conn)
	}
	for range 3 {
		if _, err := get(httpOver(p.client()), address); err != nil {
			t.Fatalf("an honest caller among idle ones: %v", err)
		}
	}
	_ = idle[0].SetReadDeadline(time.Now().Add(patience))
	if _, err := idle[0].Read(make([]byte, 1)); errors.Is(err, errTimeout(err)) {
		t.Errorf("the oldest idle connection lives on: %v", err)
	}
	reported.wait(t, func(err error) bool { return errors.Is(err, ErrCrowded) })
}

func TestClosingEndsHandshakesAndKeepsAcceptedConnections(t *testing.T) {
	p := newPKI(t)
	listener, reported := listen(t, p.config(t))
	accepted := make(chan net.Conn, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			accepted <- conn
		}
	}()
	client, err := Dial(t.Context(), "tcp", listener.Addr().String(), p.client())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	server := <-accepted
	defer func() { _ = server.Close() }()

	idle, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	if _, err := idle.Write([]byte{0x16, 1, 1}); err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := listener.Accept(); !errors.Is(err, net.ErrClosed) || conn != nil {
		t.Errorf("Accept after Close: %v, %v", conn, err)
	}
	_ = idle.SetReadDeadline(time.Now().Add(patience))
	if _, err := idle.Read(make([]byte, 1)); err == nil || errors.Is(err, errTimeout(err)) {
		t.Errorf("a handshake outlives its listener: %v", err)
	}
	if _, err := client.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(server); err != nil || string(got) != "still here" {
		t.Errorf("%q, %v", got, err)
	}
	if errs := reported.all(); len(errs) > 0 {
		t.Errorf("closing reports %v", errs)
	}
}

func TestAnEmptyConnectionIsNotWorthAReport(t *testing.T) {
	p := newPKI(t)
	address, reported := serve(t, p.config(t))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, err := get(httpOver(p.client()), address); err != nil {
		t.Fatal(err)
	}
	if errs := reported.all(); len(errs) > 0 {
		t.Errorf("reported: %v", errs)
	}
}

func TestNewListenerRefusesWhatWouldBeUnsafe(t *testing.T) {
	p := newPKI(t)
	for _, c := range []struct {
		name, says string
		change     func(*Config)
	}{
		{"no protocol", "neither", func(c *Config) { c.TLS, c.Identity = nil, nil }},
		{"TLS 1.1", "TLS 1.2 or later", func(c *Config) { c.TLS.MinVersion = tls.VersionTLS11 }},
		{"unverified certificates", "unverified", func(c *Config) { c.ClientAuth = tls.RequireAnyClientCert }},
		{"certificates without roots", "ClientRoots", func(c *Config) { c.ClientAuth = tls.RequireAndVerifyClientCert }},
		{"a client's identity", "client's", func(c *Config) { c.Identity = p.clientIdentity(t, p.sm2, "x") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := p.config(t)
			c.change(&config)
			inner, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = inner.Close() }()
			if l, err := NewListener(inner, config); err == nil || l != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v; want an error saying %q", l, err, c.says)
			}
		})
	}
}

// failing is a listener that fails for a while, and then for good.
type failing struct {
	net.Listener
	errs chan error
}

func (f failing) Accept() (net.Conn, error) { return nil, <-f.errs }

func TestAcceptOutlivesAShortageButNotTheListener(t *testing.T) {
	p := newPKI(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	errs, reported := make(chan error, 3), &failures{}
	config := p.config(t)
	config.OnError = reported.add
	listener, err := NewListener(failing{inner, errs}, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	final := errors.New("the network is gone")
	errs <- &net.OpError{Op: "accept", Err: errShortage}
	errs <- &net.OpError{Op: "accept", Err: errShortage}
	errs <- final
	if _, err := listener.Accept(); !errors.Is(err, final) {
		t.Fatalf("%v, want %v", err, final)
	}
	if got := reported.all(); len(got) != 2 {
		t.Fatalf("reported: %v", got)
	}
}

func TestPeerOfKnowsOnlyItsOwn(t *testing.T) {
	one, two := net.Pipe()
	defer func() { _, _ = one.Close(), two.Close() }()
	for name, conn := range map[string]net.Conn{"a pipe": one, "TLS before its handshake": tls.Client(two, &tls.Config{ServerName: "x"})} {
		if peer, ok := PeerOf(conn); ok {
			t.Errorf("%s: %v", name, peer)
		}
	}
	if peer, ok := PeerFrom(ConnContext(context.Background(), one)); ok {
		t.Errorf("from a context: %v", peer)
	}
}

func TestAnUnverifiedTLSCertificateIsNoPeer(t *testing.T) {
	p := newPKI(t)
	config := p.config(t)
	config.TLS.ClientAuth = tls.RequestClientCert // asks, and does not verify
	address, _ := serve(t, config)
	certificate := p.issueTLS(t, "somebody", x509.ExtKeyUsageClientAuth)
	got, err := get(httpOverTLS(&tls.Config{RootCAs: p.tlsPool, Certificates: []tls.Certificate{certificate}}), address)
	if err != nil || !strings.Contains(got, "|-|-|") {
		t.Fatalf("%s, %v; want no certificate", got, err)
	}
}
