package finance_test

import (
	"encoding/json"
	"testing"

	"henanchain/chaincode/finance"
	"henanchain/chaincode/ledger/ledgertest"
)

var (
	second       = []string{"RZ20260302000001", "RZ20260302000002", "HT20260302000001", "HT20260302000002"}
	third        = []string{"RZ20260302000001", "RZ20260302000003"}
	fourth       = []string{"RZ20260302000001", "RZ20260302000004", "HT20260302000001", "HT20260302000004", "JJ20260302000001", "JJ20260302000004"}
	secondLetter = []string{"BH20260302000001", "BH20260302000002"}
	thirdLetter  = []string{"BH20260302000001", "BH20260302000003"}
	overdue      = []string{"RZ20260302000001", "RZ20260302000004", `"02"`, `"05"`}
)

// exampleStory is one story that runs the examples.
var exampleStory = []ledgertest.Step{
	{Op: "SetRules"}, {Op: "PublishItem"}, {Op: "ProvideFact"}, {Op: "SelfReport"}, {Op: "RegisterSubjectKey"},
	{Op: "DraftApplication"}, {Op: "SubmitApplication"}, {Op: "DraftAuthorization"}, {Op: "GrantAuthorization"}, {Op: "UseData"},
	{Op: "AcceptApplication"}, {Op: "InvestigateApplication"}, {Op: "ApproveApplication"}, {Op: "RegisterCollateral"}, {Op: "PledgeCollateral"},
	{Op: "IssueGuarantee"}, {Op: "AcceptGuarantee"},
	{Op: "SignContract"}, {Op: "Disburse"}, {Op: "Repay"}, {Op: "MarkOverdue"}, {Op: "ClassifyLoan"},
	{Op: "ClaimGuarantee"}, {Op: "CompensateGuarantee"}, {Op: "RecoverGuarantee"},
	{Op: "IssueGuarantee", Changes: secondLetter}, {Op: "AcceptGuarantee", Changes: secondLetter}, {Op: "ReleaseGuarantee", Changes: secondLetter},
	{Op: "IssueGuarantee", Changes: thirdLetter}, {Op: "WithdrawGuarantee", Changes: thirdLetter},
	{Op: "Repay", Changes: []string{"HK20260302000001", "HK20260302000002"}}, {Op: "CureOverdue"}, {Op: "ExtendLoan"},
	{Op: "DraftApplication", Changes: second}, {Op: "SubmitApplication", Changes: second}, {Op: "AcceptApplication", Changes: second}, {Op: "InvestigateApplication", Changes: second}, {Op: "ApproveApplication", Changes: second}, {Op: "SignContract", Changes: second},
	{Op: "RenewLoan"}, {Op: "RevalueCollateral"}, {Op: "ReleasePledge", Changes: second},
	{Op: "Repay", Changes: append(second, "JJ20260302000001", "JJ20260302000002", "HK20260302000001", "HK20260302000003")},
	{Op: "Repay", Changes: append(second, "JJ20260302000001", "JJ20260302000002", "HK20260302000001", "HK20260302000004")},
	{Op: "Repay", Changes: append(second, "JJ20260302000001", "JJ20260302000002", "HK20260302000001", "HK20260302000005")},
	{Op: "Repay", Changes: append(second, "JJ20260302000001", "JJ20260302000002", "HK20260302000001", "HK20260302000006")},
	{Op: "SettleLoan", Changes: second},
	{Op: "DraftApplication", Changes: third}, {Op: "SubmitApplication", Changes: third}, {Op: "RejectApplication", Changes: third},
	{Op: "DraftApplication", Changes: fourth}, {Op: "SubmitApplication", Changes: fourth}, {Op: "AcceptApplication", Changes: fourth}, {Op: "InvestigateApplication", Changes: fourth}, {Op: "ApproveApplication", Changes: fourth},
	{Op: "SignContract", Changes: fourth}, {Op: "Disburse", Changes: fourth}, {Op: "MarkOverdue", Changes: fourth}, {Op: "ClassifyLoan", Changes: overdue}, {Op: "WriteOff", Changes: fourth},
	{Op: "DraftApplication", Changes: []string{"RZ20260302000001", "RZ20260302000005"}}, {Op: "WithdrawApplication", Changes: []string{"RZ20260302000001", "RZ20260302000005"}},
	{Op: "RevokeAuthorization"}, {Op: "WithdrawFact"}, {Op: "WithdrawItem"}, {Op: "RevokeSubjectKey"},
}

func TestTheExamplesWorkAsTheyStandInTheOrderOfTheStory(t *testing.T) {
	w, table := newWorld(t), finance.New().Describe()
	all := w.App("ZhengzhouMSP", "examples", ledgertest.DeptA, finance.RolePlatform, finance.RoleProvider, finance.RoleBank, finance.RoleGuarantor, finance.RoleRegulator)
	// The authorization in the examples holds for long, so that they can be tried.
	w.RunExamples(&table, exampleStory, func(string) *ledgertest.App { return all }, "ExpireAuthorization")
	for _, q := range table.Queries {
		var out json.RawMessage
		if r := all.Ask(&out, q.Name, string(q.Example)); r != nil {
			t.Errorf("the example of %s: %v", q.Name, r)
		}
	}
}

func FuzzApply(f *testing.F) {
	table := finance.New().Describe()
	ledgertest.SeedStory(f, &table, exampleStory)
	ledgertest.FuzzApply(f, finance.New)
}
