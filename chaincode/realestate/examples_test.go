package realestate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
)

var (
	firstCase = []string{"JY20260302000001", "DJ20260301000001", "第0000001号", "第0000009号", "20260000001.001.4", "20260000004.001.U"}
	second    = []string{"第0000001号", "第0000002号"}
	resale    = []string{"JY20260302000001", "JY20260302000002", "WQ20260302000001", "WQ20260302000002", "341015260302000001", "341015260302000002"}
	retry     = append(resale, `"20260302000001"`, `"20260302000009"`)
	// The merger's e-licence: the one in the example went to the first case above.
	merged = []string{"20260000004.001.U", strings.TrimPrefix(licence("001", ledgertest.DeptA, 99), "1.2.156.3005.2.11100000MB03271699001.91410100MA9YTT01X0.")}
)

var exampleStory = []ledgertest.Step{
	{Op: "SetRules"}, {Op: "RegisterUnit"}, {Op: "AppraiseUnit"}, {Op: "AcceptApplication"},
	{Op: "ReviewApplication", Changes: firstCase}, {Op: "BookRight", Changes: firstCase}, {Op: "DeliverCertificate", Changes: firstCase}, {Op: "CloseTransaction", Changes: firstCase}, {Op: "ReissueCertificate"},
	{Op: "RegisterObjection"}, {Op: "ReportLawsuit"}, {Op: "CancelObjection"},
	{Op: "RegisterNotice"}, {Op: "MarkRegistrable"}, {Op: "CancelNotice"}, {Op: "RegisterResidence"}, {Op: "CancelResidence"},
	{Op: "RegisterMortgage"}, {Op: "RegisterMortgage", Changes: second}, {Op: "ReorderMortgages"}, {Op: "ReportClaim"}, {Op: "ChangeMortgage"},
	{Op: "CancelMortgage"}, {Op: "CancelMortgage", Changes: second}, {Op: "Seize"}, {Op: "RenewSeizure"}, {Op: "ReleaseSeizure"},
	{Op: "VerifySource"}, {Op: "Attest"}, {Op: "SignContract"}, {Op: "CancelTransaction"},
	{Op: "VerifySource", Changes: resale}, {Op: "SignContract", Changes: resale}, {Op: "FileContract", Changes: resale}, {Op: "EscrowFunds", Changes: resale},
	{Op: "IssueTaxVoucher"}, {Op: "VoidTaxVoucher"}, {Op: "IssueTaxVoucher", Changes: resale}, {Op: "IssueInvoice", Changes: resale}, {Op: "ReverseInvoice"}, {Op: "ConfirmTax", Changes: resale},
	{Op: "AcceptSale", Changes: resale}, {Op: "DenyApplication", Changes: resale}, {Op: "AcceptSale", Changes: retry}, {Op: "ReviewApplication", Changes: resale}, {Op: "BookRight", Changes: resale},
	{Op: "SplitUnit", Private: "AcceptSale"}, {Op: "MergeUnits", Changes: merged, Private: "AcceptSale"},
}

func TestTheExamplesWorkAsTheyStandInTheOrderOfTheStory(t *testing.T) {
	w, table := newWorld(t), realestate.New().Describe()
	all := w.App("ZhengzhouMSP", "examples", ledgertest.DeptA, realestate.RoleRegistrar, realestate.RoleHousing, realestate.RoleTax,
		realestate.RoleCourt, realestate.RoleCivil, realestate.RoleRegulator)
	w.RunExamples(&table, exampleStory, func(op string) *ledgertest.App {
		if op == "ReportClaim" || op == "ChangeMortgage" || op == "CancelMortgage" {
			return w.bank
		}
		return all
	})
	for _, q := range table.Queries {
		var out json.RawMessage
		if r := w.registrar.Ask(&out, q.Name, string(q.Example)); r != nil {
			t.Errorf("the example of %s: %v", q.Name, r)
		}
	}
}

func FuzzApply(f *testing.F) {
	table := realestate.New().Describe()
	ledgertest.SeedStory(f, &table, exampleStory)
	ledgertest.FuzzApply(f, realestate.New)
}
