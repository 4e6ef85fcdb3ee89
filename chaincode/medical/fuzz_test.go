package medical_test

import (
	"encoding/json"
	"slices"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/medical"
)

// In the examples' story one institution makes, trades and dispenses drugs and
// is a hospital, the other receives and asks.
var (
	everyKind  = []string{`["HOSPITAL"]`, `["MAH","DISTRIBUTOR","HOSPITAL","PHARMACY"]`}
	other      = append(everyKind, "91410100MA9YTT01X0", "93411525MA9YTT036W")
	oneMaker   = []string{"92410302MA9YTT0284", "91410100MA9YTT01X0"}
	vitamins   = append(oneMaker, "86900001000019", vitamin, "8100001", "8100002", "8100002000000000000", "8100002000000000000", `"prescriptionOnly":true`, `"prescriptionOnly":false`)
	secondPack = []string{"81000019000000000001", "81000019000000000002", `["81000010000000000001","81000010000000000002"]`, `["81000010000000000003","81000010000000000004"]`}
	secondShip = append(oneMaker, "F-0001", "F-0002", `["81000019000000000001","81000019000000000002"]`, `["81000019000000000002"]`)
	secondRx   = []string{"RX-0001", "RX-0002"}
	secondOne  = []string{"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b", "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}
)

// exampleStory is one story that runs the examples.
var exampleStory = []ledgertest.Step{
	{Op: "SetRecallRules"}, {Op: "SetAccessRules"}, {Op: "RegisterInstitution", Changes: everyKind}, {Op: "RegisterInstitution", Changes: other}, {Op: "UpdateInstitution", Changes: everyKind},
	{Op: "SuspendInstitution"}, {Op: "ResumeInstitution"},
	{Op: "RegisterDrug", Changes: oneMaker}, {Op: "RegisterLot"}, {Op: "RegisterPacks"}, {Op: "Pack"}, {Op: "Pack", Changes: secondPack},
	{Op: "Ship", Changes: oneMaker}, {Op: "DisputeShipment", Changes: oneMaker}, {Op: "TakeBack", Changes: oneMaker}, {Op: "Receive", Changes: oneMaker},
	{Op: "Ship", Changes: secondShip}, {Op: "RejectShipment", Changes: oneMaker},
	{Op: "RegisterDrug", Changes: vitamins}, {Op: "RegisterLot", Changes: vitamins}, {Op: "RegisterPacks", Changes: vitamins}, {Op: "Pack", Changes: vitamins},
	{Op: "Dispense"}, {Op: "Dispense"}, {Op: "Dispense"}, {Op: "ConfirmResale"}, {Op: "DismissResale"}, {Op: "ReturnPack"}, {Op: "DestroyPack"},
	{Op: "IssuePrescription"}, {Op: "ReviewPrescription"}, {Op: "DispensePrescription"}, {Op: "PurgePrescription"}, {Op: "IssuePrescription", Changes: secondRx}, {Op: "CancelPrescription"},
	{Op: "StartRecall"}, {Op: "NotifyRecall"}, {Op: "AcknowledgeRecall"}, {Op: "RecallPack"}, {Op: "CloseRecall"}, {Op: "WithdrawDrug"},
	{Op: "RegisterPatient"}, {Op: "RegisterDocument"}, {Op: "ReviseDraft"}, {Op: "SignDocument"}, {Op: "GrantRecognition"}, {Op: "MarkRecognition"},
	{Op: "GrantConsent"}, {Op: "Access"}, {Op: "Serve"}, {Op: "RevokeConsent"}, {Op: "AmendDocument"}, {Op: "ArchiveDocument"}, {Op: "RevokeRecognition"},
	{Op: "OpenEmergency"}, {Op: "NotifyPatient"}, {Op: "CloseEmergency"}, {Op: "ReviewEmergency"},
	{Op: "RegisterPatient", Changes: secondOne}, {Op: "BindPatientKey"}, {Op: "ArchivePatient"}, {Op: "PurgePatient"}, {Op: "CancelInstitution"},
}

func everyRole() []string {
	return []string{medical.RoleDrugRegulator, medical.RoleHealth, medical.RoleInsurance, medical.RoleMAH, medical.RoleDistributor, medical.RoleDispenser, medical.RoleProvider, medical.RolePharmacist, medical.RolePatient}
}

func TestTheExamplesWorkAsTheyStandInTheOrderOfTheStory(t *testing.T) {
	l, table := ledgertest.Tell(t, medical.New()), medical.New().Describe()
	one := l.App("ZhengzhouMSP", "examples", ledgertest.DeptA, everyRole()...)
	two := l.App("ZhengzhouMSP", "others", ledgertest.DeptC, everyRole()...)
	who := func(op string) *ledgertest.App {
		if slices.Contains([]string{"DisputeShipment", "Receive", "RejectShipment", "AcknowledgeRecall", "Access"}, op) {
			return two
		}
		return one
	}
	// What needs time to go by is told by other tests.
	l.RunExamples(&table, exampleStory, who, "ExpireConsent", "EscalateEmergency")
	for _, q := range table.Queries {
		var out json.RawMessage
		if r := one.Ask(&out, q.Name, string(q.Example)); r != nil {
			t.Errorf("the example of %s: %v", q.Name, r)
		}
	}
	var d medical.Dispensing
	if r := l.Record("dispensing", "81000020000000000001.1"); r == nil || json.Unmarshal(r.Body, &d) != nil || d.Units != 24 {
		t.Errorf("the dispensing of the story is %+v", d)
	}
}

func FuzzApply(f *testing.F) {
	table := medical.New().Describe()
	ledgertest.SeedStory(f, &table, exampleStory)
	ledgertest.FuzzApply(f, medical.New)
}
