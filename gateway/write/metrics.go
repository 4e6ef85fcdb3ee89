package write

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what an operator watches of the write path.
type metrics struct {
	operations *prometheus.CounterVec
	retries    *prometheus.CounterVec
	busy       prometheus.Counter
	batch      *prometheus.HistogramVec
	endorsing  *prometheus.HistogramVec
	committing *prometheus.HistogramVec
	storing    prometheus.Histogram
}

func newMetrics(r prometheus.Registerer, w *Writer) *metrics {
	const space, part = "henanchain", "write"
	where := []string{"channel", "contract"}
	seconds := prometheus.ExponentialBuckets(0.001, 2, 16)
	m := &metrics{
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Subsystem: part, Name: "operations_total",
			Help: "Operations by what became of them: done, existing, refused, busy, unavailable, pending, conflict or failed."}, append(where, "outcome")),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: space, Subsystem: part, Name: "retries_total",
			Help: "Transactions that were tried again, by the reason."}, append(where, "reason")),
		busy: prometheus.NewCounter(prometheus.CounterOpts{Namespace: space, Subsystem: part, Name: "busy_total",
			Help: "Calls that found the queue full."}),
		batch: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: space, Subsystem: part, Name: "batch_operations",
			Help: "Operations in a committed transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 11)}, where),
		endorsing: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: space, Subsystem: part, Name: "endorse_seconds",
			Help: "Time until a transaction is endorsed.", Buckets: seconds}, where),
		committing: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: space, Subsystem: part, Name: "commit_seconds",
			Help: "Time until a transaction is known to be committed, endorsement included.", Buckets: seconds}, where),
		storing: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: space, Subsystem: part, Name: "outbox_seconds",
			Help: "Time until a transaction is in the outbox on disk.", Buckets: seconds}),
	}
	if r != nil {
		queued := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: space, Subsystem: part, Name: "queued_operations",
			Help: "Operations that are accepted and not settled."}, func() float64 { return float64(w.queued.Load()) })
		r.MustRegister(m.operations, m.retries, m.busy, m.batch, m.endorsing, m.committing, m.storing, queued)
	}
	return m
}

func (m *metrics) endorse(l *line, began time.Time) {
	m.endorsing.WithLabelValues(l.key.channel, l.key.contract).Observe(time.Since(began).Seconds())
}

func (m *metrics) outbox(began time.Time) { m.storing.Observe(time.Since(began).Seconds()) }

func (m *metrics) committed(l *line, n int, began time.Time) {
	m.batch.WithLabelValues(l.key.channel, l.key.contract).Observe(float64(n))
	m.committing.WithLabelValues(l.key.channel, l.key.contract).Observe(time.Since(began).Seconds())
}

func (m *metrics) answered(l *line, o Outcome) {
	m.operations.WithLabelValues(l.key.channel, l.key.contract, o.kind()).Inc()
}

// kind is one word for what became of a request.
func (o *Outcome) kind() string {
	var (
		away     ErrUnavailable
		pending  ErrPending
		conflict ErrConflict
	)
	switch {
	case errors.As(o.Err, &away):
		return "unavailable"
	case errors.As(o.Err, &pending):
		return "pending"
	case errors.As(o.Err, &conflict):
		return "conflict"
	case o.Err != nil:
		return "failed"
	case o.Result.Refusal != nil:
		return "refused"
	case o.Result.Existing:
		return "existing"
	default:
		return "done"
	}
}
