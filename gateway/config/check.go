package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"go.uber.org/zap/zapcore"

	"henanchain/gateway/audit"
	"henanchain/gateway/tracing"
)

// check finds every mistake that can be found without the network.
func (c *Config) check() error {
	errs := append(c.checkListen(), append(c.TLS.check(), c.TLCP.check()...)...)
	if c.Connection == "" {
		errs = append(errs, errors.New("connection: name the connection.json that the network wrote"))
	}
	if _, _, err := c.Store.Driver(); err != nil {
		errs = append(errs, err)
	}
	if c.Audit.Sync != audit.SyncSecond && c.Audit.Sync != audit.SyncEach {
		errs = append(errs, fmt.Errorf("audit.sync: is %q and must be %s or %s", c.Audit.Sync, audit.SyncSecond, audit.SyncEach))
	}
	if c.Audit.MaxBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("audit.maxBytes: is %d and must be at least %d", c.Audit.MaxBytes, 1<<20))
	}
	if len(c.KEK.Retired) > 0 && c.KEK.File == "" {
		errs = append(errs, errors.New("kek.retired: names keys, and kek.file names none"))
	}
	if _, err := zapcore.ParseLevel(c.Log.Level); err != nil {
		errs = append(errs, fmt.Errorf("log.level: %q must be debug, info, warn or error", c.Log.Level))
	}
	if c.Tracing.Endpoint != "" {
		if err := tracing.Check(c.Tracing.Endpoint); err != nil {
			errs = append(errs, fmt.Errorf("tracing.endpoint: %w", err))
		}
	}
	errs = append(errs, c.Index.check()...)
	errs = append(errs, c.Auth.check()...)
	errs = append(errs, c.Webhooks.check()...)
	return errors.Join(append(errs, c.Limits.check()...)...)
}

// Driver splits the DSN into the kind of database, sqlite or postgres, and what its driver takes.
func (s Store) Driver() (kind, source string, err error) {
	switch scheme, rest, _ := strings.Cut(s.DSN, ":"); {
	case scheme == "sqlite" && rest != "":
		return "sqlite", rest, nil
	case scheme == "postgres" || scheme == "postgresql":
		return "postgres", s.DSN, nil
	}
	return "", "", errors.New("store.dsn: must be sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE")
}

func (c *Config) checkListen() []error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return []error{fmt.Errorf("listen: %q must be HOST:PORT", c.Listen)}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return []error{fmt.Errorf("listen: the port %q must be a number up to 65535", port)}
	}
	if !c.Encrypted() && !c.TLS.Plain && !isLoopback(host) {
		return []error{fmt.Errorf("listen: %s is reachable from other machines: set tls.cert and tls.key, or tlcp, or tls.plain where a proxy ends TLS", c.Listen)}
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (l Limits) check() []error {
	var errs []error
	atLeast := func(key string, value, least int64) {
		if value < least {
			errs = append(errs, fmt.Errorf("limits.%s: is %d and must be at least %d", key, value, least))
		}
	}
	atLeast("bodyBytes", l.BodyBytes, 1024)
	atLeast("batchBytes", l.BatchBytes, l.BodyBytes)
	atLeast("batchOperations", int64(l.BatchOperations), 1)
	atLeast("uploadBytes", l.UploadBytes, 1)
	atLeast("pageSize", int64(l.PageSize), 1)
	atLeast("queuedOperations", int64(l.QueuedOperations), int64(l.BatchOperations))
	atLeast("queuedBytes", int64(l.QueuedBytes), l.BatchBytes)
	atLeast("dailyQuota", l.DailyQuota, 0)
	if l.RatePerSecond < 0 {
		errs = append(errs, fmt.Errorf("limits.ratePerSecond: is %g and must not be negative", l.RatePerSecond))
	}
	if l.RatePerSecond > 0 {
		atLeast("burst", int64(l.Burst), int64(l.BatchOperations))
	}
	for i, a := range l.PerApplication {
		key := fmt.Sprintf("limits.perApplication[%d]", i)
		if a.Name == "" {
			errs = append(errs, fmt.Errorf("%s.name: is missing: the application", key))
		}
		if a.RatePerSecond < 0 || a.DailyQuota < 0 || a.RatePerSecond > 0 && a.Burst < 1 {
			errs = append(errs, fmt.Errorf("%s: the rate and the quota must not be negative, and a rate needs a burst of at least 1", key))
		}
	}
	atLeast("readTimeout", int64(l.ReadTimeout), 1)
	atLeast("writeTimeout", int64(l.WriteTimeout), 1)
	atLeast("shutdownTimeout", int64(l.ShutdownTimeout), 0)
	return errs
}
