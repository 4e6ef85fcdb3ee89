package finance

import (
	"encoding/json"

	"henanchain/chaincode/predicate"
)

// The examples tell one story with an invented enterprise: it authorizes a
// bank, the bank asks, lends, is repaid and renews. They work as they stand, in
// the order of the story, for a bank with the code 91410100MA9YTT01X0 on the
// channel zhengzhou; a test runs them.
var (
	publishItemExample         = json.RawMessage(`{"catalogCode":"306001/000001","name":"纳税信用信息","fields":[{"name":"taxGrade","titleZh":"纳税信用等级","type":"GRADE","grades":["A","B","M","C","D"]},{"name":"taxPaidFen","titleZh":"近一年纳税额","type":"INTEGER"}]}`)
	withdrawItemExample        = json.RawMessage(`{"catalogCode":"306001/000001","reason":"目录调整"}`)
	provideFactExample         = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","catalogCode":"306001/000001","asOf":"20260101","validTo":"20991231"}`)
	provideFactPrivate         = json.RawMessage(`{"values":[{"field":"taxGrade","value":"A"},{"field":"taxPaidFen","value":"35000000"}]}`)
	selfReportExample          = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","reportType":"FINANCIAL","period":"202601","fileHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	setRulesExample            = json.RawMessage(`{"mentionDays":7,"substandardDays":90,"doubtfulDays":270,"lossDays":360,"shortTermMonths":12,"mediumTermMonths":60,"longExtensionMonths":36,"inclusiveLimitFen":1000000000}`)
	revokeSubjectKeyExample    = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","reason":"密钥遗失"}`)
	draftAuthorizationExample  = json.RawMessage(`{"authId":"SQ20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","granteeDept":"91410100MA9YTT01X0","purpose":"PRE_LOAN","scope":["306001/000001"],"validFrom":"20260101","validTo":"20991231","maxUses":10,"applicationId":"RZ20260302000001","docHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	revokeAuthorizationExample = json.RawMessage(`{"authId":"SQ20260302000001","revokeHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	authorizationExample       = json.RawMessage(`{"authId":"SQ20260302000001"}`)
	useDataExample             = json.RawMessage(`{"queryNo":"CX20260302000001","authId":"SQ20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","catalogCode":"306001/000001","purpose":"PRE_LOAN","predicate":{"field":"taxGrade","op":"GE","values":["B"]}}`)
	noFigures                  = json.RawMessage(`{}`)
	draftApplicationExample    = json.RawMessage(`{"applicationId":"RZ20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","idType":"001","subjectType":"SMALL_ENTERPRISE","bankDept":"91410100MA9YTT01X0","termMonths":12,"usage":"WORKING_CAPITAL"}`)
	draftApplicationPrivate    = json.RawMessage(`{"amountFen":100000000,"borrower":"郑州示例商贸有限公司","idNumber":"93411525MA9YTT036W"}`)
	loanExample                = json.RawMessage(`{"applicationId":"RZ20260302000001"}`)
	investigateExample         = json.RawMessage(`{"applicationId":"RZ20260302000001","reportHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	approveExample             = json.RawMessage(`{"applicationId":"RZ20260302000001","termMonths":12}`)
	approvePrivate             = json.RawMessage(`{"creditLimitFen":100000000,"rateBp":345}`)
	rejectExample              = json.RawMessage(`{"applicationId":"RZ20260302000001","reason":"CAPACITY"}`)
	signContractExample        = json.RawMessage(`{"applicationId":"RZ20260302000001","contractNo":"HT20260302000001","contractHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","payMode":"01"}`)
	signContractPrivate        = json.RawMessage(`{"contractFen":100000000}`)
	disburseExample            = json.RawMessage(`{"applicationId":"RZ20260302000001","noteNo":"JJ20260302000001"}`)
	disbursePrivate            = json.RawMessage(`{"drawFen":60000000}`)
	repayExample               = json.RawMessage(`{"applicationId":"RZ20260302000001","repaymentNo":"HK20260302000001","noteNo":"JJ20260302000001"}`)
	repayPrivate               = json.RawMessage(`{"principalFen":10000000,"interestFen":172500}`)
	extendExample              = json.RawMessage(`{"applicationId":"RZ20260302000001","months":6,"agreementHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	renewExample               = json.RawMessage(`{"applicationId":"RZ20260302000001","newApplicationId":"RZ20260302000002","noteNo":"JJ20260302000002"}`)
	markOverdueExample         = json.RawMessage(`{"applicationId":"RZ20260302000001","overdueSince":"20260302"}`)
	markOverduePrivate         = json.RawMessage(`{"principalFen":10000000,"interestFen":172500}`)
	classifyExample            = json.RawMessage(`{"applicationId":"RZ20260302000001","class5":"02"}`)
	writeOffExample            = json.RawMessage(`{"applicationId":"RZ20260302000001","basisHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	registerCollateralExample  = json.RawMessage(`{"kind":"REAL_ESTATE_UNIT","ref":"410105001002GB00001F00010001"}`)
	worthPrivate               = json.RawMessage(`{"valueFen":180000000,"owner":"郑州示例商贸有限公司"}`)
	pledgeCollateralPrivate    = json.RawMessage(`{"pledgeFen":100000000}`)
	dataUsesExample            = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`)
	checkAuthorizationExample  = json.RawMessage(`{"authId":"SQ20260302000001","granteeDept":"91410100MA9YTT01X0","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","catalogCode":"306001/000001","purpose":"PRE_LOAN"}`)
	bankExposureExample        = json.RawMessage(`{"bankDept":"91410100MA9YTT01X0"}`)
	statisticsExample          = json.RawMessage(`{}`)
	dictionaryExample          = json.RawMessage(`{"name":"class5"}`)

	registerSubjectKeyExample = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","publicKey":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEgXC+IUwvW8lT7BJKoCxfH9Qlr7r4\nythJpRhd7w2U5NAdKmn+eyIrTlIzSUYWnQorAAQC6VV6QQw4OAHHfjOHLg==\n-----END PUBLIC KEY-----\n"}`)
	// The signature is over the draft in the example, on the channel zhengzhou.
	grantAuthorizationExample = json.RawMessage(`{"authId":"SQ20260302000001","signature":"MEUCIBH0LzGW6SkOXBee3WD9ruTObbK++/GMV6aSECUlFJTyAiEA+5qXpc7e5rlPmCyDoywxDbLLd8GyYoL9hbfP9YWGIrk="}`)

	withdrawFactExample        = json.RawMessage(`{"factId":"` + predicate.HoldingID(exampleSubject, "306001/000001") + `"}`)
	useAnswerExample           = json.RawMessage(`{"useId":"` + (&useData{SubjectKey: exampleSubject, QueryNo: "CX20260302000001"}).id(exampleBank) + `"}`)
	revalueCollateralExample   = json.RawMessage(`{"collateralId":"` + exampleCollateral + `","reportNo":"豫评字2026-0001"}`)
	pledgeCollateralExample    = json.RawMessage(`{"collateralId":"` + exampleCollateral + `","applicationId":"RZ20260302000001"}`)
	guaranteeExample           = json.RawMessage(`{"guaranteeId":"` + guaranteeID(exampleBank, "BH20260302000001") + `"}`)
	claimGuaranteeExample      = guaranteeExample
	compensateGuaranteeExample = json.RawMessage(`{"guaranteeId":"` + guaranteeID(exampleBank, "BH20260302000001") + `","voucherHash":"` + exampleDigest + `"}`)
	issueGuaranteeExample      = json.RawMessage(`{"applicationId":"RZ20260302000001","letterNo":"BH20260302000001","letterHash":"` + exampleDigest + `","mode":"02","validTo":"20991231"}`)
	issueGuaranteePrivate      = json.RawMessage(`{"coverFen":50000000}`)
	claimGuaranteePrivate      = json.RawMessage(`{"claimFen":172500}`)
	recoverGuaranteePrivate    = json.RawMessage(`{"recoveredFen":172500}`)
	releasePledgeExample       = json.RawMessage(`{"pledgeId":"` + pledgeID(exampleCollateral, "RZ20260302000001") + `"}`)
)

const (
	exampleSubject = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	exampleBank    = "91410100MA9YTT01X0"
	exampleDigest  = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
)

var exampleCollateral = CollateralID(RealEstateUnit, "410105001002GB00001F00010001")
