package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"

	"henanchain/gateway/events"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// registry is a hand-over that changes while the gateway runs.
type registry struct {
	atomic.Pointer[connection.Connection]
}

func (r *registry) Connection() *connection.Connection { return r.Load() }

// change puts another hand-over in force.
func (r *registry) change(f func(c *connection.Connection)) {
	c := *r.Load()
	c.Applications = slices.Clone(c.Applications)
	f(&c)
	r.Store(&c)
}

// consumed is a door at which the depositor exists for services, with the read
// model in which these are provisioned for it.
type consumed struct {
	*door
	*model
	t         *testing.T
	registry  *registry
	callsADay int
	versions  map[string]int
}

// What is provisioned for the depositor: to subscribe and to look at that, and to
// read evidence, and something else.
var (
	subscribing = []string{subscribeRoute, "GET /v1/events"}
	looking     = []string{"GET /v1/webhooks/{webhook}"}
	reading     = []string{"GET /v1/{city}/evidence/evidences/{id}"}
	others      = []string{"GET /v1/{city}/sharing/items/{id}"}
)

func openConsumed(t *testing.T, callsADay int) *consumed {
	t.Helper()
	c := &consumed{model: new(model), t: t, registry: new(registry), callsADay: callsADay, versions: map[string]int{}}
	c.door = open(t, realContracts(t), withModel(t, c.model), func(o *Options) {
		application(o.Network.Connection(), "depositor").Roles = []string{ServiceConsumer}
		c.registry.Store(o.Network.Connection())
		o.Network, o.IndexWait = c.registry, time.Second
	})
	c.provision("subscribing", "PROVISIONED", subscribing)
	c.provision("looking", "PROVISIONED", looking)
	c.provision("reading", "PROVISIONED", reading)
	c.provision("others", "PROVISIONED", others)
	return c
}

// provision writes how an application to a service stands, on the main channel.
func (c *consumed) provision(id, status string, routes []string) {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"system": "depositor", "routes": routes, "maxPerDay": c.callsADay})
	if err != nil {
		c.t.Fatal(err)
	}
	c.versions[id]++
	c.put(c.t, "henan", sharingLedger, operation.Record{Type: "application", ID: id, Version: c.versions[id], Status: status, Op: "Write",
		Dept: application(town(), "depositor").Dept, Body: body})
}

// ends are ways in which the depositor's right to events of evidence ends, and
// comes back.
var ends = map[string]struct {
	end, back func(*consumed)
	code      string
	waits     bool // nothing of the city may be delivered, and nothing is left out
}{
	"the service by which it reads is revoked": {
		end:  func(c *consumed) { c.provision("reading", "REVOKED", reading) },
		back: func(c *consumed) { c.provision("reading", "PROVISIONED", reading) }, code: "SERVICE_NOT_PROVISIONED",
	},
	"the service by which it reads is provisioned for less": {
		end: func(c *consumed) {
			c.provision("reading", "PROVISIONED", []string{"GET /v1/{city}/evidence/evidences"})
		},
		back: func(c *consumed) { c.provision("reading", "PROVISIONED", reading) }, code: "SERVICE_NOT_PROVISIONED",
	},
	"the service by which it subscribed is revoked": {
		end:  func(c *consumed) { c.provision("subscribing", "REVOKED", subscribing) },
		back: func(c *consumed) { c.provision("subscribing", "PROVISIONED", subscribing) }, code: "SERVICE_NOT_PROVISIONED", waits: true,
	},
	"its city is taken from it": {
		end: func(c *consumed) {
			c.registry.change(func(n *connection.Connection) { application(n, "depositor").Cities = []string{"kaifeng"} })
		},
		back: (*consumed).asItWas, code: "CITY_FORBIDDEN", waits: true,
	},
	"it is no application of the network any more": {
		end: func(c *consumed) {
			c.registry.change(func(n *connection.Connection) {
				n.Applications = slices.DeleteFunc(n.Applications, func(a connection.Application) bool { return a.Name == "depositor" })
			})
		},
		back: (*consumed).asItWas, code: "UNAUTHENTICATED", waits: true,
	},
}

// asItWas puts the hand-over in force with which the door began.
func (c *consumed) asItWas() {
	c.registry.change(func(n *connection.Connection) {
		n.Applications = town().Applications
		application(n, "depositor").Roles = []string{ServiceConsumer}
	})
}

func TestAWebhookIsSentWhatItsApplicationMayReadAtThatMoment(t *testing.T) {
	for name, way := range ends {
		t.Run(name, func(t *testing.T) {
			c := openConsumed(t, 100_000)
			r, url := receive(t, c.model)
			w := hookOf(t, c.call(t, "POST", "/v1/webhooks", `{"url":"`+url+`","cities":["zhengzhou"],"ledgers":["evidence"]}`), 201)
			c.write(t, "zhengzhou", "Deposit", "a")
			within(t, "the event while it has the right", func() bool { return r.count() == 1 })

			way.end(c)
			c.write(t, "zhengzhou", "Deposit", "b")
			stands := func() webhookDocument { return hookOf(t, c.call(t, "GET", "/v1/webhooks/"+w.ID, ""), 200) }
			if way.waits {
				time.Sleep(200 * time.Millisecond)
				if d := stands(); d.Held["zhengzhou"].Code != way.code || d.Denied != nil || d.Positions["zhengzhou"] != "zhengzhou-1" {
					t.Errorf("while the right is away it stands at %+v", d)
				}
			} else {
				within(t, "that the event is left out", func() bool { return stands().Positions["zhengzhou"] == "zhengzhou-2" })
				if d := stands(); len(d.Held) != 0 || d.Denied == nil || d.Denied.Count != 1 || d.Denied.Code != way.code || d.DeadLetters+d.Waiting != 0 || d.Last.Error != "" {
					t.Errorf("while the right is away it stands at %+v", d)
				}
			}
			if r.count() != 1 {
				t.Errorf("%d events came", r.count())
			}
			way.back(c)
			c.write(t, "zhengzhou", "Deposit", "c")
			want := map[bool]string{true: "zhengzhou-1 zhengzhou-2 zhengzhou-3", false: "zhengzhou-1 zhengzhou-3"}[way.waits]
			within(t, "the events once the right is back", func() bool { return len(r.ids()) == len(strings.Fields(want)) })
			if got := strings.Join(r.ids(), " "); got != want {
				t.Errorf("came %s, want %s", got, want)
			}
		})
	}
}

func TestAStreamHoldsWhatItsCallerMayReadAtThatMomentAndEndsWithItsOwnRight(t *testing.T) {
	for name, way := range ends {
		t.Run(name, func(t *testing.T) {
			c := openConsumed(t, 100_000)
			s := c.stream(t, "/v1/events?city=zhengzhou")
			c.write(t, "zhengzhou", "Deposit", "a")
			within(t, "the event while it has the right", func() bool { return s.got() == "zhengzhou-1" })
			way.end(c)
			c.write(t, "zhengzhou", "Deposit", "b")
			if way.waits {
				within(t, "the end of the stream", s.over)
				if got := s.got(); got != "zhengzhou-1" {
					t.Errorf("came %s", got)
				}
				return
			}
			c.put(t, "zhengzhou", sharingLedger, operation.Record{Type: "item", ID: "306001/1", Status: "PUBLISHED", Op: "PublishItem", Body: json.RawMessage(`{}`)})
			within(t, "the event of the other ledger, before which the first was looked at", func() bool { return strings.HasSuffix(s.got(), "zhengzhou-3") })
			way.back(c)
			c.write(t, "zhengzhou", "Deposit", "c")
			within(t, "the next event once the right is back", func() bool { return strings.HasSuffix(s.got(), "zhengzhou-4") })
			if got := s.got(); got != "zhengzhou-1 zhengzhou-3 zhengzhou-4" || s.over() {
				t.Errorf("came %s; ended: %v", got, s.over())
			}
		})
	}
}

// An event is no call: what was agreed to be called in a day is not used up by it.
func TestEventsAreNotCountedAsCalls(t *testing.T) {
	c := openConsumed(t, 20)
	s := c.stream(t, "/v1/events?city=zhengzhou&ledger=evidence")
	for range c.callsADay + 5 {
		c.write(t, "zhengzhou", "Deposit", "a"+time.Now().Format("150405.000000000"))
	}
	within(t, "all events", func() bool { return len(strings.Fields(s.got())) == c.callsADay+5 })
	if a := c.call(t, "GET", evidences+"/x", ""); a.status != 404 || a.code(t) != "RECORD_NOT_FOUND" {
		t.Errorf("a call after them: %d %s", a.status, a.body)
	}
}

// A read model that is made again begins before the provisions that were looked at.
func TestWhatWasProvisionedIsNotForgottenWhileTheReadModelIsMadeAgain(t *testing.T) {
	c := openConsumed(t, 100_000)
	if a := c.call(t, "GET", evidences+"/x", ""); a.code(t) != "RECORD_NOT_FOUND" {
		t.Fatalf("provisioned: %d %s", a.status, a.body)
	}
	if err := c.Clear(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	c.next = map[string]uint64{}
	c.put(t, "henan", sharingLedger)
	if a := c.call(t, "GET", evidences+"/x", ""); a.status != 503 || a.code(t) != "INDEX_BEHIND" {
		t.Errorf("while it is made again: %d %s", a.status, a.body)
	}
}

// stream is a stream of events that is open as long as the gateway leaves it so.
type stream struct {
	mu    sync.Mutex
	ids   []string
	ended bool
}

func (c *consumed) stream(t *testing.T, path string) *stream {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+depositorToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the stream is answered with %d", resp.StatusCode)
	}
	s := &stream{}
	go func() {
		defer resp.Body.Close()
		for e, err := range sse.Read(resp.Body, nil) {
			var got events.Event
			if err != nil || e.Data == "" || json.Unmarshal([]byte(e.Data), &got) != nil {
				continue
			}
			s.mu.Lock()
			s.ids = append(s.ids, got.ID)
			s.mu.Unlock()
		}
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
	}()
	return s
}

func (s *stream) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.ids, " ")
}

func (s *stream) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
