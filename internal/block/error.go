package block

import "fmt"

// Codes of refused blocks.
const (
	Malformed        = "BLOCK_MALFORMED"         // a part is missing or cannot be read
	NumberWrong      = "BLOCK_NUMBER_WRONG"      // not the number that comes next
	PreviousHash     = "BLOCK_PREVIOUS_HASH"     // not on top of the block before
	DataHashWrong    = "BLOCK_DATA_HASH"         // the data is not what the header says
	ChannelWrong     = "BLOCK_CHANNEL_WRONG"     // of another channel
	SignaturesShort  = "BLOCK_SIGNATURES_SHORT"  // the block validation policy is not satisfied
	LastConfigWrong  = "BLOCK_LAST_CONFIG_WRONG" // signed under another configuration than the one that is in force
	ConfigInvalid    = "BLOCK_CONFIG_INVALID"    // a configuration that cannot be followed
	GenesisMismatch  = "BLOCK_GENESIS_MISMATCH"  // not the genesis block that was pinned
	FlagsWrong       = "BLOCK_FLAGS_WRONG"       // not one validation flag for each transaction
	PeersDisagree    = "BLOCK_PEERS_DISAGREE"    // two peers tell different things of one block
	maxSignatures    = 1000                      // of one block; nobody has so many orderers
	maxConfigBlock   = 64 << 20                  // bytes
	bftConsensusType = "BFT"
)

// Error says why a block is refused.
type Error struct {
	Code    string
	Channel string
	Number  uint64
	Message string
}

// Error reads "CODE: block N of CHANNEL: sentence".
func (e *Error) Error() string {
	return fmt.Sprintf("%s: block %d of %s: %s", e.Code, e.Number, e.Channel, e.Message)
}

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
