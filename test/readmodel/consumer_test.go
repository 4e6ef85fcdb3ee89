//go:build e2e

package readmodel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"henanchain/internal/connection"
	"henanchain/test/testnet"
)

const (
	consumer = "zhengzhou-consumer" // exists for a service, on the bank's behalf
	bank     = "zhengzhou-bank"
	registry = "zhengzhou-registry" // provides services, and decides on them
)

// Routes that are of no city are provisioned on the main channel, and so is the
// rest here. It counts for the city's records too.
var (
	subscribing = []string{"POST /v1/webhooks", "GET /v1/events"}
	looking     = []string{"GET /v1/webhooks/{webhook}"}
	reading     = []string{"GET /v1/{city}/evidence/evidences/{id}"}
)

// provided is a gateway through which the bank applies to the registry's services
// on the main channel.
type provided struct {
	*program
	t       *testing.T
	service string
	n       int
}

// atMain lets two systems call the main channel too, which the topology does not.
func atMain(t *testing.T) (file string) {
	t.Helper()
	c := *net.Connection
	c.Applications = nil
	for _, a := range net.Connection.Applications {
		if a.Name == bank || a.Name == registry {
			a.Cities = append([]string{c.MainChannel}, a.Cities...)
		}
		c.Applications = append(c.Applications, a)
	}
	file = filepath.Join(t.TempDir(), connection.FileName)
	if err := c.Write(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// do writes to the sharing ledger of the main channel, and fails the test where it may not.
func (p *provided) do(system, path string, in fields) {
	p.t.Helper()
	if status, _, body := p.call(system, http.MethodPost, "/v1/"+net.Connection.MainChannel+"/sharing/"+path, in); status >= 300 {
		p.t.Fatalf("%s: %d %s", path, status, body)
	}
}

// provision has an application to the service that ends in these routes, and
// answers its number.
func (p *provided) provision(routes []string) string {
	p.t.Helper()
	p.n++
	id := fmt.Sprintf("E%d-%s", p.n, run)
	p.do(bank, "applications", fields{"applicationId": id, "serviceId": p.service, "purpose": "贷后管理", "basis": "共享条例"})
	p.do(registry, "applications/"+id+"/approve", fields{"reason": "符合条件"})
	p.do(registry, "applications/"+id+"/provision", fields{"system": consumer, "routes": routes, "maxPerDay": 10_000})
	return id
}

func (p *provided) revoke(id string) {
	p.t.Helper()
	p.do(registry, "applications/"+id+"/revoke", fields{"reason": "停用"})
}

// standing is what the consumer's webhook says of itself.
type standing struct {
	Waiting, DeadLetters int
	Held                 map[string]struct{ Code string }
	Denied               struct {
		Count int
		Code  string
	}
}

// receive has the consumer receive the city's events of evidence, by a webhook and
// by a stream.
func (p *provided) receive() (hook, stream *taken, id string) {
	p.t.Helper()
	hook, stream = newTaken(), newTaken()
	id = hook.subscribe(p.t, p.program, consumer)
	token, err := net.Token(consumer)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.t.Cleanup(stop)
	go stream.listen(ctx, p.url, token)
	opening := 0
	testnet.Eventually(p.t, "the stream is open", func() error {
		if opening++; stream.count() == 0 {
			p.deposit(fmt.Sprint("consumer opening ", opening))
			return errors.New("no event has come")
		}
		return nil
	})
	return hook, stream, id
}

// An application that exists for a service gets events as long as it might read
// the records, by both ways, and no longer.
func TestEventsEndWithTheServiceThatTheyWereFor(t *testing.T) {
	p := &provided{program: serve(t, settings(t, "", "HNC_GATEWAY_CONNECTION="+atMain(t))), t: t, service: "FW-E" + run}
	p.caughtUp()
	p.do(registry, "services", fields{"serviceId": p.service, "name": "存证事件服务", "items": []string{}, "routes": append(append(append([]string{}, subscribing...), looking...), reading...), "maxPerDay": 10_000})
	if status, _, body := p.call(consumer, http.MethodPost, "/v1/webhooks", fields{"url": "http://127.0.0.1:1/"}); status != http.StatusForbidden {
		t.Fatalf("before its application the consumer is answered with %d %s", status, body)
	}
	p.provision(looking)
	subscribed, read := p.provision(subscribing), p.provision(reading)
	hook, stream, id := p.receive()
	both := func(what, record string) {
		t.Helper()
		testnet.Eventually(t, what, func() error { return errors.Join(hook.lacks([]string{record}), stream.lacks([]string{record})) })
	}
	both("the event while the service is provisioned", p.deposit("consumer first"))

	p.revoke(read)
	denied := p.deposit("consumer without reading")
	testnet.Eventually(t, "the webhook says that it leaves the event out, and why", func() error {
		if s := askAs[standing](p.program, consumer, http.MethodGet, "/v1/webhooks/"+id, nil); s.Denied.Count != 1 || s.Denied.Code != "SERVICE_NOT_PROVISIONED" || s.Waiting+s.DeadLetters+len(s.Held) != 0 {
			return fmt.Errorf("it stands at %+v", s)
		}
		return nil
	})
	p.provision(reading)
	both("the event once it may read again", p.deposit("consumer reading again"))

	p.revoke(subscribed)
	held := p.deposit("consumer without subscribing")
	testnet.Eventually(t, "the webhook says that the city waits, and why", func() error {
		if s := askAs[standing](p.program, consumer, http.MethodGet, "/v1/webhooks/"+id, nil); s.Held[city].Code != "SERVICE_NOT_PROVISIONED" || s.Denied.Count != 1 {
			return fmt.Errorf("it stands at %+v", s)
		}
		return nil
	})
	testnet.Eventually(t, "the read model has the record", func() error { return p.holds(held) })
	if hook.lacks([]string{held}) == nil || stream.lacks([]string{held}) == nil {
		t.Error("an event came after the service by which the consumer subscribed was revoked")
	}
	p.provision(subscribing)
	both("what waited", held)
	if hook.lacks([]string{denied}) == nil || stream.lacks([]string{denied}) == nil {
		t.Error("an event came of a record that the consumer could not read then")
	}
}

// deposit makes a record as the notary.
func (p *provided) deposit(name string) string {
	p.t.Helper()
	return made(p.t, p.system(notary), name, 1)[0]
}
