package evidence

import (
	"encoding/json"
	"reflect"
	"strings"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Facts are what articles 17 and 18 of the rules for online litigation ask
// about: the platform, and where the data was before it came on chain.
type Facts struct {
	SourceType          string   `json:"sourceType,omitempty" is:"maxLen=64" zh:"数据来源" doc:"Where the data comes from (art. 18); no names"`
	GenMechanism        string   `json:"genMechanism,omitempty" is:"maxLen=256" zh:"生成机制" doc:"How the data came to be (art. 18)"`
	StorageHistory      string   `json:"storageHistory,omitempty" is:"maxLen=256" zh:"存储过程" doc:"How it was kept until then (art. 18)"`
	NotaryRef           string   `json:"notaryRef,omitempty" is:"maxLen=64" zh:"公证书编号" doc:"A notarial certificate about its making or keeping (art. 18)"`
	Corroboration       []string `json:"corroboration,omitempty" is:"maxItems=20,unique,pattern=^[0-9a-f]{32}$" zh:"关联印证" doc:"Evidence on this ledger that corroborates it (art. 18)"`
	PlatformFilingNo    string   `json:"platformFilingNo,omitempty" is:"filing-number" zh:"平台备案编号" doc:"The platform's filing as a blockchain information service (art. 17)"`
	InterestDeclaration string   `json:"interestDeclaration,omitempty" is:"enum=NONE|EXISTS" zh:"利害关系声明" doc:"Whether the platform has an interest in the matter (art. 17): NONE 无, EXISTS 有"`
	EnvCheckLog         string   `json:"envCheckLog,omitempty" is:"sm3" zh:"环境检查日志摘要" doc:"SM3 of the log that shows the environment clean, safe, reliable and available (art. 17)"`
}

// reads are the keys of what corroborates.
func (f *Facts) reads() []string {
	return ledger.Keys(recordType, f.Corroboration)
}

type supplementInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	Facts
}

// Reads names what the supplement will look up.
func (in *supplementInput) Reads() []string { return in.reads() }

func (b *book) handleFacts(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "Supplement", Title: "State further facts", TitleZh: "补充说明", Record: recordType, Verb: "supplement", ID: "evidenceId",
		Roles: depositing, Refusals: []string{FactStated, NothingStated, CorroborationGone, SealedInPublic},
		Doc:     "States what articles 17 and 18 ask about and the deposit left open. What was stated stays as it was stated.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","genMechanism":"合同签署系统自动生成","storageHistory":"自生成起存于业务系统归档库","platformFilingNo":"豫网信备41010500000000000001号","interestDeclaration":"NONE","envCheckLog":"` + exampleHash + `"}`),
	}, b.supplement)
}

func (b *book) supplement(c *ledger.Call, in *supplementInput) error {
	e, err := b.evidences.Open(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if err := b.checkCorroboration(c, e.ID, &in.Facts); err != nil {
		return err
	}
	if err := checkSealed(e.Body.Sealed, sealedName, &Capture{}, &in.Facts); err != nil {
		return err
	}
	if err := e.Body.Facts.add(&in.Facts); err != nil {
		return err
	}
	return e.Keep(c)
}

// add states what was not stated before. The fields are those of the struct,
// so that a new one is not forgotten here.
func (f *Facts) add(more *Facts) error {
	to, from := reflect.ValueOf(f).Elem(), reflect.ValueOf(more).Elem()
	stated := false
	for i := range from.NumField() {
		if from.Field(i).IsZero() {
			continue
		}
		if !to.Field(i).IsZero() {
			name, _, _ := strings.Cut(from.Type().Field(i).Tag.Get("json"), ",")
			return ledger.RefuseField(FactStated, name, "was stated already and stays as it is; leave it out")
		}
		to.Field(i).Set(from.Field(i))
		stated = true
	}
	if !stated {
		return ledger.Refuse(NothingStated, "the supplement states nothing; name at least one of the fields beside evidenceId")
	}
	return nil
}

// checkCorroboration refuses evidence that is not there, or corroborates itself.
func (b *book) checkCorroboration(c *ledger.Call, self string, f *Facts) error {
	for _, id := range f.Corroboration {
		e, err := b.evidences.Find(c, id)
		if err != nil {
			return err
		}
		if e == nil || id == self {
			return ledger.RefuseField(CorroborationGone, "corroboration", "%s is no other evidence on %s", id, c.Channel())
		}
	}
	return nil
}
