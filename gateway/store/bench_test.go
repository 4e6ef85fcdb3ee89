package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"henanchain/gateway/store/storetest"
)

// BenchmarkOutbox measures what the outbox adds to a transaction: the wait
// until its bytes are on disk, and its removal.
func BenchmarkOutbox(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, size := range []int{4 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", engine, size>>10), func(b *testing.B) {
				dsn := filepath.Join(b.TempDir(), "gateway.db")
				if engine == "postgres" {
					dsn = storetest.Shared(b)
				}
				s, err := Open(context.Background(), dsn, Options{})
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				e := entry("")
				e.Bytes = make([]byte, size)
				b.ResetTimer()
				for i := range b.N {
					e.TxID = fmt.Sprint(i)
					if err := s.Put(context.Background(), e); err != nil {
						b.Fatal(err)
					}
					if err := s.Complete(context.Background(), e.TxID, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkKeys measures calls with an idempotency key, 256 at a time.
func BenchmarkKeys(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			dsn := filepath.Join(b.TempDir(), "gateway.db")
			if engine == "postgres" {
				dsn = storetest.Shared(b)
			}
			s, err := Open(context.Background(), dsn, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var n atomic.Int64
			b.SetParallelism(128)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					t, _, err := s.Begin(context.Background(), "app", fmt.Sprint(n.Add(1)), "body")
					if err != nil {
						b.Error(err)
						return
					}
					if err := t.Finish(context.Background(), Answer{Status: 201, Body: []byte(`{"id":"x"}`)}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
