package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"henanchain/gateway/store/storetest"
)

// opening opens a database as parts of the gateway do, with a table of its own.
func opening(dsn string) func(context.Context) (*sql.DB, error) {
	return func(ctx context.Context) (*sql.DB, error) {
		db, err := OpenPostgres(ctx, dsn, "awaited", 2)
		if err != nil {
			return nil, err
		}
		if err := slow.Update(ctx, db); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return db, nil
	}
}

func TestADatabaseThatStartsLaterIsWaitedFor(t *testing.T) {
	cluster := storetest.Postgres(t)
	cluster.Kill()
	core, logs := observer.New(zap.WarnLevel)
	opened := make(chan error, 1)
	go func() {
		db, err := Await(t.Context(), zap.New(core), opening(cluster.DSN()))
		if err == nil {
			err = db.Close()
		}
		opened <- err
	}()
	for end := time.Now().Add(time.Minute); logs.Len() == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if logs.Len() == 0 {
		t.Fatal("it is not said that the database does not answer")
	}
	cluster.Start(t)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatDoesNotStartIsAnError(t *testing.T) {
	cluster := storetest.Postgres(t)
	cluster.Kill()
	if _, err := await(t.Context(), zap.NewNop(), 300*time.Millisecond, opening(cluster.DSN())); err == nil || !strings.Contains(err.Error(), "connect") {
		t.Errorf("ended with %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := Await(ctx, zap.NewNop(), opening(cluster.DSN())); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connect") {
		t.Errorf("a wait that was ended: %v", err)
	}
}

func TestWhatTimeDoesNotMendIsNotWaitedFor(t *testing.T) {
	there := storetest.Shared(t)
	for name, dsn := range map[string]string{
		"no such database": strings.Replace(there, "/test", "/nothing", 1),
		"no such user":     strings.Replace(there, "gateway@", "nobody@", 1),
		"no DSN":           "postgres://%zz",
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.WarnLevel)
			if db, err := await(t.Context(), zap.New(core), time.Second, opening(dsn)); err == nil {
				t.Errorf("opened %v", db.Close())
			}
			if logs.Len() > 0 {
				t.Errorf("it waited: %v", logs.All()[0])
			}
		})
	}
}
