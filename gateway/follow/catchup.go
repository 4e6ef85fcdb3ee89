package follow

import (
	"context"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
)

const (
	compareAttempts = 20
	comparePause    = 100 * time.Millisecond
	progressEvery   = time.Second
)

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Height asks the peers of a channel for its last block's number.
func Height(ctx context.Context, source Source, channel, app string) (uint64, error) {
	if app == "" {
		app = source.ReaderOf(channel)
	}
	peers, err := source.Peers(channel, app)
	if err != nil {
		return 0, err
	}
	var last error
	for _, peer := range peers {
		var number uint64
		if last = source.Newest(ctx, channel, app, peer, func(b *common.Block) error {
			number = b.GetHeader().GetNumber()
			return nil
		}); last == nil {
			return number, nil
		}
	}
	return 0, fmt.Errorf("ask for the height of %s: %w", channel, last)
}

// CatchUp runs the follower until every channel is where the peers were when
// it began, and tells its progress. It fails where a channel stops.
func (f *Follower) CatchUp(ctx context.Context, progress func(channel string, at, of uint64)) error {
	goals := map[string]uint64{}
	for _, channel := range f.source.Channels() {
		n, err := Height(ctx, f.source, channel, f.opts.App)
		if err != nil {
			return err
		}
		goals[channel] = n
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	defer func() {
		stop()
		<-ended
	}()
	for {
		left := 0
		for _, s := range f.Status() {
			goal, ok := goals[s.Channel]
			if !ok {
				continue
			}
			if s.Alarm != nil {
				return fmt.Errorf("%s stopped: %w", s.Channel, s.Alarm)
			}
			if s.Standby {
				return fmt.Errorf("%s: %w", s.Channel, errStandby)
			}
			progress(s.Channel, s.Number, goal)
			if !s.Begun || s.Number < goal {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if err := pauseFor(ctx, progressEvery/5); err != nil {
			return err
		}
	}
}
