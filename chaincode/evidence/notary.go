package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Notarisation is a notary's certificate over the data (公证保管, SF/T 0091-2021).
type Notarisation struct {
	Ref    string     `json:"ref" is:"maxLen=64" zh:"公证书编号"`
	Notary Department `json:"notary" zh:"公证处"`
}

type notarizeInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Ref        string `json:"ref" is:"maxLen=64" zh:"公证书编号" eg:"（2026）豫郑示证内字第0187号"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"数据摘要" doc:"The digest of the file that the notary holds: it must be the deposited one"`
}

func (b *book) handleNotary(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Notarize", Title: "Certify as a notary", TitleZh: "公证", Record: recordType, Verb: "notarize", ID: "evidenceId",
		Roles: []string{RoleNotary}, Refusals: []string{DigestDiffers},
		Doc:     "A notary certifies that it holds the deposited data.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","ref":"（2026）豫郑示证内字第0187号","fileHash":"` + exampleHash + `"}`),
	}, b.notarize)
}

func (b *book) notarize(c *ledger.Call, in *notarizeInput) error {
	e, err := b.evidences.OpenAny(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if !e.Body.holds(in.FileHash) {
		return ledger.RefuseField(DigestDiffers, "fileHash", "the digest of the notary's file must be that of the deposited one, %s", e.Body.FileHash)
	}
	e.Body.Notarised = &Notarisation{in.Ref, caller(c)}
	return e.Move(c, Notarized)
}
