// Package medical is the ledger of medicine (智慧医疗): which pack of a drug is
// where and that it is dispensed once, and which health document of a resident
// exists where, who may see it and who has.
//
// Rules: NMPAB/T 1001 to 1012 (drug traceability), 药品召回管理办法, WS 365, WS/T 482,
// 483 and 500 (health documents), 国卫医发〔2022〕6号 (mutual recognition), PIPL art. 15,
// 28 and 29 (consent). Clinical content is never on the ledger.
package medical

import "henanchain/chaincode/ledger"

// Name is the contract's name.
const Name = "medical"

// Roles of the ledger.
const (
	RoleDrugRegulator = "medical.drug-regulator" // 药监部门
	RoleHealth        = "medical.health"         // 卫生健康部门
	RoleInsurance     = "medical.insurance"      // 医保部门
	RoleMAH           = "medical.mah"            // 药品上市许可持有人
	RoleDistributor   = "medical.distributor"    // 药品流通企业
	RoleDispenser     = "medical.dispenser"      // 医院药房、零售药店
	RoleProvider      = "medical.provider"       // 医疗机构
	RolePharmacist    = "medical.pharmacist"     // 审方药师
	RolePatient       = "medical.patient-portal" // 居民端
)

var traders = []string{RoleMAH, RoleDistributor, RoleDispenser}

// book is the contract's records.
type book struct {
	rules         *ledger.Rules[Setting]
	institutions  *ledger.Records[Institution]
	drugs         *ledger.Records[Drug]
	lots          *ledger.Records[Lot]
	packs         *ledger.Records[Pack]
	shipments     *ledger.Records[Shipment]
	dispensings   *ledger.Records[Dispensing]
	prescriptions *ledger.Records[Prescription]
	recalls       *ledger.Records[Recall]
	patients      *ledger.Records[Patient]
	documents     *ledger.Records[Document]
	recognitions  *ledger.Records[Recognition]
	consents      *ledger.Records[Consent]
	accesses      *ledger.Records[Access]
	emergencies   *ledger.Records[Emergency]
}

// New builds the contract.
func New() *ledger.Contract {
	c := ledger.New(Name, "Medicine", "智慧医疗",
		"Drugs: every pack by its trace code, from its maker to the one time it is dispensed. "+
			"Health records: an index of documents by digest; nobody sees one without a live consent or an emergency that is reviewed, and every access is on record in the transaction that grants it.")
	defineRefusals(c)
	b := &book{}
	for _, define := range []func(*ledger.Contract){
		b.defineInstitution, b.defineDrug, b.defineLot, b.definePack, b.defineShipment, b.defineDispensing, b.definePrescription, b.defineRecall,
		b.definePatient, b.defineDocument, b.defineRecognition, b.defineConsent, b.defineAccess, b.defineEmergency, b.defineSetting,
	} {
		define(c)
	}
	for _, handle := range []func(*ledger.Contract){
		b.handleInstitution, b.handleDrug, b.handleLot, b.handlePack, b.handleShipment, b.handleDispensing, b.handlePrescription, b.handleRecall,
		b.handlePatient, b.handleDocument, b.handleRecognition, b.handleConsent, b.handleAccess, b.handleEmergency, b.handleSetting,
		b.answerDrug, b.answerRecall, b.answerAccess, b.answerRecognition,
	} {
		handle(c)
	}
	return c
}
