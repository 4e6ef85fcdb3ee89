package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"henanchain/gateway/store/storetest"
)

// engines runs a test on SQLite and on PostgreSQL. open opens the database of
// this test, again and again: what was left by a store that was closed without
// ending its calls is what a crash leaves.
func engines(t *testing.T, test func(t *testing.T, open func(t *testing.T, o Options) *Store)) {
	opener := func(dsn string) func(*testing.T, Options) *Store {
		return func(t *testing.T, o Options) *Store {
			t.Helper()
			s, err := Open(context.Background(), dsn, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		test(t, opener(filepath.Join(t.TempDir(), "gateway.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, opener(storetest.Shared(t)))
	})
}

func TestMain(m *testing.M) { storetest.Main(m) }

func mustBegin(t *testing.T, s *Store, key, digest string) *Ticket {
	t.Helper()
	ticket, answer, err := s.Begin(context.Background(), "app", key, digest)
	if err != nil || answer != nil || ticket == nil {
		t.Fatalf("Begin(%s, %s) = %v, %v, %v; want a ticket", key, digest, ticket, answer, err)
	}
	return ticket
}

func mustRefuse(t *testing.T, s *Store, key, digest string, want error) {
	t.Helper()
	ticket, answer, err := s.Begin(context.Background(), "app", key, digest)
	if !errors.Is(err, want) || ticket != nil || answer != nil {
		t.Fatalf("Begin(%s, %s) = %v, %v, %v; want %v", key, digest, ticket, answer, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func entry(txID string, places ...Place) Entry {
	return Entry{TxID: txID, Channel: "zhengzhou", Contract: "evidence", App: "app", Bytes: []byte("bytes of " + txID), Signature: []byte("signature"), Places: places}
}

func TestSameKeyAndSameBodyGetTheFirstAnswerAndAnotherBodyIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		ctx := context.Background()
		s := open(t, Options{})
		ticket := mustBegin(t, s, "k1", "body")
		mustRefuse(t, s, "k1", "body", ErrInFlight)
		mustRefuse(t, s, "k1", "another body", ErrKeyReused)
		want := Answer{Status: 201, Header: map[string]string{"Location": "/x"}, Body: []byte(`{"id":"x"}`)}
		must(t, ticket.Finish(ctx, want))
		must(t, s.Close())

		s = open(t, Options{})
		_, answer, err := s.Begin(ctx, "app", "k1", "body")
		if err != nil || answer == nil || answer.Status != 201 || string(answer.Body) != `{"id":"x"}` || answer.Header["Location"] != "/x" {
			t.Fatalf("the same call again got %+v, %v; want %+v", answer, err, want)
		}
		mustRefuse(t, s, "k1", "another body", ErrKeyReused)
		other, answer, err := s.Begin(ctx, "another app", "k1", "another body")
		if err != nil || answer != nil {
			t.Fatalf("another application's key of the same name got %v, %v", answer, err)
		}
		must(t, other.Release(ctx))
	})
}

func TestAKeyWhoseCallNeverReachedTheOutboxIsAsGoodAsNew(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		s := open(t, Options{})
		released := mustBegin(t, s, "released", "body")
		mustBegin(t, s, "crashed", "body")
		must(t, released.Release(context.Background()))
		if ticket := mustBegin(t, s, "released", "another body"); ticket.Resumed {
			t.Error("a released key was resumed")
		}
		must(t, s.Close())

		s = open(t, Options{})
		if ticket := mustBegin(t, s, "crashed", "another body"); ticket.Resumed {
			t.Error("a key that was never used was resumed")
		}
	})
}

func TestACallThatCrashedInTheMiddleIsResumedWithWhatIsKnown(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		ctx := context.Background()
		s := open(t, Options{})
		call := mustBegin(t, s, "k", "body").Call
		must(t, s.Put(ctx, entry("tx1", Place{}, Place{Call: call, Position: 0})))
		must(t, s.Put(ctx, entry("tx2", Place{Call: call, Position: 2})))
		must(t, s.Complete(ctx, "tx1", []Known{{Place{Call: call, Position: 0}, json.RawMessage(`{"n":0}`)}}))
		must(t, s.Close())

		s = open(t, Options{})
		mustRefuse(t, s, "k", "another body", ErrKeyReused)
		ticket := mustBegin(t, s, "k", "body")
		if !ticket.Resumed || ticket.Call != call {
			t.Fatalf("the call was not resumed: %+v", ticket)
		}
		short, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		defer cancel()
		if known, err := s.Outcomes(short, call); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Outcomes did not wait for tx2: %v, %v", known, err)
		}
		entries, err := s.Claim(ctx)
		if err != nil || len(entries) != 1 || entries[0].TxID != "tx2" || string(entries[0].Bytes) != "bytes of tx2" || entries[0].Places[0] != (Place{Call: call, Position: 2}) {
			t.Fatalf("Claim = %+v, %v; want tx2", entries, err)
		}
		if again, err := s.Claim(ctx); err != nil || len(again) != 0 {
			t.Fatalf("a transaction was claimed twice: %+v, %v", again, err)
		}
		must(t, s.Complete(ctx, "tx2", []Known{{Place{Call: call, Position: 2}, json.RawMessage(`{"n":2}`)}}))
		must(t, s.Complete(ctx, "tx2", []Known{{Place{Call: call, Position: 2}, json.RawMessage(`{"n":"twice"}`)}}))
		known, err := s.Outcomes(ctx, call)
		if err != nil || len(known) != 2 || string(known[0]) != `{"n":0}` || string(known[2]) != `{"n":2}` {
			t.Fatalf("Outcomes = %v, %v", known, err)
		}
		must(t, ticket.Finish(ctx, Answer{Status: 200}))
		if known, err := s.Outcomes(ctx, call); err != nil || len(known) != 0 {
			t.Fatalf("outcomes outlived their call: %v, %v", known, err)
		}
	})
}

func TestAReleasedCallWithTransactionsUnderWayKeepsItsKey(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		ctx := context.Background()
		s := open(t, Options{})
		ticket := mustBegin(t, s, "k", "body")
		ticket.Hold()
		must(t, s.Put(ctx, entry("tx", Place{Call: ticket.Call})))
		must(t, ticket.Release(ctx))
		mustRefuse(t, s, "k", "body", ErrInFlight)
		must(t, s.Complete(ctx, "tx", []Known{{Place{Call: ticket.Call}, json.RawMessage(`1`)}}))
		ticket.Drop()
		mustRefuse(t, s, "k", "another body", ErrKeyReused)
		if again := mustBegin(t, s, "k", "body"); !again.Resumed {
			t.Error("the call was not resumed")
		}
	})
}

func TestExpiredKeysAndJobsAreGone(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		ctx := context.Background()
		s := open(t, Options{KeyLifetime: time.Millisecond, JobLifetime: time.Millisecond})
		must(t, mustBegin(t, s, "k", "body").Finish(ctx, Answer{Status: 200}))
		job, err := s.CreateJob(ctx, "app", "batch", []byte("p"), nil, nil)
		must(t, err)
		must(t, s.FinishJob(ctx, job, Answer{Status: 200}))
		time.Sleep(5 * time.Millisecond)
		ticket := mustBegin(t, s, "k", "another body")
		must(t, ticket.Finish(ctx, Answer{Status: 200}))
		if _, err := s.Job(ctx, "app", job.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("an expired job is still there: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
		must(t, s.Sweep(ctx))
		for _, table := range []string{"idempotency", "jobs", "outcomes"} {
			var n int
			must(t, s.db.reader().QueryRow(`SELECT count(*) FROM `+table).Scan(&n))
			if n != 0 {
				t.Errorf("%d expired rows stay in %s", n, table)
			}
		}
	})
}

func TestAJobSurvivesACrashAndIsDoneOnce(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		ctx := context.Background()
		flip := func(b []byte) ([]byte, error) {
			out := make([]byte, len(b))
			for i := range b {
				out[i] = ^b[i]
			}
			return out, nil
		}
		sealed := Options{Seal: flip, Open: flip}
		s := open(t, sealed)
		ticket := mustBegin(t, s, "k", "body")
		job, err := s.CreateJob(ctx, "app", "batch", []byte("private"), ticket, func(id string) Answer {
			return Answer{Status: 202, Header: map[string]string{"Location": "/jobs/" + id}}
		})
		must(t, err)
		if _, answer, err := s.Begin(ctx, "app", "k", "body"); err != nil || answer == nil || answer.Header["Location"] != "/jobs/"+job.ID {
			t.Fatalf("the key of an accepted job got %+v, %v", answer, err)
		}
		if mine, err := s.ClaimJobs(ctx); err != nil || len(mine) != 0 {
			t.Fatalf("a job in progress was claimed: %v, %v", mine, err)
		}
		must(t, s.Put(ctx, entry("tx", Place{Call: job.Ticket.Call, Position: 3})))
		must(t, s.Complete(ctx, "tx", []Known{{Place{Call: job.Ticket.Call, Position: 3}, json.RawMessage(`"done"`)}}))
		var raw []byte
		must(t, s.db.reader().QueryRow(`SELECT payload FROM jobs`).Scan(&raw))
		if string(raw) == "private" {
			t.Error("the payload is at rest in the clear")
		}
		must(t, s.Close())

		s = open(t, sealed)
		jobs, err := s.ClaimJobs(ctx)
		if err != nil || len(jobs) != 1 || string(jobs[0].Payload) != "private" || !jobs[0].Ticket.Resumed {
			t.Fatalf("ClaimJobs = %+v, %v", jobs, err)
		}
		known, err := s.Outcomes(ctx, jobs[0].Ticket.Call)
		if err != nil || string(known[3]) != `"done"` {
			t.Fatalf("Outcomes of the job = %v, %v", known, err)
		}
		must(t, s.FinishJob(ctx, jobs[0], Answer{Status: 200, Body: []byte("results")}))
		got, err := s.Job(ctx, "app", job.ID)
		if err != nil || got.Answer == nil || string(got.Answer.Body) != "results" || got.Finished.IsZero() || got.Payload != nil {
			t.Fatalf("Job = %+v, %v", got, err)
		}
		if _, err := s.Job(ctx, "another app", job.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("another application sees the job: %v", err)
		}
		if again, err := s.ClaimJobs(ctx); err != nil || len(again) != 0 {
			t.Errorf("a finished job was claimed: %v, %v", again, err)
		}
	})
}

func TestOfManyCallersWithOneKeyOneWins(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		s := open(t, Options{})
		var (
			wait sync.WaitGroup
			won  atomic.Int32
		)
		for range 50 {
			wait.Go(func() {
				ticket, _, err := s.Begin(context.Background(), "app", "k", "body")
				switch {
				case err == nil && ticket != nil:
					won.Add(1)
				case !errors.Is(err, ErrInFlight):
					t.Errorf("a loser was told %v", err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Errorf("%d callers won", won.Load())
		}
	})
}

func TestAWriteThatFailsDoesNotSpoilItsNeighbours(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		s := open(t, Options{})
		bad := errors.New("bad")
		var wait sync.WaitGroup
		for i := range 40 {
			wait.Go(func() {
				err := s.group.do(context.Background(), true, func(ctx context.Context, tx *sql.Tx) error {
					if i%10 == 3 {
						return bad
					}
					_, err := tx.ExecContext(ctx, `INSERT INTO outcomes (call_id, position, outcome) VALUES ('x', $1, '1')`, i)
					return err
				})
				if (i%10 == 3) != errors.Is(err, bad) {
					t.Errorf("write %d: %v", i, err)
				}
			})
		}
		wait.Wait()
		var n int
		must(t, s.db.reader().QueryRow(`SELECT count(*) FROM outcomes`).Scan(&n))
		if n != 36 {
			t.Errorf("%d of 36 writes are there", n)
		}
	})
}

func TestAClosedStoreSaysSo(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T, Options) *Store) {
		s := open(t, Options{})
		must(t, s.Close())
		if err := s.Put(context.Background(), entry("tx")); !errors.Is(err, ErrClosed) {
			t.Errorf("Put on a closed store: %v", err)
		}
	})
}

func TestASecondGatewayOnOneSQLiteFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.db")
	s, err := Open(context.Background(), path, Options{})
	must(t, err)
	defer s.Close()
	if second, err := Open(context.Background(), path, Options{}); err == nil {
		second.Close()
		t.Fatal("a second gateway opened the file")
	}
}

func TestGatewaysOnOnePostgresTakeOverFromTheDeadOnly(t *testing.T) {
	ctx := context.Background()
	dsn := storetest.Shared(t)
	a, err := Open(ctx, dsn, Options{})
	must(t, err)
	b, err := Open(ctx, dsn, Options{})
	must(t, err)
	defer b.Close()
	call := mustBegin(t, a, "k", "body").Call
	must(t, a.Put(ctx, entry("tx", Place{Call: call})))
	_, err = a.CreateJob(ctx, "app", "batch", nil, nil, nil)
	must(t, err)
	mustRefuse(t, b, "k", "body", ErrInFlight)
	mustRefuse(t, b, "k", "another body", ErrKeyReused)
	if entries, err := b.Claim(ctx); err != nil || len(entries) != 0 {
		t.Fatalf("a living gateway's transaction was claimed: %v, %v", entries, err)
	}
	if jobs, err := b.ClaimJobs(ctx); err != nil || len(jobs) != 0 {
		t.Fatalf("a living gateway's job was claimed: %v, %v", jobs, err)
	}
	must(t, a.Close())
	var entries []Entry
	soon(t, "the dead gateway's transaction is claimed", func() bool {
		entries, err = b.Claim(ctx) // the server may notice a moment later that the other's session has ended
		must(t, err)
		return len(entries) > 0
	})
	if len(entries) != 1 {
		t.Fatalf("Claim = %v; want the dead gateway's transaction", entries)
	}
	if jobs, err := b.ClaimJobs(ctx); err != nil || len(jobs) != 1 {
		t.Fatalf("ClaimJobs = %v, %v; want the dead gateway's job", jobs, err)
	}
	if ticket := mustBegin(t, b, "k", "body"); !ticket.Resumed {
		t.Error("the dead gateway's call was not resumed")
	}
}

func TestAGatewayThatWasCutOffDoesNotSubmitACallThatAnotherTookOver(t *testing.T) {
	ctx := context.Background()
	dsn := storetest.Shared(t)
	a, err := Open(ctx, dsn, Options{})
	must(t, err)
	defer a.Close()
	b, err := Open(ctx, dsn, Options{})
	must(t, err)
	defer b.Close()
	ticket := mustBegin(t, a, "k", "body")
	taken := mustTakeOver(t, b, a.db.self(), "k", "another body")
	if taken.Resumed {
		t.Error("nothing was in the outbox, and the call was resumed")
	}
	if err := a.Put(ctx, entry("tx", Place{Call: ticket.Call})); !errors.Is(err, ErrTakenOver) {
		t.Fatalf("Put of a call that was taken over: %v", err)
	}
	must(t, b.Put(ctx, entry("tx2", Place{Call: taken.Call})))
	soon(t, "the gateway that was cut off comes back", func() bool {
		alive, err := aliveFor(b, a.db.self())
		must(t, err)
		return alive
	})
}

// mustTakeOver ends the session by which a gateway lives, again whenever that
// one is back first, until another has its key.
func mustTakeOver(t *testing.T, s *Store, owner int64, key, digest string) (ticket *Ticket) {
	t.Helper()
	soon(t, "the key is taken over", func() bool {
		_, err := s.db.reader().Exec(`SELECT pg_terminate_backend(pid) FROM pg_locks
			WHERE locktype = 'advisory' AND classid = $1 AND objid = $2`, lockClass, owner)
		must(t, err)
		if ticket, _, err = s.Begin(context.Background(), "app", key, digest); !errors.Is(err, ErrKeyReused) {
			must(t, err)
		}
		return err == nil
	})
	return ticket
}

// soon waits, as long as a slow machine needs.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func aliveFor(s *Store, owner int64) (alive bool, err error) {
	err = s.group.do(context.Background(), false, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		alive, err = s.db.alive(ctx, tx, owner)
		return err
	})
	return alive, err
}

func TestTheStoreComesBackWithPostgres(t *testing.T) {
	ctx := context.Background()
	cluster := storetest.Postgres(t)
	s, err := Open(ctx, cluster.DSN(), Options{})
	must(t, err)
	defer s.Close()
	must(t, s.Put(ctx, entry("tx1")))
	cluster.Kill()
	if err := s.Put(ctx, entry("tx2")); err == nil {
		t.Fatal("Put succeeded without a database")
	}
	if err := s.Ping(ctx); err == nil {
		t.Error("Ping succeeded without a database")
	}
	cluster.Start(t)
	again := 0
	soon(t, "the store takes a transaction again", func() bool {
		again++
		return s.Put(ctx, entry(fmt.Sprint("again", again))) == nil
	})
	must(t, s.Complete(ctx, "tx1", nil))
	must(t, s.Ping(ctx))
}
