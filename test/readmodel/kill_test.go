//go:build e2e

package readmodel

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"henanchain/gateway/client"
	"henanchain/gateway/store/storetest"
	"henanchain/test/testnet"
)

// The follower, the gateway that delivers and the database that both keep their
// state in are killed at random moments, while blocks arrive: nothing is
// missing afterwards, and nothing is other than the ledger.
func TestKillsOfTheFollowerAndOfTheDatabaseLoseNothing(t *testing.T) {
	cluster := storetest.Postgres(t)
	env := settings(t, cluster.DSN(), "HNC_GATEWAY_INDEX_FOLLOW=false", "HNC_GATEWAY_STORE_DSN="+cluster.DSN())
	p, f := serve(t, env), follow(t, env)
	p.caughtUp()
	hook := newTaken()
	id := hook.subscribe(t, p, notary)

	outside := &program{t: t, url: net.Connection.Gateway}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all []string
	var writing sync.WaitGroup
	writing.Go(func() { all = writes(t, ctx, outside.system(notary)) })
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	killed := map[string]int{}
	for range testnet.Kills(t, 5) {
		// The random moment at which it is killed, and how long it is away.
		time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
		away := time.Duration(r.IntN(1500)) * time.Millisecond
		switch r.IntN(5) {
		case 0, 1:
			killed["follower"]++
			f.kill()
			time.Sleep(away)
			f.start()
		case 2, 3:
			killed["database"]++
			cluster.Kill()
			time.Sleep(away)
			cluster.Start(t)
		default:
			killed["gateway"]++
			p.kill()
			time.Sleep(away)
			p.start()
		}
	}
	stop()
	writing.Wait()
	t.Logf("killed %v", killed)
	p.ready()
	testnet.Eventually(t, "the read model has the last record", func() error { return p.holds(all[len(all)-1]) })
	testnet.Eventually(t, "an event has come of every record", func() error { return hook.lacks(all) })
	testnet.Eventually(t, "the webhook has delivered everything", func() error { return settled(p, id) })
	hook.check(t, all)
	if out := must(t, env, "compare"); has(out, " 0 differences") != nil {
		t.Errorf("compare: %s", out)
	} else {
		t.Log(out)
	}
}

// writes makes records, and later versions of some, until ctx ends.
func writes(t *testing.T, ctx context.Context, c *client.Client) (all []string) {
	t.Helper()
	for i := 0; ctx.Err() == nil; i++ {
		ids := made(t, c, fmt.Sprintf("kill %d", i), 30)
		for _, one := range ids[:2] {
			if _, err := c.Do(context.WithoutCancel(ctx), city, "evidence", "evidences", one, "submit", fields{"caseNo": fmt.Sprintf("（2026）豫01民初%d号", i+1)}); err != nil {
				t.Error(err)
			}
		}
		all = append(all, ids...)
		time.Sleep(200 * time.Millisecond)
	}
	return all
}
