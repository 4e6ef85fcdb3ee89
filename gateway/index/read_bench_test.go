package index

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/internal/catalog"
)

// BenchmarkGet measures the CPU time of one record read from SQLite by its id.
func BenchmarkGet(b *testing.B) {
	contracts, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	x, err := Open(context.Background(), "sqlite:"+filepath.Join(b.TempDir(), "index.db"), Options{Contracts: contracts})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	blocks := madeBlocks(b, 0, 5, 1000)
	if err := x.Apply(context.Background(), "zhengzhou", blocks); err != nil {
		b.Fatal(err)
	}
	var ids []string
	for _, bl := range blocks {
		for _, w := range bl.Transactions[0].Namespaces[0].Writes {
			ids = append(ids, strings.TrimPrefix(w.Key, "evidence/"))
		}
	}
	n, before := 0, cpu(b)
	for b.Loop() {
		if err := x.Await(context.Background(), "zhengzhou", 3, 0); err != nil {
			b.Fatal(err)
		}
		if _, err := x.Get(context.Background(), "zhengzhou", "evidence", "evidence", ids[n%len(ids)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(n), "µs-cpu/read")
}
