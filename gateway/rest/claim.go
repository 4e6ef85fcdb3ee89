package rest

import (
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// claimSchema is operation.Claim as a body; the type stands in the path.
var claimSchema = func() *schema.Schema {
	zero := int64(0)
	return &schema.Schema{Type: "object", Closed: true, Properties: schema.Properties{
		{Name: "id", Schema: &schema.Schema{Type: "string", MaxLength: maxID}},
		{Name: "type", Schema: &schema.Schema{Type: "string", MaxLength: 64}},
		{Name: "fileHash", Schema: &schema.Schema{Type: "string", Kind: "sm3"}},
		{Name: "digest", Schema: &schema.Schema{Type: "string", Kind: "sm3"}},
		{Name: "version", Schema: &schema.Schema{Type: "integer", Minimum: &zero}},
		{Name: "fields", Schema: &schema.Schema{Type: "object"}},
	}}
}()

// readClaim reads a body that claims something.
func readClaim(raw []byte) (*operation.Claim, error) {
	if claim := usualClaim(raw); claim != nil {
		return claim, nil
	}
	claim, wrong, err := schema.Read[operation.Claim](claimSchema, raw)
	return claim, unfit(wrong, err, "")
}

// usualClaim reads the claim that nearly all are, that a file is the one of a
// record: an id and a fileHash, both as they are written already. It answers nil
// to any other, right or wrong, which the schema then tells.
func usualClaim(raw []byte) *operation.Claim {
	members, err := strictjson.Members(raw)
	if err != nil {
		return nil
	}
	var claim operation.Claim
	for _, m := range members {
		text := usualText(m.Value)
		switch {
		case m.Name == "id" && text != "" && len(text) <= maxID:
			claim.ID = text
		case m.Name == "fileHash" && isDigest(text):
			claim.FileHash = text
		default:
			return nil
		}
	}
	return &claim
}

// usualText is a text of letters, digits and marks of ASCII alone; "" for any
// other value.
func usualText(value []byte) string {
	if value[0] != '"' {
		return ""
	}
	inner := value[1 : len(value)-1]
	for _, c := range inner {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return ""
		}
	}
	return string(inner)
}

// isDigest tells an SM3 as it is kept.
func isDigest(text string) bool {
	digest, err := identifier.ParseSM3(text)
	return err == nil && string(digest) == text
}
