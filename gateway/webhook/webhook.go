// Package webhook delivers events to the receivers that business systems
// subscribe: each at least once, those of one record in their order.
//
// What is in SQL says for each webhook how far it is in each channel, and which
// events before that were not taken yet. Both change together, after the
// deliveries that they tell of: whatever dies in between, an event is delivered
// again and never left out. An event that a receiver refuses is tried again
// with growing pauses, the later ones of the same record behind it, and becomes
// a dead letter in the end; while nobody is there at all, nothing is counted
// against any event, and the webhook goes on where it was.
//
// Whether the application may have an event is asked right before each attempt.
// An event that it may not have is left out, and counted as such; while it may
// have none of a channel at all, the channel's events wait where they are.
package webhook

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/index"
	"henanchain/gateway/store"
)

// Store keeps the webhooks; *store.Store in a gateway.
type Store interface {
	ClaimWebhooks(ctx context.Context) ([]*store.Webhook, error)
	Waiting(ctx context.Context, id string) ([]store.Delivery, error)
	Save(ctx context.Context, id string, revision int64, p *store.Progress) error
}

// Events are where events come from; *events.Hub in a gateway.
type Events interface {
	Now() (map[string]index.Head, <-chan struct{})
	Changes(ctx context.Context, channel string, after int64, limit int) ([]index.Change, int64, error)
}

// Rights decide what an application may have at this moment. A refusal is an
// events.Denied; any other error says that it cannot be told now. *rest.Server
// gives them in a gateway.
type Rights interface {
	// Follows is about all events of a channel.
	Follows(ctx context.Context, app, channel string) error
	// Receives is about one event.
	Receives(ctx context.Context, app string, c *index.Change) error
}

// Options tune a Deliverer.
type Options struct {
	// Attempts is how often an event is tried before it is given up (default 16:
	// for about five hours).
	Attempts int
	Metrics  prometheus.Registerer
	Log      *zap.Logger
}

// Deliverer delivers the webhooks of this gateway.
type Deliverer struct {
	store   Store
	events  Events
	sender  *Sender
	rights  Rights
	opts    Options
	wake    chan struct{}
	metrics *metrics
}

// New makes a deliverer. Run starts it.
func New(s Store, e Events, sender *Sender, rights Rights, o Options) *Deliverer {
	if o.Attempts <= 0 {
		o.Attempts = 16
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	return &Deliverer{store: s, events: e, sender: sender, rights: rights, opts: o, wake: make(chan struct{}, 1), metrics: newMetrics(o.Metrics)}
}

// Wake has webhooks looked at now that were changed.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// claimEvery is how soon a webhook is seen that another gateway changed or left.
const claimEvery = time.Second

// running is a webhook that is being delivered.
type running struct {
	revision int64
	stop     context.CancelFunc
	done     chan struct{}
}

// Run delivers until ctx ends. What is under way then is finished and stored.
func (d *Deliverer) Run(ctx context.Context) {
	all := map[string]*running{}
	var done sync.WaitGroup
	defer done.Wait()
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		hooks, err := d.store.ClaimWebhooks(ctx)
		if err != nil && ctx.Err() == nil {
			d.opts.Log.Warn("webhooks wait: the gateway's database does not answer", zap.Error(err))
		}
		if err == nil {
			d.arrange(ctx, all, hooks, &done)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.wake:
		}
	}
}

// arrange stops what is gone, begins anew what was changed, and starts what is new.
func (d *Deliverer) arrange(ctx context.Context, all map[string]*running, hooks []*store.Webhook, done *sync.WaitGroup) {
	there := map[string]bool{}
	for _, h := range hooks {
		there[h.ID] = true
	}
	for id, r := range all {
		if !there[id] {
			r.stop()
			<-r.done
			delete(all, id)
			d.metrics.forget(id)
		}
	}
	for _, h := range hooks {
		r := all[h.ID]
		if r != nil && r.revision == h.Revision && !ended(r.done) {
			continue
		}
		if r != nil {
			r.stop()
			<-r.done // never two at once: the order of a record's events is theirs
		}
		one, stop := context.WithCancel(ctx)
		r = &running{h.Revision, stop, make(chan struct{})}
		all[h.ID] = r
		w := &worker{Deliverer: d, hook: h, log: d.opts.Log.With(zap.String("webhook", h.ID), zap.String("app", h.App))}
		done.Go(func() {
			defer close(r.done)
			w.run(one)
		})
	}
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

type metrics struct {
	deliveries *prometheus.CounterVec
	waiting    *prometheus.GaugeVec
	seconds    prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "henanchain", Subsystem: "webhook", Name: "deliveries_total", Help: "Attempts to deliver an event, by what came of them: taken, refused, away or dead; denied: the application may not have it, and nothing was sent."}, []string{"outcome"}),
		waiting:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "henanchain", Subsystem: "webhook", Name: "waiting", Help: "Events that are to be tried again."}, []string{"webhook"}),
		seconds:    prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "henanchain", Subsystem: "webhook", Name: "seconds", Help: "Time until a receiver answered.", Buckets: []float64{.001, .005, .025, .1, .25, 1, 2.5, 10}}),
	}
	r.MustRegister(m.deliveries, m.waiting, m.seconds)
	return m
}

func (m *metrics) forget(id string) { m.waiting.DeleteLabelValues(id) }
