//go:build e2e

package relay

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	carriers "henanchain/gateway/relay"
	"henanchain/internal/block"
)

func TestARewrittenLedgerShowsAgainstItsCheckpoints(t *testing.T) {
	ready(t)
	deposited(t)
	if out, err := net.Gateway("relay", "anchor").CombinedOutput(); err != nil {
		t.Fatalf("anchor: %v\n%s", err, out)
	}
	out, err := net.Gateway("audit", "checkpoints").CombinedOutput()
	if err != nil || bytes.Count(out, []byte("as anchored")) < 4 {
		t.Fatalf("the peers' ledgers: %v\n%s", err, out)
	}
	t.Logf("\n%s", out)
	copied := filepath.Join(net.State, "nodes", "peer0.zhengzhou", "data", "ledgersData", "chains", "chains", source)
	if out, err := net.Gateway("audit", "checkpoints", "--chain", source, "--ledger", copied).CombinedOutput(); err != nil {
		t.Fatalf("the folder of a peer: %v\n%s", err, out)
	}
	rewritten := rewrite(t, copied)
	out, err = net.Gateway("audit", "checkpoints", "--chain", source, "--ledger", rewritten).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("REWRITTEN")) {
		t.Errorf("a ledger that was rewritten from block 5 on: %v\n%s", err, out)
	}
}

// rewrite copies a ledger and changes a transaction of it, with every hash after
// it made anew: what somebody would do who has all of the city's machines.
func rewrite(t *testing.T, folder string) string {
	t.Helper()
	var out, before []byte
	err := carriers.ReadLedger(folder, func(b *common.Block) error {
		h := b.Header
		if h.Number == 5 {
			tx := bytes.Clone(b.Data.Data[0])
			tx[len(tx)/2] ^= 1
			b.Data.Data[0] = tx
			sum := sha256.New()
			for _, tx := range b.Data.Data {
				sum.Write(tx)
			}
			h.DataHash = sum.Sum(nil)
		}
		if h.Number > 5 {
			h.PreviousHash = before
		}
		before = block.Hash(h)
		out = append(out, carriers.EncodeLedgerBlock(b)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := os.WriteFile(filepath.Join(to, "blockfile_000000"), out, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
