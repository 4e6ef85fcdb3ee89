package follow

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"henanchain/gateway/index"
)

type metrics struct {
	block, alarm                            *prometheus.GaugeVec
	blocks, writes, compared, disagreements *prometheus.CounterVec
	refused, interrupted                    *prometheus.CounterVec
	lag, seconds                            *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "henanchain", Subsystem: "follow", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "henanchain", Subsystem: "follow", Name: name, Help: help}, []string{"channel"})
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "henanchain", Subsystem: "follow", Name: name, Help: help,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}}, []string{"channel"})
	}
	m := &metrics{
		block:         gauge("block", "Last block in the read model."),
		alarm:         gauge("alarm", "1 while the channel is stopped because a block did not verify."),
		blocks:        counter("blocks_total", "Blocks put into the read model.", "channel"),
		writes:        counter("writes_total", "Keys that those blocks write.", "channel"),
		compared:      counter("compared_total", "Blocks that a second peer told as well.", "channel"),
		disagreements: counter("disagreements_total", "Blocks of which two peers told different things.", "channel"),
		refused:       counter("refused_total", "Blocks that did not verify, by the peer that told them.", "channel", "peer"),
		interrupted:   counter("interrupted_total", "Deliveries that a peer ended.", "channel", "peer"),
		lag:           histogram("lag_seconds", "From the latest transaction time in a block to when it can be read here: endorsing and ordering are in it."),
		seconds:       histogram("write_seconds", "Time of one database transaction."),
	}
	r.MustRegister(m.block, m.alarm, m.blocks, m.writes, m.compared, m.disagreements, m.refused, m.interrupted, m.lag, m.seconds)
	return m
}

func (m *metrics) wrote(channel string, last *index.Block, blocks, writes int, took time.Duration) {
	m.block.WithLabelValues(channel).Set(float64(last.Number))
	m.blocks.WithLabelValues(channel).Add(float64(blocks))
	m.writes.WithLabelValues(channel).Add(float64(writes))
	m.seconds.WithLabelValues(channel).Observe(took.Seconds())
	for _, t := range last.Transactions {
		if !t.Time.IsZero() {
			m.lag.WithLabelValues(channel).Observe(time.Since(t.Time).Seconds())
			break
		}
	}
}

// forget drops a channel that is gone.
func (m *metrics) forget(channel string) {
	m.block.DeleteLabelValues(channel)
	m.alarm.DeleteLabelValues(channel)
}
