package index

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/gateway/store/storetest"
)

// Whoever waits for a block and then reads a record sees it as of that block or
// later, whatever is kept in memory.
func TestAReadIsNeverOlderThanTheBlockThatItNames(t *testing.T) {
	databases(t, func(t *testing.T, x *Index) {
		w := newWriter(t, x)
		const deeds = 5
		for i := range deeds {
			w.deed(fmt.Sprintf("d%d", i), "VALID", map[string]any{"area": 1})
		}
		ctx, stop := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for r := range 4 {
			readers.Go(func() {
				last := map[int]int{}
				for n := r; ctx.Err() == nil; n++ {
					i := n % deeds
					f, err := x.Get(context.Background(), channel, "registry", "deed", fmt.Sprintf("d%d", i))
					if err != nil {
						t.Error(err)
						return
					}
					record, err := f.Decode()
					if err != nil {
						t.Error(err)
						return
					}
					// Block 1+deeds+k*deeds+i writes version k+2 of deed i.
					due := 1
					if written := int(f.AsOf.Block) - deeds - i; written > 0 {
						due = 1 + (written+deeds-1)/deeds
					}
					if record.Version < due || record.Version < last[i] {
						t.Errorf("deed %d has version %d as of block %d, which has version %d; before it had %d", i, record.Version, f.AsOf.Block, due, last[i])
						return
					}
					last[i] = record.Version
				}
			})
		}
		for n := range 12 * deeds {
			number := w.number
			w.apply(w.block(w.transaction(peer.TxValidationCode_VALID, "registry", w.record("deed", fmt.Sprintf("d%d", n%deeds), "VALID", map[string]any{"area": n}))))
			if err := x.Await(t.Context(), channel, number, time.Minute); err != nil {
				t.Fatal(err)
			}
			f, err := x.Get(t.Context(), channel, "registry", "deed", fmt.Sprintf("d%d", n%deeds))
			if err != nil || f.AsOf.Block < number {
				t.Fatal(f, err)
			}
			if record, err := f.Decode(); err != nil || record.Version != n/deeds+2 {
				t.Fatalf("written version %d, read %d: %v", n/deeds+2, record.Version, err)
			}
		}
		stop()
		readers.Wait()
		if err := x.Clear(t.Context(), []string{channel}); err != nil {
			t.Fatal(err)
		}
		if f, err := x.Get(t.Context(), channel, "registry", "deed", "d1"); err == nil {
			t.Errorf("an empty index answers %s", f.Value)
		}
	})
}

// pairs runs a test with two processes' handles on one database.
func pairs(t *testing.T, run func(t *testing.T, a, b *Index)) {
	for name, dsn := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "index.db") },
		"PostgreSQL": func(t testing.TB) string { return storetest.Shared(t) },
	} {
		t.Run(name, func(t *testing.T) {
			name := dsn(t)
			run(t, open(t, name), open(t, name))
		})
	}
}

// mustClaim claims the channel: PostgreSQL gives a claim free a moment after its
// session has ended.
func mustClaim(t *testing.T, x *Index) *Claim {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := x.Claim(t.Context(), channel)
		if err != nil || c == nil && time.Now().After(deadline) {
			t.Fatalf("the channel cannot be claimed: %v", err)
		}
		if c != nil {
			return c
		}
	}
}

func versionOf(t *testing.T, x *Index, id string) (version int, block uint64) {
	t.Helper()
	f, err := x.Get(t.Context(), channel, "registry", "deed", id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Decode()
	if err != nil {
		t.Fatal(err)
	}
	return r.Version, f.AsOf.Block
}

func TestWhoFollowsNoMoreSeesWhatTheNextOneBrings(t *testing.T) {
	pairs(t, func(t *testing.T, a, b *Index) {
		claim := mustClaim(t, a)
		w := newWriter(t, a)
		w.deed("d1", "VALID", map[string]any{"area": 1})
		versionOf(t, a, "d1") // it is in memory from now on
		if c, err := b.Claim(t.Context(), channel); err != nil || c != nil {
			t.Fatalf("two follow one channel: %v", err)
		}
		claim.Release()

		claim = mustClaim(t, b)
		if _, err := b.Checkpoint(t.Context(), channel); err != nil {
			t.Fatal(err)
		}
		w.x = b
		w.deed("d1", "VALID", map[string]any{"area": 2})
		if err := a.Await(t.Context(), channel, 2, time.Minute); err != nil {
			t.Error(err)
		}
		for name, x := range map[string]*Index{"before": a, "now": b} {
			if version, block := versionOf(t, x, "d1"); version != 2 || block != 2 {
				t.Errorf("who follows %s reads version %d as of block %d", name, version, block)
			}
		}
		claim.Release()
		if err := a.Clear(t.Context(), []string{channel}); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]*Index{"who emptied it": a, "the other": b} {
			if f, err := x.Get(t.Context(), channel, "registry", "deed", "d1"); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s reads %s from an empty index (%v)", name, f.Value, err)
			}
		}
	})
}

func TestBlocksThatAreRolledBackLeaveNothingInMemory(t *testing.T) {
	pairs(t, func(t *testing.T, a, b *Index) {
		defer mustClaim(t, a).Release()
		w := newWriter(t, a)
		w.deed("d1", "VALID", nil)
		versionOf(t, a, "d1")
		good := w.block(w.transaction(peer.TxValidationCode_VALID, "registry", w.record("deed", "d1", "VALID", nil)))
		good.Number = w.number
		gap := w.block()
		gap.Number = w.number + 5
		if err := a.Apply(t.Context(), channel, []Block{good, gap}); !errors.Is(err, ErrMoved) {
			t.Fatalf("blocks with a gap: %v", err)
		}
		if version, block := versionOf(t, a, "d1"); version != 1 || block != 1 {
			t.Errorf("version %d as of block %d", version, block)
		}
		// Who brings blocks without having the claim is noticed at the next block at the latest.
		if err := b.Apply(t.Context(), channel, []Block{good}); err != nil {
			t.Fatal(err)
		}
		if err := a.Apply(t.Context(), channel, []Block{good}); !errors.Is(err, ErrMoved) {
			t.Fatalf("a block for the second time: %v", err)
		}
		if version, block := versionOf(t, a, "d1"); version != 2 || block != 2 {
			t.Errorf("version %d as of block %d", version, block)
		}
	})
}

func TestAClaimFallsWithItsSession(t *testing.T) {
	dsn := storetest.Shared(t)
	a, b := open(t, dsn), open(t, dsn)
	claim := mustClaim(t, a)
	if err := claim.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.reader().Exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1`, claimClass); err != nil {
		t.Fatal(err)
	}
	for claim.Check(t.Context()) == nil { // until PostgreSQL has ended it
	}
	if err := claim.Check(t.Context()); !errors.Is(err, errClaimLost) {
		t.Errorf("a claim whose session is gone: %v", err)
	}
	claim.Release()
	// The lock of another session is another claim.
	again := mustClaim(t, a)
	if claim.Check(t.Context()) == nil || again.Check(t.Context()) != nil {
		t.Error("the claims are taken for one")
	}
}

func TestWhatIsReadBesideAStepIsNotKept(t *testing.T) {
	k := &kind{no: 1}
	key := hotKey{k.no, "d1"}
	at := func(block uint64) AsOf { return AsOf{Channel: channel, Block: block} }
	fill := func(h *hot, block uint64) (kept bool) {
		_, steps, _ := h.head(channel)
		h.put(key, hotRecord{value: []byte("v")}, at(block), steps)
		return h.get(channel, key) != nil
	}
	h := newHot(maxHot)
	if fill(h, 7) {
		t.Error("kept of a channel that is not followed")
	}
	h.step(at(7), nil)
	for _, block := range []uint64{6, 8} {
		if fill(h, block) {
			t.Errorf("kept as of block %d at block 7", block)
		}
	}
	_, before, _ := h.head(channel)
	h.step(at(8), []*touched{{kind: k, id: "d1"}})
	if h.put(key, hotRecord{value: []byte("old")}, at(8), before); h.get(channel, key) != nil {
		t.Error("kept what was read before the step")
	}
	if !fill(h, 8) {
		t.Fatal("not kept as of block 8")
	}
	if h.step(at(9), []*touched{{kind: k, id: "d1"}}); h.get(channel, key) != nil {
		t.Error("what block 9 changed is still there")
	}
	if !fill(h, 9) {
		t.Fatal("not kept as of block 9")
	}
	if h.forget("kaifeng"); h.get(channel, key) != nil {
		t.Error("the records of all were not dropped")
	}
}

func TestWhatIsKeptIsBoundedAndWhatIsAskedForStays(t *testing.T) {
	const most = 10_000
	h := newHot(most)
	at := AsOf{Channel: channel, Block: 1}
	h.step(at, nil)
	value := strings.Repeat("v", 800)
	favourite := hotKey{1, "favourite"}
	h.put(favourite, hotRecord{value: []byte(value)}, at, 1)
	for i := range 500 {
		key := hotKey{1, fmt.Sprint(i)}
		h.put(key, hotRecord{value: []byte(value + key.id)}, at, 1)
		if f := h.get(channel, key); f == nil || string(f.Value) != value+key.id {
			t.Fatalf("record %d is not there", i)
		}
		if h.get(channel, favourite) == nil {
			t.Fatalf("what is asked for all the time is gone after %d others", i)
		}
		for name, half := range map[string]map[hotKey]hotRecord{"young": h.young, "old": h.old} {
			sum := 0
			for k, r := range half {
				sum += sizeOf(k, r.value)
			}
			if sum > most || name == "young" && sum != h.bytes {
				t.Fatalf("%s holds %d bytes, and counts %d", name, sum, h.bytes)
			}
		}
	}
	if h.get(channel, hotKey{1, "0"}) != nil {
		t.Error("nothing is ever dropped")
	}
	h.step(at, []*touched{{kind: &kind{no: 1}, id: "499"}})
	if h.put(hotKey{1, "499"}, hotRecord{value: []byte(value + "499")}, at, 2); h.bytes > most {
		t.Errorf("%d bytes are counted", h.bytes)
	}
	// One that is larger than all is kept alone.
	h.put(hotKey{1, "large"}, hotRecord{value: make([]byte, 2*most)}, at, 2)
	if h.get(channel, hotKey{1, "large"}) == nil || len(h.young) != 1 {
		t.Errorf("%d entries beside one that is larger than all", len(h.young))
	}
}
