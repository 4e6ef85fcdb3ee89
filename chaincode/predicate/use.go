package predicate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
)

// UseID is the id of a use's record: derived from who uses and its own number,
// after the subject where there is one, so that a subject finds every use.
func UseID(subjectKey, dept, number string) string {
	own := gm.HexDigest([]byte(dept + "/" + number))[:32]
	if subjectKey == "" {
		return own
	}
	return subjectKey + "." + own
}

// UsesQuery asks who used a subject's data (谁用了我的数据).
type UsesQuery struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"主体标识"`
	Bookmark   string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记"`
}

// DataUses is a page of the uses of a subject's data; an L tells of one.
type DataUses[L any] struct {
	Uses     []L    `json:"uses" zh:"使用记录"`
	Bookmark string `json:"bookmark,omitempty" zh:"下一页标记"`
}

// UsesOf answers the query from records with ids by UseID.
func UsesOf[B, L any](c *ledger.Call, in *UsesQuery, uses *ledger.Records[B], line func(*ledger.Entity[B]) L) (*DataUses[L], error) {
	lines, next, err := ledger.Lines(c, uses, in.SubjectKey+".", in.Bookmark, line)
	if err != nil {
		return nil, err
	}
	return &DataUses[L]{lines, next}, nil
}
