package sharing_test

import (
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/sharing"
	"henanchain/internal/catalog"
)

func TestDataOfALevelGoOnChainInTheWaysThatItAllows(t *testing.T) {
	for _, c := range []struct {
		security string
		personal any
		allowed  string
	}{
		{"GENERAL", nil, "PLAIN HASH ENCRYPTED PRIVATE"}, {"SENSITIVE", nil, "HASH ENCRYPTED PRIVATE"}, {"IMPORTANT", nil, "HASH ENCRYPTED PRIVATE"},
		{"CORE", nil, "ENCRYPTED PRIVATE"}, {"GENERAL", true, "ENCRYPTED PRIVATE"},
	} {
		w := newWorld(t)
		got := ""
		for _, mode := range []string{"PLAIN", "HASH", "ENCRYPTED", "PRIVATE"} {
			in := item(houses, m{"security": c.security, "personal": c.personal, "mode": mode})
			if r := w.Do(w.provider, "PublishItem", in); r.Refusal == nil {
				got += " " + mode
			} else if r.Refusal.Code != "MODE_FORBIDDEN" || r.Refusal.Fields[0].Field != "mode" {
				t.Errorf("%s %s: %v", c.security, mode, r.Refusal)
			}
		}
		if got != " "+c.allowed {
			t.Errorf("%s, personal %v, may go as%s, and should as %s", c.security, c.personal, got, c.allowed)
		}
	}
}

func TestAnItemIsPublishedChangedRefreshedAndWithdrawnByItsProvider(t *testing.T) {
	w := newWorld(t)
	w.Refused("CONDITION_MISSING", w.provider, "PublishItem", item(houses, m{"condition": nil}))
	w.Refused("PERIOD_INVALID", w.provider, "PublishItem", item(houses, m{"updatedOn": "20260303"}))
	w.Refused("FIELDS_INVALID", w.provider, "PublishItem", item(houses, m{"fields": []m{{"name": "a", "titleZh": "甲", "type": "GRADE"}}}))
	if r := w.Must(w.provider, "PublishItem", item(houses)); r.Version != 1 {
		t.Errorf("the first publication is version %d", r.Version)
	}
	if body, _ := ledgertest.Body[sharing.Item](w.Story, "item", houses); body.DueOn != "20260401" {
		t.Errorf("updated monthly on 20260301, the item is due on %s", body.DueOn)
	}
	if r, status := ledgertest.Body[sharing.Right](w.Story, "right", houses+".OWNER."+registry); status != "HELD" || r.Basis != "不动产登记暂行条例" {
		t.Errorf("the owner's right is %s %+v", status, r)
	}
	if r := w.Must(w.provider, "PublishItem", item(houses, m{"cycle": "YEARLY"})); r.Version != 2 {
		t.Errorf("the second publication is version %d", r.Version)
	}
	w.Refused("NOT_OWNER", w.user, "PublishItem", item(houses))
	w.Refused("PERIOD_INVALID", w.provider, "RefreshItem", m{"catalogCode": houses, "updatedOn": "20260228"})
	w.Must(w.provider, "RefreshItem", m{"catalogCode": houses, "updatedOn": "20260302"})
	w.Must(w.provider, "WithdrawItem", m{"catalogCode": houses, "reason": "调整"})
	w.Refused("STATE_FORBIDS", w.provider, "RefreshItem", m{"catalogCode": houses, "updatedOn": "20260302"})
	w.Refused("ITEM_NOT_PUBLISHED", w.provider, "HoldData", m{"subjectKey": key("甲"), "catalogCode": houses, "asOf": "20260101", "validTo": "20261231"}, m{"values": []m{{"field": "units", "value": "1"}}})
	w.Must(w.provider, "PublishItem", item(houses))
}

func TestAnItemThatWasNotUpdatedInTimeShowsAsOverdue(t *testing.T) {
	w := newWorld(t)
	w.Must(w.provider, "PublishItem", item(houses))
	table := sharing.New().Describe()
	record, _ := table.Record("item")
	now := func() string {
		r := w.Record("item", houses)
		return record.StatusAt(r.Status, r.Body, w.Now)
	}
	if now() != "PUBLISHED" {
		t.Errorf("at first it is %s", now())
	}
	w.Days(31)
	if now() != "OVERDUE" {
		t.Errorf("after 31 days it is %s", now())
	}
	w.Must(w.provider, "RefreshItem", m{"catalogCode": houses, "updatedOn": w.Today()})
	if now() != "PUBLISHED" {
		t.Errorf("after its update it is %s", now())
	}
}

func TestAServiceIsAppliedForDecidedProvisionedAndRevoked(t *testing.T) {
	w := newWorld(t)
	w.publish()
	routes := []string{"POST /v1/{city}/sharing/uses", "POST /v1/{city}/sharing/uses:ask-data"}
	service := m{"serviceId": "FW1", "name": "核验", "items": []string{houses}, "routes": routes, "maxPerDay": 100}
	w.Refused("NOT_THE_PROVIDER", w.user, "PublishService", service)
	w.Must(w.provider, "PublishService", service)
	apply := func(id string) { w.Must(w.user, "SubmitApplication", application(id)) }
	apply("A1")
	// 2 March 2026 is a Monday: ten working days later it is Monday, 16 March.
	if a, _ := ledgertest.Body[sharing.Application](w.Story, "application", "A1"); a.DueOn != "20260316" || a.ServiceDept != registry {
		t.Errorf("the application is %+v", a)
	}
	stranger := w.App("ZhengzhouMSP", "stranger", office, sharing.RoleApprover, sharing.RoleOperator)
	w.Refused("NOT_THE_PROVIDER", stranger, "ApproveApplication", m{"applicationId": "A1", "reason": "可以"})
	w.Refused("ROLE_REQUIRED", w.user, "ApproveApplication", m{"applicationId": "A1", "reason": "可以"})
	w.Refused("STATE_FORBIDS", w.operator, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app"})
	w.Must(w.approver, "ApproveApplication", m{"applicationId": "A1", "reason": "可以"})
	w.Refused("ROUTES_INVALID", w.operator, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app", "routes": []string{"POST /v1/{city}/evidence/evidences"}})
	w.Refused("ROUTES_INVALID", w.operator, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app", "maxPerDay": 101})
	w.Refused("NOT_THE_PROVIDER", stranger, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app"})
	w.Must(w.operator, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app", "routes": routes[:1], "maxPerDay": 10})
	if a, status := ledgertest.Body[sharing.Application](w.Story, "application", "A1"); status != "PROVISIONED" || a.System != "bank-app" || len(a.Routes) != 1 || a.MaxPerDay != 10 {
		t.Errorf("provisioned is %s %+v", status, a)
	}
	w.Must(w.approver, "RevokeApplication", m{"applicationId": "A1", "reason": "超范围"})
	w.Refused("STATE_FORBIDS", w.operator, "ProvisionApplication", m{"applicationId": "A1", "system": "bank-app"})
	apply("A2")
	w.Must(w.approver, "RejectApplication", m{"applicationId": "A2", "reason": "依据不足"})
	apply("A3")
	w.Days(15) // it is late now, and can still be decided
	table := sharing.New().Describe()
	record, _ := table.Record("application")
	if r := w.Record("application", "A3"); record.StatusAt(r.Status, r.Body, w.Now) != "OVERDUE" {
		t.Error("after 15 days the application is not overdue")
	}
	w.Must(w.approver, "ApproveApplication", m{"applicationId": "A3", "reason": "可以"})
	w.Must(w.provider, "WithdrawService", m{"serviceId": "FW1", "reason": "升级"})
	w.Refused("SERVICE_NOT_PUBLISHED", w.user, "SubmitApplication", application("A4"))
	w.Refused("SERVICE_NOT_PUBLISHED", w.operator, "ProvisionApplication", m{"applicationId": "A3", "system": "bank-app"})
}

func application(id string) m {
	return m{"applicationId": id, "serviceId": "FW1", "purpose": "贷款审核", "basis": "条例"}
}

func TestTheDeadlineCountsWorkingDaysByTheRules(t *testing.T) {
	for _, c := range []struct {
		rules m
		due   string
	}{
		{m{"approvalDays": 1}, "20260303"},
		{m{"approvalDays": 5}, "20260309"}, // over a weekend
		{m{"approvalDays": 5, "workdays": []string{"20260307"}}, "20260307"},
		{m{"approvalDays": 1, "holidays": []string{"20260303", "20260304"}}, "20260305"},
	} {
		w := newWorld(t)
		w.publish()
		w.Must(w.provider, "PublishService", m{"serviceId": "FW1", "name": "核验", "routes": []string{"GET /v1/{city}/sharing/items"}, "maxPerDay": 1})
		w.Must(w.auditor, "SetRules", c.rules)
		w.Must(w.user, "SubmitApplication", application("A1"))
		if a, _ := ledgertest.Body[sharing.Application](w.Story, "application", "A1"); a.DueOn != c.due {
			t.Errorf("by %v the application is due on %s, and should be on %s", c.rules, a.DueOn, c.due)
		}
	}
}

func TestEveryRecordTypeNamesWhatItIsFoundBy(t *testing.T) {
	table := sharing.New().Describe()
	found := map[string][]catalog.SearchField{}
	for _, r := range table.Records {
		found[r.Type] = r.Search
	}
	for _, name := range []string{"item", "service", "application", "grant", "use", "parcel", "joint", "derivation"} {
		if len(found[name]) == 0 {
			t.Errorf("%s is found by nothing", name)
		}
	}
}
