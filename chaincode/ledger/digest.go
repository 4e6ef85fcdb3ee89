package ledger

import (
	"henanchain/internal/gm"
	"henanchain/internal/strictjson"
)

// Digest is the SM3 (hex) of a value's canonical JSON (RFC 8785). Of a private
// half it binds a record to the half without telling it: the salt is part of it.
func Digest(v any) (string, error) {
	canonical, err := strictjson.Marshal(v)
	if err != nil {
		return "", err
	}
	return gm.HexDigest(canonical), nil
}
