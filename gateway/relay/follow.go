package relay

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"go.uber.org/zap"

	"henanchain/internal/block"
	"henanchain/internal/operation"
)

const lookEvery = time.Second

// followed are the channels whose events a carrier acts on.
func (w *Worker) followed() []string {
	var names []string
	for _, ch := range w.network.Connection().Channels {
		for _, c := range ch.Contracts {
			if c == Contract {
				names = append(names, ch.Name)
			}
		}
	}
	return names
}

// followAll follows every channel that has the relay contract, also those that
// join later.
func (w *Worker) followAll(ctx context.Context) {
	running := map[string]bool{}
	var done sync.WaitGroup
	defer done.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, channel := range w.followed() {
			if !running[channel] {
				running[channel] = true
				done.Go(func() { w.follow(ctx, channel) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// follow reads a channel's blocks, at one peer after the other, until ctx ends.
func (w *Worker) follow(ctx context.Context, channel string) {
	log := w.opts.Log.With(zap.String("channel", channel))
	for attempt := 0; ctx.Err() == nil; attempt++ {
		began := time.Now()
		err := w.session(ctx, channel, attempt)
		if ctx.Err() != nil {
			return
		}
		w.delivering(channel, false)
		if time.Since(began) > longestPause {
			attempt = 0
		}
		pause := min(pauseAfter(attempt), 2*time.Second)
		log.Info("following is interrupted", zap.Error(err), zap.Duration("again", pause))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (w *Worker) delivering(channel string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read[channel] = ok
}

// session reads at one peer. What it tells is a hint and no more: every record
// is read from the contract before anything is done about it.
func (w *Worker) session(ctx context.Context, channel string, attempt int) error {
	app, err := w.carrier(channel)
	if err != nil {
		return err
	}
	peers, err := w.network.Peers(channel, app)
	if err != nil {
		return err
	}
	next, err := w.book.Next(ctx, channel)
	if err != nil {
		return err
	}
	reader := block.NewReader()
	// The last block comes again, as a sign that the peer delivers: the next one
	// may be long in coming.
	from := max(next, 1) - 1
	return w.network.Blocks(ctx, channel, app, peers[attempt%len(peers)], from, nil, func(b *common.Block) error {
		w.delivering(channel, true)
		if b.GetHeader().GetNumber() < next {
			return nil
		}
		opened, ended, err := itemsOf(reader, channel, b)
		if err != nil {
			return err
		}
		if err := w.book.Read(ctx, channel, b.GetHeader().GetNumber()+1, opened, ended); err != nil {
			return err
		}
		if len(opened) > 0 {
			w.nudge()
		}
		return nil
	})
}

// itemsOf are the records that a block's valid transactions of the contract
// opened, and those that they ended.
func itemsOf(reader *block.Reader, channel string, b *common.Block) (opened, ended []Item, err error) {
	all, err := reader.Transactions(b)
	if err != nil {
		return nil, nil, err
	}
	for _, tx := range all {
		if !tx.Valid() || tx.Event == nil || tx.Event.Contract != Contract || tx.Event.Name != operation.EventName {
			continue
		}
		var event operation.Event
		if err := json.Unmarshal(tx.Event.Payload, &event); err != nil {
			continue // a contract that writes other events than ours
		}
		for _, r := range event.Records {
			it := Item{Channel: channel, Type: r.Type, ID: r.ID}
			if open, carried := unfinished[r.Type]; carried && open[r.Status] {
				opened = append(opened, it)
			} else if carried {
				ended = append(ended, it)
			}
		}
	}
	return opened, ended, nil
}

// unfinished are the statuses, by type, in which a carrier has something to do.
var unfinished = map[string]map[string]bool{
	requestType: {requested: true, attested: true},
	sagaType:    {sagaOpen: true, "COMMITTED": true, "ABORTED": true},
}
