package evidence

import (
	"encoding/json"
	"fmt"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// BenchmarkDeposit is one transaction of a thousand deposits, as the gateway
// sends them; time is per deposit.
func BenchmarkDeposit(b *testing.B) {
	l := ledgertest.New(b, New())
	app := l.App("ZhengzhouMSP", "notary", ledgertest.DeptA, RoleDepositor)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		requests := make([]operation.Request, operation.MaxPerTransaction)
		for i := range requests {
			in := fmt.Sprintf(`{"collectedAt":"2026-03-01T02:00:00Z","dataType":"1","depositorKey":%q,"depositorType":"ORGANISATION","deviceId":"取证终端-07","fileHash":%q,"name":"购销合同-%d.pdf","size":28481,"sourceType":"业务系统导出"}`,
				exampleKey, gm.HexDigest(fmt.Appendf(nil, "%d/%d", n, i)), i)
			requests[i] = operation.Request{Op: "Deposit", In: json.RawMessage(in)}
		}
		text, err := json.Marshal(requests)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, failure := app.Invoke(nil, operation.Apply, string(text)); failure != "" {
			b.Fatal(failure)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/operation.MaxPerTransaction, "ns/deposit")
}
