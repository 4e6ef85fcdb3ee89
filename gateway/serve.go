package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"henanchain/gateway/audit"
	"henanchain/gateway/auth"
	"henanchain/gateway/config"
	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/gateway/limit"
	"henanchain/gateway/logging"
	"henanchain/gateway/rest"
	"henanchain/gateway/sqldb"
	"henanchain/gateway/store"
	"henanchain/gateway/subject"
	"henanchain/gateway/tracing"
	"henanchain/gateway/vault"
	"henanchain/gateway/write"
	"henanchain/internal/catalog"
)

// watchEvery is how soon a change of the network's hand-over is seen.
const watchEvery = time.Second

// tracesWithin is how long the end of the gateway waits for the last traces.
const tracesWithin = 3 * time.Second

// service is a gateway that serves, with all that it is made of.
type service struct {
	config  *config.Config
	log     *zap.Logger
	secrets *secrets
	dir     *directory.Directory
	network *fabric.Network
	store   *store.Store
	writer  *write.Writer
	audit   *audit.Log
	limiter *limit.Limiter
	model   *readModel // nil: reads go to the peers
	events  *eventing  // nil: there are no events
	door    *rest.Server
}

// serve runs the gateway until ctx ends, and lets what was accepted finish.
func serve(ctx context.Context, c *config.Config) error {
	behind := logging.NewBehind(os.Stderr)
	defer behind.Close() //nolint:errcheck // nobody is left to tell
	log, err := logging.New(c.Log.Level, behind)
	if err != nil {
		return err
	}
	stopTracing, err := tracing.Start(ctx, c.Tracing.Endpoint, log.Named("tracing"))
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.Background(), tracesWithin)
		defer cancel()
		if err := stopTracing(last); err != nil {
			log.Warn("the last traces were not sent", zap.Error(err))
		}
	}()
	s := &service{config: c, log: log}
	if err := s.open(ctx); err != nil {
		return errors.Join(err, s.close(context.Background()))
	}
	port, err := s.listen()
	if err != nil {
		return errors.Join(err, s.close(context.Background()))
	}
	background, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { s.dir.Watch(background, watchEvery, log) })
	running.Go(func() { s.door.RunJobs(background) })
	running.Go(func() { s.model.run(background) })
	running.Go(func() { s.events.run(background) })
	err = s.serveOn(ctx, port)
	stop()
	running.Wait()
	grace, cancel := context.WithTimeout(context.Background(), c.Limits.ShutdownTimeout)
	defer cancel()
	return errors.Join(err, s.close(grace))
}

// open makes the parts, each on those before it.
func (s *service) open(ctx context.Context) (err error) {
	secrets, err := openSecrets(s.config)
	if err != nil {
		return err
	}
	s.secrets = secrets
	contracts, err := catalog.Load()
	if err != nil {
		return err
	}
	if s.dir, s.network, err = openNetwork(s.config, s.log); err != nil {
		return err
	}
	if s.store, err = openStore(ctx, s.config, secrets, s.log); err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.writer = write.New(s.network, s.store, write.Options{Metrics: metrics, Log: s.log.Named("write"),
		MaxQueued: s.config.Limits.QueuedOperations, MaxQueuedBytes: s.config.Limits.QueuedBytes})
	if s.audit, err = audit.Open(auditFile(s.config), audit.Options{Sync: s.config.Audit.Sync, MaxBytes: s.config.Audit.MaxBytes, Log: s.log.Named("audit")}); err != nil {
		return err
	}
	s.limiter = newLimiter(s.config.Limits, s.store)
	o := rest.Options{
		Audit: s.audit, Limiter: s.limiter,
		Contracts: contracts, Network: s.dir, Auth: newAuthenticator(s.config, s.dir, s.store), Writer: s.writer, Store: s.store, Reader: s.network,
		Invoker: s.network, Outsider: s.network, Ready: readiness(s.network, s.store), Metrics: metrics, Limits: limits(s.config.Limits), Log: s.log,
	}
	if s.model, err = openModel(ctx, s.config, contracts, s.network, metrics, s.log); err != nil {
		return err
	}
	s.model.serve(&o, s.config.Index.Wait)
	if s.events, err = openEvents(s, contracts); err != nil {
		return err
	}
	s.events.serve(&o)
	if secrets.subject != nil {
		o.Subjects, o.Digest = secrets.subject.Resolve, secrets.subject.Digest
	} else {
		s.log.Warn("no subject key is configured: requests that name an identifier are refused")
	}
	if s.door, err = rest.New(o); err != nil {
		return err
	}
	s.events.deliver(s, metrics)
	return nil
}

// close ends the parts, each before those that it stands on. Accepted writes
// are finished within grace; what is left then is in the outbox, for the next
// start.
func (s *service) close(grace context.Context) error {
	var errs []error
	if s.door != nil {
		errs = append(errs, s.door.Close(grace))
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close(grace))
	}
	if s.audit != nil {
		errs = append(errs, s.audit.Close())
	}
	if s.limiter != nil {
		errs = append(errs, s.limiter.Close(grace))
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	errs = append(errs, s.model.close())
	if s.network != nil {
		errs = append(errs, s.network.Close())
	}
	return errors.Join(errs...)
}

// secrets are what the gateway alone knows.
type secrets struct {
	vault   *vault.Vault
	subject *subject.Key
}

// openSecrets reads the keys that the configuration names.
func openSecrets(c *config.Config) (*secrets, error) {
	v, err := vault.Open(c.KEK.File, c.KEK.Retired...)
	if err != nil {
		return nil, err
	}
	s := &secrets{vault: v}
	if c.SubjectKey.File != "" {
		if s.subject, err = subject.Read(c.SubjectKey.File, v.Keys()); err != nil {
			return nil, fmt.Errorf("subjectKey.file: %w", err)
		}
	}
	return s, nil
}

// auditFile is where calls are put on record.
func auditFile(c *config.Config) string {
	if c.Audit.File != "" {
		return c.Audit.File
	}
	return filepath.Join(filepath.Dir(c.Connection), "audit.jsonl")
}

// newAuthenticator tells who calls, by the hand-over and the credentials in the store.
func newAuthenticator(c *config.Config, dir *directory.Directory, db *store.Store) *auth.Authenticator {
	only := map[string][]string{}
	for _, a := range c.Auth.PerApplication {
		only[a.Name] = a.Methods
	}
	return auth.New(dir, auth.Options{Credentials: db, Scheme: c.Scheme(), Window: c.Auth.Window, Skew: c.Auth.Skew, Methods: only})
}

func newLimiter(l config.Limits, quota limit.Quota) *limit.Limiter {
	own := map[string]limit.Terms{}
	for _, a := range l.PerApplication {
		own[a.Name] = limit.Terms{RatePerSecond: a.RatePerSecond, Burst: a.Burst, DailyQuota: a.DailyQuota}
	}
	return limit.New(limit.Terms{RatePerSecond: l.RatePerSecond, Burst: l.Burst, DailyQuota: l.DailyQuota}, own, quota)
}

func openStore(ctx context.Context, c *config.Config, secrets *secrets, log *zap.Logger) (*store.Store, error) {
	_, source, err := c.Store.Driver()
	if err != nil {
		return nil, err
	}
	o := store.Options{Log: log.Named("store")}
	if v := secrets.vault; v != nil {
		o.Seal, o.Open = v.SealPayload, v.OpenPayload
	}
	return sqldb.Await(ctx, log, func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, source, o) })
}

func limits(l config.Limits) rest.Limits {
	return rest.Limits{BodyBytes: l.BodyBytes, BatchBytes: l.BatchBytes, UploadBytes: l.UploadBytes,
		BatchOperations: l.BatchOperations, PageSize: l.PageSize, Timeout: l.WriteTimeout}
}
