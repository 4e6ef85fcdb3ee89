// Package config is how an operator sets the gateway up: one YAML file, and
// environment variables over it. It is read and checked whole before anything
// starts; every mistake is told at once.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// EnvPrefix starts the name of every environment variable that sets something:
// limits.bodyBytes is HNC_GATEWAY_LIMITS_BODYBYTES.
const EnvPrefix = "HNC_GATEWAY_"

// Config is everything that an operator can set.
type Config struct {
	Listen     string `koanf:"listen"`     // host:port of the REST door
	Connection string `koanf:"connection"` // the network's hand-over, connection.json
	Store      Store  `koanf:"store"`
	Index      Index  `koanf:"index"`
	Limits     Limits `koanf:"limits"`
	Auth       Auth   `koanf:"auth"`
	Log        Log    `koanf:"log"`
	TLS        TLS    `koanf:"tls"`
	TLCP       TLCP   `koanf:"tlcp"`
	Audit      Audit  `koanf:"audit"`
	// Tracing is off where it names no collector.
	Tracing Tracing `koanf:"tracing"`
	// Subject keys hash the identifiers of persons and organisations.
	SubjectKey SubjectKey `koanf:"subjectKey"`
	KEK        KEK        `koanf:"kek"`
	Webhooks   Webhooks   `koanf:"webhooks"`
}

// Store is where outbox, jobs and idempotency keys are kept.
type Store struct {
	DSN string `koanf:"dsn"` // sqlite:/path/file.db or postgres://…
}

// Index is the read model: what the follower reads from the blocks.
type Index struct {
	// DSN is as the store's; empty: index.db beside the store's file, or the
	// store's PostgreSQL database, in a schema of its own.
	DSN string `koanf:"dsn"`
	// Enabled serves reads from the read model; without it the peers are asked.
	Enabled bool `koanf:"enabled"`
	// Follow reads blocks in this process; without it gateway follow must run.
	Follow bool `koanf:"follow"`
	// Application reads the blocks; empty: one that may call the channel.
	Application string `koanf:"application"`
	// Genesis pins the hashes of genesis blocks, each as CHANNEL=HEX. A channel
	// without one is trusted when it is first seen.
	Genesis []string `koanf:"genesis"`
	// Wait bounds how long a read waits for the caller's own last write.
	Wait time.Duration `koanf:"wait"`
}

// Limits bound what callers can ask for.
type Limits struct {
	BodyBytes        int64         `koanf:"bodyBytes"`        // one record's body
	BatchBytes       int64         `koanf:"batchBytes"`       // a batch's body
	BatchOperations  int           `koanf:"batchOperations"`  // operations in a batch
	UploadBytes      int64         `koanf:"uploadBytes"`      // a file to be digested
	PageSize         int           `koanf:"pageSize"`         // records on a page
	RatePerSecond    float64       `koanf:"ratePerSecond"`    // operations a second and application; 0 is no limit
	Burst            int           `koanf:"burst"`            // operations at once over the rate
	DailyQuota       int64         `koanf:"dailyQuota"`       // operations a day (UTC+8) and application; 0 is no limit
	QueuedOperations int           `koanf:"queuedOperations"` // accepted and not yet committed; beyond it 429
	QueuedBytes      int           `koanf:"queuedBytes"`
	ReadTimeout      time.Duration `koanf:"readTimeout"`     // for a request's body to arrive
	WriteTimeout     time.Duration `koanf:"writeTimeout"`    // for a ledger to answer
	ShutdownTimeout  time.Duration `koanf:"shutdownTimeout"` // for accepted calls to finish

	// PerApplication sets other rates and quotas for some applications.
	PerApplication []ApplicationLimits `koanf:"perApplication"`
}

// ApplicationLimits are the rate and the quota of one application.
type ApplicationLimits struct {
	Name          string  `koanf:"name"`
	RatePerSecond float64 `koanf:"ratePerSecond"`
	Burst         int     `koanf:"burst"`
	DailyQuota    int64   `koanf:"dailyQuota"`
}

// Log is what the gateway says on its standard error.
type Log struct {
	Level string `koanf:"level"` // debug, info, warn or error
}

// Tracing names the OpenTelemetry collector that is told of every request. Empty:
// the one that OpenTelemetry's own environment names (OTEL_EXPORTER_OTLP_ENDPOINT),
// or none.
type Tracing struct {
	Endpoint string `koanf:"endpoint"` // URL of a collector that takes OTLP, such as http://127.0.0.1:4318
}

// TLS is the door's certificate; both empty serves plain HTTP, which is for a
// loopback address only, unless there is TLCP.
type TLS struct {
	Cert string `koanf:"cert"`
	Key  string `koanf:"key"`
	// Plain allows plain HTTP on another address than loopback, behind a proxy that ends TLS.
	Plain      bool   `koanf:"plain"`
	ClientAuth string `koanf:"clientAuth"` // none, request (verified where one is shown) or require
	ClientCAs  string `koanf:"clientCAs"`  // PEM file of the authorities of clients' certificates
}

// TLCP is national cryptography's TLS (传输层密码协议, GB/T 38636) on the same port:
// a certificate to sign with (签名证书) and one to encrypt to (加密证书). All empty: no TLCP.
type TLCP struct {
	SignCert    string `koanf:"signCert"`
	SignKey     string `koanf:"signKey"` // in the clear, or sealed under kek.file
	EncryptCert string `koanf:"encryptCert"`
	EncryptKey  string `koanf:"encryptKey"`
	ClientAuth  string `koanf:"clientAuth"` // none, request (verified where one is shown) or require
	ClientCAs   string `koanf:"clientCAs"`  // PEM file of the authorities of clients' certificates
}

// SubjectKey is the secret of the keyed hashes; empty: requests that name an
// identifier are refused.
type SubjectKey struct {
	File string `koanf:"file"` // mode 0600; gateway keys init makes it
}

// KEK is the key that seals the gateway's own secrets and stored jobs at rest;
// empty: they are stored as they are.
type KEK struct {
	File    string   `koanf:"file"`    // mode 0600; gateway keys init makes it
	Retired []string `koanf:"retired"` // earlier ones, while something is sealed under them
}

// Audit is the hash-chained log of every call.
type Audit struct {
	File     string `koanf:"file"`     // empty: audit.jsonl beside the connection file
	Sync     string `koanf:"sync"`     // second: on the disk within a second; each: before the call is answered
	MaxBytes int64  `koanf:"maxBytes"` // a larger file is closed and a new one begun
}

// Auth is how applications prove who they are.
type Auth struct {
	Window time.Duration `koanf:"window"` // longest life of a signed request
	Skew   time.Duration `koanf:"skew"`   // how far a caller's clock may be off
	// PerApplication holds some applications to certain ways: bearer, signature, mtls, tlcp.
	PerApplication []ApplicationAuth `koanf:"perApplication"`
}

// ApplicationAuth are the only ways in which one application may prove who it is.
type ApplicationAuth struct {
	Name    string   `koanf:"name"`
	Methods []string `koanf:"methods"`
}

// Defaults are what stands where nobody says otherwise.
func Defaults() Config {
	return Config{
		Listen:     "127.0.0.1:8080",
		Connection: "state/connection.json",
		Store:      Store{DSN: "sqlite:state/gateway/gateway.db"},
		Index:      Index{Enabled: true, Follow: true, Wait: 2 * time.Second},
		Limits: Limits{
			BodyBytes: 1 << 20, BatchBytes: 16 << 20, BatchOperations: 10_000, UploadBytes: 4 << 30, PageSize: 200,
			RatePerSecond: 0, Burst: 10_000, QueuedOperations: 50_000, QueuedBytes: 256 << 20, ReadTimeout: time.Minute, WriteTimeout: time.Minute, ShutdownTimeout: 30 * time.Second,
		},
		Auth:  Auth{Window: 5 * time.Minute, Skew: time.Minute},
		TLS:   TLS{ClientAuth: ClientsNone},
		TLCP:  TLCP{ClientAuth: ClientsNone},
		Log:   Log{Level: "info"},
		Audit: Audit{Sync: "second", MaxBytes: 1 << 30},

		Webhooks: Webhooks{Attempts: 16, Timeout: 10 * time.Second},
	}
}

// Load reads the defaults, the file at path (where path is not empty) and the
// environment, the later over the earlier, and checks the whole.
func Load(path string, environ []string) (*Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Defaults(), "koanf"), nil); err != nil {
		return nil, fmt.Errorf("defaults: %w", err)
	}
	keys := keysByEnv(k)
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("configuration %s: there is no such file", path)
			}
			return nil, fmt.Errorf("configuration %s: %w", path, err)
		}
	}
	unknown := unknownKeys(k, keys)
	provider := env.Provider(".", env.Opt{
		Prefix:      EnvPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key, ok := keys[name]
			if !ok {
				unknown = append(unknown, fmt.Errorf("environment variable %s sets nothing that the gateway knows", name))
			}
			return key, value
		},
	})
	if err := k.Load(provider, nil); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	var c Config
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: decoder(&c)})
	if err != nil {
		unknown = append(unknown, err)
	}
	return &c, errors.Join(errors.Join(unknown...), c.check())
}

func decoder(c *Config) *mapstructure.DecoderConfig {
	return &mapstructure.DecoderConfig{
		Result:           c,
		TagName:          "koanf",
		WeaklyTypedInput: true, // the environment holds texts only
		DecodeHook:       mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(",")),
	}
}

// keysByEnv maps HNC_GATEWAY_LIMITS_BODYBYTES to limits.bodyBytes for every key.
func keysByEnv(k *koanf.Koanf) map[string]string {
	keys := map[string]string{}
	for _, key := range k.Keys() {
		keys[EnvPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
	}
	return keys
}

func unknownKeys(k *koanf.Koanf, known map[string]string) []error {
	is := map[string]bool{}
	for _, key := range known {
		is[key] = true
	}
	var errs []error
	for _, key := range k.Keys() {
		if !is[key] {
			errs = append(errs, fmt.Errorf("%s is not a setting; the settings are %s", key, strings.Join(sortedValues(known), ", ")))
		}
	}
	return errs
}

func sortedValues(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	sort.Strings(all)
	return all
}

// Environ names every environment variable with the setting that it sets, for
// the help text.
func Environ() [][2]string {
	var all [][2]string
	walk(reflect.TypeFor[Config](), "", func(key string) {
		all = append(all, [2]string{EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")), key})
	})
	return all
}

func walk(t reflect.Type, prefix string, visit func(key string)) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("koanf")
		if f.Type.Kind() == reflect.Struct {
			walk(f.Type, key+".", visit)
			continue
		}
		visit(key)
	}
}

func fileExists(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a folder")
	}
	return nil
}
