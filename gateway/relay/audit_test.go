package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/internal/block"
)

// ledgerOf writes a ledger of n blocks; change may touch a block's data before
// the chain goes on over it.
func ledgerOf(t *testing.T, n int, change func(number int, data [][]byte)) (folder string, hashes []string) {
	t.Helper()
	folder = t.TempDir()
	var out, before []byte
	for i := range n {
		data := [][]byte{[]byte(fmt.Sprintf("transaction %d", i)), []byte("another")}
		if change != nil {
			change(i, data)
		}
		sum := sha256.Sum256([]byte(string(data[0]) + string(data[1])))
		b := &common.Block{Header: &common.BlockHeader{Number: uint64(i), PreviousHash: before, DataHash: sum[:]},
			Data: &common.BlockData{Data: data}, Metadata: &common.BlockMetadata{Metadata: [][]byte{{1}, {}, {2, 3}}}}
		before = block.Hash(b.Header)
		hashes = append(hashes, hex.EncodeToString(before))
		out = append(out, EncodeLedgerBlock(b)...)
	}
	if err := os.WriteFile(filepath.Join(folder, "blockfile_000000"), out, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, hashes
}

func TestARewrittenLedgerShows(t *testing.T) {
	folder, hashes := ledgerOf(t, 10, nil)
	anchors := []Checkpoint{{"zhengzhou", 4, hashes[4]}, {"zhengzhou", 9, hashes[9]}}
	a, err := AuditFolder(folder, "zhengzhou", anchors)
	if err != nil || len(a.Wrong) > 0 || a.Blocks != 10 || a.Checkpoints != 2 {
		t.Fatalf("an honest ledger: %+v %v", a, err)
	}
	rewritten, _ := ledgerOf(t, 10, func(n int, data [][]byte) {
		if n == 6 {
			data[0] = []byte("never happened")
		}
	})
	a, err = AuditFolder(rewritten, "zhengzhou", anchors)
	if err != nil || len(a.Wrong) != 1 || !strings.Contains(a.Wrong[0], "block 9") {
		t.Errorf("rewritten as a whole from block 6 on: %+v %v", a, err)
	}
	short, _ := ledgerOf(t, 8, nil)
	if a, err = AuditFolder(short, "zhengzhou", anchors); err != nil || len(a.Wrong) != 1 || !strings.Contains(a.Wrong[0], "ends with block 7") {
		t.Errorf("cut off: %+v %v", a, err)
	}
	path := filepath.Join(folder, "blockfile_000000")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	touched := strings.Replace(string(raw), "transaction 2", "transaction 3", 1)
	if err := os.WriteFile(path, []byte(touched), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err = AuditFolder(folder, "zhengzhou", anchors); err != nil || len(a.Wrong) != 1 || !strings.Contains(a.Wrong[0], "transactions of block 2") {
		t.Errorf("one byte touched: %+v %v", a, err)
	}
	if _, err := AuditFolder(t.TempDir(), "zhengzhou", anchors); err == nil {
		t.Error("an empty folder is a ledger")
	}
}

func TestTheBookGoesOnWhereItWas(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "relay.db")
	ctx := t.Context()
	b, err := OpenBook(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	one, two := Item{Channel: "henan", Type: requestType, ID: "1"}, Item{Channel: "henan", Type: requestType, ID: "2"}
	for _, err := range []error{b.Read(ctx, "henan", 7, []Item{one, two}, nil), b.Read(ctx, "henan", 8, nil, []Item{two}), b.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if b, err = OpenBook(ctx, dsn); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	next, err := b.Next(ctx, "henan")
	due, err2 := b.Due(ctx, timeOf(1), 10)
	if err != nil || err2 != nil || next != 8 || len(due) != 1 || due[0] != one {
		t.Fatalf("block %d, due %v (%v, %v)", next, due, err, err2)
	}
	if err := b.Again(ctx, one, timeOf(100), "why"); err != nil {
		t.Fatal(err)
	}
	if due, _ = b.Due(ctx, timeOf(99), 10); len(due) != 0 {
		t.Errorf("put off, and due: %v", due)
	}
	if due, _ = b.Due(ctx, timeOf(100), 10); len(due) != 1 || due[0].Attempts != 1 {
		t.Errorf("due again: %v", due)
	}
	if err := b.Done(ctx, one); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Open(ctx); err != nil || n != 0 {
		t.Errorf("%d are open (%v)", n, err)
	}
}

func timeOf(seconds int64) time.Time { return time.Unix(seconds, 0) }
