package realestate

import (
	"encoding/json"
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Invoice is the invoice of a purchase (购房发票): of one net-signed contract, so
// that nobody has to bring it on paper. Its id is its number.
type Invoice struct {
	UnitCode     string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	NetSignNo    string `json:"netSignNo" is:"maxLen=30" zh:"网签合同备案号"`
	BuyerKey     string `json:"buyerKey" is:"subject" zh:"购买方标识"`
	SellerKey    string `json:"sellerKey" is:"subject" zh:"销售方标识"`
	IssuedOn     string `json:"issuedOn" is:"date" zh:"开具日期"`
	FileHash     string `json:"fileHash" is:"sm3" zh:"发票文件摘要"`
	BoundTo      string `json:"boundTo,omitempty" zh:"所用业务" doc:"The case that it was presented in"`
	ReversedBy   string `json:"reversedBy,omitempty" is:"maxLen=20" zh:"红字发票号码"`
	ReversedOn   string `json:"reversedOn,omitempty" is:"date" zh:"红冲日期"`
	ReversedHash string `json:"reversedHash,omitempty" is:"sm3" zh:"红字发票摘要"`
}

// Statuses of an invoice.
const (
	InvoiceIssued   = "ISSUED"
	InvoiceReversed = "REVERSED"
)

const (
	invoiceType   = "invoice"
	exampleBuyer  = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
	exampleSeller = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
)

// InvoiceAmount is the private half of an invoice: it tells the price.
type InvoiceAmount struct {
	AmountFen int64  `json:"amountFen" is:"min=1" zh:"价税合计" doc:"分"`
	Buyer     string `json:"buyer" is:"maxLen=64" zh:"购买方名称"`
	Seller    string `json:"seller" is:"maxLen=64" zh:"销售方名称"`
}

type issueInvoice struct {
	InvoiceNo string `json:"invoiceNo" is:"pattern=^([0-9]{8}|[0-9]{20})$" zh:"发票号码" doc:"20 digits of a digital invoice (数电票), 8 of an older one" eg:"26412000000000000001"`
	NetSignNo string `json:"netSignNo" is:"maxLen=30" zh:"网签合同备案号"`
	BuyerKey  string `json:"buyerKey" is:"subject" zh:"购买方标识"`
	SellerKey string `json:"sellerKey" is:"subject" zh:"销售方标识"`
	FileHash  string `json:"fileHash" is:"sm3" zh:"发票文件摘要"`
}

// Reads lets a batch fetch the contract's guard with everything else.
func (in *issueInvoice) Reads() []string {
	return []string{ledger.GuardKey(netSignGuard, in.NetSignNo)}
}

type reverseInvoice struct {
	InvoiceNo  string `json:"invoiceNo" is:"maxLen=20" zh:"发票号码"`
	ReversedBy string `json:"reversedBy" is:"pattern=^([0-9]{8}|[0-9]{20})$" zh:"红字发票号码"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"红字发票摘要"`
}

type checkInvoice struct {
	InvoiceNo string `json:"invoiceNo" is:"maxLen=20" zh:"发票号码"`
	UnitCode  string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BuyerKey  string `json:"buyerKey" is:"subject" zh:"购买方标识"`
}

func (b *book) defineInvoices(c *ledger.Contract) {
	b.invoices = ledger.Define[Invoice](c, catalog.Record{
		Type: invoiceType, Collection: "invoices", Title: "purchase invoice", TitleZh: "购房发票",
		Doc:      "Of one net-signed contract, for one of its buyers. It serves one case. Its private half is the amount.",
		Statuses: []catalog.Status{{Code: InvoiceIssued, TitleZh: "已开具"}, {Code: InvoiceReversed, TitleZh: "已红冲"}},
		Transitions: ledger.Table(
			ledger.Steps("IssueInvoice", InvoiceIssued, ""), ledger.Steps("ReverseInvoice", InvoiceReversed, InvoiceIssued),
			ledger.Stay("ConfirmTax", InvoiceIssued), ledger.Stay("CancelTransaction", InvoiceIssued), ledger.Stay("PurgeInvoice", InvoiceIssued, InvoiceReversed),
		),
		Search:     append(ledger.Keywords("unitCode", "netSignNo", "buyerKey", "boundTo"), catalog.SearchField{Field: "issuedOn", Kind: "date"}),
		HashFields: []string{"fileHash"},
	})
}

func (b *book) handleInvoices(c *ledger.Contract) {
	tax := []string{RoleTax}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "IssueInvoice", Title: "Issue a purchase invoice", TitleZh: "开具购房发票", Record: invoiceType, Creates: true, ID: "invoiceNo", Roles: tax,
		Refusals: []string{PrivateHalfMissing, InvoiceMismatch}, Doc: "Of a contract that is net-signed and not cancelled, between its own parties, for no more than its price.",
		Example:        json.RawMessage(`{"invoiceNo":"26412000000000000001","netSignNo":"WQ20260302000001","buyerKey":"` + exampleBuyer + `","sellerKey":"` + exampleSeller + `","fileHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`),
		PrivateExample: json.RawMessage(`{"amountFen":150000000,"buyer":"李示例","seller":"张示例"}`),
	}, b.issueInvoice)
	ledger.Handle(c, catalog.Operation{
		Name: "ReverseInvoice", Title: "Reverse a purchase invoice", TitleZh: "红冲购房发票", Record: invoiceType, Verb: "reverse", ID: "invoiceNo", Roles: tax,
		Refusals: []string{InvoiceMismatch}, Doc: "Only one that serves no case.",
		Example: json.RawMessage(`{"invoiceNo":"26412000000000000001","reversedBy":"26412000000000000002","fileHash":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`),
	}, b.reverseInvoice)
	ledger.HandlePurge(c, ledger.Purge("PurgeInvoice", "Purge an invoice's amount", "清除发票金额", tax...), b.invoices)
	ledger.Answer(c, catalog.Query{Name: "CheckInvoice", Title: "Whether a purchase invoice can serve a case", TitleZh: "购房发票核验",
		Path: "invoice-checks", Roles: []string{RoleHousing, RoleTax, RoleRegistrar, RoleBank},
		Example: json.RawMessage(`{"invoiceNo":"26412000000000000001","unitCode":"410105001002GB00001F00010001","buyerKey":"` + exampleBuyer + `"}`)}, b.checkInvoice)
}

func (b *book) issueInvoice(c *ledger.Call, in *issueInvoice, private *ledger.Private[InvoiceAmount]) error {
	amount, err := half(private)
	if err != nil {
		return err
	}
	no, err := c.Guard(netSignGuard, in.NetSignNo)
	if err != nil {
		return err
	}
	if no == "" {
		return ledger.RefuseField(InvoiceMismatch, "netSignNo", "there is no net-signed contract %s", in.NetSignNo)
	}
	t, err := b.transactions.Load(c, no)
	if err != nil {
		return err
	}
	switch {
	case t.Status == Cancelled:
		return ledger.RefuseField(InvoiceMismatch, "netSignNo", "the contract %s was cancelled", in.NetSignNo)
	case !slices.Contains(keysOf(t.Body.Owners), in.BuyerKey):
		return ledger.RefuseField(InvoiceMismatch, "buyerKey", "the contract %s has another buyer", in.NetSignNo)
	case !slices.Contains(t.Body.Sellers, in.SellerKey):
		return ledger.RefuseField(InvoiceMismatch, "sellerKey", "the contract %s has another seller", in.NetSignNo)
	}
	terms, err := ledger.GetPrivate[Transaction, saleHalf](c, t)
	if err != nil {
		return err
	}
	if terms == nil {
		return ledger.Refuse(PrivateHalfMissing, "the terms of the contract %s are not there any more", in.NetSignNo)
	}
	if amount.AmountFen > terms.PriceFen {
		return ledger.RefuseField(InvoiceMismatch, "private.amountFen", "the invoice is for more than the price of the contract")
	}
	e, err := b.invoices.Create(c, in.InvoiceNo, InvoiceIssued, Invoice{
		UnitCode: t.Body.UnitCode, NetSignNo: in.NetSignNo, BuyerKey: in.BuyerKey, SellerKey: in.SellerKey, IssuedOn: c.Today(), FileHash: in.FileHash,
	})
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

func (b *book) reverseInvoice(c *ledger.Call, in *reverseInvoice) error {
	e, err := b.invoices.Open(c, in.InvoiceNo)
	if err != nil {
		return err
	}
	if e.Body.BoundTo != "" {
		return ledger.Refuse(InvoiceMismatch, "the invoice %s serves the case %s: that is cancelled before", e.ID, e.Body.BoundTo)
	}
	e.Body.ReversedBy, e.Body.ReversedOn, e.Body.ReversedHash = in.ReversedBy, c.Today(), in.FileHash
	return e.Move(c, InvoiceReversed)
}

// present ties an invoice to the sale whose tax is confirmed with it.
func (b *book) present(c *ledger.Call, t *ledger.Entity[Transaction], invoiceNo string) error {
	e, err := b.invoices.OpenAny(c, invoiceNo)
	if err != nil {
		return err
	}
	if e.Body.NetSignNo != t.Body.NetSignNo || e.Body.BoundTo != "" {
		return ledger.RefuseField(InvoiceMismatch, "invoiceNo", "the invoice %s is of the contract %s and serves %q", e.ID, e.Body.NetSignNo, e.Body.BoundTo)
	}
	e.Body.BoundTo, t.Body.InvoiceNo = t.ID, invoiceNo
	return e.Keep(c)
}

// giveBack frees the invoice of a case that ends without an entry.
func (b *book) giveBack(c *ledger.Call, t *ledger.Entity[Transaction]) error {
	if t.Body.InvoiceNo == "" {
		return nil
	}
	e, err := b.invoices.Load(c, t.Body.InvoiceNo)
	if err != nil {
		return err
	}
	e.Body.BoundTo = ""
	return e.Keep(c)
}

func (b *book) checkInvoice(c *ledger.Call, in *checkInvoice) (*VoucherCheck, error) {
	e, err := b.invoices.Find(c, in.InvoiceNo)
	switch {
	case err != nil:
		return nil, err
	case e == nil:
		return &VoucherCheck{Reason: "there is no such invoice on this ledger"}, nil
	case e.Body.UnitCode != in.UnitCode || e.Body.BuyerKey != in.BuyerKey:
		return &VoucherCheck{Exists: true, Reason: "the invoice is of another unit or another buyer"}, nil
	}
	out := &VoucherCheck{Exists: true, Status: e.Status, Usable: e.Status == InvoiceIssued && e.Body.BoundTo == "", Reason: "the invoice serves no case yet"}
	switch {
	case e.Status == InvoiceReversed:
		out.Reason = "the invoice was reversed by " + e.Body.ReversedBy
	case e.Body.BoundTo != "":
		out.Reason = "the invoice serves the case " + e.Body.BoundTo
	}
	return out, nil
}
