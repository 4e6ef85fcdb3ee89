package limit

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/store/storetest"
)

func code(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// clock is a limiter's, moved by hand.
func clock(l *Limiter, start string) *time.Time {
	now, err := time.Parse(time.RFC3339, start)
	if err != nil {
		panic(err)
	}
	l.now = func() time.Time { return now }
	return &now
}

func TestTheRateFillsUpAgain(t *testing.T) {
	l := New(Terms{RatePerSecond: 10, Burst: 20}, map[string]Terms{"slow": {RatePerSecond: 1, Burst: 1}, "free": {}}, nil)
	now := clock(l, "2026-03-01T00:00:00Z")
	take := func(app string, n int) error { return l.Take(context.Background(), app, n) }
	if err := take("a", 20); err != nil {
		t.Fatal(err)
	}
	err := take("a", 5)
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code != problem.TooManyRequests || p.RetryAfter != 500*time.Millisecond {
		t.Fatalf("%v", err)
	}
	*now = now.Add(500 * time.Millisecond)
	if err := take("a", 5); err != nil {
		t.Errorf("what was refused was counted: %v", err)
	}
	if err := take("b", 20); err != nil {
		t.Errorf("one application's rate is another's: %v", err)
	}
	if code(take("b", 21)) != problem.TooManyRequests {
		t.Error("more than a burst is taken")
	}
	if take("slow", 1) != nil || code(take("slow", 1)) != problem.TooManyRequests {
		t.Error("own terms do not hold")
	}
	if take("free", 1_000_000) != nil || take("a", 0) != nil {
		t.Error("what has no limit is refused")
	}
}

func opened(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMain(m *testing.M) { storetest.Main(m) }

// engines runs a test on SQLite and on PostgreSQL.
func engines(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "gateway.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.Shared(t)) })
}

func TestTheQuotaHoldsAcrossRestartsAndEndsAtMidnightInChina(t *testing.T) {
	engines(t, quotaAcrossRestarts)
}

func quotaAcrossRestarts(t *testing.T, path string) {
	db := opened(t, path)
	l := New(Terms{DailyQuota: 1000}, nil, db)
	clock(l, "2026-03-01T10:00:00Z")
	ctx := context.Background()
	if err := l.Take(ctx, "a", 400); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Close(ctx), db.Close()); err != nil {
		t.Fatal(err)
	}
	db = opened(t, path)
	defer db.Close()
	l = New(Terms{DailyQuota: 1000}, nil, db)
	now := clock(l, "2026-03-01T15:59:00Z") // 23:59 in China
	if err := l.Take(ctx, "a", 600); err != nil {
		t.Fatalf("what was drawn and not used was not given back: %v", err)
	}
	err := l.Take(ctx, "a", 1)
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code != problem.QuotaExceeded || p.RetryAfter != time.Minute {
		t.Fatalf("%v", err)
	}
	*now = now.Add(time.Minute)
	if err := l.Take(ctx, "a", 1000); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestManyGatewaysShareOneQuota(t *testing.T) {
	engines(t, func(t *testing.T, dsn string) {
		gateways := 1 // that SQLite serves; each of PostgreSQL's has a store of its own
		if strings.HasPrefix(dsn, "postgres:") {
			gateways = 3
		}
		stores := make([]*store.Store, gateways)
		for i := range stores {
			stores[i] = opened(t, dsn)
			defer stores[i].Close()
		}
		sharedQuota(t, stores)
	})
}

func sharedQuota(t *testing.T, stores []*store.Store) {
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		db := stores[i%len(stores)]
		l := New(Terms{DailyQuota: 100}, nil, db)
		clock(l, "2026-03-01T10:00:00Z")
		all.Go(func() {
			for range 50 {
				if l.Take(context.Background(), "a", 1) == nil {
					taken.Add(1)
				}
			}
		})
	}
	all.Wait()
	if taken.Load() != 100 {
		t.Errorf("%d of 100 were taken", taken.Load())
	}
}

type away struct{}

func (away) DrawQuota(context.Context, string, string, int64, int64) (int64, error) {
	return 0, errors.New("no database")
}

func TestAQuotaThatCannotBeReadLetsNobodyThrough(t *testing.T) {
	l := New(Terms{DailyQuota: 10}, nil, away{})
	if err := l.Take(context.Background(), "a", 1); code(err) != problem.StoreUnavailable {
		t.Errorf("%v", err)
	}
}
