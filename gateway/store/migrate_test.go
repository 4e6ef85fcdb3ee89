package store

import (
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"henanchain/gateway/sqldb"
	"henanchain/gateway/store/storetest"
)

// A database of the first release is brought up to date with what is in it, and
// every step can be taken back.
func TestAnOldDatabaseIsBroughtUpToDateWithWhatIsInIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.db")
	for name, c := range map[string]struct {
		dialect goose.Dialect
		dsn     func(t *testing.T) string
		open    func(ctx context.Context, dsn string) (*sql.DB, error)
	}{
		"sqlite": {goose.DialectSQLite3, func(*testing.T) string { return file },
			func(_ context.Context, dsn string) (*sql.DB, error) { return sqldb.OpenFile(dsn, pragmas...) }},
		"postgres": {goose.DialectPostgres, func(t *testing.T) string { return storetest.Shared(t) },
			func(ctx context.Context, dsn string) (*sql.DB, error) { return sqldb.OpenPostgres(ctx, dsn, "", 8) }},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			dsn := c.dsn(t)
			db, err := c.open(ctx, dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			p, err := tables.Provider(c.dialect, db)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(ctx, 1); err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(ctx, `INSERT INTO outbox (tx_id, owner, channel, contract, app, places, created, signature, bytes)
				VALUES ('tx1', -1, 'zhengzhou', 'evidence', 'app', '', 1, $1, $2)`, []byte("signature"), []byte("bytes")); err != nil {
				t.Fatal(err)
			}
			s, err := Open(ctx, dsn, Options{})
			if err != nil {
				t.Fatal(err)
			}
			entries, err := s.Claim(ctx)
			if err != nil || len(entries) != 1 || entries[0].TxID != "tx1" || string(entries[0].Bytes) != "bytes" {
				t.Errorf("%+v, %v", entries, err)
			}
			if got, err := s.DrawQuota(ctx, "app", "20260301", 5, 3); err != nil || got != 3 {
				t.Errorf("of a quota of 3 %d were drawn: %v", got, err)
			}
			must(t, s.Close())
			versions, err := p.GetDBVersion(ctx)
			if err != nil || versions < 5 {
				t.Errorf("the database is at version %d: %v", versions, err)
			}
			if _, err := p.DownTo(ctx, 0); err != nil {
				t.Errorf("down: %v", err)
			}
			if _, err := p.Up(ctx); err != nil {
				t.Errorf("up again: %v", err)
			}
		})
	}
}

func TestGatewaysThatStartTogetherOpenAFreshDatabase(t *testing.T) {
	storetest.TogetherInPostgres(t, func(dsn string) (io.Closer, error) { return Open(t.Context(), dsn, Options{}) })
}
