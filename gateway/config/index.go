package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// check finds the mistakes of the read model's settings.
func (i Index) check() []error {
	var errs []error
	if i.DSN != "" {
		if _, _, err := (Store{DSN: i.DSN}).Driver(); err != nil {
			errs = append(errs, errors.New("index.dsn: must be sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE, or empty"))
		}
	}
	if _, err := i.Pins(); err != nil {
		errs = append(errs, err)
	}
	if i.Wait < 0 || i.Wait > time.Minute {
		errs = append(errs, fmt.Errorf("index.wait: is %s and must be from 0 to a minute", i.Wait))
	}
	return errs
}

// Pins reads the pinned hashes of genesis blocks.
func (i Index) Pins() (map[string][]byte, error) {
	pins := map[string][]byte{}
	for _, text := range i.Genesis {
		channel, digits, _ := strings.Cut(text, "=")
		hash, err := hex.DecodeString(digits)
		if err != nil || len(hash) != 32 || channel == "" {
			return nil, fmt.Errorf("index.genesis: %q must be CHANNEL=HASH with 64 hexadecimal digits", text)
		}
		pins[channel] = hash
	}
	return pins, nil
}

// IndexSource is the read model's database, as its package opens it.
func (c *Config) IndexSource() string {
	if c.Index.DSN != "" {
		return c.Index.DSN
	}
	if kind, source, err := c.Store.Driver(); err == nil && kind == "sqlite" {
		return "sqlite:" + filepath.Join(filepath.Dir(source), "index.db")
	}
	return c.Store.DSN
}
