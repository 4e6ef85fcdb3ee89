package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
)

// Statements keeps the statements of write transactions compiled, for a database
// with one connection: SQLite compiles a text each time that it is given one. The
// texts are few, and the same again.
type Statements struct {
	db *sql.DB

	mu       sync.Mutex
	compiled map[string]*sql.Stmt
	wanted   []string
}

// NewStatements keeps statements of a database that OpenFile opened.
func NewStatements(db *sql.DB) *Statements {
	return &Statements{db: db, compiled: map[string]*sql.Stmt{}}
}

// Compile compiles what was executed as a text since the last time. It is called
// before a transaction begins: while one runs, it has the connection.
func (s *Statements) Compile(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.wanted) > 0 {
		text := s.wanted[0]
		compiled, err := s.db.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("compile a statement: %w", err)
		}
		s.compiled[text], s.wanted = compiled, s.wanted[1:]
	}
	return nil
}

// Exec executes a statement in a transaction of the database: compiled, from the
// transaction after its first on.
func (s *Statements) Exec(ctx context.Context, tx *sql.Tx, text string, args ...any) (sql.Result, error) {
	s.mu.Lock()
	compiled := s.compiled[text]
	s.mu.Unlock()
	if compiled != nil {
		return tx.StmtContext(ctx, compiled).ExecContext(ctx, args...)
	}
	result, err := tx.ExecContext(ctx, text, args...)
	if err == nil {
		s.want(text)
	}
	return result, err
}

func (s *Statements) want(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.wanted, text) {
		s.wanted = append(s.wanted, text)
	}
}
