package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/sqldb"
	"henanchain/internal/catalog"
)

// ErrNotFound is returned where the index holds no such thing.
var ErrNotFound = errors.New("the index holds no such entry")

// ErrMoved is returned by Apply where the channel does not end at the block
// before: another follower was faster, or blocks were left out.
var ErrMoved = errors.New("the index is at another block of the channel")

// Options tune an Index.
type Options struct {
	// Contracts is the catalogue whose search fields are served.
	Contracts []catalog.Contract
	Log       *zap.Logger
}

// Index is the read model. It is safe for concurrent use.
type Index struct {
	db        engine
	log       *zap.Logger
	contracts map[string]*catalog.Contract

	mu    sync.RWMutex
	kinds map[kindKey]*kind // as far as they are in the database
	names map[string]int64  // numbers of the channels, likewise

	hot *hot

	generationBits uint // generationBits, and fewer in tests

	applied broadcast
}

// engine is what the two databases differ in.
type engine interface {
	reader() *sql.DB
	// latest asks the question of that name.
	latest(ctx context.Context, kind int64, id, channel string) *sql.Row
	// begin starts a write transaction.
	begin(ctx context.Context) (*sql.Tx, error)
	// forUpdate ends a SELECT whose rows nobody else may change until the
	// transaction ends.
	forUpdate() string
	// numbering has nobody else give out numbers of channels and kinds until
	// the transaction ends.
	numbering(ctx context.Context, tx *sql.Tx) error
	// isolation is that of questions which belong together.
	isolation() sql.IsolationLevel
	// exec executes a statement that is executed often.
	exec(ctx context.Context, tx *sql.Tx, text string, args ...any) (sql.Result, error)
	insert(ctx context.Context, tx *sql.Tx, table string, columns []string, suffix string, values []any) (written int64, err error)
	// claim returns nil where another process has the channel.
	claim(ctx context.Context, channel string) (*Claim, error)
	close() error
}

// Open opens the index that dsn names, sqlite:FILE or postgres://…, and brings
// its tables up to date.
func Open(ctx context.Context, dsn string, o Options) (*Index, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	var db engine
	var err error
	if path, ok := sqldb.Path(dsn); ok {
		db, err = openSQLite(ctx, path, o.Log)
	} else {
		db, err = openPostgres(ctx, dsn)
	}
	if err != nil {
		return nil, err
	}
	x := &Index{db: db, log: o.Log, contracts: map[string]*catalog.Contract{}, kinds: map[kindKey]*kind{}, names: map[string]int64{}, hot: newHot(maxHot), generationBits: generationBits}
	for i := range o.Contracts {
		x.contracts[o.Contracts[i].Name] = &o.Contracts[i]
	}
	if err := x.load(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return x, nil
}

// Close ends the index.
func (x *Index) Close() error { return x.db.close() }

// Ping tells whether the database answers.
func (x *Index) Ping(ctx context.Context) error {
	if err := x.db.reader().PingContext(ctx); err != nil {
		return fmt.Errorf("the read model's database does not answer: %w", err)
	}
	return nil
}

// load reads the numbers of channels and kinds, and brings the search fields
// of kinds up to date whose declaration has changed since.
func (x *Index) load(ctx context.Context) error {
	var stale []*kind
	err := x.inTx(ctx, func(tx *sql.Tx) error {
		names, kinds, err := x.readNumbers(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range kinds {
			if k.stored != k.fingerprint() {
				stale = append(stale, k)
			}
		}
		x.learn(names, kinds)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the index's tables: %w", err)
	}
	for _, k := range stale {
		x.log.Info("the search fields of a ledger have changed; its records are sorted in again", zap.String("channel", k.channel), zap.String("contract", k.contract), zap.String("type", k.recordType))
		if err := x.resort(ctx, k); err != nil {
			return fmt.Errorf("sort the records of %s %s in again: %w", k.contract, k.recordType, err)
		}
	}
	return nil
}

func (x *Index) readNumbers(ctx context.Context, tx *sql.Tx) (map[string]int64, []*kind, error) {
	names, byNumber := map[string]int64{}, map[int64]string{}
	err := sqldb.Each(ctx, tx, `SELECT no, name FROM channels`, nil, func(scan sqldb.Scan) error {
		var no int64
		var name string
		if err := scan(&no, &name); err != nil {
			return err
		}
		names[name], byNumber[no] = no, name
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	var kinds []*kind
	err = sqldb.Each(ctx, tx, `SELECT no, channel, contract, type, fields FROM kinds`, nil, func(scan sqldb.Scan) error {
		var no, channel int64
		var contract, recordType, fields string
		if err := scan(&no, &channel, &contract, &recordType, &fields); err != nil {
			return err
		}
		k := newKind(no, byNumber[channel], contract, recordType, x.contracts[contract])
		k.stored = fields
		kinds = append(kinds, k)
		return nil
	})
	return names, kinds, err
}

func (x *Index) learn(names map[string]int64, kinds []*kind) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, no := range names {
		x.names[name] = no
	}
	for _, k := range kinds {
		x.kinds[k.key()] = k
	}
}

// kind finds a type of records, also one that another process has just brought
// in; nil where the index holds none of it.
func (x *Index) kind(ctx context.Context, channel, contract, recordType string) (*kind, error) {
	if k := x.cached(channel, contract, recordType); k != nil {
		return k, nil
	}
	return x.findKind(ctx, x.db.reader(), channel, contract, recordType)
}

func (x *Index) cached(channel, contract, recordType string) *kind {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.kinds[kindKey{channel, contract, recordType}]
}

func (x *Index) findKind(ctx context.Context, q sqldb.Querier, channel, contract, recordType string) (*kind, error) {
	var no int64
	var fields string
	err := q.QueryRowContext(ctx, `SELECT k.no, k.fields FROM kinds k JOIN channels c ON c.no = k.channel WHERE c.name = $1 AND k.contract = $2 AND k.type = $3`, channel, contract, recordType).Scan(&no, &fields)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for the records %s of %s: %w", recordType, contract, err)
	}
	k := newKind(no, channel, contract, recordType, x.contracts[contract])
	k.stored = fields
	x.learn(nil, []*kind{k})
	return k, nil
}

// channelNumber finds the number of a channel; false where the index holds
// nothing of it.
func (x *Index) channelNumber(ctx context.Context, channel string) (int64, bool, error) {
	x.mu.RLock()
	no, ok := x.names[channel]
	x.mu.RUnlock()
	if ok {
		return no, true, nil
	}
	err := x.db.reader().QueryRowContext(ctx, `SELECT no FROM channels WHERE name = $1`, channel).Scan(&no)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("look for the channel %s: %w", channel, err)
	}
	x.learn(map[string]int64{channel: no}, nil)
	return no, true, nil
}

// inTx runs f in a write transaction.
func (x *Index) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := x.db.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, back)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// broadcast wakes everybody who waits for news.
type broadcast struct {
	mu   sync.Mutex
	next chan struct{}
}

// wait returns a channel that is closed at the next news.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
