//go:build e2e

package readmodel

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/encoding/protowire"

	"henanchain/internal/block"
)

// ledgerFile finds the file in which a peer keeps the city's blocks.
func ledgerFile(t *testing.T) []byte {
	t.Helper()
	var found string
	err := filepath.WalkDir(net.State, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "blockfile_000000" && filepath.Base(filepath.Dir(path)) == city && bytes.Contains([]byte(path), []byte("peer")) {
			found = path
			return filepath.SkipAll
		}
		return nil
	})
	if err != nil || found == "" {
		t.Fatalf("no peer's ledger file below %s: %v", net.State, err)
	}
	data, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// reader reads Fabric's own form of blocks on disk.
type reader struct{ rest []byte }

var errForm = errors.New("that is no block")

func (r *reader) number() (uint64, error) {
	n, size := protowire.ConsumeVarint(r.rest)
	if size < 0 {
		return 0, errForm
	}
	r.rest = r.rest[size:]
	return n, nil
}

func (r *reader) bytes() ([]byte, error) {
	b, size := protowire.ConsumeBytes(r.rest)
	if size < 0 {
		return nil, errForm
	}
	r.rest = r.rest[size:]
	return b, nil
}

func (r *reader) list() ([][]byte, error) {
	n, err := r.number()
	if err != nil || n > 1<<16 {
		return nil, errForm
	}
	all := make([][]byte, n)
	for i := range all {
		if all[i], err = r.bytes(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// blocksOf reads the blocks of a ledger file; the last may be half written.
func blocksOf(file []byte) ([]*common.Block, error) {
	var all []*common.Block
	for r := (&reader{file}); len(r.rest) > 0; {
		one, err := r.bytes()
		if err != nil {
			return all, nil
		}
		b, err := blockOf(one)
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

func blockOf(data []byte) (*common.Block, error) {
	r := &reader{data}
	b := &common.Block{Header: &common.BlockHeader{}, Data: &common.BlockData{}, Metadata: &common.BlockMetadata{}}
	var err [5]error
	b.Header.Number, err[0] = r.number()
	b.Header.DataHash, err[1] = r.bytes()
	b.Header.PreviousHash, err[2] = r.bytes()
	b.Data.Data, err[3] = r.list()
	b.Metadata.Metadata, err[4] = r.list()
	return b, errors.Join(err[:]...)
}

// verify holds blocks to the rules that the follower holds them to.
func verify(blocks []*common.Block) error {
	if len(blocks) == 0 {
		return errForm
	}
	chain, err := block.Begin(city, blocks[0], nil)
	if err != nil {
		return err
	}
	for _, b := range blocks[1:] {
		if _, err := chain.Append(b); err != nil {
			return err
		}
	}
	return nil
}

// A byte changed anywhere in what the orderers vouch for is found.
func TestATamperedLedgerFileIsCaught(t *testing.T) {
	p := serve(t, settings(t, ""))
	made(t, p.system(notary), "tampered", 10)
	file := ledgerFile(t)
	blocks, err := blocksOf(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks = blocks[:min(len(blocks), 60)] // of a long ledger, its beginning
	if len(blocks) < 5 {
		t.Fatalf("only %d blocks", len(blocks))
	}
	if err := verify(blocks); err != nil {
		t.Fatalf("the file as it is: %v", err)
	}
	r := rand.New(rand.NewPCG(1, uint64(len(file))))
	pick := func() (at int, vouched []byte) { // a place in a header or a transaction, and what it is in
		b := blocks[1+r.IntN(len(blocks)-1)]
		all := append([][]byte{b.Header.DataHash, b.Header.PreviousHash}, b.Data.Data...)
		one := all[r.IntN(len(all))]
		return bytes.Index(file, one) + r.IntN(len(one)), one
	}
	for range 100 {
		at, of := pick()
		tampered := bytes.Clone(file)
		tampered[at] ^= byte(1 << r.IntN(8))
		changed, err := blocksOf(tampered)
		changed = changed[:min(len(changed), len(blocks))]
		if err == nil {
			err = verify(changed)
		}
		if err == nil {
			t.Errorf("byte %d of the file was changed, in %d bytes of a block, and nothing was found", at, len(of))
		}
	}
	// A block left out, and two in the wrong order.
	if verify(append(append([]*common.Block{}, blocks[:2]...), blocks[3:]...)) == nil {
		t.Error("a block was left out, and nothing was found")
	}
	blocks[2], blocks[3] = blocks[3], blocks[2]
	if verify(blocks) == nil {
		t.Error("two blocks changed places, and nothing was found")
	}
}
