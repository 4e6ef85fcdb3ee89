package follow

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"henanchain/gateway/index"
	"henanchain/internal/block"
	"henanchain/internal/catalog"
)

const channel = "zhengzhou"

// ledger tells blocks that a real network made, through peers of which each
// may be made to fail or to lie.
type ledger struct {
	blocks []*common.Block

	mu    sync.Mutex
	until int                                                   // blocks there are so far
	peers map[string]func(*common.Block) (*common.Block, error) // what each makes of a block
	grown chan struct{}
}

func captured(t testing.TB, name string) *ledger {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "internal", "block", "testdata", name+".blocks.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(z)
	l := &ledger{peers: map[string]func(*common.Block) (*common.Block, error){}, grown: make(chan struct{})}
	for {
		b := &common.Block{}
		err := protodelim.UnmarshalFrom(r, b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		l.blocks = append(l.blocks, b)
	}
	l.until = len(l.blocks)
	for _, name := range []string{"city", "province"} {
		l.make(name, nil)
	}
	return l
}

// make says what a peer makes of blocks; nil is the truth.
func (l *ledger) make(peer string, lie func(*common.Block) (*common.Block, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peers[peer] = lie
}

func (l *ledger) Channels() []string                     { return []string{channel} }
func (l *ledger) ReaderOf(string) string                 { return "reader" }
func (l *ledger) Peers(string, string) ([]string, error) { return []string{"city", "province"}, nil }

func (l *ledger) Newest(_ context.Context, _, _, _ string, take func(*common.Block) error) error {
	return take(l.blocks[len(l.blocks)-1])
}

func (l *ledger) Blocks(ctx context.Context, _, _, peer string, start uint64, _ *uint64, take func(*common.Block) error) error {
	for i := int(start); ; i++ {
		for {
			l.mu.Lock()
			there, grown, lie := i < l.until, l.grown, l.peers[peer]
			l.mu.Unlock()
			if there {
				b := proto.CloneOf(l.blocks[i])
				if lie != nil {
					var err error
					if b, err = lie(b); err != nil {
						return err
					}
				}
				if err := take(b); err != nil {
					return err
				}
				break
			}
			select {
			case <-grown:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// grow lets there be so many blocks.
func (l *ledger) grow(until int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
	close(l.grown)
	l.grown = make(chan struct{})
}

func openIndex(t testing.TB, path string) *index.Index {
	t.Helper()
	contracts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(t.Context(), "sqlite:"+path, index.Options{Contracts: contracts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// during follows for as long as do takes.
func during(t testing.TB, l *ledger, x *index.Index, do func(f *Follower), pins ...[]byte) {
	t.Helper()
	o := Options{RetryAfter: 50 * time.Millisecond}
	if len(pins) > 0 {
		o.Pins = map[string][]byte{channel: pins[0]}
	}
	f := New(l, x, o)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	do(f)
	stop()
	<-ended
}

func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in a minute there was not: " + what)
		}
	}
}

func (l *ledger) last() uint64 { return uint64(len(l.blocks) - 1) }

func at(t testing.TB, x *index.Index) int64 {
	t.Helper()
	head, err := x.Head(t.Context(), channel)
	if errors.Is(err, index.ErrNotFound) {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return int64(head.Block)
}

func reach(t testing.TB, l *ledger, x *index.Index) {
	t.Helper()
	await(t, "the last block in the index", func() bool { return at(t, x) == int64(l.last()) })
}

func TestEveryBlockOfARealLedgerComesIntoTheIndex(t *testing.T) {
	for _, ordering := range []string{"raft", "bft"} {
		t.Run(ordering, func(t *testing.T) {
			l := captured(t, ordering)
			x := openIndex(t, filepath.Join(t.TempDir(), "index.db"))
			during(t, l, x, func(*Follower) { reach(t, l, x) }, block.Hash(l.blocks[0].Header))
			page, err := x.List(t.Context(), index.Query{Channel: channel, Contract: "evidence", Type: "evidence", Limit: 10, Filters: []index.Filter{{Field: "name", Text: "合同"}}})
			if err != nil || len(page.Values) != 1 {
				t.Errorf("found %d contracts by name, %v", len(page.Values), err)
			}
			configs, err := x.Configs(t.Context(), channel)
			if err != nil || len(configs) != 2 || configs[0].BatchTimeout != "250ms" || configs[1].BatchTimeout != "200ms" {
				t.Errorf("the configurations are %+v, %v", configs, err)
			}
			contracts, err := x.Contracts(t.Context(), channel)
			if err != nil || len(contracts) != 2 || contracts[0].Version != "1.0" {
				t.Errorf("the contracts are %+v, %v", contracts, err)
			}
		})
	}
}

// TestAFollowerThatIsStoppedAnywhereEndsWithTheSameIndex stops and starts it at
// random moments while blocks arrive.
func TestAFollowerThatIsStoppedAnywhereEndsWithTheSameIndex(t *testing.T) {
	straight := openIndex(t, filepath.Join(t.TempDir(), "straight.db"))
	whole := captured(t, "bft")
	during(t, whole, straight, func(*Follower) { reach(t, whole, straight) })
	want, err := straight.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for round := range 4 {
		l := captured(t, "bft")
		l.grow(1)
		path := filepath.Join(t.TempDir(), "index.db")
		for before := int64(-1); before < int64(l.last()); {
			x := openIndex(t, path)
			patient := rand.IntN(2) == 0 // else it may be stopped before it has done anything
			during(t, l, x, func(*Follower) {
				for range rand.IntN(4) {
					l.grow(min(l.until+1, len(l.blocks)))
					time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
				}
				if patient && int64(l.until) > before+1 {
					await(t, "another block in the index", func() bool { return at(t, x) > before })
				}
			})
			before = at(t, x)
			x.Close()
		}
		got, err := openIndex(t, path).Dump(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("round %d: the index is not the same:\n%s\nnot\n%s", round, got, want)
		}
	}
}

func TestABlockThatDoesNotVerifyStopsTheChannelUntilItDoes(t *testing.T) {
	l := captured(t, "raft")
	x := openIndex(t, filepath.Join(t.TempDir(), "index.db"))
	var told atomic.Int32
	bad := func(b *common.Block) (*common.Block, error) {
		if b.Header.Number == 4 {
			told.Add(1)
			b.Data.Data[0][200] ^= 1
		}
		return b, nil
	}
	l.make("city", bad)
	l.make("province", bad)
	during(t, l, x, func(f *Follower) {
		await(t, "an alarm", func() bool { return f.Status()[0].Alarm != nil })
		if err := f.Status()[0].Alarm; !isAlarm(err) || !strings.Contains(err.Error(), block.DataHashWrong) || !strings.Contains(err.Error(), "as city") && !strings.Contains(err.Error(), "as province") {
			t.Errorf("the alarm is %v", err)
		}
		if n := at(t, x); n != 3 {
			t.Errorf("with the alarm the index was at block %d", n)
		}
		before := told.Load()
		await(t, "other attempts", func() bool { return told.Load() > before+4 })
		if n := at(t, x); n != 3 {
			t.Errorf("the index went on to block %d", n)
		}
		l.make("city", nil)
		l.make("province", nil)
		reach(t, l, x)
		await(t, "the end of the alarm", func() bool { return f.Status()[0].Alarm == nil })
	})
}

func TestAnotherNetworksBlocksAreAnAlarm(t *testing.T) {
	l, other := captured(t, "raft"), captured(t, "bft")
	x := openIndex(t, filepath.Join(t.TempDir(), "index.db"))
	during(t, l, x, func(f *Follower) {
		await(t, "an alarm", func() bool { return f.Status()[0].Alarm != nil })
		if at(t, x) != -1 {
			t.Error("something of it is in the index")
		}
	}, block.Hash(other.blocks[0].Header))
	l.grow(3)
	during(t, l, x, func(*Follower) { await(t, "block 2", func() bool { return at(t, x) == 2 }) })
	during(t, other, x, func(f *Follower) {
		await(t, "an alarm", func() bool { return f.Status()[0].Alarm != nil })
		if at(t, x) != 2 {
			t.Error("blocks of another network are in the index")
		}
	})
}

func TestPeersThatDisagreeAreReported(t *testing.T) {
	l := captured(t, "raft")
	x := openIndex(t, filepath.Join(t.TempDir(), "index.db"))
	l.make("province", func(b *common.Block) (*common.Block, error) {
		if b.Header.Number == 5 {
			b.Metadata.Metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER][0] = 11 // MVCC_READ_CONFLICT
		}
		return b, nil
	})
	during(t, l, x, func(f *Follower) {
		reach(t, l, x)
		await(t, "a report", func() bool { return f.Status()[0].Disagreement != nil })
		if err := f.Status()[0].Disagreement; !strings.Contains(err.Error(), "block 5") || !strings.Contains(err.Error(), "city") || !strings.Contains(err.Error(), "province") {
			t.Errorf("the report is %v", err)
		}
	})
}

func TestAPeerThatIsLostIsDoneWithout(t *testing.T) {
	l := captured(t, "bft")
	x := openIndex(t, filepath.Join(t.TempDir(), "index.db"))
	l.make("city", func(b *common.Block) (*common.Block, error) {
		if b.Header.Number > 2 {
			return nil, errors.New("connection reset")
		}
		return b, nil
	})
	during(t, l, x, func(f *Follower) {
		reach(t, l, x)
		if s := f.Status()[0]; s.Alarm != nil || s.Disagreement != nil {
			t.Errorf("the channel stands %+v", s)
		}
	})
}

// closed is a ledger that nobody may read.
type closed struct{ *ledger }

func (closed) ReaderOf(string) string { return "" }

func TestAChannelThatNobodyMayReadIsClosedAndNotLate(t *testing.T) {
	f := New(closed{captured(t, "raft")}, openIndex(t, filepath.Join(t.TempDir(), "index.db")), Options{})
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { f.Run(ctx) })
	defer done.Wait()
	defer stop()
	await(t, "that it says so", func() bool { s := f.Status(); return len(s) == 1 && s[0].Closed && !s[0].Begun })
}

func TestOneProcessFollowsAndAnotherStandsBy(t *testing.T) {
	l := captured(t, "raft")
	path := filepath.Join(t.TempDir(), "index.db")
	a, b := openIndex(t, path), openIndex(t, path)
	during(t, l, a, func(*Follower) {
		reach(t, l, a)
		during(t, l, b, func(f *Follower) {
			await(t, "that it stands by", func() bool { return f.Status()[0].Standby })
		})
	})
	during(t, l, b, func(f *Follower) {
		await(t, "that it follows", func() bool { return f.Status()[0].Begun && !f.Status()[0].Standby })
	})
}
