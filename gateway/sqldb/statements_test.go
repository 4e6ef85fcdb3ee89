package sqldb

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

func TestAStatementIsTheSameCompiledAndAsAText(t *testing.T) {
	db, err := OpenFile(filepath.Join(t.TempDir(), "file.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE entries (n INTEGER PRIMARY KEY, text TEXT)`); err != nil {
		t.Fatal(err)
	}
	s := NewStatements(db)
	const insert = `INSERT INTO entries (n, text) VALUES (?, ?)`
	transaction := func(end func(*sql.Tx) error, numbers ...int) (written int64, err error) {
		t.Helper()
		if err := s.Compile(t.Context()); err != nil {
			t.Fatal(err)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range numbers {
			result, err := s.Exec(t.Context(), tx, insert, n, "text")
			if err != nil {
				tx.Rollback()
				return written, err
			}
			rows, err := result.RowsAffected()
			if err != nil {
				t.Fatal(err)
			}
			written += rows
		}
		return written, end(tx)
	}
	for _, c := range []struct {
		name    string
		end     func(*sql.Tx) error
		numbers []int
		written int64
		fails   bool
		kept    int
	}{
		{"as a text", (*sql.Tx).Commit, []int{1, 2}, 2, false, 2},
		{"compiled", (*sql.Tx).Commit, []int{3, 4}, 2, false, 4},
		{"compiled, taken back", (*sql.Tx).Rollback, []int{5, 6}, 2, false, 4},
		{"compiled, refused", (*sql.Tx).Commit, []int{5, 1}, 1, true, 4},
		{"compiled, after one that was refused", (*sql.Tx).Commit, []int{5, 6}, 2, false, 6},
	} {
		written, err := transaction(c.end, c.numbers...)
		if written != c.written || (err != nil) != c.fails {
			t.Errorf("%s: wrote %d rows, %v", c.name, written, err)
		}
		var kept int
		if err := db.QueryRow(`SELECT count(*) FROM entries`).Scan(&kept); err != nil || kept != c.kept {
			t.Errorf("%s: %d rows are there, %v; want %d", c.name, kept, err, c.kept)
		}
	}
	if len(s.compiled) != 1 {
		t.Errorf("%d statements are compiled, not 1", len(s.compiled))
	}
}

func TestAStatementThatCannotBeExecutedStopsNoOther(t *testing.T) {
	db, err := OpenFile(filepath.Join(t.TempDir(), "file.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := NewStatements(db)
	for range 2 {
		if err := s.Compile(t.Context()); err != nil {
			t.Fatal(err)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Exec(t.Context(), tx, `DELETE FROM nothing`); err == nil {
			t.Error("a statement about a table that is not there was executed")
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// One who compiles waits for the connection; who has it must not wait for them.
func TestATransactionGoesOnWhileAnotherIsToBegin(t *testing.T) {
	db, err := OpenFile(filepath.Join(t.TempDir(), "file.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE entries (n INTEGER PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	s := NewStatements(db)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exec(t.Context(), tx, `INSERT INTO entries (n) VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	compiled := make(chan error, 1)
	go func() { compiled <- s.Compile(t.Context()) }()
	for end := time.Now().Add(10 * time.Second); db.Stats().WaitCount == 0 && time.Now().Before(end); { // it waits for the connection
		time.Sleep(time.Millisecond)
	}
	went := make(chan error, 1)
	go func() {
		if _, err := s.Exec(t.Context(), tx, `DELETE FROM entries`); err != nil {
			went <- err
			return
		}
		went <- tx.Commit()
	}()
	for _, done := range []chan error{went, compiled} {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("they wait for each other")
		}
	}
}
