package sharing_test

import (
	"fmt"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/sharing"
	"henanchain/internal/gm"
)

type m = map[string]any

// Departments of the tests.
const (
	registry = ledgertest.DeptA
	bank     = ledgertest.DeptB
	office   = ledgertest.DeptC
	tax      = "11410100MB0H00007N"
)

const (
	houses  = "306001/000002" // private, personal, on a condition
	letters = "306001/000003" // encrypted, sensitive, on a condition
	open    = "306001/000004" // unconditional
	purpose = "购房资格核验"
)

// world is one ledger with every department that has a part in it.
type world struct {
	t testing.TB
	*ledgertest.Story
	provider, user, otherUser, portal, approver, operator, auditor *ledgertest.App
	serial                                                         int
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, Story: ledgertest.Tell(t, sharing.New())}
	w.provider = w.App("ZhengzhouMSP", "registry", registry, sharing.RoleProvider)
	w.user = w.App("ZhengzhouMSP", "bank", bank, sharing.RoleUser, sharing.RoleProvider)
	w.otherUser = w.App("ZhengzhouMSP", "office", office, sharing.RoleUser, sharing.RoleProvider)
	w.portal = w.App("ZhengzhouMSP", "portal", tax, sharing.RolePortal)
	w.approver = w.App("ZhengzhouMSP", "registry-leader", registry, sharing.RoleApprover)
	w.operator = w.App("ZhengzhouMSP", "registry-operator", registry, sharing.RoleOperator)
	w.auditor = w.App("ZhengzhouMSP", "auditor", tax, sharing.RoleAuditor)
	return w
}

func (w *world) no(prefix string) string { w.serial++; return fmt.Sprint(prefix, w.serial) }

// key stands for the gateway's keyed hash of somebody's identity number.
func key(name string) string { return gm.HexDigest([]byte("key/" + name)) }

func hash(text string) string { return gm.HexDigest([]byte(text)) }

// with is a copy of an input with changes; a nil takes a field out.
var with = ledgertest.With

func item(code string, changes ...m) m {
	return with(append([]m{{"catalogCode": code, "name": "不动产登记信息", "fields": []m{{"name": "units", "titleZh": "名下不动产数", "type": "INTEGER"}, {"name": "usage", "titleZh": "用途", "type": "TEXT"}},
		"sharing": "CONDITIONAL", "condition": "用于交易核验", "legalBasis": "不动产登记暂行条例", "security": "SENSITIVE", "personal": true, "cycle": "MONTHLY", "mode": "PRIVATE", "updatedOn": "20260301"}}, changes...)...)
}

// publish publishes the three items and lets the bank use them.
func (w *world) publish() {
	w.t.Helper()
	w.Must(w.provider, "PublishItem", item(houses))
	w.Must(w.provider, "PublishItem", item(letters, m{"mode": "ENCRYPTED", "personal": nil}))
	w.Must(w.provider, "PublishItem", item(open, m{"sharing": "UNCONDITIONAL", "security": "GENERAL", "personal": nil, "mode": "PRIVATE"}))
	for _, code := range []string{houses, letters} {
		w.right(code, bank)
	}
}

func (w *world) right(code, dept string) {
	w.t.Helper()
	w.Must(w.provider, "RegisterRight", m{"catalogCode": code, "kind": "USER", "holderDept": dept, "basis": "共享协议", "validTo": "20261231"})
}

// consent is a subject's grant, to be changed by a test.
func consent(id, name string, changes ...m) m {
	return with(append([]m{{"grantId": id, "grantor": "SUBJECT", "subjectKey": key(name), "granteeDept": bank, "purpose": purpose, "items": []string{houses},
		"validFrom": "20260302", "validTo": "20260331", "maxUses": 3, "docHash": hash("同意书")}}, changes...)...)
}

// allow is a department's grant.
func allow(id string, changes ...m) m {
	return consent(id, "", with(append([]m{{"grantor": "DEPARTMENT", "subjectKey": nil, "legalBasis": "共享协议", "items": []string{letters}}}, changes...)...))
}

func (w *world) hold(name, units string) {
	w.t.Helper()
	w.Must(w.provider, "HoldData", m{"subjectKey": key(name), "catalogCode": houses, "asOf": "20260101", "validTo": "20261231"},
		m{"values": []m{{"field": "units", "value": units}, {"field": "usage", "value": "住宅"}}})
}

func (w *world) use(name string, changes ...m) m {
	return with(append([]m{{"useNo": w.no("SY"), "catalogCode": houses, "grantId": "GR1", "subjectKey": key(name), "fields": []string{"units"}, "purpose": purpose}}, changes...)...)
}
