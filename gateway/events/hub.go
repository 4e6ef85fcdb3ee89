package events

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/index"
)

// Source is where changes are read; *index.Index in a gateway.
type Source interface {
	Heads(ctx context.Context) (map[string]index.Head, error)
	Applied() <-chan struct{}
	Changes(ctx context.Context, channel string, after int64, limit int) (all []index.Change, through int64, err error)
	PlaceBefore(ctx context.Context, channel string, number uint64) (int64, error)
}

// lookEvery is how often the database is asked whether another process has
// brought a block.
const lookEvery = 200 * time.Millisecond

// Hub looks how far the channels are, once for everybody who waits for that.
type Hub struct {
	Source
	log *zap.Logger

	mu    sync.Mutex
	heads map[string]index.Head
	next  chan struct{}
}

// NewHub makes a hub. Run keeps it up to date.
func NewHub(s Source, log *zap.Logger) *Hub {
	return &Hub{Source: s, log: log, heads: map[string]index.Head{}, next: make(chan struct{})}
}

// Run looks until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	away := false
	for ctx.Err() == nil {
		applied := h.Applied()
		heads, err := h.Heads(ctx)
		if err == nil {
			h.note(heads)
		} else if !away && ctx.Err() == nil {
			h.log.Warn("events wait: the read model does not answer", zap.Error(err))
		}
		away = err != nil
		select {
		case <-ctx.Done():
		case <-applied:
		case <-time.After(lookEvery):
		}
	}
}

// note wakes those who wait where something has moved.
func (h *Hub) note(heads map[string]index.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	moved := len(heads) != len(h.heads)
	for channel, head := range heads {
		moved = moved || h.heads[channel] != head
	}
	if moved {
		h.heads = heads
		close(h.next)
		h.next = make(chan struct{})
	}
}

// Now is how far the channels are, and what is closed when one has moved. The
// map is not to be changed.
func (h *Hub) Now() (map[string]index.Head, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heads, h.next
}
