package block_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"henanchain/internal/block"
)

const channel = "zhengzhou"

// captured reads blocks that a network of Raft or BFT orderers made: lifecycle
// transactions, records, a configuration update and a record after it.
func captured(t testing.TB, name string) []*common.Block {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".blocks.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(z)
	var all []*common.Block
	for {
		b := &common.Block{}
		err := protodelim.UnmarshalFrom(r, b)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
}

// chainTo is a chain that has checked blocks 0 to last.
func chainTo(t testing.TB, blocks []*common.Block, last int) *block.Chain {
	t.Helper()
	c, err := block.Begin(channel, blocks[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks[1 : last+1] {
		if _, err := c.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func code(err error) string {
	var e *block.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

var orderings = []string{"raft", "bft"}

func TestBlocksOfARealNetworkVerify(t *testing.T) {
	for _, ordering := range orderings {
		t.Run(ordering, func(t *testing.T) {
			blocks := captured(t, ordering)
			c, err := block.Begin(channel, blocks[0], block.Hash(blocks[0].Header))
			if err != nil {
				t.Fatal(err)
			}
			configs := 0
			for _, b := range blocks[1:] {
				config, err := c.Append(b)
				if err != nil {
					t.Fatal(err)
				}
				if config != nil {
					configs++
				}
			}
			if configs != 1 {
				t.Errorf("%d configuration updates were followed, not 1", configs)
			}
			if config, at := c.Config(); at == 0 || config.Sequence == 0 {
				t.Errorf("the configuration in force is still the first")
			}
		})
	}
}

func TestAChainGoesOnWhereItStopped(t *testing.T) {
	blocks := captured(t, "bft")
	c := chainTo(t, blocks, len(blocks)-2)
	_, at := c.Config()
	again, err := block.Resume(channel, c.Next()-1, c.Head(), blocks[at])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Append(blocks[len(blocks)-1]); err != nil {
		t.Error(err)
	}
	if _, err := block.Resume("luoyang", c.Next()-1, c.Head(), blocks[at]); code(err) != block.ChannelWrong {
		t.Errorf("another channel's configuration: %v", err)
	}
	if _, err := block.Resume(channel, c.Next()-1, c.Head(), blocks[at-1]); code(err) != block.ConfigInvalid {
		t.Errorf("a block that configures nothing: %v", err)
	}
}

// TestABlockThatWasTouchedIsRefused changes one thing of a block at a time.
func TestABlockThatWasTouchedIsRefused(t *testing.T) {
	signatures := func(b *common.Block) *common.Metadata {
		m := &common.Metadata{}
		if err := proto.Unmarshal(b.Metadata.Metadata[0], m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	put := func(b *common.Block, m *common.Metadata) {
		raw, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		b.Metadata.Metadata[0] = raw
	}
	for name, c := range map[string]struct {
		touch func(b, before *common.Block)
		want  string
	}{
		"the number":              {func(b, _ *common.Block) { b.Header.Number++ }, block.NumberWrong},
		"the block before":        {func(b, _ *common.Block) { b.Header.PreviousHash[3] ^= 1 }, block.PreviousHash},
		"the data hash":           {func(b, _ *common.Block) { b.Header.DataHash[3] ^= 1 }, block.DataHashWrong},
		"a byte of a transaction": {func(b, _ *common.Block) { b.Data.Data[0][len(b.Data.Data[0])/2] ^= 1 }, block.DataHashWrong},
		"a transaction twice":     {func(b, _ *common.Block) { b.Data.Data = append(b.Data.Data, b.Data.Data[0]) }, block.DataHashWrong},
		"no transaction":          {func(b, _ *common.Block) { b.Data.Data = nil }, block.DataHashWrong},
		"a transaction cut in two": {func(b, _ *common.Block) {
			d := b.Data.Data[0]
			b.Data.Data = append([][]byte{d[:9], d[9:]}, b.Data.Data[1:]...)
		}, block.Malformed},
		"an empty transaction beside": {func(b, _ *common.Block) { b.Data.Data = append(b.Data.Data, nil) }, block.Malformed},
		"no header":                   {func(b, _ *common.Block) { b.Header = nil }, block.Malformed},
		"no data":                     {func(b, _ *common.Block) { b.Data = nil }, block.Malformed},
		"no metadata":                 {func(b, _ *common.Block) { b.Metadata = nil }, block.Malformed},
		"no signature":                {func(b, _ *common.Block) { m := signatures(b); m.Signatures = nil; put(b, m) }, block.SignaturesShort},
		"a signature's byte": {func(b, _ *common.Block) {
			m := signatures(b)
			for _, s := range m.Signatures {
				s.Signature[9] ^= 1
			}
			put(b, m)
		}, block.SignaturesShort},
		"what the orderers signed":         {func(b, _ *common.Block) { m := signatures(b); m.Value = append(m.Value, 0x18, 1); put(b, m) }, block.SignaturesShort},
		"the signatures of another block":  {func(b, before *common.Block) { b.Metadata.Metadata[0] = before.Metadata.Metadata[0] }, block.SignaturesShort},
		"signatures that are no signature": {func(b, _ *common.Block) { b.Metadata.Metadata[0] = []byte("hello") }, block.SignaturesShort},
		"a validation flag too few":        {func(b, _ *common.Block) { b.Metadata.Metadata[2] = nil }, block.FlagsWrong},
		"a validation flag too many":       {func(b, _ *common.Block) { b.Metadata.Metadata[2] = append(b.Metadata.Metadata[2], 0) }, block.FlagsWrong},
	} {
		for _, ordering := range orderings {
			t.Run(ordering+": "+name, func(t *testing.T) {
				blocks := captured(t, ordering)
				at := 4
				chain := chainTo(t, blocks, at-1)
				touched := proto.CloneOf(blocks[at])
				c.touch(touched, blocks[at-1])
				if _, err := chain.Append(touched); code(err) != c.want {
					t.Errorf("answered %v, not %s", err, c.want)
				}
				if _, err := chain.Append(blocks[at]); err != nil {
					t.Errorf("the true block after a refused one: %v", err)
				}
			})
		}
	}
}

// TestEveryByteOfABlockCounts flips bytes of a block as it travels. Each
// change is refused, or tells of the block nothing else than the original but
// what only another peer's testimony can show.
func TestEveryByteOfABlockCounts(t *testing.T) {
	for _, ordering := range orderings {
		t.Run(ordering, func(t *testing.T) {
			blocks := captured(t, ordering)
			for _, at := range []int{4, len(blocks) - 2, len(blocks) - 1} { // a record, the configuration, a record after it
				chain := chainTo(t, blocks, at-1)
				raw, err := proto.Marshal(blocks[at])
				if err != nil {
					t.Fatal(err)
				}
				true_ := block.Testify(blocks[at])
				random := rand.New(rand.NewPCG(uint64(at), 0)) // the same bits on every run; FuzzTransactions looks further
				// Header and metadata byte by byte; of the data, where each byte counts
				// alike, some.
				for i := 0; i < len(raw); i += stride(random, i, len(raw)) {
					flipped := bytes.Clone(raw)
					flipped[i] ^= 1 << random.IntN(8)
					b := &common.Block{}
					if proto.Unmarshal(flipped, b) != nil {
						continue
					}
					head, next := chain.Head(), chain.Next()
					if _, err := chain.Append(b); err != nil {
						continue
					}
					chain = chainTo(t, blocks, at-1)
					if !bytes.Equal(head, chain.Head()) || next != chain.Next() {
						t.Fatal("the chain was not built the same again")
					}
					if block.Testify(b).Against(true_) == nil && !sameButOrdererNotes(b, blocks[at]) {
						t.Errorf("block %d, byte %d of %d: the change was not seen", at, i, len(raw))
					}
				}
			}
		})
	}
}

func stride(random *rand.Rand, i, length int) int {
	if i < 200 || i > length-3000 {
		return 1
	}
	return 1 + random.IntN(30)
}

// sameButOrdererNotes tells whether two blocks are the same but for what
// nobody reads: a signature more or less than the policy asks for, and the
// metadata that orderers keep for themselves.
func sameButOrdererNotes(a, b *common.Block) bool {
	a, b = proto.CloneOf(a), proto.CloneOf(b)
	for _, x := range []*common.Block{a, b} {
		for len(x.Metadata.Metadata) < 5 {
			x.Metadata.Metadata = append(x.Metadata.Metadata, nil)
		}
		x.Metadata.Metadata = [][]byte{x.Metadata.Metadata[2]}
	}
	return proto.Equal(a, b)
}

func TestABFTBlockNeedsAQuorumOfConsenters(t *testing.T) {
	blocks := captured(t, "bft")
	at := 4
	m := &common.Metadata{}
	if err := proto.Unmarshal(blocks[at].Metadata.Metadata[0], m); err != nil {
		t.Fatal(err)
	}
	if len(m.Signatures) < 3 {
		t.Fatalf("the captured block carries %d signatures; four consenters need 3", len(m.Signatures))
	}
	try := func(s []*common.MetadataSignature) error {
		b := proto.CloneOf(blocks[at])
		raw, err := proto.Marshal(&common.Metadata{Value: m.Value, Signatures: s})
		if err != nil {
			t.Fatal(err)
		}
		b.Metadata.Metadata[0] = raw
		_, err = chainTo(t, blocks, at-1).Append(b)
		return err
	}
	if err := try(m.Signatures[:3]); err != nil {
		t.Errorf("three of four consenters: %v", err)
	}
	if err := try(m.Signatures[:2]); code(err) != block.SignaturesShort {
		t.Errorf("two of four consenters: %v", err)
	}
	if err := try([]*common.MetadataSignature{m.Signatures[0], m.Signatures[0], m.Signatures[0], m.Signatures[1]}); code(err) != block.SignaturesShort {
		t.Errorf("two consenters, one of them three times: %v", err)
	}
}

func TestTheGenesisBlockCanBePinned(t *testing.T) {
	blocks := captured(t, "raft")
	other := captured(t, "bft")[0]
	if _, err := block.Begin(channel, other, block.Hash(blocks[0].Header)); code(err) != block.GenesisMismatch {
		t.Errorf("another network's genesis block: %v", err)
	}
	if _, err := block.Begin("luoyang", blocks[0], nil); code(err) != block.ChannelWrong {
		t.Errorf("another channel's genesis block: %v", err)
	}
	if _, err := block.Begin(channel, blocks[1], nil); code(err) != block.NumberWrong {
		t.Errorf("a later block: %v", err)
	}
	c := chainTo(t, blocks, 0)
	if _, err := c.Append(other); code(err) != block.NumberWrong {
		t.Errorf("a genesis block again: %v", err)
	}
	if _, err := c.Append(captured(t, "bft")[1]); code(err) != block.PreviousHash {
		t.Errorf("a block of another network: %v", err)
	}
}

func TestPeersThatDisagreeAreTold(t *testing.T) {
	b := captured(t, "raft")[4]
	for name, touch := range map[string]func(*common.Block){
		"the validation flags": func(b *common.Block) { b.Metadata.Metadata[2][0] ^= 11 },
		"the commit hash":      func(b *common.Block) { b.Metadata.Metadata[4][5] ^= 1 },
		"the header":           func(b *common.Block) { b.Header.DataHash[0] ^= 1 },
		"the data":             func(b *common.Block) { b.Data.Data[0][7] ^= 1 },
	} {
		touched := proto.CloneOf(b)
		touch(touched)
		if err := block.Testify(b).Against(block.Testify(touched)); code(err) != block.PeersDisagree {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := block.Testify(b).Against(block.Testify(proto.CloneOf(b))); err != nil {
		t.Error(err)
	}
}

func TestTransactionsAreReadWhole(t *testing.T) {
	r := block.NewReader()
	var contracts []string
	writes, events := 0, 0
	for _, b := range captured(t, "raft") {
		all, err := r.Transactions(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range all {
			if !tx.Valid() || tx.Channel != channel {
				t.Errorf("block %d: %+v", b.Header.Number, tx)
			}
			if tx.Contract == "" || tx.Contract == "_lifecycle" {
				continue
			}
			contracts = append(contracts, tx.Contract)
			if tx.Function != "Apply" || len(tx.Args) != 1 || len(tx.Endorsers) != 2 || tx.Creator.App == "" || tx.Creator.Dept == "" || tx.Creator.MSP != "ZhengzhouMSP" || len(tx.ID) != 64 {
				t.Errorf("block %d: %+v", b.Header.Number, tx)
			}
			for _, n := range tx.Namespaces {
				writes += len(n.Writes)
			}
			if tx.Event != nil && tx.Event.Contract == tx.Contract {
				events++
			}
		}
	}
	if len(contracts) < 4 || writes < len(contracts) || events != len(contracts) {
		t.Errorf("%v with %d writes and %d events", contracts, writes, events)
	}
}

func FuzzTransactions(f *testing.F) {
	for _, b := range captured(f, "raft") {
		raw, err := proto.Marshal(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	blocks := captured(f, "raft")
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := &common.Block{}
		if proto.Unmarshal(raw, b) != nil {
			return
		}
		if b.Header != nil {
			block.NewReader().Transactions(b) //nolint:errcheck // it must not panic; what it answers is free
		}
		chain := chainTo(t, blocks, 3)
		if _, err := chain.Append(b); err == nil && hex.EncodeToString(block.Hash(b.Header)) != hex.EncodeToString(block.Hash(blocks[4].Header)) {
			t.Errorf("a block that no orderer signed was taken")
		}
		block.Begin(channel, b, nil) //nolint:errcheck // it must not panic; what it answers is free
	})
}
