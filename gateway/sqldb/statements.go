package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// Statements keeps the statements of write transactions compiled, for a database
// with one connection: SQLite compiles a text each time that it is given one. The
// texts are few, and the same again.
type Statements struct {
	db *sql.DB

	mu       sync.Mutex           // never held while the connection is waited for: who has it waits here
	compiled map[string]*sql.Stmt // nil: to be compiled
	wanted   []string
}

// NewStatements keeps statements of a database that OpenFile opened.
func NewStatements(db *sql.DB) *Statements {
	return &Statements{db: db, compiled: map[string]*sql.Stmt{}}
}

// Compile compiles what was executed as a text since the last time. It is called
// before a transaction begins: while one runs, it has the connection.
func (s *Statements) Compile(ctx context.Context) error {
	for text, ok := s.next(); ok; text, ok = s.next() {
		compiled, err := s.db.PrepareContext(ctx, text)
		s.mu.Lock()
		if s.compiled[text] = compiled; err != nil {
			delete(s.compiled, text) // wanted again when it is next executed
		}
		s.mu.Unlock()
		if err != nil {
			return fmt.Errorf("compile a statement: %w", err)
		}
	}
	return nil
}

// next takes the next text that is to be compiled.
func (s *Statements) next() (text string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wanted) == 0 {
		return "", false
	}
	text, s.wanted = s.wanted[0], s.wanted[1:]
	return text, true
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
	if _, known := s.compiled[text]; !known {
		s.compiled[text] = nil
		s.wanted = append(s.wanted, text)
	}
}
