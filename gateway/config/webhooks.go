package config

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Webhooks is how events are posted to business systems.
type Webhooks struct {
	// Key signs every request (SM2, RFC 9421); empty: the receivers' own
	// authentication codes stand alone. Mode 0600; gateway keys init makes it.
	Key string `koanf:"key"`
	// Networks may be called beside the public internet, such as 10.0.0.0/8.
	Networks []string `koanf:"networks"`
	Plain    bool     `koanf:"plain"`    // allows http:// beside https://
	Attempts int      `koanf:"attempts"` // after so many an event is given up; 16 take about five hours
	// Timeout bounds one attempt.
	Timeout time.Duration `koanf:"timeout"`
}

// Prefixes reads the networks.
func (w Webhooks) Prefixes() ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for _, text := range w.Networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("webhooks.networks: %q must be an address and a length, such as 10.0.0.0/8", text))
		}
		all = append(all, p.Masked())
	}
	return all, errors.Join(errs...)
}

// check finds the mistakes of the webhooks' settings.
func (w Webhooks) check() []error {
	var errs []error
	if _, err := w.Prefixes(); err != nil {
		errs = append(errs, err)
	}
	if w.Attempts < 1 || w.Attempts > 1000 {
		errs = append(errs, fmt.Errorf("webhooks.attempts: is %d and must be from 1 to 1000", w.Attempts))
	}
	if w.Timeout <= 0 || w.Timeout > 5*time.Minute {
		errs = append(errs, fmt.Errorf("webhooks.timeout: is %s and must be more than nothing and at most 5 minutes", w.Timeout))
	}
	return errs
}
