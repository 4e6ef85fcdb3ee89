//go:build e2e

package readmodel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"henanchain/test/testnet"
)

// Events by both ways, while the gateway is killed and started again.
func TestEventsGoOnWhereTheyWereWhenTheGatewayIsKilled(t *testing.T) {
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			p := serve(t, settings(t, dsn(t)))
			p.caughtUp()
			hook, stream := newTaken(), newTaken()
			id := hook.subscribe(t, p, notary)
			token, err := net.Token(notary)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go stream.listen(ctx, p.url, token)

			outside := &program{t: t, url: net.Connection.Gateway} // the network's own gateway goes on all the time
			if made := made(t, outside.system(notary), "first "+name, 1); len(made) != 1 {
				t.Fatal("nothing was made")
			}
			testnet.Eventually(t, "an event comes by both ways", func() error {
				if stream.count() == 0 || hook.count() == 0 {
					return fmt.Errorf("%d events by the stream, %d by the webhook", stream.count(), hook.count())
				}
				return nil
			})
			var all []string
			for round := range 3 {
				all = append(all, made(t, outside.system(notary), fmt.Sprintf("before %s %d", name, round), 60)...)
				p.kill()
				all = append(all, made(t, outside.system(notary), fmt.Sprintf("while it is away %s %d", name, round), 60)...)
				p.start()
				p.ready()
			}
			for i, one := range all[:20] { // later versions, of which the order shows
				if _, err := outside.system(notary).Do(t.Context(), city, "evidence", "evidences", one, "submit", fields{"caseNo": fmt.Sprintf("（2026）豫01民初%d号", i+1)}); err != nil {
					t.Fatal(err)
				}
			}
			testnet.Eventually(t, "the read model has the last record", func() error { return p.holds(all[len(all)-1]) })
			testnet.Eventually(t, "every event has come by both ways", func() error {
				if stream.count() < len(all)+20 {
					return fmt.Errorf("%d of %d events by the stream", stream.count(), len(all)+20)
				}
				return errors.Join(hook.lacks(all), settled(p, id))
			})
			hook.check(t, all)
			stream.check(t, all)
			replays(t, p, id, hook)
		})
	}
}

// replays has the events sent again, from the block of the first on.
func replays(t *testing.T, p *program, id string, hook *taken) {
	t.Helper()
	first := func() (event, int) {
		hook.mu.Lock()
		defer hook.mu.Unlock()
		return hook.first[0], hook.times[hook.first[0].ID]
	}
	one, before := first()
	ask[struct{}](p, http.MethodPost, "/v1/webhooks/"+id+":replay", fields{"city": city, "block": one.Data.Block})
	testnet.Eventually(t, "the first event comes again", func() error {
		if _, times := first(); times <= before {
			return fmt.Errorf("it came %d times", times)
		}
		return nil
	})
	if got := ask[struct{ Delivered bool }](p, http.MethodPost, "/v1/webhooks/"+id+":test", nil); !got.Delivered {
		t.Errorf("a test was answered %+v", got)
	}
}
