package block

import (
	"bytes"
	"errors"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

// Chain is one channel as far as it was checked. It is not safe for
// concurrent use.
type Chain struct {
	channel string
	next    uint64
	hash    []byte // of the block before next
	config  *Config
	// configAt is the number of the block that holds the configuration.
	configAt uint64
}

// Begin starts a chain with its genesis block. A pin that is not empty must be
// the block's hash; without one, whoever delivers the block is trusted this
// once.
func Begin(channel string, genesis *common.Block, pin []byte) (*Chain, error) {
	c := &Chain{channel: channel}
	if err := c.begin(genesis, pin); err != nil {
		return nil, c.located(err, genesis)
	}
	return c, nil
}

func (c *Chain) begin(b *common.Block, pin []byte) error {
	if err := checkParts(b); err != nil {
		return err
	}
	if b.Header.Number != 0 || len(b.Header.PreviousHash) != 0 {
		return refuse(NumberWrong, "a chain begins with block 0")
	}
	if err := checkForm(b.Data); err != nil {
		return err
	}
	if !bytes.Equal(dataHash(b.Data), b.Header.DataHash) {
		return refuse(DataHashWrong, "its data is not what its header says")
	}
	if hash := Hash(b.Header); len(pin) > 0 && !bytes.Equal(hash, pin) {
		return refuse(GenesisMismatch, "its hash is %x, and %x was pinned", hash, pin)
	}
	config, err := ReadConfig(b)
	if err != nil {
		return err
	}
	if config.Channel != c.channel {
		return refuse(ChannelWrong, "it is of the channel %q", config.Channel)
	}
	c.config, c.next, c.hash = config, 1, Hash(b.Header)
	return nil
}

// Resume goes on with a chain that was checked up to the block last, whose
// hash is given, with the latest configuration block up to there.
func Resume(channel string, last uint64, hash []byte, configBlock *common.Block) (*Chain, error) {
	c := &Chain{channel: channel, next: last + 1, hash: hash, configAt: configBlock.GetHeader().GetNumber()}
	config, err := ReadConfig(configBlock)
	if err == nil && config.Channel != channel {
		err = refuse(ChannelWrong, "it is of the channel %q", config.Channel)
	}
	if err == nil && c.configAt > last {
		err = refuse(ConfigInvalid, "a configuration of block %d is not in force at block %d", c.configAt, last)
	}
	if err != nil {
		return nil, c.located(err, configBlock)
	}
	c.config = config
	return c, nil
}

// Next is the number of the block that comes next.
func (c *Chain) Next() uint64 { return c.next }

// Head is the hash of the block before that.
func (c *Chain) Head() []byte { return bytes.Clone(c.hash) }

// Config is the configuration in force, and the number of the block that holds it.
func (c *Chain) Config() (*Config, uint64) { return c.config, c.configAt }

// Append checks the next block and moves on to it. It answers the block's new
// configuration, nil where it has none. A block that is refused, with an
// *Error, leaves the chain where it was.
func (c *Chain) Append(b *common.Block) (*Config, error) {
	config, err := c.check(b)
	if err != nil {
		return nil, c.located(err, b)
	}
	if config != nil {
		c.config, c.configAt = config, b.Header.Number
	}
	c.next, c.hash = b.Header.Number+1, Hash(b.Header)
	return config, nil
}

func (c *Chain) check(b *common.Block) (*Config, error) {
	if err := checkParts(b); err != nil {
		return nil, err
	}
	if b.Header.Number != c.next {
		return nil, refuse(NumberWrong, "block %d comes next", c.next)
	}
	if !bytes.Equal(b.Header.PreviousHash, c.hash) {
		return nil, refuse(PreviousHash, "it stands on %x, and the block before is %x", b.Header.PreviousHash, c.hash)
	}
	if !bytes.Equal(dataHash(b.Data), b.Header.DataHash) {
		return nil, refuse(DataHashWrong, "its data is not what its header says")
	}
	if err := checkForm(b.Data); err != nil {
		return nil, err
	}
	over, err := c.config.checkSignatures(b)
	if err != nil {
		return nil, err
	}
	if n := len(metadata(b, common.BlockMetadataIndex_TRANSACTIONS_FILTER)); n != len(b.Data.Data) {
		return nil, refuse(FlagsWrong, "it holds %d transactions and %d validation flags", len(b.Data.Data), n)
	}
	return c.checkConfig(b, over)
}

// checkConfig follows the configuration: what the orderers signed names the
// block of the one in force, and each new one is the next in order.
func (c *Chain) checkConfig(b *common.Block, over *common.OrdererBlockMetadata) (*Config, error) {
	inForce := c.configAt
	var config *Config
	if isConfig(b) {
		var err error
		if config, err = ReadConfig(b); err != nil {
			return nil, err
		}
		if config.Channel != c.channel {
			return nil, refuse(ChannelWrong, "it configures the channel %q", config.Channel)
		}
		if config.Sequence != c.config.Sequence+1 {
			return nil, refuse(ConfigInvalid, "its configuration has the sequence %d, and %d comes next", config.Sequence, c.config.Sequence+1)
		}
		inForce = b.Header.Number
	}
	if got := over.GetLastConfig().GetIndex(); got != inForce {
		return nil, refuse(LastConfigWrong, "its orderers name block %d as the latest configuration, and it is block %d", got, inForce)
	}
	return config, nil
}

func (c *Chain) located(err error, b *common.Block) error {
	var e *Error
	if errors.As(err, &e) {
		e.Channel, e.Number = c.channel, b.GetHeader().GetNumber()
	}
	return err
}

// Testimony is what one peer tells of a block, as far as two peers that are
// both right must tell the same.
type Testimony struct {
	Number     uint64
	Hash       []byte // of the header
	DataHash   []byte // of the data that came with it
	Flags      []byte // one validation code for each transaction
	CommitHash []byte // of the state after the block; empty where the peer keeps none
}

// Testify takes down what a peer tells of a block. It checks nothing.
func Testify(b *common.Block) Testimony {
	t := Testimony{Number: b.GetHeader().GetNumber(), Hash: Hash(b.GetHeader()), DataHash: dataHash(b.GetData()),
		Flags: bytes.Clone(metadata(b, common.BlockMetadataIndex_TRANSACTIONS_FILTER))}
	commit := &common.Metadata{}
	if proto.Unmarshal(metadata(b, common.BlockMetadataIndex_COMMIT_HASH), commit) == nil {
		t.CommitHash = commit.Value
	}
	return t
}

// Against says where two peers tell different things of the same block; nil
// where they agree.
func (t Testimony) Against(o Testimony) error {
	differ := func(what string, a, b []byte) error {
		return refuse(PeersDisagree, "one peer's %s is %x, the other's %x", what, a, b)
	}
	switch {
	case t.Number != o.Number:
		return refuse(PeersDisagree, "two blocks were compared, %d and %d", t.Number, o.Number)
	case !bytes.Equal(t.Hash, o.Hash):
		return differ("hash", t.Hash, o.Hash)
	case !bytes.Equal(t.DataHash, o.DataHash):
		return differ("data", t.DataHash, o.DataHash)
	case !bytes.Equal(t.Flags, o.Flags):
		return differ("list of validation flags", t.Flags, o.Flags)
	case len(t.CommitHash) > 0 && len(o.CommitHash) > 0 && !bytes.Equal(t.CommitHash, o.CommitHash):
		return differ("commit hash", t.CommitHash, o.CommitHash)
	}
	return nil
}
