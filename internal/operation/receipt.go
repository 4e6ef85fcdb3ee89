package operation

// Receipt tells where on which ledger an acknowledged operation stands. With
// it, anybody who may read the channel finds the transaction and the record.
type Receipt struct {
	Channel  string `json:"channel"`
	Contract string `json:"contract"`
	TxID     string `json:"txId"`
	Block    uint64 `json:"block"`
	// Index is the operation's place among the transaction's operations, from 0.
	Index   int    `json:"index"`
	Type    string `json:"type"`
	ID      string `json:"id"`
	Version int    `json:"version"`
	Status  string `json:"status"`
	// Digest is the SM3 (hex) of the record's canonical JSON, see Record.Digest.
	Digest string `json:"digest"`
	// Time is the transaction time, UTC (RFC 3339).
	Time string `json:"time"`
}
