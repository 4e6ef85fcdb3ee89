package relay

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"go.uber.org/zap"

	"henanchain/internal/block"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// lookForBlocks is how often each city's height is looked at.
const lookForBlocks = 10 * time.Second

// anchored is the last checkpoint of a channel that this carrier knows.
type anchored struct {
	number int64
	at     time.Time
}

// anchorAll anchors the cities' ledgers on the main channel, each in the name of
// its own organisation, as far as the applications are here.
func (w *Worker) anchorAll(ctx context.Context) {
	last := map[string]*anchored{}
	tick := time.NewTicker(lookForBlocks)
	defer tick.Stop()
	for {
		c := w.network.Connection()
		for i := range c.Channels {
			ch := &c.Channels[i]
			if ch.Name == c.MainChannel || ctx.Err() != nil {
				continue
			}
			if last[ch.Name] == nil {
				last[ch.Name] = &anchored{number: -1}
			}
			if err := w.anchor(ctx, ch, last[ch.Name]); err != nil && ctx.Err() == nil {
				w.opts.Log.Warn("a ledger cannot be anchored", zap.String("channel", ch.Name), zap.Error(err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *Worker) anchor(ctx context.Context, ch *connection.Channel, last *anchored) error {
	app, err := w.carrierOf(ch.Name, ch.Organisations[0])
	if err != nil {
		return nil //nolint:nilerr // another carrier has that city's application
	}
	var number int64
	var hash string
	peers, err := w.network.Peers(ch.Name, app)
	if err != nil {
		return err
	}
	if err := w.network.Newest(ctx, ch.Name, app, peers[0], func(b *common.Block) error {
		number, hash = int64(b.GetHeader().GetNumber()), hex.EncodeToString(block.Hash(b.GetHeader()))
		return nil
	}); err != nil {
		return err
	}
	if number == last.number || number < last.number+int64(w.opts.Blocks) && time.Since(last.at) < w.opts.Every {
		return nil
	}
	err = w.submit(ctx, w.network.Connection().MainChannel, app, "Checkpoint", map[string]any{"chain": ch.Name, "number": number, "hash": hash}, nil)
	var r *operation.Refusal
	switch {
	case errors.As(err, &r) && r.Code == "CHECKPOINT_BEHIND", err == nil:
	case errors.As(err, &r) && r.Code == "CHAIN_UNKNOWN": // nobody has registered the city yet
		return nil
	default:
		return err
	}
	last.number, last.at = number, time.Now()
	return nil
}

// Anchor anchors every city's ledger as it is now.
func (w *Worker) Anchor(ctx context.Context) error {
	c := w.network.Connection()
	for i := range c.Channels {
		if ch := &c.Channels[i]; ch.Name != c.MainChannel {
			if err := w.anchor(ctx, ch, &anchored{number: -1}); err != nil {
				return fmt.Errorf("%s: %w", ch.Name, err)
			}
		}
	}
	return nil
}
