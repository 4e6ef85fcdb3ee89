package rest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"henanchain/gateway/audit"
)

// discard is a log that is encoded as a gateway's is, and written nowhere.
type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkDoor is what the gateway itself spends on a record: everything but
// the ledger. A record of a batch costs a fraction of one that comes alone.
func BenchmarkDoor(b *testing.B) {
	for _, size := range []int{1, 1000} {
		b.Run(fmt.Sprintf("together=%d", size), func(b *testing.B) {
			log, err := audit.Open(b.TempDir()+"/audit.jsonl", audit.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			d := open(b, realContracts(b), func(o *Options) {
				o.Audit = log
				o.Limits.BatchOperations, o.Limits.BatchBytes = size, 16<<20
				o.Log = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(discard{}), zapcore.InfoLevel))
			})
			path, body := evidences, d.example(b, "evidence", "Deposit")
			if size > 1 {
				path, body = "/v1/zhengzhou/evidence:batch", "["+strings.TrimSuffix(strings.Repeat(`{"op":"Deposit","in":`+body+`},`, size), ",")+"]"
			}
			b.ReportAllocs()
			b.ResetTimer() // the catalogue was read, the document written
			for n := 0; n < b.N; n += size {
				r := httptest.NewRequestWithContext(context.Background(), "POST", path, strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+depositorToken)
				r.Header.Set("Content-Type", typeJSON)
				w := httptest.NewRecorder()
				d.ServeHTTP(w, r)
				if w.Code >= 300 {
					b.Fatalf("%d %.300s", w.Code, w.Body)
				}
				d.calls = d.calls[:0]
			}
		})
	}
}
