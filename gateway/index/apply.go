package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/block"
)

// Block is a verified block, read.
type Block struct {
	Number       uint64
	Hash         []byte
	DataHash     []byte
	Bytes        int
	Transactions []block.Transaction
	// Config is the whole block where it is a configuration block, and
	// Sequence its configuration's.
	Config   *common.Block
	Sequence uint64
}

// Checkpoint is how far a channel is in the index.
type Checkpoint struct {
	Number uint64
	Hash   []byte
	// ConfigBlock holds the configuration in force.
	ConfigBlock *common.Block
}

// Checkpoint reads how far a channel is, for the process that has claimed it and
// follows it from there; ErrNotFound where it has not begun.
func (x *Index) Checkpoint(ctx context.Context, channel string) (*Checkpoint, error) {
	x.hot.forget(channel)
	var raw []byte
	var number, ms int64
	c := &Checkpoint{ConfigBlock: &common.Block{}}
	err := x.db.reader().QueryRowContext(ctx, `SELECT c.number, c.hash, c.time, f.block FROM channels c JOIN configs f ON f.channel = c.no AND f.number = c.config_at WHERE c.name = $1`, channel).
		Scan(&number, &c.Hash, &ms, &raw)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("read the checkpoint of %s: %w", channel, err)
	}
	c.Number = uint64(number)
	if err := proto.Unmarshal(raw, c.ConfigBlock); err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", channel, err)
	}
	x.hot.step(AsOf{channel, c.Number, fromMillis(ms)}, nil)
	return c, nil
}

// Apply puts the next blocks of a channel into the index, all of them and the
// checkpoint in one database transaction. ErrMoved where they are not the next.
// From then on what is read of the channel may be kept in memory, until this
// process's claim ends.
func (x *Index) Apply(ctx context.Context, channel string, blocks []Block) error {
	if len(blocks) == 0 {
		return nil
	}
	// The driver asks nobody whether to go on with each statement; the
	// transaction as a whole is short.
	ctx = context.WithoutCancel(ctx)
	for _, careful := range []bool{false, true} {
		a := &applying{index: x, ctx: ctx, channel: channel, careful: careful, touched: map[int64]map[string]*touched{}}
		err := x.inTx(ctx, func(tx *sql.Tx) error { return a.run(tx, blocks) })
		if errors.Is(err, errNotNew) && !careful {
			continue
		}
		if err != nil {
			x.hot.forget(channel)
			return fmt.Errorf("index blocks %d to %d of %s: %w", blocks[0].Number, blocks[len(blocks)-1].Number, channel, err)
		}
		x.learn(a.named, a.newKinds)
		x.hot.step(a.atBlock(), a.order)
		x.applied.tell()
		return nil
	}
	return nil
}

// errNotNew tells that a record of version 1 was there already, deleted
// before: then everything is looked up first.
var errNotNew = errors.New("a new record is there already")

// numberBits is the part of a number that counts within its channel.
const numberBits = 40

// applying is one Apply at work.
type applying struct {
	index   *Index
	ctx     context.Context
	tx      *sql.Tx
	channel string
	careful bool

	no, records, versions, txs int64 // of the channel
	number, configAt, time     int64
	hash                       []byte

	named    map[string]int64
	newKinds []*kind

	touched map[int64]map[string]*touched // by kind and id
	order   []*touched
	// pairs are what is sorted in by terms, statuses those terms of them that
	// are a status's, and fresh the first number of a record that is new.
	pairs    []pair
	statuses map[int64]bool
	fresh    int64
	writes   []write
	rows     rows
}

// write is one new version of a key.
type write struct {
	of    *touched
	tx    int64
	value []byte // nil: deleted
}

// touched is a key that the blocks write.
type touched struct {
	kind   *kind
	id     string
	number int64
	isNew  bool
	// What stood there before these blocks.
	before int64
	status string
	old    []byte
	// What stands there after.
	version   int64
	newStatus string
	value     []byte
}

// rows collects what goes into the database, by table.
type rows struct {
	versions, terms, postings, ordered, transactions, blocks, events, configs, contracts []any
	activity                                                                             map[activityKey]int64
}

type activityKey struct {
	kind         int64
	day, org, op string
}

func (a *applying) run(tx *sql.Tx, blocks []Block) error {
	a.tx, a.order, a.writes, a.rows = tx, nil, nil, rows{activity: map[activityKey]int64{}}
	a.pairs, a.statuses = nil, map[int64]bool{}
	clear(a.touched)
	if err := a.open(blocks[0].Number); err != nil {
		return err
	}
	for i := range blocks {
		if err := a.block(&blocks[i]); err != nil {
			return err
		}
	}
	if err := a.number1(); err != nil {
		return err
	}
	if err := a.versionRows(); err != nil {
		return err
	}
	if err := a.recordRows(); err != nil {
		return err
	}
	return a.save()
}

// open reads where the channel is, and takes it for this transaction.
func (a *applying) open(first uint64) error {
	row := a.tx.QueryRowContext(a.ctx, `SELECT no, number, time, config_at, records, versions, txs FROM channels WHERE name = $1`+a.index.db.forUpdate(), a.channel)
	err := row.Scan(&a.no, &a.number, &a.time, &a.configAt, &a.records, &a.versions, &a.txs)
	if errors.Is(err, sql.ErrNoRows) {
		a.number = -1
		if err := a.index.db.numbering(a.ctx, a.tx); err != nil {
			return err
		}
		err = a.tx.QueryRowContext(a.ctx, `INSERT INTO channels (no, name, number, hash, time, config_at, records, versions, txs)
			SELECT coalesce(max(no), 0) + 1, $1, -1, $2, 0, 0, 0, 0, 0 FROM channels RETURNING no`, a.channel, []byte{}).Scan(&a.no)
		a.named = map[string]int64{a.channel: a.no}
	}
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	if int64(first) != a.number+1 {
		return ErrMoved
	}
	a.fresh = a.no<<numberBits | (a.records + 1)
	return nil
}

// exec executes a statement of which there are many.
func (a *applying) exec(text string, args ...any) (sql.Result, error) {
	return a.index.db.exec(a.ctx, a.tx, text, args...)
}

// numbered gives out the next of a channel's numbers.
func (a *applying) numbered(counter *int64) int64 {
	*counter++
	return a.no<<numberBits | *counter
}

func (a *applying) block(b *Block) error {
	if int64(b.Number) != a.number+1 {
		return ErrMoved
	}
	a.number, a.hash = int64(b.Number), b.Hash
	first, valid, latest := a.no<<numberBits|(a.txs+1), 0, int64(0)
	for i := range b.Transactions {
		t := &b.Transactions[i]
		latest = max(latest, millis(t.Time))
		if t.Valid() {
			valid++
		}
		if err := a.transaction(b, t); err != nil {
			return err
		}
	}
	if b.Config != nil {
		raw, err := proto.Marshal(b.Config)
		if err != nil {
			return fmt.Errorf("encode the configuration block %d: %w", b.Number, err)
		}
		a.configAt = a.number
		a.rows.configs = append(a.rows.configs, a.no, a.number, int64(b.Sequence), raw)
	}
	a.rows.blocks = append(a.rows.blocks, a.no, a.number, b.Hash, b.DataHash, latest, int64(b.Bytes), len(b.Transactions), valid, first)
	a.time = max(a.time, latest)
	return nil
}

// save writes what was collected, and the checkpoint.
func (a *applying) save() error {
	r := &a.rows
	for _, t := range []struct {
		table   string
		columns []string
		values  []any
	}{
		{"blocks", []string{"channel", "number", "hash", "data_hash", "time", "bytes", "txs", "valid", "first_tx"}, r.blocks},
		{"transactions", []string{"tx", "block", "position", "id", "type", "code", "time", "contract", "function", "creator", "endorsers", "operations", "first", "writes"}, r.transactions},
		{"versions", []string{"version", "record", "before", "tx", "value"}, r.versions},
		{"terms", []string{"term", "record"}, r.terms},
		{"postings", []string{"term", "first", "records"}, r.postings},
		{"ordered", []string{"field", "value", "record"}, r.ordered},
		{"events", []string{"tx", "contract", "name", "payload"}, r.events},
		{"configs", []string{"channel", "number", "sequence", "block"}, r.configs},
		{"contracts", []string{"channel", "name", "sequence", "version", "tx"}, r.contracts},
	} {
		if _, err := a.index.db.insert(a.ctx, a.tx, t.table, t.columns, "", t.values); err != nil {
			return err
		}
	}
	if err := a.counters(); err != nil {
		return err
	}
	_, err := a.exec(`UPDATE channels SET number = $1, hash = $2, time = $3, config_at = $4, records = $5, versions = $6, txs = $7 WHERE no = $8`,
		a.number, a.hash, a.time, a.configAt, a.records, a.versions, a.txs, a.no)
	if err != nil {
		return fmt.Errorf("write the checkpoint: %w", err)
	}
	return nil
}
