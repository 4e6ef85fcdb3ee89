package sharing_test

import (
	"encoding/json"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/sharing"
)

var (
	second = []string{"SQ-20260302-01", "SQ-20260302-02"}
	// A department's grant of all fields of the encrypted item.
	byDepartment = []string{`"grantor":"SUBJECT","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"`, `"grantor":"DEPARTMENT","legalBasis":"数据共享协议"`,
		"GR20260302000001", "GR20260302000002", "306001/000002", "306001/000003", `"fields":["units"],`, ``, "购房资格核验", "风险评估"}
	encrypted = []string{"306001/000002", "306001/000003", `"mode":"PRIVATE"`, `"mode":"ENCRYPTED"`, `,"personal":true`, ``}
	unasked   = []string{"306001/000002", "306001/000004", "CONDITIONAL", "UNCONDITIONAL", `,"personal":true`, ``}
	answer    = []string{`"round":1`, `"round":2`}
	others    = []string{`"round":1`, `"round":3`}
)

// exampleStory is one story that runs the examples.
var exampleStory = []ledgertest.Step{
	{Op: "SetRules"}, {Op: "PublishItem"}, {Op: "RefreshItem"}, {Op: "RegisterRight"}, {Op: "PublishService"},
	{Op: "SubmitApplication"}, {Op: "ApproveApplication"}, {Op: "ProvisionApplication"}, {Op: "RevokeApplication"},
	{Op: "SubmitApplication", Changes: second}, {Op: "RejectApplication", Changes: second},
	{Op: "GrantUse"}, {Op: "UseData"}, {Op: "HoldData"}, {Op: "AskData"}, {Op: "Derive"},
	{Op: "PublishItem", Changes: encrypted}, {Op: "RegisterRight", Changes: encrypted}, {Op: "RegisterKey"}, {Op: "GrantUse", Changes: byDepartment},
	{Op: "SealParcel"}, {Op: "WrapParcel"}, {Op: "OpenParcel"}, {Op: "RotateParcel"},
	{Op: "PublishItem", Changes: unasked}, {Op: "StartJoint"}, {Op: "PutPoints"}, {Op: "PutPoints", Changes: answer}, {Op: "PutPoints", Changes: others}, {Op: "FinishJoint"},
	{Op: "RevokeKey"}, {Op: "RevokeGrant"}, {Op: "WithdrawHolding"}, {Op: "EndRight"}, {Op: "WithdrawService"}, {Op: "WithdrawItem"},
}

func TestTheExamplesWorkAsTheyStandInTheOrderOfTheStory(t *testing.T) {
	w, table := newWorld(t), sharing.New().Describe()
	roles := []string{sharing.RoleProvider, sharing.RoleUser, sharing.RolePortal, sharing.RoleApprover, sharing.RoleOperator, sharing.RoleAuditor}
	provider, user := w.App("ZhengzhouMSP", "provider", registry, roles...), w.App("ZhengzhouMSP", "user", bank, roles...)
	byUser := map[string]bool{"SubmitApplication": true, "UseData": true, "AskData": true, "Derive": true, "RegisterKey": true, "RevokeKey": true, "OpenParcel": true, "StartJoint": true, "FinishJoint": true, "PutPoints": true}
	w.RunExamples(&table, exampleStory, func(op string) *ledgertest.App {
		if byUser[op] {
			byUser["PutPoints"] = op != "PutPoints" && byUser["PutPoints"] // the first round is the user's
			return user
		}
		return provider
	}, "JoinJoint", "Contribute")
	for _, q := range table.Queries {
		var out json.RawMessage
		if r := user.Ask(&out, q.Name, string(q.Example)); r != nil {
			t.Errorf("the example of %s: %v", q.Name, r)
		}
	}
}

func FuzzApply(f *testing.F) {
	table := sharing.New().Describe()
	ledgertest.SeedStory(f, &table, exampleStory)
	ledgertest.FuzzApply(f, sharing.New)
}
