package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/store/storetest"
)

// beside opens a running store and, beside it, what the commands open.
func beside(t *testing.T, test func(t *testing.T, dsn string, s *Store, c *Credentials)) {
	for engine, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "gateway.db") },
		"postgres": func(t *testing.T) string { return storetest.Shared(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			source := dsn(t)
			s, err := Open(t.Context(), source, Options{})
			must(t, err)
			t.Cleanup(func() { s.Close() })
			c, err := OpenCredentials(t.Context(), source)
			must(t, err)
			t.Cleanup(func() { c.Close() })
			test(t, source, s, c)
		})
	}
}

func TestACredentialIsSeenAndRevokedBesideARunningGateway(t *testing.T) {
	beside(t, func(t *testing.T, _ string, s *Store, c *Credentials) {
		ctx := t.Context()
		if _, err := s.Credential(ctx, "aa"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("before it is there: %v", err)
		}
		made := time.Now().Truncate(time.Millisecond)
		must(t, c.Add(ctx, &Credential{ID: "aa", App: "bank", Kind: KindToken, Label: "first", Created: made, Expires: made.Add(time.Hour)}))
		must(t, c.Add(ctx, &Credential{ID: "bb", App: "bank", Kind: KindKey, Public: "PEM", Created: made}))
		must(t, c.Add(ctx, &Credential{ID: "cc", App: "court", Kind: KindKey, Created: made}))
		if err := c.Add(ctx, &Credential{ID: "aa", App: "court", Kind: KindToken, Created: made}); !errors.Is(err, ErrExists) {
			t.Fatalf("the same again: %v", err)
		}
		got, err := s.Credential(ctx, "aa")
		if err != nil || got.App != "bank" || got.Kind != KindToken || got.Label != "first" || !got.Created.Equal(made) || !got.Expires.Equal(made.Add(time.Hour)) || !got.Revoked.IsZero() {
			t.Fatalf("it reads %+v, %v", got, err)
		}
		if got, err := s.Credential(ctx, "bb"); err != nil || !got.Expires.IsZero() || got.Public != "PEM" {
			t.Fatalf("it reads %+v, %v", got, err)
		}
		must(t, c.Revoke(ctx, "aa", made.Add(time.Second)))
		must(t, c.Revoke(ctx, "aa", made.Add(time.Minute)))
		if got, err := s.Credential(ctx, "aa"); err != nil || !got.Revoked.Equal(made.Add(time.Second)) {
			t.Fatalf("revoked, it reads %+v, %v", got, err)
		}
		if err := c.Revoke(ctx, "nothing", made); !errors.Is(err, ErrNotFound) {
			t.Fatalf("revoke nothing: %v", err)
		}
		var ids []string
		all, err := c.List(ctx, "bank")
		must(t, err)
		for _, cr := range all {
			ids = append(ids, cr.ID)
		}
		keys, err := c.List(ctx, "", KindKey)
		if must(t, err); strings.Join(ids, " ") != "aa bb" || len(keys) != 2 {
			t.Fatalf("the bank has %v, and there are %d keys", ids, len(keys))
		}
	})
}

func TestCredentialsCanBeRegisteredBeforeAnyGatewayRan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "gateway.db")
	c, err := OpenCredentials(t.Context(), "sqlite:"+path)
	must(t, err)
	must(t, c.Add(t.Context(), &Credential{ID: "aa", App: "bank", Kind: KindToken, Created: time.Now()}))
	must(t, c.Close())
	s, err := Open(t.Context(), path, Options{})
	must(t, err)
	defer s.Close()
	if _, err := s.Credential(t.Context(), "aa"); err != nil {
		t.Fatal(err)
	}
}

// Of many requests with one nonce, at two gateways, one is the first.
func TestANonceIsTakenOnceByAllGatewaysTogether(t *testing.T) {
	dsn := storetest.Shared(t)
	var gateways [2]*Store
	for i := range gateways {
		s, err := Open(context.Background(), dsn, Options{})
		must(t, err)
		defer s.Close()
		gateways[i] = s
	}
	const nonces, tries = 20, 8
	var fresh [nonces]atomic.Int64
	var wg sync.WaitGroup
	for n := range nonces {
		for i := range tries {
			wg.Go(func() {
				ok, err := gateways[i%2].TakeNonce(context.Background(), "key", strings.Repeat("n", n+1), time.Now().Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh[n].Add(1)
				}
			})
		}
	}
	wg.Wait()
	for n := range fresh {
		if got := fresh[n].Load(); got != 1 {
			t.Errorf("nonce %d was fresh %d times", n, got)
		}
	}
}

func TestANonceOutlivesTheGatewayAndIsForgottenWhenItExpires(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		take := func(s *Store, key string, expires time.Time, want bool) {
			t.Helper()
			if fresh, err := s.TakeNonce(t.Context(), key, "nonce", expires); err != nil || fresh != want {
				t.Fatalf("fresh is %v (%v), want %v", fresh, err, want)
			}
		}
		s := open(t, Options{})
		take(s, "a", time.Now().Add(time.Hour), true)
		take(s, "b", time.Now().Add(-time.Second), true)
		take(s, "a", time.Now().Add(time.Hour), false)
		must(t, s.Close())
		s = open(t, Options{})
		take(s, "a", time.Now().Add(time.Hour), false)
		must(t, s.Sweep(t.Context()))
		take(s, "a", time.Now().Add(time.Hour), false)
		take(s, "b", time.Now().Add(time.Hour), true)
	})
}
