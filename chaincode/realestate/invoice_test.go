package realestate_test

import (
	"strings"
	"testing"

	"henanchain/chaincode/realestate"
)

func TestAPurchaseInvoiceIsOfItsContractAndServesOneCase(t *testing.T) {
	w := newWorld(t)
	right := w.own(unitA, "张示例")
	s := w.newSale(unitA, right, "李示例", "张示例")
	in := func(change m) m {
		return with(m{"invoiceNo": "26412000000000000001", "netSignNo": s.sign["netSignNo"], "buyerKey": key("李示例"), "sellerKey": key("张示例"), "fileHash": hash("发票")}, change)
	}
	amount := m{"amountFen": 150000000, "buyer": "李示例", "seller": "张示例"}
	w.Refused(realestate.InvoiceMismatch, w.tax, "IssueInvoice", in(nil), amount) // nothing is signed yet
	w.advance(s, "EscrowFunds")
	w.Refused(realestate.PrivateHalfMissing, w.tax, "IssueInvoice", in(nil))
	w.Refused(realestate.InvoiceMismatch, w.tax, "IssueInvoice", in(m{"buyerKey": key("王示例")}), amount)
	w.Refused(realestate.InvoiceMismatch, w.tax, "IssueInvoice", in(m{"sellerKey": key("李示例")}), amount)
	refusal := w.Refused(realestate.InvoiceMismatch, w.tax, "IssueInvoice", in(nil), with(amount, m{"amountFen": 150000001}))
	if strings.Contains(refusal.Message, "15000000") {
		t.Errorf("the refusal tells the price: %s", refusal.Message)
	}
	w.Must(w.tax, "IssueInvoice", in(nil), amount)
	w.Refused("RECORD_EXISTS", w.tax, "IssueInvoice", in(nil), amount)
	check := func(buyer, unit string, usable bool) {
		t.Helper()
		var c realestate.VoucherCheck
		if r := w.registrar.Ask(&c, "CheckInvoice", m{"invoiceNo": "26412000000000000001", "unitCode": unit, "buyerKey": key(buyer)}); r != nil || !c.Exists || c.Usable != usable {
			t.Errorf("for %s the invoice is %+v %v", buyer, c, r)
		}
	}
	check("李示例", unitA, true)
	check("王示例", unitA, false)
	check("李示例", unitB, false)

	app, tax, _ := w.step(s, "ConfirmTax")
	w.Refused("RECORD_NOT_FOUND", app, "ConfirmTax", with(tax, m{"invoiceNo": "26412000000000000009"}))
	w.Must(app, "ConfirmTax", with(tax, m{"invoiceNo": "26412000000000000001"}))
	check("李示例", unitA, false)
	reverse := m{"invoiceNo": "26412000000000000001", "reversedBy": "26412000000000000002", "fileHash": hash("红字发票")}
	w.Refused(realestate.InvoiceMismatch, w.tax, "ReverseInvoice", reverse)
	w.Must(w.housing, "CancelTransaction", m{"transactionNo": s.no, "ground": "PARTIES", "transferorHash": hash("卖方申请"), "acquirerHash": hash("买方申请")})
	check("李示例", unitA, true)
	w.Refused(realestate.InvoiceMismatch, w.tax, "IssueInvoice", in(m{"invoiceNo": "26412000000000000003"}), amount) // the contract is cancelled

	// Another contract cannot be taxed with it.
	again := w.newSale(unitA, right, "王示例", "张示例")
	w.advance(again, "EscrowFunds")
	app, tax, _ = w.step(again, "ConfirmTax")
	w.Refused(realestate.InvoiceMismatch, app, "ConfirmTax", with(tax, m{"invoiceNo": "26412000000000000001"}))
	w.Must(w.tax, "ReverseInvoice", reverse)
	check("李示例", unitA, false)
	w.Refused("STATE_FORBIDS", w.tax, "ReverseInvoice", reverse)
	w.Must(w.tax, "PurgeInvoice", m{"id": "26412000000000000001", "reason": "保存期限届满"})
	if v := w.PrivateValue("restricted", "invoice/26412000000000000001"); v != nil {
		t.Errorf("the purged half is %s", v)
	}
}
