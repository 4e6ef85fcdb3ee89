package sqlite3

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, options string) *sql.DB {
	t.Helper()
	db, err := sql.Open(Name, filepath.Join(t.TempDir(), "ca.db")+options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestBusyTimeoutReachesTheDatabase(t *testing.T) {
	var ms int
	if err := open(t, "?_busy_timeout=5000").QueryRow("PRAGMA busy_timeout").Scan(&ms); err != nil {
		t.Fatal(err)
	}
	if ms != 5000 {
		t.Fatalf("busy_timeout is %d, want 5000", ms)
	}
}

func TestForeignKeysReachTheDatabase(t *testing.T) {
	var on int
	if err := open(t, "?_foreign_keys=true").QueryRow("PRAGMA foreign_keys").Scan(&on); err != nil {
		t.Fatal(err)
	}
	if on != 1 {
		t.Fatalf("foreign_keys is %d, want 1", on)
	}
}

// Fabric CA tells a second start from a failure by this text.
func TestUniqueViolationSaysSoInTheWordsFabricCALooksFor(t *testing.T) {
	db := open(t, "")
	if _, err := db.Exec("CREATE TABLE p (k VARCHAR(255), PRIMARY KEY(k)); INSERT INTO p VALUES ('a')"); err != nil {
		t.Fatal(err)
	}
	_, err := db.Exec("INSERT INTO p VALUES ('a')")
	if err == nil || !strings.Contains(err.Error(), "UNIQUE constraint failed") {
		t.Fatalf("got %v, want a text with \"UNIQUE constraint failed\"", err)
	}
}

// Fabric CA keeps certificates' times and selects by them for its revocation lists.
func TestTimesAreWrittenReadAndComparedAsTheReplacedDriverDoes(t *testing.T) {
	db := open(t, "?_busy_timeout=5000")
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if _, err := db.Exec("CREATE TABLE c (serial blob NOT NULL, revoked_at timestamp)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO c VALUES ('1', ?), ('2', ?)", at, time.Time{}); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := db.QueryRow("SELECT CAST(revoked_at AS TEXT) FROM c WHERE serial = '1'").Scan(&text); err != nil {
		t.Fatal(err)
	}
	if want := "2026-03-04 05:06:07+00:00"; text != want {
		t.Errorf("stored as %q, want %q", text, want)
	}
	var serial string
	var got time.Time
	if err := db.QueryRow("SELECT serial, revoked_at FROM c WHERE revoked_at > ?", at.Add(-time.Hour)).Scan(&serial, &got); err != nil {
		t.Fatal(err)
	}
	if serial != "1" || !got.Equal(at) {
		t.Errorf("selected %s at %s, want 1 at %s", serial, got, at)
	}
}

func TestOptionsThatCannotBeKeptAreRefused(t *testing.T) {
	for _, tc := range []struct{ options, says string }{
		{"?_journal_mode=WAL", "_journal_mode"},
		{"?_busy_timeout=soon", "milliseconds"},
		{"?_foreign_keys=perhaps", "true or false"},
	} {
		t.Run(tc.options, func(t *testing.T) {
			err := open(t, tc.options).Ping()
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want a refusal that says %q", err, tc.says)
			}
		})
	}
}
