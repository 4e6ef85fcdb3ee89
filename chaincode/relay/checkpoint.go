package relay

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Checkpoint is a block of a city's ledger, anchored on the main channel
// (锚定点): who rewrites the ledger up to there shows.
type Checkpoint struct {
	Chain  string `json:"chain" is:"maxLen=64" zh:"链" eg:"zhengzhou"`
	Number int64  `json:"number" is:"min=0" zh:"区块号"`
	Hash   string `json:"hash" is:"pattern=^[0-9a-f]{64}$" zh:"区块哈希" doc:"SHA-256 of the block's header, as Fabric computes it"`
	// Before is the block of the checkpoint before; -1 for the first.
	Before int64 `json:"before" is:"min=-1" zh:"上一锚定区块号"`
}

type checkpointInput struct {
	Chain  string `json:"chain" is:"maxLen=64" zh:"链" eg:"zhengzhou"`
	Number int64  `json:"number" is:"min=0" zh:"区块号" eg:"120"`
	Hash   string `json:"hash" is:"pattern=^[0-9a-f]{64}$" zh:"区块哈希"`
}

// Reads are the keys that a checkpoint reads.
func (in *checkpointInput) Reads() []string {
	return []string{ledger.Key(chainType, in.Chain), ledger.GuardKey(tipGuard, in.Chain)}
}

// Anchored is the one status of a checkpoint: nothing changes it.
const Anchored = "ANCHORED"

// tipGuard holds a chain's last checkpoint, as number:hash.
const tipGuard = "tip"

// CheckpointID is a checkpoint's id: in the order of the blocks.
func CheckpointID(chain string, number int64) string { return fmt.Sprintf("%s-%012d", chain, number) }

func (b *book) defineCheckpoints(c *ledger.Contract) {
	b.checkpoints = ledger.Define[Checkpoint](c, catalog.Record{
		Type: checkpointType, Collection: "checkpoints", Title: "checkpoint", TitleZh: "锚定点", Main: true,
		Doc:         "A block of a city's ledger with its hash, put on the main channel by that city's organisation. Numbers only rise, and none is ever written again.",
		Statuses:    []catalog.Status{{Code: Anchored, TitleZh: "已锚定"}},
		Transitions: ledger.Steps("Checkpoint", Anchored, ""),
		Search:      []catalog.SearchField{{Field: "chain", Kind: "keyword"}, {Field: "number", Kind: "number"}},
	})
}

func (b *book) handleCheckpoints(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Checkpoint", Title: "Anchor a city's ledger", TitleZh: "锚定地市链", Record: checkpointType, Creates: true, Lane: "chain", Roles: []string{RoleCarrier},
		Doc:      "In the name of the chain's own organisation. The same block again changes nothing; another hash for an anchored block is refused and says so.",
		Refusals: []string{MainChannelOnly, ChainUnknown, ChainNotYours, CheckpointBehind, CheckpointConflict},
		Example:  json.RawMessage(`{"chain":"zhengzhou","number":120,"hash":"` + exampleSum + `"}`),
	}, b.checkpoint)
}

func (b *book) checkpoint(c *ledger.Call, in *checkpointInput) error {
	if err := onMain(c); err != nil {
		return err
	}
	chain, err := b.believed(c, in.Chain)
	if err != nil {
		return err
	}
	if chain.Body.Owner != c.Caller().MSP {
		return ledger.Refuse(ChainNotYours, "%s is anchored by %s", in.Chain, chain.Body.Owner)
	}
	tip, err := c.Guard(tipGuard, in.Chain)
	if err != nil {
		return err
	}
	before := int64(-1)
	if tip != "" {
		text, _, _ := strings.Cut(tip, ":")
		if before, err = strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("read the last checkpoint of %s: %w", in.Chain, err)
		}
	}
	if in.Number <= before {
		return b.again(c, in, before)
	}
	c.SetGuard(tipGuard, in.Chain, fmt.Sprintf("%d:%s", in.Number, in.Hash))
	_, err = b.checkpoints.Create(c, CheckpointID(in.Chain, in.Number), Anchored, Checkpoint{in.Chain, in.Number, in.Hash, before})
	return err
}

// again answers a checkpoint that is not beyond the last one.
func (b *book) again(c *ledger.Call, in *checkpointInput, last int64) error {
	e, err := b.checkpoints.Find(c, CheckpointID(in.Chain, in.Number))
	switch {
	case err != nil:
		return err
	case e == nil:
		return ledger.Refuse(CheckpointBehind, "block %d of %s is anchored already; a checkpoint lies beyond it", last, in.Chain)
	case e.Body.Hash != in.Hash:
		return ledger.RefuseField(CheckpointConflict, "hash", "block %d of %s was anchored as %s", in.Number, in.Chain, e.Body.Hash)
	}
	e.AnswerExisting(c)
	return nil
}
