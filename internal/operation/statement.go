package operation

import (
	"encoding/json"
	"fmt"

	"henanchain/internal/strictjson"
)

// Statement is what a business system signs: the canonical JSON (RFC 8785) of
// {"channel","contract","ifVersion","in","nonce","op"}. ifVersion is 0 where
// the request has none.
func (r *Request) Statement(channel, contract string) ([]byte, error) {
	var nonce string
	if r.Sig != nil {
		nonce = r.Sig.Nonce
	}
	out, err := strictjson.Marshal(struct {
		Channel   string          `json:"channel"`
		Contract  string          `json:"contract"`
		IfVersion int             `json:"ifVersion"`
		In        json.RawMessage `json:"in"`
		Nonce     string          `json:"nonce"`
		Op        string          `json:"op"`
	}{channel, contract, r.IfVersion, r.In, nonce, r.Op})
	if err != nil {
		return nil, fmt.Errorf("make the statement to sign: %w", err)
	}
	return out, nil
}
