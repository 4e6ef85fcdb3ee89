package relay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
)

// maxBlock bounds a block in a file; Fabric's own limit of a message is 100 MiB.
const maxBlock = 128 << 20

// ReadLedger reads the blocks of a peer's ledger folder, or of a copy of it
// (blockfile_000000 and those after it), in their order: each block with its
// length before it as a varint, the header's number and hashes, the
// transactions, the metadata, each with its own.
func ReadLedger(folder string, take func(*common.Block) error) error {
	files, err := filepath.Glob(filepath.Join(folder, "blockfile_*"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s holds no ledger: name the folder with blockfile_000000", folder)
	}
	sort.Strings(files)
	for _, path := range files {
		if err := readFile(path, take); err != nil {
			return err
		}
	}
	return nil
}

func readFile(path string, take func(*common.Block) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		n, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			return nil // a peer that was killed may have left zeros behind
		}
		if err != nil || n > maxBlock {
			return fmt.Errorf("read the ledger %s: no block begins where one must: %w", path, err)
		}
		raw := make([]byte, n)
		if _, err := io.ReadFull(in, raw); err != nil {
			return nil //nolint:nilerr // a block that was being written when it was copied
		}
		b, err := decodeBlock(raw)
		if err != nil {
			return fmt.Errorf("read the ledger %s: %w", path, err)
		}
		if err := take(b); err != nil {
			return err
		}
	}
}

// cursor reads varints and what has its length before it.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) number() uint64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.err, c.rest = errors.New("a block ends too early"), nil
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) bytes() []byte {
	n := c.number()
	if n > uint64(len(c.rest)) {
		c.err, c.rest = errors.New("a block ends too early"), nil
		return nil
	}
	out := c.rest[:n:n]
	c.rest = c.rest[n:]
	return out
}

func (c *cursor) list() [][]byte {
	n := c.number()
	if n > uint64(len(c.rest)) {
		c.err = errors.New("a block has more parts than bytes")
		return nil
	}
	out := make([][]byte, 0, n)
	for range n {
		out = append(out, c.bytes())
	}
	return out
}

func decodeBlock(raw []byte) (*common.Block, error) {
	c := &cursor{rest: raw}
	h := &common.BlockHeader{Number: c.number()}
	h.DataHash = c.bytes()
	h.PreviousHash = c.bytes()
	b := &common.Block{Header: h, Data: &common.BlockData{Data: c.list()}, Metadata: &common.BlockMetadata{Metadata: c.list()}}
	return b, c.err
}

// EncodeLedgerBlock writes a block as a ledger's file holds it: for tests that
// rewrite a copy.
func EncodeLedgerBlock(b *common.Block) []byte {
	part := func(out, p []byte) []byte { return append(binary.AppendUvarint(out, uint64(len(p))), p...) }
	out := binary.AppendUvarint(nil, b.GetHeader().GetNumber())
	out = part(out, b.Header.DataHash)
	out = part(out, b.Header.PreviousHash)
	for _, list := range [][][]byte{b.GetData().GetData(), b.GetMetadata().GetMetadata()} {
		out = binary.AppendUvarint(out, uint64(len(list)))
		for _, p := range list {
			out = part(out, p)
		}
	}
	return part(nil, out)
}
