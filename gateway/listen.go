package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/auth"
	"henanchain/gateway/config"
	"henanchain/internal/gm"
	"henanchain/internal/gm/tlcp"
)

// listen opens the port: plain, or TLS and TLCP side by side, as configured.
func (s *service) listen() (net.Listener, error) {
	c, log := s.config, s.log.Named("tls")
	var secure tlcp.Config
	var err error
	if c.Encrypted() {
		if secure, err = secureConfig(c, s.secrets); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; is a gateway running already?", c.Listen, err)
	}
	if !c.Encrypted() {
		return l, nil
	}
	secure.OnError = func(remote net.Addr, err error) {
		log.Info("handshake failed", zap.String("remote", remote.String()), zap.Error(err))
	}
	both, err := tlcp.NewListener(l, secure)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return both, nil
}

// serveOn serves HTTP until ctx ends, and lets what was accepted finish.
func (s *service) serveOn(ctx context.Context, l net.Listener) error {
	c, log := s.config, s.log
	server := &http.Server{
		Handler: s.door, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: c.Limits.ReadTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: zap.NewStdLog(log.Named("http")), ConnContext: connContext,
	}
	server.RegisterOnShutdown(s.door.EndStreams)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	log.Info("serving", zap.String("address", l.Addr().String()), zap.Bool("tls", c.TLS.Served()), zap.Bool("tlcp", c.TLCP.Served()))
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: accepted calls are finished first", zap.Duration("within", c.Limits.ShutdownTimeout))
	grace, cancel := context.WithTimeout(context.Background(), c.Limits.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("not every call was finished in %s: %w", c.Limits.ShutdownTimeout, err), server.Close())
	}
	return nil
}

// connContext is what a connection's requests know of it.
func connContext(ctx context.Context, conn net.Conn) context.Context {
	return auth.ConnContext(tlcp.ConnContext(ctx, conn))
}

// secureConfig reads the certificates, keys and authorities that the
// configuration names.
func secureConfig(c *config.Config, keys *secrets) (tlcp.Config, error) {
	var out tlcp.Config
	var err error
	if c.TLS.Served() {
		if out.TLS, err = tlsConfig(c.TLS); err != nil {
			return out, err
		}
	}
	if !c.TLCP.Served() {
		return out, nil
	}
	out.ClientAuth = c.TLCP.Clients()
	if out.ClientAuth != tls.NoClientCert {
		text, err := os.ReadFile(c.TLCP.ClientCAs)
		if err != nil {
			return out, fmt.Errorf("tlcp.clientCAs: %w", err)
		}
		if out.ClientRoots, err = tlcp.ParseRoots(text); err != nil {
			return out, fmt.Errorf("tlcp.clientCAs: %w", err)
		}
	}
	out.Identity, err = tlcpIdentity(c.TLCP, keys)
	return out, err
}

func tlsConfig(c config.TLS) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert and tls.key: %w", err)
	}
	out := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, ClientAuth: c.Clients()}
	if c.ClientCAs == "" {
		return out, nil
	}
	text, err := os.ReadFile(c.ClientCAs)
	if err != nil {
		return nil, fmt.Errorf("tls.clientCAs: %w", err)
	}
	out.ClientCAs = x509.NewCertPool()
	if !out.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("tls.clientCAs: %s holds no certificate that can be used", c.ClientCAs)
	}
	return out, nil
}

func tlcpIdentity(c config.TLCP, keys *secrets) (*tlcp.Identity, error) {
	var certs [2][]byte
	var private [2]*gm.PrivateKey
	for i, f := range [][4]string{{"tlcp.signCert", c.SignCert, "tlcp.signKey", c.SignKey}, {"tlcp.encryptCert", c.EncryptCert, "tlcp.encryptKey", c.EncryptKey}} {
		var err error
		if certs[i], err = os.ReadFile(f[1]); err != nil {
			return nil, fmt.Errorf("%s: %w", f[0], err)
		}
		if private[i], err = readPrivateKey(f[3], keys); err != nil {
			return nil, fmt.Errorf("%s: %w", f[2], err)
		}
	}
	identity, err := tlcp.NewServerIdentity(certs[0], private[0], certs[1], private[1])
	if err != nil {
		return nil, fmt.Errorf("tlcp: %w", err)
	}
	return identity, nil
}

// readPrivateKey reads an SM2 key from a file that nobody else may read: in the
// clear, or sealed under the key-encryption key.
func readPrivateKey(path string, keys *secrets) (*gm.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %#o, and must be readable by its owner alone (0600)", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	if !strings.Contains(string(text), gm.SealedKeyMark) {
		return gm.ParsePrivateKeyPEM(text)
	}
	if keys == nil || keys.vault == nil {
		return nil, fmt.Errorf("%s is sealed, and kek.file names no key to open it with", path)
	}
	return keys.vault.Keys().OpenPrivateKey(text)
}
