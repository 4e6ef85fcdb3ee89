package index

import (
	"context"
	"sync"
	"time"

	"henanchain/internal/operation"
)

// hot keeps the records that were read last in memory, as of the block that
// this process itself brought last: a record is read again and again while
// people work with it, and asking SQLite costs most of what a read costs. It
// holds channels that this process follows, and nothing of others.
//
// What a block changes is dropped after it is committed, together with the step
// to that block; what was read from the database before that step, or as of
// another block, is not kept. A claim that ends takes its channel along, since
// another process may bring the next block. So an answer always is of the block
// that it names.
type hot struct {
	mu    sync.RWMutex
	heads map[string]AsOf
	// Records are in young; when it is full it becomes old, and what is still
	// asked for moves back.
	young, old map[hotKey]hotRecord
	bytes      int // of young
	most       int // in each of the two
	steps      uint64
}

type hotKey struct {
	kind int64
	id   string
}

// hotRecord is a record, and what it reads as once somebody asked.
type hotRecord struct {
	value   []byte
	decoded *decoded
}

// decoded is a record that is decoded once, by whoever asks first.
type decoded struct {
	once   sync.Once
	record *operation.Record
	err    error
}

const (
	// maxHot is how many bytes each of the two halves holds.
	maxHot = 32 << 20
	// hotEntry is about what an entry takes beside its text.
	hotEntry = 96
)

func newHot(most int) *hot {
	return &hot{heads: map[string]AsOf{}, young: map[hotKey]hotRecord{}, old: map[hotKey]hotRecord{}, most: most}
}

// sizeOf is what an entry counts: its text, and the same again decoded.
func sizeOf(key hotKey, value []byte) int { return hotEntry + len(key.id) + 2*len(value) }

// step notes that this process has brought a channel to a block, with what was
// changed on the way.
func (h *hot) step(at AsOf, changed []*touched) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps++
	h.heads[at.Channel] = at
	for _, r := range changed {
		key := hotKey{r.kind.no, r.id}
		if r, ok := h.young[key]; ok {
			h.bytes -= sizeOf(key, r.value)
			delete(h.young, key)
		}
		delete(h.old, key)
	}
}

// forget drops a channel of which it is not certain any more how far it is; the
// records of all, which is rare enough.
func (h *hot) forget(channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps++
	delete(h.heads, channel)
	clear(h.young)
	clear(h.old)
	h.bytes = 0
}

// head is how far this process has brought a channel, and the number of steps
// so far; ok is false where it follows the channel not.
func (h *hot) head(channel string) (at AsOf, steps uint64, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	at, ok = h.heads[channel]
	return at, h.steps, ok
}

// get finds a record of a channel; nil where it is not here.
func (h *hot) get(channel string, key hotKey) *Found {
	h.mu.RLock()
	at, ok := h.heads[channel]
	r, young := h.young[key]
	if !young {
		r = h.old[key]
	}
	steps := h.steps
	h.mu.RUnlock()
	if !ok || r.value == nil {
		return nil
	}
	if !young {
		h.put(key, r, at, steps)
	}
	return &Found{Value: r.value, AsOf: at, decoded: r.decoded}
}

// put keeps a record that was read after so many steps as of a block, unless
// there was another step since, or the database was at another block: ahead in
// the moment between a commit and its step, behind after a crash of PostgreSQL
// that took the last commits.
func (h *hot) put(key hotKey, r hotRecord, at AsOf, steps uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	head, ok := h.heads[at.Channel]
	if h.steps != steps || !ok || head.Block != at.Block || h.young[key].value != nil {
		return
	}
	size := sizeOf(key, r.value)
	if h.bytes += size; h.bytes > h.most {
		h.old, h.young, h.bytes = h.young, map[hotKey]hotRecord{}, size
	}
	h.young[key] = r
}

// Get reads the latest version of a record. ErrNotFound, with AsOf, where there
// is none.
func (x *Index) Get(ctx context.Context, channel, contract, recordType, id string) (*Found, error) {
	k, err := x.kind(ctx, channel, contract, recordType)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return x.missing(ctx, channel)
	}
	key := hotKey{k.no, id}
	if f := x.hot.get(channel, key); f != nil {
		return f, nil
	}
	_, steps, _ := x.hot.head(channel)
	f, err := x.read(ctx, k, channel, id)
	if err == nil {
		f.decoded = new(decoded)
		x.hot.put(key, hotRecord{f.Value, f.decoded}, f.AsOf, steps)
	}
	return f, err
}

// atBlock is the state of a channel after some blocks.
func (a *applying) atBlock() AsOf {
	return AsOf{a.channel, uint64(a.number), time.UnixMilli(a.time).UTC()}
}
