package follow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"henanchain/gateway/index"
	"henanchain/internal/block"
)

// session follows a channel from its checkpoint until something fails.
type session struct {
	*Follower
	channel, app string
	claim        *index.Claim
	log          *zap.Logger
	next         atomic.Uint64 // of the chain, for readers that begin
	chain        *block.Chain
	reader       *block.Reader
	told         map[uint64]testimony // of the last blocks
}

// testimony is what a peer told of a block.
type testimony struct {
	block.Testimony
	peer string
}

// copied is one peer's copy of a block.
type copied struct {
	peer  string
	block *common.Block
}

const (
	// rememberBlocks is how far the second peer may be behind to be compared.
	rememberBlocks = 4096
	// Verified blocks that wait for the database, and what goes into one
	// transaction of it at most.
	waitingBlocks  = 16
	togetherBlocks = 64
	togetherWrites = 4000
	checkEvery     = time.Second
)

// isAlarm tells that a block was refused.
func isAlarm(err error) bool {
	var e *block.Error
	return errors.As(err, &e)
}

func (f *Follower) session(ctx context.Context, channel string, log *zap.Logger) error {
	claim, err := f.index.Claim(ctx, channel)
	if err != nil {
		return err
	}
	f.note(channel, func(s *Status) { s.Standby = claim == nil })
	if claim == nil {
		return errStandby
	}
	defer claim.Release()
	s := &session{Follower: f, channel: channel, claim: claim, app: f.opts.App, log: log, reader: block.NewReader(), told: map[uint64]testimony{}}
	if s.app == "" {
		s.app = f.source.ReaderOf(channel)
	}
	f.note(channel, func(st *Status) { st.Closed = s.app == "" })
	if s.app == "" {
		return errClosed
	}
	if err := s.resume(ctx); err != nil {
		return err
	}
	return s.run(ctx)
}

// resume goes on at the checkpoint.
func (s *session) resume(ctx context.Context) error {
	at, err := s.index.Checkpoint(ctx, s.channel)
	if errors.Is(err, index.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.chain, err = block.Resume(s.channel, at.Number, at.Hash, at.ConfigBlock); err != nil {
		return err
	}
	s.next.Store(s.chain.Next())
	s.note(s.channel, func(st *Status) { st.Begun, st.Number = true, at.Number })
	s.metrics.block.WithLabelValues(s.channel).Set(float64(at.Number))
	return nil
}

// run reads, verifies and writes until one of them fails.
func (s *session) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	peers, err := s.source.Peers(s.channel, s.app)
	if err != nil {
		return err
	}
	in, ready := make(chan copied), make(chan index.Block, waitingBlocks)
	pool := &peerPool{names: peers}
	var done sync.WaitGroup
	for range min(s.opts.Copies, len(peers)) {
		done.Go(func() { s.read(ctx, pool, in) })
	}
	written := make(chan struct{})
	done.Go(func() {
		err := s.verify(ctx, in, ready)
		close(ready)
		<-written // blocks before one that does not verify are good
		stop(err)
	})
	done.Go(func() {
		defer close(written)
		if err := s.write(ctx, ready); err != nil {
			stop(err)
		}
	})
	done.Go(func() { stop(s.keep(ctx)) })
	done.Wait()
	return context.Cause(ctx)
}

// keep ends a session whose claim is lost, also while no block comes: another
// process may be following by then.
func (s *session) keep(ctx context.Context) error {
	for {
		if err := pauseFor(ctx, checkEvery); err != nil {
			return err
		}
		if err := s.claim.Check(ctx); err != nil {
			return err
		}
	}
}

// peerPool hands peers out, each to one reader at a time, in their order.
type peerPool struct {
	mu    sync.Mutex
	names []string
	next  int
	taken map[string]bool
}

func (p *peerPool) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == nil {
		p.taken = map[string]bool{}
	}
	for range p.names {
		name := p.names[p.next%len(p.names)]
		p.next++
		if !p.taken[name] {
			p.taken[name] = true
			return name
		}
	}
	return ""
}

func (p *peerPool) give(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, name)
}

// read hands on what one peer after another tells.
func (s *session) read(ctx context.Context, pool *peerPool, in chan<- copied) {
	pause := firstPause
	for ctx.Err() == nil {
		peer := pool.take()
		began := time.Now()
		err := s.source.Blocks(ctx, s.channel, s.app, peer, s.next.Load(), nil, func(b *common.Block) error {
			select {
			case in <- copied{peer, b}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		pool.give(peer)
		if ctx.Err() != nil {
			return
		}
		s.metrics.interrupted.WithLabelValues(s.channel, peer).Inc()
		s.log.Info("a peer delivers no more blocks", zap.String("peer", peer), zap.Error(err))
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// verify checks each block that comes next, and holds later copies against it.
func (s *session) verify(ctx context.Context, in <-chan copied, ready chan<- index.Block) error {
	for {
		var c copied
		select {
		case c = <-in:
		case <-ctx.Done():
			return ctx.Err()
		}
		number := c.block.GetHeader().GetNumber()
		if number < s.next.Load() {
			s.compare(c, number)
			continue
		}
		b, err := s.append(c.block)
		if err != nil {
			s.metrics.refused.WithLabelValues(s.channel, c.peer).Inc()
			return fmt.Errorf("as %s tells it: %w", c.peer, err)
		}
		s.told[number] = testimony{block.Testify(c.block), c.peer}
		delete(s.told, number-rememberBlocks)
		s.next.Store(number + 1)
		select {
		case ready <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// append verifies the next block and reads it.
func (s *session) append(b *common.Block) (index.Block, error) {
	var config *block.Config
	var err error
	if s.chain == nil {
		if s.chain, err = block.Begin(s.channel, b, s.opts.Pins[s.channel]); err != nil {
			return index.Block{}, err
		}
		config, _ = s.chain.Config()
		s.log.Info("a channel is followed from its genesis block", zap.String("hash", fmt.Sprintf("%x", s.chain.Head())), zap.Bool("pinned", len(s.opts.Pins[s.channel]) > 0))
	} else if config, err = s.chain.Append(b); err != nil {
		return index.Block{}, err
	}
	out := index.Block{Number: b.Header.Number, Hash: s.chain.Head(), DataHash: b.Header.DataHash, Bytes: proto.Size(b)}
	if config != nil {
		out.Config, out.Sequence = b, config.Sequence
		s.log.Info("the channel's configuration", zap.Uint64("block", b.Header.Number), zap.Uint64("sequence", config.Sequence))
	}
	out.Transactions, err = s.reader.Transactions(b)
	return out, err
}

// compare holds a later copy of a block against the first one.
func (s *session) compare(c copied, number uint64) {
	first, ok := s.told[number]
	if !ok || first.peer == c.peer {
		return
	}
	s.metrics.compared.WithLabelValues(s.channel).Inc()
	err := first.Against(block.Testify(c.block))
	if err == nil {
		return
	}
	err = fmt.Errorf("%s and %s of %s, block %d: %w", first.peer, c.peer, s.channel, number, err)
	s.metrics.disagreements.WithLabelValues(s.channel).Inc()
	s.note(s.channel, func(st *Status) { st.Disagreement = err })
	s.log.Error("ALARM: two peers tell different things of one block", zap.Uint64("block", number), zap.String("followed", first.peer), zap.String("other", c.peer), zap.Error(err))
}

// write puts verified blocks into the index, as many at once as wait, until no
// more come.
func (s *session) write(ctx context.Context, ready <-chan index.Block) error {
	for {
		var some []index.Block
		select {
		case b, more := <-ready:
			if !more {
				return nil
			}
			some = append(some, b)
		case <-ctx.Done():
			return ctx.Err()
		}
		writes := writesOf(&some[0])
	fill:
		for len(some) < togetherBlocks && writes < togetherWrites {
			select {
			case b, more := <-ready:
				if !more {
					break fill
				}
				some = append(some, b)
				writes += writesOf(&b)
			default:
				break fill
			}
		}
		began := time.Now()
		if err := s.index.Apply(ctx, s.channel, some); err != nil {
			return err
		}
		s.wrote(some, writes, time.Since(began))
	}
}

func (s *session) wrote(some []index.Block, writes int, took time.Duration) {
	last := &some[len(some)-1]
	s.metrics.wrote(s.channel, last, len(some), writes, took)
	s.note(s.channel, func(st *Status) {
		st.Begun, st.Number = true, last.Number
		st.Alarm = nil // the block that comes after the checkpoint verified this time
	})
	s.metrics.alarm.WithLabelValues(s.channel).Set(0)
}

func writesOf(b *index.Block) (n int) {
	for i := range b.Transactions {
		for _, ns := range b.Transactions[i].Namespaces {
			n += len(ns.Writes)
		}
	}
	return n
}
