package sharing

import (
	"encoding/json"

	"henanchain/chaincode/predicate"
)

// The examples tell one story with an invented subject: a registry
// (91410100MA9YTT01X0) shares what it holds with an enterprise
// (92410302MA9YTT0284). They work as they stand, in the order of the story; a
// test runs them.
const (
	exampleSubject = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	exampleUser    = "92410302MA9YTT0284"
	exampleKey     = "f9fdd8f80128601acea1da7f0e3773e3440a78b0e1bc5b15dcd003946873e724"
)

var (
	publishItemExample          = json.RawMessage(`{"catalogCode":"306001/000002","name":"不动产登记信息","abstract":"不动产权属状态","fields":[{"name":"units","titleZh":"名下不动产数","type":"INTEGER"},{"name":"usage","titleZh":"用途","type":"TEXT"}],"sharing":"CONDITIONAL","condition":"用于不动产交易核验","legalBasis":"不动产登记暂行条例第二十五条","security":"SENSITIVE","personal":true,"cycle":"MONTHLY","mode":"PRIVATE","updatedOn":"20260301"}`)
	refreshItemExample          = json.RawMessage(`{"catalogCode":"306001/000002","updatedOn":"20260302"}`)
	withdrawItemExample         = json.RawMessage(`{"catalogCode":"306001/000002","reason":"目录调整"}`)
	registerRightExample        = json.RawMessage(`{"catalogCode":"306001/000002","kind":"USER","holderDept":"92410302MA9YTT0284","basis":"数据共享协议2026-1号","validTo":"20991231"}`)
	endRightExample             = json.RawMessage(`{"rightId":"306001/000002.USER.92410302MA9YTT0284","reason":"协议到期"}`)
	deriveExample               = json.RawMessage(`{"derivationId":"PS20260302000001","name":"购房资格核验结论","method":"规则判断","inputs":[{"type":"use","id":"` + predicate.UseID(exampleSubject, exampleUser, "SY20260302000002") + `"}],"outputHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	publishServiceExample       = json.RawMessage(`{"serviceId":"FW-0001","name":"不动产核验服务","abstract":"按授权核验名下不动产","items":["306001/000002"],"routes":["POST /v1/{city}/sharing/uses:ask-data","POST /v1/{city}/sharing/queries/use-answers"],"maxPerDay":10000}`)
	withdrawServiceExample      = json.RawMessage(`{"serviceId":"FW-0001","reason":"服务升级"}`)
	submitApplicationExample    = json.RawMessage(`{"applicationId":"SQ-20260302-01","serviceId":"FW-0001","purpose":"住房公积金贷款审核","basis":"住房公积金管理条例"}`)
	approveApplicationExample   = json.RawMessage(`{"applicationId":"SQ-20260302-01","reason":"符合共享条件"}`)
	rejectApplicationExample    = json.RawMessage(`{"applicationId":"SQ-20260302-01","reason":"依据不足"}`)
	provisionApplicationExample = json.RawMessage(`{"applicationId":"SQ-20260302-01","system":"zhengzhou-consumer","routes":["POST /v1/{city}/sharing/uses:ask-data"],"maxPerDay":1000}`)
	revokeApplicationExample    = json.RawMessage(`{"applicationId":"SQ-20260302-01","reason":"超范围使用"}`)
	setRulesExample             = json.RawMessage(`{"approvalDays":10,"holidays":["20260501","20260504"],"workdays":["20260509"]}`)
	grantUseExample             = json.RawMessage(`{"grantId":"GR20260302000001","grantor":"SUBJECT","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","granteeDept":"92410302MA9YTT0284","purpose":"购房资格核验","items":["306001/000002"],"fields":["units"],"validFrom":"20260101","validTo":"20991231","maxUses":10,"docHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	revokeGrantExample          = json.RawMessage(`{"grantId":"GR20260302000001","revokeHash":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	useDataExample              = json.RawMessage(`{"useNo":"SY20260302000001","catalogCode":"306001/000002","grantId":"GR20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","fields":["units"],"purpose":"购房资格核验"}`)
	askDataExample              = json.RawMessage(`{"useNo":"SY20260302000002","catalogCode":"306001/000002","grantId":"GR20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","purpose":"购房资格核验","predicate":{"field":"units","op":"LT","values":["2"]}}`)
	nothing                     = json.RawMessage(`{}`)
	holdDataExample             = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","catalogCode":"306001/000002","asOf":"20260101","validTo":"20991231"}`)
	holdDataPrivate             = json.RawMessage(`{"values":[{"field":"units","value":"1"},{"field":"usage","value":"住宅"}]}`)
	withdrawHoldingExample      = json.RawMessage(`{"holdingId":"` + predicate.HoldingID(exampleSubject, "306001/000002") + `"}`)
	registerKeyExample          = json.RawMessage(`{"keyId":"` + exampleKey + `","publicKey":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEgXC+IUwvW8lT7BJKoCxfH9Qlr7r4\nythJpRhd7w2U5NAdKmn+eyIrTlIzSUYWnQorAAQC6VV6QQw4OAHHfjOHLg==\n-----END PUBLIC KEY-----\n"}`)
	revokeKeyExample            = json.RawMessage(`{"keyId":"` + exampleKey + `","reason":"密钥更换"}`)
	sealParcelExample           = json.RawMessage(`{"parcelId":"JM20260302000001","catalogCode":"306001/000003","commitment":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732","ciphertext":"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJ","recipients":[{"keyId":"` + exampleKey + `","grantId":"GR20260302000002"}]}`)
	sealParcelPrivate           = json.RawMessage(`{"wraps":[{"keyId":"` + exampleKey + `","wrappedKey":"MHkCIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`)
	wrapParcelExample           = json.RawMessage(`{"parcelId":"JM20260302000001","keyVersion":1,"keyId":"` + exampleKey + `","grantId":"GR20260302000002"}`)
	wrapParcelPrivate           = json.RawMessage(`{"wraps":[{"keyId":"` + exampleKey + `","wrappedKey":"MHkCIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`)
	rotateParcelExample         = json.RawMessage(`{"parcelId":"JM20260302000001","keyVersion":2,"commitment":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","ciphertext":"asdvASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJ","recipients":[{"keyId":"` + exampleKey + `","grantId":"GR20260302000002"}]}`)
	openParcelExample           = json.RawMessage(`{"parcelId":"JM20260302000001","useNo":"SY20260302000003","grantId":"GR20260302000002","keyId":"` + exampleKey + `","purpose":"风险评估"}`)
	parcelExample               = json.RawMessage(`{"parcelId":"JM20260302000001"}`)
	startJointExample           = json.RawMessage(`{"jointId":"LH20260302000001","kind":"INTERSECTION","purpose":"联合统计","field":"subjectKey","parties":[{"dept":"91410100MA9YTT01X0","catalogCode":"306001/000004"}],"dueOn":"20991231"}`)
	joinJointExample            = json.RawMessage(`{"jointId":"LH20260302000002","key":"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"}`)
	contributeExample           = json.RawMessage(`{"jointId":"LH20260302000002","masked":"13925817460312956623"}`)
	putPointsExample            = json.RawMessage(`{"jointId":"LH20260302000001","round":1,"chunk":1,"last":true,"points":["4vK8mQvYt1dXcYgYv8r3V6m0xJ5c2TzWk9Hn7bLQeA0"]}`)
	finishJointExample          = json.RawMessage(`{"jointId":"LH20260302000001"}`)
	finishJointPrivate          = json.RawMessage(`{"result":"42"}`)
	useAnswerExample            = json.RawMessage(`{"useId":"` + predicate.UseID(exampleSubject, exampleUser, "SY20260302000002") + `"}`)
	dataUsesExample             = json.RawMessage(`{"subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"}`)
	checkUseExample             = json.RawMessage(`{"userDept":"92410302MA9YTT0284","catalogCode":"306001/000002","grantId":"GR20260302000001","subjectKey":"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0","fields":["units"],"purpose":"购房资格核验"}`)
)
