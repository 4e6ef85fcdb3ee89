// Package agritrace is the ledger of food from farm to shop (农产品溯源): which
// batch came from where, through whose hands, tested with which result, made
// into what, and sold under which codes; and how a recall reaches all of it.
//
// Rules: GB/T 38154, 38155, 38156 and 38158-2019 (traceability of important
// products), NY/T 3599.1-2020 (codes), 食用农产品市场销售质量安全监督管理办法, 食品召回管理办法.
package agritrace

import (
	"henanchain/chaincode/ledger"
)

// Name is the contract's name.
const Name = "agritrace"

// Roles of the ledger.
const (
	RoleRegistrar   = "agritrace.registrar"   // 主体登记机关 registers who takes part
	RoleProducer    = "agritrace.producer"    // 种植、养殖主体
	RoleProcessor   = "agritrace.processor"   // 屠宰、加工
	RoleStorage     = "agritrace.storage"     // 仓储, and the first stations of the cold chain
	RoleCarrier     = "agritrace.carrier"     // 运输
	RoleTrader      = "agritrace.trader"      // 批发、零售
	RoleLab         = "agritrace.lab"         // 检测机构
	RoleVet         = "agritrace.vet"         // 官方兽医
	RoleAgriculture = "agritrace.agriculture" // 农业农村部门, supervises until the market
	RoleMarket      = "agritrace.market"      // 市场监管部门, supervises from the market on
	RoleScanner     = "agritrace.scanner"     // 公众扫码入口
)

var (
	holders    = []string{RoleProducer, RoleProcessor, RoleStorage, RoleTrader}
	regulators = []string{RoleAgriculture, RoleMarket}
)

// book is the contract's records.
type book struct {
	rules           *ledger.Rules[Setting]
	subjects        *ledger.Records[Subject]
	batches         *ledger.Records[Batch]
	transformations *ledger.Records[Transformation]
	inspections     *ledger.Records[Inspection]
	quarantines     *ledger.Records[Quarantine]
	compliances     *ledger.Records[Compliance]
	shipments       *ledger.Records[Shipment]
	passages        *ledger.Records[Passage]
	temperatures    *ledger.Records[TemperatureLog]
	handovers       *ledger.Records[Handover]
	codes           *ledger.Records[Code]
	recalls         *ledger.Records[Recall]
	reports         *ledger.Records[PreReport]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Traceability of farm products", "农产品溯源",
		"Follows every batch from the field to the shop: growing, slaughter and processing, storage and transport, sale. "+
			"Mass is conserved in every step, only the holder of a batch may move it, and a recall reaches everything made of it, what is made later as well.")
	defineRefusals(c)
	b := &book{}
	for _, define := range []func(*ledger.Contract){
		b.defineSubject, b.defineBatch, b.defineTransformation, b.defineInspection, b.defineCertificates,
		b.defineShipment, b.definePassage, b.defineTemperature, b.definePreReport, b.defineHandover, b.defineCode, b.defineRecall, b.defineSetting,
	} {
		define(c)
	}
	for _, handle := range []func(*ledger.Contract){
		b.handleSubject, b.handleGrowing, b.handleTransformation, b.handleInspection, b.handleHold, b.handleCertificates,
		b.handleShipment, b.handlePassage, b.handleTemperature, b.handlePreReport, b.handleHandover, b.handleCode, b.handleSale, b.handleRecall, b.handleSetting,
		b.answerScan, b.answerTrace, b.answerBalance, b.answerSale,
	} {
		handle(c)
	}
	return c
}
