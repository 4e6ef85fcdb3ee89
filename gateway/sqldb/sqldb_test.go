package sqldb

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"henanchain/gateway/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// slow are tables of which two processes that make them at once would meet.
var slow = Tables{Versions: "versions", Files: fstest.MapFS{
	"migrations/00001_one.sql": {Data: []byte("-- +goose Up\nCREATE TABLE one (name TEXT PRIMARY KEY);\n-- +goose Down\nDROP TABLE one;\n")},
	"migrations/00002_two.sql": {Data: []byte("-- +goose Up\nCREATE TABLE two (name TEXT PRIMARY KEY);\nINSERT INTO two VALUES ('once');\n-- +goose Down\nDROP TABLE two;\n")},
}}

func openSlow(ctx context.Context, dsn string) (io.Closer, error) {
	path, file := Path(dsn)
	if !file {
		db, err := OpenPostgres(ctx, dsn, "apart", 2)
		if err == nil {
			err = slow.Update(ctx, db)
		}
		return db, err
	}
	db, err := OpenFile(path, "busy_timeout(1000)")
	if err == nil {
		err = slow.UpdateFile(ctx, db, path)
	}
	return db, err
}

func TestTablesAreMadeOnceByProcessesThatStartTogether(t *testing.T) {
	storetest.Together(t, func(dsn string) (io.Closer, error) { return openSlow(t.Context(), dsn) })
}

func TestPartsOfTheGatewayShareADatabaseByTheirSchemas(t *testing.T) {
	dsn := storetest.Shared(t)
	ctx := t.Context()
	for _, schema := range []string{"", "one", "another", "one"} {
		db, err := OpenPostgres(ctx, dsn, schema, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := slow.Update(ctx, db); err != nil {
			t.Fatalf("in the schema %q: %v", schema, err)
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO one VALUES ($1) ON CONFLICT DO NOTHING`, "of "+schema); err != nil {
			t.Fatal(err)
		}
		names, err := Column[string](ctx, db, `SELECT name FROM one`)
		if err != nil || strings.Join(names, ",") != "of "+schema {
			t.Errorf("in the schema %q stand %v: %v", schema, names, err)
		}
	}
}

func TestAFileThatAnotherProcessBringsUpToDateIsWaitedForUntilOnesTimeIsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	release, err := lockFolder(t.Context(), filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*folderPause)
	defer stop()
	if _, err := openSlow(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is locked: %v", err)
	}
	time.AfterFunc(3*folderPause, func() { release() }) //nolint:errcheck // a file that is closed
	db, err := openSlow(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}

func TestADSNNamesAFileOrADatabase(t *testing.T) {
	for dsn, want := range map[string]string{"sqlite:/a/b.db": "/a/b.db", "/a/b.db": "/a/b.db", "postgres://u@h/d": "", "postgresql://h/d": ""} {
		if path, file := Path(dsn); path != want || file != (want != "") {
			t.Errorf("%s is the file %q (%v)", dsn, path, file)
		}
	}
}

func TestEachEndsWithTheFirstErrorOfARow(t *testing.T) {
	db, err := OpenFile(filepath.Join(t.TempDir(), "file.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stop, rows := errors.New("enough"), 0
	err = Each(t.Context(), db, `SELECT 1 UNION SELECT 2 UNION SELECT 3`, nil, func(scan Scan) error {
		var n int
		if err := scan(&n); err != nil {
			return err
		}
		if rows++; n == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || rows != 2 {
		t.Errorf("after %d rows: %v", rows, err)
	}
	if _, err := Column[int](t.Context(), db, `SELECT 'a text'`); err == nil {
		t.Error("a text was read as a number")
	}
}
