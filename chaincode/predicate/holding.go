package predicate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
)

// PeriodInvalid refuses data of tomorrow, or that end before they begin. A
// contract that holds data declares it.
const PeriodInvalid = "PERIOD_INVALID"

// Held is the status of data from which questions are answered.
const Held = "HELD"

// Holding is what a department holds of one subject under one catalogue item. The
// values are in the private half and never leave it. Its id is HoldingID.
type Holding struct {
	SubjectKey  string `json:"subjectKey" is:"subject" zh:"主体标识"`
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	AsOf        string `json:"asOf" is:"date" zh:"数据日期"`
	ValidTo     string `json:"validTo" is:"date" zh:"有效期止"`
}

// HoldingID derives a holding's id from its subject and its item.
func HoldingID(subjectKey, catalogCode string) string {
	return gm.HexDigest([]byte(subjectKey + "/" + catalogCode))[:32]
}

// CheckPeriod refuses data that are not as of some day until today.
func (h *Holding) CheckPeriod(c *ledger.Call) error {
	if h.ValidTo < h.AsOf || h.AsOf > c.Today() {
		return ledger.RefuseField(PeriodInvalid, "asOf", "the data are as of %s, not after today (%s), and valid to a day not before", h.AsOf, c.Today())
	}
	return nil
}

// Hold writes what the caller holds of a subject, or the next version of it. The
// values are of the item's fields.
func Hold(c *ledger.Call, records *ledger.Records[Holding], fields []Field, h Holding, private *ledger.Private[Values]) error {
	if err := CheckValues(fields, private.Data.Values); err != nil {
		return err
	}
	e, err := records.Put(c, HoldingID(h.SubjectKey, h.CatalogCode), Held, h)
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

// ValueOf reads the value of one field of a holding.
func ValueOf(c *ledger.Call, e *ledger.Entity[Holding], field string) (value string, found bool, err error) {
	values, err := ledger.GetPrivate[Holding, Values](c, e)
	if err != nil || values == nil {
		return "", false, err
	}
	value, found = values.Of(field)
	return value, found, nil
}
