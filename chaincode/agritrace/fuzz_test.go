package agritrace_test

import (
	"encoding/json"
	"testing"

	"henanchain/chaincode/agritrace"
	"henanchain/chaincode/ledger/ledgertest"
)

var (
	toShop    = []string{"ZM4101220001", "ZZ4101050002", "中牟示例蔬菜专业合作社", "郑州示例超市"}
	toStation = []string{"ZM4101220001", "ZZ4101730003", "中牟示例蔬菜专业合作社", "郑州示例集中监管仓"}
	toLeaver  = []string{"ZM4101220001", "ZM4101220099"}
	secondLot = []string{"HG-0001", "HG-0002", "20260302-01", "20260302-02"}
	shopLot   = []string{`"ZM4101220001"`, `"ZZ4101050002"`, "20260302-02", "20260302-01"}
)

// exampleStory is one story that runs the examples.
var exampleStory = []ledgertest.Step{
	{Op: "SetRules"}, {Op: "RegisterSubject"}, {Op: "UpdateSubject"}, {Op: "SuspendSubject"}, {Op: "ResumeSubject"},
	{Op: "RegisterSubject", Changes: toShop}, {Op: "UpdateSubject", Changes: toShop}, {Op: "RegisterSubject", Changes: toStation}, {Op: "UpdateSubject", Changes: toStation},
	{Op: "RegisterSubject", Changes: toLeaver}, {Op: "CancelSubject"}, {Op: "PurgeSubject"},
	{Op: "RegisterBatch"}, {Op: "StartGrowing"}, {Op: "RecordInput"}, {Op: "Harvest"}, {Op: "Transform"}, {Op: "RecordTest"},
	{Op: "Pack"}, {Op: "ScanCode"}, {Op: "VoidCode"}, {Op: "IssueCompliance", Changes: secondLot}, {Op: "RevokeCompliance"}, {Op: "Destroy"},
	{Op: "IssueQuarantine"}, {Op: "RevokeQuarantine"}, {Op: "Release"}, {Op: "Hold"}, {Op: "Release"}, {Op: "Resume"},
	{Op: "IssueCompliance"}, {Op: "OfferHandover"}, {Op: "RefuseHandover"}, {Op: "OfferHandover"}, {Op: "AcceptHandover"},
	{Op: "Ship", Changes: []string{"Y-0001", "Y-0002"}}, {Op: "Reject"}, {Op: "Ship"}, {Op: "Receive"}, {Op: "ScanIn"}, {Op: "ScanOut"},
	{Op: "PutOnSale"}, {Op: "Sell"}, {Op: "RecordLoss"}, {Op: "TakeOffSale"},
	{Op: "PreReport", Changes: []string{"R-0001", "R-0002"}}, {Op: "CancelReport"}, {Op: "PreReport"}, {Op: "Arrive"}, {Op: "AssignFirstCode"}, {Op: "RecordTemperature"}, {Op: "HandleAlert"},
	{Op: "StartRecall"}, {Op: "Destroy", Changes: shopLot}, {Op: "CloseRecall"},
}

func everyRole() []string {
	return []string{agritrace.RoleRegistrar, agritrace.RoleProducer, agritrace.RoleProcessor, agritrace.RoleStorage, agritrace.RoleCarrier, agritrace.RoleTrader,
		agritrace.RoleLab, agritrace.RoleVet, agritrace.RoleAgriculture, agritrace.RoleMarket, agritrace.RoleScanner}
}

func TestTheExamplesWorkAsTheyStandInTheOrderOfTheStory(t *testing.T) {
	l, table := ledgertest.Tell(t, agritrace.New()), agritrace.New().Describe()
	all := l.App("ZhengzhouMSP", "examples", ledgertest.DeptA, everyRole()...)
	// A recall of three batches is spread at once: there is nothing to continue.
	l.RunExamples(&table, exampleStory, func(string) *ledgertest.App { return all }, "ContinueRecall")
	for _, q := range table.Queries {
		var out json.RawMessage
		if r := all.Ask(&out, q.Name, string(q.Example)); r != nil {
			t.Errorf("the example of %s: %v", q.Name, r)
		}
	}
}

func FuzzApply(f *testing.F) {
	table := agritrace.New().Describe()
	ledgertest.SeedStory(f, &table, exampleStory)
	ledgertest.FuzzApply(f, agritrace.New)
}
