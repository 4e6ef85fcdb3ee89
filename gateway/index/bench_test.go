package index

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/gateway/store/storetest"
	"henanchain/internal/block"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// madeBlocks makes blocks of records as the evidence ledger writes them, each a
// transaction of a full batch.
func madeBlocks(tb testing.TB, first uint64, n, perBlock int) []Block {
	tb.Helper()
	r := rand.New(rand.NewPCG(first, 7))
	digits := func(n int) string {
		b := make([]byte, n/2)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return hex.EncodeToString(b)
	}
	blocks := make([]Block, n)
	for i := range blocks {
		number := first + uint64(i)
		at := time.Date(2026, 3, 1, 2, 0, int(number), 0, time.UTC)
		t := block.Transaction{ID: digits(64), Type: common.HeaderType_ENDORSER_TRANSACTION, Channel: "zhengzhou", Time: at, Contract: "evidence", Function: "Apply",
			Creator: block.Identity{MSP: "ZhengzhouMSP", App: "zhengzhou-notary", Dept: "91410100MA9YTT01X0"}, Namespaces: []block.Namespace{{Contract: "evidence"}}}
		for range perBlock {
			body, err := json.Marshal(map[string]any{
				"fileHash": digits(64), "name": fmt.Sprintf("购销合同%d.pdf", r.IntN(100000)), "size": r.IntN(1 << 20), "dataType": "1", "depositorType": "ORGANISATION",
				"depositorKey": digits(64), "caseNo": fmt.Sprintf("（2026）豫0105民初%d号", r.IntN(99999)), "collectedAt": at.Format(time.RFC3339),
				"custody": []any{map[string]any{"from": "采集", "to": "存证", "at": at.Format(time.RFC3339), "hash": digits(64)}},
			})
			if err != nil {
				tb.Fatal(err)
			}
			record := operation.Record{Type: "evidence", ID: "E-" + digits(32), Version: 1, Status: "FIXED", Org: "ZhengzhouMSP", Dept: "91410100MA9YTT01X0", App: "zhengzhou-notary", Op: "Deposit", Time: at.Format(time.RFC3339), Body: body}
			value, err := record.Encode()
			if err != nil {
				tb.Fatal(err)
			}
			w := &t.Namespaces[0].Writes
			*w = append(*w, block.Write{Key: "evidence/" + record.ID, Value: value})
		}
		blocks[i] = Block{Number: number, Hash: []byte(digits(64)), DataHash: []byte("d"), Transactions: []block.Transaction{t}}
		if number == 0 {
			blocks[i].Config = &common.Block{Header: &common.BlockHeader{}}
		}
	}
	return blocks
}

func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkApply measures the CPU time that one record costs (µs/record), of
// this process: of PostgreSQL, the client's part.
func BenchmarkApply(b *testing.B) {
	contracts, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	for name, dsn := range map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "index.db") },
		"postgres": func(tb testing.TB) string { return storetest.Postgres(tb).DSN() },
	} {
		b.Run(name, func(b *testing.B) {
			x, err := Open(context.Background(), dsn(b), Options{Contracts: contracts})
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			const perBlock = 1000
			next, records := uint64(0), 0
			var spent time.Duration
			for b.Loop() {
				blocks := madeBlocks(b, next, 1, perBlock)
				before := cpu(b)
				if err := x.Apply(context.Background(), "zhengzhou", blocks); err != nil {
					b.Fatal(err)
				}
				spent += cpu(b) - before
				next++
				records += perBlock
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(records), "µs-cpu/record")
		})
	}
}
