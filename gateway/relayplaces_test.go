package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"henanchain/gateway/config"
	"henanchain/gateway/store"
	"henanchain/gateway/store/storetest"
)

// keepers are a gateway and a carrier of one configuration, as they begin.
func keepers(t *testing.T, c *config.Config) (gateway, carrier func() *store.Store) {
	t.Helper()
	_, outbox, remove, err := relayOptions{}.places(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	opened := func(s *store.Store, err error) *store.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() }) //nolint:errcheck // it may be closed already
		return s
	}
	return func() *store.Store { return opened(openStore(context.Background(), c, &secrets{}, zap.NewNop())) },
		func() *store.Store { return opened(openOutbox(context.Background(), outbox, zap.NewNop())) }
}

// claimed are the transactions that a store takes up.
func claimed(t *testing.T, s *store.Store) string {
	t.Helper()
	entries, err := s.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.App+"/"+e.TxID)
	}
	return strings.Join(all, " ")
}

func TestAGatewayAndACarrierTakeUpTheirOwnTransactionsAlone(t *testing.T) {
	for name, dsn := range map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "gateway.db") },
		"PostgreSQL": func(t *testing.T) string { return storetest.Shared(t) },
	} {
		t.Run(name, func(t *testing.T) {
			openGateway, openCarrier := keepers(t, &config.Config{Store: config.Store{DSN: dsn(t)}})
			g, c := openGateway(), openCarrier() // both live, each the first of its kind
			for s, app := range map[*store.Store]string{g: "zhengzhou-notary", c: "province-relay"} {
				if err := s.Put(t.Context(), store.Entry{TxID: "of-" + app, Channel: "zhengzhou", Contract: "evidence", App: app, Bytes: []byte("b"), Signature: []byte("s")}); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := claimed(t, g); got != "" {
				t.Errorf("after the carrier's end the gateway takes up %s", got)
			}
			c = openCarrier()
			if got := claimed(t, c); got != "province-relay/of-province-relay" {
				t.Errorf("the next carrier takes up %q", got)
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			if got := claimed(t, c); got != "" {
				t.Errorf("after the gateway's end the carrier takes up %s", got)
			}
			if got := claimed(t, openGateway()); got != "zhengzhou-notary/of-zhengzhou-notary" {
				t.Errorf("the next gateway takes up %q", got)
			}
		})
	}
}
