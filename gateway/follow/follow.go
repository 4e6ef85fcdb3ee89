// Package follow reads the blocks of every channel from its peers, verifies
// each, and puts them into the index.
//
// Of each channel two peers are read at once, of two organisations where there
// are: the first copy of a block that comes is verified and indexed, the other
// is held against it. A block that does not verify stops its channel with an
// alarm, whichever peer it came from; it is tried again after a while. Peers
// that tell different things of what orderers do not sign (the validation
// flags, the commit hash) are reported, and the first one is followed.
package follow

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"henanchain/gateway/index"
)

// Source delivers blocks as peers tell them; *fabric.Network in a gateway.
type Source interface {
	Channels() []string
	// ReaderOf names an application in whose name a channel is read.
	ReaderOf(channel string) string
	// Peers names the peers of a channel, the best first.
	Peers(channel, app string) ([]string, error)
	Blocks(ctx context.Context, channel, app, peer string, start uint64, last *uint64, take func(*common.Block) error) error
	// Newest delivers the last block that a peer has.
	Newest(ctx context.Context, channel, app, peer string, take func(*common.Block) error) error
}

// Options tune a Follower.
type Options struct {
	// Pins are the hashes of the genesis blocks, by channel. A channel without
	// one is trusted when it is first seen; the index remembers it.
	Pins map[string][]byte
	// App reads every channel; empty: an application that may call the channel.
	App string
	// Copies is how many peers are read at once (default 2).
	Copies int
	// RetryAfter is how long a channel rests after a block that did not verify
	// (default 30 s).
	RetryAfter time.Duration
	Metrics    prometheus.Registerer
	Log        *zap.Logger
}

// Follower follows every channel.
type Follower struct {
	source Source
	index  *index.Index
	opts   Options

	metrics *metrics
	mu      sync.Mutex
	status  map[string]*Status
}

// Status is how a channel stands.
type Status struct {
	Channel string
	// Since is when it was first seen.
	Since time.Time
	// Begun tells that the first block is in the index.
	Begun bool
	// Number is the last block in the index.
	Number uint64
	// Alarm says why the channel stopped; nil while it goes on.
	Alarm error
	// Disagreement is the last time that two peers told different things.
	Disagreement error
	// Standby tells that another process follows the channel.
	Standby bool
	// Closed tells that no application of this gateway may read the channel:
	// there is nobody to follow it for.
	Closed bool
}

// New makes a follower. Run starts it.
func New(source Source, x *index.Index, o Options) *Follower {
	if o.Copies <= 0 {
		o.Copies = 2
	}
	if o.RetryAfter <= 0 {
		o.RetryAfter = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	return &Follower{source: source, index: x, opts: o, metrics: newMetrics(o.Metrics), status: map[string]*Status{}}
}

// lookEvery is how soon a channel that joins the network is followed.
const lookEvery = time.Second

// Run follows all channels until ctx ends; a channel that is new is followed
// from then on, one that is gone no more.
func (f *Follower) Run(ctx context.Context) {
	running := map[string]context.CancelFunc{}
	var done sync.WaitGroup
	defer done.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		there := map[string]bool{}
		for _, channel := range f.source.Channels() {
			there[channel] = true
			if running[channel] != nil {
				continue
			}
			one, stop := context.WithCancel(ctx)
			running[channel] = stop
			done.Go(func() { f.follow(one, channel) })
		}
		for channel, stop := range running {
			if !there[channel] {
				stop()
				delete(running, channel)
				f.forget(channel)
			}
		}
		select {
		case <-ctx.Done():
			for _, stop := range running {
				stop()
			}
			return
		case <-tick.C:
		}
	}
}

// Status tells how every channel stands.
func (f *Follower) Status() []Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Status
	for _, channel := range f.source.Channels() {
		all = append(all, *f.of(channel))
	}
	return all
}

func (f *Follower) note(channel string, change func(*Status)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f.of(channel))
}

// of is the status of a channel, for who holds f.mu.
func (f *Follower) of(channel string) *Status {
	s := f.status[channel]
	if s == nil {
		s = &Status{Channel: channel, Since: time.Now()}
		f.status[channel] = s
	}
	return s
}

func (f *Follower) forget(channel string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.status, channel)
	f.metrics.forget(channel)
}

// Pauses between attempts that failed for want of a peer or of the database.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	standbyPause = time.Second
)

// follow follows one channel until ctx ends.
func (f *Follower) follow(ctx context.Context, channel string) {
	log := f.opts.Log.With(zap.String("channel", channel))
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := f.session(ctx, channel, log)
		rest := pause
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errStandby):
			rest = standbyPause
		case errors.Is(err, errClosed):
			log.Debug("not followed: no application of this gateway may read the channel")
			rest = longestPause
		case isAlarm(err):
			f.note(channel, func(s *Status) { s.Alarm = err })
			f.metrics.alarm.WithLabelValues(channel).Set(1)
			log.Error("ALARM: a block does not verify; the channel is not followed further", zap.Error(err), zap.Duration("again", f.opts.RetryAfter))
			rest = f.opts.RetryAfter
		default:
			log.Warn("following is interrupted", zap.Error(err), zap.Duration("again", pause))
			if pause = min(2*pause, longestPause); time.Since(began) > longestPause {
				pause = firstPause
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

var errStandby = errors.New("another process follows the channel")

var errClosed = errors.New("no application of this gateway may read the channel")
