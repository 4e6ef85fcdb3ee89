// Package sqldb is what the parts of the gateway that keep tables have in common:
// how a SQLite file and a PostgreSQL database are opened, how tables are brought
// up to date where several processes start at once, and how rows are read.
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Path is the file that a DSN names, with "sqlite:" before it or without; ok is
// false where it names a PostgreSQL database.
func Path(dsn string) (path string, ok bool) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return "", false
	}
	return strings.TrimPrefix(dsn, "sqlite:"), true
}

// OpenFile opens a SQLite file to write, with one connection, since SQLite has one
// writer: a transaction has the whole file to itself from its beginning. Pragmas
// are set on each connection. The folder is made where there is none.
func OpenFile(path string, pragmas ...string) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the database: %w", err)
	}
	db, err := sql.Open("sqlite", source(path, pragmas, "_txlock", "immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// OpenReaders opens a SQLite file that is there to read, with so many connections.
func OpenReaders(path string, connections int, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", source(path, pragmas, "mode", "ro"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// source is a SQLite file as its driver takes it.
func source(path string, pragmas []string, name, value string) string {
	query := url.Values{"_pragma": append([]string{"journal_mode(WAL)"}, pragmas...), name: {value}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// OpenPostgres opens a PostgreSQL database with so many connections at most.
// Tables are in the schema named, which is made where there is none; empty: where
// the database has them for that user.
func OpenPostgres(ctx context.Context, dsn, schema string, connections int) (*sql.DB, error) {
	if schema != "" {
		u, err := url.Parse(dsn)
		if err != nil {
			return nil, fmt.Errorf("the DSN: %w", err)
		}
		query := u.Query()
		query.Set("search_path", schema)
		u.RawQuery = query.Encode()
		dsn = u.String()
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := makeSchema(ctx, db, schema); err != nil {
		db.Close() //nolint:errcheck // nothing was done there
		return nil, err
	}
	return db, nil
}
