package journey

import (
	"encoding/hex"
	"fmt"

	"henanchain/internal/gm"
	"henanchain/internal/identifier"
)

// Subject is the keyed hash under which the ledger knows a made-up subject.
func Subject(number string) string {
	return hex.EncodeToString(gm.HMAC([]byte("demonstration key, not a secret"), []byte(number)))
}

// Evidence is the input of a deposit of a file, for an organisation that does
// not exist.
func Evidence(name, fileHash string) map[string]any {
	return map[string]any{
		"fileHash": fileHash, "name": name, "size": 20480, "dataType": "1", "depositorType": "ORGANISATION",
		"depositorKey": Subject("91410100MA9YTT01X0"), "collectedAt": "2026-03-01T01:30:00Z",
	}
}

// Licence is the input that issues an e-licence by a department, for somebody
// who does not exist.
func Licence(dept, serial, fileHash string) (map[string]any, error) {
	id, err := identifier.NewLicenceID("11100000MB03271699001", dept, serial, 1)
	if err != nil {
		return nil, fmt.Errorf("make a licence identifier: %w", err)
	}
	return map[string]any{
		"certId": id.String(), "certTypeName": "不动产权证书", "certNo": "豫（2026）郑州市不动产权第" + serial + "号", "issuerName": "郑州市示例登记中心",
		"holderKey": Subject("410105190001010010"), "issueDate": "20260301", "validFrom": "20260301", "validTo": "99991231", "fileHash": fileHash,
	}, nil
}
