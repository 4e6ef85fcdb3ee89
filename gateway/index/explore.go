package index

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"henanchain/gateway/sqldb"
	"henanchain/internal/block"
)

// BlockInfo is a block for people to look at.
type BlockInfo struct {
	Channel  string    `json:"channel"`
	Number   uint64    `json:"number"`
	Hash     string    `json:"hash"`
	DataHash string    `json:"dataHash"`
	Time     time.Time `json:"time"` // latest transaction time in it
	Bytes    int       `json:"bytes"`
	// Transactions is how many it holds, Valid how many of them the ledger took.
	Transactions int `json:"transactions"`
	Valid        int `json:"valid"`
	first        int64
}

// TransactionInfo is a transaction, decoded.
type TransactionInfo struct {
	ID       string    `json:"txId"`
	Channel  string    `json:"channel"`
	Block    uint64    `json:"block"`
	Position int       `json:"position"`
	Type     string    `json:"type"`
	Code     string    `json:"code"` // Fabric's validation code; VALID where the ledger took it
	Time     time.Time `json:"time"`
	Contract string    `json:"contract,omitempty"`
	Function string    `json:"function,omitempty"`
	Creator  identity  `json:"creator"`
	// Endorsers are the peers that signed.
	Endorsers  []identity  `json:"endorsers,omitempty"`
	Operations operations  `json:"operations"`
	WriteCount int         `json:"writeCount"`
	Writes     []WriteInfo `json:"writes,omitempty"`
	Event      string      `json:"event,omitempty"` // name of its event

	number, first int64
}

// WriteInfo is one key that a transaction wrote.
type WriteInfo struct {
	Contract string `json:"contract"`
	Type     string `json:"type,omitempty"` // empty where the key is no record
	ID       string `json:"id"`
	Version  int    `json:"version,omitempty"`
	Status   string `json:"status,omitempty"`
	Op       string `json:"op,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

// ContractInfo is one definition of a contract that was committed.
type ContractInfo struct {
	Name     string    `json:"name"`
	Sequence int64     `json:"sequence"`
	Version  string    `json:"version"`
	TxID     string    `json:"txId"`
	Block    uint64    `json:"block"`
	Time     time.Time `json:"time"`
}

// ConfigInfo is one configuration of a channel.
type ConfigInfo struct {
	Sequence uint64    `json:"sequence"`
	Block    uint64    `json:"block"`
	Time     time.Time `json:"time"`
	block.Summary
}

// Blocks lists a channel's blocks, the newest first, from before a number on.
func (x *Index) Blocks(ctx context.Context, channel string, before uint64, limit int) ([]BlockInfo, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil || !ok {
		return nil, err
	}
	var all []BlockInfo
	bound := int64(min(before, 1<<62))
	err = sqldb.Each(ctx, x.db.reader(), blockColumns+` WHERE channel = $1 AND number < $2 ORDER BY number DESC LIMIT $3`, []any{no, bound, limit}, func(scan sqldb.Scan) error {
		b, err := scanBlock(channel, scan)
		all = append(all, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list blocks of %s: %w", channel, err)
	}
	return all, nil
}

const blockColumns = `SELECT number, hash, data_hash, time, bytes, txs, valid, first_tx FROM blocks`

func scanBlock(channel string, scan func(...any) error) (BlockInfo, error) {
	b := BlockInfo{Channel: channel}
	var number, ms int64
	var hash, data []byte
	err := scan(&number, &hash, &data, &ms, &b.Bytes, &b.Transactions, &b.Valid, &b.first)
	b.Number, b.Hash, b.DataHash, b.Time = uint64(number), hex.EncodeToString(hash), hex.EncodeToString(data), fromMillis(ms)
	return b, err
}

// Block reads one block and its transactions, without their writes.
func (x *Index) Block(ctx context.Context, channel string, number uint64) (*BlockInfo, []TransactionInfo, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil {
		return nil, nil, err
	}
	if !ok || number >= 1<<62 {
		return nil, nil, ErrNotFound
	}
	b, err := scanBlock(channel, x.db.reader().QueryRowContext(ctx, blockColumns+` WHERE channel = $1 AND number = $2`, no, int64(number)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read block %d of %s: %w", number, channel, err)
	}
	txs, err := x.transactions(ctx, channel, ` WHERE tx >= $1 AND tx < $2 ORDER BY tx`, b.first, b.first+int64(b.Transactions))
	return &b, txs, err
}

// Transactions lists a channel's transactions, the newest first, from before a
// place on; next is the place of the next page, 0 at the end.
func (x *Index) Transactions(ctx context.Context, channel string, before int64, limit int) (all []TransactionInfo, next int64, err error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil || !ok {
		return nil, 0, err
	}
	upper := (no + 1) << numberBits
	if before > 0 {
		upper = no<<numberBits | before
	}
	all, err = x.transactions(ctx, channel, ` WHERE tx >= $1 AND tx < $2 ORDER BY tx DESC LIMIT $3`, no<<numberBits, upper, limit)
	if len(all) == limit {
		next = all[limit-1].number & (1<<numberBits - 1)
	}
	return all, next, err
}

func (x *Index) transactions(ctx context.Context, channel, where string, args ...any) ([]TransactionInfo, error) {
	var all []TransactionInfo
	err := sqldb.Each(ctx, x.db.reader(), `SELECT tx, block, position, id, type, code, time, contract, function, creator, endorsers, operations, first, writes FROM transactions`+where, args, func(scan sqldb.Scan) error {
		t := TransactionInfo{Channel: channel}
		var number, ms int64
		var kind, code int32
		var creator, endorsers, asked string
		if err := scan(&t.number, &number, &t.Position, &t.ID, &kind, &code, &ms, &t.Contract, &t.Function, &creator, &endorsers, &asked, &t.first, &t.WriteCount); err != nil {
			return err
		}
		t.Block, t.Time = uint64(number), fromMillis(ms)
		t.Type, t.Code = common.HeaderType(kind).String(), peer.TxValidationCode(code).String()
		for from, to := range map[string]any{creator: &t.Creator, endorsers: &t.Endorsers, asked: &t.Operations} {
			if err := json.Unmarshal([]byte(from), to); err != nil {
				return fmt.Errorf("transaction %s: %w", t.ID, err)
			}
		}
		all = append(all, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read transactions of %s: %w", channel, err)
	}
	return all, nil
}

// Transaction reads one transaction with everything that it wrote, in every
// contract. Of an id that was sent twice, the one that the ledger took.
func (x *Index) Transaction(ctx context.Context, channel, id string) (*TransactionInfo, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNotFound
	}
	found, err := x.transactions(ctx, channel, ` WHERE id = $1 AND tx >= $2 AND tx < $3 ORDER BY code, tx LIMIT 1`, id, no<<numberBits, (no+1)<<numberBits)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	t := &found[0]
	err = x.db.reader().QueryRowContext(ctx, `SELECT name FROM events WHERE tx = $1`, t.number).Scan(&t.Event)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read the event of %s: %w", id, err)
	}
	t.Writes, err = x.writes(ctx, t.first, t.first+int64(t.WriteCount))
	return t, err
}

func (x *Index) writes(ctx context.Context, from, to int64) ([]WriteInfo, error) {
	var all []WriteInfo
	err := sqldb.Each(ctx, x.db.reader(), `SELECT k.contract, k.type, r.id, v.value FROM versions v JOIN records r ON r.record = v.record JOIN kinds k ON k.no = r.kind
		WHERE v.version >= $1 AND v.version < $2 ORDER BY v.version`, []any{from, to}, func(scan sqldb.Scan) error {
		var w WriteInfo
		var value []byte
		if err := scan(&w.Contract, &w.Type, &w.ID, &value); err != nil {
			return err
		}
		if w.Deleted = value == nil; !w.Deleted && w.Type != "" {
			var r struct {
				Version    int `json:"ver"`
				Status, Op string
			}
			if err := json.Unmarshal(value, &r); err != nil {
				return fmt.Errorf("read %s %s: %w", w.Type, w.ID, err)
			}
			w.Version, w.Status, w.Op = r.Version, r.Status, r.Op
		}
		all = append(all, w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read writes: %w", err)
	}
	return all, nil
}

// Contracts lists every committed definition of a channel's contracts, the
// newest first.
func (x *Index) Contracts(ctx context.Context, channel string) ([]ContractInfo, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil || !ok {
		return nil, err
	}
	var all []ContractInfo
	err = sqldb.Each(ctx, x.db.reader(), `SELECT c.name, c.sequence, c.version, t.id, t.block, t.time FROM contracts c JOIN transactions t ON t.tx = c.tx WHERE c.channel = $1 ORDER BY c.tx DESC, c.name`, []any{no}, func(scan sqldb.Scan) error {
		var c ContractInfo
		var number, ms int64
		err := scan(&c.Name, &c.Sequence, &c.Version, &c.TxID, &number, &ms)
		c.Block, c.Time = uint64(number), fromMillis(ms)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list contracts of %s: %w", channel, err)
	}
	return all, nil
}

// Configs lists every configuration of a channel, the newest first.
func (x *Index) Configs(ctx context.Context, channel string) ([]ConfigInfo, error) {
	no, ok, err := x.channelNumber(ctx, channel)
	if err != nil || !ok {
		return nil, err
	}
	var all []ConfigInfo
	err = sqldb.Each(ctx, x.db.reader(), `SELECT c.number, c.sequence, c.block, b.time FROM configs c JOIN blocks b ON b.channel = c.channel AND b.number = c.number WHERE c.channel = $1 ORDER BY c.number DESC`, []any{no}, func(scan sqldb.Scan) error {
		var c ConfigInfo
		var number, sequence, ms int64
		var raw []byte
		if err := scan(&number, &sequence, &raw, &ms); err != nil {
			return err
		}
		b := &common.Block{}
		if err := proto.Unmarshal(raw, b); err != nil {
			return err
		}
		config, err := block.ReadConfig(b)
		if err != nil {
			return err
		}
		c.Sequence, c.Block, c.Time, c.Summary = uint64(sequence), uint64(number), fromMillis(ms), config.Summary()
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list configurations of %s: %w", channel, err)
	}
	return all, nil
}
