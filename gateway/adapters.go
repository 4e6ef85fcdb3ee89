package main

import (
	"context"
	"fmt"

	"henanchain/gateway/fabric"
	"henanchain/gateway/rest"
	"henanchain/gateway/store"
	"henanchain/internal/catalog"
)

// readiness tells what the gateway misses to serve the ledgers. A contract that
// was not written here is its bringer's to keep up, and stops nobody else.
func readiness(network *fabric.Network, db *store.Store) func(context.Context) []rest.Check {
	var ledgers []string
	if contracts, err := catalog.Load(); err == nil { // it is embedded, and was read before
		for _, c := range contracts {
			ledgers = append(ledgers, c.Name)
		}
	}
	return func(ctx context.Context) []rest.Check {
		all := []rest.Check{{Name: "store", OK: true}}
		if err := db.Ping(ctx); err != nil {
			all[0] = rest.Check{Name: "store", Missing: err.Error()}
		}
		for _, ch := range network.Ready(ctx, ledgers).Channels {
			for _, group := range []struct {
				kind  string
				parts []fabric.PartReady
			}{{"peer", ch.Peers}, {"contract", ch.Contracts}} {
				for _, p := range group.parts {
					all = append(all, rest.Check{Name: fmt.Sprintf("%s/%s/%s", ch.Name, group.kind, p.Name), OK: p.Ready, Missing: p.Reason})
				}
			}
		}
		return all
	}
}
